"""The chart of one company's aging buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl.chart import BarChart, Reference, Series
from openpyxl.chart.data_source import AxDataSource, NumData, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.marker import DataPoint
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText, Text
from openpyxl.chart.title import Title
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun

from duebook_workbooks.sheets import FIRST_TOTAL
from duebook_workbooks.style import INK, MUTED, SHADES
from duebook_workbooks.tables import plain

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from duebook_workbooks.contents import Contents

_POINT: Final = 100  # sizes of drawn text are in hundredths of a point


def bucket_chart(contents: Contents, number: int, sheet: Worksheet) -> BarChart:
    """Return the chart of a company's buckets: a column each, darker the later, its amount above it.

    Args:
        contents: What the sheets hold.
        number: Which of the totals.
        sheet: The aging sheet, whose totals the chart reads.
    """
    total = contents.aging.totals[number]
    left = [field.header for field in contents.aging.fields].index(contents.buckets[0]) + 1
    span = {"min_col": left, "max_col": left + len(contents.buckets) - 1}
    # The figures stand in the chart too, for previews that do not read them from the sheet.
    names = [StrVal(idx=at, v=plain(bucket)) for at, bucket in enumerate(contents.buckets)]
    values = [NumVal(idx=at, v=float(total.amounts[bucket])) for at, bucket in enumerate(contents.buckets)]

    series = Series(Reference(sheet, min_row=FIRST_TOTAL + number, **span))
    series.val.numRef.numCache = NumData(formatCode="#,##0", ptCount=len(values), pt=values)
    headers = str(Reference(sheet, min_row=FIRST_TOTAL - 1, **span))
    series.cat = AxDataSource(strRef=StrRef(f=headers, strCache=StrData(ptCount=len(names), pt=names)))
    series.dPt = [_column(at, len(names)) for at in range(len(names))]
    series.dLbls = DataLabelList(numFmt="#,##0", dLblPos="outEnd", showVal=True, txPr=drawn_text(8, INK))
    for part in ("showSerName", "showCatName", "showLegendKey", "showPercent", "showLeaderLines"):
        setattr(series.dLbls, part, False)

    chart = BarChart()
    chart.append(series)
    chart.gapWidth = 40
    chart.title = drawn_title(f"{total.company} ({total.currency})")
    chart.legend = None
    chart.x_axis.delete, chart.y_axis.delete = False, True
    chart.x_axis.txPr = drawn_text(9, MUTED)
    chart.x_axis.tickLblPos = "low"  # below the columns of negative amounts too
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=MUTED, w=9525))
    chart.y_axis.majorGridlines = None
    # room for the title and for the amount above the highest column
    chart.layout = Layout(ManualLayout("inner", "edge", "edge", x=0.03, y=0.25, w=0.94, h=0.57))
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    return chart


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
    paragraph = Paragraph(
        pPr=ParagraphProperties(defRPr=_properties(size, color)), endParaRPr=CharacterProperties()
    )
    return RichText(p=[paragraph])


def drawn_title(text: str) -> Title:
    """Return the title of a chart."""
    run = RegularTextRun(rPr=_properties(10, INK, bold=True), t=plain(text))
    return Title(tx=Text(rich=RichText(p=[Paragraph(r=[run])])), overlay=False)
