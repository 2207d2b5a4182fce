"""What will be invoiced, and which documents meet an odd fate.

The plan is drawn before anything is booked, from the seed alone.
"""

# ruff: noqa: S311 - a seeded story, no secret

from __future__ import annotations

import calendar
import datetime as dt
import math
import random
from dataclasses import dataclass
from decimal import Decimal

from company.customers import CUSTOMERS, Customer
from company.habits import growth_of, habit_of, volume_of
from company.setup import FIRST_DAY, LAST_DAY, TERMS, Company, rates

_FRIDAY = 4
_MONTHLY = {"S": 0.33, "M": 0.48, "L": 0.78, "X": 1.25}
_AMOUNT = {"S": 1_900, "M": 6_500, "L": 21_000, "X": 15_000}

_GOODS = {
    "ele": ("Sensor modules", "Power supplies", "Control boards", "Cable sets"),
    "mac": ("Spindle units", "Hydraulic pumps", "Gear sets", "Service contract"),
    "foo": ("Dried fruit, pallets", "Olive oil, drums", "Rice flour, bags", "Packaging"),
    "tex": ("Cotton fabric, rolls", "Dyed yarn", "Zippers, boxes", "Samples"),
    "con": ("Roof membranes", "Steel anchors", "Insulation panels", "Site delivery"),
    "med": ("Infusion sets", "Surgical drapes", "Diagnostic kits", "Sterile packs"),
}

FATES = {
    # fate: how many in a company, at full scale
    "whole-credit": 10,
    "part-credit": 18,
    "rebate": 9,
    "cancelled": 8,
    "overpaid": 9,
    "short": 8,
    "lost": 3,
    "undone": 3,
}


@dataclass
class Planned:
    """An invoice to come.

    Attributes:
        day: Its date.
        customer: Whose.
        currency: Its currency.
        lines: Description, quantity and unit price of each line.
        taxed: Rate of its tax, if it has any.
        fate: What happens to it: `pay` (by the customer's habit) or a key of `FATES`.
        rng: Source of everything drawn for it later.
        reference: The customer's order.
    """

    day: dt.date
    customer: Customer
    currency: str
    lines: tuple[tuple[str, int, Decimal], ...]
    taxed: Decimal | None
    fate: str
    rng: random.Random
    reference: str

    @property
    def single(self) -> bool:
        """Whether it is due in one sum."""
        return len(TERMS[self.customer.term][1]) == 1

    def total(self, quantum: Decimal) -> Decimal:
        """Return its whole amount with tax."""
        net = sum((quantity * price for _, quantity, price in self.lines), Decimal(0))
        return (net * (1 + (self.taxed or 0))).quantize(quantum)


def working_day(day: dt.date) -> dt.date:
    """Return the day itself, or the Monday after a weekend."""
    return day + dt.timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > _FRIDAY else 0)


def plan(company: Company, seed: int, scale: float) -> list[Planned]:
    """Return the invoices of a company, by date.

    Args:
        company: Which company.
        seed: Where everything is drawn from.
        scale: Factor on the number of documents; 1 for the demo itself.
    """
    worth = {code: walk[0][1] for code, walk in rates(seed).items()}
    planned = []
    for customer in CUSTOMERS:
        if company.key not in customer.sellers:
            continue
        rng = random.Random(f"{seed}/{company.key}/{customer.code}")
        # A small trial keeps enough of the stories to follow them.
        share = max(scale, 0.4) if customer.habit.startswith("story-") else scale
        month = FIRST_DAY
        while month <= LAST_DAY:
            days = calendar.monthrange(month.year, month.month)[1]
            expected = _MONTHLY[customer.size] * volume_of(customer, month) * share
            count = int(expected) + (rng.random() < expected % 1)
            for _ in range(count):
                day = working_day(month.replace(day=rng.randint(1, days)))
                if day <= LAST_DAY and volume_of(customer, day) > 0:
                    planned.append(_invoice(company, customer, day, worth[customer.currency], rng))
            month = (month + dt.timedelta(days=31)).replace(day=1)
    planned.sort(key=lambda one: one.day)
    _assign_fates(planned, company, seed, scale)
    return planned


def _invoice(
    company: Company, customer: Customer, day: dt.date, worth: Decimal, rng: random.Random
) -> Planned:
    own = random.Random(rng.random())
    net = _AMOUNT[customer.size] * growth_of(customer, day) * math.exp(own.gauss(-0.1, 0.5))
    count = own.choice((1, 1, 2, 3))
    quantum = Decimal(1) if customer.currency == "JPY" else Decimal("0.01")
    lines = []
    for text in own.sample(_GOODS[customer.industry], count):
        quantity = own.choice((1, 2, 5, 10, 12, 24, 40, 100))
        price = Decimal(str(net / count / quantity)) * worth
        lines.append((text, quantity, max(price.quantize(quantum), quantum)))
    taxed = None
    if customer.country == company.country:
        taxed = company.reduced if customer.industry in ("foo", "med") else company.standard
    order = f"{day:%y}{own.randint(1000, 9999)}"
    reference = f"订单{order}" if customer.country == "CN" else f"PO {order}"
    return Planned(day, customer, customer.currency, tuple(lines), taxed, "pay", own, reference)


def _assign_fates(planned: list[Planned], company: Company, seed: int, scale: float) -> None:
    """Give some of the ordinary invoices an odd fate."""
    rng = random.Random(f"{seed}/{company.key}/fates")
    # Fates need time to unfold, and the stories keep their own course.
    eligible = [
        one
        for one in planned
        if one.day < LAST_DAY - dt.timedelta(days=200)
        and not one.customer.habit.startswith("story-")
        and not habit_of(one.customer, one.day).run
        and one.single
    ]
    rng.shuffle(eligible)
    for fate, number in FATES.items():
        for _ in range(max(1, round(number * scale))):
            # An undone reconciliation would leave its exchange difference behind.
            local = fate in ("undone", "lost")
            fitting = (one for one in eligible if not local or one.currency == company.currency)
            chosen = next(fitting, None)
            if chosen is None:
                break
            chosen.fate = fate
            eligible.remove(chosen)
