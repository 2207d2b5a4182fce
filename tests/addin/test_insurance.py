"""The worksheet functions of credit insurance."""

from __future__ import annotations

import json

import pytest

from duebook_addin.call import call


def result(*arguments: object) -> object:
    text, _ = call("INDEMNITY", json.dumps(arguments))
    return json.loads(text)


def test_a_published_case():
    """accountsreceivableinsurance.net: 500,000 owed, limit 300,000; with 90% that is 270,000."""
    assert result(500_000, 300_000, 0.9) == 270_000


def test_columns_and_left_out_conditions():
    assert result([500_000, 100, "#REF!"], 300_000, 0.9, None, None, 200_000) == [
        200_000,
        90,
        {"error": "#REF!", "message": "debt: the cell holds #REF!."},
    ]


def test_the_order_of_deductions_is_an_argument():
    conditions = (100_000, 200_000, 0.9, 5_000, 20_000, None)

    assert result(*conditions) == 65_000
    assert result(*conditions, "first loss, percentage, deductible") == 67_000
    assert result(*conditions, ["Percentage,First Loss,Deductible", "none"]) == [
        65_000,
        {
            "error": "#VALUE!",
            "message": "order: 'none' is no order of deductions. "
            "Write percentage, deductible and first loss once each, in their order, parted by commas.",
        },
    ]


def test_a_percentage_is_a_fraction():
    assert result(1, 1, 90) == {
        "error": "#NUM!",
        "message": "insured_pct: 90 is not between 0 and 1. Write 0.9 for 90%.",
    }
    assert result(-1, 1, 0.9)["error"] == "#NUM!"
    assert result(1, None, 0.9)["error"] == "#N/A"


def ask(name: str, *arguments: object) -> object:
    return json.loads(call(name, json.dumps(arguments))[0])


@pytest.mark.parametrize(
    ("exposure", "limit", "disputed"), [(500_000, 300_000, 0), (100, 0, 0), (90, 80, 30)]
)
def test_what_is_insured_and_what_is_not_are_the_exposure(exposure: int, limit: int, disputed: int):
    paid = ask("INDEMNITY", exposure - disputed, limit, 0.9)
    assert ask("UNINSURED", exposure, limit, None, disputed) == exposure - paid


def test_figures_with_and_without_insurance():
    """By hand: (120 + 45) / 300 for 120 / 300; (400 - 45) x 30 / 600 for 400 x 30 / 600."""
    assert ask("INSUREDCASH", 120, 300, 45)[1] == [0.4, 0.55, 0.15]
    assert ask("INSUREDDSO", 400, 600, 30, 45)[1] == [20, 17.75, -2.25]


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("UNINSURED", (-1, 5), "exposure: -1 is negative; 0 or more is allowed."),
        ("UNINSURED", (1, 5, 90), "insured_pct: 90 is not between 0 and 1. Write 0.9 for 90%."),
        ("INSUREDCASH", (1, 0, 0), "current_liabilities: 0, so there is nothing to divide by."),
        ("INSUREDCASH", (1, 1, -1), "claims: -1 is negative; 0 or more is allowed."),
        ("INSUREDDSO", (1, 1, 30, 2), "claims: 2 is not between 0 and the receivables 1."),
        ("INSUREDDSO", (1, 0, 30, 0), "sales: 0, so there is nothing to divide by."),
        ("PLANCOVER", ("2026-01-31", None), "instalment_date: none given; the dates of the plan are needed."),
        (
            "CLAIMDATES",
            ("2026-01-31", "insolvency", "2027-12-01"),
            "insolvent_on: 2027-12-01 is after 2026-09-30, the last day to file a claim for a debt due on 2026-01-31. By then it was to be claimed as a protracted default.",  # noqa: E501
        ),
    ],
)
def test_what_insurance_has_no_answer_for(name: str, arguments: tuple[object, ...], message: str):
    assert ask(name, *arguments)["message"] == message


def test_a_discretionary_limit_covers_what_was_shipped_before_the_insurer_decided():
    assert ask("INSUREDLIMIT", ["2026-03-31", "2026-04-01"], [["2026-04-01", 0]], 20_000, "2026-01-01") == [
        20_000,
        0,
    ]
