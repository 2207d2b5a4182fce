"""What is known of customers beside their ledger, read from the store for a day: facts, and what was said.

Everything is as of the day: the facts known by then, the receivables of then, and what the last profile of an
earlier day said, so that a question about a past day is answered as it would have been.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, exists, false, func, or_, select, tuple_

from duebook.assessment import GRANTED_ON
from duebook.exposure import top_of
from duebook_etl import schema
from duebook_etl.answers import Customer
from duebook_etl.credit_file import facts_as_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from duebook.assessment import Facts
    from duebook.fitted import Scorecard
    from duebook.policy import Policy
    from duebook_etl.answers import Company
    from duebook_etl.store import Store

    Place = tuple[str, str]  # source and company
    Key = tuple[str, str, str]  # source, company and customer
    LossRates = Callable[[Place, Policy], tuple[Decimal, ...] | None]

_SAID: Final = ("gross_open", "gross_overdue", "average_days_late", "score", "grade", "alert_reasons")


@dataclass(frozen=True)
class Said:
    """What the last profile of an earlier day said of a customer; None where it said nothing.

    Attributes:
        gross_open: What was open before credits, minor units.
        gross_overdue: What of it was overdue.
        days_late: Average days late.
        score: The score.
        grade: The grade.
        fired: The rules of alerts that were amber or red, as :mod:`duebook.alert_columns` writes them.
        cover: The insurer's limit as it was known then, major units.
    """

    gross_open: int | None
    gross_overdue: int | None
    days_late: float | None
    score: float | None
    grade: str | None
    fired: str | None
    cover: Decimal | None


def no_loss_rates(_place: Place, _policy: Policy) -> tuple[Decimal, ...] | None:
    """Return that nothing is known of what a company loses."""
    return None


@dataclass(frozen=True)
class Knowledge:
    """What is known of customers on a day, by source, company and customer.

    Attributes:
        currencies: The currency of each company whose customers are assessed.
        described: Country and industry of each customer, as the ERP names them.
        facts: What the credit file says of each.
        parents: The parent of each customer that has one, by company.
        said: What the last profile of an earlier day said.
        portfolio: What is open of all customers of a company, minor units.
        model: The fitted model of serious delinquency; None where fixed points stand.
        loss_rates: Gives the company's own loss rate of each bucket under a policy; None where its history
            says too little.
    """

    currencies: Mapping[Place, str] = field(default_factory=dict)
    described: Mapping[Key, tuple[str, str]] = field(default_factory=dict)
    facts: Mapping[Key, Facts] = field(default_factory=dict)
    parents: Mapping[Place, Mapping[str, str]] = field(default_factory=dict)
    said: Mapping[Key, Said] = field(default_factory=dict)
    portfolio: Mapping[Place, int] = field(default_factory=dict)
    model: Scorecard | None = None
    loss_rates: LossRates = no_loss_rates


NOTHING_KNOWN: Final = Knowledge()
"""Beside which the ledger's figures stand alone: nobody is assessed."""


def knowledge(  # noqa: PLR0913 - options, by keyword only
    store: Store,
    companies: Sequence[Company],
    day: date,
    *,
    model: Scorecard | None = None,
    customers: Collection[Key] | None = None,
    loss_rates: LossRates = no_loss_rates,
) -> Knowledge:
    """Read what is known of customers on a day.

    Args:
        store: The store.
        companies: The companies.
        day: The day.
        model: The fitted model in use; it foresees no day before the last one it was fitted to.
        customers: Only these; left out, all of the companies.
        loss_rates: Gives the companies' own loss rates on the day.
    """
    facts = facts_as_of(store, day, customers=customers)
    return Knowledge(
        currencies={(c.source, c.company): c.currency for c in companies},
        described=_described(store, companies, customers),
        facts={
            key: {name: fact.value for name, fact in own.items()}
            | ({GRANTED_ON: own["credit limit"].known_from} if "credit limit" in own else {})
            for key, own in facts.items()
        },
        parents=parents_of(store, day),
        said=_said(store, companies, day, customers),
        portfolio=_portfolio(store, day),
        model=model if model is not None and _foresees(model, day) else None,
        loss_rates=loss_rates,
    )


def with_groups(store: Store, customers: Sequence[Customer], day: date) -> list[Customer]:
    """Return customers, and after them the others of the groups that they belonged to on a day."""
    parents = parents_of(store, day)
    asked = {(c.source, c.company, c.customer) for c in customers}
    more: set[Key] = set()
    for place, own in parents.items():
        heads = {one: top_of(one, own) for one in {*own, *own.values()}}
        wanted = {heads[key[2]] for key in asked if key[:2] == place and key[2] in heads}
        more |= {(*place, one) for one, head in heads.items() if head in wanted} - asked
    return [*customers, *(Customer(*key, *[""] * 6) for key in sorted(more))]


def parents_of(store: Store, day: date) -> dict[Place, dict[str, str]]:
    """Return by company the parent of each customer that had one on a day."""
    found: dict[Place, dict[str, str]] = {}
    for (source, company, customer), own in facts_as_of(store, day, names=("parent",)).items():
        found.setdefault((source, company), {})[customer] = str(own["parent"].value)
    return found


def _foresees(model: Scorecard, day: date) -> bool:
    """Return whether a model knew nothing that came after a day."""
    return str(model.fitted.get("known_until", "")) <= day.isoformat()


def _described(
    store: Store, companies: Sequence[Company], customers: Collection[Key] | None
) -> dict[Key, tuple[str, str]]:
    table = schema.customers.c
    wanted = select(table.source, table.company, table.customer, table.country, table.industry)
    if customers is None:
        own = [and_(table.source == c.source, table.company == c.company) for c in companies]
    else:
        own = [tuple_(table.source, table.company, table.customer).in_(customers)]
    with store.engine.connect() as connection:
        rows = connection.execute(wanted.where(or_(false(), *own))).all()
    return {(r.source, r.company, r.customer): (r.country or "", r.industry or "") for r in rows}


def _portfolio(store: Store, day: date) -> dict[Place, int]:
    """Return what is open of each company: the balance of its control accounts, which it reconciles with."""
    table = schema.control.c
    balance = func.sum(table.amount).label("balance")
    moved = select(table.source, table.company, balance).where(table.posting_date <= day)
    with store.engine.connect() as connection:
        rows = connection.execute(moved.group_by(table.source, table.company)).all()
    return {(row.source, row.company): row.balance for row in rows}


def _said(
    store: Store, companies: Sequence[Company], day: date, customers: Collection[Key] | None
) -> dict[Key, Said]:
    """Return what the latest profile of an earlier day said, of every company by itself."""
    table, runs = schema.profiles.c, schema.runs.c
    found: dict[Key, Said] = {}
    for place in companies:
        own = and_(table.source == place.source, table.company == place.company)
        measured = exists().where(table.run == runs.run, own, table.gross_open.is_not(None))
        latest = (
            select(runs.run, runs.as_of)
            .where(runs.as_of < day, measured)
            .order_by(runs.as_of.desc(), runs.run.desc())
            .limit(1)
        )
        wanted = select(table.source, table.company, table.customer, *(table[name] for name in _SAID))
        asked = None if customers is None else {key for key in customers if key[:2] == _place(place)}
        if asked is not None:
            wanted = wanted.where(table.customer.in_([key[2] for key in asked]))
        with store.engine.connect() as connection:
            run = connection.execute(latest).one_or_none()
            rows = (
                connection.execute(wanted.where(own, table.run == run.run)).all() if run is not None else []
            )
        if run is None:
            continue
        covers = facts_as_of(store, run.as_of, customers=asked, names=("insured limit",))
        for row in rows:
            key = (row.source, row.company, row.customer)
            cover = covers[key]["insured limit"].value if key in covers else None
            found[key] = Said(
                row.gross_open,
                row.gross_overdue,
                row.average_days_late,
                row.score,
                row.grade,
                row.alert_reasons,
                cover if isinstance(cover, Decimal) else None,
            )
    return found


def _place(company: Company) -> Place:
    return company.source, company.company
