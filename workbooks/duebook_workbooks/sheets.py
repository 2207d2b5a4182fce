"""The layout of sheets with a managed table: title, totals by company, the table, and how it prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.table import Table, TableStyleInfo

from duebook_workbooks import tables
from duebook_workbooks.labels import Language, label
from duebook_workbooks.style import Look, Style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from openpyxl.worksheet.worksheet import Worksheet

CHECKED: Final = "✓"
FIRST_TOTAL: Final = 5  # the row of the first company's totals, under a row of headers
_A4: Final = 9
_WIDEST: Final = 32.0  # of text, which is cut there on the screen and on paper
_NARROWEST: Final = 8.0
_PADDING: Final = 3.0
_FILTER_BUTTON: Final = 3.0
_FROZEN: Final = 12  # with more rows held fast a laptop's screen would have too little left to scroll
_BOLD: Final = 1.1  # how much wider bold text is
_HEADER_HEIGHT: Final = 38.0  # two lines, and the filter's button below the end of the first
_TITLE_HEIGHT: Final = 24.0
_ROW_HEIGHT: Final = 15.0  # the same with Chinese text and without


@dataclass(frozen=True)
class Field:
    """A column of a managed table.

    Attributes:
        header: Its header, which is also its name.
        values: What it holds.
        look: How it is shown.
        hidden: Whether it is there for programs only.
    """

    header: str
    values: tables.Column
    look: Look = Look.TEXT
    hidden: bool = False


@dataclass(frozen=True)
class Total:
    """A company's figures above a table.

    Attributes:
        company: Its name, as the table has it.
        currency: Its currency.
        digits: The decimals of its currency.
        amounts: By the header of their column.
    """

    company: str
    currency: str
    digits: int
    amounts: Mapping[str, Decimal]


@dataclass(frozen=True)
class TableSheet:
    """A sheet with one managed table under totals by company.

    Attributes:
        name: The sheet's name.
        table: The table's name.
        title: What stands at the top.
        note: The line below the title.
        fields: The table's columns.
        totals: The companies' figures, which the table adds up to.
        company: The header of the column that names the company.
        currency: The header of the column under which totals name their currency.
        checked: The header of the amount whose sum the check recalculates, in the column behind it.
        held: The header of the last column held fast when scrolling sideways.
    """

    name: str
    table: str
    title: str
    note: str
    fields: tuple[Field, ...]
    totals: tuple[Total, ...]
    company: str
    currency: str
    checked: str
    held: str

    def lay_out(self, sheet: Worksheet, style: Style, language: Language) -> None:
        """Lay the sheet out, with the table's header but not its rows."""
        headers = [field.header for field in self.fields]
        style.title(sheet["A1"], self.title)
        style.note(sheet["A2"], self.note)
        self._totals(sheet, style, headers, language)
        top = FIRST_TOTAL + len(self.totals) + 1
        lay_out_table(sheet, style, self.table, self.fields, top)
        for total in self.totals:
            for header, amount in total.amounts.items():
                dimension = sheet.column_dimensions[get_column_letter(headers.index(header) + 1)]
                dimension.width = max(dimension.width, len(f"{amount:,}") * _BOLD + _PADDING)
        sheet.sheet_format.defaultRowHeight, sheet.sheet_format.customHeight = _ROW_HEIGHT, True
        sheet.row_dimensions[1].height = _TITLE_HEIGHT
        if top <= _FROZEN:
            sheet.freeze_panes = sheet.cell(top + 1, headers.index(self.held) + 2)
        print_set_up(sheet, language, title=self.title)
        sheet.print_title_rows = f"{top}:{top}"

    def _totals(self, sheet: Worksheet, style: Style, headers: Sequence[str], language: Language) -> None:
        """Write the figures of each company and, beside them, whether the table still adds up to them."""
        column = {header: number for number, header in enumerate(headers, 1)}
        check = column[self.checked] + 1
        amounts = [header for header in headers if any(header in total.amounts for total in self.totals)]
        for number, field in enumerate(self.fields, 1):
            shown = field.header if field.header in {self.company, self.currency, *amounts} else ""
            if number <= check:
                style.caption(sheet.cell(FIRST_TOTAL - 1, number), shown, field.look)
        style.caption(sheet.cell(FIRST_TOTAL - 1, check), label("check", language), Look.CODE)
        for line, total in enumerate(self.totals, FIRST_TOTAL):
            for number in range(1, check):
                style.value(sheet.cell(line, number), None)
            style.value(sheet.cell(line, column[self.company]), total.company, bold=True)
            style.value(sheet.cell(line, column[self.currency]), total.currency, Look.CODE)
            for header, amount in total.amounts.items():
                cell = sheet.cell(line, column[header])
                style.value(cell, amount, Look.MONEY, digits=total.digits, bold=True)
            company = f"${get_column_letter(column[self.company])}{line}"
            figure = f"{get_column_letter(column[self.checked])}{line}"
            # SUMPRODUCT compares names as they are; SUMIFS would read * or > in a name as a condition.
            rows = f"SUMPRODUCT(--({self.table}[{self.company}]={company}),{self.table}[{self.checked}])"
            difference = f"ROUND({rows}-{figure},{total.digits})"
            style.value(sheet.cell(line, check), None, Look.CODE, bold=True)
            sheet.cell(line, check).value = f'=IF({difference}=0,"{CHECKED}",{difference})'


def lay_out_table(sheet: Worksheet, style: Style, name: str, fields: Sequence[Field], top: int) -> None:
    """Lay a managed table out: its header, the styles of its first row, the widths of its columns.

    Its range has one row, to grow when it is filled: openpyxl would make every cell of a larger one.

    Args:
        sheet: The sheet.
        style: The look.
        name: The table's name.
        fields: Its columns.
        top: The row of its header.
    """
    for number, field in enumerate(fields, 1):
        style.header(sheet.cell(top, number), field.header, field.look)
        style.value(sheet.cell(top + 1, number), None, field.look)
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = width(field)
        dimension.hidden = field.hidden
    sheet.row_dimensions[top].height = _HEADER_HEIGHT
    table = Table(displayName=name, ref=f"A{top}:{get_column_letter(len(fields))}{top + 1}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    sheet.add_table(table)


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


def width(field: Field) -> float:
    """Return how wide a column should be: as its widest cell, and as its header in two lines."""
    values = field.values
    if isinstance(values, tables.Money):
        longest = _longest(tables.money_text(_array(values.minor), _array(values.digits)))
        longest += max(0, longest - 4) // 3  # the separators of thousands
    elif field.look is Look.DATE:
        longest = 10.0
    elif field.look in {Look.DECIMAL, Look.SHARE, Look.DAYS}:
        longest = 6.0
    else:
        longest = _longest(pc.cast(_array(values), pa.string()))
    header = _in_two_lines(field.header) * _BOLD + _FILTER_BUTTON
    wanted = max(longest + _PADDING, header, _NARROWEST)
    return min(wanted, max(_WIDEST, header)) if field.look is Look.TEXT else wanted


def _in_two_lines(header: str) -> float:
    """Return how wide a header is that may break once: English at a blank, Chinese anywhere."""
    at = [at for at, character in enumerate(header) if character == " " or not header.isascii()]
    return min(_longest(pa.array([header[:split], header[split:].lstrip()])) for split in (*at, len(header)))


def _array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _longest(texts: pa.Array) -> float:
    """Return the width of the widest text; a Chinese character, three bytes, is as wide as two letters."""
    widths = pc.add(pc.binary_length(texts), pc.utf8_length(texts))
    return (pc.max(widths).as_py() or 0) / 2
