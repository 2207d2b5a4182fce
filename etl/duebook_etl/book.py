"""The book: every question that the store answers, each for the end of any day.

A question about one customer reads the rows of that customer and not the ledger.
"""

from __future__ import annotations

import difflib
from datetime import date
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import and_, func, or_, select

from duebook.aging import days_late, labels
from duebook.alert_columns import told
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
from duebook_etl.assessed import policy_for
from duebook_etl.config import nearest
from duebook_etl.customers import a_customer, ambiguous, find_customers
from duebook_etl.knowledge import knowledge, with_groups
from duebook_etl.ledgers import COMPANY_CURRENCY, PLACE, described, read_ledger, within
from duebook_etl.losses import Losses
from duebook_etl.profile import (
    CUSTOMER_KEY,
    FIGURES,
    ITEM_COLUMNS,
    ITEM_KEY,
    NOTHING,
    Measured,
    measure_company,
    profiles,
    summary,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from sqlalchemy import Row, Select

    from duebook.fitted import Scorecard
    from duebook.policy import Policy
    from duebook_etl.knowledge import Key, Knowledge, LossRates
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
ATTRIBUTES: Final = ("country", "industry", "salesperson")
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
_SUMMARIES_KEPT: Final = 8


class Book:
    """Answers from one store, each under the policy that was valid on its day.

    It keeps no data but the last few summaries of the portfolio and how companies' ledgers rolled from month
    to month, each of which a new run outdates.
    """

    def __init__(
        self, store: Store, policy: Policy, read_model: Callable[[], Scorecard | None] | None = None
    ) -> None:
        """Open the book.

        Args:
            store: The store.
            policy: The configured policy.
            read_model: Reads the fitted model of serious delinquency, once it is asked for; None for none, so
                that fixed points stand.
        """
        self._store = store
        self._policy = policy
        self._read_model = read_model
        self._summaries: dict[tuple[int, date, str | None], pa.Table] = {}
        self._losses: tuple[int | None, Losses] | None = None

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
        check_option("by", by, AGING_BY)
        check_option("currency", currency, AGING_CURRENCY)
        as_of = as_of or self.last_day()
        edges = self.policy_on(as_of).aging.edges if edges is None else edges
        names = labels(edges)
        companies = self.companies_on(as_of, company)
        in_documents = currency == "document"
        unit, amount = ("currency", "open_document") if in_documents else (COMPANY_CURRENCY, "open")
        items, allocations = self.ledger(companies, as_of, columns=_AGING_COLUMNS)
        attributes = (by,) if by in ATTRIBUTES else ()
        opened = self.described(open_items(items, allocations, as_of), companies, attributes)
        keys = list(dict.fromkeys((*PLACE, unit, by)))
        table = aging(opened.filter(pc.field(amount) != 0), as_of=as_of, by=keys, edges=edges, amount=amount)
        titles = self.customer_names(companies) if by == "customer" else {}
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
        companies = self.companies_on(as_of, company)
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
        companies = self.companies_on(as_of, company)
        found = self.customers(customer, companies)
        keyed = {(c.source, c.company, c.customer): c for c in found}
        figures = self._figures(as_of, found)
        busy = [key for key in keyed if key in figures] or list(keyed)
        if len(busy) > 1:
            raise ambiguous(customer, busy)
        row = figures.get(busy[0], NOTHING)
        currency = {(c.source, c.company): c.currency for c in companies}[busy[0][:2]]
        reasons = told(row["alert_reasons"], self._policy_of(busy[0], as_of)) if row["alert_reasons"] else ()
        named = {name: row[name] for name in FIGURES}
        return Profile(keyed[busy[0]], currency, as_of, **named, reasons=reasons)

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
        check_option("measure", name, MEASURES)
        if by is not None:
            check_option("by", by, PORTFOLIO_BY)
        as_of = as_of or self.last_day()
        companies = self.companies_on(as_of, None)
        table = self._summary(as_of, companies, by)
        names = self.group_names(companies, by)
        rows = []
        for row in table.to_pylist():
            path = tuple(row[part] for part in group_columns(by))
            plain = path[-1] if path else ""
            key, title = names.get(path, (plain, plain))
            rows.append(PortfolioRow(key, title, row[COMPANY_CURRENCY], measured_value(row, name)))
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
        items, allocations = self.ledger([company], as_of, columns=columns)
        place, policy = (company.source, company.company), self.policy_on(as_of)
        # Now, and not while customers are measured: both hold much in memory.
        self._loss_history().take(place, items, allocations, as_of, policy)
        return measure_company(
            items.drop("source"),
            allocations.drop("source"),
            source=company.source,
            as_of=as_of,
            policy=policy,
            knowledge=self._knowledge([company], as_of),
        )

    def unreconciled(self) -> frozenset[tuple[str, str]]:
        """Return source and id of the companies that did not reconcile when they were last read."""
        found = runs.reconciliations(self._store).items()
        return frozenset(place for place, each in found if not (each.intact and each.report.reconciled))

    def customer_table(self, companies: Sequence[Company]) -> pa.Table:
        """Return the customers of companies, with the fields of the ledger; empty text for nothing."""
        table = schema.customers
        found = self._store.read(select(table).where(within(table, companies)))
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
                days = days.where(within(table, companies))
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
        wanted = select(table).where(within(table, companies), table.c[field] == key)
        return [a_customer(row) for row in self._rows(wanted.order_by(table.c.source, table.c.company))]

    def _opened(self, as_of: date, customers: Sequence[Customer] | None) -> pa.Table:
        """Return the open items of customers, of all where none are named, with their details."""
        columns = (*ITEM_COLUMNS, *_DETAILS)
        items, allocations = self.ledger(self.companies(), as_of, columns=columns, customers=customers)
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
                run.c.policy_digest == self.policy_on(as_of).digest,
                table.c.uninsured.is_not(None),  # of a run before customers were assessed as they are now
            )
        )

    def _measured(self, as_of: date, customers: Sequence[Customer] | None) -> pa.Table:
        """Measure customers, all where none are named, with the groups that they belong to."""
        companies = self.companies()
        if customers is not None:
            customers = with_groups(self._store, customers, as_of)
        items, allocations = self.ledger(companies, as_of, customers=customers, siblings=True)
        known = self._knowledge(companies, as_of, customers)
        return profiles(items, allocations, as_of=as_of, policy=self.policy_on(as_of), knowledge=known)

    @property
    def store(self) -> Store:
        """The store that is asked."""
        return self._store

    def loss_rates_on(self, as_of: date) -> LossRates:
        """Return what gives the loss rates of companies on a day, as :meth:`duebook_etl.losses.Losses.on`."""
        return self._loss_history().on(as_of)

    def known(self, customers: Sequence[Customer], as_of: date) -> Knowledge:
        """Return what was known of customers on a day beside their ledger."""
        return self._knowledge(self.companies(), as_of, customers)

    def _knowledge(
        self, companies: Sequence[Company], as_of: date, customers: Sequence[Customer] | None = None
    ) -> Knowledge:
        model = None if self._read_model is None else self._read_model()
        keys = None if customers is None else [(c.source, c.company, c.customer) for c in customers]
        rates = self.loss_rates_on(as_of)
        return knowledge(self._store, companies, as_of, model=model, customers=keys, loss_rates=rates)

    def _loss_history(self) -> Losses:
        """Return the loss rates of companies, kept for the next question until a new run outdates them."""
        run = runs.last_load(self._store)
        if self._losses is None or self._losses[0] != run:
            self._losses = (run, Losses(self._read_company, self.last_day()))
        return self._losses[1]

    def _read_company(self, place: Place, until: date) -> tuple[pa.Table, pa.Table]:
        own = [c for c in self.companies() if (c.source, c.company) == place]
        return self.ledger(own, until)

    def _policy_of(self, key: Key, as_of: date) -> Policy:
        """Return the policy that a customer got on a day."""
        policy = self.policy_on(as_of)
        if not policy.exception:
            return policy
        known = knowledge(self._store, self.companies(), as_of, customers=[key])
        return policy_for(key, policy, known)

    def policy_on(self, as_of: date) -> Policy:
        """Return the policy that was valid on a day."""
        return policies.in_force(self._store, self._policy, as_of)

    def companies_on(self, as_of: date, company: str | None) -> tuple[Company, ...]:
        """Return the companies, refusing a day on which none of them had a document yet."""
        companies = self.companies(company)
        first = self.first_day(companies)
        if first is not None and as_of < first:
            raise NoAnswerError(f"as_of: {as_of} is before the first document, which was posted on {first}.")
        return companies

    def ledger(
        self,
        companies: Sequence[Company],
        as_of: date,
        *,
        columns: Sequence[str] = ITEM_COLUMNS,
        customers: Sequence[Customer] | None = None,
        siblings: bool = False,
    ) -> tuple[pa.Table, pa.Table]:
        """Read items posted by a day and the legs on them, as :func:`duebook_etl.ledgers.read_ledger`."""
        return read_ledger(
            self._store, companies, as_of, columns=columns, customers=customers, siblings=siblings
        )

    def described(self, items: pa.Table, companies: Sequence[Company], attributes: Sequence[str]) -> pa.Table:
        """Give items the currency of their company's books and attributes of their customer."""
        customers = self.customer_table(companies) if attributes else pa.table({})
        return described(items, companies, customers, attributes)

    def group_names(
        self, companies: Sequence[Company], by: str | None
    ) -> dict[tuple[str, ...], tuple[str, str]]:
        """Return key and name of each company or customer, by the columns of :func:`group_columns`."""
        titles: dict[tuple[str, ...], str] = {}
        if by == "customer":
            titles = {(c.source, c.company, ""): "" for c in companies} | self.customer_names(companies)
        elif by == "company":
            titles = {(c.source, c.company): c.name for c in companies}
        keys = short_keys(titles)
        return {path: (keys[path], title) for path, title in titles.items()}

    def customer_names(self, companies: Sequence[Company]) -> dict[tuple[str, ...], str]:
        """Return the names of the customers of companies, by source, company and id."""
        table = schema.customers
        columns = (*(table.c[name] for name in CUSTOMER_KEY), table.c.name)
        rows = self._rows(select(*columns).where(within(table, companies)))
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
            items, allocations = self.ledger(companies, as_of, columns=(*ITEM_COLUMNS, "currency"))
            items = self.described(items, companies, (by,) if by in ATTRIBUTES else ())
            groups = (COMPANY_CURRENCY, *group_columns(by))
            table = summary(items, allocations, by=groups, as_of=as_of, policy=self.policy_on(as_of))
            kept = list(self._summaries.items())[1 - _SUMMARIES_KEPT :]
            self._summaries = dict([*((k, v) for k, v in kept if k[0] == run), (key, table)])
        return self._summaries[key]

    def _nearest(self, customer: str, companies: Sequence[Company]) -> str | None:
        table = schema.customers
        rows = self._rows(
            select(table.c.customer, table.c.code, table.c.name).where(within(table, companies))
        )
        known = {text: row for row in rows for text in (row.name, row.code, row.customer) if text}
        found = difflib.get_close_matches(customer, known, n=1)
        if not found:
            return None
        row = known[found[0]]
        return f"Did you mean {row.customer!r} ({', '.join(filter(None, (row.code, row.name)))})?"


def check_option(option: str, value: str, allowed: Iterable[str]) -> None:
    """Refuse a value of an option that is not allowed.

    Raises:
        InputError: It is not.
    """
    if value not in allowed:
        raise InputError(
            f"{option}: {value!r} is none of {', '.join(allowed)}.", hint=nearest(value, allowed)
        )


def group_columns(by: str | None) -> tuple[str, ...]:
    """Return the columns of a grouping of the portfolio."""
    if by is None:
        return ()
    return {"company": PLACE, "customer": CUSTOMER_KEY}.get(by, (by,))


def measured_value(row: dict[str, Any], measure: str) -> int | float | None:
    """Return a measure of a row of a summary; None where there is nothing to measure."""
    if measure == "overdue share":
        return 100 * row["overdue"] / row["open"] if row["open"] > 0 else None
    if measure == "oldest overdue":
        measure = "oldest overdue days"
    value: int | float | None = row[measure.replace(" ", "_")]
    return value
