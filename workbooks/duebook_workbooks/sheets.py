"""The layout of sheets with managed tables: title, note, the table, and how it prints."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import repeat
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.table import Table, TableColumn, TableFormula, TableStyleInfo

from duebook_workbooks import tables
from duebook_workbooks.labels import Language, label
from duebook_workbooks.managed import ManagedTable
from duebook_workbooks.style import Look, Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

    from duebook_workbooks.style import Value

CHECKED: Final = "✓"
FIRST_ROW: Final = 4
"""The row of the header of a sheet's only table."""
_A4: Final = 9
_WIDEST: Final = 32.0  # of text, which is cut there on the screen and on paper
_NARROWEST: Final = 8.0
_PADDING: Final = 3.0
_FILTER_BUTTON: Final = 3.0
_LEAST_PROSE: Final = 24.0  # of sentences
# The most: of one line, which is cut there, and of what breaks into lines.
_SENTENCES: Final = {Look.LONG: 85.0, Look.PROSE: 110.0}
_SMALL: Final = 1.2  # how much more small text fits, which breaks between words
_MOST_LINES: Final = 6
_PRECISION: Final = 38  # of decimals: all that they can have
_CHARACTER: Final = 2.0  # a Chinese one
_BOLD: Final = 1.1  # how much wider bold text is
_HEADER_HEIGHT: Final = 38.0  # two lines, and the filter's button below the end of the first
_TITLE_HEIGHT: Final = 24.0
_ROW_HEIGHT: Final = 15.0  # the same with Chinese text and without
_LINE_HEIGHT: Final = 12.0  # of each line more
_ACROSS: Final = 149.0  # characters across a landscape page at full size
_SMALLEST: Final = 0.54  # the size to which print may shrink: text of 10 points to 5.4


@dataclass(frozen=True)
class Field:
    """A column of a managed table.

    Attributes:
        header: Its header, which is also its name.
        values: What it holds.
        look: How it is shown.
        hidden: Whether it is there for programs only.
        formula: What its cells calculate, which show ``values`` until then; empty where they hold values.
        theirs: Whether it is people's to write in: published empty, and never filled by a refresh.
    """

    header: str
    values: tables.Column
    look: Look = Look.TEXT
    hidden: bool = False
    formula: str = ""
    theirs: bool = False


@dataclass(frozen=True)
class TableFields:
    """A managed table with its columns.

    Attributes:
        name: The table's name.
        key: The header of the column that tells each row from every other; None where rows are only places.
        fields: Its columns.
    """

    name: str
    key: str | None
    fields: tuple[Field, ...]

    @property
    def managed(self) -> ManagedTable:
        """The table as a refresh brings it: without what cells calculate themselves, or people write."""
        brought = (field for field in self.fields if not field.formula and not field.theirs)
        columns = {field.header: _plain_column(field.values) for field in brought}
        return ManagedTable(self.name, self.key, pa.table(columns))

    def columns(self, money: Mapping[int, int]) -> dict[str, tables.Column]:
        """Return what its columns hold by their headers, to be written into a template.

        Args:
            money: The style of amounts by the decimals of their currency.
        """
        return {
            field.header: replace(field.values, styles=money)
            if isinstance(field.values, tables.Money)
            else field.values
            for field in self.fields
        }


@dataclass(frozen=True)
class TableSheet:
    """A sheet with one managed table.

    Attributes:
        name: The sheet's name.
        table: The table.
        title: What stands at the top.
        note: The line below the title.
        noted: The name of the cell with that line, for it changes from day to day.
        held: The header of the last column held fast when scrolling sideways.
        lines: How many lines of text a row has room for at least, more where the text is longer now. All rows
            have as many: a refresh measures no text.
    """

    name: str
    table: TableFields
    title: str
    note: str
    noted: str
    held: str
    lines: int = 1

    def lay_out(self, sheet: Worksheet, style: Style, language: Language) -> None:
        """Lay the sheet out, with the table's header but not its rows."""
        headers = [field.header for field in self.table.fields]
        style.title(sheet["A1"], self.title)
        style.note(sheet["A2"], self.note)
        name_cell(sheet["A2"], self.noted)
        lay_out_table(sheet, style, self.table.name, self.table.fields, FIRST_ROW)
        sheet.sheet_format.defaultRowHeight = _ROW_HEIGHT + (self._lines(style) - 1) * _LINE_HEIGHT
        sheet.sheet_format.customHeight = True
        sheet.row_dimensions[1].height = _TITLE_HEIGHT
        for row in range(2, FIRST_ROW):
            sheet.row_dimensions[row].height = _ROW_HEIGHT
        sheet.freeze_panes = sheet.cell(FIRST_ROW + 1, headers.index(self.held) + 2)
        print_set_up(sheet, language, title=self.title)
        sheet.print_title_rows = f"{FIRST_ROW}:{FIRST_ROW}"
        print_readably(sheet, headers.index(self.held) + 1)

    def _lines(self, style: Style) -> int:
        """Return how many lines the longest text takes in its column, within reason."""
        found = [self.lines]
        for field in self.table.fields:
            if field.look is Look.PROSE:
                longest = _longest(pc.cast(_array(field.values), pa.string()))
                found.append(math.ceil(longest / (width(field, style.day_width) * _SMALL)))
        return min(max(found), _MOST_LINES)


def name_cell(cell: Cell, name: str) -> None:
    """Give a cell a name, by which formulas refer to it and a refresh finds it."""
    quoted = cell.parent.title.replace("'", "''")
    reference = f"'{quoted}'!${cell.column_letter}${cell.row}"
    cell.parent.parent.defined_names[name] = DefinedName(name, attr_text=reference)


def lay_out_table(  # noqa: PLR0913, PLR0917 - a table, and where it goes
    sheet: Worksheet, style: Style, name: str, fields: Sequence[Field], top: int, left: int = 1
) -> Table:
    """Lay a managed table out: its header, the styles of its first row, the widths of its columns.

    Its range has one row, to grow when it is filled: openpyxl would make every cell of a larger one.

    Args:
        sheet: The sheet.
        style: The look.
        name: The table's name.
        fields: Its columns.
        top: The row of its header.
        left: Its first column.

    Returns:
        The table.
    """
    known = set(sheet.column_dimensions)  # those of another table above
    for number, field in enumerate(fields, left):
        style.header(sheet.cell(top, number), field.header, field.look)
        style.value(sheet.cell(top + 1, number), None, field.look)
        letter = get_column_letter(number)
        wanted = max(
            width(field, style.day_width), sheet.column_dimensions[letter].width if letter in known else 0.0
        )
        dimension = sheet.column_dimensions[letter]
        dimension.width, dimension.hidden = wanted, field.hidden
    sheet.row_dimensions[top].height = _HEADER_HEIGHT
    last = get_column_letter(left + len(fields) - 1)
    table = Table(displayName=name, ref=f"{get_column_letter(left)}{top}:{last}{top + 1}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    sheet.add_table(table)
    return table


def write_table(  # noqa: PLR0913 - as above
    sheet: Worksheet, style: Style, table: TableFields, top: int, left: int = 1, *, filters: bool = True
) -> int:
    """Lay a managed table out with its rows, which are few: more than one such table fits a sheet.

    Args:
        sheet: The sheet.
        style: The look.
        table: The table.
        top: The row of its header.
        left: Its first column.
        filters: Whether it gets filters; beside another table they would hide that one's rows too.

    Returns:
        Its last row.
    """
    laid = lay_out_table(sheet, style, table.name, table.fields, top, left)
    last = top + max(1, *(tables.length(field.values) for field in table.fields))
    laid.ref = f"{get_column_letter(left)}{top}:{get_column_letter(left + len(table.fields) - 1)}{last}"
    laid.autoFilter = AutoFilter(ref=laid.ref) if filters else None
    for number, field in enumerate(table.fields, left):
        column = TableColumn(id=number - left + 1, name=field.header)
        if field.formula:
            column.calculatedColumnFormula = TableFormula(attr_text=field.formula)
        laid.tableColumns.append(column)
        places = field.values.digits.to_pylist() if isinstance(field.values, tables.Money) else repeat(2)
        for row, (value, digits) in enumerate(zip(shown(field), places, strict=False), top + 1):
            cell = sheet.cell(row, number)
            style.value(cell, value, field.look, digits=digits)
            if field.formula:
                cell.value = f"={field.formula}"
    return last


def shown(field: Field) -> list[Value]:
    """Return what a column holds as cells take it, amounts with the decimals of their currency."""
    if not isinstance(field.values, tables.Money):
        values: list[Value] = field.values.to_pylist()
        return values
    texts = tables.money_text(_array(field.values.minor), _array(field.values.digits)).to_pylist()
    return [None if text is None else Decimal(text) for text in texts]


def print_set_up(sheet: Worksheet, language: Language, *, title: str) -> None:
    """Have a sheet printed on A4, landscape, as wide as the page, its title and the page's number below."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.6, header=0.3, footer=0.3)
    sheet.oddFooter.left.text = title
    sheet.oddFooter.right.text = label("page", language)
    for part in (sheet.oddFooter.left, sheet.oddFooter.right):
        part.size = 8
    sheet.sheet_view.showGridLines = False


def print_readably(sheet: Worksheet, held: int) -> None:
    """Have a sheet that is too wide for a page printed on several, each beginning with the first columns.

    Args:
        sheet: The sheet, its columns as wide as they will be.
        held: How many columns every page begins with.
    """
    columns = sheet.column_dimensions.values()
    wide = sum(float(column.width) for column in columns if not column.hidden)
    first = sum(float(sheet.column_dimensions[get_column_letter(at)].width) for at in range(1, held + 1))
    pages = 1
    while wide + (pages - 1) * first > pages * _ACROSS / _SMALLEST:
        pages += 1
    sheet.page_setup.fitToWidth = pages
    if pages > 1:
        sheet.print_title_cols = f"A:{get_column_letter(held)}"


def width(field: Field, day: float) -> float:
    """Return how wide a column should be: as its widest cell, and as its header in two lines.

    Args:
        field: The column.
        day: How wide a date is.
    """
    values = field.values
    if isinstance(values, tables.Money):
        longest = _longest(tables.money_text(_array(values.minor), _array(values.digits)))
        longest += max(0, longest - 4) // 3  # the separators of thousands
    elif field.look is Look.DATE:
        longest = day
    elif field.look in _SENTENCES:
        wanted = max(_longest(pc.cast(_array(values), pa.string())) + _PADDING, _LEAST_PROSE)
        return min(wanted, _SENTENCES[field.look])
    elif field.look in {Look.DECIMAL, Look.SHARE, Look.RATE, Look.RATIO, Look.DAYS}:
        longest = 6.0
    else:
        longest = _longest(pc.cast(_array(values), pa.string()))
    header = _in_two_lines(field.header) * _BOLD + _FILTER_BUTTON
    wanted = max(longest + _PADDING, header, _NARROWEST)
    return min(wanted, max(_WIDEST, header)) if field.look is Look.TEXT else wanted


def _in_two_lines(header: str) -> float:
    """Return how wide a header is that may break once: English at a blank, Chinese anywhere.

    Chinese gets room for one character more: programs do not break before or after all of them.
    """
    at = [at for at, character in enumerate(header) if character == " " or not header.isascii()]
    lines = ([header[:split], header[split:].lstrip()] for split in (*at, len(header)))
    return min(_longest(pa.array(each)) for each in lines) + (0 if header.isascii() else _CHARACTER)


def _plain_column(values: tables.Column) -> pa.ChunkedArray | pa.Array:
    """Return a column without Duebook's own kind of amounts: they become decimals, exactly."""
    if not isinstance(values, tables.Money):
        return values
    digits = _array(values.digits)
    places = pc.max(digits).as_py() or 0
    return tables.money_text(_array(values.minor), digits).cast(pa.decimal128(_PRECISION, places))


def _array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _longest(texts: pa.Array) -> float:
    """Return the width of the widest text; a Chinese character, three bytes, is as wide as two letters."""
    widths = pc.add(pc.binary_length(texts), pc.utf8_length(texts))
    return (pc.max(widths).as_py() or 0) / 2
