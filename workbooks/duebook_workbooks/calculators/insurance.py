# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The calculator of trade credit insurance: what the insurer pays, what that changes, by when to claim."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from duebook.insurance import Cause
from duebook_workbooks.forms.chart import columns
from duebook_workbooks.forms.entries import ABOVE_NOTHING, AMOUNT, DAY, SHARE, choice, whole
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.forms.form import Form, FormBook, Words

TAB: Final = ("Insurance", "信用保险")
ABOUT: Final = (
    "What the insurer pays, what stays with you, and by when to claim.",
    "保险赔付多少，自担多少，何时索赔。",
)
_ORDERS: Final = (
    ("percentage, deductible, first loss", "赔付比例、免赔额、首损"),
    ("first loss, percentage, deductible", "首损、赔付比例、免赔额"),
    ("deductible, first loss, percentage", "免赔额、首损、赔付比例"),
)
_PAYS: Final = ("The insurer pays", "保险人赔付")
_BEARS: Final = ("You bear", "自担")
_LOST: Final = ("Debt that was lost", "损失的债权")
_DEBTS: Final = (50_000, 100_000, 200_000, 300_000, 400_000, 500_000)
_SHARES: Final = (Decimal("0.7"), Decimal("0.8"), Decimal("0.9"))
_COMPARED: Final = 17
_CLAIMS: Final = 24
_OVERDUE: Final = (120, 75, 20, None)  # days ago that the examples fell due
_TOP: Final = 33
_CHART_ROWS: Final = 13
_CONDITIONS: Final = tuple(
    At(f"due_cover_{name}", optional=name == "most") for name in ("deductible", "first_loss", "most", "order")
)


def add(book: FormBook) -> None:
    """Add the sheet."""
    note = (
        "The loss within the limit × the percentage, less deductions. What is disputed is not insured.",
        "限额内损失乘以赔付比例，再减免赔。争议金额不在承保之列。",
    )
    form = book.form(TAB, ("Insurance what-if", "信用保险测算"), note, widths=(28, 17, 17, 17, 17, 17))
    _claim(form)
    _uninsured(form)
    _with_and_without(form)
    _dates(form)
    last = _what_if(form)
    form.hidden("H", "L")
    form.printed(last, upright=True)


def _claim(form: Form) -> None:
    book = form.book
    rules = book.setting.policy.insurance
    orders = choice(book.list_of("orders", [[book.said(words)] for words in _ORDERS]))
    form.section("A4", ("The claim and its cover", "索赔与承保条件"))
    for row, words, value, look, rule, name in (
        (5, _LOST, 500_000, Look.MONEY, ABOVE_NOTHING, "debt"),
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
    form.text("A13", _PAYS)
    arguments = At("due_cover_debt"), At("due_cover_limit"), At("due_cover_share"), *_CONDITIONS
    form.call("B13", "INDEMNITY", *arguments, looks=[Look.MONEY], bold=True)
    book.define("due_cover_paid", form.sheet.title, "B13")
    form.text("A14", _BEARS)
    form.formula(
        "B14", "=due_cover_debt-B13", Decimal(500_000) - Decimal(form.value("B13")), Look.MONEY, bold=True
    )


def _uninsured(form: Form) -> None:
    """Write what of an exposure nobody insures, before anything is lost; limit and percentage stand left."""
    form.section("D4", ("What is not insured", "未投保敞口"))
    for row, words, value, name in (
        (5, ("Exposure now", "当前敞口"), 450_000, "exposure"),
        (6, ("Of it disputed", "其中有争议"), 50_000, "disputed"),
    ):
        form.text(f"D{row}:E{row}", words)
        form.entry(f"F{row}", value, Look.MONEY, AMOUNT, name=f"due_cover_{name}", called=words)
    form.text("D7:E7", ("Not insured", "未投保金额"))
    exposed = At("due_cover_exposure"), At("due_cover_limit"), At("due_cover_share")
    form.call("F7", "UNINSURED", *exposed, At("due_cover_disputed"), looks=[Look.MONEY], bold=True)
    form.text(
        "D8:F8",
        ("at the limit and the percentage on the left", "按左侧限额与赔付比例"),
        muted=True,
    )


def _with_and_without(form: Form) -> None:
    """Write what the claim above does to two ratios that banks and owners look at."""
    top = _COMPARED
    form.section(f"A{top - 1}", ("Cash ratio and DSO when it is lost", "损失时的现金比率与周转天数"))
    for row, words, value, look, rule, name in (
        (top, ("Cash and securities", "货币资金与有价证券"), 600_000, Look.MONEY, AMOUNT, "cash"),
        (top + 1, ("Current liabilities", "流动负债"), 1_500_000, Look.MONEY, ABOVE_NOTHING, "liabilities"),
        (top + 2, ("Receivables", "期末应收账款"), 1_250_000, Look.MONEY, AMOUNT, "receivables"),
        (top + 3, ("Sales of the period", "本期赊销净额"), 2_500_000, Look.MONEY, ABOVE_NOTHING, "sales"),
        (top + 4, ("Days of the period", "本期天数"), 90, Look.DAYS, whole(1, 366), "days"),
    ):
        form.text(f"A{row}", words)
        form.entry(f"B{row}", value, look, rule, name=f"due_cover_{name}", called=words)
    for column, words in zip(
        "DEF", (("Without", "无保险"), ("With", "有保险"), ("Difference", "差额")), strict=True
    ):
        form.head(f"{column}{top}", words, Look.MONEY)
    paid = At("due_cover_paid")
    ratios: tuple[tuple[Words, str, tuple[str, ...], Look], ...] = (
        (("Cash ratio", "现金比率"), "INSUREDCASH", ("cash", "liabilities"), Look.RATIO),
        (("DSO, days", "周转天数"), "INSUREDDSO", ("receivables", "sales", "days"), Look.DECIMAL),
    )
    for place, (words, function, names, look) in enumerate(ratios):
        row, hidden = top + 1 + place, 5 + 2 * place
        form.text(f"C{row}", words, beside=True)
        given = [At(f"due_cover_{name}") for name in names]
        form.call(f"H{hidden}:J{hidden + 1}", function, *given, paid, looks=[look] * 3)
        _shown(form, f"H{hidden + 1}:J{hidden + 1}", f"D{row}", look)
    form.text(
        f"C{top + 3}:F{top + 4}",
        (
            "With: what the insurer pays above is cash, and outstanding no more.",
            "有保险：上方的保险赔款计入现金，并抵减应收账款。",
        ),
        muted=True,
        beside=True,
    )


def _dates(form: Form) -> None:
    """Write the days of a claim, an invoice a line, for a cause of loss."""
    book = form.book
    top = _CLAIMS
    form.section(f"A{top - 1}", ("Claim dates, by the original due date", "索赔日期（按原到期日）"))
    causes = choice(book.list_of("causes", [[book.said((cause.label, cause.chinese))] for cause in Cause]))
    words = ("Cause of loss", "损因")
    lasting = Cause.PROTRACTED_DEFAULT
    form.text(f"A{top}", words)
    form.entry(
        f"B{top}:C{top}",
        book.said((lasting.label, lasting.chinese)),
        Look.TEXT,
        causes,
        name="due_claim_cause",
        called=words,
    )
    words = ("Insolvent on (insolvency only)", "破产之日（仅破产）")
    form.text(f"D{top}:E{top}", words, beside=True)
    form.entry(f"F{top}", None, Look.DATE, DAY, name="due_claim_insolvent_on", called=words)
    heads = (
        ("Original due date", "原到期日"),
        ("Report by", "报告截止日"),
        ("Stop deliveries", "停止发货日"),
        ("File from", "可索赔日"),
        ("File by", "索赔截止日"),
        ("Paid by", "赔付截止日"),
    )
    for column, head in zip("ABCDEF", heads, strict=True):
        form.head(f"{column}{top + 1}", head, Look.DATE)
    first, last = top + 2, top + 1 + len(_OVERDUE)
    for place, ago in enumerate(_OVERDUE):
        row, hidden = first + place, 9 + 2 * place
        due = None if ago is None else book.setting.as_of - timedelta(days=ago)
        form.entry(f"A{row}", due, Look.DATE, DAY, called=heads[0])
        form.call(
            *(f"H{hidden}:L{hidden + 1}", "CLAIMDATES", At(f"A{row}"), At("due_claim_cause")),
            At("due_claim_insolvent_on", optional=True),
            looks=[Look.DATE] * 5,
            unless=f'A{row}=""',
            empty=due is None,
        )
        _shown(form, f"H{hidden + 1}:L{hidden + 1}", f"B{row}", Look.DATE)
    book.define("due_claim_due_dates", form.sheet.title, f"A{first}:A{last}")
    form.text(
        f"A{last + 1}:F{last + 1}",
        (
            "No later agreement moves these days. #N/A: the policy does not cover the cause.",
            "之后的约定不改变上述日期。#N/A：政策不承保该损因。",
        ),
        muted=True,
    )


def _shown(form: Form, hidden: str, target: str, look: Look) -> None:
    """Show a hidden line as it is, with what is wrong with it."""
    start = form.sheet[target]
    for right, cell in enumerate(form.sheet[hidden][0]):
        there = start.offset(column=right).coordinate
        form.formula(there, f"={cell.coordinate}", form.value(cell.coordinate), look)


def _what_if(form: Form) -> int:
    """Write what is paid of several debts, at several percentages; return the last row."""
    said = form.book.said
    form.section(f"A{_TOP - 1}", ("What if", "情景测算"))
    form.head(f"A{_TOP}", _LOST, Look.MONEY)
    form.head(f"B{_TOP}", _PAYS, Look.MONEY)
    form.head(f"C{_TOP}", _BEARS, Look.MONEY)
    for column, share in zip("DEF", _SHARES, strict=True):
        form.entry(f"{column}{_TOP}", share, Look.SHARE, SHARE, called=("Insured percentage", "赔付比例"))
    first, last = _TOP + 1, _TOP + len(_DEBTS)
    for row, debt in enumerate(_DEBTS, first):
        form.entry(f"A{row}", debt, Look.COUNT, AMOUNT, called=_LOST)
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
    end = last + 2 + _CHART_ROWS
    chart = columns(
        form,
        title=said(("Who bears a loss, by the debt that was lost", "损失由谁承担（按损失的债权）")),
        categories=f"A{first}:A{last}",
        series=[(said(_PAYS), f"B{first}:B{last}"), (said(_BEARS), f"C{first}:C{last}")],
        place=(f"A{last + 3}", f"F{end}"),
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
    return end
