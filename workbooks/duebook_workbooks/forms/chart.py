"""The charts of forms: columns with their amounts above them, in shades that print."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from openpyxl.chart import BarChart, Series
from openpyxl.chart.data_source import AxDataSource, NumData, NumVal, StrData, StrRef, StrVal
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.legend import Legend
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor

from duebook_workbooks.chart import drawn_text, drawn_title
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import INK, MUTED, SHADES
from duebook_workbooks.tables import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook_workbooks.forms.form import Form

_LIGHT_TO_DARK: Final = (SHADES[1], SHADES[3])


def columns(  # noqa: PLR0913 - where, and of what
    form: Form,
    *,
    title: str,
    categories: str,
    series: Sequence[tuple[str, str]],
    place: tuple[str, str],
    stacked: bool = False,
) -> BarChart:
    """Return a chart of columns over cells of a form.

    Args:
        form: The sheet.
        title: What it shows.
        categories: The cells of what stands below the columns.
        series: Of each kind of column its name and its cells.
        place: The first cell that it covers, and the last.
        stacked: Whether the kinds stand upon one another, or side by side.
    """
    sheet = form.sheet.title.replace("'", "''")
    chart = BarChart()
    for (name, cells), shade in zip(series, _LIGHT_TO_DARK, strict=False):
        one = Series(f"'{sheet}'!{_fixed(cells)}", title=plain(name))
        figures = _cells(form, cells)
        values = [
            NumVal(idx=at, v=float(each))
            for at, each in enumerate(figures)
            if isinstance(each, int | float | Decimal)
        ]
        # The figures stand in the chart too, for previews that do not read them from the sheet.
        one.val.numRef.numCache = NumData(formatCode="#,##0", ptCount=len(figures), pt=values)
        below = _cells(form, categories)
        points = [StrVal(idx=at, v=plain(str(each))) for at, each in enumerate(below)]
        cache = StrData(ptCount=len(points), pt=points)
        one.cat = AxDataSource(strRef=StrRef(f=f"'{sheet}'!{_fixed(categories)}", strCache=cache))
        one.graphicalProperties = GraphicalProperties(solidFill=shade, ln=LineProperties(noFill=True))
        one.invertIfNegative = False
        if not stacked:
            # a zero, such as of a line that the plan does not have, needs no label
            one.dLbls = DataLabelList(
                numFmt="#,##0;-#,##0;", dLblPos="outEnd", showVal=True, txPr=drawn_text(8, INK)
            )
            for part in ("showSerName", "showCatName", "showLegendKey", "showPercent", "showLeaderLines"):
                setattr(one.dLbls, part, False)
        chart.append(one)
    chart.gapWidth = 40
    if stacked:
        chart.grouping, chart.overlap = "stacked", 100
    chart.title = drawn_title(title)
    chart.legend = Legend() if len(series) > 1 else None
    if chart.legend is not None:
        chart.legend.position, chart.legend.txPr = "b", drawn_text(9, MUTED)
    chart.x_axis.delete, chart.y_axis.delete = False, not stacked
    for axis in (chart.x_axis, chart.y_axis):
        axis.txPr = drawn_text(9, MUTED)
        axis.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=MUTED, w=9525))
    chart.y_axis.number_format = "#,##0"
    chart.y_axis.majorGridlines = None
    height = 0.55 if len(series) > 1 else 0.62
    left = 0.14 if stacked else 0.03
    chart.layout = Layout(ManualLayout("inner", "edge", "edge", x=left, y=0.2, w=0.95 - left, h=height))
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    first, last = (form.sheet[at] for at in place)
    chart.anchor = TwoCellAnchor(
        editAs="oneCell",
        _from=AnchorMarker(first.column - 1, 0, first.row - 1, 0),
        to=AnchorMarker(last.column, 0, last.row, 0),
    )
    return chart


def _cells(form: Form, cells: str) -> list[object]:
    return [each for row in form.book.read(form.sheet.title, At(cells)) for each in row]


def _fixed(cells: str) -> str:
    first, last = cells.split(":")
    return ":".join(
        f"${''.join(filter(str.isalpha, at))}${''.join(filter(str.isdigit, at))}" for at in (first, last)
    )
