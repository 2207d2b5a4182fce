"""The status sheet: what a controller reads first, to know whether the other sheets may be trusted."""

from __future__ import annotations

from itertools import accumulate
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName

from duebook_workbooks.chart import bucket_chart
from duebook_workbooks.labels import Language, label
from duebook_workbooks.sheets import lay_out_table, print_set_up
from duebook_workbooks.style import Look, Style, Value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl import Workbook

    from duebook_workbooks.contents import Contents
    from duebook_workbooks.portfolio import PortfolioData

TABLE: Final = "due_status"
_TOP: Final = 6  # the row of the table's header
_CHARTS: Final = 4
_CHART_ROWS: Final = 13
_LAST: Final = 11  # the last column that is seen
_FITTING: Final = 0.85  # of a width in characters is safe to fill with text of any font
_FACT, _RULE = 1, 4  # the columns in which the two lists of facts begin
_VALUE_WIDTH: Final = 14.0  # of the column of values, as wide as a date
_DIGEST_SHOWN: Final = 12


class StatusSheet:
    """Lays the status sheet out, from top to bottom."""

    def __init__(self, workbook: Workbook, style: Style, data: PortfolioData, language: Language) -> None:
        """Add the sheet to the workbook."""
        self._workbook, self._style, self._data, self._language = workbook, style, data, language
        self._sheet = workbook.create_sheet(self._label("status"))

    def lay_out(self, contents: Contents) -> list[str]:
        """Write everything but the rows of the table.

        Args:
            contents: What the sheets hold.

        Returns:
            What each chart shows, in words.
        """
        sheet, style = self._sheet, self._style
        style.title(sheet["A1"], self._label("title"))
        style.note(sheet["A2"], self._label("as of {date}", date=self._data.as_of.isoformat()))
        style.strong(sheet["A3"], self._verdict())
        style.section(sheet["A5"], self._label("control totals"))
        lay_out_table(sheet, style, TABLE, contents.status, _TOP)
        last_row = _TOP + max(1, len(self._data.companies))
        # The table has its full range at once: what stands below it is already where it will be.
        sheet.tables[TABLE].ref = f"A{_TOP}:{get_column_letter(len(contents.status))}{last_row}"
        for column in (_FACT + 1, _RULE + 1):
            values = sheet.column_dimensions[get_column_letter(column)]
            values.width = max(values.width, _VALUE_WIDTH)
        row = self._withheld(last_row + 2, contents)
        row, descriptions = self._charts(contents, row)
        row = max(self._run(row), self._policy(row)) + 1
        row = self._sources(row) + 1
        self._quarantine(row)
        print_set_up(sheet, self._language, title=self._label("title"))
        return descriptions

    def _verdict(self) -> str:
        count = len(self._data.companies)
        withheld = sum(1 for company in self._data.companies if company.withheld)
        if not count:
            return self._label("no company")
        if withheld:
            return self._label("some withheld", withheld=withheld, count=count)
        return self._label("one reconciled" if count == 1 else "all reconciled", count=count)

    def _withheld(self, row: int, contents: Contents) -> int:
        reasons = [
            (contents.names[company.source, company.company], company.withheld)
            for company in self._data.companies
            if company.withheld
        ]
        if not reasons:
            return row
        heads = (("company", 1, Look.TEXT), ("reason", 2, Look.TEXT))
        return self._list(row, "withheld companies", heads, reasons) + 1

    def _charts(self, contents: Contents, row: int) -> tuple[int, list[str]]:
        """Draw each company's buckets in a chart of its own: amounts of two currencies share no axis."""
        shown = contents.aging.totals[:_CHARTS]
        if not shown:
            return row, []
        self._style.section(self._sheet.cell(row, 1), self._label("aging by company"))
        if len(shown) < len(contents.aging.totals):
            text = self._label("charted {shown} of {all}", shown=len(shown), all=len(contents.aging.totals))
            self._style.note(self._sheet.cell(row + 1, 1), text)
            row += 1
        left = list(accumulate(self._width(column, column) for column in range(1, _LAST + 1)))
        middle = min(range(_LAST), key=lambda at: abs(left[at] - left[-1] / 2)) + 1
        descriptions = []
        for number, total in enumerate(shown):
            top = row + number // 2 * _CHART_ROWS
            chart = bucket_chart(contents, number, self._workbook[contents.aging.name])
            begin, end = ((0, middle), (middle, _LAST))[number % 2]
            corner, opposite = AnchorMarker(begin, 0, top), AnchorMarker(end, 0, top + _CHART_ROWS - 1)
            chart.anchor = TwoCellAnchor(editAs="oneCell", _from=corner, to=opposite)
            self._sheet.add_chart(chart)
            figures = ", ".join(f"{bucket}: {total.amounts[bucket]:,}" for bucket in contents.buckets)
            values = {"company": total.company, "currency": total.currency, "figures": figures}
            descriptions.append(self._label("chart alt", **values))
        return row + 1 + (len(shown) + 1) // 2 * _CHART_ROWS, descriptions

    def _run(self, row: int) -> int:
        data = self._data
        self._style.section(self._sheet.cell(row, _FACT), self._label("run"))
        self._fact(row + 1, _FACT, "as of", data.as_of, name="due_as_of")
        self._fact(row + 2, _FACT, "run number", data.run, name="due_run")
        self._fact(row + 3, _FACT, "finished", f"{data.finished:%Y-%m-%d %H:%M %Z}".rstrip())
        self._fact(row + 4, _FACT, "version", data.version)
        return row + 5

    def _policy(self, row: int) -> int:
        policy = self._data.policy
        self._style.section(self._sheet.cell(row, _RULE), self._label("policy"))
        anchors = ", ".join(
            f"{anchor.points}\u00a0=\u00a0{anchor.days_late}" for anchor in policy.pay_index.anchors
        )
        facts: tuple[tuple[str, Value], ...] = (
            ("policy name", policy.name),
            ("policy version", policy.version),
            ("valid from", policy.valid_from),
            ("digest", policy.digest[:_DIGEST_SHOWN]),
            ("edges", self._label("{edges} days", edges=", ".join(map(str, policy.aging.edges)))),
            ("turnover window", self._label("{days} days of sales", days=policy.turnover.days)),
            ("behaviour window", self._label("{months} months", months=policy.behaviour.months)),
            ("anchors", self._label("{anchors} days late", anchors=anchors)),
        )
        line = row + 1
        for key, value in facts:
            line = self._fact(line, _RULE, key, value, name="due_policy" if key == "policy name" else "")
        return line

    def _sources(self, row: int) -> int:
        heads = (
            ("source", 1, Look.TEXT),
            ("connector", 2, Look.TEXT),
            ("rows read", 4, Look.COUNT),
            ("quarantined", 5, Look.COUNT),
            ("note", 6, Look.REMARK),
        )
        lines = [
            (
                source.source,
                source.connector,
                source.read,
                source.quarantined,
                f"{self._label('not read')}: {source.message}" if source.message else self._label("read"),
            )
            for source in self._data.sources
        ]
        return self._list(row, "sources", heads, lines)

    def _quarantine(self, row: int) -> int:
        if not self._data.quarantine:
            self._style.section(self._sheet.cell(row, 1), self._label("quarantine"))
            self._style.note(self._sheet.cell(row + 1, 1), self._label("nothing quarantined"))
            return row + 2
        heads = (
            ("source", 1, Look.TEXT),
            ("query", 2, Look.TEXT),
            ("rows", 4, Look.COUNT),
            ("reason", 5, Look.REMARK),
        )
        lines = [(found.source, found.query, found.rows, found.reason) for found in self._data.quarantine]
        return self._list(row, "quarantine", heads, lines)

    def _list(
        self,
        row: int,
        section: str,
        heads: Sequence[tuple[str, int, Look]],
        lines: Sequence[tuple[Value, ...]],
    ) -> int:
        """Write a list under its heading, a line from side to side under each entry; return the next row."""
        self._style.section(self._sheet.cell(row, 1), self._label(section))
        for column in range(1, _LAST + 1):
            self._style.caption(self._sheet.cell(row + 1, column), "")  # its line reaches from side to side
        for key, column, look in heads:
            self._style.caption(self._sheet.cell(row + 1, column), self._label(key), look)
        at = row + 2
        for *values, text in lines:
            texts = self._broken(str(text), heads[-1][1])
            for shown in ((*values, texts[0]), *((*(None for _ in values), more) for more in texts[1:])):
                for column in range(1, _LAST + 1):
                    self._style.value(self._sheet.cell(at, column), None)
                for value, (_, column, look) in zip(shown, heads, strict=True):
                    self._style.value(self._sheet.cell(at, column), value, look)
                at += 1
        return at

    def _fact(self, row: int, column: int, key: str, value: Value, *, name: str = "") -> int:
        """Write a fact and what it is called, return the next row; with a name, formulas can refer to it."""
        texts = self._broken(value, column + 1) if isinstance(value, str) else [value]
        cell = self._sheet.cell(row, column + 1)
        self._style.fact(self._sheet.cell(row, column), self._label(key), cell, texts[0])
        for line, more in enumerate(texts[1:], row + 1):
            self._style.fact(self._sheet.cell(line, column), "", self._sheet.cell(line, column + 1), more)
        if name:
            quoted = self._sheet.title.replace("'", "''")
            reference = f"'{quoted}'!${cell.column_letter}${cell.row}"
            self._workbook.defined_names[name] = DefinedName(name, attr_text=reference)
        return row + len(texts)

    def _broken(self, text: str, column: int) -> list[str]:
        """Return text in lines that fit between a column and the last one: merged cells grow no row."""
        return wrap(text, int(self._width(column, _LAST) * _FITTING)) or [""]

    def _width(self, first: int, last: int) -> float:
        """Return how wide columns are together, in characters."""
        letters = (get_column_letter(column) for column in range(first, last + 1))
        return sum(float(self._sheet.column_dimensions[letter].width) for letter in letters)

    def _label(self, key: str, **values: object) -> str:
        return label(key, self._language, **values)
