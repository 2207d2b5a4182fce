# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The first page: who the customer is, what is thought of it, limit and exposure, aging, alerts and score."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Final

from openpyxl.styles import Alignment

from duebook_workbooks.credit_profile import CHOSEN, CHOSEN_DAY, PARTED, aging, exposure, reasons, words
from duebook_workbooks.credit_profile.customers import CHOICES
from duebook_workbooks.credit_profile.figures import KEY, Figure, Figures
from duebook_workbooks.forms.entries import DAY as ANY_DAY
from duebook_workbooks.forms.entries import choice
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from datetime import date

    from duebook_workbooks.credit_profile import Choice
    from duebook_workbooks.forms.form import Form, FormBook

TITLE: Final = ("Credit profile", "客户信用概况")
_TAB: Final = ("Profile", "信用概况")
_ROW: Final = 19.0
_ENTRY_ROW: Final = 21.0
_NAME_ROW: Final = 30.0
_TOP: Final = 8
_CUSTOMER: Final = "I3"
_MADE_OF: Final = "I4"
AS_OF: Final = "due_profile_day"
"""The name of the cell with the day that the figures are of."""
NAME: Final = "due_customer_name"
"""The name of the cell with the name of the customer."""


def add(book: FormBook, chosen: Choice, day: date | None, *, digits: int) -> None:
    """Add the page."""
    policy = book.setting.policy
    note = (
        f"Policy {policy.name}, version {policy.version}. Choose a customer; every figure follows.",
        f"依据政策 {policy.name} 第 {policy.version} 版。选择客户后，所有数据随之更新。",
    )
    form = book.form(_TAB, TITLE, note, widths=(30, 19, 3, 23, 18, 9))
    figures = Figures(form, digits=digits)
    _choose(form, chosen, day, figures)
    form.sheet["B3"].alignment = Alignment(horizontal="left", vertical="center", indent=1, shrink_to_fit=True)
    last, places = _who(figures)
    below = exposure.add(figures, top=last + 2)
    beside = aging.add(figures, top=last + 2, down_to=below)
    top = max(below, beside) + 2
    top = reasons.alerts(figures, top=top, assessed=places["alert"]) + 2
    end = reasons.score(figures, top=top, assessed=places["score"])
    form.hidden("H", "J")
    form.printed(end, upright=True)
    sheet = form.sheet
    sheet.sheet_format.defaultRowHeight = _ROW
    for row, height in ((3, _ENTRY_ROW), (4, _ENTRY_ROW), (5, _NAME_ROW)):
        sheet.row_dimensions[row].height = height


def _choose(form: Form, chosen: Choice, day: date | None, figures: Figures) -> None:
    book = form.book
    listed = choice(CHOICES)
    form.text("A3", ("Customer", "客户"))
    form.entry(
        "B3:F3", chosen.label, Look.TEXT, listed, name=CHOSEN, called=("Choose a customer", "选择客户")
    )
    form.text("A4", ("As of", "截止日期"))
    form.entry("B4", day, Look.DATE, ANY_DAY, name=CHOSEN_DAY, called=("As of", "截止日期"))
    form.text(
        "D4:F4",
        ("empty: the day of the last refresh", "留空为最近一次刷新之日"),
        muted=True,
    )
    key = f'=LEFT({CHOSEN},FIND("{PARTED}",{CHOSEN}&"{PARTED}")-1)'
    form.formula(_CUSTOMER, key, chosen.key)
    book.define(KEY, form.sheet.title, _CUSTOMER)
    figures.ask(_MADE_OF, "as_of", Look.DATE)
    book.define(AS_OF, form.sheet.title, _MADE_OF)
    figures.ask("I5", "name", Look.TEXT)
    book.define(NAME, form.sheet.title, "I5")
    known = figures.known("I5")
    shown = form.value("I5") if known else form.value(CHOSEN)
    text = f'=IF(ISNA({NAME}),{CHOSEN},IF({NAME}&""="",{CHOSEN},{NAME}))'
    figures.message("A5:F5", text, shown)
    form.sheet["A5"].font = copy(form.sheet["A1"].font)
    missing = book.said(
        (
            "There are no figures: no such customer on that day, or its company does not reconcile.",
            "无数据：该日无此客户，或其所属公司与总账不符。",
        )
    )
    none = not figures.known(_MADE_OF)
    figures.message("A6:F6", f'=IF(ISNA({AS_OF}),"{missing}","")', missing if none else "", bold=True)


def _who(figures: Figures) -> tuple[int, dict[str, str]]:
    """Write who the customer is, and beside it what is thought of it.

    Returns:
        The last row, and the hidden cell of each figure that says what is thought, by its name.
    """
    form = figures.form
    book = form.book
    stages, tiers, levels = words.stages(book), words.tiers(book), words.alerts(book)
    text, code = Look.TEXT, Look.CODE
    who = (
        Figure("code", ("Customer no.", "客户编号"), code),
        Figure("country", ("Country", "国家"), code),
        Figure("industry", ("Industry", "行业"), text),
        Figure("salesperson", ("Salesperson", "业务员"), text),
        Figure("terms", ("Terms agreed", "约定付款条件"), text),
        Figure("months_of_business", ("Months of business", "合作月数"), Look.COUNT),
        Figure("group_head", ("Head of the group", "集团母公司"), text),
        Figure("company", ("Our company", "本方公司"), code),
        Figure("currency", ("All amounts in", "金额币种"), code),
        Figure("as_of", ("Figures of", "数据日期"), Look.DATE),
    )
    thought = (
        Figure("alert", ("Alert", "预警级别"), code, listed=levels, bold=True),
        Figure("score", ("Score, of 100", "信用评分（满分 100）"), Look.DECIMAL, bold=True),
        Figure("grade", ("Grade", "信用等级"), code, bold=True),
        Figure("confidence", ("Confidence of the score", "评分置信度"), Look.SHARE),
        Figure("default_probability", ("Serious delinquency", "严重拖欠概率"), Look.RATE),
        Figure("default_model", ("Model of it", "所用模型"), text, listed=words.models(book)),
        Figure("term_days", ("Terms by policy, days", "政策账期（天）"), Look.DAYS),
        Figure("terms_tier", ("Tier of terms", "账期层级"), text, listed=tiers),
        Figure("dunning_stage", ("Stage of collection", "催收阶段"), text, listed=stages),
        Figure("review_due", ("Next review due", "下次复核日"), Look.DATE),
    )
    form.section(f"A{_TOP - 1}", ("The customer", "客户资料"))
    form.section(f"D{_TOP - 1}", ("Assessment", "信用评估"))
    figures.column(who, top=_TOP, names="A", values="B", raw="H")
    figures.column(thought, top=_TOP, names="D", values="E:F", raw="I")
    return _TOP + len(who) - 1, {figure.field: f"I{row}" for row, figure in enumerate(thought, _TOP)}
