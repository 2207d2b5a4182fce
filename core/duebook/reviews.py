"""When a customer's rating, its terms, the policy and training are due to be looked at again (定期复核)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from duebook.calendar import add_months
from duebook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from duebook.policy import Policy

REVIEWS: Final = ("rating", "audit", "training", "terms")


@dataclass(frozen=True)
class Due:
    """A review and when it is due.

    Attributes:
        review: Which.
        by: The day by which it is due; None where it was never made, so it is due now.
        overdue: Whether that day has passed.
    """

    review: str
    by: date | None
    overdue: bool


def reviews_due(last: Mapping[str, date | None], as_of: date, policy: Policy) -> tuple[Due, ...]:
    """Return when each review is due, the most urgent first.

    Args:
        last: When each of :data:`REVIEWS` was made last; None for never.
        as_of: The day; a review that is due today is not overdue.
        policy: The policy.

    Raises:
        InputError: There is no such review.
    """
    unknown = next((name for name in last if name not in REVIEWS), None)
    if unknown is not None:
        raise InputError(f"review: {unknown!r} is none; there are {', '.join(REVIEWS)}.")
    rules = policy.review
    every = {
        "rating": rules.rating_months,
        "audit": rules.audit_months,
        "training": rules.training_months,
        "terms": rules.terms_months,
    }
    found = []
    for name, made in last.items():
        by = None if made is None else add_months(made, every[name])
        found.append(Due(name, by, by is None or by < as_of))
    return tuple(sorted(found, key=lambda due: (due.by is not None, due.by or as_of)))


def keep_communications_since(as_of: date, policy: Policy) -> date:
    """Return the first day whose communication is still kept (保留近 6 个月沟通记录)."""
    return add_months(as_of, -policy.review.keep_communications_months)
