"""The probability of serious delinquency in cells: which model says it, and rows that cannot be read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from duebook.default import ExpertPoints
from duebook.fitted import Binned, Scorecard
from duebook.policy import default_policy, default_text, parse_policy
from duebook_addin.book import use_model, use_policy
from duebook_addin.call import call

if TYPE_CHECKING:
    from collections.abc import Iterator

CARD = Scorecard("late", (Binned("days late", (0.0,), (-1.0, 1.0), 0.0),), -1.0)


def answer(name: str, *arguments: object) -> object:
    return json.loads(call(name, json.dumps(arguments))[0])


@pytest.fixture(autouse=True)
def _nothing_in_use() -> Iterator[None]:
    use_model(None)
    yield
    use_model(None)
    use_policy(None)


def test_a_fitted_model_takes_the_place_of_fixed_points() -> None:
    arguments = (["days late", "oldest overdue"], [12, 3])
    points = ExpertPoints.of(default_policy()).score({"days late": 12.0, "oldest overdue": 3.0})
    assert answer("PROBDEFAULT", *arguments) == points.probability
    use_model(lambda: CARD)
    assert answer("PROBDEFAULT", *arguments) == CARD.score({"days late": 12.0}).probability == 0.5
    assert answer("PROBDEFAULTS", ["days late"], [[12], [-1], [None]]) == [
        ["probability", "low", "high"],
        [0.5, 0.333333333, 0.666666667],
        [0.119202922, 0.063378938, 0.213013958],
        [
            {"error": "#N/A", "message": "factor: nothing is known; one or more of days late is needed."},
            None,
            None,
        ],
    ]


def test_the_fixed_points_are_those_of_the_policy_in_force() -> None:
    arguments = (["days late", "oldest overdue"], [12, 3])
    shipped = answer("PROBDEFAULT", *arguments)
    text = default_text().replace('name = "standard-2025-11"', 'name = "ours"', 1)
    text = text.replace("{ above = 5, points = 10 }", "{ above = 5, points = 12 }", 1)
    policy = parse_policy(text, where="ours.toml")
    use_policy(lambda: policy)
    own = answer("PROBDEFAULT", *arguments)
    assert own == ExpertPoints.of(policy).score({"days late": 12.0, "oldest overdue": 3.0}).probability
    assert own > shipped
    assert answer("PROBDEFAULT", *arguments, "standard-2025-11") == shipped
    assert answer("PROBDEFAULTWHY", *arguments)[1][:3] == ["days late", 12, 12]
    assert answer("PROBDEFAULTS", arguments[0], [arguments[1]])[1][0] == own


def test_a_model_is_read_once_and_only_when_a_function_asks() -> None:
    asked: list[int] = []

    def read() -> Scorecard:
        asked.append(1)
        return CARD

    use_model(read)
    assert asked == []
    for _ in range(2):
        answer("PROBDEFAULT", ["days late"], [1])
    assert asked == [1]


def test_a_row_that_cannot_be_read_has_its_own_error() -> None:
    rows = [[0, 2], [0, "late"], ["#N/A", 1], [-5, 1], [None, 7]]
    found = answer("PROBDEFAULTS", ["overdue", "days late"], rows)
    assert isinstance(found, list)
    assert found[1][0] == answer("PROBDEFAULT", ["overdue", "days late"], [0, 2])
    assert [row[0]["error"] for row in found[2:5]] == ["#VALUE!", "#N/A", "#NUM!"]
    assert found[4][0]["message"] == "value: overdue is -5; 0 or more is allowed."
    assert found[5][0] == answer("PROBDEFAULT", ["days late"], [7])


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("PROBDEFAULTS", (["overdue"], [[1, 2]]), "values: 2 columns for 1 factors"),
        ("PROBDEFAULTS", (["overdue", "逾期金额"], [[1, 2]]), "factors: a factor stands there twice"),
        ("PROBDEFAULTS", (["weather"], [[1]]), "factor: 'weather' is no factor"),
        ("PROBDEFAULT", ([None, "overdue"], [3, 0]), "factor: the cell is empty, but its value is 3"),
        ("PROBDEFAULT", (["overdue share"], [35]), "overdue share is 35; 0 to 1 is allowed"),
        ("PROBDEFAULT", (["overdue"], [None]), "factor: nothing is known"),
        ("PROBDEFAULT", (["overdue"], [0], "none such"), "policy: 'none such' is not known here"),
    ],
)
def test_what_is_wrong_is_said(name: str, arguments: tuple[object, ...], message: str) -> None:
    found = answer(name, *arguments)
    assert isinstance(found, dict)
    assert message in found["message"]


def test_reasons_in_the_language_of_the_first_factor() -> None:
    found = answer("PROBDEFAULTWHY", ["最长逾期天数", "days late"], [40, 0])
    assert isinstance(found, list)
    assert found[1][:3] == ["最长逾期天数", 40, 30]
    assert found[1][3].startswith("最长逾期天数：40")  # noqa: RUF001 - Chinese
