"""Customers whose habits are known: what models of their payments should find out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from duebook.ledger import Kind
from ledgers import Ledger

FIRST: Final = date(2024, 1, 1)
TERMS: Final = 30
LATE: Final = 60


@dataclass(frozen=True)
class Payer:
    """A customer's habits.

    Attributes:
        customer: Its key.
        late: Its mean of days late.
        fails: How likely an invoice of it is paid sixty days later than that.
        busy: Its invoices a month.
    """

    customer: str
    late: float
    fails: float
    busy: float


@dataclass(frozen=True)
class Paid:
    """An invoice and the day it is paid."""

    payer: Payer
    posted: date
    due: date
    paid: date
    amount: int


def payers(random: Random, count: int, *, troubled: float = 0.2) -> list[Payer]:
    """Return customers, some of them in trouble: later, and often much too late."""
    found = []
    for number in range(count):
        in_trouble = random.random() < troubled
        found.append(
            Payer(
                f"C{number}",
                random.gauss(14 if in_trouble else 2, 3),
                0.12 if in_trouble else 0.001,
                random.choice((0.5, 1, 2)),
            )
        )
    return found


def invoices(random: Random, customers: list[Payer], *, months: int = 24) -> list[Paid]:
    """Return what they bought and when they pay it, though that be after the last month."""
    found = []
    for payer in customers:
        day = FIRST + timedelta(random.randrange(30))
        while (day - FIRST).days < months * 30:
            due = day + timedelta(TERMS)
            late = round(random.gauss(payer.late, 4)) + (LATE if random.random() < payer.fails else 0)
            found.append(
                Paid(payer, day, due, max(day, due + timedelta(late)), random.randint(1_000, 90_000))
            )
            day += timedelta(max(1, round(random.expovariate(payer.busy / 30))))
    return found


def ledger(paid: list[Paid], until: date) -> Ledger:
    """Return the ledger as it is on a day: what is posted and paid by then."""
    found = Ledger()
    for number, one in enumerate(paid):
        if one.posted > until:
            continue
        key, customer = f"I{number}", one.payer.customer
        found.item(key, one.amount, one.posted, one.due, customer=customer)
        if one.paid <= until:
            found.item(f"R{number}", -one.amount, one.paid, one.paid, customer=customer, kind=Kind.RECEIPT)
            found.allocate({key: one.amount, f"R{number}": -one.amount}, one.paid)
    return found


def known_ledger(*, seed: int = 1, count: int = 240, months: int = 24, troubled: float = 0.2) -> Ledger:
    """Return the ledger of a seed, as it is at the end of its last month."""
    random = Random(seed)  # noqa: S311 - nothing secret about it
    paid = invoices(random, payers(random, count, troubled=troubled), months=months)
    return ledger(paid, last_day(months))


def last_day(months: int = 24) -> date:
    """Return the last day of such a ledger."""
    return FIRST + timedelta(months * 30)
