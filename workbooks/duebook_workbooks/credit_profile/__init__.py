"""The credit profile workbook: one customer, chosen in a cell, on two printed pages.

Every figure is a live formula of the add-in about the customer that is chosen, and carries the value that it
has, so that a phone or a mail preview shows the customer that was chosen last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from duebook_workbooks.forms.form import Setting
    from duebook_workbooks.labels import Language
    from duebook_workbooks.managed import ManagedTable

CHOSEN: Final = "due_customer"
"""The name of the cell in which the customer is chosen."""
CHOSEN_DAY: Final = "due_profile_as_of"
"""The name of the cell with the day of the figures; empty for the day of the last refresh."""
PARTED: Final = " \u00b7 "
"""What stands between a customer's key and its name where it is chosen."""
_LONGEST: Final = 100


@dataclass(frozen=True)
class Choice:
    """A customer that can be chosen.

    Attributes:
        key: What the worksheet functions know it by: an id or a code, with the company before it where
            another customer has the same.
        name: What people call it; empty for nothing.
    """

    key: str
    name: str

    @property
    def label(self) -> str:
        """What stands in the list: key and name."""
        return f"{self.key}{PARTED}{self.name}"[:_LONGEST] if self.name else self.key


def key_of(label: str) -> str:
    """Return the key of the customer that a label names; a key alone is itself."""
    return label.partition(PARTED)[0].strip()


def managed(customers: Sequence[Choice], language: Language) -> tuple[ManagedTable, ...]:
    """Return the rows of every table of the workbook: the customers that can be chosen.

    Args:
        customers: Those, in the order to show them.
        language: Of the headers.
    """
    from duebook_workbooks.credit_profile.customers import table  # noqa: PLC0415 - with openpyxl, as below

    return (table(customers, language).managed,)


def write_credit_profile(  # noqa: PLR0913 - options, by keyword only
    path: Path,
    setting: Setting,
    customers: Sequence[Choice],
    chosen: Choice,
    *,
    made: datetime,
    day: date | None = None,
    digits: int = 2,
) -> None:
    """Write the credit profile of a customer, in which any other can be chosen.

    The same arguments and answers give the same bytes. A file that is there is replaced; it appears whole, or
    not at all.

    Args:
        path: Where; its folder must exist.
        setting: Language, program, policy, and who answers the worksheet functions.
        customers: Those that can be chosen, in the order to show them.
        chosen: One of them, whose figures the formulas carry.
        made: The time that the file gives as its own.
        day: The day that is chosen; None for that of the last refresh.
        digits: The decimals of amounts.
    """
    # openpyxl takes longer to import than a command may take to show its help.
    from duebook_workbooks.credit_profile import behaviour, overview  # noqa: PLC0415
    from duebook_workbooks.credit_profile import customers as listed  # noqa: PLC0415
    from duebook_workbooks.forms.form import FormBook  # noqa: PLC0415

    book = FormBook(setting)
    overview.add(book, chosen, day, digits=digits)
    behaviour.add(book, digits=digits)
    listed.add(book, customers)
    book.write(path, title=overview.TITLE, made=made)
