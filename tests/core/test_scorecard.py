"""The scorecard: one score however it is asked for, less confidence for less input, clear errors."""

# ruff: noqa: E501 - a case a line
from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError, NoAnswerError, OutOfRangeError
from duebook.grading import grade
from duebook.policy import default_policy, default_text, parse_policy
from duebook.scorecard import score
from duebook.scorecard_columns import scores

if TYPE_CHECKING:
    from duebook.policy.customer import Factor

POLICY = default_policy()
FACTORS = POLICY.score.factor
NUMERIC = [factor for factor in FACTORS if factor.bands]


def values_of(factor: Factor) -> st.SearchStrategy[Decimal | str]:
    if factor.words:
        return st.sampled_from([word.name for word in factor.words])
    lowest = factor.lowest if factor.lowest is not None else Decimal(-5)
    highest = factor.highest if factor.highest is not None else Decimal(50)
    bounds = [
        b
        for band in factor.bands
        if (b := band.up_to if band.up_to is not None else band.at_least) is not None
    ]
    return st.sampled_from(bounds) | st.decimals(lowest, highest, places=3)


@st.composite
def customers(draw: st.DrawFn) -> dict[str, Decimal | str]:
    chosen = draw(st.lists(st.sampled_from(FACTORS), min_size=1, unique_by=lambda factor: factor.name))
    found = {factor.name: draw(values_of(factor)) for factor in chosen}
    if "overdue share" in found:
        found.pop("oldest overdue", None)
    if "cash ratio" in found:
        found.pop("current ratio", None)
    return found


def own_policy(old: str, new: str):
    return parse_policy(default_text().replace(old, new, 1), where="own.toml")


@given(customers())
def test_a_score_lies_between_0_and_100_and_its_lines_add_up(inputs: dict[str, Decimal | str]):
    found = score(inputs.items(), POLICY)

    assert 0 <= found.score <= 100
    assert 0 <= found.confidence <= 1
    assert abs(sum(line.points for line in found.lines) - found.score) <= Decimal("0.051")
    assert abs(sum(line.points + line.lost for line in found.lines) - 100) <= Decimal("0.001")
    assert [line.lost for line in found.lines] == sorted((line.lost for line in found.lines), reverse=True)
    assert all(en and zh and en != zh for en, zh in (line.reason for line in found.lines))


@given(customers(), st.data())
def test_a_better_value_never_scores_less(inputs: dict[str, Decimal | str], data: st.DataObject):
    factor = data.draw(st.sampled_from(NUMERIC))
    rising = factor.bands[0].at_least is not None
    low, high = sorted([data.draw(values_of(factor)), data.draw(values_of(factor))], key=Decimal)
    for other in ("overdue share", "oldest overdue", "cash ratio", "current ratio"):
        if other != factor.name and factor.name in {
            "overdue share",
            "oldest overdue",
            "cash ratio",
            "current ratio",
        }:
            inputs.pop(other, None)

    of_low = score({**inputs, factor.name: low}.items(), POLICY).score
    of_high = score({**inputs, factor.name: high}.items(), POLICY).score

    assert of_low <= of_high if rising else of_low >= of_high


@given(customers())
def test_confidence_never_rises_when_an_input_goes_missing(inputs: dict[str, Decimal | str]):
    substitutes = {"bank statements", "tax certificates"}
    full = score(inputs.items(), POLICY).confidence
    for name in inputs:
        left = {key: value for key, value in inputs.items() if key not in {name, *substitutes}}
        if left and not substitutes & inputs.keys():
            assert score(left.items(), POLICY).confidence <= full


@given(st.lists(customers(), min_size=1, max_size=8))
def test_many_rows_at_once_score_like_one_by_one(rows: list[dict[str, Decimal | str]]):
    names = [factor.name for factor in FACTORS]
    columns = [
        [float(value) if isinstance(value := row.get(name), Decimal) else value for row in rows]
        for name in names
    ]

    found = scores(
        names, columns, POLICY, lambda cell: Decimal(repr(cell)) if isinstance(cell, float) else cell
    )  # type: ignore[return-value]

    for row, one, band, confidence in zip(rows, found.scores, found.grades, found.confidences, strict=True):
        alone = score(row.items(), POLICY)
        assert (one, confidence) == (float(alone.score), float(alone.confidence))
        assert band == grade(alone.score, POLICY).name


@pytest.mark.parametrize(
    ("value", "points"), [("0.05", 85), ("0.0500001", 70), ("0", 100), ("0.4", 25), ("0.41", 0), ("1", 0)]
)
def test_a_band_has_its_upper_bound(value: str, points: int):
    assert score([("overdue share", Decimal(value))], POLICY).score == points


@pytest.mark.parametrize(("value", "points"), [("80", 100), ("79.99", 80), ("40", 20), ("39.9", 0)])
def test_a_band_of_at_least_has_its_lower_bound(value: str, points: int):
    assert score([("pay index", Decimal(value))], POLICY).score == points


def test_names_and_words_may_be_chinese_or_other_names():
    english = score([("debt ratio", Decimal("0.5")), ("litigation", "none"), ("industry", "retail")], POLICY)
    chinese = score([("资产负债率", Decimal("0.5")), ("诉讼", "无"), ("行业", "零售")], POLICY)

    assert english.score == chinese.score
    assert (english.chinese, chinese.chinese) == (False, True)


def test_substitutes_count_only_where_no_statement_is_known():
    alone = score([("bank statements", "steady"), ("pay index", Decimal(80))], POLICY)
    beside = score(
        [("bank statements", "weak"), ("pay index", Decimal(80)), ("debt ratio", Decimal("0.3"))], POLICY
    )

    assert alone.score == Decimal("92.0")  # (15 x 100 + 7 x 75) / 22
    assert alone.confidence == Decimal("0.22")
    assert beside.score == 100
    line = next(line for line in beside.lines if line.factor == "bank statements")
    assert (line.points, line.lost) == (0, 0)
    assert line.reason[0] == "Not counted: it stands in for statements, which are known."


def test_a_cyclical_industry_weighs_statements_more():
    inputs = [("debt ratio", Decimal("0.9")), ("pay index", Decimal(80))]

    still = score([*inputs, ("industry", "retail")], POLICY)
    cyclical = score([*inputs, ("industry", "machinery")], POLICY)

    assert still.score == Decimal("72.5")  # (6 x 10 + 15 x 100 + 3 x 60) / 24 = 72.5
    assert cyclical.score == Decimal("65.6")  # (9 x 10 + 15 x 100 + 3 x 60) / 27 = 65.6
    assert score([*inputs, ("industry", "retail"), ("cyclical", "yes")], POLICY).score == cyclical.score


def test_a_word_may_bound_the_whole_score():
    found = score([("pay index", Decimal(90)), ("litigation", "enforced")], POLICY)

    assert found.score == 30
    assert found.lines[0].factor == "litigation"
    assert found.lines[0].reason[0].endswith("The whole score is at most 30.")
    assert found.lines[0].reason[1].endswith("总分不超过 30 分。")


def test_what_is_missing_is_treated_as_the_policy_says():
    inputs = [("pay index", Decimal(80))]
    neutral = own_policy('missing = "reweight"', 'missing = "neutral"')
    worst = own_policy('missing = "reweight"', 'missing = "worst"')

    assert score(inputs, POLICY).score == 100
    assert score(inputs, neutral).score == Decimal("57.5")  # 15 x 100 + 85 x 50
    assert score(inputs, worst).score == 15
    assert {score(inputs, policy).confidence for policy in (POLICY, neutral, worst)} == {Decimal("0.15")}
    assert len(score(inputs, POLICY).lines) == 1
    assert score(inputs, worst).lines[-1].factor == "pay index"


def test_an_exception_changes_the_card_of_whom_it_fits():
    policy = parse_policy(
        default_text()
        + '\n[[exception]]\nwhere = { country = ["CN"] }\nscore.missing = "worst"\n'
        + '[[exception]]\nwhere = { industry = ["零售"] }\nscore.decimals = 0\n',
        where="own.toml",
    )

    assert score([("pay index", Decimal(80)), ("country", "cn")], policy).score == 15
    assert score([("pay index", Decimal(80)), ("country", "DE")], policy).score == 100
    assert (
        score(
            [("pay index", Decimal(70)), ("industry", "retail"), ("debt ratio", Decimal("0.55"))], policy
        ).score
        == 75
    )
    many = scores(
        ["pay index", "country"],
        [[80.0, 80.0], ["CN", "DE"]],
        policy,
        lambda cell: cell if isinstance(cell, str) else Decimal(repr(cell)),
    )
    assert many.scores == [15, 100]


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        ([("pay indx", Decimal(1))], InputError, "factor: 'pay indx' is no factor of the policy's scorecard. Did you mean 'pay index'?"),
        ([("pay index", Decimal(1)), ("付款指数", Decimal(1))], InputError, "factor: '付款指数' stands there twice as 'pay index'; once is allowed."),
        ([("pay index", Decimal(101))], OutOfRangeError, "value: pay index is 101; at least 0 and at most 100 is allowed."),
        ([("overdue share", Decimal(35))], OutOfRangeError, "value: overdue share is 35; at least 0 and at most 1 is allowed. Write 0.35 for 35%."),
        ([("pay index", "high")], InputError, "value: pay index is 'high', not a number."),
        ([("debt ratio", Decimal("-0.1"))], OutOfRangeError, "value: debt ratio is -0.1; at least 0 and at most 20 is allowed."),
        ([("industry", "falconry")], InputError, "value: industry is 'falconry', none of low, medium, high, nor an industry of the policy."),
        ([("industry", "constructon")], InputError, "value: industry is 'constructon', none of low, medium, high, nor an industry of the policy. Did you mean 'construction'?"),
        ([("litigation", "majr")], InputError, "value: litigation is 'majr', none of none, minor, major, enforced, insolvency. Did you mean 'major'?"),
        ([("overdue share", Decimal(0)), ("oldest overdue", Decimal(9))], InputError, "value: overdue share 0 and oldest overdue 9 days contradict each other: both are 0 or neither."),
        ([("cash ratio", Decimal(2)), ("current ratio", Decimal(1))], InputError, "value: cash ratio 2 is above current ratio 1, which contains it."),
        ([("pay index", Decimal(80)), ("cyclical", "perhaps")], InputError, "value: cyclical is 'perhaps'; yes or no is allowed."),
        ([("pay index", None), ("reputation", " ")], NoAnswerError, "value: no factor of the scorecard has one. Give at least one factor."),
    ],
)  # fmt: skip
def test_what_cannot_be_scored_is_said(
    inputs: list[tuple[str, Decimal | str | None]], error: type[Exception], message: str
):
    with pytest.raises(error) as caught:
        score(inputs, POLICY)
    assert str(caught.value) == message


def test_the_quotient_is_rounded_half_up():
    # 12 x 85 + 8 x 70 + 7 x 60 over 27 is 74.07; 8 x 45 + 8 x 60 over 16 is 52.5
    assert (
        score(
            [("days late", Decimal(20)), ("payment record", "minor")],
            own_policy("decimals = 1", "decimals = 0"),
        ).score
        == 53
    )


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("100", "A"),
        ("80", "A"),
        ("79.9", "B"),
        ("65", "B"),
        ("50", "C"),
        ("35", "D"),
        ("34.9", "E"),
        ("0", "E"),
    ],
)
def test_a_grade_has_its_lowest_score(value: str, name: str):
    assert grade(Decimal(value), POLICY).name == name


@pytest.mark.parametrize("value", ["-0.1", "100.1"])
def test_no_grade_for_what_is_no_score(value: str):
    with pytest.raises(OutOfRangeError, match="is not between 0 and 100"):
        grade(Decimal(value), POLICY)
