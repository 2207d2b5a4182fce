"""The cash that customers will bring in the next thirteen weeks, with a band that past forecasts have earned.

What is open comes in as payments have come so far, each invoice around the day that is expected of its
customer; what will be sold comes in as sales of the last half-year have. The band is no assumption: the same
forecast is made for earlier days, and the band reaches as far as nine in ten of them were off.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook_etl.model.lateness import lateness, open_invoices

if TYPE_CHECKING:
    from duebook_etl.model.features import Floats, History

WEEKS: Final = 13
_SALES_WEEKS: Final = 26
_MOST_TRIALS: Final = 12
_LEAST_TRIALS: Final = 4
_TRIAL_WEEKS: Final = 4
_LEAST_HISTORY: Final = 91
_BAND: Final = (0.05, 0.95)
_UNTRIED: Final = (0.5, 1.5)
"""The band of a forecast that cannot be tried on its own past yet: a guess, and said to be one."""
_PARTS: Final = ((0, 4), (4, 8), (8, 13))
_DAYS: Final = 7


@dataclass(frozen=True)
class Forecast:
    """Cash by week, minor units.

    Attributes:
        day: The last day that is known; the first week begins the day after.
        open: From invoices that are open now.
        sales: From what will be sold.
        low: The lower end of the band of both together.
        high: Its upper end.
        trials: From how many earlier forecasts the band comes; 0 where it is a guess.
        covered: The share of the weeks of earlier forecasts that lay within the band that the others give.
        missed: By how much the thirteen weeks together were off, the mean of earlier forecasts, as a share.
    """

    day: int
    open: Floats
    sales: Floats
    low: Floats
    high: Floats
    trials: int = 0
    covered: float | None = None
    missed: float | None = None

    @property
    def total(self) -> Floats:
        """Both together."""
        found: Floats = self.open + self.sales
        return found


def forecast(past: History, day: int) -> Forecast:
    """Return the forecast at the end of a day, with the band its past has earned.

    Args:
        past: The ledger of companies that keep their books in one currency.
        day: The day.
    """
    then = past.until(day)
    now = _expected(then, day)
    ratios = []
    for place in range(_MOST_TRIALS):
        origin = day - _DAYS * (WEEKS + _TRIAL_WEEKS * place)
        if origin - then.first < _LEAST_HISTORY:
            break
        said = _expected(then.until(origin), origin).total
        ratios.append(received(then, origin) / np.maximum(said, 1.0))
    if len(ratios) < _LEAST_TRIALS:
        low, high = _UNTRIED
        return replace(now, low=now.total * low, high=now.total * high)
    table = np.array(ratios)
    bands = [_band(np.delete(table, place, axis=0)) for place in range(len(table))]
    inside = [(row >= low) & (row <= high) for row, (low, high) in zip(table, bands, strict=True)]
    low_, high_ = _band(table)
    whole = [_whole_ratio(then, day - _DAYS * (WEEKS + _TRIAL_WEEKS * place)) for place in range(len(table))]
    return replace(
        now,
        low=now.total * low_,
        high=now.total * high_,
        trials=len(table),
        covered=float(np.mean(inside)),
        missed=float(np.mean(np.abs(np.array(whole) - 1))),
    )


def received(past: History, day: int) -> Floats:
    """Return what receipts brought in each of the thirteen weeks after a day, minor units."""
    items = past.invoices
    weeks = (items.posted - day - 1) // _DAYS
    chosen = items.receipt & (items.posted > day) & (weeks < WEEKS)
    weights = -items.amount[chosen].astype(np.float64)
    return np.asarray(np.bincount(weeks[chosen], weights, WEEKS), dtype=np.float64)


def _whole_ratio(past: History, origin: int) -> float:
    said = float(_expected(past.until(origin), origin).total.sum())
    return float(received(past, origin).sum()) / max(said, 1.0)


def _band(ratios: Floats) -> tuple[Floats, Floats]:
    """Return the band of each week: weeks about as far ahead together, for there are few forecasts."""
    low, high = np.ones(WEEKS), np.ones(WEEKS)
    for start, end in _PARTS:
        low[start:end], high[start:end] = np.quantile(ratios[:, start:end], _BAND)
    return np.minimum(low, 1.0), np.maximum(high, 1.0)


def _expected(past: History, day: int) -> Forecast:
    ends = day + _DAYS * np.arange(WEEKS + 1)
    late = lateness(past, day)
    item, opened = open_invoices(past, day)
    count = late.residuals.size
    by_then = np.zeros((ends.size, item.size))
    if count:
        start = past.invoices.due[item] + late.late[past.invoices.customer[item]]
        by_then = np.searchsorted(late.residuals, ends[:, None] - start[None, :], side="right") / count
    left = np.maximum(1 - by_then[0], 0.01)
    known = (np.diff(by_then, axis=0) / left * opened).sum(axis=1)
    return Forecast(day, known, _new_sales(past, day), known, known)


def _new_sales(past: History, day: int) -> Floats:
    """Return what sales of the coming weeks bring: as much a week as of late, paid as fast as of late."""
    items, paid = past.invoices, past.payments
    weeks = min(_SALES_WEEKS, max(1, (day - past.first + 1) // _DAYS))
    recent = items.invoice & (items.posted > day - _DAYS * weeks)
    weekly = float(items.amount[recent].sum()) / weeks
    # Of invoices written so far back that their payment shows, so that fast payers do not count more.
    written = items.posted[paid.item]
    seen = (written > day - 2 * _DAYS * _SALES_WEEKS) & (written <= day - _DAYS * WEEKS)
    delay = np.maximum(paid.paid[seen] - written[seen], 0.0)
    whole = items.invoice & (items.posted > day - 2 * _DAYS * _SALES_WEEKS)
    whole &= items.posted <= day - _DAYS * WEEKS
    invoiced = float(items.amount[whole].sum())
    if not delay.size or not invoiced:
        return np.zeros(WEEKS)
    # What is sold in a week is sold in its middle on average.
    place = ((delay + _DAYS / 2) // _DAYS).astype(np.int64)
    share = np.bincount(np.minimum(place, WEEKS), paid.settled[seen], WEEKS + 1)[:WEEKS] / invoiced
    found: Floats = weekly * np.cumsum(share)
    return found
