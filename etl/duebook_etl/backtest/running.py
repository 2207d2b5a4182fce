"""Runs a backtest over a store: which policies, which companies, which days."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
from sqlalchemy import select

from duebook.errors import InputError, NoAnswerError, OutOfRangeError
from duebook.money import minor_digits
from duebook_etl import schema
from duebook_etl.answers import Customer
from duebook_etl.backtest.facts import Facts, read_facts
from duebook_etl.backtest.ledger import ITEM_COLUMNS, LEG_COLUMNS, Ledger, read_ledger
from duebook_etl.backtest.rating import Rater
from duebook_etl.backtest.replay import Tried, replay
from duebook_etl.backtest.report import Backtest, CompanyResult, Side, company_result
from duebook_etl.policies import kept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import pyarrow as pa

    from duebook.policy import Policy
    from duebook_etl.answers import Company
    from duebook_etl.book import Book
    from duebook_etl.store import Store

_LEAST_DIGEST: Final = 6  # fewer characters of a digest are too easily a name's typo
_LARGEST_FACTOR: Final = 1_000_000


@dataclass(frozen=True)
class Named:
    """A policy and how it was asked for."""

    asked: str
    policy: Policy


def kept_policy(store: Store, asked: str) -> Policy:
    """Return the policy that runs used, by its name or the beginning of its digest.

    Args:
        store: The store.
        asked: The name, or six characters or more of the digest.

    Raises:
        InputError: No run used one of this name, or runs used several.
    """
    every = [entry.policy for entry in kept(store)]
    found = [policy for policy in every if policy.name == asked]
    if not found and len(asked) >= _LEAST_DIGEST:
        found = [policy for policy in every if policy.digest.startswith(asked.casefold())]
    if len(found) == 1:
        return found[0]
    if found:
        which = ", ".join(f"{policy.digest[:12]} (version {policy.version})" for policy in found)
        raise InputError(f"policy: {asked!r} means {len(found)} policies.", hint=f"Write one of {which}.")
    names = ", ".join(dict.fromkeys(policy.name for policy in every))
    raise InputError(
        f"policy: {asked!r} is no file, and no policy that a run used.",
        hint="Give a file, 'current', 'default'" + (f", or one of {names}." if names else "."),
    )


def backtest(  # noqa: PLR0913 - what is asked
    store: Store,
    book: Book,
    *,
    new: Named,
    current: Named,
    first: date,
    until: date | None = None,
    company: str | None = None,
    turnover_factor: Decimal | None = None,
) -> Backtest:
    """Replay the ledgers of a store under two policies.

    Args:
        store: The store.
        book: The book on it.
        new: The new policy.
        current: The one it is held against.
        first: The first day whose orders are decided.
        until: The last; left out, the day of the last refresh.
        company: Only the companies of this id or name.
        turnover_factor: How many times its purchases here a customer's own turnover is taken to be where the
            credit file does not have it; None for no guess: the progressive limit is then not tried.

    Raises:
        OutOfRangeError: The days are in the wrong order or after the last refresh, or the factor is not
            positive.
        NoAnswerError: No refresh yet, no such company, or no invoice in the time.
    """
    last = book.last_day()
    until = until or last
    if until > last:
        raise OutOfRangeError(f"until: {until} is after the last refresh, which was as of {last}.")
    if first > until:
        raise OutOfRangeError(f"from: {first} is after {until}, the last day.")
    if turnover_factor is not None and not 0 < turnover_factor <= _LARGEST_FACTOR:
        raise OutOfRangeError(
            f"turnover_factor: {turnover_factor} is none; above 0 and at most {_LARGEST_FACTOR:,} is allowed."
        )
    companies = []
    for each in book.companies(company):
        items, legs = _frames(store, each, until)
        people = {row["customer"]: Customer(**row) for row in book.customer_table([each]).to_pylist()}
        found = company_backtest(
            each,
            items,
            legs,
            people,
            new=new.policy,
            current=current.policy,
            first=first,
            until=until,
            factor=turnover_factor,
            facts=read_facts(store, each, until),
        )
        if found is not None:
            companies.append(found)
    if not companies:
        raise NoAnswerError(f"No invoice to a customer was posted from {first} to {until}.")
    return Backtest(
        first,
        until,
        _side(current),
        _side(new),
        current.policy.default.late_days,
        None if turnover_factor is None else f"{turnover_factor:f}",
        tuple(companies),
    )


def company_backtest(  # noqa: PLR0913 - what is replayed
    company: Company,
    items: pa.Table,
    legs: pa.Table,
    people: Mapping[str, Customer],
    *,
    new: Policy,
    current: Policy,
    first: date,
    until: date,
    factor: Decimal | None = None,
    facts: Facts | None = None,
) -> CompanyResult | None:
    """Replay one company's ledger under two policies.

    Args:
        company: The company.
        items: Its items, with :data:`~duebook_etl.backtest.ledger.ITEM_COLUMNS`.
        legs: The allocation legs on them, with :data:`~duebook_etl.backtest.ledger.LEG_COLUMNS`.
        people: Its customers, by their ids.
        new: The new policy.
        current: The one it is held against.
        first: The first day whose orders are decided.
        until: The last.
        factor: As the turnover factor of :func:`backtest`.
        facts: What is known of customers beyond the ledger; None for nothing.

    Returns:
        What they would have come to; None where no order came in the time.
    """
    ledger = read_ledger(items, legs, last=until)
    of_current, of_new = replay(
        ledger,
        sides((current, new), company, ledger, people, factor=factor, facts=facts or Facts()),
        first=first,
    )
    if not (of_current.verdict >= 0).any():
        return None
    return company_result(
        company, ledger, of_current, of_new, people=people, late_days=current.default.late_days
    )


def sides(  # noqa: PLR0913 - what policies are worked out for
    policies: Sequence[Policy],
    company: Company,
    ledger: Ledger,
    people: Mapping[str, Customer],
    *,
    factor: Decimal | None,
    facts: Facts,
) -> list[Tried]:
    """Return policies with their exceptions worked out: for each customer the rules that are for it.

    Args:
        policies: The policies.
        company: The company whose ledger it is.
        ledger: The ledger, for its customers.
        people: What is known of them, by their ids.
        factor: As the turnover factor of :func:`backtest`.
        facts: What is known of customers beyond the ledger.
    """
    return [_tried(policy, company, ledger, people, factor, facts) for policy in policies]


def _tried(  # noqa: PLR0913, PLR0917 - as sides
    policy: Policy,
    company: Company,
    ledger: Ledger,
    people: Mapping[str, Customer],
    factor: Decimal | None,
    facts: Facts,
) -> Tried:
    digits = minor_digits(company.currency)
    raters: list[Rater] = []
    numbers: dict[int, int] = {}
    group, industries = [], []
    for each in ledger.customers:
        person = people.get(each)
        country, industry = (person.country, person.industry) if person else ("", "")
        fitting = policy.of(company=company.company, country=country or None, industry=industry or None)
        if id(fitting) not in numbers:
            numbers[id(fitting)] = len(raters)
            raters.append(Rater(fitting, digits, factor))
        group.append(numbers[id(fitting)])
        found = fitting.find_industry(industry) if industry else None
        industries.append(found.name if found else "")
    return Tried(raters, np.array(group, dtype=np.int64), industries, facts)


def _frames(store: Store, company: Company, until: date) -> tuple[pa.Table, pa.Table]:
    items, legs = schema.items, schema.allocations
    wanted = select(*(items.c[name] for name in ITEM_COLUMNS)).where(
        items.c.source == company.source, items.c.company == company.company, items.c.posting_date <= until
    )
    on_them = select(*(legs.c[name] for name in LEG_COLUMNS)).where(
        legs.c.source == company.source, legs.c.company == company.company, legs.c.effective_date <= until
    )
    return store.read(wanted), store.read(on_them)


def _side(named: Named) -> Side:
    policy = named.policy
    blind = not Rater(policy, 0, Decimal(1)).limits.methods
    return Side(named.asked, policy.name, policy.version, policy.digest, blind)
