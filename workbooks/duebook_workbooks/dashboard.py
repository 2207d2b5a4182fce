"""The dashboard, the sheet of risks, and the sheets of what was read and of what the charts show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.utils import get_column_letter

from duebook_workbooks.chart import Charted, bucket_chart, exposure_chart, line_chart, place_charts
from duebook_workbooks.chartdata import CHARTED, title_names
from duebook_workbooks.labels import Language, label
from duebook_workbooks.sheets import name_cell, print_set_up, write_table
from duebook_workbooks.style import SHADES

if TYPE_CHECKING:
    from openpyxl.chart._chart import ChartBase
    from openpyxl.worksheet.worksheet import Worksheet

    from duebook_workbooks.contents import Contents
    from duebook_workbooks.sheets import TableFields
    from duebook_workbooks.style import Style

_TOP: Final = 5  # the row of a table's header, below its section's heading
_ACROSS: Final = 2  # as many companies have their charts on a page across
_CHART_ROWS: Final = 14
_GAP: Final = 3.0  # the width of the column between two tables


class Dashboard:
    """Lays out the sheets that sum up, and those behind them."""

    def __init__(self, style: Style, contents: Contents, language: Language) -> None:
        """Take what the sheets hold."""
        self._style, self._contents, self._language = style, contents, language

    def sources(self, sheet: Worksheet) -> None:
        """Lay out what was read, and beside it what was set aside."""
        contents = self._contents
        self._head(sheet, "sources")
        self._style.section(sheet["A4"], self._label("read from sources"))
        write_table(sheet, self._style, contents.sources, _TOP, filters=False)
        left = self._beside(sheet, contents.sources)
        self._style.section(sheet.cell(_TOP - 1, left), self._label("quarantine"))
        note = sheet.cell(_TOP - 1, left + 3)
        self._style.note(note, str(contents.named["due_note_quarantine"]))
        name_cell(note, "due_note_quarantine")
        write_table(sheet, self._style, contents.quarantine, _TOP, left, filters=False)
        print_set_up(sheet, self._language, title=self._label("title sources"))

    def risks(self, sheet: Worksheet) -> None:
        """Lay out the largest exposures, and beside them the risk map, darker the more is overdue."""
        overview = self._contents.overview
        self._head(sheet, "risks")
        self._style.section(sheet["A4"], self._label("largest exposures"))
        write_table(sheet, self._style, overview.exposures, _TOP, filters=False)
        left = self._beside(sheet, overview.exposures)
        self._style.section(sheet.cell(_TOP - 1, left), self._label("risk map"))
        last = write_table(sheet, self._style, overview.risks, _TOP, left, filters=False)
        headers = [field.header for field in overview.risks.fields]
        letter = get_column_letter(left + headers.index(self._label("overdue share")))
        shades = ColorScaleRule("num", 0, "FFFFFF", end_type="num", end_value=1, end_color=SHADES[2])
        sheet.conditional_formatting.add(f"{letter}{_TOP + 1}:{letter}{last}", shades)
        print_set_up(sheet, self._language, title=self._label("title risks"))

    def chart_data(self, sheet: Worksheet) -> dict[str, Charted]:
        """Lay out what the charts show; return where the rows of each table stand."""
        contents, style = self._contents, self._style
        style.title(sheet["A1"], self._label("title chart data"))
        style.note(sheet["A2"], self._label("note chart data"))
        for slot in range(CHARTED):
            row = 4 + slot
            style.caption(sheet.cell(row, 1), self._label("charted company {slot}", slot=slot + 1))
            for column, name in enumerate(title_names(slot), 2):
                cell = sheet.cell(row, 2 * column - 2)
                style.value(cell, contents.named[name])
                name_cell(cell, name)
        top, found = 4 + CHARTED + 1, {}
        for table in contents.charts.tables:
            last = write_table(sheet, style, table, top, filters=False)
            found[table.name] = Charted(sheet, top + 1, last)
            top = last + 3
        print_set_up(sheet, self._language, title=self._label("title chart data"))
        sheet.page_setup.fitToHeight = 1
        return found

    def dashboard(self, sheet: Worksheet, rows: dict[str, Charted]) -> list[str]:
        """Lay out the figures of each company, and charts below them, which move down when they grow.

        Args:
            sheet: The sheet.
            rows: What the charts show, as :meth:`chart_data` returns it.

        Returns:
            What each chart shows, in words.
        """
        contents, style = self._contents, self._style
        self._head(sheet, "dashboard")
        style.section(sheet["A4"], self._label("key figures"))
        top = write_table(sheet, style, contents.overview.dashboard, _TOP, filters=False) + 2
        print_set_up(sheet, self._language, title=self._label("title dashboard"))
        shown = contents.charts.companies
        sheet.page_setup.fitToHeight = 1  # no chart is cut in two
        if len(shown) > _ACROSS:
            sheet.page_setup.orientation = "portrait"
        if not shown:
            return []
        style.section(sheet.cell(top, 1), self._label("trends"))
        style.note(sheet.cell(top, 4), self._label("first charted"))
        data = rows["due_chart_trend"].sheet
        titles = [[data.cell(4 + slot, column) for column in (2, 4, 6)] for slot in range(len(shown))]
        named = [company for company, _, _ in titles]
        charts: list[tuple[ChartBase, str]] = []
        for at, (name, code) in enumerate((("dso", "0"), ("overdue share", "0%"))):
            columns = [2 + at * CHARTED + slot for slot in range(len(shown))]
            chart = line_chart(
                rows["due_chart_trend"], columns, named, self._label(f"chart {name}"), format_code=code
            )
            charts.append((chart, self._label(f"alt {name}")))
        for slot, (company, aging, exposures) in enumerate(titles):
            buckets = bucket_chart(rows["due_chart_aging"], 2 + slot, aging, language=self._language)
            largest = exposure_chart(
                rows["due_chart_exposures"], 2 + 2 * slot, 3 + 2 * slot, exposures, language=self._language
            )
            charts.append((buckets, self._label("alt aging", company=company.value)))
            charts.append((largest, self._label("alt exposures", company=company.value)))
        visible = sum(1 for field in contents.overview.dashboard.fields if not field.hidden)
        place_charts(sheet, top, [chart for chart, _ in charts], columns=visible, rows=_CHART_ROWS)
        return [said for _, said in charts]

    def _head(self, sheet: Worksheet, name: str) -> None:
        self._style.title(sheet["A1"], self._label(f"title {name}"))
        note = f"due_note_{name}"
        if note in self._contents.named:
            self._style.note(sheet["A2"], str(self._contents.named[note]))
            name_cell(sheet["A2"], note)

    @staticmethod
    def _beside(sheet: Worksheet, table: TableFields) -> int:
        """Return the first column of a table beside another, having left a gap."""
        gap = len(table.fields) + 1
        sheet.column_dimensions[get_column_letter(gap)].width = _GAP
        return gap + 1

    def _label(self, key: str, **values: object) -> str:
        return label(key, self._language, **values)
