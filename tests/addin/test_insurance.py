"""The worksheet function INDEMNITY."""

from __future__ import annotations

import json

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
