"""Whether probabilities are as high as what came, on days that the fits had not seen.

A level is hard to know, and hard to judge by one day of a few hundred customers. So the gap has an interval,
and beside what our fit said stands what others would have said on that day, and what could have been said
with more knowledge.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook.default import ExpertPoints
from duebook.default_columns import expert_probabilities
from duebook.policy import default_policy
from duebook_etl.model.features import as_date, known, outcomes
from duebook_etl.model.fit import Terms, fit, trial
from evaluation.baselines import boosting, fitted, logistic
from evaluation.table import Line

if TYPE_CHECKING:
    from duebook_etl.model.features import Flags, Floats, History, Known
    from duebook_etl.model.fit import Outcome, Sample

WITHIN: Final = 0.02
EXPERT: Final = ExpertPoints.of(default_policy())
_LOOKBACK: Final = 45
_MONTH: Final = 30
_TRIALS: Final = 6
_CONFIDENCE: Final = 1.96


def level(past: History, late_days: int, *, name: str, checked: bool) -> list[Line]:
    """Return the lines of one bound of lateness.

    Where the file is too short for two windows of 180 days one after the other, the target is held against
    the longest horizon that can be tried, once: it is the nearest to what is asked. Six trials a month apart,
    as the product's own backtest makes them, leave a horizon so short that few turn out bad and any level is
    near; they are shown and held to nothing. So that there is a fit at all, fewer bad customers and less
    history suffice here than the policy asks for.

    Args:
        past: The ledger.
        late_days: How many days past due are seriously late.
        name: The data set.
        checked: Whether the target is held against it.
    """
    once, often = (_terms(past, late_days, trials) for trials in (1, _TRIALS))
    return [*_one_day(past, once, name=name, checked=checked), _some_days(past, often, name=name)]


def _terms(past: History, late_days: int, trials: int) -> Terms:
    whole = Terms(late_days=late_days, least_bad=10, least_months=1)
    days = past.last - late_days - past.first + 1
    room = (days - _LOOKBACK - late_days - _MONTH * (trials - 1)) // 2
    return whole if room >= whole.horizon else replace(whole, horizon=room, lookback=_LOOKBACK)


def _what(terms: Terms, days: str) -> str:
    horizon = f" in {terms.horizon}" if terms.horizon > 0 else ""
    return f">{terms.late_days} days past due{horizon}, out of time, {days}"


def _some_days(past: History, terms: Terms, *, name: str) -> Line:
    what = _what(terms, f"{_TRIALS} days")
    if terms.horizon <= 0:
        return Line(name, what, "the file is too short")
    newest = past.last - terms.late_days - terms.horizon
    tried = [trial(past, newest - _MONTH * step, terms, expert=EXPERT) for step in range(_TRIALS)]
    used = [one for one in tried if one.fitted]
    if not used:
        return Line(name, what, "too few bad customers to fit on any of the days")
    said = np.concatenate([one.probability for one in used])
    came = np.concatenate([one.came for one in used])
    return Line(name, what if len(used) == _TRIALS else f"{what}, {len(used)} fitted", _figure(said, came))


def _figure(said: Floats, came: Flags) -> str:
    gap = said.mean() - came.mean()
    return f"mean PD {said.mean():.1%}, observed {came.mean():.1%}: {100 * gap:+.1f} points"


@dataclass(frozen=True)
class Day:
    """A day, and what is said on it of what was known by its end.

    Attributes:
        then: The ledger, without anything after the day.
        terms: What is foreseen.
        outcome: The fit.
    """

    then: History
    terms: Terms
    outcome: Outcome

    def seen(self, day: int) -> Known:
        """Return the customers of that day or an earlier one, with factors as the fit needs them."""
        return known(self.then, day, lookback=self.outcome.lookback or self.terms.lookback)


def of_day(past: History, day: int, terms: Terms) -> Day:
    """Return what was known at the end of a day, and the fit to it."""
    then = past.until(day)
    return Day(then, terms, fit(then, terms, expert=EXPERT))


def _one_day(past: History, terms: Terms, *, name: str, checked: bool) -> list[Line]:
    what = _what(terms, "1 day")
    if terms.horizon <= 0:
        return [Line(name, what, "the file is too short")]
    day = past.last - terms.late_days - terms.horizon
    ours = of_day(past, day, terms)
    rows = ours.outcome.sample
    if ours.outcome.scorecard is None or rows is None:
        return [Line(name, what, f"not fitted: {ours.outcome.why}")]
    seen = ours.seen(day)
    said = ours.outcome.probabilities(seen, EXPERT)
    (bad,) = outcomes(past, [day], horizon=terms.horizon, late_days=terms.late_days)
    came = bad[seen.customer]
    newest = rows.part(rows.newest)
    noise = _CONFIDENCE * _noise(newest, seen, came - said)
    gap = float(said.mean() - came.mean())
    by_policy = fit(ours.then, Terms(horizon=terms.horizon, late_days=terms.late_days), expert=EXPERT)
    stand = "" if by_policy.scorecard else ", which stand on that day by the policy's bounds"
    every = np.ones(rows.bad.size, dtype=np.bool_)
    others = {
        "share of the newest window seen whole": np.full(came.size, newest.bad.mean()),
        "scikit-learn logistic": fitted(logistic, rows, every, seen.columns),
        "scikit-learn gradient boosting": fitted(boosting, rows, every, seen.columns),
        f"fixed expert points{stand}": expert_probabilities(EXPERT, seen.columns),
        "our fit, moved by windows seen in part": raised(said, by_part(ours)),
    }
    # Nothing that could be known on the day says more of its level than how all that fell due until then
    # turned out in the end.
    wiser = fit(past.until(day + terms.late_days), terms, expert=EXPERT)
    if wiser.scorecard is not None:
        known_then = known(ours.then, day, lookback=wiser.scorecard.lookback_days)
        others[f"our fit, {terms.late_days} days wiser"] = wiser.probabilities(known_then, EXPERT)
    return [
        Line(
            name,
            f"{what}: customers on {as_date(day)}",
            f"{came.size}, {int(came.sum())} bad; the fit's level is of {newest.bad.size}, "
            f"{int(newest.bad.sum())} bad",
        ),
        Line(
            name,
            what,
            f"{_figure(said, came)} ({100 * (gap - noise):+.1f} to {100 * (gap + noise):+.1f})",
            f"within {100 * WITHIN:g} points" if checked else "",
            abs(gap) <= WITHIN if checked else None,
        ),
        *(Line(name, f"{what}: {text}", _figure(other, came)) for text, other in others.items()),
    ]


def _noise(newest: Sample, seen: Known, off: Floats) -> float:
    """Return the standard error of the gap between what was said and what came.

    The level that a fit is calibrated to is a share of the customers of its window, as what came is of those
    of the day. Both are noisy; a customer's deviations from the two are added before they are squared.
    """
    part = np.zeros(max(newest.customer.max(), seen.customer.max()) + 1)
    part[newest.customer] += (newest.bad - newest.bad.mean()) / newest.bad.size
    part[seen.customer] -= (off - off.mean()) / off.size
    return math.sqrt(float((part**2).sum()))


def by_part(ours: Day) -> float:
    """Return by how much younger windows, seen in part, were worse than the newest one seen whole.

    A window that began a month or more after the newest one seen whole has been seen for fewer days. The bad
    of so many days are counted in both, against the sum of their customers' cumulative hazards as the fit
    says them, so that who the customers are makes no difference. That is temporal recalibration by period
    analysis (Booth and others, International Journal of Epidemiology 49, 2020, 1316-1325; Brenner and
    Gefeller, Cancer 78, 1996, 2004-2010). The ratio's logarithm is shrunk by its standard error as
    James and Stein do: one that is no greater than its error is none.

    Args:
        ours: The day; nothing after it is looked at.

    Returns:
        The ratio of hazards; 1 where there is no younger window or nobody bad to count.
    """
    seen_until = ours.then.last - ours.terms.late_days
    whole = seen_until - ours.terms.horizon
    size = ours.then.customers.num_rows
    came, like = np.zeros(size), np.zeros(size)
    for day in range(whole + _MONTH, seen_until - _MONTH + 1, _MONTH):
        (younger, hazard), (older, before) = (_bad(ours, one, seen_until - day) for one in (day, whole))
        came += younger
        like += older * hazard / before
    if not (came.any() and like.any()):
        return 1.0
    ratio = math.log(came.sum() / like.sum())
    variance = float(((came / came.sum() - like / like.sum()) ** 2).sum())
    return math.exp(ratio - variance / ratio) if ratio**2 > variance else 1.0


def _bad(ours: Day, day: int, days: int) -> tuple[Floats, float]:
    """Return who turned out bad in so many days after a day, and the sum of all hazards."""
    seen = ours.seen(day)
    (bad,) = outcomes(ours.then, [day], horizon=days, late_days=ours.terms.late_days)
    found = np.zeros(bad.size)
    found[seen.customer] = bad[seen.customer]
    return found, float(-np.log1p(-ours.outcome.probabilities(seen, EXPERT)).sum())


def raised(said: Floats, times: float) -> Floats:
    """Return the probabilities of cumulative hazards so many times as high."""
    found: Floats = -np.expm1(times * np.log1p(-said))
    return found
