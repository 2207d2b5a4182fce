"""Forms: sheets with open entries, and formulas around them that carry the value they have.

A formula of a form and the value it carries come from one description of the call, so that they cannot tell
two stories: the text is spelt for the spreadsheet program, and the same arguments are put to whoever answers
for the functions. That is the caller of this package, for rules know no cells and the add-in lies above; it
hands over the very answer that a cell would get.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import to_excel
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.formula import ArrayFormula

from duebook.errors import InputError
from duebook_workbooks.forms.entries import Rule, validation
from duebook_workbooks.formulas import spelled
from duebook_workbooks.sheets import print_set_up
from duebook_workbooks.style import Look, Style, Value
from duebook_workbooks.tables import plain
from duebook_workbooks.template import finished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from openpyxl.chart._chart import ChartBase
    from openpyxl.worksheet.worksheet import Worksheet

    from duebook.policy import Policy
    from duebook_workbooks.formulas import Host
    from duebook_workbooks.labels import Language

Words: TypeAlias = tuple[str, str]
"""A text in English and in Chinese."""


@dataclass(frozen=True)
class ErrorValue:
    """An error that a formula shows, such as ``#N/A``."""

    code: str


Shown: TypeAlias = "str | date | Decimal | float | ErrorValue | None"
"""What stands in a cell."""
Answer: TypeAlias = "Callable[[str, Sequence[Any]], Sequence[Sequence[Shown]]]"
"""Answers a worksheet function: takes its name and its arguments, a range as rows; gives rows of cells."""


@dataclass(frozen=True)
class At:
    """Cells that a formula reads.

    Attributes:
        text: A range of its own sheet, such as ``B5:B9``, or a name of the workbook.
        optional: Whether an empty cell leaves the argument out. LibreOffice hands over an empty cell as 0, so
            the formula has to say it.
    """

    text: str
    optional: bool = False

    @property
    def written(self) -> str:
        """What the formula says for it."""
        return f'IF({self.text}="","",{self.text})' if self.optional else self.text


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a workbook of forms is made for.

    Attributes:
        language: The language of its texts.
        host: The program whose spelling its formulas have.
        answer: Who answers the worksheet functions.
        policy: The policy that those answers follow, whose numbers stand in the forms.
        as_of: The day that dates in the forms are near to.
    """

    language: Language
    host: Host
    answer: Answer
    policy: Policy
    as_of: date


# Excel calculates a file anew on loading that says it was made by an older calculation engine, and then shows
# #NAME? where the add-in is missing, instead of the values that the file carries.
_ENGINE: Final = 191029
_LISTS: Final = "Lists"
_ROW: Final = 18.0
_UPRIGHT_ROW: Final = 23.0
_TITLE_ROW: Final = 26.0
_HIDDEN_COLUMNS: Final = 14.0
_FORMULA: Final = r"(?:></c>| ?/>|>(?P<formula><f\b[^>]*>.*?</f>)<v ?(?:/>|></v>)</c>)"
_CELL: Final = re.compile(rf'<c r="(?P<at>[A-Z]+[0-9]+)"(?P<style> s="[0-9]+")?(?: t="n")?{_FORMULA}')
_SINGLE: Final = re.compile(r"\$?[A-Z]{1,3}\$?[0-9]+(?::\$?[A-Z]{1,3}\$?[0-9]+)?")


class FormBook:
    """A workbook of forms, under construction."""

    def __init__(self, setting: Setting) -> None:
        """Begin an empty one."""
        self.setting = setting
        self.workbook = Workbook()
        self.workbook.remove(self.workbook.active)
        self.workbook.calculation = CalcProperties(calcId=_ENGINE, fullCalcOnLoad=False)
        self.style = Style(setting.language)
        self.descriptions: list[str] = []
        self._values: dict[tuple[str, str], Shown] = {}
        self._carried: dict[tuple[str, str], Shown] = {}
        self._names: dict[str, tuple[str, str]] = {}
        self._lists: dict[str, Sequence[Sequence[Shown]]] = {}

    def said(self, words: Words) -> str:
        """Return a text in the language of the workbook."""
        return words[self.setting.language == "zh"]

    def form(self, name: Words, title: Words, note: Words, *, widths: Sequence[float]) -> Form:
        """Add a sheet.

        Args:
            name: What its tab says.
            title: What stands at its top, and below each page.
            note: The line below the title.
            widths: Of its columns, in characters.
        """
        return Form(self, self.workbook.create_sheet(self.said(name)), title, note, widths)

    def list_of(self, name: str, rows: Sequence[Sequence[Shown]]) -> str:
        """Keep a list that entries choose from, or that formulas look up; return its name.

        Args:
            name: What it is called.
            rows: Its rows, of one cell each for a list to choose from.
        """
        full = f"due_list_{name}"
        self._lists[full] = rows
        return full

    def write(self, path: Path, *, title: Words, made: datetime) -> None:
        """Write the workbook. The file appears whole, or not at all.

        Args:
            path: Where; its folder must exist. A file that is there is replaced.
            title: Its title.
            made: What it gives as the time it was made.

        Raises:
            InputError: It cannot be written there.
        """
        self._write_lists()
        self.workbook.properties.title = self.said(title)
        self.workbook.properties.creator = "Duebook"
        package = finished(
            self.workbook, made=made, results=self._with_results, descriptions=self.descriptions
        )
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            partial.write_bytes(package.getvalue())
            partial.replace(path)
        except OSError as error:
            raise InputError(f"{path}: it cannot be written: {error.strerror or error}.") from None
        finally:
            partial.unlink(missing_ok=True)

    def keep(self, sheet: str, at: str, value: Shown, *, carried: bool = False) -> None:
        """Remember what stands in a cell; carried is what a formula of its own, or an array, puts there."""
        self._values[sheet, at] = value
        if carried:
            self._carried[sheet, at] = value

    def define(self, name: str, sheet: str, ref: str) -> None:
        """Give cells a name that formulas of every sheet may use."""
        self._names[name] = sheet, ref
        self.workbook.defined_names[name] = DefinedName(name, attr_text=f"{_quoted(sheet)}!{_absolute(ref)}")

    def read(self, sheet: str, cells: At) -> Any:  # noqa: ANN401 - a cell, or rows of cells
        """Return what stands in cells: of a single one its value, of several their rows."""
        ref = cells.text
        if not _SINGLE.fullmatch(ref):
            sheet, ref = self._names[ref]
        rows = [[_told(self._values.get((sheet, at))) for at in row] for row in _cells(ref)]
        return rows if ":" in ref else rows[0][0]

    def _write_lists(self) -> None:
        if not self._lists:
            return
        sheet = self.workbook.create_sheet(_LISTS)
        sheet.sheet_state = "hidden"
        sheet.protection.sheet = True
        column = 1
        for name, rows in self._lists.items():
            for number, row in enumerate(rows, 1):
                for right, value in enumerate(row):
                    self.style.value(sheet.cell(number, column + right), _plain_value(value))
            first, last = get_column_letter(column), get_column_letter(column + len(rows[0]) - 1)
            self.define(name, _LISTS, f"{first}1:{last}{len(rows)}")
            column += len(rows[0])

    def _with_results(self, sheet: str, xml: str) -> str:
        def shown(cell: re.Match[str]) -> str:
            key = sheet, cell["at"]
            if key not in self._carried:
                return cell[0]
            kind, value = _as_xml(self._carried[key])
            head = f'<c r="{cell["at"]}"{cell["style"] or ""}{kind}>'
            return f"{head}{cell['formula'] or ''}<v>{value}</v></c>"

        return _CELL.sub(shown, xml)


class Form:
    """A sheet with entries and formulas."""

    def __init__(
        self, book: FormBook, sheet: Worksheet, title: Words, note: Words, widths: Sequence[float]
    ) -> None:
        """Write the title, and set the sheet up to be printed on one page; see :meth:`FormBook.form`."""
        self.book, self.sheet = book, sheet
        self._last = get_column_letter(len(widths))
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.sheet_format.defaultRowHeight, sheet.sheet_format.customHeight = _ROW, True
        sheet.row_dimensions[1].height = _TITLE_ROW
        book.style.title(sheet["A1"], book.said(title))
        sheet.merge_cells(f"A2:{self._last}2")
        book.style.text(sheet["A2"], book.said(note), muted=True)
        protection = sheet.protection
        protection.sheet = True
        protection.formatColumns = protection.formatRows = False  # what the file calls not locked
        print_set_up(sheet, book.setting.language, title=book.said(title))

    def printed(self, last_row: int, *, upright: bool = False) -> None:
        """Print all down to a row on one page, upright or across; an upright one has room for higher rows."""
        self.sheet.print_area = f"A1:{self._last}{last_row}"
        self.sheet.page_setup.orientation = "portrait" if upright else "landscape"
        if upright:
            self.sheet.sheet_format.defaultRowHeight = _UPRIGHT_ROW
        self.sheet.page_setup.fitToHeight = 1
        self.sheet.print_options.horizontalCentered = True

    def section(self, at: str, words: Words) -> None:
        """Write the heading of a section."""
        self.book.style.section(self.sheet[at], self.book.said(words))

    def head(self, at: str, words: Words, look: Look = Look.TEXT) -> None:
        """Write the heading of a column."""
        self.book.style.header(self.sheet[at], self.book.said(words), look)

    def text(self, at: str, words: Words, *, muted: bool = False, beside: bool = False) -> None:
        """Write a text, into one cell or across several, as :meth:`Style.text` does."""
        first = at.split(":", maxsplit=1)[0]
        if ":" in at:
            self.sheet.merge_cells(at)
        self.book.style.text(self.sheet[first], self.book.said(words), muted=muted, beside=beside)
        self.book.keep(self.sheet.title, first, self.book.said(words))

    def fixed(self, at: str, value: Shown, look: Look = Look.TEXT, *, bold: bool = False) -> None:
        """Write a value that nobody changes."""
        cell = self.sheet[at]
        self.book.style.value(cell, _plain_value(value), look, bold=bold)
        self.book.keep(self.sheet.title, at, value)

    def entry(  # noqa: PLR0913 - a cell, what stands in it, and what may
        self,
        at: str,
        value: Shown,
        look: Look,
        rule: Rule,
        *,
        name: str = "",
        called: Words | None = None,
        digits: int = 2,
    ) -> None:
        """Write an entry: a value that a person may change.

        Args:
            at: Where; across several cells, they become one.
            value: What stands there at first; None for nothing.
            look: How it is shown.
            rule: What it may be.
            name: The name by which formulas call it.
            called: What it is called above the words of its rule.
            digits: For money, its decimals.
        """
        first = at.split(":", maxsplit=1)[0]
        if ":" in at:
            for cell in (cell for row in self.sheet[at] for cell in row):
                self.book.style.entry(cell, None, look, digits=digits)
            self.sheet.merge_cells(at)
        cell = self.sheet[first]
        self.book.style.entry(cell, _plain_value(value), look, digits=digits)
        self.book.keep(self.sheet.title, first, value)
        self.sheet.add_data_validation(
            validation(first, rule, self.book.setting.language, self.book.said(called) if called else "")
        )
        if name:
            self.book.define(name, self.sheet.title, first)

    def call(  # noqa: PLR0913 - a cell, a call, and how its result is shown
        self,
        at: str,
        function: str,
        *arguments: object,
        looks: Sequence[Look],
        unless: str = "",
        empty: bool = False,
        bold: bool = False,
    ) -> None:
        """Write a call of a worksheet function.

        Args:
            at: Where: a cell, or the range that the answer fills, cells beyond the answer showing ``#N/A``.
            function: The function, such as ``PLAN``.
            arguments: Its arguments: :class:`At`, a text, a number, or None for one that is left out.
            looks: How the columns of the range are shown.
            unless: A condition in the sheet's own terms; where it is true, the cell is empty.
            empty: Whether it is true now.
            bold: Whether the result is to be seen first.
        """
        sheet = self.sheet.title
        written = ",".join(one.written if isinstance(one, At) else _literal(one) for one in arguments)
        called = f"{spelled(function, self.book.setting.host)}({written})"
        answered: Sequence[Sequence[Shown]] = [[""]]
        if not empty:
            given = [self.book.read(sheet, one) if isinstance(one, At) else one for one in arguments]
            answered = self.book.setting.answer(function, given)
        self._array(at, f'=IF({unless},"",{called})' if unless else f"={called}", answered, looks, bold=bold)

    def formula(
        self, at: str, text: str, value: Shown, look: Look = Look.TEXT, *, bold: bool = False
    ) -> None:
        """Write a formula of the spreadsheet's own, and the value that it has."""
        self._array(at, text, [[value]], [look], bold=bold)

    def mirror(self, source: str, target: str, looks: Sequence[Look], *, count: str = "") -> None:
        """Show hidden cells, and nothing where they have an error because the answer is shorter.

        Args:
            source: The range of hidden cells.
            target: The first cell that shows them.
            looks: How the columns are shown.
            count: The name of how many rows the answer has: an answer of a single row fills all of a range.
        """
        start = self.sheet[target]
        for down, row in enumerate(_cells(source)):
            for right, (at, look) in enumerate(zip(row, looks, strict=True)):
                value = self.book.read(self.sheet.title, At(at))
                missing = isinstance(value, str) and value.startswith("#")
                there = self.sheet.cell(start.row + down, start.column + right).coordinate
                text = f'IFERROR({at},"")'
                text = f'=IF({down + 1}>{count},"",{text})' if count else f"={text}"
                self.formula(there, text, "" if missing else value, look)

    def hidden(self, first: str, last: str) -> None:
        """Hide columns that hold what other cells show."""
        for number in range(
            *(self.sheet[f"{letters}1"].column + at for at, letters in enumerate((first, last)))
        ):
            dimension = self.sheet.column_dimensions[get_column_letter(number)]
            dimension.width, dimension.hidden = _HIDDEN_COLUMNS, True

    def value(self, at: str) -> Any:  # noqa: ANN401 - whatever stands there
        """Return what stands in a cell or under a name."""
        return self.book.read(self.sheet.title, At(at))

    def chart(self, chart: ChartBase, words: Words) -> None:
        """Add a chart, and what it shows in words for those who cannot see it."""
        self.sheet.add_chart(chart)
        self.book.descriptions.append(self.book.said(words))

    def _array(
        self,
        at: str,
        text: str,
        answered: Sequence[Sequence[Shown]],
        looks: Sequence[Look],
        *,
        bold: bool = False,
    ) -> None:
        rows = [list(row) for row in _cells(at)]
        sheet = self.sheet.title
        for down, row in enumerate(rows):
            for right, (cell, look) in enumerate(zip(row, looks, strict=True)):
                alone = len(answered) == len(answered[0]) == 1  # a single value fills the whole range
                within = alone or (down < len(answered) and right < len(answered[down]))
                value = answered[0][0] if alone else answered[down][right] if within else ErrorValue("#N/A")
                self.book.style.value(self.sheet[cell], None, look, bold=bold)
                self.book.keep(sheet, cell, value, carried=True)
        first = self.sheet[rows[0][0]]
        first.value = ArrayFormula(at, text) if ":" in at else text


def _cells(ref: str) -> Iterator[list[str]]:
    """Yield the cells of a range, row by row."""
    left, top, right, bottom = range_boundaries(ref)
    for row in range(top, bottom + 1):
        yield [f"{get_column_letter(column)}{row}" for column in range(left, right + 1)]


def _absolute(ref: str) -> str:
    return ":".join(re.sub(r"([A-Z]+)([0-9]+)", r"$\1$\2", corner) for corner in ref.split(":"))


def _quoted(sheet: str) -> str:
    escaped = sheet.replace("'", "''")
    return f"'{escaped}'"


def _literal(argument: object) -> str:
    if argument is None:
        return ""
    if isinstance(argument, str):
        escaped = argument.replace('"', '""')
        return f'"{escaped}"'
    return str(argument)


def _told(value: Shown) -> object:
    return value.code if isinstance(value, ErrorValue) else value


def _plain_value(value: Shown) -> Value:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, ErrorValue):
        return value.code
    return value


def _as_xml(value: Shown) -> tuple[str, str]:
    """Return the type of a cell, as its attribute, and its value."""
    if isinstance(value, ErrorValue):
        return ' t="e"', value.code
    if value is None or isinstance(value, str):
        return ' t="str"', escape(plain(value or ""))
    if isinstance(value, date):
        return "", f"{to_excel(value):g}"
    return "", f"{Decimal(repr(value)) if isinstance(value, float) else Decimal(value):f}"
