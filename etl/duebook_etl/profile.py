"""The figures of every customer, and of any other part of the ledger, from the core's measures.

One function makes them for all customers at once and for a single one, by customer and by anything else, so
that a figure is the same wherever it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook.aging import NO_DATE, NOT_DUE, labels
from duebook.behaviour import pay_index
from duebook.calendar import add_months
from duebook.ledger import Kind
from duebook.measures import TOTAL, aging, open_items, sales, settlements
from duebook.turnover import dso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook.policy import Policy

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
_UNAPPLIED: Final = (Kind.RECEIPT.value, Kind.ADVANCE.value, Kind.CREDIT_NOTE.value)
_EPOCH: Final = date(1970, 1, 1).toordinal()
FIGURES: Final = (
    "open",
    "not_due",
    "overdue",
    "no_date",
    "unapplied",
    "oldest_overdue_days",
    "average_days_late",
    "average_terms",
    "settled",
    "sales",
    "dso",
    "pay_index",
)
MONEY: Final = ("open", "not_due", "overdue", "no_date", "unapplied", "settled", "sales")


@dataclass(frozen=True)
class Measured:
    """The figures of a ledger and the open items they are made of.

    Attributes:
        figures: The table of :func:`profiles`.
        items: The open items, with the columns that the items had, ``open`` and ``open_document``.
    """

    figures: pa.Table
    items: pa.Table


def profiles(items: pa.Table, allocations: pa.Table, *, as_of: date, policy: Policy) -> pa.Table:
    """Return the figures of every customer at the end of a day: :func:`summary` by customer.

    Args:
        items: Items, with :data:`ITEM_COLUMNS`. Those of a single customer give the same row as those of all,
            when the items that share an allocation with them are there too.
        allocations: The legs on them, with :data:`ALLOCATION_COLUMNS`.
        as_of: The day.
        policy: The policy in force.

    Returns:
        A row a customer with anything posted by the day, sorted by ``source``, ``company``, ``customer``
        (empty where items name none), with ``as_of`` and the figures of :func:`summary`: the columns of the
        store's table of profiles but ``run``.
    """
    figures = summary(items, allocations, by=CUSTOMER_KEY, as_of=as_of, policy=policy)
    return _profiles(figures, as_of)


def measure_company(
    items: pa.Table, allocations: pa.Table, *, source: str, as_of: date, policy: Policy
) -> Measured:
    """Return the figures of every customer of one company, and its open items.

    Args:
        items: The company's items, with :data:`ITEM_COLUMNS` but ``source``, which one company needs in no
            key: a million rows take a quarter less memory without it.
        allocations: The legs on them, with :data:`ALLOCATION_COLUMNS` but ``source``.
        source: The company's source.
        as_of: The day.
        policy: The policy in force.
    """
    opened = open_items(items, allocations, as_of)
    figures = _summary(items, allocations, opened, CUSTOMER_KEY[1:], as_of=as_of, policy=policy)
    return Measured(_profiles(_of_source(figures, source), as_of), _of_source(opened, source))


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
    - ``customers``: how many customers have an open item.

    Sources: domain reference, sections 3.1 to 3.3.

    Args:
        items: Items, with :data:`ITEM_COLUMNS` and the columns of ``by``, which hold no null.
        allocations: The legs on them, with :data:`ALLOCATION_COLUMNS`.
        by: The columns to group by.
        as_of: The day.
        policy: The policy in force.

    Returns:
        The columns of ``by`` and the figures, a row a group with anything posted by the day, sorted by
        ``by``.
    """
    items = items.select(list(dict.fromkeys([*ITEM_COLUMNS, *by])))
    opened = open_items(items, allocations, as_of)
    return _summary(items, allocations, opened, by, as_of=as_of, policy=policy)


def _summary(  # noqa: PLR0913 - what figures are made of
    items: pa.Table,
    allocations: pa.Table,
    opened: pa.Table,
    by: Sequence[str],
    *,
    as_of: date,
    policy: Policy,
) -> pa.Table:
    keys = list(by)
    posted = items.select(keys).filter(pc.less_equal(items["posting_date"], pa.scalar(as_of, pa.date32())))
    result = posted.group_by(keys).aggregate([])
    paid = _settlements(items, allocations, keys, as_of=as_of, policy=policy)
    for part in (
        _aged(opened, keys, as_of=as_of, policy=policy),
        _unapplied(opened, keys),
        _oldest(opened, keys, as_of=as_of, policy=policy),
        _mean(paid, keys, "days_late", "average_days_late"),
        _mean(paid, keys, "term_days", "average_terms"),
        _settled(paid, keys),
        _customers(opened, keys),
        sales(items, after=as_of - timedelta(policy.turnover.days), until=as_of, by=keys),
    ):
        result = result.join(part, keys=keys, join_type="left outer")
    result = result.sort_by([(key, "ascending") for key in keys])
    columns = {name: result[name] for name in result.column_names}
    columns |= {name: pc.fill_null(columns[name], 0) for name in MONEY}
    columns["dso"] = _dso(columns["open"], columns["sales"], policy.turnover.days)
    columns["pay_index"] = _pay_index(columns["average_days_late"], policy)
    columns["customers"] = pc.fill_null(columns["customers"], 0)
    return pa.table({name: columns[name] for name in (*keys, *FIGURES, "customers")})


def _profiles(figures: pa.Table, as_of: date) -> pa.Table:
    days = pa.repeat(pa.scalar(as_of, pa.date32()), figures.num_rows)
    return figures.drop("customers").add_column(len(CUSTOMER_KEY), "as_of", days)


def _of_source(table: pa.Table, source: str) -> pa.Table:
    return table.add_column(0, "source", pa.repeat(pa.scalar(source), table.num_rows))


def _aged(opened: pa.Table, keys: list[str], *, as_of: date, policy: Policy) -> pa.Table:
    edges = policy.aging.edges[:1]
    overdue = labels(edges)[1]
    aged = aging(opened, as_of=as_of, by=keys, edges=edges)
    names = {TOTAL: "open", NOT_DUE: "not_due", overdue: "overdue", NO_DATE: "no_date"}
    return aged.select([*keys, *names]).rename_columns([*keys, *names.values()])


def _unapplied(opened: pa.Table, keys: list[str]) -> pa.Table:
    negative = opened.filter((pc.field("open") < 0) & pc.field("kind").isin(_UNAPPLIED))
    return negative.group_by(keys).aggregate([("open", "sum")]).rename_columns([*keys, "unapplied"])


def _oldest(opened: pa.Table, keys: list[str], *, as_of: date, policy: Policy) -> pa.Table:
    last_late = pa.scalar(as_of - timedelta(policy.aging.edges[0]), pa.date32())
    late = opened.filter((pc.field("open") > 0) & (pc.field("due_date") < last_late))
    oldest = late.group_by(keys).aggregate([("due_date", "min")])
    days = pc.subtract(as_of.toordinal() - _EPOCH, oldest["due_date_min"].cast(pa.int32()))
    return oldest.select(keys).append_column("oldest_overdue_days", days.cast(pa.int32()))


def _settlements(
    items: pa.Table, allocations: pa.Table, keys: list[str], *, as_of: date, policy: Policy
) -> pa.Table:
    since = add_months(as_of, -policy.behaviour.months)
    # An allocation takes effect when the last of its items is posted, so an older one has no later payment.
    recent = allocations.filter(pc.greater(allocations["effective_date"], pa.scalar(since, pa.date32())))
    paid = settlements(items, recent, as_of, since=since)
    others = [key for key in keys if key not in paid.column_names]
    if others:
        item = [name for name in ITEM_KEY if name in paid.column_names]
        paid = paid.join(items.select([*item, *others]), keys=item)
    return paid.select([*keys, "settled", "days_late", "term_days"])


def _mean(paid: pa.Table, keys: list[str], value: str, name: str) -> pa.Table:
    """Return the mean of a column weighted by what was settled, over the rows that have it."""
    known = paid.filter(pc.field(value).is_valid() & (pc.field("settled") != 0))
    moments = known.append_column("moment", pc.multiply(known["settled"], known[value]))
    sums = moments.group_by(keys).aggregate([("moment", "sum"), ("settled", "sum")])
    return sums.select(keys).append_column(name, pc.divide(sums["moment_sum"], sums["settled_sum"]))


def _settled(paid: pa.Table, keys: list[str]) -> pa.Table:
    sums = paid.group_by(keys).aggregate([("settled", "sum")])
    return sums.select(keys).append_column("settled", pc.round(sums["settled_sum"]).cast(pa.int64()))


def _customers(opened: pa.Table, keys: list[str]) -> pa.Table:
    known = opened.filter(pc.field("customer") != "")
    customer = [name for name in CUSTOMER_KEY if name in known.column_names]
    each = known.group_by(list(dict.fromkeys([*keys, *customer]))).aggregate([])
    return each.group_by(keys).aggregate([([], "count_all")]).rename_columns([*keys, "customers"])


def _dso(opened: pa.ChunkedArray, sold: pa.ChunkedArray, days: int) -> pa.Array:
    pairs = zip(opened.to_pylist(), sold.to_pylist(), strict=True)
    figures = [float(dso(Decimal(o), Decimal(s), days)) if s > 0 else None for o, s in pairs]
    return pa.array(figures, pa.float64())


def _pay_index(late: pa.ChunkedArray, policy: Policy) -> pa.Array:
    anchors = policy.pay_index.anchors
    figures = [
        None if days is None else float(pay_index(Decimal(days), anchors)) for days in late.to_pylist()
    ]
    return pa.array(figures, pa.float64())
