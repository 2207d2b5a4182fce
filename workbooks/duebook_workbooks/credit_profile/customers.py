"""The customers that can be chosen: a table on a sheet of its own, which a refresh brings up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from duebook_workbooks.sheets import Field, TableFields, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook_workbooks.credit_profile import Choice
    from duebook_workbooks.forms.form import FormBook
    from duebook_workbooks.labels import Language

_TAB: Final = ("Customers", "客户")
_TABLE: Final = "due_profile_customers"
CHOICES: Final = "due_profile_choices"
"""The name of the cells to choose from."""


def table(customers: Sequence[Choice], language: Language) -> TableFields:
    """Return the table: what stands in the list, which tells its rows apart."""
    header = _TAB[language == "zh"]
    return TableFields(_TABLE, header, (Field(header, pa.array([each.label for each in customers])),))


def add(book: FormBook, customers: Sequence[Choice]) -> None:
    """Add the sheet, which is hidden, and give its cells their name."""
    sheet = book.workbook.create_sheet(book.said(_TAB))
    sheet.sheet_state = "hidden"
    last = write_table(sheet, book.style, table(customers, book.setting.language), 1, filters=False)
    book.define(CHOICES, sheet.title, f"A2:A{last}")
