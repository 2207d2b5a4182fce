"""The worksheet functions AVGDAYSLATE and PAYINDEX."""

from __future__ import annotations

import json

import pytest

from duebook_addin.call import call


def ask(name: str, *arguments: object) -> object:
    return json.loads(call(name, json.dumps(arguments))[0])


def test_an_index_between_and_beyond_its_anchors():
    """Dun & Bradstreet's chart of single points: 89 is 18 days early, 85 10; 55 is 26 days late, 49 is 33."""
    assert ask("PAYINDEX", [-18, -10, 26, 33, 45, 48]) == [89, 85, 55, 49, 45, 44]
    assert ask("PAYINDEX", [-400, 400]) == [100, 0]


def test_what_is_not_paid_yet_needs_no_amount():
    assert ask("AVGDAYSLATE", ["2026-01-31", "2026-01-31"], ["2026-02-10", None], [3, None]) == 10


@pytest.mark.parametrize(
    ("due", "paid", "amounts", "error", "message"),
    [
        (
            ["2026-01-31", "2026-01-31"],
            ["2026-02-10", "2026-02-11"],
            [3, None],
            "#N/A",
            "amount: the row due 2026-01-31 and paid 2026-02-11 has none; a number is needed.",
        ),
        (
            ["2026-01-31", None],
            [None, "2026-02-11"],
            [3, 4],
            "#DIV/0!",
            "amount: 0 of 2 rows have both due_date and paid_date, and their amounts add up to 0.",
        ),
    ],
)
def test_a_mean_of_nothing(
    due: list[object], paid: list[object], amounts: list[object], error: str, message: str
):
    assert ask("AVGDAYSLATE", due, paid, amounts) == {"error": error, "message": message}
