"""Measures of a whole ledger, written once and run where the data is.

Frames are native in and native out: pandas, Polars and pyarrow (eager), Polars lazy, DuckDB and PySpark
(lazy; nothing is collected here). Their columns are the fields of :mod:`duebook.ledger`, money in int64 minor
units, dates of a date type. ``source`` is part of every key where both frames have it. Rows come back in no
particular order.

Money is only ever added and subtracted, as int64: what comes out equals the scalar rules to the cent. Days,
and the amounts that weight them, may be floating point: they are not money.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import narwhals as nw

from duebook.aging import EDGES, NO_DATE, checked_edges, labels
from duebook.errors import InputError, OutOfRangeError
from duebook.ledger import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from narwhals.typing import IntoFrameT

    # Eager frames have every method used here as well; narwhals has no one type for both.
    _Frame: TypeAlias = nw.LazyFrame[Any]

TOTAL: Final = "total"
_RECEIPTS: Final = (Kind.RECEIPT.value, Kind.ADVANCE.value)
_SALES: Final = (Kind.INVOICE.value, Kind.CREDIT_NOTE.value)


def open_items(items: IntoFrameT, allocations: IntoFrameT, as_of: date) -> IntoFrameT:
    """Return the items that are open at the end of a day, with what is open of each.

    The original amount of every item posted by then, less every allocation leg on it in force by then: what
    :func:`duebook.ledger.open_amount` says for one item. An item settled later is still there, an allocation
    reversed later still counts (OCA account-financial-reporting issue 707).

    Args:
        items: Items, with ``company``, ``item``, ``posting_date``, ``amount``, ``amount_document`` and any
            others.
        allocations: Legs, with ``company``, ``item``, ``effective_date``, ``reversed_on``, ``amount`` and
            ``amount_document``, of the same kind of frame.
        as_of: The day.

    Returns:
        The items' columns and two more, int64 minor units, debit positive: ``open`` in company currency and
        ``open_document`` in the document's. Items open in neither are left out.

    Raises:
        InputError: A column is missing or is no date.
    """
    ledger = _frame(items, "items", "company", "item", "amount", "amount_document", dates=("posting_date",))
    legs = _in_force(allocations, as_of, "amount_document")
    key = _key(ledger, legs)
    posted = ledger.filter(_by(ledger, "posting_date", as_of))
    # Added up as one list of movements, and only then joined: no outer join, which in pandas would turn
    # integers into floating point, and what is open meets the items instead of all that ever moved.
    money = {
        "open": nw.col("amount").cast(nw.Int64),
        "open_document": nw.col("amount_document").cast(nw.Int64),
    }
    movements = [
        posted.select(*key, **money),
        legs.select(*key, **{name: 0 - amount for name, amount in money.items()}),
    ]
    left = (
        nw.concat(movements)
        .group_by(*key)
        .agg(nw.col(*money).sum())
        .with_columns(nw.col(*money).cast(nw.Int64))  # DuckDB adds up in 128 bits
        .filter((nw.col("open") != 0) | (nw.col("open_document") != 0))
    )
    native: IntoFrameT = posted.join(left, on=key, how="inner").to_native()
    return native


def aging(
    open_frame: IntoFrameT,
    *,
    as_of: date,
    by: Sequence[str],
    edges: Sequence[int] = EDGES,
    amount: str = "open",
) -> IntoFrameT:
    """Return how much of the open amounts lies in each bucket, by one or more columns.

    The buckets are those of :func:`duebook.aging.labels`; in every row they add up to the total. Nothing is
    rounded, netted or left out.

    Args:
        open_frame: Open items, with ``due_date`` (may be null), the amount and the columns to group by.
        as_of: The day to count days late to.
        by: The columns to group by, such as ``company``, ``currency``, ``customer``; at least one.
        edges: The last day of every bucket but the open-ended one.
        amount: The column of open amounts, int64 minor units.

    Returns:
        The columns of ``by``, one int64 column a label, and ``total``.

    Raises:
        InputError: A column is missing or is no date, the edges do not increase, or ``by`` names nothing or
            the same column as a label.
        OutOfRangeError: The as-of date is so near the calendar's ends that an edge would fall outside it.
    """
    edges = checked_edges(edges)
    names = labels(edges)
    if not by or set(by) & {*names, TOTAL}:
        raise InputError(
            f"by: {', '.join(by) or 'nothing'} is given; name columns that are no bucket's label."
        )
    frame = _frame(open_frame, "open items", amount, *by, dates=("due_date",))
    due, money = nw.col("due_date"), nw.col(amount)
    # What is due on a cut or later, for every cut; the buckets are the differences. One comparison of dates
    # and one multiplication by 0 or 1 a cut: the same on every engine, faster than conditional expressions.
    cuts = [_day(frame, "due_date", _moved(as_of, -edge)) for edge in edges]
    since = [f"since {number}" for number in range(len(cuts))]
    masked = {name: (due >= cut).cast(nw.Int64) * money for name, cut in zip(since, cuts, strict=True)}
    masked["undated"] = due.is_null().cast(nw.Int64) * money
    sums = (
        frame.select(*by, money.alias(TOTAL), **masked)
        .group_by(*by)
        .agg(nw.col(TOTAL, *masked).sum())
        .with_columns(nw.col(TOTAL, *masked).cast(nw.Int64))  # DuckDB adds up in 128 bits
    )
    between = {
        label: nw.col(later) - nw.col(sooner)
        for label, (sooner, later) in zip(names[1:-2], pairwise(since), strict=True)
    }
    result: IntoFrameT = sums.select(
        *by,
        nw.col(since[0]).alias(names[0]),
        **between,
        **{names[-2]: nw.col(TOTAL) - nw.col(since[-1]) - nw.col("undated"), NO_DATE: nw.col("undated")},
        **{TOTAL: nw.col(TOTAL)},
    ).to_native()
    return result


def settlements(
    items: IntoFrameT, allocations: IntoFrameT, as_of: date, *, since: date | None = None
) -> IntoFrameT:
    """Return what receipts have settled of each invoice, and how late.

    In an allocation in force at the end of the day, let T be the sum of its debit legs and R the sum, taken
    positive, of its credit legs on receipts and advances. Receipts then settled the share R / T of each of
    its invoice legs, on the mean of their posting dates weighted by those legs; credit notes, write-offs and
    exchange differences settle without being payment. For an allocation of one receipt and one invoice this
    is exact. Where several receipts meet several invoices it is the one rule whose weighted means do not
    depend on the order of matching.

    Unapplied cash counts from the receipt's own date, and what is settled is the weight, not what remains: JD
    Edwards EnterpriseOne weights each receipt and traces it so; Oracle's text weights by the amount due
    remaining, which is nothing once an item is closed.

    Args:
        items: Items, with ``company``, ``item``, ``customer``, ``kind``, ``posting_date``, ``document_date``
            and ``due_date``.
        allocations: Legs, with ``company``, ``allocation``, ``item``, ``effective_date``, ``reversed_on`` and
            ``amount``, of the same kind of frame.
        as_of: The day.
        since: Leave out what was paid on this day or before.

    Returns:
        One row an invoice leg: the key (``source``, ``company``, ``item``), ``customer``, ``document_date``,
        ``due_date``; float64 ``settled`` (minor units), ``days_late`` (negative is early, null without a due
        date) and ``term_days`` (from document to due date, likewise).

    Raises:
        InputError: A column is missing or is no date.
    """
    dates = ("posting_date", "document_date", "due_date")
    ledger = _frame(items, "items", "company", "item", "customer", "kind", dates=dates)
    legs = _in_force(allocations, as_of, "allocation")
    key = _key(ledger, legs)
    group = [*key[:-1], "allocation"]
    amount = nw.col("amount").cast(nw.Float64)
    described = ledger.select(*key, "customer", "kind", *dates)
    joined = legs.select(*group, "item", leg=amount).join(described, on=key, how="inner")
    leg, kind = nw.col("leg"), nw.col("kind")
    received = nw.when(kind.is_in(_RECEIPTS) & (leg < 0)).then(-leg).otherwise(nw.lit(0.0))
    sums = (
        joined.select(
            *group,
            debit=nw.when(leg > 0).then(leg).otherwise(nw.lit(0.0)),
            received=received,
            moment=received * _ordinal("posting_date"),
        )
        .group_by(*group)
        .agg(nw.col("debit", "received", "moment").sum())
        .filter(nw.col("received") > 0)
        .with_columns(paid_day=nw.col("moment") / nw.col("received"))
    )
    if since is not None:
        sums = sums.filter(nw.col("paid_day") > since.toordinal())
    result: IntoFrameT = (
        joined.filter((kind == Kind.INVOICE.value) & (leg > 0))
        .join(sums, on=group, how="inner")
        .select(
            *key,
            "customer",
            "document_date",
            "due_date",
            settled=leg * nw.col("received") / nw.col("debit"),
            days_late=nw.col("paid_day") - _ordinal("due_date"),
            term_days=_ordinal("due_date") - _ordinal("document_date"),
        )
        .to_native()
    )
    return result


def sales(items: IntoFrameT, *, after: date, until: date, by: Sequence[str]) -> IntoFrameT:
    """Return sales on credit: invoices less credit notes, by the date on the document.

    Args:
        items: Items, with ``kind``, ``document_date``, ``amount`` and the columns to group by.
        after: The day before the first that counts.
        until: The last day that counts.
        by: The columns to group by; at least one.

    Returns:
        The columns of ``by`` and ``sales``, int64 minor units; groups without a document are left out.

    Raises:
        InputError: A column is missing or is no date, or ``by`` names nothing.
    """
    if not by:
        raise InputError("by: nothing is given; name at least one column.")
    frame = _frame(items, "items", "kind", "amount", *by, dates=("document_date",))
    within = ~_by(frame, "document_date", after) & _by(frame, "document_date", until)
    result: IntoFrameT = (
        frame.filter(nw.col("kind").is_in(_SALES) & within)
        .group_by(*by)
        .agg(nw.col("amount").sum())
        .select(*by, sales=nw.col("amount").cast(nw.Int64))
        .to_native()
    )
    return result


def _frame(native: object, what: str, *columns: str, dates: Sequence[str]) -> _Frame:
    frame: _Frame = nw.from_native(native)
    schema = frame.collect_schema()
    missing = [name for name in (*columns, *dates) if name not in schema]
    if missing:
        raise InputError(
            f"{what}: column {', '.join(missing)} is missing; there is {', '.join(schema.names()) or 'none'}."
        )
    for name in dates:
        if not isinstance(schema[name], (nw.Date, nw.Datetime)):
            raise InputError(
                f"{what}: column {name} holds {schema[name]}, which is no date.",
                hint="In pandas, turn it into one with pandas.to_datetime.",
            )
    return frame


def _key(*frames: _Frame) -> list[str]:
    sourced = all("source" in frame.collect_schema() for frame in frames)
    return ["source", "company", "item"] if sourced else ["company", "item"]


def _day(frame: _Frame, column: str, day: date) -> date:
    """Return the start of a day in the column's own type: pandas compares no date with time stamps."""
    stamped = isinstance(frame.collect_schema()[column], nw.Datetime)
    return datetime.combine(day, time()) if stamped else day


def _by(frame: _Frame, column: str, day: date) -> nw.Expr:
    """Return whether the column is on the day or before, whatever its time of day."""
    return nw.col(column) < _day(frame, column, _moved(day, 1))


def _moved(day: date, days: int) -> date:
    try:
        return day + timedelta(days)
    except OverflowError:
        raise OutOfRangeError(f"as_of: {day} moved by {days} days is outside the calendar.") from None


def _in_force(allocations: object, as_of: date, *columns: str) -> _Frame:
    wanted = ("company", "item", "amount", *columns)
    legs = _frame(allocations, "allocations", *wanted, dates=("effective_date", "reversed_on"))
    reversed_later = nw.col("reversed_on").is_null() | ~_by(legs, "reversed_on", as_of)
    return legs.filter(_by(legs, "effective_date", as_of) & reversed_later)


def _ordinal(column: str) -> nw.Expr:
    """Return a date column as a day number, like :meth:`datetime.date.toordinal`, on every engine alike."""
    day = nw.col(column).dt
    past = day.year() - 1
    number = past * 365 + past // 4 - past // 100 + past // 400 + day.ordinal_day()
    return number.cast(nw.Float64)
