"""The book: every question that the store answers, each for the end of any day.

A question about one customer reads the rows of that customer and not the ledger.
"""

from __future__ import annotations

import difflib
from datetime import date
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import and_, false, func, or_, select, tuple_

from duebook.aging import days_late, labels
from duebook.errors import InputError, NoAnswerError
from duebook.measures import TOTAL, aging, open_items
from duebook_etl import policies, runs, schema
from duebook_etl.answers import (
    Aging,
    AgingRow,
    Company,
    CompanyAging,
    Customer,
    OpenItem,
    OpenItems,
    Portfolio,
    PortfolioRow,
    Profile,
    QuarantineCount,
    QuarantinedRow,
    RunReport,
    short_keys,
)
from duebook_etl.config import nearest
from duebook_etl.customers import a_customer, ambiguous, find_customers
from duebook_etl.profile import (
    ALLOCATION_COLUMNS,
    CUSTOMER_KEY,
    FIGURES,
    ITEM_COLUMNS,
    ITEM_KEY,
    MONEY,
    Measured,
    measure_company,
    profiles,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from sqlalchemy import ColumnElement, Row, Select, Table

    from duebook.policy import Policy
    from duebook_etl.store import Store

    Place = tuple[str, str]  # source and company

AGING_BY: Final = ("customer", "country", "industry", "currency")
AGING_CURRENCY: Final = ("company", "document")
PORTFOLIO_BY: Final = ("company", "country", "industry", "currency", "customer", "salesperson")
# Each measure with its unit. Most are a figure of a summary, whose name has underscores for blanks.
MEASURES: Final = {
    "open": "money",
    "not due": "money",
    "overdue": "money",
    "no date": "money",
    "unapplied": "money",
    "settled": "money",
    "sales": "money",
    "overdue share": "percent",
    "customers": "count",
    "oldest overdue": "days",
    "average days late": "days",
    "average terms": "days",
    "dso": "days",
    "pay index": "points",
}
_ATTRIBUTES: Final = ("country", "industry", "salesperson")
_PLACE: Final = ("source", "company")
_COMPANY_CURRENCY: Final = "company_currency"
_AGING_COLUMNS: Final = (
    *ITEM_KEY,
    "customer",
    "posting_date",
    "due_date",
    "currency",
    "amount",
    "amount_document",
)
_DETAILS: Final = ("document", "reference", "currency")
# The figures of a customer with nothing posted: no money, and no days to take a mean of.
_NOTHING: Final = {name: 0 if name in MONEY else None for name in FIGURES}
_SUMMARIES_KEPT: Final = 8


class Book:
    """Answers from one store, each under the policy that was valid on its day.

    It keeps no data but the last few summaries of the portfolio, each of which a new run outdates.
    """

    def __init__(self, store: Store, policy: Policy) -> None:
        """Open the book.

        Args:
            store: The store.
            policy: The configured policy.
        """
        self._store = store
        self._policy = policy
        self._summaries: dict[tuple[int, date, str | None], pa.Table] = {}

    def companies(self, company: str | None = None) -> tuple[Company, ...]:
        """Return the companies of the store, sorted by source and id.

        Args:
            company: Only those of this id; where there is none, that of this source and id (``erp/1``),
                then those of this name.

        Raises:
            NoAnswerError: No refresh has filled the store yet, or there is no such company.
        """
        table = schema.companies
        every = [
            Company(row.source, row.company, row.name, row.currency)
            for row in self._rows(select(table).order_by(table.c.source, table.c.company))
        ]
        if not every:
            raise NoAnswerError("The store holds no ledger yet.", hint="Run `duebook refresh` first.")
        if company is None:
            return tuple(every)
        ways = (lambda c: c.company, lambda c: f"{c.source}/{c.company}", lambda c: c.name)
        chosen = next((found for way in ways if (found := [c for c in every if way(c) == company])), [])
        if not chosen:
            keys = short_keys((c.source, c.company) for c in every)
            known = ", ".join(f"{keys[c.source, c.company]} ({c.name})" for c in every)
            hint = nearest(company, [name for c in every for name in (c.company, c.name)])
            raise NoAnswerError(f"company: {company!r} is none of {known}.", hint=hint)
        return tuple(chosen)

    def company_keys(self) -> dict[tuple[str, ...], str]:
        """Return by source and id how each company is written in one word: its id, if no other has it.

        Raises:
            NoAnswerError: No refresh has filled the store yet.
        """
        return short_keys((c.source, c.company) for c in self.companies())

    def last_run(self) -> RunReport | None:
        """Return the latest run that read a source; None before the first."""
        number = runs.last_read(self._store)
        return None if number is None else runs.report(self._store, number)

    def status(self, limit: int = 20) -> tuple[RunReport, ...]:
        """Return the latest runs, the newest first.

        Args:
            limit: At most so many.
        """
        return runs.latest(self._store, limit)

    def quarantine(self, source: str | None = None) -> tuple[QuarantinedRow, ...]:
        """Return the rows that the latest reading of each source set aside.

        Args:
            source: Only those of this source.
        """
        table = schema.quarantine
        wanted = select(table).order_by(table.c.source, table.c.query, table.c.company, table.c.key)
        if source is not None:
            wanted = wanted.where(table.c.source == source)
        return tuple(
            QuarantinedRow(row.run, row.source, row.query, row.company, row.key, row.reason, row.raw)
            for row in self._rows(wanted)
        )

    def quarantine_counts(self) -> tuple[QuarantineCount, ...]:
        """Return how many rows are set aside, by where they came from and why."""
        table = schema.quarantine
        keys = (table.c.source, table.c.query, table.c.company, table.c.reason)
        counted = select(*keys, func.count().label("rows")).group_by(*keys).order_by(*keys)
        return tuple(QuarantineCount(**row._asdict()) for row in self._rows(counted))

    def aging(
        self,
        as_of: date | None = None,
        *,
        company: str | None = None,
        by: str = "customer",
        currency: str = "company",
        edges: Sequence[int] | None = None,
    ) -> Aging:
        """Return the aging of every company at the end of a day.

        Args:
            as_of: The day; left out, the day of the last refresh.
            company: Only the companies of this id or name.
            by: ``customer``, ``country``, ``industry`` or ``currency`` (the document's).
            currency: ``company``: amounts in the currency of the company's books; ``document``: in the
                document's, and of each company one part a currency, which are never added up.
            edges: The last day of each bucket; left out, those of the policy.

        Returns:
            The companies sorted by source and id, their rows by key. What is settled is left out; items that
            name no customer stand under the empty key.

        Raises:
            InputError: An option has a value that is not allowed.
            NoAnswerError: No refresh yet, no such company, or a day before the first document.
        """
        _check("by", by, AGING_BY)
        _check("currency", currency, AGING_CURRENCY)
        as_of = as_of or self.last_day()
        edges = self._policy_on(as_of).aging.edges if edges is None else edges
        names = labels(edges)
        companies = self._companies_on(as_of, company)
        in_documents = currency == "document"
        unit, amount = ("currency", "open_document") if in_documents else (_COMPANY_CURRENCY, "open")
        items, allocations = self._ledger(companies, as_of, columns=_AGING_COLUMNS)
        attributes = (by,) if by in _ATTRIBUTES else ()
        opened = self._described(open_items(items, allocations, as_of), companies, attributes)
        keys = list(dict.fromkeys((*_PLACE, unit, by)))
        table = aging(opened.filter(pc.field(amount) != 0), as_of=as_of, by=keys, edges=edges, amount=amount)
        titles = self._customer_names(companies) if by == "customer" else {}
        parts: dict[tuple[Place, str], list[AgingRow]] = {}
        for row in table.sort_by(by).to_pylist():
            place, key = (row["source"], row["company"]), row[by]
            title = titles.get((*place, key), "") if by == "customer" else key
            line = AgingRow(key, title, tuple(row[name] for name in names), row[TOTAL])
            parts.setdefault((place, row[unit]), []).append(line)
        control = {} if in_documents else self._control(as_of)
        answer = []
        for each in companies:
            place = (each.source, each.company)
            units = sorted(part[1] for part in parts if part[0] == place) or [each.currency]
            for one in units:
                rows = tuple(parts.get((place, one), ()))
                balance = None if in_documents else control.get(place, 0)
                answer.append(CompanyAging(each, one, names, rows, balance))
        return Aging(as_of, tuple(answer))

    def items(self, customer: str, as_of: date | None = None, *, company: str | None = None) -> OpenItems:
        """Return the open items of a customer at the end of a day, by due date, those without one last.

        Args:
            customer: The customer, as in :meth:`customers`; one of several companies has the items of
                all. The empty key means the items that name no customer.
            as_of: The day; left out, the day of the last refresh.
            company: Only in the companies of this id or name.

        Raises:
            NoAnswerError: No refresh yet, no such company or customer, or a day before the first document.
        """
        as_of = as_of or self.last_day()
        companies = self._companies_on(as_of, company)
        nameless = tuple(Customer(c.source, c.company, "", *[""] * 6) for c in companies)
        found = self.customers(customer, companies) if customer else nameless
        opened = self._opened(as_of, found)
        currencies = {(c.source, c.company): c.currency for c in companies}
        answer = [
            OpenItem(
                **row | {"reference": row["reference"] or ""},
                company_currency=currencies[row["source"], row["company"]],
                days_late=None if row["due_date"] is None else days_late(row["due_date"], as_of),
            )
            for row in opened.to_pylist()
        ]
        answer.sort(key=lambda i: (i.due_date or date.max, i.document_date, i.source, i.company, i.item))
        return OpenItems(as_of, tuple(answer))

    def profile(self, customer: str, as_of: date | None = None, *, company: str | None = None) -> Profile:
        """Return the figures of a customer at the end of a day.

        Args:
            customer: The customer, as in :meth:`customers`.
            as_of: The day; left out, the day of the last refresh.
            company: Only in the companies of this id or name.

        Raises:
            InputError: The key means several customers with dealings.
            NoAnswerError: No refresh yet, no such company or customer, or a day before the first document.
        """
        as_of = as_of or self.last_day()
        companies = self._companies_on(as_of, company)
        found = self.customers(customer, companies)
        keyed = {(c.source, c.company, c.customer): c for c in found}
        figures = self._figures(as_of, found)
        busy = [key for key in keyed if key in figures] or list(keyed)
        if len(busy) > 1:
            raise ambiguous(customer, busy)
        row = figures.get(busy[0], _NOTHING)
        currency = {(c.source, c.company): c.currency for c in companies}[busy[0][:2]]
        return Profile(keyed[busy[0]], currency, as_of, **{name: row[name] for name in FIGURES})

    def portfolio(self, measure: str, as_of: date | None = None, by: str | None = None) -> Portfolio:
        """Return a measure of the portfolio at the end of a day.

        Args:
            measure: One of :data:`MEASURES`.
            as_of: The day; left out, the day of the last refresh.
            by: One of :data:`PORTFOLIO_BY`; left out, the whole portfolio.

        Returns:
            A row a group and currency of books: companies of one currency add up, currencies do not.

        Raises:
            InputError: The measure or the grouping is unknown.
            NoAnswerError: No refresh yet, or a day before the first document.
        """
        name = measure.casefold().replace("_", " ").strip()
        _check("measure", name, MEASURES)
        if by is not None:
            _check("by", by, PORTFOLIO_BY)
        as_of = as_of or self.last_day()
        companies = self._companies_on(as_of, None)
        table = self._summary(as_of, companies, by)
        titles: dict[tuple[str, ...], str] = {}
        if by == "customer":
            nameless = {(c.source, c.company, ""): "" for c in companies}
            titles = nameless | self._customer_names(companies)
        elif by == "company":
            titles = {(c.source, c.company): c.name for c in companies}
        keys = short_keys(titles)
        rows = []
        for row in table.to_pylist():
            path = tuple(row[part] for part in _group(by))
            plain = "" if by is None else row[by]
            key, title = keys.get(path, plain), titles.get(path, plain)
            rows.append(PortfolioRow(key, title, row[_COMPANY_CURRENCY], _value(row, name)))
        rows.sort(key=lambda row: (row.key, row.currency, row.name))
        return Portfolio(name, MEASURES[name], as_of, by, tuple(rows))

    def customers(self, customer: str, companies: Sequence[Company] | None = None) -> tuple[Customer, ...]:
        """Return the customers that a key means, at most one a company.

        Args:
            customer: The id in the ERP; where no customer has it, the code people know the customer by.
                Either can follow the company's id, or source and company, parted by strokes: ``2/C0001``,
                ``erp/2/C0001``.
            companies: The companies to look in; left out, all.

        Raises:
            InputError: Several customers of one company have this code.
            NoAnswerError: There is no such customer; the hint names the nearest code or name.
        """
        companies = self.companies() if companies is None else companies
        found = find_customers(customer, companies, self._matching)
        if not found:
            raise NoAnswerError(
                f"customer: {customer!r} is not known.", hint=self._nearest(customer, companies)
            )
        return found

    def measured(self, as_of: date, company: Company) -> Measured:
        """Return the figures of every customer of a company, and its open items, from one reading."""
        columns = (*ITEM_COLUMNS, *_DETAILS)
        items, allocations = self._ledger([company], as_of, columns=columns)
        return measure_company(
            items.drop("source"),
            allocations.drop("source"),
            source=company.source,
            as_of=as_of,
            policy=self._policy_on(as_of),
        )

    def unreconciled(self) -> frozenset[tuple[str, str]]:
        """Return source and id of the companies that did not reconcile when they were last read."""
        found = runs.reconciliations(self._store).items()
        return frozenset(place for place, each in found if not (each.intact and each.report.reconciled))

    def customer_table(self, companies: Sequence[Company]) -> pa.Table:
        """Return the customers of companies, with the fields of the ledger; empty text for nothing."""
        table = schema.customers
        found = self._store.read(select(table).where(_within(table, companies)))
        return pa.table({name: pc.fill_null(found[name], "") for name in found.column_names})

    def first_day(self, companies: Sequence[Company] | None = None) -> date | None:
        """Return the day on which the first document was posted; None where there is none.

        Args:
            companies: Only in these; left out, in all.
        """
        # The control account moved when the first document was posted, and has only a row a day; without one
        # there can still be items.
        for table in (schema.control, schema.items):
            days = select(func.min(table.c.posting_date).label("first"))
            if companies is not None:
                days = days.where(_within(table, companies))
            first: date | None = self._rows(days)[0].first
            if first is not None:
                return first
        return None

    def _rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        with self._store.engine.connect() as connection:
            return connection.execute(statement).all()

    def last_day(self) -> date:
        """Return the day of the last refresh, which questions without a day are about.

        Raises:
            NoAnswerError: There was none yet.
        """
        run = self.last_run()
        if run is None:
            raise NoAnswerError("The store holds no ledger yet.", hint="Run `duebook refresh` first.")
        return run.as_of

    def _matching(self, field: str, key: str, companies: Sequence[Company]) -> Sequence[Customer]:
        """Return the customers of companies that have a key in a field, by source and company."""
        table = schema.customers
        wanted = select(table).where(_within(table, companies), table.c[field] == key)
        return [a_customer(row) for row in self._rows(wanted.order_by(table.c.source, table.c.company))]

    def _opened(self, as_of: date, customers: Sequence[Customer] | None) -> pa.Table:
        """Return the open items of customers, of all where none are named, with their details."""
        columns = (*ITEM_COLUMNS, *_DETAILS)
        items, allocations = self._ledger(self.companies(), as_of, columns=columns, customers=customers)
        return open_items(items, allocations, as_of)

    def _figures(self, as_of: date, customers: Sequence[Customer]) -> dict[tuple[str, ...], dict[str, Any]]:
        """Return the figures of those of the customers that have dealings, by their keys."""
        table = schema.profiles
        own = [and_(*(table.c[name] == getattr(c, name) for name in CUSTOMER_KEY)) for c in customers]
        rows = [row._asdict() for row in self._rows(self._kept_profiles(as_of).where(or_(*own)))]
        if len(rows) < len(customers):
            rows = self._measured(as_of, customers).to_pylist()
        return {tuple(row[name] for name in CUSTOMER_KEY): row for row in rows}

    def _kept_profiles(self, as_of: date) -> Select[Any]:
        """Return what asks for the figures that the last run measured, where they still hold."""
        table, run = schema.profiles, schema.runs
        return (
            select(*(table.c[name] for name in (*CUSTOMER_KEY, *FIGURES)))
            .join(run, run.c.run == table.c.run)
            .where(
                table.c.run == runs.last_load(self._store),
                table.c.as_of == as_of,
                run.c.policy_digest == self._policy_on(as_of).digest,
            )
        )

    def _measured(self, as_of: date, customers: Sequence[Customer] | None) -> pa.Table:
        """Measure customers, all where none are named."""
        items, allocations = self._ledger(self.companies(), as_of, customers=customers, siblings=True)
        return profiles(items, allocations, as_of=as_of, policy=self._policy_on(as_of))

    def _policy_on(self, as_of: date) -> Policy:
        return policies.in_force(self._store, self._policy, as_of)

    def _companies_on(self, as_of: date, company: str | None) -> tuple[Company, ...]:
        """Return the companies, refusing a day on which none of them had a document yet."""
        companies = self.companies(company)
        first = self.first_day(companies)
        if first is not None and as_of < first:
            raise NoAnswerError(f"as_of: {as_of} is before the first document, which was posted on {first}.")
        return companies

    def _ledger(
        self,
        companies: Sequence[Company],
        as_of: date,
        *,
        columns: Sequence[str] = ITEM_COLUMNS,
        customers: Sequence[Customer] | None = None,
        siblings: bool = False,
    ) -> tuple[pa.Table, pa.Table]:
        """Read items posted by a day and the legs on them that were effective by then.

        With ``siblings`` the legs that settle those items together with theirs come too, and the items of
        these.
        """
        items, legs = schema.items, schema.allocations
        on_item = and_(*(legs.c[name] == items.c[name] for name in ITEM_KEY))
        by_then = items.c.posting_date <= as_of
        effective = legs.c.effective_date <= as_of
        wanted_items = select(*(items.c[name] for name in columns)).where(by_then)
        wanted_legs = select(*(legs.c[name] for name in ALLOCATION_COLUMNS)).where(effective)
        if customers is None:
            chosen = (
                wanted_items.where(_within(items, companies)),
                wanted_legs.where(_within(legs, companies)),
            )
        else:
            own = or_(*(and_(*(items.c[k] == getattr(c, k) for k in CUSTOMER_KEY)) for c in customers))
            if siblings:
                together = tuple_(legs.c.source, legs.c.company, legs.c.allocation)
                shared = together.in_(
                    select(legs.c.source, legs.c.company, legs.c.allocation).join(items, on_item).where(own)
                )
                item = tuple_(*(items.c[name] for name in ITEM_KEY))
                theirs = item.in_(select(*(legs.c[name] for name in ITEM_KEY)).where(shared))
                chosen = wanted_items.where(or_(own, theirs)), wanted_legs.where(shared)
            else:
                chosen = wanted_items.where(own), wanted_legs.join(items, on_item).where(own)
        return self._store.read(chosen[0]), self._store.read(chosen[1])

    def _described(
        self, items: pa.Table, companies: Sequence[Company], attributes: Sequence[str]
    ) -> pa.Table:
        """Give items their company's currency and attributes of their customer."""
        books = pa.table(
            {
                "source": pa.array([c.source for c in companies], pa.string()),
                "company": pa.array([c.company for c in companies], pa.string()),
                _COMPANY_CURRENCY: pa.array([c.currency for c in companies], pa.string()),
            }
        )
        items = items.join(books, keys=list(_PLACE), join_type="inner")
        if not attributes:
            return items
        customers = self.customer_table(companies).select([*CUSTOMER_KEY, *attributes])
        items = items.join(customers, keys=list(CUSTOMER_KEY), join_type="left outer")
        filled = {name: pc.fill_null(items[name], "") for name in attributes}
        return pa.table({name: filled.get(name, items[name]) for name in items.column_names})

    def _customer_names(self, companies: Sequence[Company]) -> dict[tuple[str, ...], str]:
        table = schema.customers
        columns = (*(table.c[name] for name in CUSTOMER_KEY), table.c.name)
        rows = self._rows(select(*columns).where(_within(table, companies)))
        return {(row.source, row.company, row.customer): row.name for row in rows}

    def _control(self, as_of: date) -> dict[tuple[str, str], int]:
        table = schema.control
        balance = func.sum(table.c.amount).label("balance")
        moved = select(table.c.source, table.c.company, balance).where(table.c.posting_date <= as_of)
        return {
            (row.source, row.company): row.balance
            for row in self._rows(moved.group_by(table.c.source, table.c.company))
        }

    def _summary(self, as_of: date, companies: Sequence[Company], by: str | None) -> pa.Table:
        """Return the figures by a grouping and the currency of the books, kept for the next measure asked."""
        run = runs.last_read(self._store) or 0
        key = (run, as_of, by)
        if key not in self._summaries:
            items, allocations = self._ledger(companies, as_of, columns=(*ITEM_COLUMNS, "currency"))
            items = self._described(items, companies, (by,) if by in _ATTRIBUTES else ())
            groups = (_COMPANY_CURRENCY, *_group(by))
            table = summary(items, allocations, by=groups, as_of=as_of, policy=self._policy_on(as_of))
            kept = list(self._summaries.items())[1 - _SUMMARIES_KEPT :]
            self._summaries = dict([*((k, v) for k, v in kept if k[0] == run), (key, table)])
        return self._summaries[key]

    def _nearest(self, customer: str, companies: Sequence[Company]) -> str | None:
        table = schema.customers
        rows = self._rows(
            select(table.c.customer, table.c.code, table.c.name).where(_within(table, companies))
        )
        known = {text: row for row in rows for text in (row.name, row.code, row.customer) if text}
        found = difflib.get_close_matches(customer, known, n=1)
        if not found:
            return None
        row = known[found[0]]
        return f"Did you mean {row.customer!r} ({', '.join(filter(None, (row.code, row.name)))})?"


def _check(option: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise InputError(
            f"{option}: {value!r} is none of {', '.join(allowed)}.", hint=nearest(value, allowed)
        )


def _within(table: Table, companies: Sequence[Company]) -> ColumnElement[bool]:
    """Return the condition that a row is of one of the companies."""
    return or_(false(), *(and_(table.c.source == c.source, table.c.company == c.company) for c in companies))


def _group(by: str | None) -> tuple[str, ...]:
    """Return the columns of a grouping of the portfolio."""
    if by is None:
        return ()
    return {"company": _PLACE, "customer": CUSTOMER_KEY}.get(by, (by,))


def _value(row: dict[str, Any], measure: str) -> int | float | None:
    if measure == "overdue share":
        return 100 * row["overdue"] / row["open"] if row["open"] > 0 else None
    if measure == "oldest overdue":
        measure = "oldest overdue days"
    value: int | float | None = row[measure.replace(" ", "_")]
    return value
