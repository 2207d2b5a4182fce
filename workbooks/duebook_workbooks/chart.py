"""The charts of the portfolio workbook, each over whole columns of a managed table, which a refresh fills."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.chart.data_source import AxDataSource, NumData, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.legend import Legend
from openpyxl.chart.marker import DataPoint, Marker
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
from openpyxl.drawing.text import (
    CharacterProperties,
    Paragraph,
    ParagraphProperties,
    RegularTextRun,
    RichTextProperties,
)
from openpyxl.utils import get_column_letter

from duebook_workbooks.style import INK, LINE, MUTED, SHADES
from duebook_workbooks.tables import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.cell import Cell
    from openpyxl.chart._chart import ChartBase
    from openpyxl.chart.axis import TextAxis
    from openpyxl.worksheet.worksheet import Worksheet

    from duebook_workbooks.labels import Language

_LARGE: Final = 9_999_999_500
"""From here on the labels of a chart are in millions: in full they would break in two."""
_MILLIONS: Final = {"en": "m", "zh": "百万"}
_POINT: Final = 100  # sizes of drawn text are in hundredths of a point
_UPWARDS: Final = -5_400_000  # text that reads upwards, in 60,000ths of a degree
_PEN: Final = 12_700  # and widths of lines in so many to the point
# Lines that black and white tell apart: their colour, their dashes and what marks a point.
_LINES: Final = (
    (INK, "solid", "circle"),
    (SHADES[1], "solid", "diamond"),
    (SHADES[3], "dash", "square"),
    (SHADES[2], "sysDot", "triangle"),
)


@dataclass(frozen=True)
class Charted:
    """Rows of a sheet that a chart shows.

    Attributes:
        sheet: The sheet.
        first: The first row.
        last: The last row.
    """

    sheet: Worksheet
    first: int
    last: int

    def column(self, number: int) -> Reference:
        """Return a column of the rows."""
        return Reference(self.sheet, min_col=number, min_row=self.first, max_row=self.last)

    def values(self, number: int) -> list[object]:
        """Return what a column holds."""
        return [self.sheet.cell(row, number).value for row in range(self.first, self.last + 1)]


def bucket_chart(rows: Charted, column: int, title: Cell, *, language: Language) -> BarChart:
    """Return the chart of a company's buckets: a column each, darker the later, its amount above it.

    Args:
        rows: The buckets, named in the first column.
        column: The company's amounts.
        title: The cell that says what the chart shows.
        language: Of the unit of large amounts.
    """
    series = _series(rows, column, names=1, format_code="#,##0")
    count = rows.last - rows.first + 1
    series.dPt = [_column(at, count) for at in range(count)]
    series.dLbls = _amounts(language)
    chart = _bars(series, title)
    chart.x_axis.tickLblPos = "low"  # below the columns of negative amounts too
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=MUTED, w=9525))
    # room for the title and for the amount above the highest column
    chart.layout = Layout(ManualLayout("inner", "edge", "edge", x=0.03, y=0.25, w=0.94, h=0.57))
    return chart


def exposure_chart(rows: Charted, names: int, column: int, title: Cell, *, language: Language) -> BarChart:
    """Return the chart of a company's largest exposures: a bar each, the largest above.

    Args:
        rows: The exposures.
        names: The column with the customers' names.
        column: The column with the amounts.
        title: The cell that says what the chart shows.
        language: Of the unit of large amounts.
    """
    series = _series(rows, column, names=names, format_code="#,##0")
    series.graphicalProperties = GraphicalProperties(solidFill=SHADES[2], ln=LineProperties(noFill=True))
    series.dLbls = _amounts(language)
    chart = _bars(series, title)
    chart.type = "bar"
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.txPr = drawn_text(8, INK)
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.layout = Layout(ManualLayout("inner", "edge", "edge", x=0.36, y=0.14, w=0.5, h=0.84))
    return chart


def line_chart(
    rows: Charted, columns: Sequence[int], named: Sequence[Cell], title: str, *, format_code: str
) -> LineChart:
    """Return the chart of a measure by month: a line for each company.

    Args:
        rows: The months, in the first column.
        columns: The companies' values.
        named: The cells with the companies' names.
        title: What the chart shows.
        format_code: How values are shown.
    """
    chart = LineChart()
    for column, name, (color, dash, symbol) in zip(columns, named, _LINES, strict=False):
        series = _series(rows, column, names=1, format_code=format_code)
        series.tx = SeriesLabel(strRef=_said(name))
        pen = LineProperties(solidFill=color, w=int(1.75 * _PEN), prstDash=dash)
        series.graphicalProperties = GraphicalProperties(ln=pen)
        look = GraphicalProperties(solidFill=color, ln=LineProperties(solidFill=color))
        series.marker = Marker(symbol=symbol, size=5, spPr=look)
        series.smooth = False
        chart.append(series)
    chart.title = drawn_title(title)
    chart.legend = Legend()
    chart.legend.position = "b"
    chart.legend.txPr = drawn_text(8, MUTED)
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.txPr = drawn_text(8, MUTED)
    upwards(chart.x_axis)
    chart.x_axis.tickLblPos = "low"
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=MUTED, w=9525))
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=LINE, w=6350))
    chart.y_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.y_axis.number_format = format_code
    chart.y_axis.numFmt.sourceLinked = False
    chart.display_blanks = "gap"
    chart.layout = Layout(ManualLayout("inner", "edge", "edge", x=0.08, y=0.16, w=0.9, h=0.58))
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    return chart


def place_charts(sheet: Worksheet, row: int, charts: Sequence[ChartBase], *, columns: int, rows: int) -> None:
    """Place charts below a row, two beside each other; they keep their size when rows above move them.

    Args:
        sheet: The sheet, its columns as wide as they will be.
        row: The row above the first chart.
        charts: The charts.
        columns: How many columns two charts together are as wide as.
        rows: How many rows a chart takes, with the gap below it.
    """
    widths = (sheet.column_dimensions[get_column_letter(at)].width for at in range(1, columns + 1))
    left = list(accumulate(float(width) for width in widths))
    middle = min(range(columns), key=lambda at: abs(left[at] - left[-1] / 2)) + 1
    for number, chart in enumerate(charts):
        top = row + number // 2 * rows
        begin, end = ((0, middle), (middle, columns))[number % 2]
        corner, opposite = AnchorMarker(begin, 0, top), AnchorMarker(end, 0, top + rows - 1)
        chart.anchor = TwoCellAnchor(editAs="oneCell", _from=corner, to=opposite)
        sheet.add_chart(chart)


def _series(rows: Charted, column: int, *, names: int, format_code: str) -> Series:
    """Return a column as a series; its figures stand in the chart too, for previews that read no sheet."""
    series = Series(rows.column(column))
    values, texts = rows.values(column), rows.values(names)
    points = [NumVal(idx=at, v=float(str(value))) for at, value in enumerate(values) if value is not None]
    series.val.numRef.numCache = NumData(formatCode=format_code, ptCount=len(values), pt=points)
    said = [StrVal(idx=at, v=plain(str(text))) for at, text in enumerate(texts) if text is not None]
    cache = StrData(ptCount=len(texts), pt=said)
    series.cat = AxDataSource(strRef=StrRef(f=str(rows.column(names)), strCache=cache))
    return series


def _bars(series: Series, title: Cell) -> BarChart:
    chart = BarChart()
    chart.append(series)
    chart.gapWidth = 40
    chart.title = Title(tx=Text(strRef=_said(title)), overlay=False, txPr=_bold_text())
    chart.legend = None
    chart.x_axis.delete, chart.y_axis.delete = False, True
    chart.x_axis.txPr = drawn_text(9, MUTED)
    chart.y_axis.majorGridlines = None
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    return chart


def _amounts(language: Language) -> DataLabelList:
    large = f'#,##0,,"\u00a0{_MILLIONS[language]}"'
    shown = f"[>={_LARGE}]{large};[<=-{_LARGE}]-{large};#,##0"
    amounts = DataLabelList(numFmt=shown, dLblPos="outEnd", showVal=True, txPr=drawn_text(8, INK))
    for part in ("showSerName", "showCatName", "showLegendKey", "showPercent", "showLeaderLines"):
        setattr(amounts, part, False)
    return amounts


def _said(cell: Cell) -> StrRef:
    """Return what a cell says, as a chart refers to it."""
    where = str(Reference(cell.parent, min_col=cell.column, min_row=cell.row))
    return StrRef(f=where, strCache=StrData(ptCount=1, pt=[StrVal(idx=0, v=plain(str(cell.value or "")))]))


def _column(at: int, count: int) -> DataPoint:
    """Return the look of a column: no date is hollow, the others darken from not due to the oldest."""
    shade = SHADES[min(at * (len(SHADES) - 1) // max(1, count - 2), len(SHADES) - 1)]
    point = DataPoint(idx=at, invertIfNegative=False)
    if at == count - 1:
        point.graphicalProperties = GraphicalProperties(
            noFill=True, ln=LineProperties(solidFill=MUTED, w=9525)
        )
    else:
        point.graphicalProperties = GraphicalProperties(solidFill=shade, ln=LineProperties(noFill=True))
    return point


def _properties(size: int, color: str, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=size * _POINT, b=bold, solidFill=color)


def drawn_text(size: int, color: str) -> RichText:
    """Return how text in a chart looks: its size in points, and its colour."""
    return _text_of(_properties(size, color))


def _bold_text() -> RichText:
    return _text_of(_properties(10, INK, bold=True))


def _text_of(properties: CharacterProperties) -> RichText:
    paragraph = Paragraph(pPr=ParagraphProperties(defRPr=properties), endParaRPr=CharacterProperties())
    return RichText(p=[paragraph])


def upwards(axis: TextAxis) -> None:
    """Have the months below a chart read upwards, for there are many."""
    axis.txPr = drawn_text(7, MUTED)
    axis.txPr.bodyPr = RichTextProperties(rot=_UPWARDS, vert="horz")


def drawn_title(text: str) -> Title:
    """Return the title of a chart."""
    run = RegularTextRun(rPr=_properties(10, INK, bold=True), t=plain(text))
    return Title(tx=Text(rich=RichText(p=[Paragraph(r=[run])])), overlay=False)
