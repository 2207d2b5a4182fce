"""What is known of every customer on a day, and what came of it: the rows that models are fitted to.

Nothing here looks ahead. A factor of a day is made of documents posted by then and of allocations in force at
its end, as the ledger was on that day: what was reversed later still counts. An outcome counts only where its
window has been seen whole. :meth:`History.until` forgets everything after a day; factors of that day stay
what they are, which is how a test proves it.

The ledger's texts are turned into numbers once; every day after that is a few passes of NumPy over arrays, so
that a model can look at many days.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from duebook.errors import InputError
from duebook.ledger import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

MODEL_FACTORS: Final = (
    "oldest overdue",
    "overdue items",
    "overdue share",
    "overdue to sales",
    "days late",
    "worst days late",
    "share over 15",
    "share over 30",
    "invoices a month",
    "quiet days",
)
"""The factors a model is fitted to; ``overdue``, an amount, is for the fixed points only."""
LOOKBACK_DAYS: Final = 365
MATERIAL: Final = 0.01
"""What may be open of an invoice that counts as paid: cents that nobody chases are no delinquency."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_NEVER: Final = 2**40
_MONTH: Final = 30.0
_RECEIPTS: Final = (Kind.RECEIPT.value, Kind.ADVANCE.value)
_SEPARATOR: Final = "\x1f"


def day_number(day: date) -> int:
    """Return a day as it counts here: from 1 January 1970."""
    return day.toordinal() - _EPOCH


@dataclass(frozen=True)
class Invoices:
    """The items of the ledger that name a customer, as arrays sorted by customer.

    Attributes:
        customer: The number of each one's customer.
        invoice: Whether it is an invoice with an amount above 0.
        receipt: Whether it is a receipt or an advance.
        posted: Its posting day.
        due: Its due day; a day that never comes where it has none.
        amount: Its amount, minor units.
        number: Its place in the ledger's table.
    """

    customer: Whole
    invoice: Flags
    receipt: Flags
    posted: Whole
    due: Whole
    amount: Whole
    number: Whole


@dataclass(frozen=True)
class Legs:
    """Allocation legs as arrays: the item each is on, its days and its amount."""

    item: Whole
    effective: Whole
    reversed: Whole
    amount: Whole


@dataclass(frozen=True)
class Payments:
    """What receipts settled of invoices, as :func:`duebook.measures.settlements` says, sorted by customer.

    Attributes:
        customer: The number of each one's customer.
        item: The invoice, by its place among the :class:`Invoices`.
        paid: The day it was paid, a mean of days where several receipts met.
        late: Days from its due day.
        settled: What was settled, minor units.
        effective: The day from whose end it counts.
        reversed: The day from whose end it no longer counts.
    """

    customer: Whole
    item: Whole
    paid: Floats
    late: Floats
    settled: Floats
    effective: Whole
    reversed: Whole


@dataclass(frozen=True)
class History:
    """A ledger as numbers.

    Attributes:
        customers: The key of each customer, a row a number: ``source`` where the items have it, ``company``,
            ``customer``.
        invoices: Its items.
        legs: Its allocation legs, by the place of their item among the items.
        payments: What was settled by payment.
        last: The last day of which everything is known.
    """

    customers: pa.Table
    invoices: Invoices
    legs: Legs
    payments: Payments
    last: int

    @property
    def first(self) -> int:
        """The day of the first document; after the last day where there is none."""
        return int(self.invoices.posted.min()) if self.invoices.posted.size else self.last + 1

    def until(self, day: int) -> History:
        """Return the history as it was known at the end of a day, without anything after it."""
        posted = self.invoices.posted <= day
        place = np.cumsum(posted) - 1
        items = Invoices(*(getattr(self.invoices, name)[posted] for name in _ITEM_NAMES))
        kept = posted[self.legs.item] & (self.legs.effective <= day)
        legs = Legs(*(getattr(self.legs, name)[kept] for name in _LEG_NAMES))
        seen = posted[self.payments.item] & (self.payments.effective <= day)
        paid = Payments(*(getattr(self.payments, name)[seen] for name in _PAYMENT_NAMES))
        return replace(
            self,
            invoices=items,
            legs=replace(legs, item=place[legs.item], reversed=_forgotten(legs.reversed, day)),
            payments=replace(paid, item=place[paid.item], reversed=_forgotten(paid.reversed, day)),
            last=min(self.last, day),
        )


_ITEM_NAMES: Final = tuple(Invoices.__dataclass_fields__)
_LEG_NAMES: Final = tuple(Legs.__dataclass_fields__)
_PAYMENT_NAMES: Final = tuple(Payments.__dataclass_fields__)


def _forgotten(reversals: Whole, day: int) -> Whole:
    return np.where(reversals > day, _NEVER, reversals)


@dataclass(frozen=True)
class Known:
    """What is known of customers at the end of a day.

    Attributes:
        day: The day.
        customer: The numbers of the customers who then had an open item, or a document or a payment within
            the days that are looked back on.
        columns: The factors, a value a customer, NaN where nothing is known.
    """

    day: int
    customer: Whole
    columns: dict[str, Floats]


def history(items: pa.Table, allocations: pa.Table, *, last: date) -> History:
    """Turn a ledger into numbers.

    Args:
        items: Items, with the columns of :data:`duebook_etl.profile.ITEM_COLUMNS`, with or without
            ``source``;
            those that name no customer are passed over.
        allocations: The legs on them, likewise. The legs of an allocation count together, from the latest
            of their effective days to the earliest of their reversals.
        last: The last day of which everything is known: that of the last refresh.

    Raises:
        InputError: A column is missing.
    """
    _check(items, "items", ("company", "item", "customer", "kind", "posting_date", "due_date", "amount"))
    _check(
        allocations,
        "allocations",
        ("company", "allocation", "item", "effective_date", "reversed_on", "amount"),
    )
    place = [name for name in ("source", "company") if name in items.column_names]
    place = [name for name in place if name in allocations.column_names]
    keys, customer = _coded(items, [*place, "customer"])
    named = pc.not_equal(items["customer"], "").to_numpy()
    order = np.argsort(np.where(named, customer, _NEVER), kind="stable")[: int(named.sum())]
    amount = _whole(items["amount"])
    invoice = pc.equal(items["kind"], Kind.INVOICE.value).to_numpy() & (amount > 0)
    posted, due = _days(items["posting_date"]), _days(items["due_date"])
    number, legs, allocation = _legs(items, allocations, place)
    receipt = pc.is_in(items["kind"], pa.array(_RECEIPTS)).to_numpy()
    payments = _payments(legs, allocation, number, invoice, receipt, posted, due, customer)
    new = np.full(items.num_rows, -1, dtype=np.int64)
    new[order] = np.arange(order.size)
    kept = new[number] >= 0
    paid = new[payments.item] >= 0
    payments = Payments(*(getattr(payments, name)[paid] for name in _PAYMENT_NAMES))
    payments = replace(payments, item=new[payments.item])
    by_customer = np.argsort(payments.customer, kind="stable")
    return History(
        keys,
        Invoices(
            customer[order], invoice[order], receipt[order], posted[order], due[order], amount[order], order
        ),
        Legs(new[number][kept], legs.effective[kept], legs.reversed[kept], legs.amount[kept]),
        Payments(*(getattr(payments, name)[by_customer] for name in _PAYMENT_NAMES)),
        day_number(last),
    )


def known(past: History, day: int, *, lookback: int = LOOKBACK_DAYS) -> Known:
    """Return the factors of every customer at the end of a day.

    ``overdue`` and ``overdue share`` are of what is then open and positive, of any kind; ``overdue items``
    and ``oldest overdue`` pass over what is no more than cents of the item. Past payments are those of the
    days looked back on, weighted by what they settled. ``worst days late`` is the greater of the worst of
    them and the oldest overdue. ``overdue to sales`` is what is overdue to what was invoiced in those days,
    ``invoices a month`` how many invoices were, by the days since the customer's first document within them,
    ``quiet days`` how many passed since the last.

    Args:
        past: The ledger.
        day: The day.
        lookback: How many days are looked back on.
    """
    items, paid = past.invoices, past.payments
    size = past.customers.num_rows
    posted = items.posted <= day
    opened = open_amounts(past, np.full(items.amount.size, day, dtype=np.int64))
    positive = np.where(posted & (opened > 0), opened, 0.0)
    late = np.where(items.due < day, positive, 0.0)
    counted = late > MATERIAL * np.abs(items.amount)
    oldest = np.maximum(_largest(items.customer, np.where(counted, day - items.due, 0), size), 0.0)
    recent = items.invoice & posted & (items.posted > day - lookback)
    invoiced = np.bincount(items.customer, items.amount * recent, size)
    since = day + _largest(items.customer, np.where(recent, -items.posted, -_NEVER), size)
    quiet = day - _largest(items.customer, np.where(recent, items.posted, -_NEVER), size)
    count = np.bincount(items.customer, recent, size)
    seen = (paid.effective <= day) & (paid.reversed > day) & (paid.paid > day - lookback)
    weight = np.where(seen, paid.settled, 0.0)
    settled = np.bincount(paid.customer, weight, size)
    worst = _largest(paid.customer, np.where(seen, paid.late, -np.inf), size)
    overdue = np.bincount(items.customer, late, size)
    total = np.bincount(items.customer, positive, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = {
            "overdue": overdue,
            "oldest overdue": oldest,
            "overdue items": np.bincount(items.customer, counted, size).astype(np.float64),
            "overdue share": np.where(total > 0, overdue / total, 0.0),
            "overdue to sales": np.where(
                invoiced > 0, overdue / invoiced, np.where(overdue > 0, np.inf, 0.0)
            ),
            "days late": np.bincount(paid.customer, weight * paid.late, size) / settled,
            "worst days late": np.fmax(
                np.where(np.isinf(worst), np.nan, worst), np.where(oldest > 0, oldest, np.nan)
            ),
            "share over 15": np.bincount(paid.customer, weight * (paid.late > 15), size) / settled,  # noqa: PLR2004 - its name
            "share over 30": np.bincount(paid.customer, weight * (paid.late > 30), size) / settled,  # noqa: PLR2004 - its name
            "invoices a month": count / np.clip(since + 1, _MONTH, lookback) * _MONTH,
            "quiet days": np.minimum(quiet, lookback).astype(np.float64),
        }
    columns["overdue to sales"] = np.minimum(columns["overdue to sales"], _MOST_SALES)
    customer = np.flatnonzero((total > 0) | (count > 0) | (settled > 0))
    return Known(day, customer, {name: column[customer] for name, column in columns.items()})


_MOST_SALES: Final = 10.0


def open_amounts(past: History, days: Whole) -> Floats:
    """Return what is open of each item at the end of a day of its own; its amount before its posting."""
    legs = past.legs
    day = days[legs.item]
    counts = (legs.effective <= day) & (legs.reversed > day)
    off = np.bincount(legs.item[counts], legs.amount[counts].astype(np.float64), past.invoices.amount.size)
    return np.asarray(past.invoices.amount - off, dtype=np.float64)


def seriously_late(past: History, *, late_days: int) -> Flags:
    """Return which items are invoices that were unpaid, but for cents, after so many days past due.

    An item that was not due so long ago on the last day is not, though it may become so.
    """
    items = past.invoices
    moment = np.where(items.due < _NEVER, items.due + late_days, past.last)
    observed = items.invoice & (items.due < _NEVER) & (moment <= past.last)
    left = open_amounts(past, np.minimum(moment, past.last))
    return observed & (left > MATERIAL * items.amount)


def outcomes(past: History, days: Sequence[int], *, horizon: int, late_days: int) -> list[Flags]:
    """Return for each day which customers turned out bad: a flag a customer.

    Bad is who leaves an invoice that falls due in the horizon after the day unpaid for more than so many
    days.

    Args:
        past: The ledger.
        days: The days.
        horizon: How many days ahead.
        late_days: How many days past due.

    Raises:
        InputError: A day's window has not been seen whole: the last invoice that falls due in it could still
            become late.
    """
    items = past.invoices
    late = seriously_late(past, late_days=late_days)
    customer, due = items.customer[late], items.due[late]
    found = []
    for day in days:
        if day + horizon + late_days > past.last:
            raise InputError(
                f"day {as_date(day)}: its window of {horizon} days and {late_days} more ends after "
                f"{as_date(past.last)}, the last day known."
            )
        bad = np.zeros(past.customers.num_rows, dtype=np.bool_)
        bad[customer[(due > day) & (due <= day + horizon)]] = True
        found.append(bad)
    return found


def as_date(day: int) -> date:
    """Return a day number as a date."""
    return date(1970, 1, 1) + timedelta(day)


def _check(table: pa.Table, what: str, columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        raise InputError(f"{what}: column {', '.join(missing)} is missing.")


def _days(column: pa.ChunkedArray) -> Whole:
    days = pc.fill_null(column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()), _NEVER)
    found: Whole = days.to_numpy()
    return found


def _whole(column: pa.ChunkedArray) -> Whole:
    found: Whole = column.cast(pa.int64()).to_numpy()
    return found


def _joined(table: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    """Return one text a row for its key; a part that is the same throughout is left out by the caller."""
    columns = [pc.fill_null(table[name].cast(pa.string()), "") for name in names]
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, _SEPARATOR)


def _coded(table: pa.Table, names: Sequence[str]) -> tuple[pa.Table, Whole]:
    """Return the distinct keys, in the order in which they come, and which of them each row has."""
    encoded = _joined(table, names).combine_chunks().dictionary_encode()
    codes: Whole = encoded.indices.to_numpy().astype(np.int64)
    first = np.full(len(encoded.dictionary), table.num_rows, dtype=np.int64)
    np.minimum.at(first, codes, np.arange(table.num_rows))
    return table.select(list(names)).take(pa.array(first)), codes


def _legs(items: pa.Table, allocations: pa.Table, place: Sequence[str]) -> tuple[Whole, Legs, Whole]:
    """Return of each leg on an item: the item's row, the leg, and the number of its allocation."""
    within = pa.concat_tables([allocations.select(place), items.select(place)])
    varied = [name for name in place if pc.count_distinct(within[name]).as_py() > 1]
    row = pc.index_in(
        _joined(allocations, [*varied, "item"]), _joined(items, [*varied, "item"]).combine_chunks()
    )
    on_item = row.is_valid().to_numpy()
    _, allocation = _coded(allocations, [*varied, "allocation"])
    effective, undone = _days(allocations["effective_date"]), _days(allocations["reversed_on"])
    count = int(allocation.max(initial=-1)) + 1
    latest = np.full(count, -_NEVER)
    np.maximum.at(latest, allocation, effective)
    earliest = np.full(count, _NEVER)
    np.minimum.at(earliest, allocation, undone)
    number = pc.fill_null(row, 0).to_numpy().astype(np.int64)
    legs = Legs(number, latest[allocation], earliest[allocation], _whole(allocations["amount"]))
    return (
        number[on_item],
        Legs(*(getattr(legs, name)[on_item] for name in _LEG_NAMES)),
        allocation[on_item],
    )


def _payments(  # noqa: PLR0913, PLR0917 - columns of one table
    legs: Legs,
    allocation: Whole,
    number: Whole,
    invoice: Flags,
    receipt: Flags,
    posted: Whole,
    due: Whole,
    customer: Whole,
) -> Payments:
    size = int(allocation.max(initial=-1)) + 1
    amount = legs.amount.astype(np.float64)
    debit = np.bincount(allocation, np.maximum(amount, 0.0), size)
    received = np.where(receipt[number] & (amount < 0), -amount, 0.0)
    total = np.bincount(allocation, received, size)
    with np.errstate(divide="ignore", invalid="ignore"):
        paid = np.bincount(allocation, received * posted[number], size) / total
        share = total / debit
    settles = invoice[number] & (amount > 0) & (total[allocation] > 0) & (due[number] < _NEVER)
    item, of = number[settles], allocation[settles]
    return Payments(
        customer[item],
        item,
        paid[of],
        paid[of] - due[item],
        amount[settles] * share[of],
        legs.effective[settles],
        legs.reversed[settles],
    )


def _largest(group: Whole, values: NDArray[np.generic], size: int) -> Floats:
    """Return the largest value of each group, which lie together; minus infinity where it has none."""
    found: Floats = np.full(size, -np.inf)
    if group.size:
        starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        found[group[starts]] = np.maximum.reduceat(values.astype(np.float64), starts)
    return found
