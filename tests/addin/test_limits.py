"""The worksheet functions of limits and exposure."""

from __future__ import annotations

import json

import pytest

from duebook_addin.call import call


def result(name: str, *arguments: object) -> object:
    text, _ = call(name, json.dumps(arguments))
    return json.loads(text)


def test_a_published_limit():
    """The help of mydsomanager."""
    inputs = [["tangible net worth", 80_000], ["turnover", 700_000], ["grade", "B"], ["need", 50_000]]

    assert result("LIMIT", "grade", inputs) == 28_000


def test_one_table_of_inputs_for_a_column_of_methods():
    inputs = [
        ["net worth", 900],
        ["monthly turnover", 100],
        ["months", 6],
        ["good record", True],
        [None, None],
        ["reference", None],
    ]

    assert result("LIMIT", [["net worth"], ["progressive"], ["references"], ["magic"]], inputs) == [
        [90],
        [50],
        [
            {
                "error": "#N/A",
                "message": "reference: no trade reference names a limit, and there is no high credit.",
            }
        ],
        [
            {
                "error": "#VALUE!",
                "message": "method: 'magic' is no method of setting limits. "
                "There are progressive, net worth, working capital, sales, references, need, grade, blend, "
                "dso cap, expected loss, revenue, insured, policy.",
            }
        ],
    ]


def test_inputs_are_two_columns():
    message = "inputs: a range of two columns is needed, names and what each is."
    for inputs in (5, [1, 2], [["net worth", 1, 2]]):
        assert result("LIMIT", "net worth", inputs) == {"error": "#VALUE!", "message": message}
    assert result("LIMIT", "net worth", [["net worth", "#REF!"]])["error"] == "#REF!"
    assert result("LIMIT", "net worth", None)["error"] == "#N/A"


def test_why_a_limit_is_what_it_is():
    assert result("LIMITWHY", "net worth", [["net worth", 5000], ["floor", 800]]) == [
        ["step", "amount"],
        ["net worth", 500],
        ["floor", 800],
        ["bound by floor", 800],
    ]


def test_what_if():
    inputs = [["tolerance", 0]]

    table = result("LIMITTABLE", "dso cap", inputs, "monthly sales", [100, 200], "term days", [[30, 45, -1]])

    negative = {"error": "#NUM!", "message": "term days: -1 is negative; 0 or more is allowed."}
    assert table == [
        ["monthly sales", 30, 45, -1],
        [100, 100, 150, negative],
        [200, 200, 300, negative],
    ]
    assert result("LIMITTABLE", "dso cap", inputs, "tems", [1], "term days", [1])["error"] == "#VALUE!"


@pytest.mark.parametrize("good", [True, 1, "yes", "TRUE", "是"])
@pytest.mark.parametrize("bad", [False, 0, "No", "false", "否"])
def test_a_good_record_in_every_notation(good: object, bad: object):
    assert result("LIMITSTEP", 1000, 6, [good, bad]) == [500, 200]


def test_a_good_record_that_is_neither():
    hint = "Write TRUE or FALSE, yes or no, 1 or 0."

    assert result("LIMITSTEP", 1000, 6, ["perhaps", None, "#N/A", 2]) == [
        {"error": "#VALUE!", "message": f"good_record: 'perhaps' is text, not yes or no. {hint}"},
        {"error": "#N/A", "message": "good_record: the cell is empty; a value is needed."},
        {"error": "#N/A", "message": "good_record: the cell holds #N/A."},
        {"error": "#VALUE!", "message": f"good_record: 2 is a number, not yes or no. {hint}"},
    ]


def test_limits_of_nothing():
    assert result("LIMITSTEP", 0, 6, 1) == 0
    assert result("LIMITSTEP", -1, 6, 1) == {
        "error": "#N/A",
        "message": "monthly turnover: -1 is negative, so it carries no limit.",
    }
    assert result("LIMITSTEP", 1, -1, 1)["error"] == "#NUM!"


def test_exposure_and_what_is_available():
    assert result("EXPOSURE", 1000, 200, None, "", 150) == [["gross", "mitigants", "net"], [1200, 150, 1050]]
    assert result("EXPOSURE", 1000, 0, 0, 0, 0, -1) == {
        "error": "#NUM!",
        "message": "collateral: -1 is negative; 0 or more is allowed.",
    }
    assert result("AVAILABLE", [2000, 1000, -1], 1050) == [
        950,
        0,
        {"error": "#NUM!", "message": "limit: -1 is negative; 0 or more is allowed."},
    ]


def test_a_share_that_is_a_percentage_is_refused():
    assert result("LIMIT", "net worth", [["net worth", 900], ["net worth percent", 10]]) == {
        "error": "#NUM!",
        "message": "net worth percent: 10 is not between 0 and 1. Write 0.1 for 10%.",
    }
    need = [["sales", 3650], ["term days", 30], ["tax", 13]]
    assert result("LIMIT", "need", need) == {
        "error": "#NUM!",
        "message": "tax: 13 is not between 0 and 1. Write 0.1 for 10%.",
    }
    seller = [["net worth", 900], ["seller annual sales", 100], ["seller percent", 10]]
    assert result("LIMIT", "net worth", seller)["error"] == "#NUM!"


def test_true_is_no_number():
    for method, inputs in (("net worth", [["net worth", True]]), ("need", [["need", False]])):
        found = result("LIMIT", method, inputs)
        assert found["error"] == "#VALUE!"
        assert found["message"].endswith(f"is {str(inputs[0][1]).upper()!r}, not a number.")


def test_no_inputs_at_all():
    for nothing in ([], None, [[None, None]]):
        assert result("LIMIT", "net worth", nothing) == {
            "error": "#N/A",
            "message": "inputs: net worth is missing.",
        }
    table = result("LIMITTABLE", "dso cap", [], "monthly sales", [100], "term days", [30])
    assert table == [["monthly sales", 30], [100, 200]]  # 30 days of tolerance, as the policy says


def test_why_a_limit_of_parts_is_what_it_is():
    inputs = [["net worth", 900], ["reference", 60], ["need", 30], ["turnover", 2000], ["grade", "B"]]

    assert result("LIMITWHY", "blend", inputs) == [
        ["step", "amount"],
        ["net worth", 90],
        ["references", 60],
        ["need", 30],
        ["blend", 60],
        ["bound by blend", 60],
    ]
    assert [row[0] for row in result("LIMITWHY", "grade", inputs)][1:] == [
        "net worth",
        "turnover",
        "need",
        "grade",
        "bound by need",
    ]
