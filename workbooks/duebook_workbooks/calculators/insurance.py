# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The calculator of trade credit insurance: what the insurer pays, and what stays with the seller."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from duebook_workbooks.forms.chart import columns
from duebook_workbooks.forms.entries import ABOVE_NOTHING, AMOUNT, SHARE, choice
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.forms.form import Form, FormBook

TAB: Final = ("Insurance", "信用保险")
ABOUT: Final = (
    "What the insurer pays for a lost debt, and what stays with you.",
    "债权损失时保险赔付多少，自担多少。",
)
_ORDERS: Final = (
    ("percentage, deductible, first loss", "赔付比例、免赔额、首损"),
    ("first loss, percentage, deductible", "首损、赔付比例、免赔额"),
    ("deductible, first loss, percentage", "免赔额、首损、赔付比例"),
)
_DEBTS: Final = (50_000, 100_000, 200_000, 300_000, 400_000, 500_000)
_SHARES: Final = (Decimal("0.7"), Decimal("0.8"), Decimal("0.9"))
_TOP: Final = 17
_CONDITIONS: Final = tuple(
    At(f"due_cover_{name}", optional=name == "most") for name in ("deductible", "first_loss", "most", "order")
)


def add(book: FormBook) -> None:
    """Add the sheet."""
    note = (
        "The loss within the limit × the percentage, less deductions. What is disputed is not insured.",
        "限额内损失乘以赔付比例，再减免赔。争议金额不在承保之列。",
    )
    form = book.form(TAB, ("Insurance what-if", "信用保险测算"), note, widths=(30, 19, 19, 19, 19, 19))
    rules = book.setting.policy.insurance
    orders = choice(book.list_of("orders", [[book.said(words)] for words in _ORDERS]))
    form.section("A4", ("The claim and its cover", "索赔与承保条件"))
    for row, words, value, look, rule, name in (
        (5, ("Debt that was lost", "损失的债权"), 500_000, Look.MONEY, ABOVE_NOTHING, "debt"),
        (6, ("Limit at shipment", "出运时限额"), 300_000, Look.MONEY, AMOUNT, "limit"),
        (7, ("Insured percentage", "赔付比例"), rules.insured_share, Look.SHARE, SHARE, "share"),
        (8, ("Deductible", "免赔额"), rules.deductible, Look.MONEY, AMOUNT, "deductible"),
        (9, ("First loss left", "剩余首损"), rules.first_loss, Look.MONEY, AMOUNT, "first_loss"),
        (10, ("Maximum liability left", "剩余最高赔偿限额"), rules.max_liability, Look.MONEY, AMOUNT, "most"),
    ):
        form.text(f"A{row}", words)
        form.entry(f"B{row}", value, look, rule, name=f"due_cover_{name}", called=words)
    form.text("C10:D10", ("empty: no maximum", "留空为不限"), muted=True, beside=True)
    form.text("A11", ("Order of deductions", "扣减顺序"))
    form.entry(
        "B11:D11",
        book.said(_ORDERS[0]),
        Look.TEXT,
        orders,
        name="due_cover_order",
        called=("Order", "扣减顺序"),
    )
    form.text("A13", ("The insurer pays", "保险人赔付"))
    arguments = At("due_cover_debt"), At("due_cover_limit"), At("due_cover_share"), *_CONDITIONS
    form.call("B13", "INDEMNITY", *arguments, looks=[Look.MONEY], bold=True)
    form.text("A14", ("You bear", "自担"))
    form.formula(
        "B14", "=due_cover_debt-B13", Decimal(500_000) - Decimal(form.value("B13")), Look.MONEY, bold=True
    )
    _what_if(form)


def _what_if(form: Form) -> None:
    said = form.book.said
    form.section("A16", ("What if", "情景测算"))
    pays, bears = ("The insurer pays", "保险人赔付"), ("You bear", "自担")
    form.head(f"A{_TOP}", ("Debt that was lost", "损失的债权"), Look.MONEY)
    form.head(f"B{_TOP}", pays, Look.MONEY)
    form.head(f"C{_TOP}", bears, Look.MONEY)
    for column, share in zip("DEF", _SHARES, strict=True):
        form.entry(f"{column}{_TOP}", share, Look.SHARE, SHARE, called=("Insured percentage", "赔付比例"))
    first, last = _TOP + 1, _TOP + len(_DEBTS)
    for row, debt in enumerate(_DEBTS, first):
        form.entry(f"A{row}", debt, Look.COUNT, AMOUNT, called=("Debt that was lost", "损失的债权"))
    form.book.define("due_cover_debts", form.sheet.title, f"A{first}:A{last}")
    form.book.define("due_cover_shares", form.sheet.title, f"D{_TOP}:F{_TOP}")
    for column, share_cell in (("B", "due_cover_share"), *((letter, f"{letter}{_TOP}") for letter in "DEF")):
        for row in range(first, last + 1):
            arguments = At(f"A{row}"), At("due_cover_limit"), At(share_cell), *_CONDITIONS
            form.call(f"{column}{row}", "INDEMNITY", *arguments, looks=[Look.MONEY])
    for row in range(first, last + 1):
        borne = Decimal(form.value(f"A{row}")) - Decimal(form.value(f"B{row}"))
        form.formula(f"C{row}", f"=A{row}-B{row}", borne, Look.MONEY)
    form.text(
        f"A{last + 1}:F{last + 1}",
        (
            "The last three columns: what it would pay at the percentages above them, all else the same.",
            "后三列：其他条件不变，按列标题的赔付比例计算的赔付额。",
        ),
        muted=True,
    )
    chart = columns(
        form,
        title=said(("Who bears a loss, by the debt that was lost", "损失由谁承担（按损失的债权）")),
        categories=f"A{first}:A{last}",
        series=[(said(pays), f"B{first}:B{last}"), (said(bears), f"C{first}:C{last}")],
        place=(f"A{last + 3}", f"F{last + 17}"),
        stacked=True,
    )
    lines = [tuple(form.value(f"{column}{row}") for column in "ABC") for row in range(first, last + 1)]
    shown = "; ".join(f"{debt:,}: {paid:,} + {borne:,}" for debt, paid, borne in lines)
    form.chart(
        chart,
        (
            f"Stacked column chart: of each debt, what the insurer pays + what you bear. {shown}",
            f"堆积柱形图：每笔债权中保险赔付 + 自担。{shown}",
        ),
    )
    form.printed(last + 17)
