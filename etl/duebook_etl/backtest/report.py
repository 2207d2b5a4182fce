"""What two policies would have come to: figures of each company, by customer, and what they decide apart.

What has become of an order is a fact of the ledger, at the end of the replay's last day: collected, credited,
written off, still open. A policy only chooses of which orders it counts. Both policies are held against one
yardstick of what is lost: written off, or more days past due than the current policy calls serious.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from duebook.release import Verdict
from duebook_etl.answers import amount_text
from duebook_etl.backtest.ledger import as_date
from duebook_etl.backtest.rating import NO_LIMIT
from duebook_etl.backtest.replay import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from duebook_etl.answers import Company, Customer
    from duebook_etl.backtest.ledger import Flags, Ints, Ledger
    from duebook_etl.backtest.replay import Decisions

    Document = dict[str, object]

CREDIT, PREPAID, STOPPED = range(3)
"""What becomes of an order, in short: delivered on credit, for cash, not at all."""
CLASSES: Final = tuple(CREDIT if v.on_credit else STOPPED if v.stopped else PREPAID for v in VERDICTS)


@dataclass(frozen=True)
class Figures:
    """What has become of some orders; minor units.

    Attributes:
        orders: How many.
        sales: What was invoiced: collected + credited + written_off + open.
        collected: Settled by receipts.
        credited: Settled by credit notes.
        written_off: Settled by journal entries.
        open: Still open.
        overdue: Of it, overdue.
        serious: Of it, seriously late.
        amount_days: What was open, added up over the days.
    """

    orders: int = 0
    sales: int = 0
    collected: int = 0
    credited: int = 0
    written_off: int = 0
    open: int = 0
    overdue: int = 0
    serious: int = 0
    amount_days: int = 0

    @property
    def lost(self) -> int:
        """What is lost: written off or seriously late."""
        return self.written_off + self.serious

    @property
    def days(self) -> float | None:
        """Mean days of credit, weighted by amount; None without sales."""
        return self.amount_days / self.sales if self.sales else None

    def __add__(self, other: Figures) -> Figures:
        """Return both together."""
        names = [field.name for field in fields(Figures)]
        return Figures(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True)
class Outcome:
    """What one policy would have come to in one company.

    Attributes:
        by_verdict: What has become of the orders of each verdict.
        ratings: How many times a customer was rated.
    """

    by_verdict: Mapping[Verdict, Figures]
    ratings: int

    def of(self, class_: int) -> Figures:
        """Return the orders that are delivered on credit, for cash, or not at all."""
        parts = (self.by_verdict[v] for v, each in zip(VERDICTS, CLASSES, strict=True) if each == class_)
        return sum(parts, Figures())

    def to_json(self, currency: str) -> Document:
        """Return the policy's part of a company's document."""
        allowed, prepaid, stopped = (self.of(each) for each in (CREDIT, PREPAID, STOPPED))

        def sales(verdict: Verdict) -> str:
            return amount_text(self.by_verdict[verdict].sales, currency)

        return {
            "allowed": _document(allowed, currency)
            | {
                "against_a_guarantee": sales(Verdict.GUARANTEED),
                "no_limit_known": sales(Verdict.NO_LIMIT),
            },
            "on_prepayment": _document(prepaid, currency),
            "stopped": _document(stopped, currency)
            | {"over_the_limit": sales(Verdict.OVER_LIMIT), "overdue": sales(Verdict.OVERDUE)},
            "avoided_loss": amount_text(prepaid.lost + stopped.lost, currency),
            "ratings": self.ratings,
        }


def _document(found: Figures, currency: str) -> Document:
    names = ("sales", "collected", "credited", "written_off", "open", "overdue", "serious", "lost")
    amounts = {name: amount_text(getattr(found, name), currency) for name in names}
    renamed = {
        "open_overdue" if n == "overdue" else "open_serious" if n == "serious" else n: a
        for n, a in amounts.items()
    }
    return {"orders": found.orders, **renamed, "days_of_credit": found.days}


@dataclass(frozen=True)
class CompanyResult:
    """What two policies would have come to in one company.

    Attributes:
        company: The company.
        current: Under the current policy.
        new: Under the new one.
        customers: One row a customer that ordered: ``customer``, ``code``, ``name``; int64 minor units
            ``ordered``, and for ``current`` and ``new`` each ``..._allowed``, ``..._prepaid``,
            ``..._stopped``, ``..._lost`` (of what was allowed) and ``..._avoided`` (of what was not).
        differing: One row an order that one policy lets through on credit, for cash or not at all and the
            other does not: ``customer``, ``code``, ``name``, ``document``, date32 ``day``; int64 minor units
            ``amount``, ``collected``, ``lost``, ``open``; for each side text ``..._verdict`` and
            ``..._grade``, int64 ``..._limit`` (null where none was known), ``..._exposure``, ``..._oldest``.
    """

    company: Company
    current: Outcome
    new: Outcome
    customers: pa.Table
    differing: pa.Table

    def to_json(self) -> Document:
        """Return the company's part of the document."""
        unit = self.company.currency
        return {
            "source": self.company.source,
            "company": self.company.company,
            "name": self.company.name,
            "currency": unit,
            "current": self.current.to_json(unit),
            "new": self.new.to_json(unit),
            "customers": [_row(row, unit, _CUSTOMER_TEXTS) for row in self.customers.to_pylist()],
            "decided_differently": [_row(row, unit, _ORDER_TEXTS) for row in self.differing.to_pylist()],
        }


_CUSTOMER_TEXTS: Final = frozenset({"customer", "code", "name"})
_ORDER_TEXTS: Final = _CUSTOMER_TEXTS | {
    *("document", "day"),
    *(f"{side}_{name}" for side in ("current", "new") for name in ("verdict", "grade", "oldest")),
}


def _row(row: dict[str, object], currency: str, plain: frozenset[str]) -> Document:
    return {name: _shown(value, currency, plain=name in plain) for name, value in row.items()}


def _shown(value: object, currency: str, *, plain: bool) -> object:
    if isinstance(value, int) and not plain:
        return amount_text(value, currency)
    return value if value is None or isinstance(value, str | int) else str(value)


def company_result(  # noqa: PLR0913 - what a result is made of
    company: Company,
    ledger: Ledger,
    current: Decisions,
    new: Decisions,
    *,
    people: Mapping[str, Customer],
    late_days: int,
) -> CompanyResult:
    """Return what two policies would have come to in a company.

    Args:
        company: The company.
        ledger: Its ledger.
        current: What the current policy decided.
        new: What the new one decided.
        people: Its customers, by their ids.
        late_days: An open item later than this is lost.
    """
    facts = _facts(ledger, late_days)
    decided = np.flatnonzero(current.verdict >= 0)
    classes = np.array(CLASSES)
    sides = {"current": current, "new": new}
    of = {name: classes[side.verdict[decided]] for name, side in sides.items()}
    outcomes = {name: _outcome(facts, decided, side) for name, side in sides.items()}
    apart = decided[of["current"] != of["new"]]
    return CompanyResult(
        company,
        outcomes["current"],
        outcomes["new"],
        _customers(ledger, facts, decided, of, people),
        _differing(ledger, facts, apart, sides, people),
    )


def _facts(ledger: Ledger, late_days: int) -> dict[str, Ints]:
    """Return what has become of each order, by the names of :class:`Figures`."""
    orders, done = ledger.orders, ledger.settled
    if not orders.first.size:
        return {field.name: np.zeros(0, dtype=np.int64) for field in fields(Figures)}
    items = orders.items
    amount = ledger.amount[items]
    settled = done.collected[items] + done.credited[items] + done.written_off[items]
    left = amount - settled
    late = ledger.last - ledger.due[items]
    by_item = {
        "collected": done.collected[items],
        "credited": done.credited[items],
        "written_off": done.written_off[items],
        "open": left,
        "overdue": np.where((late > 0) & (left > 0), left, 0),
        "serious": np.where((late > late_days) & (left > 0), left, 0),
        "amount_days": done.days[items],
    }
    ones = {"orders": np.ones(orders.day.size, dtype=np.int64), "sales": orders.amount}
    return ones | {name: np.add.reduceat(values, orders.first) for name, values in by_item.items()}


def _outcome(facts: Mapping[str, Ints], decided: Ints, side: Decisions) -> Outcome:
    verdicts = side.verdict[decided]
    by_verdict = {}
    for code, verdict in enumerate(VERDICTS):
        chosen = decided[verdicts == code]
        by_verdict[verdict] = Figures(**{name: int(values[chosen].sum()) for name, values in facts.items()})
    return Outcome(by_verdict, side.ratings)


def _customers(
    ledger: Ledger,
    facts: Mapping[str, Ints],
    decided: Ints,
    of: Mapping[str, Ints],
    people: Mapping[str, Customer],
) -> pa.Table:
    whose = ledger.orders.customer[decided]
    size = len(ledger.customers)
    lost = facts["written_off"][decided] + facts["serious"][decided]
    sales = facts["sales"][decided]

    def added(values: Ints, where: Flags) -> Ints:
        total = np.zeros(size, dtype=np.int64)
        np.add.at(total, whose[where], values[where])
        return total

    columns = {"ordered": added(sales, np.ones(whose.size, dtype=np.bool_))}
    for name, classes in of.items():
        columns[f"{name}_allowed"] = added(sales, classes == CREDIT)
        columns[f"{name}_prepaid"] = added(sales, classes == PREPAID)
        columns[f"{name}_stopped"] = added(sales, classes == STOPPED)
        columns[f"{name}_lost"] = added(lost, classes == CREDIT)
        columns[f"{name}_avoided"] = added(lost, classes != CREDIT)
    there = np.unique(whose)
    who = [ledger.customers[place] for place in there.tolist()]
    return pa.table(
        {**_named(who, people), **{name: pa.array(column[there]) for name, column in columns.items()}}
    )


def _differing(
    ledger: Ledger,
    facts: Mapping[str, Ints],
    apart: Ints,
    sides: Mapping[str, Decisions],
    people: Mapping[str, Customer],
) -> pa.Table:
    orders = ledger.orders
    apart = apart[np.lexsort((apart, orders.day[apart]))]
    who = [ledger.customers[place] for place in orders.customer[apart].tolist()]
    columns: dict[str, pa.Array] = {
        **_named(who, people),
        "document": ledger.documents.take(pa.array(orders.items[orders.first[apart]])),
        "day": pa.array([as_date(day) for day in orders.day[apart].tolist()], pa.date32()),
        "amount": pa.array(facts["sales"][apart]),
        "collected": pa.array(facts["collected"][apart]),
        "open": pa.array(facts["open"][apart]),
        "lost": pa.array(facts["written_off"][apart] + facts["serious"][apart]),
    }
    for name, side in sides.items():
        limit = side.limit[apart]
        columns[f"{name}_verdict"] = pa.array(
            [VERDICTS[code].value for code in side.verdict[apart].tolist()], pa.string()
        )
        columns[f"{name}_grade"] = pa.array([side.grade[order] for order in apart.tolist()], pa.string())
        columns[f"{name}_limit"] = pa.array(limit, mask=limit == NO_LIMIT)
        columns[f"{name}_exposure"] = pa.array(side.exposure[apart])
        columns[f"{name}_oldest"] = pa.array(side.oldest[apart])
    return pa.table(columns)


def _named(who: list[str], people: Mapping[str, Customer]) -> dict[str, pa.Array]:
    def column(values: Iterator[str]) -> pa.Array:
        return pa.array(values, pa.string())

    return {
        "customer": column(iter(who)),
        "code": column(people[each].code if each in people else "" for each in who),
        "name": column(people[each].name if each in people else each for each in who),
    }


@dataclass(frozen=True)
class Side:
    """A policy that was tried: how it was asked for, and its head."""

    asked: str
    name: str
    version: str
    digest: str
    blind: bool

    def to_json(self) -> Document:
        """Return the policy's part of the document."""
        return {
            "asked": self.asked,
            "name": self.name,
            "version": self.version,
            "digest": self.digest,
            "limits_known": not self.blind,
        }


@dataclass(frozen=True)
class Backtest:
    """What two policies would have come to.

    Attributes:
        first: The first day whose orders were decided.
        until: The last; what has become of orders is as of its end.
        current: The current policy.
        new: The new one.
        late_days: What is open longer past due is lost.
        turnover_factor: How many times its purchases here a customer's own turnover was taken to be; None
            where none was guessed.
        companies: Every company with orders in the time; currencies are never added.
    """

    first: date
    until: date
    current: Side
    new: Side
    late_days: int
    turnover_factor: str | None
    companies: tuple[CompanyResult, ...]

    def to_json(self) -> Document:
        """Return the document that scripts read."""
        return {
            "from": self.first.isoformat(),
            "until": self.until.isoformat(),
            "current": self.current.to_json(),
            "new": self.new.to_json(),
            "lost_from_days": self.late_days + 1,
            "turnover_factor": self.turnover_factor,
            "companies": [company.to_json() for company in self.companies],
        }
