"""A ledger at the end of many days, read once: what :mod:`duebook.measures` says of each day, by NumPy.

Keys are codes counted from 0: joined by text once a day, a million items would take minutes. Money is int64
minor units, debit positive, and only ever added and subtracted, so that it equals the measures to the cent;
days count from 1970-01-01, as in Arrow's dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duebook.calendar import add_months
from duebook.ledger import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from duebook.policy import Policy

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

NEVER: Final = np.iinfo(np.int64).max
"""The due date of an item that has none, and the day on which a leg that stands is reversed."""
NOBODY: Final = -1
"""The customer of an item that names none."""
KINDS: Final = tuple(Kind)
_EPOCH: Final = date(1970, 1, 1).toordinal()
_INVOICE, _JOURNAL_ENTRY = KINDS.index(Kind.INVOICE), KINDS.index(Kind.JOURNAL_ENTRY)
_RECEIPTS: Final = (KINDS.index(Kind.RECEIPT), KINDS.index(Kind.ADVANCE))
_SALES: Final = (_INVOICE, KINDS.index(Kind.CREDIT_NOTE))
_UNAPPLIED: Final = (*_RECEIPTS, KINDS.index(Kind.CREDIT_NOTE))


@dataclass(frozen=True, eq=False)
class Items:
    """Items as columns of equal length.

    Attributes:
        group: What the item is counted under.
        customer: Its customer; :data:`NOBODY` for none.
        kind: The place of its kind in :data:`KINDS`.
        posted: The day of its posting.
        dated: The day on its document.
        due: The day it is due; :data:`NEVER` for none.
        amount: The original amount in the company's currency.
        amount_document: That in the document's.
    """

    group: Ints
    customer: Ints
    kind: Ints
    posted: Ints
    dated: Ints
    due: Ints
    amount: Ints
    amount_document: Ints


@dataclass(frozen=True, eq=False)
class Legs:
    """Allocation legs as columns of equal length.

    Attributes:
        item: The place of the item.
        allocation: The allocation that the leg is of.
        effective: The day from whose end it counts.
        reversed_on: The day from whose end it no longer counts; :data:`NEVER` where it stands.
        amount: What it takes off the item, in the company's currency.
        amount_document: That in the document's.
    """

    item: Ints
    allocation: Ints
    effective: Ints
    reversed_on: Ints
    amount: Ints
    amount_document: Ints


@dataclass(frozen=True, eq=False)
class DayEnd:
    """The figures of every group at the end of one day, as :func:`duebook_etl.profile.summary` defines them.

    Attributes:
        known: Whether anything was posted by then.
        open: What is open.
        not_due: Of it, no later than the first edge of the policy.
        overdue: Of it, later.
        no_date: Of it, without a due date.
        unapplied: Of it, receipts, advances and credit notes that are negative.
        oldest_overdue_days: Of the oldest positive item that is overdue; NaN without one.
        average_days_late: NaN without a payment that can be late.
        average_terms: Likewise.
        settled: What receipts settled of invoices in the months that the policy looks back on.
        sales: Of the days that the policy holds receivables against.
        sales_of_month: Of the calendar month up to the day.
        customers: How many have an open item.
    """

    known: Flags
    open: Ints
    not_due: Ints
    overdue: Ints
    no_date: Ints
    unapplied: Ints
    oldest_overdue_days: Floats
    average_days_late: Floats
    average_terms: Floats
    settled: Ints
    sales: Ints
    sales_of_month: Ints
    customers: Ints


class History:
    """A ledger that answers for each of some days."""

    def __init__(self, items: Items, legs: Legs, days: Sequence[date], *, groups: int) -> None:
        """Follow what is open of every item through the days.

        Args:
            items: The items.
            legs: The legs on them.
            days: The days that will be asked for, rising.
            groups: How many groups there are.
        """
        self._items, self._legs, self._days, self._groups = items, legs, tuple(days), groups
        self._spells = _spells(items, legs, np.array([_number(day) for day in days], np.int64))
        self._customers = int(items.customer.max(initial=NOBODY)) + 1
        self._allocations = int(legs.allocation.max(initial=-1)) + 1
        self._first = np.full(groups, NEVER)
        np.minimum.at(self._first, items.group, items.posted)
        self._sold = np.flatnonzero(np.isin(items.kind, _SALES))
        self._leg_kind = items.kind[legs.item]
        self._leg_posted = items.posted[legs.item]

    def on(self, place: int, policy: Policy) -> DayEnd:
        """Return the figures at the end of a day.

        Args:
            place: Which of the days.
            policy: The policy in force on it.
        """
        as_of = self._days[place]
        day, items = _number(as_of), self._items
        item, money = self._open(place)
        group, due = items.group[item], items.due[item]
        dated = due != NEVER
        overdue = dated & (day - due > policy.aging.edges[0])
        unapplied = (money < 0) & np.isin(items.kind[item], _UNAPPLIED)
        late = overdue & (money > 0)
        oldest = np.full(self._groups, NEVER)
        np.minimum.at(oldest, group[late], due[late])
        days_late, terms, settled = self._payments(as_of, policy)
        return DayEnd(
            known=self._first <= day,
            open=self._sum(group, money),
            not_due=self._sum(group[dated & ~overdue], money[dated & ~overdue]),
            overdue=self._sum(group[overdue], money[overdue]),
            no_date=self._sum(group[~dated], money[~dated]),
            unapplied=self._sum(group[unapplied], money[unapplied]),
            oldest_overdue_days=np.where(oldest == NEVER, np.nan, day - oldest.astype(np.float64)),
            average_days_late=days_late,
            average_terms=terms,
            settled=settled,
            sales=self.sales(as_of - timedelta(policy.turnover.days), as_of),
            sales_of_month=self.sales(_month_before(as_of), as_of),
            customers=self._with_open_items(item, group),
        )

    def known(self, place: int) -> Flags:
        """Return whether anything of a group was posted by the end of a day."""
        found: Flags = self._first <= _number(self._days[place])
        return found

    def exposed(self, place: int, edges: Sequence[int], *, undated: bool = False) -> Ints:
        """Return what is owed in each bucket of age at the end of a day: items with a positive open amount.

        Unapplied receipts and credits are no exposure, and what has no due date has no age: both are left
        out.

        Args:
            place: Which of the days.
            edges: The last day of every bucket but the open-ended one.
            undated: Whether what has no due date is told after all, as a column behind the buckets.

        Returns:
            A row a group, a column a bucket.
        """
        item, money = self._open(place)
        return self._by_bucket(item[money > 0], money[money > 0], place, edges, undated=undated)

    def written_off(self, place: int, edges: Sequence[int], *, undated: bool = False) -> Ints:
        """Return what was written off in the calendar month of a day, in the bucket it would stand in then.

        Journal entries are how ERPs write off, so what they took off any other document counts: in an
        allocation of the month, let T be the sum of its debit legs and J that of its credit legs on journal
        entries, taken positive; the share J / T of each of its other debit legs was written off, in whole
        minor units that add up. Exchange differences and netting are booked by journal entries too and count
        as well.

        Args:
            place: Which of the days.
            edges: The last day of every bucket but the open-ended one.
            undated: As of :meth:`exposed`.

        Returns:
            A row a group, a column a bucket; what has no due date is left out.
        """
        as_of = self._days[place]
        chosen = self._in_force(_month_before(as_of), as_of)
        allocation, amount = self._legs.allocation[chosen], self._legs.amount[chosen]
        entry = self._leg_kind[chosen] == _JOURNAL_ENTRY
        debit, lost = np.zeros((2, self._allocations), np.int64)
        np.add.at(debit, allocation, np.maximum(amount, 0))
        np.add.at(lost, allocation, np.where(entry & (amount < 0), -amount, 0))
        hit = np.flatnonzero((amount > 0) & ~entry & (lost[allocation] > 0))
        gone, total, part = amount[hit], debit[allocation[hit]], lost[allocation[hit]]
        partly = np.flatnonzero(part < total)
        rows = (allocation[hit], gone, part, total)
        gone[partly] = _shares(zip(*(column[partly].tolist() for column in rows), strict=True))
        return self._by_bucket(self._legs.item[chosen[hit]], gone, place, edges, undated=undated)

    def _open(self, place: int) -> tuple[Ints, Ints]:
        """Return the items that are open at the end of a day, and what is open of each."""
        spells = self._spells
        here = np.flatnonzero((spells.first <= place) & (place < spells.end))
        return spells.item[here], spells.open[here]

    def _sum(self, group: Ints, money: Ints) -> Ints:
        sums = np.zeros(self._groups, np.int64)
        np.add.at(sums, group, money)
        return sums

    def _by_bucket(self, item: Ints, money: Ints, place: int, edges: Sequence[int], *, undated: bool) -> Ints:
        due = self._items.due[item]
        late = np.where(due == NEVER, 0, _number(self._days[place]) - due)
        bucket = np.where(due == NEVER, len(edges) + 1, np.searchsorted(edges, late, side="left"))
        sums = np.zeros((self._groups, len(edges) + 2), np.int64)
        np.add.at(sums, (self._items.group[item], bucket), money)
        return sums if undated else sums[:, :-1]

    def _with_open_items(self, item: Ints, group: Ints) -> Ints:
        customer = self._items.customer[item]
        known = customer != NOBODY
        pairs = np.unique(group[known] * self._customers + customer[known])
        return np.bincount(pairs // max(self._customers, 1), minlength=self._groups).astype(np.int64)

    def sales(self, after: date, until: date) -> Ints:
        """Return sales on credit after one day and until another, as :func:`duebook.measures.sales`."""
        items, sold = self._items, self._sold
        dated, last = items.dated[sold], _number(until)
        within = sold[(dated > _number(after)) & (dated <= last) & (items.posted[sold] <= last)]
        return self._sum(items.group[within], items.amount[within])

    def _in_force(self, after: date, as_of: date) -> Ints:
        """Return the legs in force at the end of a day that took effect after another."""
        legs, day = self._legs, _number(as_of)
        recent = (legs.effective > _number(after)) & (legs.effective <= day)
        return np.flatnonzero(recent & (legs.reversed_on > day) & (self._leg_posted <= day))

    def _payments(self, as_of: date, policy: Policy) -> tuple[Floats, Floats, Ints]:
        """Return days late, terms and amount of what receipts settled, as :func:`~.measures.settlements`."""
        since = add_months(as_of, -policy.behaviour.months)
        chosen = self._in_force(since, as_of)
        allocation, amount = self._legs.allocation[chosen], self._legs.amount[chosen].astype(np.float64)
        kind = self._leg_kind[chosen]
        paying = np.where(np.isin(kind, _RECEIPTS) & (amount < 0), -amount, 0.0)
        debit = np.bincount(allocation, np.maximum(amount, 0), self._allocations)
        received = np.bincount(allocation, paying, self._allocations)
        moment = np.bincount(allocation, paying * self._leg_posted[chosen], self._allocations)
        paid_day = np.full(self._allocations, -np.inf)
        np.divide(moment, received, out=paid_day, where=received > 0)
        paid = (kind == _INVOICE) & (amount > 0) & (paid_day > _number(since))[allocation]
        allocation, item = allocation[paid], self._legs.item[chosen[paid]]
        settled = amount[paid] * received[allocation] / debit[allocation]
        group, due = self._items.group[item], self._items.due[item]
        known = due != NEVER
        late = paid_day[allocation] - due
        terms = (due - self._items.dated[item]).astype(np.float64)
        weights = np.bincount(group[known], settled[known], self._groups)

        def mean(days: Floats) -> Floats:
            moments = np.bincount(group[known], settled[known] * days[known], self._groups)
            means: Floats = np.divide(moments, weights, out=np.full(self._groups, np.nan), where=weights > 0)
            return means

        sums = np.rint(np.bincount(group, settled, self._groups)).astype(np.int64)
        return mean(late), mean(terms), sums


@dataclass(frozen=True, eq=False)
class _Spells:
    """How long what is open of an item stays the same: from one of the days until before another."""

    item: Ints
    first: Ints
    end: Ints
    open: Ints


def _spells(items: Items, legs: Legs, days: Ints) -> _Spells:
    """Return the spells in which an item is open in either currency.

    As in :func:`duebook.measures.open_items`, a leg on an item that is posted later counts from the posting.
    """
    effective = np.maximum(legs.effective, items.posted[legs.item])
    undone = np.flatnonzero(legs.reversed_on != NEVER)
    again = np.maximum(legs.reversed_on, effective)[undone]
    item = np.concatenate([np.arange(len(items.posted)), legs.item, legs.item[undone]])
    place = np.searchsorted(days, np.concatenate([items.posted, effective, again]), side="left")
    money = np.concatenate([items.amount, -legs.amount, legs.amount[undone]])
    document = np.concatenate([items.amount_document, -legs.amount_document, legs.amount_document[undone]])
    seen = np.flatnonzero(place < len(days))
    key = item[seen] * len(days) + place[seen]
    order = np.argsort(key, kind="stable")
    key, seen = key[order], seen[order]
    if not len(key):
        return _Spells(key, key, key, key)
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    item, first = np.divmod(key[starts], len(days))
    new = np.diff(item, prepend=-1) != 0
    end = np.where(np.append(new[1:], True), len(days), np.append(first[1:], len(days)))
    opened = _running(np.add.reduceat(money[seen], starts), new)
    opened_document = _running(np.add.reduceat(document[seen], starts), new)
    kept = np.flatnonzero((opened != 0) | (opened_document != 0))
    return _Spells(item[kept], first[kept], end[kept], opened[kept])


def _running(sums: Ints, new: Flags) -> Ints:
    """Return the running sums of one item after the other; ``new`` says where an item begins."""
    totals = np.cumsum(sums)
    begin = np.maximum.accumulate(np.where(new, np.arange(len(new)), 0))
    running: Ints = totals - (totals - sums)[begin]
    return running


def _shares(rows: Iterable[tuple[int, int, int, int]]) -> list[int]:
    """Return part / total of each leg, so that those of one allocation add up to its share of their sum.

    By Python's own integers, for the products do not fit 64 bits.

    Args:
        rows: The allocation, the leg, and what of all its debit legs was written off: part and total.
    """
    found, seen = [], dict[int, int]()
    for allocation, leg, part, total in rows:
        before = seen.get(allocation, 0)
        seen[allocation] = before + leg
        until, after = ((2 * part * upto + total) // (2 * total) for upto in (before, before + leg))
        found.append(after - until)
    return found


def _number(day: date) -> int:
    return day.toordinal() - _EPOCH


def _month_before(day: date) -> date:
    """Return the last day of the month before that of a day."""
    return day.replace(day=1) - timedelta(1)
