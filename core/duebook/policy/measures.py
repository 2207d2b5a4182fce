"""How receivables are measured: aging, turnover, payment behaviour."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from duebook.aging import checked_edges
from duebook.errors import InputError
from duebook.policy.base import MisfitError, Section, listed, said


def _edges(edges: tuple[int, ...]) -> tuple[int, ...]:
    try:
        return checked_edges(edges)
    except InputError as error:
        raise ValueError(error.message.removeprefix("edges: ")) from None


class Anchor(Section):
    """A point of the payment index and the average days late it stands for."""

    points: Annotated[int, Field(ge=0, le=100), said("Points of the index, 0 to 100.", "分值")]
    days_late: Annotated[
        int, Field(ge=-3650, le=3650), said("Average days late; negative is early.", "平均逾期天数")
    ]


def _anchors(anchors: tuple[Anchor, ...]) -> tuple[Anchor, ...]:
    for place, (better, worse) in enumerate(pairwise(anchors), start=1):
        if better.points <= worse.points or better.days_late >= worse.days_late:
            raise MisfitError(
                f"from {better.points} points at {better.days_late} days to {worse.points} points at "
                f"{worse.days_late} days, points must fall and days rise",
                at=(place,),
            )
    return anchors


class Aging(Section):
    """How open amounts are aged."""

    edges: Annotated[
        tuple[int, ...],
        listed("Increasing whole numbers of days, such as [0, 30, 60, 90].", "账龄段上限"),
        AfterValidator(_edges),
    ]


class Turnover(Section):
    """How receivables are held against sales."""

    days: Annotated[int, Field(ge=1, le=3660), said("A whole number of days, 1 to 3660.", "销售窗口天数")]


class Behaviour(Section):
    """How far past payments count."""

    months: Annotated[int, Field(ge=1, le=120), said("A whole number of months, 1 to 120.", "回溯月数")]


class PayIndex(Section):
    """How average days late become points."""

    anchors: Annotated[
        tuple[Anchor, ...],
        listed(
            "Two or more of { points = ..., days_late = ... }, best first, points 0 to 100.", "锚点", least=2
        ),
        AfterValidator(_anchors),
    ]
