"""What is provided for customers at the end of months and what was written off in them, month by month."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook.assessment import OWN_LOSS, TEXTS
from duebook.provision_columns import provisions
from duebook_etl.assessed import policy_for
from duebook_etl.credit_file import facts_as_of
from duebook_etl.knowledge import Knowledge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from duebook import history as core
    from duebook.policy import Policy
    from duebook_etl.answers import Company
    from duebook_etl.book import Book
    from duebook_etl.knowledge import Key

ALLOWANCES: Final = {"provision": "money", "provision matrix": "money", "written off": "money"}
"""The measures, with their units."""


def allowances(  # noqa: PLR0913, PLR0917 - a ledger, whose it is, and when
    book: Book,
    companies: Sequence[Company],
    ledger: core.History,
    keys: Sequence[Key],
    parts: core.Ints,
    days: Sequence[date],
) -> dict[str, list[list[int | None]]]:
    """Return what is provided and what was written off.

    Each provision is rounded as in the profile of its customer, so that those of customers add up to those of
    companies, countries and the whole.

    Args:
        book: The book that is asked.
        companies: The companies.
        ledger: Their ledger, counted by customer and part.
        keys: The customer of each place of the ledger.
        parts: The part of the portfolio of each.
        days: The last days of the months.

    Returns:
        By measure: of each month a value a part, minor units; None where it is missing.
    """
    described = _described(book, companies)
    size = int(parts.max(initial=-1)) + 1
    columns: dict[str, list[list[int | None]]] = {name: [] for name in ALLOWANCES}
    for place, day in enumerate(days):
        fixed, matrix = np.zeros((2, len(keys)), np.int64)
        missing = np.zeros(len(keys), np.bool_)
        rates = book.loss_rates_on(day)
        facts = {
            key: {name: fact.value for name, fact in own.items()}
            for key, own in facts_as_of(book.store, day, names=(OWN_LOSS, *TEXTS)).items()
        }
        policy = book.policy_on(day)
        for at, own in _by_policy(policy, keys, Knowledge(facts=facts, described=described)):
            told = ((row, facts.get(keys[one], {}).get(OWN_LOSS)) for row, one in enumerate(at.tolist()))
            individual = {row: rate for row, rate in told if isinstance(rate, Decimal)}
            buckets = ledger.exposed(place, own.aging.edges, undated=True)[at]
            found = provisions(buckets, individual, own, rates(keys[at[0]][:2], own))
            fixed[at], matrix[at], missing[at] = found.fixed, found.matrix, found.unknown
        lost = ledger.written_off(place, (), undated=True).sum(axis=1)
        known = ledger.known(place)
        nothing = np.bincount(parts[known], minlength=size) == 0
        unknown = nothing | (np.bincount(parts[missing], minlength=size) > 0)
        for name, values, without in (
            ("provision", fixed, nothing),
            ("provision matrix", matrix, unknown),
            ("written off", lost, nothing),
        ):
            sums = np.zeros(size, np.int64)
            np.add.at(sums, parts, values)
            pairs = zip(sums.tolist(), without.tolist(), strict=True)
            columns[name].append([None if out else value for value, out in pairs])
    return columns


def _described(book: Book, companies: Sequence[Company]) -> dict[Key, tuple[str, str]]:
    rows = book.customer_table(companies).to_pylist()
    return {
        (row["source"], row["company"], row["customer"]): (row["country"], row["industry"]) for row in rows
    }


def _by_policy(policy: Policy, keys: Sequence[Key], knowledge: Knowledge) -> list[tuple[core.Ints, Policy]]:
    """Return the places of the customers of each company and policy."""
    found: dict[tuple[tuple[str, str], int], tuple[list[int], Policy]] = {}
    for place, key in enumerate(keys):
        own = policy_for(key, policy, knowledge) if policy.exception else policy
        found.setdefault((key[:2], id(own)), ([], own))[0].append(place)
    return [(np.array(places, np.int64), own) for places, own in found.values()]
