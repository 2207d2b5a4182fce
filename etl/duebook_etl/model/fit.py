"""Fits the model of serious delinquency to a ledger, where there is enough of it, and says why where not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook.default_columns import (
    expert_points,
    expert_probabilities,
    scorecard_log_odds,
    scorecard_probabilities,
)
from duebook.errors import InputError
from duebook_etl.model.features import LOOKBACK_DAYS, MODEL_FACTORS, as_date, known, outcomes
from duebook_etl.model.logistic import Sign, calibration, fit_scorecard, folds
from duebook_etl.model.quality import auc, brier, groups, ks, share_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duebook.default import ExpertPoints
    from duebook.fitted import Scorecard
    from duebook_etl.model.features import Flags, Floats, History, Known, Whole
    from duebook_etl.model.quality import Group

_FREE: Final = ("invoices a month", "quiet days")
SIGNS: Final = tuple(Sign(name, 0 if name in _FREE else 1) for name in MODEL_FACTORS)
"""More overdue, later, more often late is never better; how busy a customer is may count either way."""
_SPACING: Final = 30
_DAYS_A_MONTH: Final = 30.4
_LEAST_LOOKBACK: Final = 30
_MOST_DAYS: Final = 12
_ROUNDED: Final = 4


@dataclass(frozen=True)
class Terms:
    """What is foreseen, and how much history a fit needs: numbers of the policy's ``[default]``.

    Attributes:
        horizon: How many days ahead.
        late_days: An invoice later than this is seriously late.
        least_bad: With fewer bad customers the expert points stand.
        least_months: So they do with less history.
        lookback: How many days factors look back at most.
    """

    horizon: int = 180
    late_days: int = 30
    least_bad: int = 30
    least_months: int = 6
    lookback: int = LOOKBACK_DAYS

    @property
    def event(self) -> str:
        """What is foreseen, in words."""
        due = f"an invoice that falls due within {self.horizon} days"
        return f"{due} goes more than {self.late_days} days past due"


@dataclass(frozen=True)
class Sample:
    """Customers on days whose windows have been seen whole.

    Attributes:
        days: The days, the newest first.
        day: The day of each row.
        customer: Its customer.
        columns: Its factors.
        bad: What came.
        lookback: How many days the factors look back, for every day as many.
    """

    days: tuple[int, ...]
    day: Whole
    customer: Whole
    columns: dict[str, Floats]
    bad: Flags
    lookback: int

    @property
    def newest(self) -> Flags:
        """Which rows are of the newest day."""
        found: Flags = self.day == self.days[0]
        return found

    @property
    def weight(self) -> Floats:
        """What each row counts, so that every customer counts once."""
        _, of, count = np.unique(self.customer, return_inverse=True, return_counts=True)
        found: Floats = 1.0 / count[of]
        return found

    @property
    def bad_customers(self) -> int:
        """How many customers turned out bad on any of the days."""
        return int(np.unique(self.customer[self.bad]).size)

    def part(self, rows: Flags) -> Sample:
        """Return some of the rows."""
        return replace(
            self,
            day=self.day[rows],
            customer=self.customer[rows],
            columns={name: column[rows] for name, column in self.columns.items()},
            bad=self.bad[rows],
        )


def sample(past: History, terms: Terms) -> Sample | None:
    """Return the rows that a model can be fitted to; None where no window has been seen whole.

    The newest day is the last whose window has been seen whole, the others lie thirty days apart before it.
    All look back equally many days, so that a factor means the same on each: the ledger's beginning would
    otherwise be mistaken for customers without history.

    Args:
        past: The ledger.
        terms: What is foreseen.
    """
    newest = past.last - terms.horizon - terms.late_days
    lookback = min(terms.lookback, newest - past.first + 1)
    if lookback < _LEAST_LOOKBACK:
        return None
    oldest = past.first + lookback - 1
    days = tuple(range(newest, max(oldest, newest - _SPACING * (_MOST_DAYS - 1)) - 1, -_SPACING))
    came = outcomes(past, days, horizon=terms.horizon, late_days=terms.late_days)
    seen = [known(past, day, lookback=lookback) for day in days]
    return Sample(
        days,
        np.concatenate([np.full(one.customer.size, one.day) for one in seen]),
        np.concatenate([one.customer for one in seen]),
        {name: np.concatenate([one.columns[name] for one in seen]) for name in seen[0].columns},
        np.concatenate([bad[one.customer] for one, bad in zip(seen, came, strict=True)]),
        lookback,
    )


@dataclass(frozen=True)
class Outcome:
    """What came of an attempt to fit.

    Attributes:
        scorecard: The fitted scorecard; None where the expert points stand.
        why: Why they do; empty where they do not.
        sample: What was looked at; None where no window has been seen whole.
        unseen: Of the newest day's customers, what a fit that had not seen them said of each, before
            calibration, as log odds; None without a fit.
    """

    scorecard: Scorecard | None
    why: str
    sample: Sample | None
    unseen: Floats | None

    def probabilities(self, seen: Known, expert: ExpertPoints) -> Floats:
        """Return the probability of every customer known on a day, by whichever stands."""
        if self.scorecard is None:
            return expert_probabilities(expert, seen.columns)
        return scorecard_probabilities(self.scorecard, seen.columns)

    @property
    def lookback(self) -> int | None:
        """How many days the factors must look back to be used; None where nothing was fitted."""
        return None if self.scorecard is None else self.scorecard.lookback_days


def fit(
    past: History,
    terms: Terms,
    *,
    expert: ExpertPoints,
    about: Mapping[str, object] | None = None,
) -> Outcome:
    """Fit, cross-validate and calibrate the model, or say why the expert points stand.

    Args:
        past: The ledger; nothing after its last day is known.
        terms: What is foreseen, and how much history a fit needs.
        expert: The points that it is held against.
        about: What else the file should tell, such as the policy.

    Raises:
        InputError: scikit-learn is not installed.
    """
    rows = sample(past, terms)
    why = _too_little(past, rows, terms)
    if rows is None or why:
        return Outcome(None, why, rows, None)
    card = _fitted(rows, terms)
    newest = rows.newest
    unseen = cross_validated(rows, terms)
    bad = rows.bad[newest]
    slope, shift = calibration(unseen, bad)
    card = replace(
        card,
        slope=round(slope, _ROUNDED),
        shift=round(shift, _ROUNDED),
        lookback_days=rows.lookback,
        fitted={
            "known_until": as_date(past.last).isoformat(),
            "history_from": as_date(past.first).isoformat(),
            "days": [as_date(day).isoformat() for day in rows.days],
            "calibrated_on": as_date(rows.days[0]).isoformat(),
            "rows": int(rows.bad.size),
            "customers": int(np.unique(rows.customer).size),
            "bad_customers": rows.bad_customers,
            **(about or {}),
        },
    )
    probability = 0.5 * (1 + np.tanh((shift + slope * unseen) / 2))
    card = replace(card, figures=_figures(rows.part(newest), probability, expert))
    return Outcome(card, "", rows, unseen)


def _fitted(rows: Sample, terms: Terms) -> Scorecard:
    return fit_scorecard(rows.columns, rows.bad, SIGNS, event=terms.event, weight=rows.weight)


def _too_little(past: History, rows: Sample | None, terms: Terms) -> str:
    days = past.last - past.first + 1
    if days <= 0:
        return "the ledger holds no document of a customer"
    if days < terms.least_months * _DAYS_A_MONTH:
        return f"the ledger reaches back {days} days, less than {terms.least_months} months"
    if rows is None:
        needed = terms.horizon + terms.late_days + _LEAST_LOOKBACK
        return f"the ledger reaches back {days} days; it takes {needed} to see one window whole"
    if rows.bad_customers < terms.least_bad:
        return (
            f"{rows.bad_customers} of {np.unique(rows.customer).size} customers turned out bad, fewer than "
            f"the {terms.least_bad} a fit needs"
        )
    if np.unique(rows.customer[~rows.bad]).size < terms.least_bad:
        return f"fewer than {terms.least_bad} customers turned out good"
    return ""


def cross_validated(rows: Sample, terms: Terms, *, seed: int = 0) -> Floats:
    """Return what fits that had not seen a customer on any day say of it on the newest, as log odds.

    Args:
        rows: The sample.
        terms: What is foreseen.
        seed: Of the folds.
    """
    fold = folds(rows.customer, rows.bad, seed=seed)
    newest = rows.newest
    found = np.zeros(rows.bad.size)
    for number in range(int(fold.max()) + 1):
        held = fold == number
        seen = rows.part(~held)
        if not (held & newest).any() or not seen.bad.any() or seen.bad.all():
            continue
        asked = rows.part(held & newest)
        found[held & newest] = scorecard_log_odds(_fitted(seen, terms), asked.columns)
    unseen: Floats = found[newest]
    return unseen


def _figures(newest: Sample, probability: Floats, expert: ExpertPoints) -> dict[str, object]:
    bad = newest.bad
    area, points = auc(bad, probability), auc(bad, expert_points(expert, newest.columns))
    return {
        "measured": "on customers of the newest day that the fit had not seen, five folds by customer",
        "customers": int(bad.size),
        "bad": int(bad.sum()),
        "auc": _plain_auc(area),
        "auc_of_expert_points": _plain_auc(points),
        "ks": round(ks(bad, probability), _ROUNDED),
        "brier": round(brier(bad, probability), _ROUNDED),
        "predicted": round(float(probability.mean()), _ROUNDED),
        "observed": round(float(bad.mean()), _ROUNDED),
        "observed_interval": [round(end, _ROUNDED) for end in share_interval(bad)],
        "groups": [plain_group(one) for one in groups(bad, probability)],
    }


def _plain_auc(area: object) -> dict[str, float]:
    return {name: round(getattr(area, name), _ROUNDED) for name in ("value", "low", "high")}


def plain_group(group: Group) -> dict[str, object]:
    """Return predicted against observed of a group, for a file."""
    return {
        "customers": group.customers,
        "bad": group.bad,
        "predicted": round(group.predicted, _ROUNDED),
        "observed": round(group.observed, _ROUNDED),
    }


@dataclass(frozen=True)
class Trial:
    """What would have been said on a day, and what came.

    Attributes:
        day: The day.
        fitted: Whether a fitted model said it, or the expert points.
        customers: How many customers were known.
        bad: How many of them turned out bad.
        predicted: The mean of the probabilities.
        observed: The share that turned out bad.
        probability: What was said of each.
        came: What came of each.
    """

    day: int
    fitted: bool
    customers: int
    bad: int
    predicted: float
    observed: float
    probability: Floats
    came: Flags


def backtest(past: History, terms: Terms, *, expert: ExpertPoints, days: int = 6) -> tuple[Trial, ...]:
    """Replay the model: on each of some days, fit to what was known then, predict, and look at what came.

    Args:
        past: The ledger.
        terms: What is foreseen.
        expert: The points that stand where there was too little history.
        days: On how many days, a month apart, at most; the last is the newest whose window has been seen
            whole.
    """
    newest = past.last - terms.horizon - terms.late_days
    found: list[Trial] = []
    for day in range(newest, past.first + _LEAST_LOOKBACK, -_SPACING):
        if len(found) == days:
            break
        found.append(trial(past, day, terms, expert=expert))
    return tuple(reversed(found))


def trial(past: History, day: int, terms: Terms, *, expert: ExpertPoints) -> Trial:
    """Return what a fit to what was known at the end of a day would have said, and what came.

    Raises:
        InputError: The day's window has not been seen whole, or no customer was known.
    """
    then = past.until(day)
    outcome = fit(then, terms, expert=expert)
    seen = known(then, day, lookback=outcome.lookback or terms.lookback)
    if not seen.customer.size:
        raise InputError(f"day {as_date(day)}: no customer was known.")
    (bad,) = outcomes(past, [day], horizon=terms.horizon, late_days=terms.late_days)
    came = bad[seen.customer]
    probability = outcome.probabilities(seen, expert)
    return Trial(
        day,
        outcome.scorecard is not None,
        int(came.size),
        int(came.sum()),
        float(probability.mean()),
        float(came.mean()),
        probability,
        came,
    )
