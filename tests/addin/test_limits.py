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


def test_the_order_that_broke_the_limit():
    heading = ["over", "order", "broken by"]
    orders = ["S1", "S2", None, "S3"], [100, 200, None, 75]
    assert result("OVERLIMIT", 1000, 750, *orders) == [heading, [125, "S2", "order"]]
    assert result("OVERLIMIT", 1125, 750, *orders) == [heading, [0, "", "within"]]
    assert result("OVERLIMIT", 700, 750, *orders) == [heading, [425, "", "exposure"]]
    assert result("OVERLIMIT", 0.3, 0.1, [1001, 1002], [0.2, 0.01]) == [heading, [0.01, "1002", "order"]]
    assert result("OVERLIMIT", 1000, -50, [None], [None]) == [heading, [0, "", "within"]]


def test_an_order_without_an_amount_or_with_a_wrong_one_is_named():
    for arguments, error, message in (
        (
            (1000, 0, [None, "S1", "S2"], [None, 5, None]),
            "#N/A",
            "amount: that of order 'S2' is missing; a number is needed.",
        ),
        (
            (1000, 0, [None, "S1"], [None, -5]),
            "#NUM!",
            "amount: -5 of order 'S1' is negative; 0 or more is allowed.",
        ),
        ((1000, 0, None, -5), "#NUM!", "amount: -5 is negative; 0 or more is allowed."),
        ((-1, 0, "S1", 5), "#NUM!", "limit: -1 is negative; 0 or more is allowed."),
    ):
        assert result("OVERLIMIT", *arguments) == {"error": error, "message": message}


def test_a_group_is_one_exposure():
    """Children of children, a head that is no customer, and a customer in credit."""
    found = result(
        "GROUPEXPOSURE", ["C1", "C2", "C3", "C4", 5], [10, 20, 30.05, -5, 1], [None, "C1", "C2", "H", "H"]
    )
    assert found == [
        ["group", "members", "exposure"],
        ["C1", 3, 60.05],
        ["H", 2, -4],
        ["total", 5, 56.05],
    ]
    assert result("GROUPEXPOSURE", ["A", "B"], [1, 2], ["B", "A"]) == {
        "error": "#VALUE!",
        "message": "parent: A -> B -> A is a circle; a group has one head.",
    }
    assert result("GROUPEXPOSURE", ["A", "A"], [1, 2], [None, None]) == {
        "error": "#VALUE!",
        "message": "customer: 'A' stands there twice; once is allowed.",
    }


def test_months_and_scores_that_mean_two_things_are_asked_back():
    table = [
        ["sales", 365000],
        ["term days", 60],
        ["months", 7],
        ["good record", "yes"],
        ["月均营业额", 400000],
    ]
    assert result("LIMIT", ["progressive", "need"], table) == [
        200000,
        {
            "error": "#VALUE!",
            "message": "inputs: months may be those of business or those of the sales. "
            "Name them months of business and months of sales.",
        },
    ]
    own = [["revenue", 1000000], ["industry risk", "low"], ["score", 80]]
    assert result("LIMIT", "revenue", own)["error"] == "#NUM!"
