"""A replay as slow as it is plain: a day after the other, a customer after the other, the scalar rules only.

What :mod:`duebook_etl.backtest` does with arrays is done here with the rules themselves, each asked anew for
every order from all the rows of the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from duebook.alerts import Level, level_of
from duebook.behaviour import pay_index
from duebook.calendar import add_months
from duebook.errors import NoAnswerError
from duebook.grading import grade
from duebook.ledger import Item, Kind, Leg, open_amount
from duebook.ledger_limits import without_progressive
from duebook.limit_inputs import Inputs
from duebook.limit_methods import limit
from duebook.release import Verdict, release, stops_from
from duebook.scorecard import score
from duebook.terms import terms_for
from ledgers import FIRST, Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from duebook.policy import Policy

FACTORS = {"litigation", "debt ratio", "days late"}
INPUTS = {"monthly turnover", "net worth", "sales"}
"""What of the facts that tests tell is a factor of the scorecard, and what an input of the limit."""
MEASURES = ("overdue share", "overdue rise", "oldest overdue", "days late rise")


def documented(ledger: Ledger, company: str) -> tuple[pa.Table, pa.Table]:
    """Return a company's items, with documents, and its legs, as the backtest reads them."""
    items = [
        {name: row[name] for name in ("item", "customer", "kind", "posting_date", "due_date", "amount")}
        | {"document": document(row)}
        for row in ledger.items
        if row["company"] == company
    ]
    legs = [
        {name: row[name] for name in ("item", "allocation", "effective_date", "reversed_on", "amount")}
        for row in ledger.legs
        if row["company"] == company
    ]
    return pa.Table.from_pylist(items, _ITEMS), pa.Table.from_pylist(legs, _LEGS)


_ITEMS = pa.schema(
    [(name, pa.string()) for name in ("item", "customer", "kind", "document")]
    + [("posting_date", pa.date32()), ("due_date", pa.date32()), ("amount", pa.int64())]
)
_LEGS = pa.schema(
    [(name, pa.string()) for name in ("item", "allocation")]
    + [(name, pa.date32()) for name in ("effective_date", "reversed_on")]
    + [("amount", pa.int64())]
)


def document(row: dict[str, Any]) -> str:
    """Return the document of an item: three items share one number, so that some are instalments."""
    return f"D{int(row['item'][1:]) // 3}" if row["item"][1:].isdigit() else f"D-{row['item']}"


def trading(random: Random, *, customers: int = 4, months: int = 15) -> Ledger:
    """Return the ledger of a company whose customers order often, and pay as customers do.

    Some orders are instalments, some are paid before, in part, late, never, by credit note or written off,
    and some payments are undone.
    """
    ledger = Ledger()
    for number in range(customers):
        customer, habit = f"C{number}", random.choice((-3, 4, 25))
        day = FIRST + timedelta(random.randrange(200))
        while (day - FIRST).days < months * 30:
            key = f"I{3 * len(ledger.items)}"
            amount = random.randint(1, 900) * 10_000
            due = day + timedelta(random.choice((0, 30, 30, 60)))
            ledger.item(key, amount, day, due, customer=customer, company="0")
            if random.random() < 0.1:  # the other part of the same document
                ledger.item(f"I{int(key[1:]) + 1}", amount // 2, day, due, customer=customer, company="0")
            _settle(ledger, random, key, amount, (customer, day, due + timedelta(habit)))
            day += timedelta(random.choice((0, 3, 20, 40)))
    return ledger


def _settle(ledger: Ledger, random: Random, key: str, amount: int, whose: tuple[str, date, date]) -> None:
    customer, day, usual = whose
    how = random.choices(("paid", "part", "before", "credit", "written off", "never"), (60, 10, 5, 5, 5, 15))[
        0
    ]
    if how == "never":
        return
    kind = {"credit": Kind.CREDIT_NOTE, "written off": Kind.JOURNAL_ENTRY, "before": Kind.ADVANCE}
    paid = amount // 2 if how == "part" else amount
    when = day if how == "before" else max(day, usual + timedelta(random.randint(-5, 5)))
    begun = day - timedelta(5) if how == "before" else when
    ledger.item(
        f"R{key[1:]}", -paid, begun, None, kind=kind.get(how, Kind.RECEIPT), customer=customer, company="0"
    )
    undone = when + timedelta(random.randint(0, 60)) if random.random() < 0.1 else None
    ledger.allocate({key: paid, f"R{key[1:]}": -paid}, when, company="0", reversed_on=undone)


@dataclass
class Known:
    """What a policy keeps of a customer in its world."""

    rate_on: date = date.min
    grade: str = ""
    condition: str = ""
    limit: int | None = None
    levels: dict[str, Level] = field(default_factory=dict)
    share: Decimal | None = None
    late: Decimal | None = None


@dataclass(frozen=True)
class Decided:
    """What a policy made of an order."""

    customer: str
    day: date
    document: str
    verdict: Verdict
    exposure: int
    limit: int | None
    oldest: int
    grade: str


class Replay:
    """One policy's world, kept as the documents it let through."""

    def __init__(  # noqa: PLR0913 - what a replay is made of
        self,
        ledger: Ledger,
        company: str,
        policy: Policy,
        *,
        digits: int,
        factor: Decimal | None = None,
        people: dict[str, tuple[str, str]] | None = None,
        facts: Sequence[tuple[date, str, str, Decimal | str]] = (),
    ) -> None:
        """Take a company's ledger and a policy.

        Args:
            ledger: The ledger.
            company: Which company.
            policy: The policy.
            digits: The decimals of its currency.
            factor: A customer's own turnover, as so many times what it buys; None where nobody knows it.
            people: The country and industry of each customer.
            facts: What else becomes known: since when, of whom, what, and how much, by day.
        """
        self.facts = facts
        self.rows = [row for row in ledger.items if row["company"] == company]
        self.legs = [row for row in ledger.legs if row["company"] == company]
        self.by_item = {row["item"]: row for row in self.rows}
        self.of_customer: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows:
            self.of_customer.setdefault(row["customer"], []).append(row)
        self.on_item: dict[str, list[Leg]] = {}
        self.allocations: dict[str, list[dict[str, Any]]] = {}
        for leg in self.legs:
            entry = Leg(leg["item"], leg["effective_date"], leg["amount"], leg["reversed_on"])
            self.on_item.setdefault(leg["item"], []).append(entry)
            self.allocations.setdefault(leg["allocation"], []).append(leg)
        self.company, self.policy, self.digits, self.factor = company, policy, digits, factor
        self.people = people or {}
        self.known: dict[str, Known] = {}
        self.orders: dict[tuple[str, date, str], list[str]] = {}
        for row in self.rows:
            if row["kind"] == Kind.INVOICE and row["amount"] > 0 and row["customer"]:
                key = (row["customer"], row["posting_date"], document(row))
                self.orders.setdefault(key, []).append(row["item"])
        self.out: set[str] = set()

    def run(self, first: date, until: date) -> list[Decided]:
        """Decide the orders of the days, in their sequence."""
        decided = []
        self.out = {i for key, items in self.orders.items() if key[1] >= first for i in items}
        for number in range((until - first).days + 1):
            day = first + timedelta(number)
            looked: dict[str, tuple[int, int]] = {}
            for key in sorted(key for key in self.orders if key[1] == day):
                customer = key[0]
                if customer not in looked:
                    looked[customer] = self.look(customer, day)
                decided.append(self.decide(key, *looked[customer]))
                now = decided[-1]
                if now.verdict.on_credit:
                    exposure, oldest = looked[customer]
                    self.out -= set(self.orders[key])
                    looked[customer] = exposure + self.adds(key), oldest
        return decided

    def rules(self, customer: str) -> Policy:
        """Return the policy for a customer."""
        country, industry = self.people.get(customer, ("", ""))
        return self.policy.of(company=self.company, country=country or None, industry=industry or None)

    def decide(self, key: tuple[str, date, str], exposure: int, oldest: int) -> Decided:
        """Decide an order."""
        known, rules = self.known[key[0]], self.rules(key[0])
        verdict = release(
            self.adds(key),
            exposure=exposure,
            limit=known.limit,
            oldest_overdue=oldest,
            stops_from=stops_from(rules),
            condition=known.condition,
        )
        return Decided(*key, verdict, exposure, known.limit, oldest, known.grade)

    def adds(self, key: tuple[str, date, str]) -> int:
        """Return what an order adds to the exposure at the end of its day."""
        return sum(self.open(item, key[1]) for item in self.orders[key])

    def open(self, item: str, day: date) -> int:
        """Return what is open of an item."""
        row = self.by_item[item]
        legs = self.on_item.get(item, [])
        return open_amount(Item(item, row["posting_date"], row["amount"], row["due_date"]), legs, day)

    def look(self, customer: str, day: date) -> tuple[int, int]:
        """Look at a customer before its orders of a day; rate it where that is due."""
        rules, known = self.rules(customer), self.known.setdefault(customer, Known())
        items = [
            (row, self.open(row["item"], day))
            for row in self.of_customer[customer]
            if row["item"] not in self.out and row["posting_date"] <= day
        ]
        positive = sum(left for _, left in items if left > 0)
        late = {
            row["item"]: (day - row["due_date"]).days
            for row, left in items
            if left > 0 and row["due_date"] is not None and row["due_date"] < day
        }
        overdue = sum(left for row, left in items if row["item"] in late)
        oldest = max(late.values(), default=0)
        exposure = 0
        if "open" in rules.exposure.include:
            exposure += positive
        if "unapplied" in rules.exposure.include:
            exposure += sum(left for _, left in items if left < 0)
        share = Decimal(0) if not positive else _six(Fraction(overdue, positive))
        mean = self.paid(customer, day, rules.behaviour.months)
        levels, alerts = self.alerts(rules, known, share, oldest, mean)
        rising = any(levels[name].rank > known.levels.get(name, Level.GREEN).rank for name in levels)
        known.levels = levels
        if rising or known.rate_on <= day:
            good = mean is not None and mean <= 0 and not overdue
            self.rate(customer, day, rules, known, share, oldest, mean, good=good, alerts=alerts)
        return exposure, oldest

    def alerts(
        self, rules: Policy, known: Known, share: Decimal, oldest: int, mean: Decimal | None
    ) -> tuple[dict[str, Level], int]:
        """Return the level of each rule that a ledger answers, and how many are open."""
        values: dict[str, Decimal | None] = {
            "overdue share": share,
            "overdue rise": None if known.share is None else max(Decimal(0), share - known.share),
            "oldest overdue": Decimal(oldest),
            "days late rise": None
            if known.late is None or mean is None
            else max(Decimal(0), mean - known.late),
        }
        levels = {}
        for rule in rules.alert.rule:
            if rule.measure in MEASURES:
                value = values[rule.measure]
                before = known.levels.get(rule.name, Level.GREEN)
                levels[rule.name] = Level.GREEN if value is None else level_of(rule, value, before)
        return levels, sum(level is not Level.GREEN for level in levels.values())

    def rate(  # noqa: PLR0913, PLR0917 - what a rating is made of
        self,
        customer: str,
        day: date,
        rules: Policy,
        known: Known,
        share: Decimal,
        oldest: int,
        mean: Decimal | None,
        *,
        good: bool,
        alerts: int,
    ) -> None:
        """Rate a customer."""
        known.share, known.late = share, mean
        known.rate_on = add_months(day, min(rules.review.rating_months, rules.limit.valid_months))
        before = [key for key in self.orders if key[0] == customer and key[1] < day]
        first = min((key[1] for key in [*before, (customer, day, "")]), default=day)
        months = (day.year - first.year) * 12 + day.month - first.month - (first.day > day.day)
        found = rules.find_industry(self.people.get(customer, ("", ""))[1])
        industry = found.name if found else "other"
        known.grade = "new"
        dealt = [key for key in before if not set(self.orders[key]) & self.out]
        told = {name: value for since, who, name, value in self.facts if who == customer and since <= day}
        if dealt or told:
            factors: dict[str, Decimal | str | None] = {"industry": found.name if found else None}
            if dealt:
                factors |= {"overdue share": share, "oldest overdue": Decimal(oldest)}
                factors |= {"years of cooperation": Decimal(months) / 12, "days late": mean}
            if dealt and mean is not None:
                factors["pay index"] = round(pay_index(mean, rules.pay_index.anchors), 6)
            for name in FACTORS & told.keys():
                if factors.get(name) is None:
                    factors[name] = told[name]
            try:
                known.grade = grade(score(factors.items(), rules).score, rules).name
            except NoAnswerError:  # nothing that the scorecard asks is known
                known.grade = "new"
        terms = terms_for(industry, known.grade, rules)
        known.condition = terms.condition
        inputs: dict[str, Decimal | str] = {name: told[name] for name in INPUTS & told.keys()}
        if inputs and found:
            inputs["industry"] = found.name
        if inputs and known.grade != "new":
            inputs["grade"] = known.grade
        known.limit = self.limit(day, rules, before, months, terms.days, inputs, good=good, alerts=alerts)

    def limit(  # noqa: PLR0913, PLR0917 - what a limit is made of
        self,
        day: date,
        rules: Policy,
        before: list[tuple[str, date, str]],
        months: int,
        term_days: int,
        inputs: dict[str, Decimal | str],
        *,
        good: bool,
        alerts: int,
    ) -> int | None:
        """Return the limit of the policy, minor units."""
        since = add_months(day, -rules.behaviour.months)
        bought = sum(self.amount(key) for key in before if key[1] > since)
        window = min(max(months, 1), rules.behaviour.months)
        sales = (2 * bought + window) // (2 * window)
        if sales == 0 and not inputs:
            return None
        major = Decimal(sales).scaleb(-self.digits)
        pairs: dict[str, Decimal | str] = {
            "months of business": Decimal(months),
            "good record": "yes" if good else "no",
            "years of business": Decimal(months // 12),
            "open alerts": Decimal(alerts),
            "term days": Decimal(term_days),
        }
        if sales:
            pairs["monthly sales"] = major
        if sales and self.factor is not None:
            pairs["monthly turnover"] = Decimal(int(sales * self.factor)).scaleb(-self.digits)
        if sales and "sales" not in inputs:
            pairs |= {"sales": major, "months of sales": Decimal(1)}
        begin = min(row["posting_date"] for row in self.rows)
        if (day - begin).days >= 365:
            year = [key for key in self.orders if day - timedelta(365) <= key[1] < day]
            sold = sum(self.amount(key) for key in year)
            pairs["seller annual sales"] = Decimal(sold).scaleb(-self.digits)
        pairs |= inputs
        if "monthly turnover" not in pairs:
            rules = without_progressive(rules)
        try:
            amount = limit("policy", Inputs(list(pairs.items()), rules)).amount
        except NoAnswerError:
            return None
        return int(amount.scaleb(self.digits) // 1)

    def amount(self, key: tuple[str, date, str]) -> int:
        """Return the amount of an order."""
        return sum(self.by_item[item]["amount"] for item in self.orders[key])

    def paid(self, customer: str, day: date, months: int) -> Decimal | None:
        """Return the mean days late of what was paid in the months, in this world."""
        since = add_months(day, -months).toordinal()
        weight, moment = Fraction(0), Fraction(0)
        for legs in self.allocations.values():
            if legs[0]["effective_date"] > day or (legs[0]["reversed_on"] or date.max) <= day:
                continue
            receipts = [
                (-leg["amount"], self.by_item[leg["item"]]["posting_date"].toordinal())
                for leg in legs
                if leg["amount"] < 0 and self.by_item[leg["item"]]["kind"] in {Kind.RECEIPT, Kind.ADVANCE}
            ]
            received = sum(amount for amount, _ in receipts)
            debit = sum(leg["amount"] for leg in legs if leg["amount"] > 0)
            if not received or not debit:
                continue
            paid_on = Fraction(sum(amount * on for amount, on in receipts), received)
            if paid_on <= since:
                continue
            for leg in legs:
                row = self.by_item[leg["item"]]
                counts = row["kind"] == Kind.INVOICE and leg["amount"] > 0 and row["due_date"] is not None
                if counts and row["customer"] == customer and row["item"] not in self.out:
                    late = paid_on - row["due_date"].toordinal()
                    settled = Fraction(leg["amount"] * received, debit)
                    weight, moment = weight + settled, moment + settled * late
        return None if not weight else _six(moment / weight)


def _six(value: Fraction) -> Decimal:
    return round(Decimal(value.numerator) / Decimal(value.denominator), 6)
