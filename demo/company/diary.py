"""Two years of one company, day by day.

Each day first posts its invoices (the strict sequence refuses an earlier date),
then does what falls due on it: payments, credit notes, reminders, corrections.
"""

# The chance here is that of a story, and its thresholds are the story: no secret, no rule.
# ruff: noqa: S311, PLR2004

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import random
from collections import defaultdict
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from company.books import Books, Draft, Owed, Posted
from company.customers import CUSTOMERS, Customer
from company.habits import Habit, habit_of
from company.plan import Planned, plan, working_day
from company.setup import FIRST_DAY, LAST_DAY

if TYPE_CHECKING:
    from collections.abc import Callable

_BANKRUPTCY = dt.date(2026, 3, 31)
_PLAN_AGREED = dt.date(2025, 11, 14)


class Diary:
    """The diary of one company."""

    def __init__(self, books: Books, seed: int, scale: float) -> None:
        """Plan its two years.

        Args:
            books: Its books.
            seed: Where everything is drawn from.
            scale: Factor on the number of documents.
        """
        self.books = books
        self.seed, self.scale = seed, scale
        self.planned = plan(books.company, seed, scale)
        self.rng = random.Random(f"{seed}/{books.company.key}/diary")
        self._events: list[tuple[dt.date, int, Callable[[dt.date], None]]] = []
        self._order = itertools.count()
        self._bag: dict[str, list[Owed]] = defaultdict(list)
        self._on_account: dict[str, list[Owed]] = defaultdict(list)
        self._advances: dict[int, list[Owed]] = {}

    def at(self, day: dt.date, act: Callable[[dt.date], None]) -> None:
        """Have something done on a day, or on the Monday after."""
        heapq.heappush(self._events, (working_day(day), next(self._order), act))

    def run(self) -> None:
        """Keep the books from the first day to the last."""
        self._schedule()
        by_day = defaultdict(list)
        for planned in self.planned:
            by_day[planned.day].append(planned)
        day = FIRST_DAY
        while day <= LAST_DAY:
            self.books.session.day = day
            if day.day == 1:
                print(f"{self.books.company.currency} {day:%Y-%m}", flush=True)
            todays = by_day[day]
            posted = self.books.post(day, [self._draft(one) for one in todays])
            for one, invoice in zip(todays, posted, strict=True):
                self._follow(one, invoice)
            while self._events and self._events[0][0] <= day:
                heapq.heappop(self._events)[2](day)
            day += dt.timedelta(days=1)

    # What is known beforehand

    def _schedule(self) -> None:
        key = self.books.company.key
        mine = [one for one in CUSTOMERS if key in one.sellers]
        for customer in mine:
            self._schedule_customer(customer)
        for planned in self.planned:
            if planned.rng.random() < habit_of(planned.customer, planned.day).advance:
                early = planned.day - dt.timedelta(days=planned.rng.randint(5, 18))
                if early >= FIRST_DAY:
                    self.at(early, self._advance(planned))
        for month in _months():
            for number in (18, 28):
                taken = month.replace(day=number)
                amount = self._local(self.rng.uniform(300, 1_400))
                self.at(taken, lambda d, a=amount: self.books.card_takings(a, d, banked=False))
                self.at(
                    taken + dt.timedelta(days=6),
                    lambda d, a=amount: self.books.card_takings(a, d, banked=True),
                )
        self._schedule_entries(mine)
        self.at(dt.date(2026, 5, 29), self._remind)
        self.at(LAST_DAY, self._remind)

    def _schedule_customer(self, customer: Customer) -> None:
        habit = habit_of(customer, FIRST_DAY)
        for month, number in itertools.product(_months(), habit.run):
            self.at(month.replace(day=number), self._payment_run(customer, habit))
        own = {
            "story-bankrupt": (_BANKRUPTCY, self._bankruptcy),
            "story-plan": (_PLAN_AGREED, self._agree_plan),
            "story-dormant": (dt.date(2025, 4, 14), self._goodwill),
            "advance": (dt.date(2026, 6, 22), self._standing_advance),
        }
        if customer.habit in own:
            day, act = own[customer.habit]
            self.at(day, act(customer))

    def _schedule_entries(self, mine: list[Customer]) -> None:
        """Journal entries, drafts, cancelled drafts: a few of each over the two years."""
        plain = [one for one in mine if not one.habit.startswith("story-")]
        texts = ("Interest on late payment", "Bank charges", "Freight recharged", "Pallet deposit")
        for index in range(max(3, round(7 * self.scale))):
            customer = self.rng.choice(plain)
            day = self._some_day()
            # Every third has no maturity date, which Tryton allows on an entry by hand.
            due = None if index % 3 == 0 else day + dt.timedelta(days=14)
            amount = self._local(self.rng.uniform(20, 400))
            self.at(day, self._charge(customer, amount, texts[index % len(texts)], due))
        pool = random.Random(f"{self.seed}/{self.books.company.key}/drafts").sample(
            self.planned, min(len(self.planned), 40)
        )
        for index in range(max(2, round(7 * self.scale))):
            self.at(self._some_day(), self._cancelled_draft(pool[index % len(pool)]))
        for index in range(max(2, round(10 * self.scale))):
            one = pool[-1 - index % len(pool)]
            # One draft was forgotten months ago; the rest are this month's work.
            day = dt.date(2025, 10, 7) if index == 0 else LAST_DAY - dt.timedelta(days=index)
            self.at(day, self._left_draft(one, validated=index % 4 == 1))

    def _some_day(self) -> dt.date:
        return FIRST_DAY + dt.timedelta(days=self.rng.randint(30, 690))

    def _local(self, euros: float) -> Decimal:
        return (Decimal(str(euros)) * self.books.company.unit).quantize(Decimal("0.01"))

    def _draft(self, one: Planned) -> Draft:
        return Draft(
            self.books.parties[one.customer.code],
            one.currency,
            one.customer.term,
            one.lines,
            self.books.taxes[one.taxed] if one.taxed else None,
            one.reference,
        )

    def _credit_draft(self, one: Planned, share: Decimal, text: str) -> Draft:
        quantum = self.books.quantum(one.currency)
        net = sum((quantity * price for _, quantity, price in one.lines), Decimal(0))
        line = (text, 1, -max((net * share).quantize(quantum), quantum))
        return Draft(
            self.books.parties[one.customer.code],
            one.currency,
            "cash",
            (line,),
            self.books.taxes[one.taxed] if one.taxed else None,
            one.reference,
        )

    # What follows an invoice

    def _follow(self, one: Planned, invoice: Posted) -> None:
        habit = habit_of(one.customer, one.day)
        soon = one.day + dt.timedelta(days=one.rng.randint(2, 12))
        if one.fate == "whole-credit":
            self.at(soon, lambda day: self.books.credit_whole(invoice.invoice, day))
        elif one.fate == "cancelled":
            self.at(soon, lambda _: self.books.cancel([invoice.invoice]))
        elif one.fate == "part-credit":
            self.at(soon, self._part_credit(one, invoice))
        elif one.fate == "lost":
            self.at(
                one.day + dt.timedelta(days=190),
                lambda day: self.books.write_off([o.line for o in invoice.owed], day, "Lost"),
            )
        elif habit.run:
            self._bag[one.customer.code] += invoice.owed
        elif id(one) in self._advances:
            self._pay_after_advance(one, invoice)
        elif one.fate in ("overpaid", "short") or habit.shaved:
            self._pay_not_exactly(one, invoice, habit)
        elif one.rng.random() < habit.disputed:
            self._dispute(one, invoice, habit)
        else:
            self._pay_by_habit(one, invoice, habit)
            self._afterwards(one, invoice)

    def _afterwards(self, one: Planned, invoice: Posted) -> None:
        """Do what happens to an invoice that is paid as usual: a rebate, a payment recalled."""
        if one.fate == "rebate":
            draft = self._credit_draft(one, Decimal("0.05"), "Volume rebate")
            self.at(
                one.day + dt.timedelta(days=one.rng.randint(20, 60)),
                lambda day: self._post_credit(day, draft),
            )
        if one.fate == "undone":
            # Long after the payment: the bank recalled it, and nobody matched it again.
            self.at(
                one.day + dt.timedelta(days=one.rng.randint(185, 198)),
                lambda _: self.books.unreconcile([invoice.owed[0].line]),
            )

    def _post_credit(self, day: dt.date, draft: Draft) -> Posted:
        (credit,) = self.books.post(day, [draft])
        return credit

    def _pay_day(self, one: Planned, due: dt.date | None, habit: Habit) -> dt.date:
        late = dt.timedelta(days=round(one.rng.gauss(habit.late, habit.spread)))
        if one.fate == "undone":
            late = dt.timedelta(days=3)
        return working_day(max((due or one.day) + late, one.day + dt.timedelta(days=1)))

    def _pay_by_habit(self, one: Planned, invoice: Posted, habit: Habit) -> None:
        rng, previous = one.rng, one.day
        # Tryton's wizard finds the instalment by its amount, which works in their order only.
        wizard = rng.random() < 0.5 or one.fate == "undone"
        for owed in invoice.owed:
            if rng.random() < habit.unpaid:
                wizard = False
                continue
            day = max(self._pay_day(one, owed.due, habit), previous)
            if one.fate != "undone" and rng.random() < habit.parts:
                self._pay_in_parts(one, invoice, owed, day)
                wizard = wizard and one.single
            elif wizard:
                self.at(day, lambda d, o=owed: self.books.pay(invoice.invoice, o.amount, d))
            else:
                self.at(
                    day,
                    lambda d, o=owed: self.books.settle(
                        invoice.party, invoice.currency, [o], d, "Bank transfer"
                    ),
                )
            previous = day

    def _pay_in_parts(self, one: Planned, invoice: Posted, owed: Owed, day: dt.date) -> None:
        share = Decimal(one.rng.choice((30, 40, 50, 60))) / 100
        first = (owed.amount * share).quantize(self.books.quantum(one.currency))
        later = day + dt.timedelta(days=one.rng.randint(14, 45))
        if one.single and one.rng.random() < 0.6:
            self.at(day, lambda d: self.books.pay(invoice.invoice, first, d))
            self.at(later, lambda d: self.books.pay(invoice.invoice, owed.amount - first, d))
            return
        paid: list[int] = []

        def begin(d: dt.date) -> None:
            paid.extend(self.books.receive(invoice.party, one.currency, [first], d, "Part payment"))

        def finish(d: dt.date) -> None:
            rest = self.books.receive(invoice.party, one.currency, [owed.amount - first], d, "Balance")
            self.books.reconcile([owed.line, *paid, *rest])

        self.at(day, begin)
        self.at(later, finish)

    def _pay_not_exactly(self, one: Planned, invoice: Posted, habit: Habit) -> None:
        day = self._pay_day(one, invoice.owed[-1].due, habit)
        quantum = self.books.quantum(one.currency)
        if one.fate == "overpaid":
            amount = (invoice.total * Decimal("1.03")).quantize(quantum)
            self.at(day, lambda d: self.books.pay(invoice.invoice, amount, d, "overpayment"))
        else:
            share = Decimal(str(1 - (habit.shaved or 0.004)))
            amount = (invoice.total * share).quantize(quantum)
            self.at(day, lambda d: self.books.pay(invoice.invoice, amount, d, "writeoff"))

    def _dispute(self, one: Planned, invoice: Posted, habit: Habit) -> None:
        """Pay about two thirds; months later half of the rest is credited and the case closed."""
        (owed,) = invoice.owed
        day = self._pay_day(one, owed.due, habit)
        share = Decimal(one.rng.randint(60, 75)) / 100
        first = (owed.amount * share).quantize(self.books.quantum(one.currency))
        paid: list[int] = []
        self.at(
            day,
            lambda d: paid.extend(
                self.books.receive(invoice.party, one.currency, [first], d, "Short: goods disputed")
            ),
        )
        if one.rng.random() < 0.4:
            return
        settled = day + dt.timedelta(days=one.rng.randint(80, 150))

        def close(d: dt.date) -> None:
            draft = self._credit_draft(one, (1 - share) / 2, "Settlement of claim")
            credit = self._post_credit(d, draft)
            rest = owed.amount - first + credit.total
            last = self.books.receive(invoice.party, one.currency, [rest], d, "Claim settled")
            self.books.reconcile([owed.line, *paid, *(o.line for o in credit.owed), *last])

        self.at(settled, close)

    def _part_credit(self, one: Planned, invoice: Posted) -> Callable[[dt.date], None]:
        def act(day: dt.date) -> None:
            share = Decimal(one.rng.randint(8, 25)) / 100
            credit = self._post_credit(day, self._credit_draft(one, share, "Goods returned"))
            habit = habit_of(one.customer, one.day)
            paid = max(self._pay_day(one, invoice.owed[-1].due, habit), day)
            self.at(
                paid,
                lambda d: self.books.settle(
                    invoice.party,
                    one.currency,
                    [*invoice.owed, *credit.owed],
                    d,
                    "Invoice less credit note",
                ),
            )

        return act

    # Sums over several invoices, advances

    def _payment_run(self, customer: Customer, habit: Habit) -> Callable[[dt.date], None]:
        def act(day: dt.date) -> None:
            bag = self._bag[customer.code]
            due = [owed for owed in bag if owed.due and owed.due <= day + dt.timedelta(days=3)]
            if not due:
                return
            self._bag[customer.code] = [owed for owed in bag if owed not in due]
            party = self.books.parties[customer.code]
            if habit.rounded:
                self._pay_rounded(customer, party, due, day)
            else:
                self.books.settle(party, customer.currency, due, day, "Payment run")

        return act

    def _pay_rounded(self, customer: Customer, party: int, due: list[Owed], day: dt.date) -> None:
        before = self._on_account.pop(customer.code, [])
        need = sum((owed.amount for owed in due + before), Decimal(0))
        if need <= 0:
            self._bag[customer.code] += due
            self._on_account[customer.code] = before
            return
        sent = (need / 1000).to_integral_value(ROUND_CEILING) * 1000
        amounts = [need, sent - need] if sent != need else [need]
        lines = self.books.receive(party, customer.currency, amounts, day, "On account")
        paid = {owed.amount: owed for owed in self.books.owed(lines)}
        used = paid.pop(-need)
        self.books.reconcile([owed.line for owed in (*due, *before, used)])
        self._on_account[customer.code] = list(paid.values())

    def _advance(self, one: Planned) -> Callable[[dt.date], None]:
        def act(day: dt.date) -> None:
            quantum = self.books.quantum(one.currency)
            amount = (one.total(quantum) * Decimal("0.3")).quantize(quantum)
            party = self.books.parties[one.customer.code]
            lines = self.books.receive(party, one.currency, [amount], day, "Advance 30%")
            self._advances[id(one)] = self.books.owed(lines)

        return act

    def _pay_after_advance(self, one: Planned, invoice: Posted) -> None:
        advance = self._advances.pop(id(one))
        day = self._pay_day(one, invoice.owed[-1].due, habit_of(one.customer, one.day))
        self.at(
            day,
            lambda d: self.books.settle(
                invoice.party, one.currency, [*invoice.owed, *advance], d, "Balance after advance"
            ),
        )

    def _standing_advance(self, customer: Customer) -> Callable[[dt.date], None]:
        def act(day: dt.date) -> None:
            self.books.receive(
                self.books.parties[customer.code],
                customer.currency,
                [Decimal(self.rng.randint(2, 9) * 500)],
                day,
                "Advance for next order",
            )

        return act

    # Stories and corrections

    def _bankruptcy(self, customer: Customer) -> Callable[[dt.date], None]:
        def act(day: dt.date) -> None:
            lines = self.books.open_lines(self.books.parties[customer.code])
            if lines:
                self.books.write_off(lines, day, "Insolvency closed without dividend")

        return act

    def _agree_plan(self, customer: Customer) -> Callable[[dt.date], None]:
        def act(day: dt.date) -> None:
            party = self.books.parties[customer.code]
            invoices = self.books.open_invoices(party, dt.date(2025, 7, 1))
            for invoice in self.books.posted(invoices[:2]):
                lines = [owed.line for owed in invoice.owed]
                new = self.books.reschedule(lines, day + dt.timedelta(days=17), 6, "Payment plan agreed")
                # Three instalments are kept, then the plan is broken.
                for owed in sorted(self.books.owed(new), key=lambda o: o.due or day)[:3]:
                    self.at(
                        (owed.due or day) + dt.timedelta(days=2),
                        lambda d, o=owed, i=invoice: self.books.settle(
                            i.party, i.currency, [o], d, "Instalment of plan"
                        ),
                    )

        return act

    def _goodwill(self, customer: Customer) -> Callable[[dt.date], None]:
        def act(day: dt.date) -> None:
            party = self.books.parties[customer.code]
            line = ("Goodwill on discontinued range", 1, Decimal(-850))
            self.books.post(day, [Draft(party, customer.currency, "cash", (line,), None, "")])

        return act

    def _charge(
        self, customer: Customer, amount: Decimal, text: str, due: dt.date | None
    ) -> Callable[[dt.date], None]:
        def act(day: dt.date) -> None:
            party = self.books.parties[customer.code]
            lines = self.books.charge(party, amount, day, text, due)
            if self.rng.random() < 0.5:
                self.at(
                    day + dt.timedelta(days=40),
                    lambda d: self.books.settle(
                        party, self.books.company.currency, self.books.owed(lines), d, "Charges"
                    ),
                )

        return act

    def _cancelled_draft(self, one: Planned) -> Callable[[dt.date], None]:
        def act(day: dt.date) -> None:
            self.books.cancel(self.books.draft(day, [self._draft(one)]))

        return act

    def _left_draft(self, one: Planned, *, validated: bool) -> Callable[[dt.date], None]:
        def act(day: dt.date) -> None:
            ids = self.books.draft(day, [self._draft(one)])
            if validated:
                self.books.session.click("account.invoice", "validate_invoice", ids)

        return act

    def _remind(self, day: dt.date) -> None:
        disputed = [self.books.parties[one.code] for one in CUSTOMERS if one.habit == "story-dispute"]
        self.books.remind(day, blocked=disputed)


def _months() -> list[dt.date]:
    months, month = [], FIRST_DAY
    while month <= LAST_DAY:
        months.append(month)
        month = (month + dt.timedelta(days=31)).replace(day=1)
    return months
