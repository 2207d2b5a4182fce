"""A figure of the customer: the call stands in a hidden cell, and the cell that people see shows it in words.

A hidden cell holds what the add-in answers, ``#N/A`` where there is nothing to measure. The cell that is seen
shows a dash then, and any other error as it is: ``#NAME?`` says that the add-in is missing.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openpyxl.styles import Alignment, Border

from duebook_workbooks.credit_profile import CHOSEN_DAY
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look, money_format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duebook_workbooks.forms.form import Form, Shown, Words

KEY: Final = "due_customer_key"
"""The name of the cell with the key of the chosen customer."""
NOTHING: Final = "\u2013"
_DASHED: Final = "@_0"  # a dash stands where the numbers end
_TEXTS: Final = (Look.TEXT, Look.CODE, Look.DATE)


@dataclass(frozen=True)
class Listed:
    """A list of names that figures answer, and of the words that people read for them.

    Attributes:
        name: What formulas call it.
        words: The words of each name, in the language of the workbook.
    """

    name: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Figure:
    """A figure, or a fact of the credit file.

    Attributes:
        field: The name by which the function ``PROFILE`` knows it.
        words: What it is called.
        look: How it is shown.
        listed: The names that it is one of, with their words; None where it speaks for itself.
        bold: Whether it is to be seen first.
    """

    field: str
    words: Words
    look: Look
    listed: Listed | None = None
    bold: bool = False


class Figures:
    """Writes figures onto a form."""

    def __init__(self, form: Form, *, digits: int) -> None:
        """Begin.

        Args:
            form: The sheet.
            digits: The decimals of amounts.
        """
        self.form = form
        self._digits = digits

    def ask(self, raw: str, field: str, look: Look) -> None:
        """Write the call of a figure into a hidden cell."""
        self.form.call(raw, "PROFILE", At(KEY), field, At(CHOSEN_DAY, optional=True), looks=[look])

    def column(self, figures: Sequence[Figure], *, top: int, names: str, values: str, raw: str) -> int:
        """Write figures below one another, each beside what it is called; return the last row.

        Args:
            figures: The figures.
            top: The row of the first.
            names: The columns of what they are called, such as ``A`` or ``A:C``.
            values: The columns that show them; they end on the right there, whatever they are.
            raw: The hidden column.
        """
        for row, figure in enumerate(figures, top):
            self.form.text(_across(names, row), figure.words)
            self.ask(f"{raw}{row}", figure.field, figure.look)
            cells = _across(values, row)
            first = cells.partition(":")[0]
            self.show(first, f"{raw}{row}", figure.look, listed=figure.listed, bold=figure.bold)
            if figure.look in _TEXTS:
                self.form.sheet[first].alignment = Alignment(
                    horizontal="right", vertical="center", indent=1, shrink_to_fit=True
                )
            if ":" in cells:
                border = self.form.sheet[first].border
                self.form.sheet.merge_cells(cells)
                for cell in self.form.sheet[cells][0]:
                    cell.border = copy(border)
        return top + len(figures) - 1

    def message(self, at: str, text: str, value: str, *, bold: bool = False) -> None:
        """Write a formula that says something across cells in one line, small enough to fit."""
        first = at.partition(":")[0]
        self.form.formula(first, text, value, Look.TEXT, bold=bold)
        self.form.sheet[first].border = Border()
        self.form.sheet[first].alignment = Alignment(horizontal="left", vertical="center", shrink_to_fit=True)
        self.form.sheet.merge_cells(at)

    def show(
        self, at: str, raw: str, look: Look, *, listed: Listed | None = None, bold: bool = False
    ) -> None:
        """Show a hidden cell: a dash for nothing, words for a name.

        Args:
            at: Where.
            raw: The hidden cell.
            look: How.
            listed: The names that it is one of, with their words.
            bold: Whether it is to be seen first.
        """
        value = self.form.value(raw)
        there = raw
        # &"": LibreOffice 7.4 neither finds nor compares a text that comes from an add-in as it stands
        if listed:
            there = f'IFERROR(VLOOKUP({raw}&"",{listed.name},2,FALSE),{raw})'
            words = {name.casefold(): said for name, said in listed.words.items()}
            value = words.get(value.casefold(), value) if isinstance(value, str) else value
        text = f'=IF(ISNA({raw}),"{NOTHING}",IF({raw}&""="","{NOTHING}",{there}))'
        self.write(at, text, NOTHING if value in {None, "", "#N/A"} else value, look, bold=bold)

    def write(self, at: str, text: str, value: Shown, look: Look, *, bold: bool = False) -> None:
        """Write a formula that is seen, and its value; amounts have the decimals of their currency."""
        self.form.formula(at, text, value, look, bold=bold)
        cell = self.form.sheet[at]
        if look is Look.MONEY:
            cell.number_format = f"{money_format(self._digits)};{_DASHED}"
        elif look not in _TEXTS:
            number = cell.number_format
            cell.number_format = f"{number};-{number};{number};{_DASHED}"

    def known(self, raw: str) -> bool:
        """Return whether a hidden cell has an answer."""
        return self.form.value(raw) not in {None, "", "#N/A"}


def _across(columns: str, row: int) -> str:
    """Return the cells of a row: ``A:C`` and 5 give ``A5:C5``."""
    return ":".join(f"{column}{row}" for column in columns.split(":"))
