"""From rows as read to rows the ledger can trust: money in whole minor units, a reason for every row refused.

A row that breaks a rule goes to quarantine with one reason in words and its values as read; it is never
dropped and never ends a run. The rules, besides those of a single field (required, a plausible date, a known
kind, a currency's code, an amount that its currency can hold):

* A company must have been read; so must the item of an allocation leg.
* Of rows with one key the first good one counts, in the order in which the source gave them.
* An item in another currency than its company's needs its amount in both: without a rate there is none.
* An allocation counts whole or not at all, because one leg without the others would open or settle an item
  against nothing. When a leg is refused, so are the others: what they settled is then open, and
  reconciliation fails and names them, which is right.
* An item whose customer was not read is kept, or the ledger would no longer equal the control account: a
  customer with its id for a name is put in its place, and the quarantine says so.

An allocation takes effect when the last of its items is posted, if that is later than the date the source
states: every leg gets the latest of all these dates. So what is open equals the control account at the end of
every day.

Items pass through in chunks; what is kept of them are their keys, dates and currencies. The legs are kept
until all of them are there, for the rules that look at whole allocations: about 100 MB a million.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duebook.errors import InputError
from duebook.ledger import Kind, Type
from duebook.money import minor_digits, to_minor
from duebook_connectors.base import QUERIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from duebook.ledger import Field
    from duebook_etl.extract import Chunk

    _Mask: TypeAlias = NDArray[np.bool_]
    _Rows = TypeVar("_Rows", pa.RecordBatch, pa.Array)

EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2200, 12, 31)
KEYS: Final = {
    "companies": "company",
    "customers": "customer",
    "items": "item",
    "allocations": "allocation",
    "control": "account",
}
"""The field that, with the company, names a row of each query."""
_SCALE: Final = 8
_NO_DAY: Final = -(2**31)
_SEPARATOR: Final = "\x1f"
_CHUNK_ROWS: Final = 65_536
_TYPES: Final = {
    Type.TEXT: pa.string(),
    Type.DATE: pa.date32(),
    Type.AMOUNT: pa.int64(),
    Type.INTEGER: pa.int64(),
    Type.FLAG: pa.bool_(),
}
_ITEM_FACTS: Final = pa.schema(
    [("key", pa.string()), ("currency", pa.string()), ("posting_date", pa.date32())]
)


@dataclass(frozen=True)
class Quarantined:
    """A row that was refused, or put in another's place.

    Attributes:
        query: The query it was read by.
        company: The company, where the row names one.
        key: The value of the query's field of :data:`KEYS`, where the row has one.
        reason: Why, in one sentence.
        raw: The row as read, a JSON object of texts.
    """

    query: str
    company: str | None
    key: str | None
    reason: str
    raw: str


@dataclass(frozen=True)
class Checked:
    """What became of some rows of a query.

    Attributes:
        query: The query.
        read: How many rows were read for this answer; 0 where it speaks of rows that were counted before.
        good: The rows to load: the fields of the query, money as int64 minor units, dates as date32. Empty
            text is null, but for an item's customer, where null is the empty text.
        quarantined: The rows not to load.
    """

    query: str
    read: int
    good: pa.RecordBatch
    quarantined: tuple[Quarantined, ...]


def schema(query: str) -> pa.Schema:
    """Return the Arrow schema of a query's good rows."""
    return pa.schema([pa.field(f.name, _TYPES[f.type]) for f in QUERIES[query]])


def validate(chunks: Mapping[str, Iterable[Chunk]]) -> Iterator[Checked]:
    """Check everything that was read of one source.

    Args:
        chunks: For each of ``QUERIES`` what its reader gives; iterated once each, in their order.

    Yields:
        What became of the rows, a chunk at a time; of the allocations, after all have been read.
    """
    ledger = _Ledger()
    for query in QUERIES:
        for chunk in chunks[query]:
            yield ledger.check(query, chunk)
        if query == "items":
            yield ledger.place_customers()
        if query == "allocations":
            yield from ledger.settle()


@dataclass
class _Sieve:
    """The rows of a batch: which are still good, and why the others are not."""

    query: str
    batch: pa.RecordBatch
    good: _Mask = field(init=False)
    reasons: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.good = np.ones(self.batch.num_rows, dtype=np.bool_)

    def refuse(self, bad: _Mask, reason: Callable[[int], str]) -> None:
        """Refuse the rows that are bad, each for the first reason there was."""
        for row in np.flatnonzero(bad & self.good).tolist():
            self.reasons[row] = reason(row)
        self.good &= ~bad

    def text(self, name: str, row: int) -> str:
        """Return one value as people write it."""
        return _text(self.batch[name][row].as_py()) or ""

    def kept(self, rows: _Rows) -> _Rows:
        """Return the good ones of a batch, or a column, of the same rows."""
        return rows if self.good.all() else rows.filter(pa.array(self.good))

    def quarantined(self) -> list[Quarantined]:
        """Return the rows that are not good, in their order."""
        if not self.reasons:
            return []
        rows = self.batch.filter(pa.array(~self.good)).to_pylist()
        texts = ({name: _text(value) for name, value in row.items()} for row in rows)
        reasons = (self.reasons[row] for row in sorted(self.reasons))
        return [_quarantined(self.query, *pair) for pair in zip(texts, reasons, strict=True)]


@dataclass
class _Ledger:
    """What is remembered of one query for the rules of the next; keys are as :func:`_keys` makes them."""

    currencies: dict[str, str] = field(default_factory=dict)
    good: dict[str, set[str]] = field(default_factory=lambda: {query: set() for query in QUERIES})
    refused: dict[str, set[str]] = field(default_factory=lambda: {query: set() for query in QUERIES})
    with_items: list[pa.Array] = field(default_factory=list)
    items: list[pa.RecordBatch] = field(default_factory=list)
    legs: list[pa.RecordBatch] = field(default_factory=list)

    def check(self, query: str, chunk: Chunk) -> Checked:
        """Check the rows of a chunk; legs are kept until :meth:`settle`."""
        sieve = _Sieve(query, _without_empty_texts(chunk.batch))
        _check_fields(sieve)
        if query != "companies":
            self._check_company(sieve)
        if query == "allocations":
            self.legs.append(sieve.kept(sieve.batch))
            good = pa.RecordBatch.from_pylist([], schema(query))
        else:
            good = self._money(sieve)
            keys = _keys(sieve.batch, KEYS[query])
            if query != "control":
                self._check_key(sieve, keys)
            good = sieve.kept(good)
            self._remember(query, good, sieve.kept(keys))
        quarantined = [_quarantined(query, row.row, row.reason) for row in chunk.rejected]
        quarantined += sieve.quarantined()
        self.refused[query].update(f"{row.company}{_SEPARATOR}{row.key}" for row in quarantined)
        return Checked(query, chunk.batch.num_rows + len(chunk.rejected), good, tuple(quarantined))

    def place_customers(self) -> Checked:
        """Make a customer of each id that items name and no good row of the customers has."""
        keys = pa.chunked_array(self.with_items, pa.string()).unique().to_pylist()
        nameless = {f"{company}{_SEPARATOR}" for company in self.currencies}
        missing = sorted(set(keys) - nameless - self.good["customers"])
        self.good["items"].clear()  # the keys of all items, which nobody asks for any more
        rows = [dict(zip(("company", "customer"), key.split(_SEPARATOR, 1), strict=True)) for key in missing]
        findings = [
            _quarantined(
                "customers",
                row,
                f"customer: {row['customer']!r} has items and is not among the customers read; "
                "the items count, and the id stands for the name.",
            )
            for key, row in zip(missing, rows, strict=True)
            if key not in self.refused["customers"]
        ]
        placed = [{**row, "name": row["customer"]} for row in rows]
        return Checked(
            "customers", 0, pa.RecordBatch.from_pylist(placed, schema("customers")), tuple(findings)
        )

    def settle(self) -> Iterator[Checked]:
        """Check the legs against their items and each other, and date each allocation."""
        batches = pa.Table.from_batches(self.legs).combine_chunks().to_batches() if self.legs else []
        self.legs.clear()
        if not batches:
            return
        sieve = _Sieve("allocations", batches[0])
        items = pa.Table.from_batches(self.items, _ITEM_FACTS).combine_chunks()
        found = pc.index_in(_keys(sieve.batch, "item"), value_set=items["key"])
        sieve.refuse(
            _mask(found.is_null()),
            lambda row: self._absent("items", "item", sieve.text("company", row), sieve.text("item", row)),
        )
        facts = items.take(found).combine_chunks().to_batches()[0]
        legs = self._money(sieve, facts["currency"])
        allocation = _keys(sieve.batch, "allocation").dictionary_encode()
        of = allocation.indices.to_numpy()
        refused = pa.array(sorted(self.refused["allocations"]), pa.string())
        broken = _mask(pc.is_in(allocation.dictionary, value_set=refused))
        broken[of[~sieve.good]] = True
        sieve.refuse(
            broken[of],
            lambda row: (
                f"allocation: {sieve.text('allocation', row)!r} has another leg in quarantine, "
                "and an allocation counts whole or not at all."
            ),
        )
        latest = np.full(len(broken), _NO_DAY, dtype=np.int32)
        np.maximum.at(latest, of, np.maximum(_days(facts["posting_date"]), _days(legs["effective_date"])))
        at = legs.schema.get_field_index("effective_date")
        effective = pa.array(latest[of]).cast(pa.date32())
        good = sieve.kept(legs.set_column(at, legs.schema.field(at), effective))
        yield Checked("allocations", 0, good.slice(0, _CHUNK_ROWS), tuple(sieve.quarantined()))
        for start in range(_CHUNK_ROWS, good.num_rows, _CHUNK_ROWS):
            yield Checked("allocations", 0, good.slice(start, _CHUNK_ROWS), ())

    def _check_company(self, sieve: _Sieve) -> None:
        known = pc.is_in(sieve.batch["company"], value_set=pa.array(self.currencies, pa.string()))
        sieve.refuse(
            ~_mask(known),
            lambda row: self._absent("companies", "company", *[sieve.text("company", row)] * 2),
        )

    def _absent(self, query: str, name: str, company: str, key: str) -> str:
        if f"{company}{_SEPARATOR}{key}" in self.refused[query]:
            return f"{name}: {key!r} is itself in quarantine."
        return f"{name}: {key!r} is not among the {query} read."

    def _check_key(self, sieve: _Sieve, column: pa.Array) -> None:
        """Refuse rows whose key an earlier good row has."""
        name, seen = KEYS[sieve.query], self.good[sieve.query]
        keys = column.to_pylist()
        if sieve.good.all() and len(fresh := set(keys)) == len(keys) and seen.isdisjoint(fresh):
            seen |= fresh
            return
        again = np.zeros(len(keys), dtype=np.bool_)
        for row in np.flatnonzero(sieve.good).tolist():
            again[row] = keys[row] in seen
            seen.add(keys[row])
        sieve.refuse(
            again, lambda row: f"{name}: {sieve.text(name, row)!r} was read before; its first row counts."
        )

    def _money(self, sieve: _Sieve, of_items: pa.Array | None = None) -> pa.RecordBatch:
        """Return all rows with money in minor units, after refusing those whose currency cannot hold it.

        Args:
            sieve: The rows.
            of_items: The currency of each row's item, where the query's own rows do not name it.
        """
        columns = dict(zip(sieve.batch.schema.names, sieve.batch.columns, strict=True))
        known = pa.array(self.currencies, pa.string())
        currencies = pa.array(self.currencies.values(), pa.string())
        company = currencies.take(pc.index_in(columns["company"], value_set=known))
        document = columns.get("currency", of_items)
        for f in QUERIES[sieve.query]:
            if f.type is Type.AMOUNT:
                if f.required:
                    _check_present(sieve, f, company, document)
                columns[f.name] = _minor_units(sieve, f, company if f.currency == "company" else document)
        if sieve.query == "items":
            columns["customer"] = columns["customer"].fill_null("")
        return pa.RecordBatch.from_arrays(list(columns.values()), schema=schema(sieve.query))

    def _remember(self, query: str, good: pa.RecordBatch, keys: pa.Array) -> None:
        if query == "companies":
            self.currencies |= zip(good["company"].to_pylist(), good["currency"].to_pylist(), strict=True)
        if query == "items":
            facts = [keys, good["currency"], good["posting_date"]]
            self.items.append(pa.RecordBatch.from_arrays(facts, schema=_ITEM_FACTS))
            self.with_items.append(_keys(good, "customer").unique())


def _check_fields(sieve: _Sieve) -> None:
    """Refuse rows by what can be told of each field alone; amounts come later, with their currency."""
    for f in QUERIES[sieve.query]:
        if f.required and f.type is not Type.AMOUNT:
            _check_required(sieve, f.name)
        if f.type is Type.DATE:
            _check_date(sieve, f.name)
        if f.name in _CHECKS:
            _check_code(sieve, f.name)


def _check_required(sieve: _Sieve, name: str) -> None:
    sieve.refuse(_mask(sieve.batch[name].is_null()), lambda _: f"{name}: is missing.")


def _check_date(sieve: _Sieve, name: str) -> None:
    column = sieve.batch[name]
    sieve.refuse(
        _mask(pc.or_(pc.less(column, EARLIEST), pc.greater(column, LATEST))),
        lambda row: f"{name}: {sieve.text(name, row)} is not between {EARLIEST} and {LATEST}.",
    )


def _check_code(sieve: _Sieve, name: str) -> None:
    column = sieve.batch[name]
    problems = {value: _CHECKS[name](value) for value in column.unique().to_pylist() if value is not None}
    bad = [value for value, problem in problems.items() if problem]
    if bad:
        sieve.refuse(
            _mask(pc.is_in(column, value_set=pa.array(bad))), lambda row: problems[sieve.text(name, row)]
        )


def _kind_problem(kind: str) -> str:
    return "" if kind in set(Kind) else f"kind: {kind!r} is none of {', '.join(Kind)}."


def _currency_problem(code: str) -> str:
    try:
        minor_digits(code)
    except InputError as error:
        return error.message
    return ""


_CHECKS: Final[dict[str, Callable[[str], str]]] = {"kind": _kind_problem, "currency": _currency_problem}


def _check_present(sieve: _Sieve, field: Field, company: pa.Array, document: pa.Array | None) -> None:
    """Refuse rows without an amount they need, and say so where it is for want of a rate."""

    def reason(row: int) -> str:
        own = company[row].as_py()
        foreign = document[row].as_py() if document is not None and field.currency == "company" else own
        if foreign == own:
            return f"{field.name}: is missing."
        return (
            f"{field.name}: {sieve.text('amount_document', row)} {foreign} has no amount in {own}, the "
            f"currency of company {sieve.text('company', row)!r}: there is no rate of {foreign}."
        )

    sieve.refuse(_mask(sieve.batch[field.name].is_null()), reason)


def _minor_units(sieve: _Sieve, field: Field, currencies: pa.Array) -> pa.Array:
    """Return amounts in minor units, exactly, after refusing rows that are not whole or too large.

    An amount that fits 64 bits with its 8 decimals, up to 92 thousand million, is divided as an integer; the
    few others go through :func:`duebook.money.to_minor`, which has the words for what is wrong too.
    """
    amounts = sieve.batch[field.name]
    if not len(amounts):
        return pa.array([], pa.int64())
    null = _mask(amounts.is_null())
    end = amounts.offset + len(amounts)
    words = np.frombuffer(amounts.buffers()[1], dtype=np.int64, count=2 * end).reshape(-1, 2)[
        amounts.offset :
    ]
    low = np.where(null, 0, words[:, 0])
    codes = currencies.dictionary_encode()
    scales = np.array([_scale(code) for code in codes.dictionary.to_pylist()] or [1])
    minor, rest = np.divmod(low, scales[codes.indices.fill_null(0).to_numpy()])
    exact = null | ((words[:, 1] == low >> 63) & (rest == 0))
    reasons = {}
    for row in np.flatnonzero(~exact & sieve.good).tolist():
        try:
            minor[row] = to_minor(Decimal(sieve.text(field.name, row)), currencies[row].as_py())
        except InputError as error:
            reasons[row] = f"{field.name}: {error.message.removeprefix('amount: ')}"
    if reasons:
        bad = np.zeros(len(amounts), dtype=np.bool_)
        bad[list(reasons)] = True
        sieve.refuse(bad, reasons.__getitem__)
    return pa.array(minor, mask=null)


def _scale(currency: str) -> int:
    """Return how many of a decimal's units make a minor unit; 1 for a code that was refused before."""
    return 1 if _currency_problem(currency) else 10 ** (_SCALE - minor_digits(currency))


def _without_empty_texts(batch: pa.RecordBatch) -> pa.RecordBatch:
    for at, column in enumerate(batch.columns):
        if column.type == pa.string() and pc.any(empty := pc.equal(column, "")).as_py():
            batch = batch.set_column(at, batch.schema.field(at), pc.if_else(empty, None, column))
    return batch


def _keys(batch: pa.RecordBatch, name: str) -> pa.Array:
    return pc.binary_join_element_wise(batch["company"], batch[name], _SEPARATOR)


def _days(dates: pa.Array) -> NDArray[np.int32]:
    days: NDArray[np.int32] = dates.cast(pa.int32()).fill_null(_NO_DAY).to_numpy()
    return days


def _mask(flags: pa.Array) -> _Mask:
    """Return flags as an array one can write to; null is no."""
    mask: _Mask = flags.fill_null(False).to_numpy(zero_copy_only=False).copy()  # noqa: FBT003
    return mask


def _text(value: object) -> str | None:
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return None if value is None else str(value)


def _quarantined(query: str, row: Mapping[str, str | None], reason: str) -> Quarantined:
    raw = json.dumps(dict(row), ensure_ascii=False)
    return Quarantined(query, row.get("company"), row.get(KEYS[query]), reason, raw)
