"""How customers buy and pay: one table of habits, one of stories.

A story is a customer whose behaviour changes, or is odd in a way a credit
controller has to see. Its phases follow one another by the date of the invoice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from company.customers import Customer


@dataclass(frozen=True)
class Habit:
    """How invoices of a time are paid.

    Attributes:
        late: Days from the due date to the payment, on average.
        spread: Standard deviation of those days.
        parts: Share of instalments paid in two parts.
        unpaid: Share of instalments never paid.
        disputed: Share of invoices paid short, the rest held back.
        shaved: Share of the amount deducted without right, and written off.
        advance: Share of invoices with an advance before them.
        run: Days of the month on which everything due is paid in one sum.
        rounded: Whether that sum is rounded up to a thousand and the rest left on account.
    """

    late: float = 0
    spread: float = 4
    parts: float = 0
    unpaid: float = 0
    disputed: float = 0
    shaved: float = 0
    advance: float = 0
    run: tuple[int, ...] = ()
    rounded: bool = False


HABITS = {
    "prompt": Habit(-1, 3),
    "steady": Habit(5, 5, parts=0.03),
    "late": Habit(17, 9, parts=0.08, unpaid=0.01),
    "slow": Habit(36, 14, parts=0.10, unpaid=0.02),
    "erratic": Habit(14, 24, parts=0.12, unpaid=0.03),
    "batch": Habit(run=(10, 25)),
    "parts": Habit(8, 6, parts=0.70),
    "advance": Habit(3, 4, advance=0.60),
}


def _always(_: dt.date) -> float:
    return 1.0


@dataclass(frozen=True)
class Story:
    """A customer with a story.

    Attributes:
        phases: First invoice date and habit of each phase, in order.
        volume: Factor on how often it buys, by date.
        growth: Factor on how much an invoice amounts to, by date.
    """

    phases: tuple[tuple[dt.date, Habit], ...]
    volume: Callable[[dt.date], float] = field(default=_always)
    growth: Callable[[dt.date], float] = field(default=_always)


START = dt.date(2024, 7, 1)


def _until(*steps: tuple[dt.date, float]) -> Callable[[dt.date], float]:
    """Return a step function: the factor holds until its date, and zero after the last."""

    def factor(day: dt.date) -> float:
        return next((value for end, value in steps if day < end), 0.0)

    return factor


def _grows(by_half_year: float) -> Callable[[dt.date], float]:
    def factor(day: dt.date) -> float:
        return by_half_year ** ((day - START).days // 182)

    return factor


def _garden_season(day: dt.date) -> float:
    return {2: 2.0, 3: 4.0, 4: 4.0, 5: 3.0, 6: 1.5}.get(day.month, 0.15)


STORIES = {
    "story-default": Story(
        (
            (START, Habit(4, 3)),
            (dt.date(2025, 1, 1), Habit(22, 7)),
            (dt.date(2025, 6, 1), Habit(45, 10, parts=0.5)),
            (dt.date(2025, 9, 1), Habit(70, 12, parts=0.6, unpaid=0.5)),
            (dt.date(2025, 11, 1), Habit(unpaid=1)),
        ),
        volume=_until((dt.date(2025, 6, 1), 1.2), (dt.date(2026, 2, 15), 1.8)),
    ),
    "story-dispute": Story(((START, Habit(6, 4, disputed=0.45)),), volume=lambda _: 1.3),
    "story-grower": Story(
        (
            (START, Habit(-1, 3)),
            (dt.date(2025, 7, 1), Habit(4, 4)),
            (dt.date(2026, 1, 1), Habit(9, 5)),
        ),
        volume=_grows(1.6),
        growth=_grows(1.45),
    ),
    "story-early": Story(((START, Habit(-14, 3)),)),
    "story-seasonal": Story(((START, Habit(34, 8)),), volume=_garden_season),
    "story-shaver": Story(((START, Habit(3, 3, shaved=0.02)),)),
    "story-bankrupt": Story(
        (
            (START, Habit(28, 10)),
            (dt.date(2025, 4, 1), Habit(55, 12, unpaid=0.6)),
            (dt.date(2025, 6, 15), Habit(unpaid=1)),
        ),
        volume=_until((dt.date(2025, 9, 15), 1.3)),
    ),
    "story-recovered": Story(
        (
            (START, Habit(52, 10, parts=0.3)),
            (dt.date(2025, 3, 1), Habit(20, 6)),
            (dt.date(2025, 7, 1), Habit(0, 3)),
        ),
        volume=lambda _: 1.3,
    ),
    "story-consolidator": Story(((START, Habit(run=(25,))),)),
    "story-dormant": Story(((START, Habit(2, 4)),), volume=_until((dt.date(2025, 3, 1), 2.0))),
    "story-plan": Story(
        (
            (START, Habit(10, 6)),
            (dt.date(2025, 2, 1), Habit(40, 10)),
            (dt.date(2025, 7, 1), Habit(unpaid=1)),
            (dt.date(2025, 12, 1), Habit(25, 8)),
        ),
    ),
    "story-slowing": Story(
        tuple(
            (dt.date(2024 + (6 + 2 * step) // 12, (6 + 2 * step) % 12 + 1, 1), Habit(5 * step, 5))
            for step in range(12)
        ),
        volume=lambda _: 1.4,
    ),
    "story-round": Story(((START, Habit(run=(20,), rounded=True)),)),
}


def habit_of(customer: Customer, day: dt.date) -> Habit:
    """Return how a customer pays an invoice of a day."""
    story = STORIES.get(customer.habit)
    if story is None:
        return HABITS[customer.habit]
    return next(habit for first, habit in reversed(story.phases) if first <= day)


def volume_of(customer: Customer, day: dt.date) -> float:
    """Return the factor on how often a customer buys, on a day."""
    story = STORIES.get(customer.habit)
    return story.volume(day) if story else 1.0


def growth_of(customer: Customer, day: dt.date) -> float:
    """Return the factor on how much a customer's invoice amounts to, on a day."""
    story = STORIES.get(customer.habit)
    return story.growth(day) if story else 1.0
