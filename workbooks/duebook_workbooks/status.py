"""The status sheet: what a controller reads first, to know whether the other sheets may be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl.utils import get_column_letter

from duebook_workbooks.labels import Language, label
from duebook_workbooks.sheets import name_cell, print_set_up, shown, write_table

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from duebook_workbooks.contents import Contents
    from duebook_workbooks.sheets import TableFields
    from duebook_workbooks.style import Style

_TOP: Final = 6  # the row of the table's header
_VALUE_WIDTH: Final = 14.0  # of the columns of values, as wide as a date
# Two lists of facts below the table, by the columns in which they begin: label and name of each cell.
_FACTS: Final = {
    1: (
        "run",
        (
            ("as of", "due_as_of"),
            ("run number", "due_run"),
            ("finished", "due_finished"),
            ("version", "due_version"),
        ),
    ),
    4: (
        "policy in force",
        (
            ("policy name", "due_policy_name"),
            ("policy version", "due_policy_version"),
            ("valid from", "due_policy_from"),
            ("digest", "due_policy_digest"),
        ),
    ),
}


def lay_out_status(sheet: Worksheet, style: Style, contents: Contents, language: Language) -> None:
    """Lay the status sheet out.

    Nothing but the facts stands below the table: they move down when it grows.

    Args:
        sheet: The sheet.
        style: The look.
        contents: What the sheets hold.
        language: Of the labels.
    """
    style.title(sheet["A1"], label("title", language))
    style.note(sheet["A2"], str(contents.named["due_note_status"]))
    name_cell(sheet["A2"], "due_note_status")
    style.strong(sheet["A3"], str(contents.named["due_verdict"]))
    name_cell(sheet["A3"], "due_verdict")
    style.section(sheet["A5"], label("control totals", language))
    top = write_table(sheet, style, contents.status, _TOP) + 2
    for column, (section, facts) in _FACTS.items():
        style.section(sheet.cell(top, column), label(section, language))
        for row, (key, name) in enumerate(facts, top + 1):
            cell = sheet.cell(row, column + 1)
            style.fact(sheet.cell(row, column), label(key, language), cell, contents.named[name])
            name_cell(cell, name)
        values = sheet.column_dimensions[get_column_letter(column + 1)]
        values.width = max(values.width, _VALUE_WIDTH)
    print_set_up(sheet, language, title=label("title", language))


def calculated(sheet: Worksheet, table: TableFields) -> dict[tuple[str, str], str]:
    """Return what the table's formulas show until they are calculated, by sheet and cell."""
    return {
        (sheet.title, f"{get_column_letter(column)}{row}"): str(text)
        for column, field in enumerate(table.fields, 1)
        if field.formula
        for row, text in enumerate(shown(field), _TOP + 1)
    }
