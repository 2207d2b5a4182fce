"""What the server holds: the refreshed store and the policy, as the task pane shows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime  # noqa: TC003 - the answer's form is read from the annotations at run time
from typing import Literal


@dataclass(frozen=True)
class HeldPolicy:
    """The credit policy in force."""

    name: str
    version: str
    valid_from: date


@dataclass(frozen=True)
class HeldRun:
    """The latest run that read a source. Times are UTC."""

    run: int
    status: str
    started: datetime
    finished: datetime | None
    as_of: date


@dataclass(frozen=True)
class HeldCompany:
    """A company of the store.

    Attributes:
        source: Its source.
        company: Its id in the ERP.
        name: Its name.
        currency: Its currency.
        reconciled: Whether what the store holds of it agrees with its general ledger.
        as_of: The day for which it was last reconciled; None where it never was.
    """

    source: str
    company: str
    name: str
    currency: str
    reconciled: bool
    as_of: date | None = None


@dataclass(frozen=True)
class HeldStatus:
    """What the server holds.

    Attributes:
        version: Duebook's version.
        policy: The policy in force.
        store: Whether there is a store: ready, none yet, not filled yet, or one that cannot be read.
        message: Why the store is not ready, in a sentence.
        last_run: The latest run that read a source.
        companies: The companies of the store.
    """

    version: str
    policy: HeldPolicy
    store: Literal["ready", "none", "empty", "unreadable"] = "none"
    message: str = ""
    last_run: HeldRun | None = None
    companies: tuple[HeldCompany, ...] = field(default=())
