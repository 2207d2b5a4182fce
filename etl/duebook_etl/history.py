"""Measures of the portfolio at the end of every month, from one reading of the ledger.

Those of :meth:`duebook_etl.book.Book.portfolio` are the same figures as there on the same day, each under the
policy that was valid on it. Beside them stand measures that only a history has: turnover and the
effectiveness of collection, which need the month before; roll rates, which need the bucket of a month before.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import isnan
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow.compute as pc

from duebook import history as core
from duebook.aging import labels
from duebook.behaviour import pay_index
from duebook.calendar import add_months, end_of_month, month_days
from duebook.errors import NoAnswerError, OutOfRangeError
from duebook.provision import compounded, roll_rates
from duebook.turnover import cei, dso, dso_best, dso_countback, dso_delay, turnover
from duebook_etl.allowances import ALLOWANCES, allowances
from duebook_etl.answers import amount_text
from duebook_etl.book import (
    ATTRIBUTES,
    MEASURES,
    PORTFOLIO_BY,
    check_option,
    group_columns,
    measured_value,
)
from duebook_etl.ledgers import COMPANY_CURRENCY
from duebook_etl.losses import (
    codes,
    encoded_items,
    encoded_legs,
    last_month_end,
    month_ends,
    newly,
    roll_monthly,
)
from duebook_etl.profile import CUSTOMER_KEY, ITEM_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    import pyarrow as pa

    from duebook.policy import Policy
    from duebook_etl.answers import Company, Document
    from duebook_etl.book import Book

    Value = int | float | None

MOST_MONTHS: Final = 600
ROLLED: Final = {"roll rates": "percent", "loss rates": "percent"}
"""The measures of each bucket of age, with their units."""
HISTORY_MEASURES: Final = (
    MEASURES
    | {
        "best possible dso": "days",
        "average days delinquent": "days",
        "countback dso": "days",
        "turnover": "times",
        "cei": "percent",
    }
    | ROLLED
    | ALLOWANCES
)
_SALES_BACK: Final = 24
"""Months of sales before the first that counting back may use."""
_KEPT: Final = 8


@dataclass(frozen=True)
class Series:
    """A measure of one part of the portfolio in one currency, month by month.

    Attributes:
        key: As in :class:`~duebook_etl.answers.PortfolioRow`.
        name: Likewise.
        currency: Likewise.
        bucket: The bucket of age, for a measure that has one value for each; else empty. A roll rate stands
            under the bucket that amounts rolled out of.
        values: One a month: minor units for money, else a number; None where there is nothing to measure, as
            before the first document.
    """

    key: str
    name: str
    currency: str
    bucket: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class History:
    """A measure at the end of every month.

    Attributes:
        measure: One of :data:`HISTORY_MEASURES`.
        unit: ``money``, ``days``, ``points``, ``percent``, ``times`` or ``count``.
        by: What it is grouped by; None for the whole.
        days: The last days of the months, the oldest first.
        series: The parts, sorted by key and currency, and their buckets by age.
    """

    measure: str
    unit: str
    by: str | None
    days: tuple[date, ...]
    series: tuple[Series, ...]

    def to_json(self) -> Document:
        """Return the document of ``duebook history --json``; money is a decimal string, all else a number."""
        rows = [
            {"key": one.key, "name": one.name, "currency": one.currency}
            | ({"bucket": one.bucket} if one.bucket else {})
            | {"values": [self._value(value, one.currency) for value in one.values]}
            for one in self.series
        ]
        days = [day.isoformat() for day in self.days]
        return {"measure": self.measure, "unit": self.unit, "by": self.by, "days": days, "rows": rows}

    def _value(self, value: Value, currency: str) -> str | float | None:
        if self.unit == "money" and isinstance(value, int):
            return amount_text(value, currency)
        return value


def history(
    book: Book, measure: str, until: date | None = None, *, months: int = 24, by: str | None = None
) -> History:
    """Return a measure of the portfolio at the end of every month.

    - The measures of :data:`duebook_etl.book.MEASURES` are those of the portfolio on that day.
    - ``best possible dso``, ``average days delinquent``: as ``dso``, of what is not due, and of the rest.
    - ``countback dso``: what is open held against the sales of calendar months, newest first.
    - ``turnover``: sales of the month / mean of what was open at its beginning and its end.
    - ``cei``: collection effectiveness of the month, in per cent.
    - ``roll rates``: of what stood in a bucket a month before, the part that stands in the next one now or
      was written off (:meth:`duebook.history.History.written_off`), in per cent.
    - ``loss rates``: those that follow from the roll rates of the last ``provision.history_months``.
    - ``provision``, ``provision matrix``: those of the profiles of the part's customers, added up; by
      document currency each customer is rounded once a currency. The second is missing where it is of one.
    - ``written off``: what was written off in the month, as roll rates count it.

    The buckets of roll and loss rates are those of the policy on the last day, ``no date`` left out; of the
    last, what has come into it in the month. Credits that are not applied yet are no exposure and left out.

    Args:
        book: The book that is asked.
        measure: One of :data:`HISTORY_MEASURES`, in any case, blanks or underscores.
        until: The last month is the latest that ended by this day; left out, by the day of the last refresh.
        months: How many months.
        by: As in :meth:`duebook_etl.book.Book.portfolio`.

    Raises:
        InputError: The measure or the grouping is unknown, or the months are out of range.
        NoAnswerError: No refresh yet, no month that ended after the first document was posted, or, for roll
            and loss rates, a policy whose buckets are not a month wide.
    """
    name = measure.casefold().replace("_", " ").strip()
    check_option("measure", name, HISTORY_MEASURES)
    if by is not None:
        check_option("by", by, PORTFOLIO_BY)
    if not 1 <= months <= MOST_MONTHS:
        raise OutOfRangeError(f"months: {months} is given; 1 to {MOST_MONTHS} is allowed.")
    last = last_month_end(until or book.last_day())
    past = _past(book, last, months, by, name)
    return History(name, HISTORY_MEASURES[name], by, month_ends(last, months), past.series(name))


@dataclass(frozen=True)
class _Group:
    """A part of the portfolio: its place in the columns of figures, and what it is called."""

    place: int
    key: str
    name: str
    currency: str


@dataclass(frozen=True, eq=False)
class _Measured:
    """Figures at the end of months; the first is the one before those that are asked for.

    Attributes:
        days: The last days of the months, the oldest first.
        groups: The parts, in their order.
        ends: The figures on each day.
        policies: The policy that was valid on each.
        sales: The sales of every month up to the last, of more months than there are days.
    """

    days: tuple[date, ...]
    groups: tuple[_Group, ...]
    ends: tuple[core.DayEnd, ...]
    policies: tuple[Policy, ...]
    sales: tuple[core.Ints, ...]

    def series(self, name: str) -> tuple[Series, ...]:
        """Return a measure of each part in each month but the first."""
        columns = [self._column(name, place) for place in range(1, len(self.days))]
        return tuple(
            Series(each.key, each.name, each.currency, "", tuple(column[each.place] for column in columns))
            for each in self.groups
        )

    def _column(self, name: str, place: int) -> list[Value]:
        """Return a measure of each part on one day."""
        end = self.ends[place]
        values: list[Value]
        if name in _BY_TURNOVER:
            rule = _BY_TURNOVER[name]
            values = [_answer(rule, month) for month in self._months(place)]
        elif name == "countback dso":
            values = [
                _answer(dso_countback, Decimal(owed), *self._sales_back(place, group))
                for group, owed in enumerate(end.open.tolist())
            ]
        elif name == "pay index":
            anchors = self.policies[place].pay_index.anchors
            values = [
                None if isnan(days) else float(pay_index(Decimal(days), anchors))
                for days in end.average_days_late.tolist()
            ]
        elif name == "overdue share":
            pairs = zip(end.overdue.tolist(), end.open.tolist(), strict=True)
            values = [measured_value({"overdue": late, "open": owed}, name) for late, owed in pairs]
        elif name == "oldest overdue":
            values = [None if isnan(days) else int(days) for days in end.oldest_overdue_days.tolist()]
        elif name in _MEANS:
            values = [None if isnan(days) else days for days in getattr(end, _MEANS[name]).tolist()]
        else:
            values = getattr(end, name.replace(" ", "_")).tolist()
        return [value if known else None for value, known in zip(values, end.known.tolist(), strict=True)]

    def _months(self, place: int) -> list[_Month]:
        """Return what the rules of turnover take of each part."""
        end, days = self.ends[place], self.policies[place].turnover.days
        columns = (self.ends[place - 1].open, end.open, end.not_due, end.sales, end.sales_of_month)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return [_Month(days, *map(Decimal, row)) for row in rows]

    def _sales_back(self, place: int, group: int) -> tuple[list[Decimal], list[int]]:
        """Return the sales of a part in a month and the months before it, newest first, and their days."""
        months = len(self.sales) - len(self.days) + place + 1
        sold = [Decimal(int(month[group])) for month in reversed(self.sales[:months])]
        return sold, [month_days(add_months(self.days[place], -back)) for back in range(months)]


@dataclass(frozen=True)
class _Month:
    """What the rules of turnover take."""

    days: int
    opening: Decimal
    closing: Decimal
    current: Decimal
    sales: Decimal
    sales_of_month: Decimal


_MEANS: Final = {"average days late": "average_days_late", "average terms": "average_terms"}
_BY_TURNOVER: Final[dict[str, Callable[[_Month], Decimal]]] = {
    "dso": lambda m: dso(m.closing, m.sales, m.days),
    "best possible dso": lambda m: dso_best(m.current, m.sales, m.days),
    "average days delinquent": lambda m: dso_delay(m.closing, m.current, m.sales, m.days),
    "turnover": lambda m: turnover(m.sales_of_month, m.opening, m.closing),
    "cei": lambda m: cei(m.opening, m.sales_of_month, m.closing, m.current),
}


@dataclass(frozen=True, eq=False)
class _Rolled:
    """What stood in each bucket of age at the end of months, and what was written off in them.

    Attributes:
        labels: The labels of the buckets.
        groups: The parts, in their order.
        exposed: Of each month, a row a part and a column a bucket.
        written_off: Likewise.
        months: How many months are asked for; there are ``window`` more before them.
        window: How many months loss rates look back on.
    """

    labels: tuple[str, ...]
    groups: tuple[_Group, ...]
    exposed: tuple[core.Ints, ...]
    written_off: tuple[core.Ints, ...]
    months: int
    window: int

    def series(self, name: str) -> tuple[Series, ...]:
        """Return the rates of each part and bucket, in per cent."""
        return tuple(
            Series(each.key, each.name, each.currency, label, values)
            for each in self.groups
            for label, values in zip(self.labels, self._rates(name, each.place), strict=False)
        )

    def _rates(self, name: str, group: int) -> list[tuple[Value, ...]]:
        """Return the rates of each bucket, month by month; the last bucket has no roll rate."""
        exposed, gone = (
            [[Decimal(amount) for amount in month[group].tolist()] for month in table]
            for table in (self.exposed, self.written_off)
        )
        rolls = roll_rates(exposed, gone[1:])
        first = len(rolls) - self.months
        rows: list[Sequence[Decimal | None]] = []
        for month in range(first, len(rolls)):
            if name == "roll rates":
                rows.append(rolls[month])
                continue
            try:
                rows.append(compounded(rolls[max(0, month + 1 - self.window) : month + 1]))
            except NoAnswerError:  # a bucket that was always empty
                rows.append([None] * len(self.labels))
        return [
            tuple(None if rate is None else float(100 * rate) for rate in bucket)
            for bucket in zip(*rows, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class _Allowed:
    """What is provided for each part and what was written off, as of :func:`~.allowances.allowances`."""

    groups: tuple[_Group, ...]
    columns: dict[str, list[list[int | None]]]

    def series(self, name: str) -> tuple[Series, ...]:
        """Return a measure of each part in each month."""
        columns = self.columns[name]
        return tuple(
            Series(each.key, each.name, each.currency, "", tuple(column[each.place] for column in columns))
            for each in self.groups
        )


_Past: TypeAlias = _Measured | _Rolled | _Allowed
_kept: Final[WeakKeyDictionary[Book, dict[tuple[object, ...], _Past]]] = WeakKeyDictionary()
"""The last few histories of each book, for the next measure asked; a new run outdates them."""


def _past(book: Book, last: date, months: int, by: str | None, measure: str) -> _Past:
    read = _rolled if measure in ROLLED else _allowed if measure in ALLOWANCES else _measured
    report = book.last_run()
    key = (None if report is None else report.run, last, months, by, read)
    kept = _kept.setdefault(book, {})
    if key not in kept:
        while len(kept) >= _KEPT:
            del kept[next(iter(kept))]
        kept[key] = read(book, last, months, by)
    return kept[key]


def _allowed(book: Book, last: date, months: int, by: str | None) -> _Allowed:
    days = month_ends(last, months)
    companies, items, legs = _tables(book, days[-1], by)
    groups, group = _groups(book, companies, items, by)
    customer, _ = codes([items[name] for name in CUSTOMER_KEY])
    _, firsts, both = np.unique(
        group * (int(customer.max(initial=0)) + 1) + customer, return_index=True, return_inverse=True
    )
    keys = [tuple(row.values()) for row in items.select(list(CUSTOMER_KEY)).take(firsts).to_pylist()]
    encoded = encoded_items(items, both.astype(np.int64), customer)
    ledger = core.History(encoded, encoded_legs(items, legs), days, groups=len(keys))
    return _Allowed(groups, allowances(book, companies, ledger, keys, group[firsts], days))


def _measured(book: Book, last: date, months: int, by: str | None) -> _Measured:
    days = month_ends(last, months + 1)
    groups, ledger = _read(book, days, by)
    policies = tuple(book.policy_on(day) for day in days)
    ends = tuple(ledger.on(place, policy) for place, policy in enumerate(policies))
    sold = month_ends(last, months + _SALES_BACK)
    sales = tuple(ledger.sales(end_of_month(add_months(day, -1)), day) for day in sold)
    return _Measured(days, groups, ends, policies, sales)


def _rolled(book: Book, last: date, months: int, by: str | None) -> _Rolled:
    policy = book.policy_on(last)
    edges, window = policy.aging.edges, policy.provision.history_months
    if not roll_monthly(edges):
        raise NoAnswerError(
            f"roll rates: the buckets of aging.edges {', '.join(map(str, edges))} are not a month wide, so "
            "nothing says what rolls in a month.",
            hint="A policy with edges 0, 30, 60, 90 has roll rates.",
        )
    days = month_ends(last, months + window)
    groups, ledger = _read(book, days, by)
    return _Rolled(
        labels=labels(edges)[:-1],
        groups=groups,
        exposed=tuple(newly(ledger.exposed, place, day, edges) for place, day in enumerate(days)),
        written_off=tuple(newly(ledger.written_off, place, day, edges) for place, day in enumerate(days)),
        months=months,
        window=window,
    )


def _read(book: Book, days: tuple[date, ...], by: str | None) -> tuple[tuple[_Group, ...], core.History]:
    """Read the ledger up to the last of the days, ready for each of them."""
    companies, items, legs = _tables(book, days[-1], by)
    groups, group = _groups(book, companies, items, by)
    customer, _ = codes([items[name] for name in CUSTOMER_KEY])
    nameless = pc.equal(items["customer"], "").to_numpy()
    encoded = encoded_items(items, group, np.where(nameless, core.NOBODY, customer))
    ledger = core.History(encoded, encoded_legs(items, legs), days, groups=len(groups))
    return groups, ledger


def _tables(book: Book, last: date, by: str | None) -> tuple[tuple[Company, ...], pa.Table, pa.Table]:
    """Return the companies, their items up to a day with what they are grouped by, and the legs on them."""
    companies = book.companies_on(last, None)
    items, legs = book.ledger(companies, last, columns=(*ITEM_COLUMNS, "currency"))
    return companies, book.described(items, companies, (by,) if by in ATTRIBUTES else ()), legs


def _groups(
    book: Book, companies: Sequence[Company], items: pa.Table, by: str | None
) -> tuple[tuple[_Group, ...], core.Ints]:
    """Return the parts of the portfolio in their order, and the place of each item's."""
    columns = (COMPANY_CURRENCY, *group_columns(by))
    group, firsts = codes([items[name] for name in columns])
    names = book.group_names(companies, by)
    groups = []
    for place, row in enumerate(items.select(list(columns)).take(firsts).to_pylist()):
        path = tuple(row[name] for name in group_columns(by))
        plain = path[-1] if path else ""
        key, name = names.get(path, (plain, plain))
        groups.append(_Group(place, key, name, row[COMPANY_CURRENCY]))
    groups.sort(key=lambda each: (each.key, each.currency, each.name))
    return tuple(groups), group


def _answer(rule: Callable[..., Decimal], *given: object) -> float | None:
    try:
        return float(rule(*given))
    except NoAnswerError:
        return None
