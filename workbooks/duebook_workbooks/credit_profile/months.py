"""Month by month: what was open and overdue, how late payments came, and the limit, score and grade of then.

Each month is one call of ``PROFILE`` for the last day of the month, about all its figures: whoever answers
reads the ledger of a day once. Limit, score and grade are those of the policy that was valid on that day and
of what was known then, so the last columns are also the history of the limits: which one held, and whether
people had granted it or which rule had given it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl.chart.layout import Layout, ManualLayout

from duebook.calendar import add_months, end_of_month
from duebook_workbooks.chart import upwards
from duebook_workbooks.credit_profile import words
from duebook_workbooks.credit_profile.figures import KEY, NOTHING
from duebook_workbooks.credit_profile.overview import AS_OF
from duebook_workbooks.forms.chart import columns
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from datetime import date

    from openpyxl.chart import BarChart

    from duebook_workbooks.credit_profile.figures import Figures
    from duebook_workbooks.forms.form import Words

_MONTHS: Final = 24
_CHART_ROWS: Final = 11
_LABELLED: Final = 3  # every third month has its name below
_COLUMNS: Final[tuple[tuple[str, Words, Look], ...]] = (
    ("open", ("Open", "未清金额"), Look.MONEY),
    ("overdue", ("Overdue", "逾期"), Look.MONEY),
    ("average_days_late", ("Average days late", "平均逾期天数"), Look.DECIMAL),
    ("credit_limit", ("Credit limit", "信用额度"), Look.MONEY),
    ("limit_use", ("Use of the limit", "额度使用率"), Look.SHARE),
    ("score", ("Score", "信用评分"), Look.DECIMAL),
    ("grade", ("Grade", "信用等级"), Look.CODE),
    ("limit_method", ("Limit comes from", "额度依据"), Look.CODE),
)
_SHOWN: Final = "BCDEFGHI"
_RAW: Final = "KLMNOPQR"
_NAMED: Final = "limit_method"


def add(figures: Figures, *, top: int) -> int:
    """Add the section; return its last row."""
    form = figures.form
    book = form.book
    form.section(
        f"A{top}",
        (
            f"Month by month: {_MONTHS} month ends, as known then",
            f"逐月情况（近 {_MONTHS} 个月末，按当时所知）",  # noqa: RUF001
        ),
    )
    head = top + 1
    form.head(f"A{head}", ("Month", "月份"))
    for shown, raw, (field, called, look) in zip(_SHOWN, _RAW, _COLUMNS, strict=True):
        form.head(f"{shown}{head}", called, look)
        form.fixed(f"{raw}{head}", field)
    first, last = head + 1, head + _MONTHS
    day = form.value(AS_OF)
    for row in range(first, last + 1):
        _month(figures, row, head=head, last=last, until=None if isinstance(day, str) or day is None else day)
    place = last + 2
    end = place + _CHART_ROWS
    months = f"A{first}:A{last}"
    opened = columns(
        form,
        title=book.said(("Open and overdue at month ends", "各月末未清与逾期金额")),
        categories=months,
        series=[
            (book.said(("Open", "未清金额")), f"B{first}:B{last}"),
            (book.said(("Overdue", "逾期")), f"C{first}:C{last}"),
        ],
        place=(f"A{place}", f"E{end}"),
    )
    _quiet(opened, left=0.17)
    opened.overlap = 100  # what is overdue stands before what is open, of which it is a part
    late = columns(
        form,
        title=book.said(("Average days late at month ends", "各月末平均逾期天数（天）")),  # noqa: RUF001
        categories=months,
        series=[(book.said(("Average days late", "平均逾期天数")), f"D{first}:D{last}")],
        place=(f"F{place}", f"I{end}"),
    )
    _quiet(late, left=0.1)
    form.chart(
        opened,
        (
            f"Column chart: open and overdue at {_MONTHS} month ends; the figures stand in the table above.",
            f"柱形图：近 {_MONTHS} 个月末的未清与逾期金额；数据见上表。",  # noqa: RUF001
        ),
    )
    form.chart(
        late,
        (
            f"Column chart: average days late at {_MONTHS} month ends; the figures stand in the table above.",
            f"柱形图：近 {_MONTHS} 个月末的平均逾期天数；数据见上表。",  # noqa: RUF001
        ),
    )
    return end


def _month(figures: Figures, row: int, *, head: int, last: int, until: date | None) -> None:
    """Write a month: its last day hidden, its name, its figures."""
    form = figures.form
    back = last - row
    newest = None
    if until is not None:
        ended = end_of_month(until) == until
        newest = until if ended else end_of_month(add_months(until, -1))
    day = None if newest is None else end_of_month(add_months(newest, -back))
    ending = f"IF(EOMONTH({AS_OF},0)={AS_OF},{AS_OF},EOMONTH({AS_OF},-1))"
    text = ending if not back else f"EOMONTH(J{last},-{back})"
    source = AS_OF if not back else f"J{last}"
    text = f'=IF(ISNUMBER({source}),{text},"")'
    form.formula(f"J{row}", text, "" if day is None else day, Look.DATE)
    name = f'=IF(J{row}="","{NOTHING}",YEAR(J{row})&"-"&RIGHT("0"&MONTH(J{row}),2))'
    form.formula(f"A{row}", name, NOTHING if day is None else f"{day:%Y-%m}", Look.TEXT)
    form.call(
        f"{_RAW[0]}{row}:{_RAW[-1]}{row}",
        "PROFILE",
        At(KEY),
        At(f"${_RAW[0]}${head}:${_RAW[-1]}${head}"),
        At(f"J{row}"),
        looks=[look for _, _, look in _COLUMNS],
        unless=f'J{row}=""',
        empty=day is None,
    )
    limits = words.limits(form.book)
    for shown, raw, (field, _, look) in zip(_SHOWN, _RAW, _COLUMNS, strict=True):
        listed = limits if field == _NAMED else None
        figures.show(f"{shown}{row}", f"{raw}{row}", look, listed=listed)


def _quiet(chart: BarChart, *, left: float) -> None:
    """Show a scale instead of a figure over each of so many columns."""
    for series in chart.series:
        series.dLbls = None
    chart.y_axis.delete = False
    chart.gapWidth = 30
    chart.x_axis.tickLblPos = "low"  # below what is negative
    chart.x_axis.tickLblSkip = _LABELLED
    upwards(chart.x_axis)
    chart.layout = Layout(ManualLayout("inner", "edge", "edge", x=left, y=0.18, w=0.97 - left, h=0.5))
