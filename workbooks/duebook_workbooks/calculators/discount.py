# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The calculator of discounts for early payment: what it costs to let them go."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from duebook_workbooks.forms.entries import SHARE, TEXT, choice
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.forms.form import FormBook

TAB: Final = ("Discount", "现金折扣")
ABOUT: Final = (
    "What letting a discount go costs in a year, beside what money costs.",
    "放弃现金折扣的年化成本，与资金成本对比。",
)
_EXAMPLES: Final = ("2/10 Net 30", "1/10 Net 30", "2/10 Net 60", "1/10 Net 60", "1/7 Net 45", "3/15 Net 90")
_TAKE: Final = ("take the discount", "享受折扣")
_WAIT: Final = ("pay when due", "到期付款")
_FIRST: Final = 9


def add(book: FormBook) -> None:
    """Add the sheet."""
    note = (
        "Who lets a discount go borrows the discounted price from its supplier until the due date.",
        "放弃折扣，相当于在折扣期至到期日之间向供应商借款。",
    )
    form = book.form(
        TAB, ("Cost of a discount not taken", "放弃现金折扣的成本"), note, widths=(26, 20, 20, 26)
    )
    form.section("A4", ("What is given", "填写项"))
    bases = choice(book.list_of("bases", [[365], [366], [360]]))
    form.text("A5", ("Days of a year", "一年的天数"))
    form.entry(
        "B5", 365, Look.DAYS, bases, name="due_discount_basis", called=("Days of a year", "一年的天数")
    )
    form.text("A6", ("Money costs, a year", "资金年化成本"))
    cost = Decimal("0.08")
    form.entry(
        "B6",
        cost,
        Look.RATE,
        SHARE,
        name="due_discount_money",
        called=("Money costs, a year", "资金年化成本"),
    )
    form.head("A8", ("Payment terms", "付款条件"))
    form.head("B8", ("Cost, simple", "单利成本"), Look.RATE)
    form.head("C8", ("Cost, compound", "复利成本"), Look.RATE)
    form.head("D8", ("What pays", "建议"), Look.REMARK)
    for row, example in enumerate(_EXAMPLES, _FIRST):
        form.entry(f"A{row}", example, Look.TEXT, TEXT, called=("Payment terms", "付款条件"))
        for column, method in (("B", None), ("C", "compound")):
            arguments = At(f"A{row}"), At("due_discount_basis"), *([] if method is None else [method])
            form.call(f"{column}{row}", "DISCOUNTCOST", *arguments, looks=[Look.RATE], unless=f'A{row}=""')
        take, wait = book.said(_TAKE), book.said(_WAIT)
        form.formula(
            f"D{row}",
            f'=IF(ISNUMBER(B{row}),IF(B{row}>due_discount_money,"{take}","{wait}"),"")',
            take if form.value(f"B{row}") > cost else wait,
            Look.REMARK,
        )
    last = _FIRST + len(_EXAMPLES)
    book.define("due_discount_terms", form.sheet.title, f"A{_FIRST}:A{last - 1}")
    form.text(
        f"A{last}:D{last}",
        (
            "2/10 Net 30: 2% off within 10 days, else all after 30: 2/98 × 365/20 = 37.24% a year.",
            "2/10 Net 30：10 天内付款减 2%，否则 30 天付全款：2/98 × 365/20 = 年化 37.24%。",
        ),
        muted=True,
    )
    form.printed(last)
