"""Fits to ledgers whose truth is known, and refusals to fit."""

from __future__ import annotations

import math
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.default import ExpertPoints
from duebook.default_columns import scorecard_log_odds
from duebook.errors import InputError
from duebook.fitted import read_scorecard
from duebook.policy import default_policy
from duebook_etl.model.features import as_date, day_number, history, known
from duebook_etl.model.fit import SIGNS, Terms, backtest, cross_validated, fit, sample, trial
from duebook_etl.model.logistic import Sign, calibration, edges_of, fit_scorecard, folds
from duebook_etl.model.quality import auc, brier, groups, ks, share_interval
from duebook_etl.model.ratios import chosen_ratios, fit_ratio_score
from duebook_etl.model.report import backtest_document, fit_document, report_document
from payers import FIRST, invoices, known_ledger, last_day, ledger, payers

pytest.importorskip("sklearn", reason="needs scikit-learn: the extra model installs it")

EXPERT = ExpertPoints.of(default_policy())
TERMS = Terms()
PAST = history(*known_ledger().tables(), last=last_day())
OUTCOME = fit(PAST, TERMS, expert=EXPERT, about={"policy": "ours"})


def test_a_fit_finds_who_is_in_trouble() -> None:
    card = OUTCOME.scorecard
    assert card is not None
    seen = known(PAST, PAST.last, lookback=card.lookback_days)
    said = OUTCOME.probabilities(seen, EXPERT)
    random = Random(1)  # noqa: S311 - nothing secret about it
    truth = {payer.customer: payer for payer in payers(random, 240)}
    names = [str(one) for one in PAST.customers["customer"].to_pylist()]
    customers = [truth[names[int(place)]] for place in seen.customer]
    troubled = np.array([one.fails > 0.05 for one in customers])
    # Of a customer's half-year, that at least one of its invoices fails.
    chance = np.array([1 - (1 - one.fails) ** (6 * one.busy) for one in customers])
    assert auc(troubled, said).value > 0.95
    assert float(np.corrcoef(said, chance)[0, 1]) > 0.7
    assert float(said.mean()) == pytest.approx(float(chance.mean()), abs=0.05)


def test_the_file_tells_what_it_was_fitted_to_and_how_it_did() -> None:
    card = OUTCOME.scorecard
    assert card is not None
    newest = last_day() - timedelta(210)
    assert card.fitted["calibrated_on"] == newest.isoformat()
    assert card.fitted["policy"] == "ours"
    assert card.fitted["known_until"] == last_day().isoformat()
    figures = card.figures
    assert isinstance(figures["auc"], dict)
    assert figures["auc"]["low"] < figures["auc"]["value"] < figures["auc"]["high"]
    assert figures["predicted"] == pytest.approx(figures["observed"], abs=0.001)
    low, high = figures["observed_interval"]
    assert low < figures["observed"] < high
    assert read_scorecard(card.to_json(), where="model.json") == card


def test_signs_are_those_that_sense_demands() -> None:
    card = OUTCOME.scorecard
    assert card is not None
    signs = {one.name: one.sign for one in SIGNS}
    for one in card.factors:
        steps = np.diff(one.weights) * signs[one.name]
        assert (steps >= 0).all(), one.name


def test_rows_look_back_equally_far_and_windows_have_been_seen() -> None:
    rows = sample(PAST, TERMS)
    assert rows is not None
    assert max(rows.days) == PAST.last - TERMS.horizon - TERMS.late_days
    assert min(rows.days) - rows.lookback + 1 >= PAST.first
    assert rows.weight.sum() == pytest.approx(np.unique(rows.customer).size)


def test_no_customer_is_judged_by_a_fit_that_has_seen_it() -> None:
    rows = sample(PAST, TERMS)
    assert rows is not None
    fold = folds(rows.customer, rows.bad)
    for customer in np.unique(rows.customer):
        assert np.unique(fold[rows.customer == customer]).size == 1
    # A customer's own outcome does not move what is said of it.
    said = cross_validated(rows, TERMS)
    newest = np.flatnonzero(rows.newest)
    one = rows.customer[newest[0]]
    assert said.size == newest.size
    assert np.isfinite(said).all()
    assert fold[rows.customer == one].size >= 1


def test_a_fit_uses_nothing_that_came_later() -> None:
    random = Random(5)  # noqa: S311 - nothing secret about it
    paid = invoices(random, payers(random, 200, troubled=0.35))
    day = last_day() - timedelta(60)
    then = history(*ledger(paid, day).tables(), last=day)
    later = history(*ledger(paid, last_day()).tables(), last=last_day()).until(day_number(day))
    one, other = (fit(past, TERMS, expert=EXPERT).scorecard for past in (then, later))
    assert one is not None
    assert other is not None
    assert one.to_json() == other.to_json()


@pytest.mark.parametrize(
    ("count", "months", "troubled", "why"),
    [
        (60, 24, 0.1, "customers turned out bad, fewer than the 30 a fit needs"),
        (100, 3, 0.3, "the ledger reaches back 91 days, less than 6 months"),
        (100, 7, 0.3, "the ledger reaches back 211 days; it takes 240 to see one window whole"),
    ],
)
def test_too_little_history_leaves_the_expert_points(
    count: int, months: int, troubled: float, why: str
) -> None:
    past = history(
        *known_ledger(seed=3, count=count, months=months, troubled=troubled).tables(), last=last_day(months)
    )
    outcome = fit(past, TERMS, expert=EXPERT)
    assert outcome.scorecard is None
    assert why in outcome.why
    document = fit_document(outcome, past, TERMS, EXPERT)
    assert (document["fitted"], document["why"]) == (False, outcome.why)
    assert ("groups" in document) == (months == 24)


def test_an_empty_ledger_is_no_history() -> None:
    past = PAST.until(day_number(FIRST) - 1)
    assert fit(past, TERMS, expert=EXPERT).why == "the ledger holds no document of a customer"


def test_out_of_time_the_level_is_near_what_came() -> None:
    trials = backtest(PAST, TERMS, expert=EXPERT, days=4)
    assert [one.day for one in trials] == [PAST.last - 210 - 30 * step for step in (3, 2, 1, 0)]
    assert trials[-1].fitted
    gap = np.mean([one.predicted - one.observed for one in trials if one.fitted])
    assert abs(gap) < 0.06
    document = backtest_document(PAST, trials)
    days = document["days"]
    assert isinstance(days, list)
    assert days[-1]["day"] == as_date(PAST.last - 210).isoformat()
    assert days[-1]["by"] == "fitted model"


def test_a_trial_of_a_day_whose_window_is_open_is_refused() -> None:
    with pytest.raises(InputError, match="its window of 180 days"):
        trial(PAST, PAST.last - 100, TERMS, expert=EXPERT)


def test_a_report_says_whether_the_window_came_after_the_fit() -> None:
    early = fit(PAST.until(PAST.last - 120), TERMS, expert=EXPERT).scorecard
    assert early is not None
    document = report_document(PAST, TERMS, expert=EXPERT, card=early)
    window = document["window"]
    assert isinstance(window, dict)
    assert window["after_the_fit"] is True
    assert sum(one["customers"] for one in window["groups"]) == window["customers"]
    low, high = window["observed_interval"]
    assert low < window["observed"] < high
    assert report_document(PAST, TERMS, expert=EXPERT, card=None)["by"] == "expert points"
    short = report_document(PAST.until(PAST.first + 100), TERMS, expert=EXPERT, card=None)
    assert short["window"] is None


numbers = st.lists(st.floats(-50, 50, allow_subnormal=False), min_size=1, max_size=80)


@given(numbers)
def test_edges_cut_between_the_lowest_and_the_highest(values: list[float]) -> None:
    edges = edges_of(np.array(values))
    assert list(edges) == sorted(set(edges))
    assert len(edges) <= 5
    assert all(min(values) <= edge < max(values) for edge in edges)


def test_a_value_that_most_rows_have_is_a_bin_of_its_own() -> None:
    values = np.array([0.0] * 70 + list(range(1, 31)))
    assert edges_of(values)[0] == 0
    assert edges_of(np.array([math.nan])) == ()


@given(st.integers(0, 1000), st.floats(-3, 3), st.floats(0.1, 0.9))
def test_calibration_makes_the_mean_what_came(seed: int, off: float, share: float) -> None:
    chance = np.random.default_rng(seed)
    log_odds = chance.normal(off, 1, 120)
    bad = chance.random(120) < share
    if not 0 < bad.sum() < bad.size:
        return
    slope, shift = calibration(log_odds, bad)
    assert np.mean(1 / (1 + np.exp(-(slope * log_odds + shift)))) == pytest.approx(bad.mean(), abs=1e-6)
    assert (slope == 1) or min(bad.sum(), (~bad).sum()) >= 50
    assert 0.5 <= slope <= 1.5


def test_calibration_without_a_bad_one_is_not_never() -> None:
    _, shift = calibration(np.zeros(99), np.zeros(99, dtype=bool))
    assert 1 / (1 + math.exp(-shift)) == pytest.approx(0.005, abs=1e-6)


def test_a_step_against_sense_is_merged_and_missing_is_a_bin() -> None:
    chance = np.random.default_rng(7)
    value = chance.uniform(0, 10, 3000)
    # In truth riskier in the middle only, so rising is all that a sign of 1 may say.
    bad = chance.random(3000) < np.where((value > 4) & (value < 6), 0.4, 0.1)
    value[:600] = np.nan
    bad[:600] = chance.random(600) < 0.7
    (rising,) = fit_scorecard({"x": value}, bad, [Sign("x", 1)], event="e", strength=1).factors
    assert list(rising.weights) == sorted(rising.weights)
    assert rising.missing > max(rising.weights)
    (falling,) = fit_scorecard({"x": value}, bad, [Sign("x", -1)], event="e", strength=1).factors
    assert list(falling.weights) == sorted(falling.weights, reverse=True)
    (free,) = fit_scorecard({"x": value}, bad, [Sign("x", 0)], event="e", strength=1).factors
    assert np.argmax(free.weights) not in {0, len(free.weights) - 1}


def test_extreme_values_move_nothing() -> None:
    chance = np.random.default_rng(8)
    value = chance.normal(0, 1, 2000)
    bad = chance.random(2000) < 1 / (1 + np.exp(2 - value))
    card = fit_scorecard({"x": value}, bad, [Sign("x", 1)], event="e")
    wild = value.copy()
    wild[value == value.max()] = 1e12
    assert fit_scorecard({"x": wild}, bad, [Sign("x", 1)], event="e") == card


def test_nothing_to_tell_apart_is_nothing_to_fit() -> None:
    for bad in (np.zeros(5, dtype=bool), np.ones(5, dtype=bool)):
        with pytest.raises(InputError, match="every customer turned out the same"):
            fit_scorecard({"x": np.arange(5.0)}, bad, [Sign("x", 1)], event="e")


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3)), min_size=2, max_size=40))
def test_the_area_is_how_often_a_bad_one_ranks_above_a_good_one(rows: list[tuple[bool, int]]) -> None:
    bad = np.array([one for one, _ in rows])
    risk = np.array([float(value) for _, value in rows])
    pairs = [
        (value > other) + (value == other) / 2 for one, value in rows if one for two, other in rows if not two
    ]
    found = auc(bad, risk)
    if not pairs:
        assert math.isnan(found.value)
        return
    assert found.value == pytest.approx(sum(pairs) / len(pairs))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert 0 <= ks(bad, risk) <= 1


def test_the_interval_of_an_area_covers_the_truth() -> None:
    chance = np.random.default_rng(3)
    covered = 0
    for _ in range(200):
        bad = np.arange(200) < 50
        risk = chance.normal(0, 1, 200) + bad
        found = auc(bad, risk)
        covered += found.low <= 0.7602 <= found.high  # two normals one deviation apart
    assert 180 <= covered <= 198


# Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, 1998,
# 857-872, table I, Wilson's method without continuity correction.
@pytest.mark.parametrize(
    ("bad", "count", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_of_a_share_is_the_published_one(bad: int, count: int, low: float, high: float) -> None:
    assert share_interval(np.arange(count) < bad) == pytest.approx((low, high), abs=5e-5)
    # The good are as uncertain as the bad.
    assert share_interval(np.arange(count) >= bad) == pytest.approx((1 - high, 1 - low), abs=5e-5)


def test_the_interval_of_nobody_is_anything() -> None:
    assert share_interval(np.zeros(0, dtype=bool)) == (0.0, 1.0)


def test_groups_hold_everybody_once() -> None:
    chance = np.random.default_rng(4)
    said = chance.random(103)
    bad = chance.random(103) < said
    found = groups(bad, said)
    assert sum(one.customers for one in found) == 103
    assert sum(one.bad for one in found) == bad.sum()
    assert [one.predicted for one in found] == sorted(one.predicted for one in found)
    assert brier(bad, said) == pytest.approx(float(np.mean((said - bad) ** 2)))


def test_a_ratio_score_takes_what_tells_and_leaves_what_does_not() -> None:
    chance = np.random.default_rng(5)
    size = 4000
    columns = {f"noise {place}": chance.normal(0, 1, size) for place in range(20)}
    columns |= {"debt": chance.normal(0, 1, size), "profit": chance.normal(0, 1, size)}
    columns["profit"][::7] = np.nan
    risk = -3 + 1.2 * columns["debt"] - 1.2 * np.nan_to_num(columns["profit"])
    bad = chance.random(size) < 1 / (1 + np.exp(-risk))
    signs = [Sign(name, -1 if name == "profit" else 1) for name in columns]
    names = [one.name for one in chosen_ratios(columns, bad, signs)]
    assert set(names[:2]) == {"debt", "profit"}
    assert len(names) <= 6
    card = fit_ratio_score(columns, bad, signs, event="bankruptcy", most=2)
    assert len(card.factors) == 2
    assert auc(bad, scorecard_log_odds(card, columns)).value > 0.8
    # The wrong sign is worse than nothing, so it is not taken.
    assert "debt" not in {one.name for one in chosen_ratios(columns, bad, [Sign("debt", -1)])}


def test_a_ratio_without_a_sign_is_refused() -> None:
    with pytest.raises(InputError, match="ratio 'x' has no sign"):
        fit_ratio_score({"x": np.arange(4.0)}, np.array([True, False] * 2), [Sign("x", 0)], event="e")
