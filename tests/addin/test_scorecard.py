"""SCORE and its family, TERMS, DUNNING, ALERT and LIMIT by policy, as cells see them."""

from __future__ import annotations

import json

import pytest

from duebook.policy import default_text, parse_policy
from duebook_addin.book import use_policy
from duebook_addin.call import call
from duebook_addin.functions import FUNCTIONS


def result(name: str, *arguments: object) -> object:
    return json.loads(call(name, json.dumps(arguments))[0])


def test_what_is_wrong_is_an_error_value():
    assert result("SCORE", "pay indx", 1) == {
        "error": "#VALUE!",
        "message": "factor: 'pay indx' is no factor of the policy's scorecard. Did you mean 'pay index'?",
    }
    assert result("SCORE", ["pay index", None], [80, 3]) == {
        "error": "#N/A",
        "message": "factor: the cell is empty, but its value is 3.",
    }
    assert result("SCORE", ["pay index", "litigation", "region"], [80, "none"])["error"] == "#VALUE!"
    assert result("GRADE", 101)["error"] == "#NUM!"
    assert result("TERMS", "retail", "F")["error"] == "#VALUE!"
    assert result("SCORE", "pay index", None)["error"] == "#N/A"


def test_empty_rows_and_missing_values_are_passed_over():
    assert result("SCORE", ["pay index", "litigation", None], [80, None, None]) == 100


@pytest.mark.parametrize("name", ["SCORE", "SCOREWHY", "SCORECONFIDENCE"])
def test_an_unknown_policy_is_named(name: str):
    assert result(name, "pay index", 80, "mine") == {
        "error": "#VALUE!",
        "message": "policy: 'mine' is not known here. Known: standard-2025-11.",
    }


def test_a_row_that_cannot_be_scored_keeps_its_error_and_the_others_their_scores():
    found = result(
        "SCORES",
        ["pay index", "litigation"],
        [[80, "none"], [800, "none"], ["x", None], ["#N/A", None], [None, "无"]],
    )

    assert [row[0] if isinstance(row[0], int) else row[0]["error"] for row in found[1:]] == [
        100,
        "#NUM!",
        "#VALUE!",
        "#N/A",
        100,
    ]
    assert found[3][0]["message"] == "value: pay index is 'x', not a number."


def test_as_many_columns_as_factors():
    assert result("SCORES", ["pay index", "litigation"], [[80], [90]]) == {
        "error": "#VALUE!",
        "message": "values: 1 columns for 2 factors; a column for each is needed.",
    }


def test_the_policy_in_use_is_asked():
    text = (
        default_text()
        .replace('name = "standard-2025-11"', 'name = "ours"', 1)
        .replace("from_days = -7", "from_days = -14", 1)
    )
    text = text.replace("first_share = 0.2 ", "first_share = 0.25 ", 1)
    use_policy(lambda: parse_policy(text, where="ours.toml"))
    try:
        assert result("DUNNING", "2026-02-14", "2026-01-31") == "reminder"
        assert result("DUNNING", "2026-02-14", "2026-01-31", None, "standard-2025-11") == "none"
        assert result("LIMITSTEP", 1000, 0, 1) == 250
        assert result("LIMITSTEP", 1000, 0, 1, "standard-2025-11") == 200
        assert (
            result(
                "LIMIT", "progressive", [["monthly turnover", 1000], ["months", 0], ["good record", False]]
            )
            == 250
        )
        assert result("GRADE", 80, "yours")["message"].endswith("Known: ours and standard-2025-11.")
    finally:
        use_policy(None)


@pytest.mark.parametrize(
    ("inputs", "limit"),
    [
        ([["net worth", 900000], ["working capital", 500500]], 50000),  # the smallest, rounded down
        (
            [["net worth", 900000], ["monthly sales", 20000], ["term days", 30]],
            40000,
        ),  # 60 of 30 days of sales
        ([["net worth", 900000], ["seller annual sales", 500000]], 50000),
        ([["net worth", 900000], ["cap", 12345]], 12000),
        ([["net worth", 900000], ["years of business", 3], ["good record", 1]], 117000),
        ([["net worth", 900000], ["years of business", 3], ["open alerts", 2]], 45000),
        ([["revenue", 1000000], ["industry", "construction"]], 50000),
        ([["revenue", 1000000], ["industry", "services"], ["score", 720]], 120000),
        ([["tangible net worth", 80000], ["turnover", 700000], ["grade", "B"]], 28000),
    ],
)
def test_the_limit_of_the_policy(inputs: list[list[object]], limit: int):
    assert result("LIMIT", "policy", inputs) == limit


def test_a_policy_gives_no_limit_where_a_figure_carries_none():
    assert result("LIMIT", "policy", [["net worth", -5], ["working capital", 100]]) == {
        "error": "#N/A",
        "message": "net worth: -5 is negative, so it carries no limit.",
    }
    found = result("LIMIT", "policy", [["cap", 5]])
    assert found["error"] == "#N/A"
    assert found["message"].startswith(
        "inputs: no method of the policy has what it asks. Missing: monthly turnover,"
    )


def test_a_share_above_one_is_no_measure_but_of_a_limit():
    assert result("ALERT", "逾期占比", 20) == {
        "error": "#NUM!",
        "message": "value: 20 is above 1, and overdue share is a share. Write 0.2 for 20%.",
    }
    assert result("ALERT", "逾期占比", 0.2) == result("ALERT", "overdue share", 0.2) == "amber"
    assert result("ALERT", "limit use", 1.2) == "red"
    assert result("ALERT", "oldest overdue", 0.5) == "green"


def test_an_industry_that_the_policy_does_not_have():
    assert result("TERMS", "falconry", "A") == result("TERMS", "other", "A")
    assert result("TERMS", "retial", "A") == {
        "error": "#VALUE!",
        "message": "industry: 'retial' is no industry of the policy. Did you mean 'retail'?",
    }


def test_the_score_points_to_its_confidence():
    text = FUNCTIONS.find("SCORE").help

    assert "SCORECONFIDENCE" in text.en
    assert "SCORECONFIDENCE" in text.zh


def test_a_customer_without_a_grade_is_new_in_both_languages():
    assert result("TERMSWHY", "retail", "new")[1][3] == (
        "Retail 15 to 45 days; new customer: Against a guarantee."
    )
    assert result("TERMSWHY", "零售", "新客户")[1][3] == "零售 15 至 45 天；新客户：需提供担保。"  # noqa: RUF001
    assert result("TERMSWHY", "零售", "D")[1][3] == "零售 15 至 45 天；等级 D：需提供担保。"  # noqa: RUF001


@pytest.mark.parametrize("nobody", [[], [[]]])
def test_nobody_to_score_is_a_table_without_rows(nobody: list[object]):
    assert result("SCORES", ["pay index", "litigation"], nobody) == [["score", "grade", "confidence"]]
    assert result("SCORES", ["pay indx"], nobody)["error"] == "#VALUE!"
