"""The worksheet function PLAN."""

from __future__ import annotations

import json

import pytest

from duebook_addin.call import call


def result(*arguments: object) -> object:
    text, _ = call("PLAN", json.dumps(arguments))
    return json.loads(text)


@pytest.mark.parametrize("method", ["level", "equal principal", "等额本金"])
def test_the_principal_adds_up(method: str):
    rows = result(12345.67, 7, "2026-01-31", 0.15, method)

    assert isinstance(rows, list)
    assert [row[0] for row in rows] == list(range(1, 8))
    assert sum(round(100 * row[4]) for row in rows) == 1234567
    assert rows[-1][5] == 0
    assert rows[1][1] == "2026-02-28"


def test_stages():
    assert result(1000, 3, "2026-01-15", None, "30/50/20")[1] == [2, "2026-02-15", 500, 0, 500, 200]
    assert result(1000, 2, "2026-01-15", None, "30/50/20") == {
        "error": "#VALUE!",
        "message": "method: 3 shares for 2 instalments; both need equally many.",
    }
    assert result(1000, 3, "2026-01-15", 0.1, "30/50/20") == {
        "error": "#VALUE!",
        "message": "annual_rate: payments by shares bear no interest; leave it out, or take level.",
    }


def test_plans_that_are_wrong():
    assert result(1000, 0, "2026-01-15")["error"] == "#NUM!"
    assert result(1000, 2.5, "2026-01-15")["error"] == "#VALUE!"
    assert result(None, 2, "2026-01-15")["error"] == "#N/A"
    assert result(1000, 20, "9999-01-15")["error"] == "#NUM!"
    assert result(1000, 2, "2026-01-15", 0, "bullet")["error"] == "#VALUE!"


@pytest.mark.parametrize(
    "shares", [[0.3, 0.5, 0.2], [[30], [50], [20]], [[3, 5, 2]], ["30%", "50%", "20%"], [30, None, 50, 20]]
)
def test_shares_in_a_range(shares: list[object]):
    assert result(1000, 3, "2026-01-15", None, shares) == result(1000, 3, "2026-01-15", None, "30/50/20")


def test_a_range_that_is_no_method():
    assert result(1000, 2, "2026-01-15", None, [30, 60]) == {
        "error": "#VALUE!",
        "message": "shares: 30/60 add up to 90%; each is to be above 0 and all together 100%.",
    }
    assert result(1000, 2, "2026-01-15", None, [30, "#REF!"]) == {
        "error": "#REF!",
        "message": "method, cell 2: the cell holds #REF!.",
    }
    assert result(1000, 2, "2026-01-15", None, [None, None]) == result(1000, 2, "2026-01-15")
