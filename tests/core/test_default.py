"""The probability of serious delinquency: fixed points, fitted scorecards, and whole columns of both."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.default import FACTORS, ExpertPoints, Step, factor_values
from duebook.default_columns import (
    banded,
    expert_points,
    expert_probabilities,
    rows_foreseen,
    scorecard_probabilities,
)
from duebook.errors import InputError, NoAnswerError, OutOfRangeError
from duebook.fitted import FORMAT, Binned, Scorecard, read_scorecard
from duebook.policy import default_policy, default_text, parse_policy

EXPERT = ExpertPoints.of(default_policy())
NAMES = tuple(EXPERT.scales())
LATE = {
    "overdue": 1200.0,
    "oldest overdue": 22.0,
    "overdue share": 0.4,
    "days late": 9.5,
    "share over 15": 0.3,
    "share over 30": 0.05,
}
CARD = Scorecard(
    "an invoice goes more than 30 days past due",
    (
        Binned("oldest overdue", (0.0, 30.0), (0.0, 0.5, 1.5), 0.25),
        Binned("days late", (5.0,), (-0.25, 0.75), 0.1),
        Binned("net profit to assets", (0.0,), (1.0, 0.0), 0.5),
    ),
    -2.0,
    slope=1.2,
    shift=-0.3,
    lookback_days=365,
)


def values_of(name: str) -> st.SearchStrategy[float | None]:
    factor = next(factor for factor in FACTORS if factor.name == name)
    low, high = max(factor.lowest, -400), min(factor.highest, 400)
    edges = [step.above for step in EXPERT.scales().get(name, ())]
    return st.none() | st.sampled_from([0.0, *edges]) | st.floats(low, high, allow_subnormal=False)


customers = st.fixed_dictionaries({name: values_of(name) for name in NAMES})


def columns_of(rows: list[dict[str, float | None]]) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]}


def test_points_of_the_table() -> None:
    found = EXPERT.score(LATE)
    assert found.points == 5 + 20 + 5 + 10 + 15 + 15
    assert [(one.factor, one.points) for one in found.reasons][:2] == [
        ("oldest overdue", 20),
        ("share over 15", 15),
    ]
    # 70 points lie halfway between 60, which is 30%, and 80, which is 50%: halfway in log odds.
    assert found.probability == pytest.approx(1 / (1 + math.sqrt(0.7 / 0.3)), abs=1e-9)
    assert found.missing == ()


@pytest.mark.parametrize(
    ("points", "probability"), [(0, 0.02), (20, 0.06), (100, 0.7), (-5, 0.02), (130, 0.7)]
)
def test_probability_of_points(points: float, probability: float) -> None:
    assert 1 / (1 + math.exp(-EXPERT.log_odds(points))) == pytest.approx(probability)


def test_the_worst_customer_has_all_points() -> None:
    worst = {"overdue": 1.0, "oldest overdue": 31, "overdue share": 1.0, "days late": 99}
    found = EXPERT.score(worst | {"share over 15": 1.0, "share over 30": 1.0})
    assert (found.points, found.probability) == (100, 0.7)


def test_nothing_overdue_needs_no_age_and_no_share() -> None:
    good = {"overdue": 0.0, "days late": -3.0, "share over 15": 0.0, "share over 30": 0.0}
    found = EXPERT.score(good)
    assert (found.points, found.probability, found.missing, found.reasons) == (0, 0.02, (), ())


def test_a_customer_without_payments_has_the_points_for_no_history() -> None:
    found = EXPERT.score({"overdue": 0.0})
    assert [(one.factor, one.points, one.en, one.zh) for one in found.reasons] == [
        ("no history", 10, "No payment is known yet.", "尚无付款记录。")
    ]
    assert found.missing == ("days late", "share over 15", "share over 30")


def test_a_missing_figure_widens_the_band() -> None:
    whole, part = EXPERT.score(LATE), EXPERT.score({**LATE, "share over 15": None})
    assert part.missing == ("share over 15",)

    def wide(low: float, high: float) -> float:
        return math.log(high / (1 - high)) - math.log(low / (1 - low))

    assert wide(whole.low, whole.high) == pytest.approx(2 * math.log(EXPERT.band), abs=1e-6)
    assert wide(part.low, part.high) == pytest.approx(2 * math.log(EXPERT.band_missing), abs=1e-6)


def test_nothing_known_has_no_answer() -> None:
    for model in (EXPERT, CARD):
        with pytest.raises(NoAnswerError, match=r"factor: nothing is known; one or more of .*oldest overdue"):
            model.score({"oldest overdue": None})


@given(customers, st.sampled_from(NAMES))
def test_more_of_anything_is_never_better(row: dict[str, float | None], name: str) -> None:
    value = row[name]
    if value is None or any(row[other] == 0 for other in ("overdue", "oldest overdue")):
        return
    more = min(value + 1, 1.0) if "share" in name else value + 1
    assert EXPERT.score(row | {name: more}).probability >= EXPERT.score(row).probability


@given(customers)
def test_reasons_add_up_worst_first(row: dict[str, float | None]) -> None:
    if all(value is None for value in row.values()):
        return
    found = EXPERT.score(row)
    points = [one.points for one in found.reasons]
    assert sum(points) == found.points
    assert points == sorted(points, reverse=True)
    assert 0 < found.low < found.probability < found.high < 1
    assert all(one.en and one.zh for one in found.reasons)


@given(st.lists(customers, min_size=1, max_size=20))
def test_columns_give_the_points_of_each_row(rows: list[dict[str, float | None]]) -> None:
    columns = columns_of(rows)
    points, low, high = (expert_points(EXPERT, columns), *banded(EXPERT, columns)[1:])
    for place, row in enumerate(rows):
        if all(value is None for value in row.values()):
            assert math.isnan(points[place])
            continue
        found = EXPERT.score(row)
        assert points[place] == found.points
        assert expert_probabilities(EXPERT, columns)[place] == found.probability
        assert (low[place], high[place]) == pytest.approx((found.low, found.high), abs=2e-9)


fitted_customers = st.fixed_dictionaries(
    {
        "oldest overdue": st.none() | st.sampled_from([0.0, 30.0]) | st.floats(0, 99),
        "days late": st.none() | st.floats(-99, 99),
        "net profit to assets": st.none() | st.floats(-2, 2),
    }
)


@given(st.lists(fitted_customers, min_size=1, max_size=20))
def test_columns_give_what_the_scorecard_gives_each_row(rows: list[dict[str, float | None]]) -> None:
    columns = columns_of(rows)
    found, low, high = banded(CARD, columns)
    for place, row in enumerate(rows):
        if all(value is None for value in row.values()):
            assert math.isnan(found[place])
            continue
        one = CARD.score(row)
        assert (found[place], low[place], high[place]) == pytest.approx(
            (one.probability, one.low, one.high), abs=2e-9
        )


def test_a_scorecard_by_hand() -> None:
    found = CARD.score({"oldest overdue": 12.0, "days late": None, "net profit to assets": 0.1})
    # The shift, and the slope times the intercept and the three bins: -0.3 and 1.2 times -1.4.
    assert found.probability == pytest.approx(1 / (1 + math.exp(1.98)), abs=1e-9)
    assert found.missing == ("days late",)
    # 20 points double the odds: 1.2 * 0.5 log odds against the best bin, and 1.2 * (0.1 + 0.25).
    assert [(one.factor, one.points) for one in found.reasons] == [
        ("oldest overdue", 17.3),
        ("days late", 12.1),
    ]
    assert found.reasons[0].en == "Oldest overdue: 12; best is up to 0."
    assert found.reasons[1].zh == "加权平均逾期天数：未知，最佳为不超过 5。"  # noqa: RUF001 - Chinese


def test_a_column_that_is_not_given_is_missing() -> None:
    given_ = {"oldest overdue": np.array([12.0]), "net profit to assets": np.array([0.1])}
    one = CARD.score({"oldest overdue": 12.0, "net profit to assets": 0.1})
    assert scorecard_probabilities(CARD, given_)[0] == one.probability


def test_rows_that_are_no_plain_numbers_are_looked_at_alone() -> None:
    rows = [[0.0, 2], [0.0, "3"], [None, None], [-1.0, 2], [0.0, ""]]
    found = list(rows_foreseen(EXPERT, ["overdue", "days late"], rows))
    assert [one is None for one in found] == [False, True, True, True, False]
    assert found[0] is not None
    assert found[0][0] == EXPERT.score({"overdue": 0.0, "days late": 2.0}).probability


@pytest.mark.parametrize(
    ("pairs", "error", "message"),
    [
        (
            [("oldst overdue", 3)],
            InputError,
            r"'oldst overdue' is no factor.* Did you mean 'oldest overdue'\?",
        ),
        ([("weather", 3)], InputError, "There are overdue, oldest overdue"),
        (
            [("days late", 3), ("加权平均逾期天数", 4)],
            InputError,
            "'days late' stands there twice, with 3.0 and 4.0",
        ),
        (
            [("overdue share", 40)],
            OutOfRangeError,
            "overdue share is 40; 0 to 1 is allowed. Write a share as 0.2",
        ),
        ([("oldest overdue", -1)], OutOfRangeError, "oldest overdue is -1; 0 or more is allowed"),
        ([("days late", math.inf)], OutOfRangeError, "days late is inf, no finite number"),
    ],
)
def test_factors_that_are_wrong(
    pairs: list[tuple[str, float]], error: type[InputError], message: str
) -> None:
    with pytest.raises(error, match=message):
        factor_values(pairs)


def test_names_in_both_languages_and_any_case() -> None:
    given_ = [("Oldest_Overdue", 3), ("逾期占比", 0.5), ("days late", None)]
    assert factor_values(given_) == {"oldest overdue": 3.0, "overdue share": 0.5, "days late": None}


def test_the_points_are_those_of_the_policy() -> None:
    assert EXPERT.oldest_overdue == (Step(0, 10), Step(15, 20), Step(30, 30))
    assert EXPERT.share_over_30 == (Step(0, 10), Step(0.02, 15), Step(0.1, 20))
    assert (EXPERT.no_history, EXPERT.probabilities[3], EXPERT.spreads) == (10, (60, 0.3), (3.0, 5.0))
    text = default_text().replace(
        "overdue = [{ above = 0, points = 5 }]", "overdue = [{ above = 0, points = 25 }]"
    )
    own = ExpertPoints.of(parse_policy(text, where="ours.toml"))
    assert own == replace(EXPERT, overdue=(Step(0, 25),)) != EXPERT
    more = own.score(LATE).points - EXPERT.score(LATE).points
    assert more == 20


def test_a_scorecard_is_read_as_it_was_written() -> None:
    told = replace(CARD, fitted={"customers": 120}, figures={"auc": {"value": 0.84}})
    text = told.to_json()
    assert read_scorecard(text, where="model.json") == told
    assert '    {"name": "days late", "edges": [5.0]' in text
    assert told.digest == CARD.digest
    assert told.digest != replace(CARD, shift=0.0).digest


def broken(**changes: object) -> str:
    return json.dumps(json.loads(CARD.to_json()) | changes)


FACTOR = {"name": "days late", "edges": [5.0], "weights": [0.0, 1.0], "missing": 0.0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "model.json: not valid JSON"),
        (broken(shift=math.nan), "not valid JSON: NaN is no number"),
        ("[]", f"format is None; {FORMAT!r} is allowed. Write the file with `duebook model fit`"),
        (broken(format="duebook scorecard 9"), "format is 'duebook scorecard 9'"),
        (broken(extra=1), "extra is no key of a scorecard; there are format, event"),
        (broken(intercept="0"), 'intercept is "0"; a number is allowed'),
        (broken(slope=-1), "slope is -1; above 0 is allowed"),
        (broken(factors=[]), "factors is empty"),
        (broken(factors=[FACTOR, FACTOR]), "factors has 'days late' twice"),
        (broken(factors=[FACTOR, FACTOR | {"name": "Days_Late"}]), "factors has 'days late' twice"),
        (broken(intercept=10**400), "intercept is 1000"),
        (broken(factors=[FACTOR | {"missing": 10**400}]), r"factors\[0\].missing is 1000"),
        (broken(lookback_days=1.5), "lookback_days is 1.5; a whole number from 0 to 36525 is allowed"),
        (broken(lookback_days=-1), "lookback_days is -1; a whole number from 0 to 36525 is allowed"),
        (broken(lookback_days=36526), "lookback_days is 36526; a whole number from 0 to 36525 is allowed"),
        (
            broken(factors=[FACTOR | {"edges": [5, 5]}]),
            r"factors\[0\].edges is \[5.0, 5.0\]; a list of rising",
        ),
        (
            broken(factors=[FACTOR | {"weights": [1]}]),
            r"factors\[0\].weights is \[1.0\]; a list of 2 numbers",
        ),
        (broken(factors=[FACTOR | {"weights": [1, True]}]), r"factors\[0\].weights\[1\] is true; a number"),
        (broken(factors=[{"name": "x"}]), r"factors\[0\] is \[\"name\"\]; a table with name, edges"),
        (broken(factors=[FACTOR | {"name": " "}]), "a text is allowed"),
        (broken(figures=[]), r"figures is \[\]; a table is allowed"),
    ],
)
def test_a_file_that_is_no_scorecard(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_scorecard(text, where="model.json")


def test_a_key_that_is_missing() -> None:
    content = json.loads(CARD.to_json())
    del content["shift"]
    with pytest.raises(InputError, match=r"model\.json: shift is missing"):
        read_scorecard(json.dumps(content), where="model.json")
