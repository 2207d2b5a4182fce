"""The calculators workbook: what-if sheets whose figures are live formulas of the add-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from duebook_workbooks.forms.form import Setting


def write_calculators(path: Path, setting: Setting, *, made: datetime) -> None:
    """Write the calculators: limit, simulation, terms, discount, interest, plan, provision, rates, insurance.

    The same setting and time give the same bytes. A file that is there is replaced; it appears whole, or not
    at all. The figures that stand in the entries are examples.

    Args:
        path: Where; its folder must exist.
        setting: Language, program, policy, and who answers the worksheet functions.
        made: The time that the file gives as its own.
    """
    # openpyxl takes longer to import than a command may take to show its help.
    from duebook_workbooks.calculators import (  # noqa: PLC0415
        discount,
        insurance,
        interest,
        limit,
        lossrates,
        plan,
        provision,
        simulation,
        start,
        terms,
    )
    from duebook_workbooks.forms.form import FormBook  # noqa: PLC0415

    book = FormBook(setting)
    shelves = (limit, simulation, terms, discount, interest, plan, provision, lossrates, insurance)
    start.add(book, [(shelf.TAB, shelf.ABOUT) for shelf in shelves])
    for shelf in shelves:
        shelf.add(book)
    book.write(path, title=start.TITLE, made=made)
