"""The replay: a ledger day by day, and what a policy makes of every order on the day it comes in.

Each policy has a world of its own. Until the first day of the replay both are the ledger as it was. From then
on an order that the policy does not let through on credit is not in its world: neither what is open of it nor
its payments. Receipts settle what they settled in fact, on their day.

Receipts and allocations of a day count before its orders; of several orders of a customer on one day each
counts for the next, by document number. A customer is looked at when it orders. It is rated when it never
was, when its last rating is older than the policy's interval, and when an alert rises; the limit and the
terms of that rating hold until the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook.calendar import add_months
from duebook.exposure import Part
from duebook.release import Verdict, release
from duebook_etl.backtest.ledger import NEVER, as_date, day_number, ranges
from duebook_etl.backtest.rating import DECIMALS, NO_LIMIT, Rater, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from duebook_etl.backtest.facts import Facts
    from duebook_etl.backtest.ledger import Flags, Floats, Ints, Ledger

VERDICTS: Final = tuple(Verdict)
_CODES: Final = {verdict: code for code, verdict in enumerate(VERDICTS)}
_YEAR_DAYS: Final = 365
_NONE: Final = "none"


@dataclass(frozen=True, eq=False)
class Decisions:
    """What a policy made of the orders, in the sequence of :class:`~duebook_etl.backtest.ledger.Orders`.

    Orders before the replay's first day are not decided: their verdict is -1.

    Attributes:
        verdict: The place of each one's verdict among :data:`VERDICTS`.
        exposure: The exposure before it, minor units.
        limit: The limit, minor units; :data:`~duebook_etl.backtest.rating.NO_LIMIT` where none was known.
        oldest: Days late of the oldest open item.
        grade: The grade then; empty for an order that was not decided.
        ratings: How many times a customer was rated.
    """

    verdict: Ints
    exposure: Ints
    limit: Ints
    oldest: Ints
    grade: list[str]
    ratings: int


@dataclass(frozen=True, eq=False)
class Tried:
    """A policy, worked out for each customer.

    Attributes:
        raters: One for each group of customers that have the same policy.
        group: The number of each customer's group.
        industries: The industry of each customer, as its policy names it; empty where it knows none.
        facts: What is known of customers beyond the ledger.
    """

    raters: Sequence[Rater]
    group: Ints
    industries: Sequence[str]
    facts: Facts


def replay(ledger: Ledger, tried: Sequence[Tried], *, first: date) -> tuple[Decisions, ...]:
    """Replay a ledger under policies.

    Args:
        ledger: The ledger; its last day is the replay's.
        tried: The policies.
        first: The first day whose orders are decided.

    Returns:
        The decisions of each policy.
    """
    start = day_number(first)
    orders = ledger.orders
    worlds = [_World(ledger, each, start) for each in tried]
    left = np.zeros(ledger.amount.size, dtype=np.int64)
    before = ledger.moves_between(ledger.first, start - 1)
    np.add.at(left, ledger.moved[before], ledger.moves[before])
    is_open = left != 0
    by_day = np.argsort(orders.day, kind="stable")
    days = orders.day[by_day]
    asked: Flags = np.zeros(len(ledger.customers), dtype=np.bool_)
    slots = np.zeros(len(ledger.customers), dtype=np.int64)
    for day in range(max(start, ledger.first), ledger.last + 1):
        moves = ledger.moves_between(day, day)
        moved = ledger.moved[moves]
        np.add.at(left, moved, ledger.moves[moves])
        is_open[moved] = left[moved] != 0
        todays = by_day[np.searchsorted(days, day) : np.searchsorted(days, day + 1)]
        if not todays.size:
            continue
        customer = np.unique(orders.customer[todays])
        asked[customer] = True
        slots[customer] = np.arange(customer.size)
        live = np.flatnonzero(is_open)
        live = live[asked[ledger.customer[live]]]
        asked[customer] = False
        items, starts = orders.items_of(todays)
        today = _Day(
            day, customer, todays, slots[orders.customer[todays]], np.add.reduceat(left[items], starts)
        )
        for world in worlds:
            world.decide(today, live, slots[ledger.customer[live]], left[live])
    return tuple(world.decisions for world in worlds)


@dataclass(frozen=True, eq=False)
class _Day:
    """A day's orders: the customers that ordered, the orders, whose each is, and what each adds."""

    day: int
    customer: Ints
    orders: Ints
    slot: Ints
    adds: Ints


class _World:
    """The ledger as it would be under one policy."""

    def __init__(self, ledger: Ledger, tried: Tried, start: int) -> None:
        self._ledger, self._tried = ledger, tried
        orders, customers = ledger.orders, len(ledger.customers)
        self._admitted: Flags = np.ones(ledger.amount.size, dtype=np.bool_)
        undecided, _ = orders.items_of(np.flatnonzero(orders.day >= start))
        self._admitted[undecided] = False
        self._dealt: Flags = np.zeros(customers, dtype=np.bool_)
        self._dealt[orders.customer[orders.day < start]] = True
        self._rate_on = np.full(customers, -NEVER, dtype=np.int64)
        self._limit = np.full(customers, NO_LIMIT, dtype=np.int64)
        self._grade, self._condition = (np.full(customers, text, dtype=object) for text in ("", _NONE))
        rules = max((len(rater.rules) for rater in tried.raters), default=0)
        self._levels = np.zeros((rules, customers), dtype=np.int64)
        self._share, self._late = np.full(customers, np.nan), np.full(customers, np.nan)
        self._first_day = np.full(customers, NEVER, dtype=np.int64)
        np.minimum.at(self._first_day, orders.customer, orders.day)
        size = orders.day.size
        self._verdict = np.full(size, -1, dtype=np.int64)
        self._exposure, self._limits, self._oldest = (np.zeros(size, dtype=np.int64) for _ in range(3))
        self._grades = np.full(size, "", dtype=object)
        self._ratings = 0

    @property
    def decisions(self) -> Decisions:
        return Decisions(
            self._verdict, self._exposure, self._limits, self._oldest, self._grades.tolist(), self._ratings
        )

    def decide(self, today: _Day, live: Ints, slot: Ints, left: Ints) -> None:
        """Decide a day's orders.

        Args:
            today: The orders.
            live: The open items of their customers, sorted by customer.
            slot: Whose each is, among the day's customers.
            left: What is open of each.
        """
        within = self._admitted[live]
        live, slot, left = live[within], slot[within], left[within]
        size = today.customer.size
        owed, credit = np.maximum(left, 0), np.minimum(left, 0)
        late = np.where(left > 0, np.maximum(today.day - self._ledger.due[live], 0), 0)
        positive = _sums(slot, owed, size)
        overdue = _sums(slot, np.where(late > 0, owed, 0), size)
        oldest = _largest(slot, late, size)
        share: Floats = np.zeros(size)
        np.divide(overdue, positive, out=share, where=positive > 0)
        share = np.round(share, DECIMALS)
        negative = _sums(slot, credit, size)
        exposure = np.zeros(size, dtype=np.int64)
        groups = self._tried.group[today.customer]
        for number in np.unique(groups).tolist():
            rater = self._tried.raters[number]
            places = np.flatnonzero(groups == number)
            include = rater.policy.exposure.include
            if Part.OPEN in include:
                exposure[places] += positive[places]
            if Part.UNAPPLIED in include:
                exposure[places] += negative[places]
            paid_late = self._paid(today, places, rater.policy.behaviour.months)
            sales, months = self._bought(today, places, rater.policy.behaviour.months)
            customer = today.customer[places]
            seen = Seen(
                customer,
                self._dealt[customer],
                share[places],
                oldest[places],
                paid_late,
                sales,
                months,
            )
            self._look(today, rater, seen)
        self._release(today, exposure, oldest)

    def _look(self, today: _Day, rater: Rater, seen: Seen) -> None:
        """Look at customers of one group, and rate those whose time has come or whose alert rises."""
        customer, rules = seen.customer, len(rater.rules)
        before = self._levels[:rules, customer]
        levels = rater.levels(seen, (self._share[customer], self._late[customer]), before)
        rising = (levels > before).any(axis=0) if rules else np.zeros(customer.size, dtype=np.bool_)
        self._levels[:rules, customer] = levels
        places = np.flatnonzero(rising | (self._rate_on[customer] <= today.day))
        if not places.size:
            return
        rated = seen.of(places)
        who = rated.customer.tolist()
        alerts = (levels[:, places] > 0).sum(axis=0)
        tried, names = self._tried, self._ledger.customers
        ratings = rater.rate(
            rated,
            [tried.industries[each] for each in who],
            [tried.facts.on(names[each], today.day) for each in who],
            alerts,
            self._seller_sales(today.day),
        )
        self._grade[rated.customer] = [rating.grade for rating in ratings]
        self._condition[rated.customer] = [rating.condition for rating in ratings]
        self._limit[rated.customer] = [rating.limit for rating in ratings]
        self._share[rated.customer], self._late[rated.customer] = rated.share, rated.late
        self._rate_on[rated.customer] = day_number(add_months(as_date(today.day), rater.review_months))
        self._ratings += len(who)

    def _release(self, today: _Day, exposure: Ints, oldest: Ints) -> None:
        """Decide the orders one by one: what is let through is open when the next is decided."""
        raters, customers = self._tried.raters, today.customer
        stops = [raters[group].stops_from for group in self._tried.group[customers].tolist()]
        conditions = self._condition[customers].tolist()
        limits = [None if limit == NO_LIMIT else limit for limit in self._limit[customers].tolist()]
        open_now, late = exposure.tolist(), oldest.tolist()
        codes, before, let_through = [], [], []
        for order, slot, adds in zip(
            today.orders.tolist(), today.slot.tolist(), today.adds.tolist(), strict=True
        ):
            verdict = release(
                adds,
                exposure=open_now[slot],
                limit=limits[slot],
                oldest_overdue=late[slot],
                stops_from=stops[slot],
                condition=conditions[slot],
            )
            codes.append(_CODES[verdict])
            before.append(open_now[slot])
            if verdict.on_credit:
                let_through.append(order)
                open_now[slot] += adds
        whose = customers[today.slot]
        self._verdict[today.orders], self._exposure[today.orders] = codes, before
        self._limits[today.orders], self._oldest[today.orders] = self._limit[whose], oldest[today.slot]
        self._grades[today.orders] = self._grade[whose]
        admitted = np.array(let_through, dtype=np.int64)
        items, _ = self._ledger.orders.items_of(admitted)
        self._admitted[items] = True
        self._dealt[self._ledger.orders.customer[admitted]] = True

    def _paid(self, today: _Day, places: Ints, months: int) -> Floats:
        """Return the mean days late of what customers paid in the last months; NaN for nothing."""
        ledger, paid = self._ledger, self._ledger.payments
        customer, since = today.customer[places], _since(today.day, months)
        # An allocation takes effect when the last of its items is posted, so an older one was paid earlier.
        begin = np.searchsorted(ledger.payment_keys, ledger.key(customer, since), side="right")
        end = np.searchsorted(ledger.payment_keys, ledger.key(customer, today.day), side="right")
        count = np.maximum(end - begin, 0)
        rows, _ = ranges(begin, count)
        slot = np.repeat(np.arange(customer.size), count)
        seen = (paid.paid[rows] > since) & (paid.reversed[rows] > today.day) & self._admitted[paid.item[rows]]
        rows, slot = rows[seen], slot[seen]
        settled, late = paid.settled[rows], paid.late[rows]
        weight = np.bincount(slot, settled, customer.size)
        moment = np.bincount(slot, settled * late, customer.size)
        mean: Floats = np.full(customer.size, np.nan)
        np.divide(moment, weight, out=mean, where=weight > 0)
        return np.asarray(np.round(mean, DECIMALS), dtype=np.float64)

    def _bought(self, today: _Day, places: Ints, months: int) -> tuple[Ints, Ints]:
        """Return mean monthly sales before the day, of at most so many months, and months since the first.

        What was ordered counts, let through or not: it is what the customer buys.
        """
        ledger, customer = self._ledger, today.customer[places]
        begin = np.searchsorted(
            ledger.order_keys, ledger.key(customer, _since(today.day, months)), side="right"
        )
        end = np.searchsorted(ledger.order_keys, ledger.key(customer, today.day), side="left")
        bought = ledger.ordered[np.maximum(end, begin)] - ledger.ordered[begin]
        since_first = _whole_months(self._first_day[customer], today.day)
        window = np.clip(since_first, 1, months)
        return (2 * bought + window) // (2 * window), since_first

    def _seller_sales(self, day: int) -> int | None:
        """Return the company's sales of the year before a day; None where the ledger begins within it."""
        at = day - 1 - self._ledger.first
        if at + 1 < _YEAR_DAYS:
            return None
        before = self._ledger.sales_until[at - _YEAR_DAYS] if at >= _YEAR_DAYS else 0
        return int(self._ledger.sales_until[at] - before)


def _since(day: int, months: int) -> int:
    return day_number(add_months(as_date(day), -months))


def _whole_months(first: Ints, day: int) -> Ints:
    """Return the whole months from days to a later one."""
    dates = first.astype("datetime64[D]")
    begun = dates.astype("datetime64[M]")
    today = np.datetime64(day, "D")
    months = (today.astype("datetime64[M]") - begun).astype(np.int64)
    of_month = (dates - begun).astype(np.int64)
    today_of_month = int((today - today.astype("datetime64[M]")).astype(np.int64))
    return np.asarray(months - (of_month > today_of_month), dtype=np.int64)


def _sums(group: Ints, values: Ints, size: int) -> Ints:
    """Return the sum of each group, whose values lie together."""
    found = np.zeros(size, dtype=np.int64)
    if group.size:
        starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        found[group[starts]] = np.add.reduceat(values, starts)
    return found


def _largest(group: Ints, values: Ints, size: int) -> Ints:
    """Return the largest value of each group, whose values lie together; 0 where it has none."""
    found = np.zeros(size, dtype=np.int64)
    if group.size:
        starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        found[group[starts]] = np.maximum.reduceat(values, starts)
    return found
