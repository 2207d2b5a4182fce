# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""How the sheets of the worklist look: its first page, the columns that people write in, its charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from duebook_workbooks.chart import Charted, exposure_chart, place_charts
from duebook_workbooks.forms.entries import DAY, Rule, validation
from duebook_workbooks.sheets import FIRST_ROW, name_cell, print_readably, print_set_up, write_table
from duebook_workbooks.style import INK
from duebook_workbooks.tables import length
from duebook_workbooks.watchlist import shade_alerts
from duebook_workbooks.worklist.contents import CHARTED, title_name
from duebook_workbooks.worklist.labels import worklist_label

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from duebook_workbooks.labels import Language
    from duebook_workbooks.style import Style
    from duebook_workbooks.worklist.contents import Contents

_FACTS: Final = (("as of", "due_as_of"), ("run number", "due_run"), ("policy name", "due_policy_name"))
_CHART_ROWS: Final = 13
_WIDTHS: Final = {"to do": 48.0, "reasons": 110.0, "owner": 14.0, "own note": 30.0}
_AMOUNT: Final = Rule(
    "decimal",
    "0",
    None,
    ("An amount of 0 or more, in the currency of the row.", "不为负的金额，币种同本行。"),
    ("Only an amount of 0 or more is allowed.", "只能输入不为负的金额。"),
)
_ENTRIES: Final = {"contacted on": DAY, "promised for": DAY, "promised amount": _AMOUNT}
_PROMISES: Final = ("promise on file for", "promised for")
_PASSED: Final = "F5D78E"


class Layout:
    """Lays out the sheets of the worklist."""

    def __init__(self, style: Style, contents: Contents, language: Language) -> None:
        """Take what the sheets hold."""
        self._style, self._contents, self._language = style, contents, language

    def today(self, sheet: Worksheet, rows: Charted) -> list[str]:
        """Lay out the first page: what is to be collected, and charts below, which move down when it grows.

        Args:
            sheet: The sheet.
            rows: What the charts show, as :meth:`chart_data` returns it.

        Returns:
            What each chart shows, in words.
        """
        style, contents = self._style, self._contents
        style.title(sheet["A1"], self._label("title"))
        for cell, name, write in (
            ("A2", "due_note_today", style.note),
            ("A3", "due_verdict", style.strong),
            ("A4", "due_withheld", style.note),
        ):
            write(sheet[cell], str(contents.named[name]))
            name_cell(sheet[cell], name)
        for row, (key, name) in enumerate(_FACTS, 6):
            style.fact(sheet.cell(row, 1), self._label(key), sheet.cell(row, 2), contents.named[name])
            name_cell(sheet.cell(row, 2), name)
        top = 6 + len(_FACTS) + 1
        style.section(sheet.cell(top, 1), self._label("to collect"))
        top = write_table(sheet, style, contents.stages, top + 1, filters=False) + 2
        print_set_up(sheet, self._language, title=self._label("title"))
        sheet.page_setup.fitToHeight = 1
        if not contents.companies:
            return []
        style.note(sheet.cell(top, 1), self._label("first charted"))
        charts = []
        for slot in range(contents.companies):
            title = rows.sheet.cell(4 + slot, 1)
            chart = exposure_chart(rows, 1, 2 + slot, title, language=self._language)
            charts.append((chart, title.value))
        visible = sum(1 for field in contents.stages.fields if not field.hidden)
        place_charts(sheet, top, [chart for chart, _ in charts], columns=visible, rows=_CHART_ROWS)
        return [self._label("alt stages", company=said) for _, said in charts]

    def worklist(self, sheet: Worksheet) -> None:
        """Lay out the customers: framed what people write, shaded alerts and promises that have passed."""
        shown, style = self._contents.worklist, self._style
        shown.lay_out(sheet, style, self._language)
        shade_alerts(sheet, shown.table, self._language)
        last = FIRST_ROW + max(1, length(shown.table.fields[0].values))
        cells = {
            field.header: f"{letter}{FIRST_ROW + 1}:{letter}{last}"
            for letter, field in (
                (get_column_letter(at), field) for at, field in enumerate(shown.table.fields, 1)
            )
        }
        for at, field in enumerate(shown.table.fields, 1):
            if field.theirs:
                style.entry(sheet.cell(FIRST_ROW + 1, at), None, field.look)
        for key, wide in _WIDTHS.items():
            sheet.column_dimensions[cells[self._label(key)].split(str(FIRST_ROW + 1))[0]].width = wide
        for key, rule in _ENTRIES.items():
            header = self._label(key)
            sheet.add_data_validation(validation(cells[header], rule, self._language, header))
        for key in _PROMISES:
            where = cells[self._label(key)]
            first = where.split(":")[0]
            passed = FormulaRule(
                [f"AND(ISNUMBER({first}),{first}<due_as_of)"], font=Font(color=INK, bold=True)
            )
            passed.dxf.fill = PatternFill(bgColor=_PASSED)
            sheet.conditional_formatting.add(where, passed)
        print_readably(sheet, [field.header for field in shown.table.fields].index(shown.held) + 1)

    def chart_data(self, sheet: Worksheet) -> Charted:
        """Lay out what the charts show; return where the rows stand."""
        contents, style = self._contents, self._style
        style.title(sheet["A1"], self._label("title chart data"))
        style.note(sheet["A2"], self._label("note chart data"))
        for row, name in enumerate(map(title_name, range(CHARTED)), 4):
            style.value(sheet.cell(row, 1), contents.named[name])
            name_cell(sheet.cell(row, 1), name)
        top = 4 + CHARTED + 1
        last = write_table(sheet, style, contents.charted, top, filters=False)
        print_set_up(sheet, self._language, title=self._label("title chart data"))
        return Charted(sheet, top + 1, last)

    def _label(self, key: str, **values: object) -> str:
        return worklist_label(key, self._language, **values)
