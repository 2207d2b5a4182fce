"""What the workbooks of a run show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from duebook.policy import Policy
    from duebook_etl.answers import Company, CompanyReport, RunReport
    from duebook_etl.profile import Measured


@dataclass(frozen=True)
class Totals:
    """A company with its control totals.

    Attributes:
        company: The company.
        report: What its last reconciliation found.
        withheld: Why nothing of it is published; empty when it is.
    """

    company: Company
    report: CompanyReport
    withheld: str


@dataclass(frozen=True)
class Edition:
    """What the workbooks of a run show.

    Attributes:
        run: The run, with what it read.
        totals: Every company, in the order to show them.
        measured: The figures and open items of those that are not withheld.
        policy: The policy in force.
        finished: When the figures were made, in the time zone of the reader.
    """

    run: RunReport
    totals: tuple[Totals, ...]
    measured: Measured
    policy: Policy
    finished: datetime
