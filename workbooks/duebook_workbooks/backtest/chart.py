"""The chart of a policy backtest: what becomes of the orders under each of two policies, as shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl.chart import BarChart, Reference, Series
from openpyxl.chart.data_source import AxDataSource, NumData, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.legend import Legend
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties

from duebook_workbooks.chart import drawn_text, drawn_title
from duebook_workbooks.style import INK, MUTED
from duebook_workbooks.tables import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openpyxl.worksheet.worksheet import Worksheet

    from duebook_workbooks.backtest.workbook import Line

# From paid (light) to lost (dark); what is not on credit is hollow, so that black and white tells all apart.
_LOOKS: Final = (("C9D1DA", INK), ("8C99A8", INK), ("323E4B", "FFFFFF"), ("E8ECF0", INK), (None, INK))
_LABEL_FORMAT: Final = '[>=0.045]0%;""'


def share_chart(
    sheet: Worksheet, title: str, first: int, names: Sequence[str], parts: Sequence[Line]
) -> BarChart:
    """Return the chart: a bar a policy, whose parts are the shares in rows of the sheet, one below the other.

    Args:
        sheet: The sheet; the names stand in its first column, the shares in the second and third, and the
            policies above them.
        title: What the chart says.
        first: The row of the first part.
        names: What the parts are called.
        parts: The shares.
    """
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "percentStacked", 100, 45
    headers = str(Reference(sheet, min_row=first - 1, min_col=2, max_col=3))
    policies = [plain(str(sheet.cell(first - 1, column).value)) for column in (2, 3)]
    for at, (name, line) in enumerate(zip(names, parts, strict=True)):
        fill, ink = _LOOKS[at]
        series = Series(Reference(sheet, min_row=first + at, min_col=2, max_col=3))
        points = [NumVal(idx=number, v=value or 0.0) for number, value in enumerate((line.current, line.new))]
        series.val.numRef.numCache = NumData(formatCode="0.00%", ptCount=2, pt=points)
        series.cat = AxDataSource(
            strRef=StrRef(
                f=headers,
                strCache=StrData(
                    ptCount=2, pt=[StrVal(idx=number, v=text) for number, text in enumerate(policies)]
                ),
            )
        )
        where = str(Reference(sheet, min_row=first + at, min_col=1))
        cache = StrData(ptCount=1, pt=[StrVal(idx=0, v=plain(name))])
        series.tx = SeriesLabel(strRef=StrRef(f=where, strCache=cache))
        outline = LineProperties(solidFill=MUTED, w=6350)
        series.graphicalProperties = (
            GraphicalProperties(solidFill=fill, ln=outline)
            if fill
            else GraphicalProperties(noFill=True, ln=outline)
        )
        series.dLbls = DataLabelList(
            numFmt=_LABEL_FORMAT, dLblPos="ctr", showVal=True, txPr=drawn_text(8, ink)
        )
        for part in ("showSerName", "showCatName", "showLegendKey", "showPercent", "showLeaderLines"):
            setattr(series.dLbls, part, False)
        chart.append(series)
    chart.title = drawn_title(title)
    chart.legend = Legend()
    chart.legend.position = "b"
    chart.legend.txPr = drawn_text(8, MUTED)
    chart.x_axis.scaling.orientation = "maxMin"  # the current policy above the new one
    chart.x_axis.delete, chart.y_axis.delete = False, True
    chart.x_axis.txPr = drawn_text(9, INK)
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.y_axis.majorGridlines = None
    chart.layout = Layout(ManualLayout("inner", "edge", "edge", x=0.16, y=0.2, w=0.81, h=0.58))
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    return chart
