"""Aging: what is open by how late it is, in the buckets of the policy, as a table and a chart."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from openpyxl.chart.layout import Layout, ManualLayout

from duebook.aging import labels as buckets
from duebook_workbooks import labels
from duebook_workbooks.credit_profile.figures import NOTHING
from duebook_workbooks.forms.chart import columns
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.credit_profile.figures import Figures

_TITLE: Final = ("Open by days late", "未清金额按逾期天数分布")
_CHART_ROWS: Final = 7


def add(figures: Figures, *, top: int, down_to: int) -> int:
    """Add the section; return its last row.

    Args:
        figures: Where.
        top: The row of its heading.
        down_to: The row that the chart reaches at least.
    """
    form = figures.form
    book = form.book
    names = buckets(book.setting.policy.aging.edges)
    form.section(f"D{top}", ("Aging", "账龄"))
    form.head(f"D{top + 1}", ("Days late", "逾期天数"))
    form.head(f"E{top + 1}", ("Open", "未清金额"), Look.MONEY)
    form.head(f"F{top + 1}", ("Share", "占比"), Look.SHARE)
    first = top + 2
    last = first + len(names) - 1
    total = last + 1
    for row, name in enumerate(names, first):
        form.fixed(f"D{row}", labels.bucket(name, book.setting.language))
        figures.ask(f"I{row}", name, Look.MONEY)
        figures.show(f"E{row}", f"I{row}", Look.MONEY)
    form.fixed(f"D{total}", book.said(("Total", "合计")), bold=True)
    amounts = [Decimal(str(form.value(f"E{row}"))) for row in range(first, total) if figures.known(f"I{row}")]
    whole = sum(amounts, Decimal(0))
    figures.write(f"E{total}", f"=SUM(E{first}:E{last})", whole, Look.MONEY, bold=True)
    form.formula(f"F{total}", f'=IF(E{total}>0,1,"{NOTHING}")', 1 if whole > 0 else NOTHING, Look.SHARE)
    for row in range(first, total):
        known = figures.known(f"I{row}") and whole > 0
        share = float(form.value(f"E{row}")) / float(whole) if known else NOTHING
        text = f'=IF(AND(ISNUMBER(E{row}),E${total}>0),E{row}/E${total},"{NOTHING}")'
        form.formula(f"F{row}", text, share, Look.SHARE)
    end = max(down_to, total + 1 + _CHART_ROWS)
    chart = columns(
        form,
        title=book.said(_TITLE),
        categories=f"D{first}:D{last}",
        series=[(book.said(("Open", "未清金额")), f"E{first}:E{last}")],
        place=(f"D{total + 2}", f"F{end}"),
    )
    chart.x_axis.tickLblPos = "low"  # below what is negative
    chart.layout = Layout(ManualLayout("inner", "edge", "edge", x=0.02, y=0.26, w=0.96, h=0.52))
    rows = range(first, total)
    told = "; ".join(f"{form.value(f'D{row}')}: {_said(form.value(f'E{row}'))}" for row in rows)
    form.chart(chart, (f"Column chart: open by days late. {told}", f"柱形图：各账龄未清金额。{told}"))  # noqa: RUF001
    return end


def _said(value: object) -> str:
    return value if isinstance(value, str) else f"{Decimal(str(value)):,.2f}"
