"""The store's functions on a real book: what is missing there, and what is only empty."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date
from typing import TYPE_CHECKING

import pytest

from books import group_books
from duebook.policy import default_policy
from duebook_addin.book import use_book
from duebook_addin.call import call
from duebook_addin.functions import FUNCTIONS
from duebook_cli.cellbook import CellBook
from duebook_etl.book import Book
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AS_OF = date(2026, 6, 30)


@pytest.fixture(autouse=True)
def group(tmp_path: Path) -> Iterator[None]:
    """Put the book of a small group in use for one test."""
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as store:
        group_books().save(store, AS_OF)
        book = Book(store, default_policy())
        use_book(CellBook(lambda: nullcontext(book)))
        yield
        use_book(None)


def result(name: str, *arguments: object) -> object:
    return json.loads(call(name, json.dumps(arguments))[0])


@pytest.mark.parametrize(
    "field", ["dso", "average_days_late", "average_terms", "pay_index", "oldest_overdue_days"]
)
def test_a_customer_without_dealings_has_no_such_figure(field: str):
    assert result("PROFILE", "9", field) == {
        "error": "#N/A",
        "message": f"field: customer '9' has no {field!r}; there is nothing to measure.",
    }


def test_what_is_nothing_or_empty_is_not_missing():
    assert result("PROFILE", "9", ["open", "sales", "salesperson", "country"]) == [0, 0, "", "FR"]


def test_the_assessment_of_a_customer_stands_in_cells_as_the_ledgers_figures_do():
    fields = ["net_exposure", "Terms Tier", "alert", "provision", "over_limit", "limit_expires", "term_days"]
    missing = {
        "error": "#N/A",
        "message": "field: customer '1/7' has no 'limit_expires'; there is nothing to measure.",
    }
    assert result("PROFILE", "1/7", fields) == [117.51, "prepayment", "red", 3.75, True, missing, 0]
    reasons = result("PROFILE", "1/7", "alert_reasons")
    assert isinstance(reasons, str)
    assert reasons.splitlines()[:2] == [
        "Much is overdue: 66.67%: red from 40% on.",
        "Limit used up or exceeded: 200%: red from 100% on.",
    ]
    assert result("PROFILE", "2/7", "net_exposure") == 500_001


def test_a_company_whose_id_two_sources_share_is_written_with_its_source():
    rows = result("OPENITEMS", "7")
    assert isinstance(rows, list)
    assert rows[0] == FUNCTIONS.find("OPENITEMS").examples[0].result[0]
    assert {row[0] for row in rows[1:]} == {"erp/1", "2"}
    assert result("PROFILE", ["1/7", "2/7"], "company") == ["erp/1", "2"]
    companies = result("PORTFOLIO", "open", None, "company")
    assert isinstance(companies, list)
    assert [row[:2] for row in companies[1:]] == [
        ["2", "East KK"],
        ["erp/1", "North Ltd"],
        ["old/1", "Old GmbH"],
    ]


def test_a_group_with_nothing_to_measure_leaves_the_others_alone():
    nothing = {"error": "#N/A", "message": "measure: no 'oldest overdue' here; there is nothing to measure."}

    assert result("PORTFOLIO", "oldest overdue", None, "country") == [
        ["country", "name", "currency", "oldest overdue"],
        ["", "", "EUR", nothing],  # an entry that names no customer
        ["DE", "DE", "EUR", 60],
        ["FR", "FR", "EUR", 121],
        ["JP", "JP", "JPY", 30],
    ]
    assert result("PORTFOLIO", "oldest overdue", "2026-01-01") == nothing


def test_a_history_has_a_row_a_month_and_what_is_missing_is_not_available():
    nothing = {"error": "#N/A", "message": "measure: no 'open' in this month; there is nothing to measure."}

    assert result("HISTORY", "open", "2026-02-15", 2, "company") == [
        ["month", "company", "name", "currency", "open"],
        ["2025-12-31", "erp/1", "North Ltd", "EUR", nothing],
        ["2026-01-31", "erp/1", "North Ltd", "EUR", 9],
    ]


def test_rates_by_bucket_name_the_bucket():
    rows = result("HISTORY", "loss rates", "2026-06-30", 1)
    assert isinstance(rows, list)
    assert rows[0] == ["month", "portfolio", "name", "currency", "bucket", "loss rates"]
    assert [row[4] for row in rows[1:6]] == ["not due", "1-30", "31-60", "61-90", "90+"]


def test_a_trace_is_the_figure_its_rule_its_keys_and_its_documents():
    rows = result("TRACE", "1/7", "overdue")
    assert isinstance(rows, list)
    assert [row[1] for row in rows] == ["what", "policy", "figure", "rule", "key", *["document"] * 3]
    policy, figure, _, key, first, *_ = rows[1:]
    assert (policy[2], policy[-1]) == ("standard-2025-11", f"1, 2025-11-01, {default_policy().digest}")
    assert figure[:3] + figure[-2:] == [
        *("overdue", "figure", "Overdue"),
        *(67.51, "Σ open where days late > aging.edges[1]"),
    ]
    assert (key[2], key[-2]) == ("aging.edges.1", 0)
    assert first[2:8] == ["D-a2", "invoice", "2026-04-01", "2026-05-01", 200.01, 100.01]
    assert round(sum(row[7] for row in rows[5:]), 2) == figure[-2]


def test_a_figure_named_in_chinese_is_traced_in_chinese():
    rows = result("TRACE", "1/7", "未清金额")
    assert isinstance(rows, list)
    assert [row[2] for row in rows if row[1] == "figure"] == ["未清金额"]
    assert rows[3][-1].startswith("截止日前已过账")
