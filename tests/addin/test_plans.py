"""The worksheet functions PLAN and PLANSTATUS."""

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
        "message": "method: 30/60 add up to 90%; each is to be above 0 and all together 100%.",
    }
    assert result(1000, 2, "2026-01-15", None, [30, "#REF!"]) == {
        "error": "#REF!",
        "message": "method, cell 2: the cell holds #REF!.",
    }
    assert result(1000, 2, "2026-01-15", None, [None, None]) == result(1000, 2, "2026-01-15")


def test_what_is_wrong_with_an_order_names_its_argument():
    for dates, message in (
        (["2026-04-15", "2026-03-16"], "2026-03-16 comes after 2026-04-15; list the stages in their order."),
        (
            ["2026-05-15", "2026-05-16"],
            "the deposit is paid on 2026-05-15, after delivery on 2026-04-30; by then is allowed.",
        ),
    ):
        found = json.loads(call("ORDERPLAN", json.dumps([1000, dates, "2026-04-30", "40/60"]))[0])
        assert found["message"] == f"payment_date: {message}"
    for shares, message in (
        ("half", "'half' is not allowed; level and equal principal are, and shares such as 30/50/20."),
        ("30/50", "30/50 add up to 80%; each is to be above 0 and all together 100%."),
    ):
        asked = json.dumps([1000, ["2026-03-15", "2026-04-15"], "2026-04-30", shares])
        assert json.loads(call("ORDERPLAN", asked)[0])["message"] == f"shares: {message}"


def status(*arguments: object) -> object:
    return json.loads(call("PLANSTATUS", json.dumps(arguments))[0])


def test_a_plan_in_cells_stands_as_it_was_paid():
    lines = result(1000, 4, "2026-01-31", 0.12)
    columns = [[line[place] for line in lines] for place in (1, 2, 3)]

    paid = status("2025-12-31", "2026-04-30", *columns, columns[0], columns[1])[1]
    nothing = status("2025-12-31", "2026-04-30", *columns)[1]

    assert paid == [120, "none", 0, "no", 0, 0, 0]
    missed, due = (round(sum(columns[1][:count]), 2) for count in (3, 4))
    assert nothing == [120, "1, 2, 3", missed, "no", due, 1000, 0]


def test_what_a_plan_s_status_refuses():
    plan = ("2025-12-31", "2026-03-15", ["2026-01-31", "2026-02-28"], [100, 100])
    assert status(*plan[:2], None, None)["error"] == "#N/A"
    assert status(*plan, None, ["2026-01-31"], [-5])["message"] == (
        "paid_amount: -5 of 2026-01-31 is negative; 0 or more is allowed."
    )
    assert status(*plan, [150, 0])["message"] == (
        "interest: 150 of 2026-01-31 is not between 0 and the payment 100."
    )
    assert status(*plan, None, None, None, -1)["message"] == (
        "grace_days: -1 is negative; 0 or more is allowed."
    )
    assert status(*plan, None, ["2026-01-31", "2026-02-28"], [1, 2, 3])["error"] == "#VALUE!"
    assert status(*plan, None, "2026-01-31")["message"] == (
        "paid_amount: that of 2026-01-31 is missing; a number is needed."
    )
    assert status(*plan, None, ["2026-01-31", None], [1, 2.5])["message"] == (
        "paid_date: that of the payment of 2.5 is missing; a date is needed."
    )
