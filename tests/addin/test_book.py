"""The functions over the refreshed store, and the policy in force."""

from __future__ import annotations

import json

import pytest

from duebook.errors import NoAnswerError
from duebook.policy import default_policy
from duebook_addin.book import current_book, use_book, use_policy
from duebook_addin.call import call

WITHOUT_A_STORE = {
    "error": "#N/A",
    "message": "There is no refreshed store to ask. Run duebook refresh, or give --config FILE.",
}
ITEM_HEADINGS = [
    *("company", "document", "kind", "document_date", "due_date", "days_late", "currency"),
    *("open_document", "open"),
]


def result(name: str, *arguments: object) -> object:
    return json.loads(call(name, json.dumps(arguments))[0])


def test_without_a_book_there_is_no_answer():
    with pytest.raises(NoAnswerError, match="no refreshed store to ask"):
        current_book()
    for call_without in (("OPENITEMS", "C1"), ("PROFILE", "C1", "open"), ("PORTFOLIO", "open")):
        assert result(*call_without) == WITHOUT_A_STORE
    assert result("PROFILE", ["C1", "C2"], "open") == [WITHOUT_A_STORE] * 2


def test_the_book_in_use_can_be_put_away(small_book: object):
    assert current_book() is small_book
    use_book(None)
    assert result("PORTFOLIO", "open") == WITHOUT_A_STORE


@pytest.mark.usefixtures("small_book")
def test_left_out_the_day_is_that_of_the_last_refresh():
    for name, *asked in (("OPENITEMS", "C1"), ("PROFILE", "C1", "open"), ("PORTFOLIO", "open")):
        assert result(name, *asked) == result(name, *asked, None) == result(name, *asked, "2026-02-15")


@pytest.mark.usefixtures("small_book")
def test_a_day_reaches_the_book():
    assert result("OPENITEMS", "C1", "2025-12-31") == [ITEM_HEADINGS]
    assert result("PROFILE", "C1", "open", "2025-12-31") == {
        "error": "#N/A",
        "message": "field: 'open' of C1 is unknown.",
    }


@pytest.mark.usefixtures("small_book")
def test_the_book_s_errors_stay_in_their_row():
    assert result("PROFILE", ["C1", "C9"], "open") == [
        150.5,
        {"error": "#N/A", "message": "field: 'open' of C9 is unknown."},
    ]


@pytest.mark.usefixtures("small_book")
def test_a_figure_that_is_missing_is_not_available():
    nothing = {"error": "#N/A", "message": "field: customer 'C1' has no 'dso'; there is nothing to measure."}

    assert result("PROFILE", "C1", "dso") == nothing
    assert result("PROFILE", "C1", ["open", "dso"]) == [150.5, nothing]


@pytest.mark.usefixtures("small_book")
def test_a_text_that_the_ledger_leaves_empty_is_empty_text():
    assert call("PROFILE", '["C1", "salesperson"]') == ('""', True)


@pytest.mark.usefixtures("small_book")
def test_a_measure_that_is_missing_is_not_available():
    nothing = {"error": "#N/A", "message": "measure: no 'dso' here; there is nothing to measure."}

    assert result("PORTFOLIO", "dso") == nothing
    assert result("PORTFOLIO", "dso", None, "country") == [
        ["country", "name", "currency", "dso"],
        ["CN", "CN", "EUR", 27],
        ["", "", "EUR", nothing],
    ]


@pytest.mark.usefixtures("small_book")
def test_a_portfolio_is_a_figure_or_rows():
    assert result("PORTFOLIO", "open") == 150.5
    assert result("PORTFOLIO", "open", None, "country") == [
        ["country", "name", "currency", "open"],
        ["CN", "CN", "EUR", 100.5],
        ["DE", "DE", "EUR", 50],
    ]


def test_the_policy_in_force_is_the_one_that_ships_until_another_is_named():
    policy = default_policy()
    anchors = policy.pay_index.anchors
    stricter = policy.model_copy(
        update={"pay_index": policy.pay_index.model_copy(update={"anchors": (anchors[0], anchors[-1])})}
    )

    assert result("PAYINDEX", 15) == 70
    use_policy(lambda: stricter)
    try:
        assert result("PAYINDEX", 75) == 50
    finally:
        use_policy(None)
    assert result("PAYINDEX", 15) == 70
