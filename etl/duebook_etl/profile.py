"""The figures of every customer, and of any other part of the ledger, from the core's measures and policy.

One function makes them for all customers at once and for a single one, by customer and by anything else, so
that a figure is the same wherever it is asked for.
"""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duebook.calendar import add_months, month_days
from duebook.ledger_columns import NEVER, Settled, day_number, days, groups, ledger, settled
from duebook_etl.assessed import Rows, assessed
from duebook_etl.figures import ASSESSED, FIGURES, LEDGER_FIGURES, MONEY, NOTHING
from duebook_etl.foreseen import factors, lookback
from duebook_etl.knowledge import NOTHING_KNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from duebook.ledger_columns import Days, Flags, Floats, Groups, Ledger, Whole
    from duebook.policy import Policy
    from duebook_etl.knowledge import Key, Knowledge

__all__ = [
    "ALLOCATION_COLUMNS",
    "CUSTOMER_KEY",
    "FIGURES",
    "ITEM_COLUMNS",
    "ITEM_KEY",
    "LEDGER_FIGURES",
    "MONEY",
    "NOTHING",
    "Measured",
    "measure_company",
    "profiles",
    "summary",
]

CUSTOMER_KEY: Final = ("source", "company", "customer")
ITEM_KEY: Final = ("source", "company", "item")
ITEM_COLUMNS: Final = (
    *ITEM_KEY,
    "customer",
    "kind",
    "document_date",
    "posting_date",
    "due_date",
    "amount",
    "amount_document",
)
ALLOCATION_COLUMNS: Final = (
    *ITEM_KEY,
    "allocation",
    "effective_date",
    "reversed_on",
    "amount",
    "amount_document",
)
_YEAR: Final = 12
_MOST: Final = 2.0**62
_EPOCH_YEAR: Final = 1970
_WHOLE: Final = {"oldest_overdue_days": pa.int32(), "months_of_business": pa.int64()}


@dataclass(frozen=True)
class Measured:
    """The figures of a ledger and the open items they are made of.

    Attributes:
        figures: The table of :func:`profiles`.
        items: The open items, with the columns that the items had, ``open`` and ``open_document``.
    """

    figures: pa.Table
    items: pa.Table


def profiles(
    items: pa.Table,
    allocations: pa.Table,
    *,
    as_of: date,
    policy: Policy,
    knowledge: Knowledge = NOTHING_KNOWN,
) -> pa.Table:
    """Return the figures of every customer at the end of a day: of its ledger, and of its assessment.

    Args:
        items: Items, with :data:`ITEM_COLUMNS`. Those of a single customer give the same row as those of all,
            when the items that share an allocation with them are there too, and those of its group.
        allocations: The legs on them, with :data:`ALLOCATION_COLUMNS`.
        as_of: The day.
        policy: The policy in force; its exceptions apply to the assessment.
        knowledge: What is known beside the ledger. Without the currency of a company nothing of its customers
            is assessed: those figures are null.

    Returns:
        A row a customer with anything posted by the day or any fact known, sorted by ``source``, ``company``,
        ``customer`` (empty where items name none), with ``as_of``, the figures of :func:`summary` and those
        of :func:`duebook.assessment.assess`: the columns of the store's table of profiles but ``run``.
    """
    found = _measure(items, allocations, CUSTOMER_KEY, as_of, policy, lookback(knowledge.model))
    return _profiles(found, None, policy, knowledge, as_of)


def measure_company(  # noqa: PLR0913 - a ledger, whose it is, and by what it is measured
    items: pa.Table,
    allocations: pa.Table,
    *,
    source: str,
    as_of: date,
    policy: Policy,
    knowledge: Knowledge = NOTHING_KNOWN,
) -> Measured:
    """Return the figures of every customer of one company, and its open items.

    Args:
        items: The company's items, with :data:`ITEM_COLUMNS` but ``source``, which one company needs in no
            key: a million rows take a quarter less memory without it.
        allocations: The legs on them, with :data:`ALLOCATION_COLUMNS` but ``source``.
        source: The company's source.
        as_of: The day.
        policy: The policy in force; its exceptions apply to the assessment.
        knowledge: What is known beside the ledger, of this company.
    """
    with _uncollected(), ThreadPoolExecutor(1) as other:
        found = _measure(items, allocations, CUSTOMER_KEY[1:], as_of, policy, lookback(knowledge.model))
        opened = other.submit(_open_items, items, found.ledger, source)
        return Measured(_profiles(found, source, policy, knowledge, as_of), opened.result())


def _open_items(items: pa.Table, books: Ledger, source: str) -> pa.Table:
    opened = np.flatnonzero((books.open != 0) | (books.open_document != 0))
    table = items.take(pa.array(opened))
    table = table.append_column("open", pa.array(books.open[opened]))
    table = table.append_column("open_document", pa.array(books.open_document[opened]))
    return table.add_column(0, "source", pa.repeat(pa.scalar(source), table.num_rows))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python's collector from looking through all that is known several times while figures are made."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def summary(
    items: pa.Table, allocations: pa.Table, *, by: Sequence[str], as_of: date, policy: Policy
) -> pa.Table:
    """Return the figures of a ledger at the end of a day, by one or more columns.

    Money is int64 minor units of the company's currency, debit positive, so ``by`` must keep currencies
    apart.

    - ``open``: what is open; unapplied receipts and credits count negative.
    - ``not_due``: of it, no later than the first edge of ``policy.aging.edges``.
    - ``overdue``: of it, later; ``not_due + overdue + no_date = open``.
    - ``no_date``: of it, without a due date.
    - ``unapplied``: of it, the receipts, advances and credit notes that are negative; zero or less.
    - ``oldest_overdue_days``: days late of the oldest positive item that is overdue; null without one.
    - ``average_days_late``: days from due date to payment in the last ``policy.behaviour.months``, weighted
      by what was settled; early is negative; null without a payment of an invoice that has a due date.
    - ``average_terms``: days from document to due date, of the same settlements with the same weights.
    - ``settled``: what receipts settled of invoices in those months.
    - ``sales``: invoices less credit notes of the last ``policy.turnover.days`` days, by document date.
    - ``dso``: open / sales x ``policy.turnover.days``; null where sales are zero or less.
    - ``pay_index``: ``average_days_late`` on the anchors of ``policy.pay_index``, 0 to 100.
    - ``gross_open``: what is open of items above zero; ``gross_overdue``: of it, what is overdue.
    - ``annual_sales``: invoices less credit notes of the last twelve months, by document date.
    - ``months_of_business``: whole months since the date of the first document.
    - ``customers``: how many customers have an open item.

    Sources: domain reference, sections 3.1 to 3.3.

    Args:
        items: Items, with :data:`ITEM_COLUMNS` and the columns of ``by``, which hold no null.
        allocations: The legs on them, with :data:`ALLOCATION_COLUMNS`.
        by: The columns to group by.
        as_of: The day.
        policy: The policy in force; the figures of a ledger are by itself, whatever its exceptions say.

    Returns:
        The columns of ``by`` and the figures, a row a group with anything posted by the day, sorted by
        ``by``.
    """
    found = _measure(items, allocations, by, as_of, policy, 0)
    columns = {name: found.groups.keys[name] for name in by}
    columns |= _arrow(found.money, found.numbers)
    return pa.table(columns | {"customers": pa.array(_customers(items, found))})


@dataclass(frozen=True)
class _Found:
    """A ledger as arrays, its groups, and the figures of each group."""

    as_of: date
    edge: int
    lookback: int
    ledger: Ledger
    groups: Groups
    paid: Settled
    money: dict[str, Whole]
    numbers: dict[str, Floats]

    def overdue(self) -> tuple[Whole, Whole]:
        """Return the items above zero that are overdue, and how many days late they are."""
        rows = np.flatnonzero(self.ledger.open > 0)
        late = self.ledger.day - self.ledger.due[rows].astype(np.int64)
        kept = late > self.edge
        return rows[kept], late[kept]

    def buckets(self, edges: Sequence[int]) -> Whole:
        """Return what is open of items above zero, a row a group and a column a bucket."""
        rows = np.flatnonzero(self.ledger.open > 0)
        due = self.ledger.due[rows]
        bucket = np.searchsorted(np.array(edges), self.ledger.day - due.astype(np.int64), side="left")
        bucket[due == NEVER] = len(edges) + 1
        width = len(edges) + 2
        sums = np.zeros(self.groups.count * width, dtype=np.int64)
        np.add.at(sums, self.groups.of[rows] * width + bucket, self.ledger.open[rows])
        return sums.reshape(self.groups.count, width)

    def late_amount_days(self, grace: int) -> Whole:
        """Return the sum over overdue items above zero of what is open times the days beyond grace."""
        rows, late = self.overdue()
        borne = np.maximum(0, late - grace)
        amounts = self.ledger.open[rows]
        if float(amounts.astype(np.float64) @ borne) < _MOST:
            return self.groups.added(amounts * borne, rows)
        sums = np.zeros(self.groups.count, dtype=object)  # beyond 64 bits Python's own numbers go on
        np.add.at(sums, self.groups.of[rows], amounts.astype(object) * borne)
        return sums


def _measure(  # noqa: PLR0913, PLR0917 - a ledger, and how it is measured
    items: pa.Table, allocations: pa.Table, by: Sequence[str], as_of: date, policy: Policy, past_days: int
) -> _Found:
    day, edge = day_number(as_of), policy.aging.edges[0]
    since = day_number(add_months(as_of, -policy.behaviour.months))
    # Arrow and NumPy work without the interpreter's lock, so two cores share what takes longest.
    with ThreadPoolExecutor(1) as other:
        posted = days(items["posting_date"]) <= day
        grouped = other.submit(groups, items, list(dict.fromkeys(by)), posted)
        books = ledger(items, allocations, as_of)
        parts = grouped.result()
        paying = other.submit(settled, books, since=min(since, day - past_days))
        money, numbers = _opened(books, parts, as_of, policy)
        paid = paying.result()
    money["settled"] = _settled(parts, paid.after(since))
    numbers |= _behaviour(books, parts, paid.after(since), policy)
    return _Found(as_of, edge, past_days, books, parts, paid, money, numbers)


def _opened(
    books: Ledger, parts: Groups, as_of: date, policy: Policy
) -> tuple[dict[str, Whole], dict[str, Floats]]:
    """Return the figures of what is open and of what was sold: amounts, then other numbers."""
    day, edge = books.day, policy.aging.edges[0]
    rows = np.flatnonzero(books.open)
    amount, due = books.open[rows], books.due[rows]
    dated = due < NEVER
    overdue = dated & (day - due > edge)
    positive = amount > 0
    late = positive & overdue

    sales_rows = np.flatnonzero(books.sale & books.posted)
    dated_on = books.dated[sales_rows]

    def added(which: Flags) -> Whole:
        return parts.added(amount[which], rows[which])

    def sold(after: int) -> Whole:
        chosen = sales_rows[(dated_on > after) & (dated_on <= day)]
        return parts.added(books.amount[chosen], chosen)

    total, without_date, past_due = parts.added(amount, rows), added(~dated), added(overdue)
    sales = sold(day - policy.turnover.days)
    money = {
        "open": total,
        "not_due": total - without_date - past_due,
        "overdue": past_due,
        "no_date": without_date,
        "unapplied": added((amount < 0) & books.unapplied[rows]),
        "sales": sales,
        "gross_open": added(positive),
        "gross_overdue": added(late),
        "annual_sales": sold(day_number(add_months(as_of, -_YEAR))),
    }
    numbers = {
        "oldest_overdue_days": _days_since(day, parts.least(due[late], rows[late])),
        "dso": np.where(sales > 0, total / np.where(sales > 0, sales, 1) * policy.turnover.days, np.nan),
        "months_of_business": _months(books, parts, as_of),
        "first_due": _days_since(day, parts.least(due[positive & dated], rows[positive & dated])),
    }
    return money, numbers


def _settled(parts: Groups, paid: Settled) -> Whole:
    return np.rint(parts.weighed(paid.settled, paid.item)).astype(np.int64)


def _behaviour(books: Ledger, parts: Groups, paid: Settled, policy: Policy) -> dict[str, Floats]:
    due = books.due[paid.item]
    known = np.flatnonzero((due < NEVER) & (paid.settled != 0))
    item, weight, due = paid.item[known], paid.settled[known], due[known]
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = parts.weighed(weight, item)
        late = parts.weighed(weight * (paid.paid[known] - due), item) / sums
        terms = parts.weighed(weight * (due - books.dated[item]), item) / sums
    anchors = policy.pay_index.anchors
    days, points = [a.days_late for a in anchors], [a.points for a in anchors]
    return {"average_days_late": late, "average_terms": terms, "pay_index": np.interp(late, days, points)}


def _days_since(day: int, first: Days) -> Floats:
    return np.where(first < NEVER, float(day) - first, np.nan)


def _months(books: Ledger, parts: Groups, as_of: date) -> Floats:
    """Return the whole months since the first document of each group: as many as can be added to its day."""
    rows = np.flatnonzero(books.posted)
    first = parts.least(books.dated[rows], rows).astype("datetime64[D]")
    month = first.astype("datetime64[M]")
    day_of_month = (first - month.astype("datetime64[D]")).astype(np.int64) + 1
    last = as_of.day if as_of.day < month_days(as_of) else NEVER
    now = (as_of.year - _EPOCH_YEAR) * _YEAR + as_of.month - 1
    months = now - month.astype(np.int64) - (day_of_month > last)
    found: Floats = np.maximum(0, months).astype(np.float64)
    return found


def _customers(items: pa.Table, found: _Found) -> Whole:
    """Return how many customers have an open item, of each group."""
    opened = np.flatnonzero((found.ledger.open != 0) | (found.ledger.open_document != 0))
    own = items.select([name for name in CUSTOMER_KEY if name in items.column_names]).take(pa.array(opened))
    named = pc.not_equal(own["customer"], "").to_numpy()
    who = groups(own, own.column_names, named)
    pairs = np.unique(found.groups.of[opened][named] * max(1, who.count) + who.of[named])
    return np.bincount(pairs // max(1, who.count), minlength=found.groups.count).astype(np.int64)


def _arrow(money: Mapping[str, Whole], numbers: Mapping[str, Floats]) -> dict[str, pa.Array]:
    """Return the figures of :data:`LEDGER_FIGURES` as they are stored, in their order."""
    found: dict[str, pa.Array] = {name: pa.array(values) for name, values in money.items()}
    for name, values in numbers.items():
        column = pa.array(values, mask=np.isnan(values))
        found[name] = column.cast(_WHOLE[name]) if name in _WHOLE else column
    return {name: found[name] for name in LEDGER_FIGURES}


def _profiles(
    found: _Found, source: str | None, policy: Policy, knowledge: Knowledge, as_of: date
) -> pa.Table:
    """Return the figures of customers: of the ledger's groups, and of those of whom only facts are known."""
    keys = _keys(found.groups, source)
    known = set(keys)
    places = set(knowledge.currencies)
    alone = sorted(key for key in knowledge.facts if key not in known and key[:2] in places)
    more = len(alone)

    def no_money(values: Whole) -> Whole:
        nothing = np.zeros((more, *values.shape[1:]), dtype=values.dtype)
        return np.concatenate([values, nothing]) if more else values

    def unknown(values: Floats) -> Floats:
        return np.concatenate([values, np.full(more, np.nan)]) if more else values

    money = {name: no_money(values) for name, values in found.money.items()}
    numbers = {name: unknown(values) for name, values in found.numbers.items()}
    every = [*keys, *alone]
    table = pa.table(
        {
            **_key_columns(found.groups, source, alone),
            "as_of": pa.repeat(pa.scalar(as_of, pa.date32()), len(every)),
            **_arrow(money, numbers),
        }
    )
    named = np.array([bool(key[2]) for key in keys], dtype=np.bool_)
    foreseen: dict[str, Floats] = {}
    if knowledge.currencies:
        every_factor = knowledge.model is not None
        foreseen = factors(
            found.ledger, found.groups, named, found.paid, days=found.lookback, every=every_factor
        )
    rows = Rows(
        keys=every,
        money=money,
        numbers=numbers,
        factors={name: unknown(values) for name, values in foreseen.items()},
        buckets=lambda edges: no_money(found.buckets(edges)),
        late_amount_days=lambda grace: no_money(found.late_amount_days(grace)),
    )
    more_figures = assessed(rows, policy, knowledge, as_of)
    for figure in ASSESSED:
        table = table.append_column(figure.name, more_figures[figure.name])
    return table.sort_by([(name, "ascending") for name in CUSTOMER_KEY]) if more else table


def _key_columns(parts: Groups, source: str | None, alone: Sequence[Key]) -> dict[str, pa.ChunkedArray]:
    """Return the key of each row: of the groups, then of those of whom only facts are known."""
    columns = {name: parts.keys[name] for name in parts.keys.column_names}
    if source is not None:
        columns["source"] = pa.chunked_array([pa.repeat(pa.scalar(source), parts.count)])
    return {
        name: pa.chunked_array([*columns[name].chunks, pa.array([key[at] for key in alone], pa.string())])
        for at, name in enumerate(CUSTOMER_KEY)
    }


def _keys(parts: Groups, source: str | None) -> list[Key]:
    columns = [parts.keys[name].to_pylist() for name in CUSTOMER_KEY if name in parts.keys.column_names]
    if source is not None:
        columns.insert(0, [source] * parts.count)
    return list(zip(*columns, strict=True))
