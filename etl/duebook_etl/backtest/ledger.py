"""A company's ledger as arrays: what moved on which day, which invoices were one order, who paid how late.

Items are sorted by customer, posting day, document and item, so that what concerns a customer lies together
and every replay takes orders in the same sequence, however the rows came. Money is int64 minor units, days
count from 1970-01-01. Nothing after the last day is kept: a document posted or an allocation effective later
is not there, and one undone later still counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from duebook.errors import InputError
from duebook.ledger import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

ITEM_COLUMNS: Final = ("item", "customer", "kind", "document", "posting_date", "due_date", "amount")
LEG_COLUMNS: Final = ("item", "allocation", "effective_date", "reversed_on", "amount")
NEVER: Final = 2**40
"""The due day of an item without one, and the day on which an allocation that stands is undone."""
_DAYS: Final = 2**24  # more than there are days in the calendar
_EPOCH: Final = date(1970, 1, 1)
_RECEIPTS: Final = pa.array([Kind.RECEIPT.value, Kind.ADVANCE.value])


def day_number(day: date) -> int:
    """Return a day as it counts here."""
    return (day - _EPOCH).days


def as_date(day: int) -> date:
    """Return a day number as a date."""
    return _EPOCH + timedelta(day)


@dataclass(frozen=True, eq=False)
class Orders:
    """The orders: the invoices of one document, customer and day are one; sorted by customer and day.

    Attributes:
        customer: The number of each one's customer.
        day: Its day.
        amount: What was invoiced.
        first: The place of its first item among :attr:`items`.
        count: How many items it has.
        items: The items of all orders, order by order.
    """

    customer: Ints
    day: Ints
    amount: Ints
    first: Ints
    count: Ints
    items: Ints

    def items_of(self, orders: Ints) -> tuple[Ints, Ints]:
        """Return the items of some orders, and where those of each begin among them."""
        places, starts = ranges(self.first[orders], self.count[orders])
        return self.items[places], starts


@dataclass(frozen=True, eq=False)
class Payments:
    """What receipts settled of invoices with a due date, by customer and the day from whose end it counts.

    The share of each receipt, and the day it was paid, are those of :func:`duebook.measures.settlements`.

    Attributes:
        item: The invoice.
        paid: The day it was paid, a mean where several receipts met.
        late: Days from its due day.
        settled: What was settled, minor units.
        effective: The day from whose end it counts.
        reversed: The day from whose end it no longer counts.
    """

    item: Ints
    paid: Floats
    late: Floats
    settled: Floats
    effective: Ints
    reversed: Ints


@dataclass(frozen=True, eq=False)
class Settled:
    """What has become of each item by the last day, minor units; with what is open they make its amount.

    Attributes:
        collected: Settled by receipts and advances.
        credited: Settled by credit notes.
        written_off: Settled by journal entries: written off, mostly; exchange differences are among it.
        days: What was open of it, added up over the days: minor units x days.
    """

    collected: Ints
    credited: Ints
    written_off: Ints
    days: Ints


@dataclass(frozen=True, eq=False)
class Ledger:
    """A company's ledger.

    Attributes:
        customers: The ids of the customers, sorted; empty text for items that name none.
        customer: The number of each item's customer.
        due: The due day of each item.
        documents: The document number of each item.
        amount: The amount of each item.
        moved: Which item moved, by day.
        moves: By how much what is open of it moved.
        starts: Where the moves of each day begin, from :attr:`first` to the day after the last.
        first: The first day on which anything was posted.
        last: The last day that counts.
        orders: The orders.
        payments: What was paid.
        settled: What has become of each item by the last day.
    """

    customers: tuple[str, ...]
    customer: Ints
    due: Ints
    documents: pa.Array
    amount: Ints
    moved: Ints
    moves: Ints
    starts: Ints
    first: int
    last: int
    orders: Orders
    payments: Payments
    settled: Settled

    def key(self, customer: Ints, day: int | Ints) -> Ints:
        """Return customer and day in one number that sorts by both; all days before the first are one."""
        span = self.last - self.first + 3
        return np.asarray(customer * span + np.clip(day - self.first + 1, 0, span - 1), dtype=np.int64)

    @cached_property
    def payment_keys(self) -> Ints:
        """Customer and effective day of each payment, in one number that rises."""
        return self.key(self.customer[self.payments.item], self.payments.effective)

    @cached_property
    def order_keys(self) -> Ints:
        """Customer and day of each order, in one number that rises."""
        return self.key(self.orders.customer, self.orders.day)

    @cached_property
    def ordered(self) -> Ints:
        """What was ordered before each order, added up over all; one more, the whole, at the end."""
        return np.concatenate([[0], np.cumsum(self.orders.amount)])

    @cached_property
    def sales_until(self) -> Ints:
        """What was ordered of the company up to the end of each day from the first on."""
        by_day = np.zeros(self.last - self.first + 1, dtype=np.int64)
        np.add.at(by_day, self.orders.day - self.first, self.orders.amount)
        return np.cumsum(by_day)

    def moves_between(self, first: int, last: int) -> slice:
        """Return the moves from the beginning of a day to the end of another."""
        edges = (max(first, self.first), min(last, self.last) + 1)
        begin, end = (int(self.starts[max(0, day - self.first)]) for day in edges)
        return slice(begin, max(begin, end))


def ranges(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """Return the numbers of several ranges one behind the other, and where each begins among them."""
    starts = np.cumsum(count) - count
    return np.repeat(first - starts, count) + np.arange(int(count.sum())), starts


def read_ledger(items: pa.Table, allocations: pa.Table, *, last: date) -> Ledger:
    """Turn a company's items and allocation legs into arrays.

    Args:
        items: Items, with :data:`ITEM_COLUMNS`.
        allocations: The legs on them, with :data:`LEG_COLUMNS`; legs on other items are passed over.
        last: The last day that counts.

    Raises:
        InputError: A column is missing.
    """
    _check(items, "items", ITEM_COLUMNS)
    _check(allocations, "allocations", LEG_COLUMNS)
    end = day_number(last)
    items = items.filter(pc.less_equal(items["posting_date"], pa.scalar(last, pa.date32())))
    order = pc.sort_indices(
        items,
        sort_keys=[(name, "ascending") for name in ("customer", "posting_date", "document", "item")],
    )
    items = items.select(list(ITEM_COLUMNS)).take(order).combine_chunks()
    allocations = allocations.filter(
        pc.less_equal(allocations["effective_date"], pa.scalar(last, pa.date32()))
    )
    names = pc.dictionary_encode(_flat(items["customer"]))
    customer: Ints = names.indices.to_numpy().astype(np.int64)
    posted, due, amount = _days(items["posting_date"]), _days(items["due_date"]), _whole(items["amount"])
    legs = _legs(items, allocations, end)
    item = np.concatenate([np.arange(amount.size), legs.item, legs.item])
    begins = np.maximum(legs.effective, posted[legs.item])
    ends = np.maximum(legs.reversed, begins)
    day = np.concatenate([posted, begins, ends])
    delta = np.concatenate([amount, -legs.amount, legs.amount])
    by_day = np.argsort(day, kind="stable")
    by_day = by_day[: int(np.searchsorted(day[by_day], end, side="right"))]
    first = int(posted.min(initial=end))
    amount_days = np.zeros(amount.size, dtype=np.int64)
    np.add.at(amount_days, item[by_day], delta[by_day] * (end + 1 - day[by_day]))
    return Ledger(
        customers=tuple(names.dictionary.to_pylist()),
        customer=customer,
        due=due,
        documents=_flat(items["document"]),
        amount=amount,
        moved=item[by_day],
        moves=delta[by_day],
        starts=np.searchsorted(day[by_day], np.arange(first, end + 2)).astype(np.int64),
        first=first,
        last=end,
        orders=_orders(items, customer, posted, amount),
        payments=_payments(items, legs, posted, due, customer),
        settled=_settled(items, legs, amount_days, end),
    )


@dataclass(frozen=True, eq=False)
class _Legs:
    """Allocation legs: the item of each, which settle each other, their days and their amounts."""

    item: Ints
    allocation: Ints
    effective: Ints
    reversed: Ints
    amount: Ints


def _legs(items: pa.Table, allocations: pa.Table, end: int) -> _Legs:
    row = pc.index_in(_flat(allocations["item"]), _flat(items["item"]))
    on_item = pc.is_valid(row)
    allocations = allocations.filter(on_item)
    # Legs that take effect on one day settle each other; a leg that comes later is not known before.
    effective = _days(allocations["effective_date"])
    number = pc.dictionary_encode(_flat(allocations["allocation"])).indices.to_numpy().astype(np.int64)
    _, code = np.unique(number * _DAYS + effective, return_inverse=True)
    undone = _days(allocations["reversed_on"])
    return _Legs(
        row.filter(on_item).to_numpy().astype(np.int64),
        code.astype(np.int64),
        effective,
        np.where(undone > end, NEVER, undone),
        _whole(allocations["amount"]),
    )


def _orders(items: pa.Table, customer: Ints, posted: Ints, amount: Ints) -> Orders:
    invoiced = pc.equal(items["kind"], Kind.INVOICE.value).to_numpy() & (amount > 0)
    named = pc.not_equal(items["customer"], "").to_numpy()
    places = np.flatnonzero(invoiced & named)
    document = pc.dictionary_encode(_flat(items["document"])).indices.to_numpy()
    new: Flags = np.ones(places.size, dtype=np.bool_)
    before, after = places[:-1], places[1:]
    new[1:] = (
        (customer[before] != customer[after])
        | (posted[before] != posted[after])
        | (document[before] != document[after])
    )
    first = np.flatnonzero(new)
    count = np.diff(first, append=places.size)
    amounts = np.add.reduceat(amount[places], first) if first.size else np.zeros(0, dtype=np.int64)
    head = places[first]
    return Orders(customer[head], posted[head], amounts, first, count, places)


def _payments(items: pa.Table, legs: _Legs, posted: Ints, due: Ints, customer: Ints) -> Payments:
    size = int(legs.allocation.max(initial=-1)) + 1
    amount = legs.amount.astype(np.float64)
    receipt = pc.is_in(items["kind"], _RECEIPTS).to_numpy()
    invoice = pc.equal(items["kind"], Kind.INVOICE.value).to_numpy()
    received = np.where(receipt[legs.item] & (amount < 0), -amount, 0.0)
    debit = np.bincount(legs.allocation, np.maximum(amount, 0.0), size)
    total = np.bincount(legs.allocation, received, size)
    moment = np.bincount(legs.allocation, received * posted[legs.item], size)
    of, item = legs.allocation, legs.item
    paying = invoice[item] & (amount > 0) & (total[of] > 0) & (due[item] < NEVER)
    of, item = of[paying], item[paying]
    effective = np.zeros(size, dtype=np.int64)
    effective[legs.allocation] = legs.effective
    undone = np.full(size, NEVER, dtype=np.int64)
    np.minimum.at(undone, legs.allocation, legs.reversed)
    paid = moment[of] / total[of]
    order = np.lexsort((item, effective[of], customer[item]))
    of, item, paid = of[order], item[order], paid[order]
    settled = amount[paying][order] * total[of] / debit[of]
    return Payments(item, paid, paid - due[item], settled, effective[of], undone[of])


def _settled(items: pa.Table, legs: _Legs, days: Ints, end: int) -> Settled:
    standing = (legs.effective <= end) & (legs.reversed > end)
    item, of, amount = legs.item[standing], legs.allocation[standing], legs.amount[standing]
    size = int(of.max(initial=-1)) + 1
    kind, taken = items["kind"], np.maximum(-amount, 0).astype(np.float64)
    credits_: dict[str, Floats] = {}
    for name, kinds in (("receipt", _RECEIPTS), ("journal", pa.array([Kind.JOURNAL_ENTRY.value]))):
        of_kind = pc.is_in(kind, kinds).to_numpy()[item]
        credits_[name] = np.asarray(np.bincount(of, np.where(of_kind, taken, 0.0), size), np.float64)
    credit = np.bincount(of, taken, size)
    share = {
        name: np.divide(part, credit, out=np.zeros(size), where=credit > 0)[of]
        for name, part in credits_.items()
    }
    written = np.rint(amount * share["journal"]).astype(np.int64)
    collected = np.where(
        share["receipt"] + share["journal"] >= _WHOLE, amount - written, np.rint(amount * share["receipt"])
    ).astype(np.int64)
    found = {name: np.zeros(items.num_rows, dtype=np.int64) for name in ("collected", "written", "all")}
    for name, part in (("collected", collected), ("written", written), ("all", amount)):
        np.add.at(found[name], item, part)
    credited = found["all"] - found["collected"] - found["written"]
    return Settled(found["collected"], credited, found["written"], days)


_WHOLE: Final = 1 - 1e-12


def _check(table: pa.Table, what: str, columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in table.column_names]
    if missing:
        raise InputError(f"{what}: column {', '.join(missing)} is missing.")


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()


def _days(column: pa.ChunkedArray) -> Ints:
    days = pc.fill_null(column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()), NEVER)
    found: Ints = days.to_numpy()
    return found


def _whole(column: pa.ChunkedArray) -> Ints:
    found: Ints = column.cast(pa.int64()).to_numpy()
    return found
