"""A ledger as arrays: the numbers of :mod:`duebook.measures` for every group at once, by NumPy.

The texts of a ledger are turned into whole numbers once; what follows are sums over arrays. Money stays int64
minor units, so that every figure equals that of the measures to the cent, and days may be floating point, as
they may there. Frames are Arrow tables whose columns are the fields of :mod:`duebook.ledger`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from duebook.ledger import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

Whole: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Days: TypeAlias = NDArray[np.int32]

NEVER: Final = 2**30
"""A day that never comes, for what has no date."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_RECEIPTS: Final = (Kind.RECEIPT.value, Kind.ADVANCE.value)
_SALES: Final = (Kind.INVOICE.value, Kind.CREDIT_NOTE.value)
_UNAPPLIED: Final = (*_RECEIPTS, Kind.CREDIT_NOTE.value)
_SEPARATOR: Final = "\x1f"
_DENSE: Final = 4
_ZERO: Final = ord("0")
_LONGEST: Final = 18
"""The most digits of a number that surely fits 64 bits."""


def day_number(day: date) -> int:
    """Return a day as it counts here: from 1 January 1970."""
    return day.toordinal() - _EPOCH


def days(column: pa.ChunkedArray) -> Days:
    """Return a column of dates as day numbers, :data:`NEVER` where there is none."""
    numbers = column.cast(pa.date32()).cast(pa.int32())
    found: Days = (pc.fill_null(numbers, NEVER) if numbers.null_count else numbers).to_numpy()
    return found


@dataclass(frozen=True)
class Ledger:
    """A ledger at the end of a day. Arrays of items have one value an item, in the order of their table.

    Attributes:
        day: The day.
        posted: Which items were posted by then; the others have nothing open.
        posted_on: The posting day of each.
        dated: The day on each document.
        due: The due day of each, :data:`NEVER` where it has none.
        amount: The original amount, minor units of the company's currency, debit positive.
        open: What is open of it.
        open_document: What is open of it in the document's currency.
        invoice: Which are invoices.
        receipt: Which are receipts or advances.
        sale: Which are invoices or credit notes.
        unapplied: Which are receipts, advances or credit notes.
        legs: The legs in force.
    """

    day: int
    posted: Flags
    posted_on: Days
    dated: Days
    due: Days
    amount: Whole
    open: Whole
    open_document: Whole
    invoice: Flags
    receipt: Flags
    sale: Flags
    unapplied: Flags
    legs: Legs


@dataclass(frozen=True)
class Legs:
    """The legs in force at the end of the day, on items that are there.

    Attributes:
        item: The place of each one's item.
        effective: The day from whose end it counts.
        amount: What it takes off, minor units.
        allocation: What the legs that settle each other have in common, beside their company.
        place: The companies' columns, where there are several.
    """

    item: Whole
    effective: Days
    amount: Whole
    allocation: pa.ChunkedArray
    place: pa.Table


def ledger(items: pa.Table, allocations: pa.Table, as_of: date) -> Ledger:
    """Turn a ledger into arrays.

    Args:
        items: Items, with ``company``, ``item``, ``kind``, ``posting_date``, ``document_date``, ``due_date``,
            ``amount`` and ``amount_document``; ``source`` is part of every key where both tables have it.
        allocations: Legs, with ``company``, ``allocation``, ``item``, ``effective_date``, ``reversed_on``,
            ``amount`` and ``amount_document``.
        as_of: The day.
    """
    day = day_number(as_of)
    posted_on = days(items["posting_date"])
    posted = posted_on <= day
    amount = _whole(items["amount"])
    effective = days(allocations["effective_date"])
    counts = (effective <= day) & (days(allocations["reversed_on"]) > day)
    if not counts.all():
        allocations, effective = allocations.filter(pa.array(counts)), effective[counts]
    place = _places(items, allocations)
    # Arrow and NumPy work without the interpreter's lock, so another core does what needs no waiting.
    with ThreadPoolExecutor(1) as other:
        kinds = other.submit(_kinds, items["kind"])
        item = _rows(allocations, items, place)
        invoice, receipt, sale, unapplied = kinds.result()
    on_item = item >= 0
    if not on_item.all():
        allocations, effective, item = (
            allocations.filter(pa.array(on_item)),
            effective[on_item],
            item[on_item],
        )
    leg = _whole(allocations["amount"])
    opened, opened_document = amount.copy(), _whole(items["amount_document"]).copy()
    np.subtract.at(opened, item, leg)
    np.subtract.at(opened_document, item, _whole(allocations["amount_document"]))
    if not posted.all():
        opened[~posted], opened_document[~posted] = 0, 0
    return Ledger(
        day=day,
        posted=posted,
        posted_on=posted_on,
        dated=days(items["document_date"]),
        due=days(items["due_date"]),
        amount=amount,
        open=opened,
        open_document=opened_document,
        invoice=invoice,
        receipt=receipt,
        sale=sale,
        unapplied=unapplied,
        legs=Legs(item, effective, leg, allocations["allocation"], allocations.select(place)),
    )


def _kinds(column: pa.ChunkedArray) -> list[Flags]:
    """Return which items are invoices, receipts or advances, of sales, and such as may be unapplied."""
    kinds = [kind.value for kind in Kind]
    codes = pc.fill_null(pc.index_in(_combined(column), pa.array(kinds)), len(kinds)).to_numpy()
    return [
        np.array([*(kind in chosen for kind in kinds), False])[codes]
        for chosen in ((Kind.INVOICE.value,), _RECEIPTS, _SALES, _UNAPPLIED)
    ]


@dataclass(frozen=True)
class Groups:
    """The groups of a ledger's items.

    Attributes:
        keys: A row a group with anything posted by the day, sorted.
        of: The group of each item, by its row; of no meaning for items not posted.
    """

    keys: pa.Table
    of: Whole

    @property
    def count(self) -> int:
        """How many groups there are."""
        return int(self.keys.num_rows)

    def added(self, values: Whole, rows: Whole) -> Whole:
        """Return the sum of values of each group, exactly.

        Args:
            values: A value for each of the rows.
            rows: Places of items.
        """
        sums = np.zeros(self.count, dtype=np.int64)
        np.add.at(sums, self.of[rows], values)
        return sums

    def weighed(self, values: Floats, rows: Whole) -> Floats:
        """Return the sum of floating-point values of each group."""
        return np.bincount(self.of[rows], values, self.count).astype(np.float64, copy=False)

    def least(self, values: Days, rows: Whole) -> Days:
        """Return the least of each group, :data:`NEVER` where it has none."""
        found = np.full(self.count, NEVER, dtype=np.int32)
        np.minimum.at(found, self.of[rows], values)
        return found


def groups(items: pa.Table, by: Sequence[str], posted: Flags) -> Groups:
    """Return the groups of items by one or more columns, which hold no null.

    Args:
        items: The items.
        by: The columns.
        posted: Which of them count.
    """
    combined = np.zeros(items.num_rows, dtype=np.int64)
    values: list[pa.Array] = []
    size = 1
    for name in by:
        only = _only(items[name])
        if only is not None:
            values.append(pa.array([only]))
            continue
        codes, found = _coded(items[name])
        order = pc.array_sort_indices(found).to_numpy()
        rank = np.empty(len(found), dtype=np.int64)
        rank[order] = np.arange(len(found))
        combined = rank[codes] if size == 1 else combined * len(found) + rank[codes]
        values.append(found.take(pa.array(order)))
        size *= max(1, len(found))
    counted = combined if posted.all() else combined[posted]
    if size <= _DENSE * items.num_rows + _DENSE:
        there = np.zeros(size, dtype=np.bool_)
        there[counted] = True
        present = np.flatnonzero(there)
        of = (np.cumsum(there) - 1)[combined]
    else:
        present = np.unique(counted)
        of = np.minimum(np.searchsorted(present, combined), max(0, present.size - 1))
    columns: dict[str, pa.Array] = {}
    left = present
    for name, found in zip(reversed(by), reversed(values), strict=True):
        left, code = np.divmod(left, max(1, len(found)))
        columns[name] = found.take(pa.array(code))
    return Groups(pa.table({name: columns[name] for name in by}), of)


@dataclass(frozen=True)
class Settled:
    """What receipts settled of invoices, as :func:`duebook.measures.settlements` says: a row a leg.

    Attributes:
        item: The place of the invoice.
        settled: What was settled, minor units.
        paid: The day it was paid, a mean where several receipts met.
    """

    item: Whole
    settled: Floats
    paid: Floats

    def after(self, day: int) -> Settled:
        """Return what was paid after a day."""
        kept = self.paid > day
        return self if kept.all() else Settled(self.item[kept], self.settled[kept], self.paid[kept])


def settled(found: Ledger, *, since: int) -> Settled:
    """Return what was settled by payment after a day.

    Args:
        found: The ledger.
        since: The day before the first that counts. An allocation takes effect when the last of its items is
            posted, so one that is older has no later payment.
    """
    legs = found.legs
    recent = legs.effective > since
    item, amount = legs.item[recent], legs.amount[recent].astype(np.float64)
    table = legs.place.append_column("allocation", legs.allocation)
    code = _numbered(table.filter(pa.array(recent)))
    count = int(code.max(initial=-1)) + 1
    receives = found.receipt[item] & (amount < 0)
    received = np.where(receives, -amount, 0.0)
    total = np.bincount(code, received, count)
    debit = np.bincount(code, np.maximum(amount, 0.0), count)
    with np.errstate(divide="ignore", invalid="ignore"):
        paid = np.bincount(code, received * found.posted_on[item], count) / total
        share = total / debit
    pays = np.flatnonzero(found.invoice[item] & found.posted[item] & (amount > 0) & (total[code] > 0))
    of = code[pays]
    return Settled(item[pays], amount[pays] * share[of], paid[of]).after(since)


def _whole(column: pa.ChunkedArray) -> Whole:
    found: Whole = column.cast(pa.int64()).to_numpy()
    return found


def _combined(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    found = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found


def _coded(column: pa.ChunkedArray | pa.Array) -> tuple[NDArray[np.int32], pa.Array]:
    """Return which of the distinct values each row has, and these."""
    texts = _combined(column)
    numbers = _as_numbers(texts)
    if numbers is None:
        encoded = texts.dictionary_encode()
        codes: NDArray[np.int32] = encoded.indices.to_numpy()
        return codes, encoded.dictionary
    low = numbers.min()
    there = np.zeros(int(numbers.max() - low) + 1, dtype=np.bool_)
    there[numbers - low] = True
    place = np.cumsum(there, dtype=np.int32) - 1
    return place[numbers - low], pa.array(np.flatnonzero(there) + low).cast(pa.string())


def _places(items: pa.Table, allocations: pa.Table) -> list[str]:
    """Return the columns of a company's key that differ within the ledger."""
    both = [
        name
        for name in ("source", "company")
        if name in items.column_names and name in allocations.column_names
    ]
    found = []
    for name in both:
        only = {_only(table[name]) for table in (items, allocations) if table.num_rows}
        if len(only) > 1 or None in only:
            found.append(name)
    return found


def _only(column: pa.ChunkedArray) -> str | None:
    """Return the one text that a column has throughout; None where it has several, or no row."""
    if not len(column):
        return None
    first: str = column[0].as_py()
    return first if pc.all(pc.equal(column, first)).as_py() else None


def _joined(table: pa.Table, names: Sequence[str]) -> pa.Array:
    if len(names) == 1:
        return _combined(table[names[0]])
    return _combined(pc.binary_join_element_wise(*(table[name] for name in names), _SEPARATOR))


def _rows(legs: pa.Table, items: pa.Table, place: Sequence[str]) -> Whole:
    """Return the place of each leg's item, -1 where it is not there."""
    wanted, known = (_joined(table, [*place, "item"]) for table in (legs, items))
    numbers = _as_numbers(known)
    asked = None if numbers is None else _as_numbers(wanted)
    if numbers is None or asked is None:
        found: Whole = pc.fill_null(pc.index_in(wanted, known), -1).to_numpy().astype(np.int64)
        return found
    low, high = int(numbers.min(initial=0)), int(numbers.max(initial=0))
    places = np.full(high - low + 1, -1, dtype=np.int64)
    places[numbers - low] = np.arange(numbers.size)
    if low <= int(asked.min()) and int(asked.max()) <= high:
        return places[asked - low]
    within = (asked >= low) & (asked <= high)
    return np.where(within, places[np.where(within, asked - low, 0)], -1)


def _as_numbers(texts: pa.Array) -> Whole | None:
    """Return texts that are all whole numbers as such, where these lie close together; None elsewhere.

    The ids of most ERPs are numbers: looking one up in an array takes a fifth of what looking up its text
    takes. A text that is another way to write a number, such as 007, is not taken for one.
    """
    # A cast that fails takes long, and most texts that are no numbers show it in the first.
    if not len(texts) or not texts[0].as_py().isdecimal():
        return None
    lengths = pc.binary_length(texts).to_numpy()
    if lengths.min() < 1 or lengths.max() > _LONGEST or not _all_digits(texts):
        return None
    numbers: Whole = texts.cast(pa.int64()).to_numpy()
    # A number that has fewer digits than its text is written in another way.
    least = np.array([0, 0, *(10**digits for digits in range(1, _LONGEST))], dtype=np.int64)
    if (numbers < least[lengths]).any() or int(numbers.max()) - int(
        numbers.min()
    ) > _DENSE * numbers.size + _DENSE:
        return None
    return numbers


def _all_digits(texts: pa.Array) -> bool:
    """Return whether texts consist of 0 to 9 alone: their bytes together are looked at, not each text."""
    if not pa.types.is_string(texts.type):
        return bool(pc.all(pc.ascii_is_decimal(texts)).as_py())
    _, offsets, data = texts.buffers()
    first, last = np.frombuffer(offsets, dtype=np.int32)[[texts.offset, texts.offset + len(texts)]]
    codes = np.frombuffer(data, dtype=np.uint8)[first:last]
    return bool(codes.min(initial=_ZERO) >= _ZERO and codes.max(initial=_ZERO) <= _ZERO + 9)


def _numbered(table: pa.Table) -> Whole:
    """Return a number for each distinct row."""
    texts = _joined(table, table.column_names)
    numbers = _as_numbers(texts)
    return _coded(texts)[0].astype(np.int64) if numbers is None else numbers - numbers.min()
