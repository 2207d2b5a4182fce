"""One restrained look for every workbook: grey and black, so that it prints as it looks.

Fonts are asked for by name; where a name is missing, and for Chinese names in an English workbook, every
spreadsheet program falls back to a font that has the characters.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side

from duebook_workbooks.tables import plain

if TYPE_CHECKING:
    from decimal import Decimal

    from openpyxl.worksheet.worksheet import Worksheet

    from duebook_workbooks.labels import Language

INK: Final = "1F2933"
MUTED: Final = "5B6775"
LINE: Final = "D5DAE0"
_BAND: Final = "E8ECF0"
# From not due (light) to the oldest bucket (dark): the order shows in black and white too.
SHADES: Final = ("C9D1DA", "A3AFBD", "7B8998", "566473", "323E4B")
Value: TypeAlias = "str | date | Decimal | int | None"
_FONT: Final = {"en": "Calibri", "zh": "Microsoft YaHei"}

_HAIR: Final = Side(style="thin", color=LINE)
_STRONG: Final = Side(style="thin", color=MUTED)


class Look(Enum):
    """What a cell shows, which decides its format and alignment."""

    TEXT = "text"
    CODE = "code"  # short text that is compared at a glance: a currency, a mark
    REMARK = "remark"  # text behind a number, parted from it
    LONG = "long"  # a sentence or two in one line
    PROSE = "prose"  # text that breaks into lines
    DATE = "date"
    MONEY = "money"
    COUNT = "count"
    DAYS = "days"
    DECIMAL = "decimal"
    SHARE = "share"
    RATE = "rate"  # a share with its hundredths of a per cent
    RATIO = "ratio"  # times, with hundredths


_DATES: Final = {"en": "[$-809]d\\ mmm\\ yyyy", "zh": 'yyyy"年"m"月"d"日"'}
_DAY_WIDTHS: Final = {"en": 11.0, "zh": 14.0}  # 31 Dec 2026, 2026年12月31日
_FORMATS: Final = {
    # _0 keeps numbers a digit off the right edge; LibreOffice 7.4 forgets an indent there in some columns.
    Look.COUNT: "#,##0_0",
    Look.DAYS: "0_0",
    Look.DECIMAL: "0.0_0",
    Look.SHARE: "0%_0",
    Look.RATE: "0.00%_0",
    Look.RATIO: "0.00_0",
}
_ALIGNED: Final = {
    Look.TEXT: Alignment(horizontal="left", vertical="center"),
    Look.CODE: Alignment(horizontal="center", vertical="center"),
    Look.REMARK: Alignment(horizontal="left", vertical="center", indent=1),
    Look.LONG: Alignment(horizontal="left", vertical="center", indent=1),
    Look.PROSE: Alignment(horizontal="left", vertical="center", indent=1, wrap_text=True),
    Look.DATE: Alignment(horizontal="center", vertical="center", shrink_to_fit=True),
}
# A figure too wide for its column becomes smaller, not ####: tomorrow's may be larger than those of today.
_NUMBER: Final = Alignment(horizontal="right", vertical="center", shrink_to_fit=True)
_NUMBER_TITLE: Final = Alignment(horizontal="right", vertical="center", indent=1)


def money_format(digits: int) -> str:
    """Return the number format of amounts with so many decimals; nothing is shown as a dash."""
    number = f"#,##0.{'0' * digits}" if digits else "#,##0"
    return f'{number}_0;-{number}_0;"\u2013"_0'


class Style:
    """Dresses the cells of a workbook in one language's font.

    Attributes:
        day_width: How wide a date is, in characters.
    """

    def __init__(self, language: Language) -> None:
        """Take the language whose font and form of dates are to be used."""
        self._font = _FONT[language]
        self.day_width = _DAY_WIDTHS[language]
        self._formats = {**_FORMATS, Look.DATE: _DATES[language]}

    def title(self, cell: Cell, text: str) -> None:
        """Write the title of a sheet."""
        put(cell, text)
        cell.font = Font(name=self._font, size=16, bold=True, color=INK)

    def section(self, cell: Cell, text: str) -> None:
        """Write the heading of a section."""
        put(cell, text)
        cell.font = Font(name=self._font, size=12, bold=True, color=INK)

    def note(self, cell: Cell, text: str) -> None:
        """Write a line of explanation."""
        put(cell, text)
        cell.font = Font(name=self._font, size=9, color=MUTED)

    def strong(self, cell: Cell, text: str) -> None:
        """Write a line that is to be seen first."""
        put(cell, text)
        cell.font = Font(name=self._font, size=11, bold=True, color=INK)

    def header(self, cell: Cell, text: str, look: Look) -> None:
        """Write the header of a column, aligned as its cells are."""
        put(cell, text)
        cell.font = Font(name=self._font, size=10, bold=True, color=INK)
        cell.fill = PatternFill("solid", fgColor=_BAND)
        cell.border = Border(top=_STRONG, bottom=_STRONG)
        like = _ALIGNED.get(look, _NUMBER_TITLE)
        cell.alignment = Alignment(
            horizontal=like.horizontal, vertical="center", indent=like.indent, wrap_text=True
        )

    def caption(self, cell: Cell, text: str, look: Look = Look.TEXT) -> None:
        """Write a small heading above figures that stand apart from a table."""
        put(cell, text)
        cell.font = Font(name=self._font, size=9, color=MUTED)
        cell.border = Border(bottom=_HAIR)
        cell.alignment = _ALIGNED.get(look, _NUMBER_TITLE)

    def fact(self, name: Cell, text: str, cell: Cell, value: Value) -> None:
        """Write a fact beside what it is called."""
        put(name, text)
        put(cell, value)
        name.font = Font(name=self._font, size=10, color=MUTED)
        cell.font = Font(name=self._font, size=10, color=INK)
        name.alignment = cell.alignment = _ALIGNED[Look.TEXT]
        if isinstance(value, date):
            cell.number_format = self._formats[Look.DATE]

    def value(
        self,
        cell: Cell,
        value: Value,
        look: Look = Look.TEXT,
        *,
        digits: int = 2,
        bold: bool = False,
    ) -> None:
        """Write a value.

        Args:
            cell: Where.
            value: What; text is text, whatever it begins with.
            look: How it is shown.
            digits: For money, the decimals of its currency.
            bold: Whether it is a total.
        """
        put(cell, value)
        cell.font = Font(name=self._font, size=9 if look is Look.PROSE else 10, bold=bold, color=INK)
        cell.alignment = _ALIGNED.get(look, _NUMBER)
        cell.border = Border(bottom=_HAIR)
        if look is Look.MONEY:
            cell.number_format = money_format(digits)
        elif look in self._formats:
            cell.number_format = self._formats[look]

    def entry(self, cell: Cell, value: Value, look: Look, *, digits: int = 2) -> None:
        """Write a value that a person may change: framed, and open where the sheet is protected."""
        self.value(cell, value, look, digits=digits)
        cell.border = Border(left=_STRONG, right=_STRONG, top=_STRONG, bottom=_STRONG)
        cell.protection = Protection(locked=False)
        if look is Look.TEXT:  # off the frame
            cell.alignment = _ALIGNED[Look.REMARK]

    def text(self, cell: Cell, text: str, *, muted: bool = False, beside: bool = False) -> None:
        """Write a text that breaks into lines in its cell.

        Args:
            cell: Where.
            text: What.
            muted: Whether it explains, rather than says what an entry is.
            beside: Whether it stands right of a frame, off which it then keeps.
        """
        put(cell, text)
        cell.font = Font(name=self._font, size=9 if muted else 10, color=MUTED if muted else INK)
        cell.alignment = Alignment(horizontal="left", vertical="center", indent=int(beside), wrap_text=True)

    def number(self, sheet: Worksheet, look: Look, *, digits: int = 2) -> int:
        """Return the number of a style in the workbook, as a sheet's XML names it."""
        cell = Cell(sheet)
        self.value(cell, None, look, digits=digits)
        return int(cell.style_id)


def put(cell: Cell, value: Value) -> None:
    """Write a value into a cell of a template; text never becomes a formula there either."""
    cell.value = plain(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
