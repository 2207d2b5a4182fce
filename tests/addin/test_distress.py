"""The worksheet functions ALTMAN, ALTMANZONE and RATIO."""

from __future__ import annotations

import json

import pytest

from duebook_addin.call import call


def result(name: str, *arguments: object) -> object:
    text, _ = call(name, json.dumps(arguments))
    return json.loads(text)


def test_published_scores():
    """wizedu; formiax; brainmass."""
    assert result("ALTMAN", "Z", 0.34, 0.15, 0, 0.80, 1, 1, 1.6) == pytest.approx(2.70, abs=0.005)
    assert result("ALTMAN", "Z", 4.2, 0.8, 6.5, 7, 5, 3.5, 8.3) == pytest.approx(11.10, abs=0.005)
    score = result("ALTMAN", "Z", 90, 30, 55, 100, 280, 620, 440)
    assert score == pytest.approx(1.459, abs=0.0005)
    assert result("ALTMANZONE", "Z", score) == "distress"


def test_whole_columns():
    models = [["Z'", "Z''"], ["EM", "X"]]

    [[private, service], [emerging, none]] = result("ALTMAN", models, 30, 20, 10, 50, 50, 100, 120)

    assert emerging == pytest.approx(3.25 + service)
    assert private == pytest.approx(0.717 * 0.3 + 0.847 * 0.2 + 3.107 * 0.1 + 0.42 + 0.998 * 1.2)
    assert none == {"error": "#VALUE!", "message": "model: 'X' is no model of Altman's; Z, Z', Z'', EM are."}
    assert result("ALTMANZONE", "EM", [[5.86, 5.85], [4.35, 4.34]]) == [
        ["safe", "grey"],
        ["grey", "distress"],
    ]


def test_scores_that_have_no_answer():
    assert result("ALTMAN", "Z", 1, 1, 1, 1, 1, 0, 1)["error"] == "#DIV/0!"
    assert result("ALTMAN", "Z", 1, 1, 1, 1, 1, 1)["error"] == "#N/A"
    assert result("ALTMAN", "Z", 1, 1, 1, None, 1, 1, 1)["error"] == "#N/A"
    assert result("ALTMAN", "Z''", 1, 1, 1, 1, -1, 1)["error"] == "#NUM!"


def test_a_column_of_ratios_of_one_statement():
    statement = [
        ["流动资产合计", 300],
        ["货币资金", 90],
        [None, None],
        ["流动负债合计", 150],
        ["无此项目", 7],
        ["存货", None],
    ]

    found = result("RATIO", ["流动比率", "cash ratio", "速动比率", "营运资金"], statement)

    assert isinstance(found, list)
    assert (found[0], found[1], found[3]) == (2, 0.6, 150)
    assert found[2] == {"error": "#N/A", "message": "figures: inventory is missing."}


def test_figures_are_two_columns():
    message = "figures: a range of two columns is needed, names and what each is."
    for figures in (5, "sales", ["sales", 5], [["sales", 5, 6]], [["sales"], [5]]):
        assert result("RATIO", "net margin", figures) == {"error": "#VALUE!", "message": message}
    assert result("RATIO", ["net margin"], 5) == [{"error": "#VALUE!", "message": message}]


def test_figures_that_cannot_be_read():
    assert result("RATIO", "net margin", [["sales", "1,234"]]) == {
        "error": "#VALUE!",
        "message": "figures: sales is '1,234', not a number. Turn the text into a number.",
    }
    assert result("RATIO", "net margin", [[None, 5]]) == {
        "error": "#N/A",
        "message": "figures, row 1: 5 has no name before it.",
    }
    assert result("RATIO", "net margin", [["sales", "#REF!"]])["error"] == "#REF!"
    assert result("RATIO", "net margin", None) == {
        "error": "#N/A",
        "message": "figures: net profit is missing.",
    }


def test_headings_and_words_are_passed_over():
    figures = [["item", "amount"], ["ASSETS", None], ["sales", 100], ["net profit", 5], ["auditor", "none"]]

    assert result("RATIO", ["net margin", "profit margin"], figures) == [0.05, 0.05]


def test_a_heading_without_a_name_is_told_by_its_row():
    assert result("RATIO", "net margin", [[None, "amount"], ["sales", 100], ["net profit", 5]]) == {
        "error": "#N/A",
        "message": "figures, row 1: amount has no name before it.",
    }


def test_total_debt_is_asked_back():
    assert result("RATIO", "debt ratio", [["total debt", 5], ["total assets", 10]]) == {
        "error": "#N/A",
        "message": "figures: total liabilities is missing. 'total debt' is no line known here; "
        "did you mean 'total liabilities'?",
    }
    figures = [["total debt", 5], ["total liabilities", 6], ["total assets", 10]]
    assert result("RATIO", "debt ratio", figures) == 0.6
