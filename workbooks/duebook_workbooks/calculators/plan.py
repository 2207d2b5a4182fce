# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The calculator of payment plans: a debt in instalments, and what is left of it after each."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from duebook.calendar import add_months
from duebook_workbooks.forms.chart import columns
from duebook_workbooks.forms.entries import ABOVE_NOTHING, DAY, SHARE, TEXT, Rule, whole
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from datetime import date

    from duebook_workbooks.forms.form import Form, FormBook

TAB: Final = ("Payment plan", "付款计划")
ABOUT: Final = ("A debt in monthly instalments or in stages.", "欠款按月分期或按比例分期。")
_TOP: Final = 12
_MOST: Final = 36  # what one page holds
_INSTALMENTS: Final = 6
_LOOKS: Final = (Look.CODE, Look.DATE, Look.MONEY, Look.MONEY, Look.MONEY, Look.MONEY)
_METHOD: Final = Rule(
    TEXT.kind,
    TEXT.low,
    TEXT.high,
    (
        "level; equal principal; or shares such as 30/50/20, with as many instalments and no rate.",
        "等额本息；等额本金；或各期比例，如 3-3-4，期数与之相同，且不计息。",
    ),
    TEXT.error,
)


def add(book: FormBook) -> None:
    """Add the sheet."""
    note = (
        "The principal adds up to the debt exactly. Aging and insurance go on by the original due date.",
        "本金合计恰为欠款。账龄与保险仍以原到期日为准。",
    )
    form = book.form(TAB, ("Payment plan", "付款计划"), note, widths=(24, 18, 16, 16, 16, 16))
    most = min(_MOST, book.setting.policy.plan.most_instalments)
    last = _TOP + most
    _entries(form, most)
    for column, words, look in zip(
        "ABCDEF",
        (
            ("Instalment", "期次"),
            ("Date", "日期"),
            ("Payment", "付款额"),
            ("Interest", "利息"),
            ("Principal", "本金"),
            ("Balance after", "剩余本金"),
        ),
        _LOOKS,
        strict=True,
    ):
        form.head(f"{column}{_TOP}", words, look)
    form.call(
        *(f"H{_TOP + 1}:M{last}", "PLAN", At("due_plan_amount"), At("due_plan_instalments")),
        *(At("due_plan_first_date"), At("due_plan_rate"), At("due_plan_method")),
        looks=_LOOKS,
    )
    form.mirror(f"H{_TOP + 1}:M{last}", f"A{_TOP + 1}", _LOOKS, count="due_plan_instalments")
    form.hidden("H", "M")
    _totals(form, last)
    name = book.said(("Balance after each instalment", "每期后剩余本金"))
    chart = columns(
        form,
        title=name,
        categories=f"A{_TOP + 1}:A{last}",
        series=[(name, f"F{_TOP + 1}:F{last}")],
        place=(f"A{last + 3}", f"F{last + 16}"),
    )
    lines = [form.value(f"F{row}") for row in range(_TOP + 1, last + 1)][: form.value("due_plan_instalments")]
    shown = "; ".join(f"{number}: {amount:,}" for number, amount in enumerate(lines, 1))
    form.chart(
        chart, (f"Column chart: balance after each instalment. {shown}", f"柱形图：每期后剩余本金。{shown}")
    )
    form.printed(last + 16, upright=True)


def _entries(form: Form, most: int) -> None:
    book = form.book
    form.section("A4", ("The debt and how it is paid", "欠款与付款方式"))
    day: date = add_months(book.setting.as_of, 1)
    method = book.said(("level", "等额本息"))
    for row, words, value, look, rule, name in (
        (5, ("Debt", "欠款"), 100_000, Look.MONEY, ABOVE_NOTHING, "amount"),
        (6, ("Instalments", "期数"), min(_INSTALMENTS, most), Look.COUNT, whole(1, most), "instalments"),
        (7, ("First payment", "首期付款日"), day, Look.DATE, DAY, "first_date"),
        (8, ("Rate of a year", "年利率"), Decimal("0.06"), Look.RATE, SHARE, "rate"),
        (9, ("Method", "方式"), method, Look.CODE, _METHOD, "method"),
    ):
        form.text(f"A{row}", words)
        form.entry(f"B{row}", value, look, rule, name=f"due_plan_{name}", called=words)
    form.text("C9:F9", _METHOD.prompt, muted=True, beside=True)
    form.sheet.row_dimensions[9].height = 28
    form.text("A10", ("Check", "核对"))


def _totals(form: Form, last: int) -> None:
    said, row = form.book.said, last + 1
    form.fixed(f"A{row}", said(("Total", "合计")), bold=True)
    form.fixed(f"B{row}", None)
    for column in "CDE":
        cells = [form.value(f"{column}{at}") for at in range(_TOP + 1, row)]
        total = sum((Decimal(cell) for cell in cells if cell != ""), Decimal(0))
        form.formula(
            f"{column}{row}", f"=SUM({column}{_TOP + 1}:{column}{last})", total, Look.MONEY, bold=True
        )
    form.fixed(f"F{row}", None)
    right = said(("✓ the principal adds up to the debt", "✓ 本金合计等于欠款"))
    wrong = said(("✗ no such plan: see the entries above", "✗ 无法生成计划：请检查以上填写项"))
    form.formula(
        "B10",
        f'=IF(ISERROR(H{_TOP + 1}),"{wrong}",IF(ROUND(E{row}-due_plan_amount,2)=0,"{right}","{wrong}"))',
        right,
        bold=True,
    )
    form.sheet.merge_cells("B10:F10")
