"""The second page: how the customer paid month by month, its limit of then, and what the credit file has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from duebook_workbooks.credit_profile import CHOSEN, months, told
from duebook_workbooks.credit_profile.figures import Figure, Figures
from duebook_workbooks.credit_profile.overview import AS_OF, NAME
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.forms.form import FormBook

_TAB: Final = ("Behaviour", "付款行为")
_TITLE: Final = ("Payment behaviour and credit file", "付款行为与信用档案")
_ROW: Final = 19.5
_CAPTION_ROW: Final = 30.0
_SUMMARY: Final = (
    Figure("average_days_late", ("Average days late", "加权平均逾期天数"), Look.DECIMAL),
    Figure("average_terms", ("Average terms", "加权平均账期"), Look.DECIMAL),
    Figure("pay_index", ("Payment index", "付款指数"), Look.DECIMAL),
    Figure("dso", ("Days of sales outstanding", "周转天数"), Look.DECIMAL),
    Figure("oldest_overdue_days", ("Oldest overdue, days", "最长逾期天数"), Look.DAYS),
    Figure("annual_sales", ("Sales of 12 months", "近12个月销售额"), Look.MONEY),
    Figure("settled", ("Settled by payment", "已收款结清"), Look.MONEY),
    Figure("late_interest", ("Late interest accrued", "应计逾期利息"), Look.MONEY),
    Figure("currency", ("All amounts in", "金额币种"), Look.CODE),
)
_HEADS: Final = 4
_BEHIND: Final = 9  # columns from what is seen to what is hidden


def add(book: FormBook, *, digits: int) -> None:
    """Add the page."""
    back = book.setting.policy.behaviour.months
    note = (
        f"The customer of the first page. Days late and settled: of the last {back} months at each day.",
        f"第一页所选客户。逾期天数与已结清金额按各日前 {back} 个月计算。",
    )
    form = book.form(_TAB, _TITLE, note, widths=(16, 16, 15, 13, 16, 15, 14, 14, 18))
    figures = Figures(form, digits=digits)
    name = form.value(NAME)
    shown = name if name not in {None, "", "#N/A"} else form.value(CHOSEN)
    text = f'=IF(ISNA({NAME}),{CHOSEN},IF({NAME}&""="",{CHOSEN},{NAME}))'
    figures.message("A3:H3", text, shown, bold=True)
    figures.show("I3", AS_OF, Look.DATE)
    for column, figure in zip("ABCDEFGHI", _SUMMARY, strict=True):
        book.style.header(form.sheet[f"{column}{_HEADS}"], book.said(figure.words), figure.look)
        raw = f"{chr(ord(column) + _BEHIND)}{_HEADS}"
        figures.ask(raw, figure.field, figure.look)
        figures.show(f"{column}{_HEADS + 1}", raw, figure.look, bold=True)
    last = months.add(figures, top=_HEADS + 3)
    end = told.add(figures, top=last + 2)
    form.hidden("J", "R")
    form.printed(end, upright=True)
    form.sheet.sheet_format.defaultRowHeight = _ROW
    form.sheet.row_dimensions[_HEADS].height = _CAPTION_ROW
    form.sheet.row_dimensions[_HEADS + 4].height = _CAPTION_ROW
