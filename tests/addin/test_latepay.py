"""The functions DISCOUNTCOST, STATUTORYINTEREST and LATEFEE."""

from __future__ import annotations

import json

import pytest

from duebook_addin.call import call


def result(name: str, *arguments: object) -> object:
    text, _ = call(name, json.dumps(arguments))
    return json.loads(text)


def test_the_cost_of_a_discount():
    no_day = "terms: the discount ends when payment is due, after 30 days, so waiting gains no day."

    assert result("DISCOUNTCOST", "2/10 Net 30") == pytest.approx(0.3724, abs=0.00005)
    assert result("DISCOUNTCOST", ["2/10 Net 30", "Net 30", "2/30 Net 30"], 360) == [
        pytest.approx(0.3673, abs=0.00005),
        {"error": "#N/A", "message": "terms: they give no discount. Write, for example, 2/10 Net 30."},
        {"error": "#DIV/0!", "message": no_day},
    ]
    assert result("DISCOUNTCOST", "2/10 Net 30", 365, "weekly") == {
        "error": "#VALUE!",
        "message": "method: 'weekly' is not allowed; simple and compound are.",
    }


def test_a_law_is_applied_to_columns():
    rates = [["2024-06-12", 0.0425], ["2024-12-18", 0.0315]]
    late = (36500, "2024-12-21", "2025-01-10", rates)

    assert result("STATUTORYINTEREST", ["EU", "IE", "XX"], *late) == [
        122.5 + 111.5,
        223,
        {
            "error": "#VALUE!",
            "message": "regime: 'XX' is not known here; EU, UK, IE, CN, CN-SME are. "
            "For a member of the European Union write EU.",
        },
    ]


def test_a_margin_and_a_multiple_of_ones_own():
    late = (36500, "2025-06-30", "2025-07-30", 0.03)

    assert result("STATUTORYINTEREST", "eu", *late, 0.09) == pytest.approx(30 * 12)
    assert result("STATUTORYINTEREST", "cn", *late, 1.3) == pytest.approx(30 * 3.9)
    assert result("STATUTORYINTEREST", "cn", *late) == pytest.approx(30 * 4.5)
    assert result("STATUTORYINTEREST", "cn", *late, 2)["error"] == "#NUM!"


def test_what_the_law_needs():
    late = (100, "2025-06-30", "2025-07-30")

    assert result("STATUTORYINTEREST", "UK", *late, None)["error"] == "#N/A"
    assert result("STATUTORYINTEREST", "UK", *late, [["2026-01-01", 0.04]]) == {
        "error": "#VALUE!",
        "message": "reference: no rate is in force on 2025-06-30; the first is of 2026-01-01.",
    }
    assert result("STATUTORYINTEREST", "UK", *late, 0.04, None, "up")["error"] == "#VALUE!"


def test_what_a_small_firm_in_china_is_owed():
    """Order 802, article 17: an agreed rate is at least the LPR at signing; else 0.05% a day."""
    late = ("CN-SME", 365_000, "2025-06-30", "2025-07-30")

    assert result("STATUTORYINTEREST", *late) == result("STATUTORYINTEREST", *late, 0.031) == 5475
    assert result("STATUTORYINTEREST", *late, 0.031, 0.02) == 930
    assert result("STATUTORYINTEREST", *late, 0.031, 0.06) == 1800
    for given, error, message in (
        (
            (None, 0.02),
            "#N/A",
            "reference: missing; an agreed rate of CN-SME is at least the LPR at signing.",
        ),
        (
            ([["2025-01-20", 0.031]], 0.02),
            "#VALUE!",
            "reference: a series; CN-SME takes one rate, the LPR of the day of signing.",
        ),
        (
            (0.031, 1.5),
            "#NUM!",
            (
                "factor: 1.5 is no rate; for CN-SME it is the agreed rate of a year, 0 to 1. "
                "Write 0.06 for 6%, or leave it out where nothing is agreed."
            ),
        ),
        ((3.1, 0.02), "#NUM!", "reference: 3.1 is not between -1 and 1. Write 0.08 for 8%."),
    ):
        assert result("STATUTORYINTEREST", *late, *given) == {"error": error, "message": message}


def test_compensation():
    """late-payment-law.co.uk."""
    assert result("LATEFEE", "uk", [999.99, 1000, 9999.99, 10000]) == [40, 70, 70, 100]
    assert result("LATEFEE", ["GB", "United Kingdom", "Ireland", "欧盟"], 500) == [40, 40, 40, 40]
    assert result("LATEFEE", ["CN", "China", "DE"], 1)[1]["error"] == "#VALUE!"
    assert result("LATEFEE", "EU", 0)["error"] == "#NUM!"


def test_a_law_by_the_name_of_its_country():
    late = (36500, "2025-06-30", "2025-07-30", 0.03)

    for name, code in (("GB", "UK"), ("China", "CN"), ("中国", "CN"), ("ireland", "IE")):
        assert result("STATUTORYINTEREST", name, *late) == result("STATUTORYINTEREST", code, *late)


def test_a_rate_that_is_a_percentage_is_refused():
    late = (36500, "2025-06-30", "2025-07-30")
    percent = "is not between -1 and 1. Write 0.08 for 8%."

    for regime in ("EU", "UK", "IE", "CN"):
        for reference in (4.25, [["2025-01-01", 4.25]]):
            assert result("STATUTORYINTEREST", regime, *late, reference) == {
                "error": "#NUM!",
                "message": f"reference: 4.25 {percent}",
            }
    assert result("STATUTORYINTEREST", "EU", *late, 0.03, 8) == {
        "error": "#NUM!",
        "message": "margin: 8 is not between 0 and 1. Write 0.08 for 8 percentage points.",
    }
    assert result("INTEREST", *late, 8) == {
        "error": "#NUM!",
        "message": "annual_rate: 8 is not between 0 and 1. Write 0.08 for 8%.",
    }
    assert result("INTEREST", *late, 1) == 3000


def test_a_single_cell_is_a_rate_whether_it_comes_as_a_range_or_not():
    late = (36500, "2025-06-30", "2025-07-30")
    assert result("LATECLAIM", *late, [[0.1]]) == result("LATECLAIM", *late, 0.1)
    assert result("LATECLAIM", *late, [[None]]) == result("LATECLAIM", *late)
    assert result("LATECLAIM", *late, 0.1) != result("LATECLAIM", *late)
