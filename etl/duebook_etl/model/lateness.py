"""How late each open invoice will be paid, and when: the customer's own past, shrunk towards the portfolio.

One of two ways is taken, whichever has missed by less on the ledger's own last months: the mean or the median
of what the customer has paid so far, as if one more payment had been what the whole portfolio's is. A
customer without a payment is what the portfolio is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook_etl.model.features import LOOKBACK_DAYS, MATERIAL, open_amounts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duebook_etl.model.features import Flags, Floats, History, Payments, Whole

OWN_MEAN: Final = "own mean"
"""The customer's own past mean, the portfolio's where it has none: what the others are held against."""
SHRUNK_MEAN: Final = "shrunk mean"
SHRUNK_MEDIAN: Final = "shrunk median"
PORTFOLIO_MEAN: Final = "portfolio mean"
WAYS: Final = (SHRUNK_MEAN, SHRUNK_MEDIAN)
_LIKE_PORTFOLIO: Final = 1.0
_WINDOW: Final = 30
_PATIENCE: Final = 60
_MOST_DAYS: Final = 6
_TAIL: Final = 0.01


@dataclass(frozen=True)
class Lateness:
    """How late customers pay, as known on a day.

    Attributes:
        day: The day.
        way: The way it was predicted.
        late: Days late of each customer of the history; NaN where there was no payment at all.
        residuals: By how many days past payments came later than that, rising.
    """

    day: int
    way: str
    late: Floats
    residuals: Floats


@dataclass(frozen=True)
class Expected:
    """When the open invoices of a day are expected to be paid.

    Attributes:
        item: Each invoice, by its place among the history's items.
        open: What is open of it, minor units.
        late: How many days late it is expected to be paid; NaN where that is not foreseen.
        day: The day on which it is; NaN likewise.
    """

    item: Whole
    open: Floats
    late: Floats
    day: Floats


def errors(
    past: History, days: list[int], *, lookback: int = LOOKBACK_DAYS, window: int = _WINDOW
) -> Mapping[str, float]:
    """Return by how many days each way has missed: the mean of absolute differences, by payment.

    On each of the days payments are predicted from what was known then, for the invoices that fell due in the
    thirty days after and were paid later than the day. What was never paid cannot be counted.

    Args:
        past: The ledger.
        days: The days.
        lookback: How many days of payments are looked back on.
        window: In how many days after each of the days the invoices fell due.
    """
    missed: dict[str, list[Floats]] = {}
    for day in days:
        seen = _paid_by(past, day, lookback)
        customer, late = came(past, day, window=window)
        if not seen.paid.size or not late.size:
            continue
        for way in (OWN_MEAN, SHRUNK_MEAN, SHRUNK_MEDIAN, PORTFOLIO_MEAN):
            predicted = _predicted(seen, past.customers.num_rows, way)[customer]
            missed.setdefault(way, []).append(np.abs(predicted - late))
    return {way: float(np.concatenate(parts).mean()) for way, parts in missed.items()}


def came(past: History, day: int, *, window: int = _WINDOW) -> tuple[Whole, Floats]:
    """Return the payments of what fell due in the days after a day and was paid later than it.

    Returns:
        The customer of each payment, and its days late.
    """
    paid = past.payments
    due = past.invoices.due[paid.item]
    asked = (due > day) & (due <= day + window) & (paid.effective > day)
    return paid.customer[asked], paid.late[asked]


def lateness(past: History, day: int, *, lookback: int = LOOKBACK_DAYS) -> Lateness:
    """Return how late customers pay as known at the end of a day, by the way that has missed by least.

    Args:
        past: The ledger.
        day: The day.
        lookback: How many days of payments are looked back on.
    """
    then = past.until(day)
    tried = errors(then, trial_days(then), lookback=lookback)
    way = min(WAYS, key=lambda way: tried.get(way, math.inf))
    seen = _paid_by(then, day, lookback)
    late = _predicted(seen, past.customers.num_rows, way)
    return Lateness(day, way, late, np.sort(seen.late - late[seen.customer]))


def trial_days(past: History) -> list[int]:
    """Return the days of a month each on which ways are tried: their invoices have had time to be paid."""
    newest = past.last - _WINDOW - _PATIENCE
    return list(range(newest, max(past.first + _WINDOW, newest - _WINDOW * _MOST_DAYS), -_WINDOW))


def expected(past: History, late: Lateness) -> Expected:
    """Return when each invoice that was open at the end of the day is expected to be paid.

    An invoice that should have been paid by then already is given the middle of the days on which those were
    paid that came as late; one that is later than nearly all of them is not foreseen.
    """
    item, opened = open_invoices(past, late.day)
    items = past.invoices
    guess = late.late[items.customer[item]]
    waited = late.day - items.due[item] - guess
    count = late.residuals.size
    if not count:
        return Expected(item, opened, np.full(item.size, np.nan), np.full(item.size, np.nan))
    behind = np.searchsorted(late.residuals, waited, side="right")
    middle = late.residuals[np.minimum((behind + count) // 2, count - 1)]
    still = guess + np.where(waited < 0, 0.0, middle)
    still = np.where(count - behind < max(1.0, _TAIL * count), np.nan, still)
    found = np.where(waited < 0, guess, still)
    # Never on a day that is over: the day after is the first that can be.
    day = np.maximum(items.due[item] + np.round(found), late.day + 1)
    return Expected(item, opened, day - items.due[item], day)


def open_invoices(past: History, day: int) -> tuple[Whole, Floats]:
    """Return the invoices with a due date that were open at the end of a day, and how much, but for cents."""
    items = past.invoices
    opened = open_amounts(past, np.full(items.amount.size, day, dtype=np.int64))
    chosen: Flags = (
        items.invoice
        & (items.posted <= day)
        & (items.due < day + 10 * LOOKBACK_DAYS)
        & (opened > MATERIAL * items.amount)
    )
    return np.flatnonzero(chosen), opened[chosen]


def _paid_by(past: History, day: int, lookback: int) -> Payments:
    paid = past.payments
    seen = (paid.effective <= day) & (paid.reversed > day) & (paid.paid > day - lookback)
    return type(paid)(*(getattr(paid, name)[seen] for name in paid.__dataclass_fields__))


def _predicted(seen: Payments, size: int, way: str) -> Floats:
    """Return the days late of each customer by one way; NaN where nobody has paid anything."""
    count = np.bincount(seen.customer, minlength=size).astype(np.float64)
    if not seen.late.size:
        return np.full(size, np.nan)
    everybody = float(np.median(seen.late) if way == SHRUNK_MEDIAN else seen.late.mean())
    if way == PORTFOLIO_MEAN:
        return np.full(size, everybody)
    own = np.full(size, everybody)
    has = count > 0
    if way == SHRUNK_MEDIAN:
        own[has] = _medians(seen, count)[has]
    else:
        own[has] = (np.bincount(seen.customer, seen.late, size) / np.maximum(count, 1))[has]
    if way == OWN_MEAN:
        return own
    shrunk: Floats = (count * own + _LIKE_PORTFOLIO * everybody) / (count + _LIKE_PORTFOLIO)
    return shrunk


def _medians(seen: Payments, count: Floats) -> Floats:
    late = seen.late[np.lexsort((seen.late, seen.customer))]
    number = count.astype(np.int64)
    start = np.cumsum(number) - number
    last = max(late.size - 1, 0)
    low = late[np.minimum(start + np.maximum(number - 1, 0) // 2, last)]
    high = late[np.minimum(start + number // 2, last)]
    middle: Floats = (low + high) / 2
    return middle
