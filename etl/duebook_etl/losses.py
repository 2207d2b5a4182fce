"""The loss rates of a company (迁徙率) from what its own ledger held in each bucket of age by month."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duebook import history as core
from duebook.calendar import add_months, end_of_month, month_days
from duebook.errors import NoAnswerError
from duebook.provision import compounded, roll_rates
from duebook_etl.profile import ITEM_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from duebook.policy import Policy
    from duebook_etl.knowledge import LossRates, Place

_MONTH: Final = (28, 31)  # how many days a bucket that is a month wide has
_YEAR: Final = 12
_AHEAD: Final = 24
"""Months followed beyond those that are asked for: a credit profile asks for so many, the newest first."""


class LossHistory:
    """How the ledger of a company rolled through the buckets of age in some months."""

    def __init__(
        self, items: pa.Table, legs: pa.Table, edges: Sequence[int], until: date, months: int
    ) -> None:
        """Follow a ledger from month to month.

        Args:
            items: The items of one company, with :data:`duebook_etl.profile.ITEM_COLUMNS`; those posted
                after the last month count in none.
            legs: The legs on them.
            edges: The edges of the buckets, each a month from the next.
            until: The last day of the last month.
            months: How many months; those that ended before the first posting say nothing and are left out.
        """
        self._until = until
        first: date | None = pc.min(items["posting_date"]).as_py()
        # A roll needs what stood at the end of the month before.
        days = [] if first is None else [day for day in month_ends(until, months + 1) if day >= first]
        self._whole = len(days) <= months
        self._days = days
        self._rolls: tuple[tuple[Decimal | None, ...], ...] = ()
        if len(days) > 1:
            nobody = np.zeros(len(items), np.int64)
            books = core.History(
                encoded_items(items, nobody, nobody), encoded_legs(items, legs), days, groups=1
            )
            exposed, gone = (
                [
                    [Decimal(amount) for amount in newly(table, place, day, edges)[0].tolist()]
                    for place, day in enumerate(days)
                ]
                for table in (books.exposed, books.written_off)
            )
            self._rolls = roll_rates(exposed, gone[1:])

    def tells(self, last: date, months: int) -> bool:
        """Return whether it has all that so many months up to one say."""
        return last <= self._until and (self._whole or self._before(last) >= months)

    def rates(self, last: date, months: int) -> tuple[Decimal, ...] | None:
        """Return the loss rate of each bucket, as :func:`duebook.provision.loss_rates`.

        Args:
            last: The last day of the last month.
            months: Of the roll rates of how many months, at most, means are taken.

        Returns:
            A fraction for each bucket but that of items without due date; None where the ledger says too
            little: there are no two months, or a bucket other than the last held nothing at the end of any
            month but the last.
        """
        place = max(0, self._before(last))
        rolls = self._rolls[max(0, place - months) : place]
        try:
            return compounded(rolls) if rolls else None
        except NoAnswerError:
            return None

    def _before(self, last: date) -> int:
        """Return how many of the months ended before one; -1 where that one is before them all."""
        return sum(day <= last for day in self._days) - 1


class Losses:
    """The loss rates of companies on any day, from as few readings of their ledgers as that takes."""

    def __init__(self, read: Callable[[Place, date], tuple[pa.Table, pa.Table]], last_day: date) -> None:
        """Read nothing yet.

        Args:
            read: Reads the items and legs of a company up to a day.
            last_day: The day up to which the books were read last.
        """
        self._read, self._newest = read, last_month_end(last_day)
        self._kept: dict[tuple[Place, tuple[int, ...]], LossHistory] = {}

    def take(self, place: Place, items: pa.Table, legs: pa.Table, as_of: date, policy: Policy) -> None:
        """Follow a ledger that was read for a day already, for that day and those before it."""
        edges, months = policy.aging.edges, policy.provision.history_months + _AHEAD
        if roll_monthly(edges):
            self._kept[place, edges] = LossHistory(items, legs, edges, last_month_end(as_of), months)

    def on(self, as_of: date) -> LossRates:
        """Return what gives the loss rates of a company under a policy, as they stood on a day.

        They are those of ``duebook history "loss rates" --by company`` for the latest month that ended by
        the day, from the roll rates of at most ``provision.history_months``; None as
        :meth:`LossHistory.rates` says, and where the policy's buckets are not a month wide.
        """
        last = last_month_end(as_of)

        def rates(place: Place, policy: Policy) -> tuple[Decimal, ...] | None:
            edges, months = policy.aging.edges, policy.provision.history_months
            if not roll_monthly(edges):
                return None
            found = self._kept.get((place, edges))
            if found is None or not found.tells(last, months):
                until = max(last, self._newest)
                since = (until.year - last.year) * _YEAR + until.month - last.month
                items, legs = self._read(place, until)
                found = LossHistory(items, legs, edges, until, since + months + _AHEAD)
                self._kept[place, edges] = found
            return found.rates(last, months)

        return rates


def roll_monthly(edges: Sequence[int]) -> bool:
    """Return whether an item moves one bucket a month: each but the first and last is a month wide."""
    return all(_MONTH[0] <= high - low <= _MONTH[1] for low, high in pairwise(edges))


def newly(
    table: Callable[[int, Sequence[int]], core.Ints], place: int, day: date, edges: Sequence[int]
) -> core.Ints:
    """Return a table by bucket, of the last only what has come into it since the month before.

    What lay there before did not roll from the bucket before it.
    """
    return table(place, (*edges, edges[-1] + month_days(day)))[:, :-1]


def month_ends(last: date, months: int) -> tuple[date, ...]:
    """Return so many last days of months, the oldest first."""
    return tuple(end_of_month(add_months(last, -back)) for back in reversed(range(months)))


def last_month_end(day: date) -> date:
    """Return the last day of the latest month that has ended by a day."""
    return day if day == end_of_month(day) else end_of_month(add_months(day, -1))


def encoded_items(items: pa.Table, group: core.Ints, customer: core.Ints) -> core.Items:
    """Return items as the core reads them for many days.

    Args:
        items: Items, with :data:`duebook_etl.profile.ITEM_COLUMNS`.
        group: What each is counted under.
        customer: The customer of each.
    """
    return core.Items(
        group=group,
        customer=customer,
        kind=pc.index_in(items["kind"], pa.array(core.KINDS, pa.string())).to_numpy().astype(np.int64),
        posted=_numbers(items["posting_date"]),
        dated=_numbers(items["document_date"]),
        due=_numbers(items["due_date"]),
        amount=items["amount"].to_numpy(),
        amount_document=items["amount_document"].to_numpy(),
    )


def encoded_legs(items: pa.Table, legs: pa.Table) -> core.Legs:
    """Return the legs on these items, the items by their places."""
    both = [pa.chunked_array([*items[name].chunks, *legs[name].chunks], pa.string()) for name in ITEM_KEY]
    keys, _ = codes(both)
    place = np.full(len(keys), -1)
    place[keys[: len(items)]] = np.arange(len(items))
    item = place[keys[len(items) :]]
    known = np.flatnonzero(item >= 0)
    allocation, _ = codes([legs[name] for name in (*ITEM_KEY[:-1], "allocation")])
    return core.Legs(
        item=item[known],
        allocation=allocation[known],
        effective=_numbers(legs["effective_date"])[known],
        reversed_on=_numbers(legs["reversed_on"])[known],
        amount=legs["amount"].to_numpy()[known],
        amount_document=legs["amount_document"].to_numpy()[known],
    )


def codes(columns: Sequence[pa.ChunkedArray]) -> tuple[core.Ints, core.Ints]:
    """Return a number for each row, equal where the columns are, and the first row of each number."""
    combined = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        encoded = column.combine_chunks().dictionary_encode()
        combined = combined * max(len(encoded.dictionary), 1) + encoded.indices.to_numpy()
    _, firsts, found = np.unique(combined, return_index=True, return_inverse=True)
    return found.astype(np.int64), firsts


def _numbers(days: pa.ChunkedArray) -> core.Ints:
    """Return dates as the core counts them."""
    counted = days.cast(pa.int32()).cast(pa.int64())
    numbers: core.Ints = pc.fill_null(counted, core.NEVER).to_numpy()
    return numbers
