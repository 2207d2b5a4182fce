# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The calculator of late-payment interest: by the contract, invoice by invoice, and by the law."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from duebook_workbooks.forms.entries import ABOVE_NOTHING, AMOUNT, COST, DAY, RATE, SHARE, TEXT, choice
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.forms.form import Form, FormBook, Shown

TAB: Final = ("Interest", "逾期利息")
ABOUT: Final = (
    "Interest on late invoices by contract, and by the law of the EU, the UK, Ireland or China.",
    "逾期发票的合同利息，以及欧盟、英国、爱尔兰或中国的法定利息。",
)
_REGIMES: Final = (("EU", "欧盟"), ("UK", "英国"), ("IE", "爱尔兰"), ("CN", "中国"))
_ROUNDINGS: Final = (
    ("none", ("none", "不舍入")),
    ("total", ("total", "合计取到分")),
    ("daily", ("daily", "每日取到分")),
)
"""What the functions call a rounding, and what people do."""
_ROUNDED: Final = "total"
_LINES: Final = (("INV-1", 36_500, 75, 30), ("INV-2", 120_000, 48, 5), ("INV-3", 8_250, 20, 0))
_FIRST, _LAST = 10, 17
_SERIES_FIRST, _SERIES_LAST = 23, 28


def add(book: FormBook) -> None:
    """Add the sheet."""
    note = (
        "Simple interest, from the day after the due date to the day of payment.",
        "单利，自到期次日起至付款日止。",
    )
    form = book.form(TAB, ("Late-payment interest", "逾期利息"), note, widths=(24, 18, 18, 18, 12, 18))
    _by_contract(form)
    _by_law(form)
    form.printed(_SERIES_LAST + 1, upright=True)


def _by_contract(form: Form) -> None:
    book = form.book
    rules = book.setting.policy.interest
    form.section("A4", ("By contract", "按合同"))
    form.text("A5", ("Rate of a year", "年利率"))
    yearly = rules.daily_rate * 365
    form.entry("B5", yearly, Look.RATE, SHARE, name="due_interest_rate", called=("Rate of a year", "年利率"))
    form.text("A6", ("Days of a year", "一年的天数"))
    bases = choice(book.list_of("bases", [[365], [366], [360]]))
    form.entry(
        "B6",
        rules.basis,
        Look.DAYS,
        bases,
        name="due_interest_basis",
        called=("Days of a year", "一年的天数"),
    )
    form.text("A7", ("Rounding", "舍入"))
    roundings = choice(book.list_of("roundings", [[book.said(words)] for _, words in _ROUNDINGS]))
    form.entry(
        "B7",
        book.said(dict(_ROUNDINGS)[_ROUNDED]),
        Look.CODE,
        roundings,
        name="due_interest_rounding",
        called=("Rounding", "舍入"),
    )
    form.text(
        "C7:F7",
        (
            "total: the interest to cents; daily: that of a day; none: neither",
            "合计取到分：利息总额；每日取到分：每日利息",
        ),
        muted=True,
        beside=True,
    )
    named = book.list_of("rounding_names", [[book.said(words), name] for name, words in _ROUNDINGS])
    form.formula("H7", f"=VLOOKUP(due_interest_rounding,{named},2,FALSE)", _ROUNDED)
    book.define("due_interest_rounded", form.sheet.title, "H7")
    form.hidden("H", "H")
    for column, name in zip("ABCD", ("invoices", "amounts", "due_dates", "paid"), strict=True):
        book.define(f"due_interest_{name}", form.sheet.title, f"{column}{_FIRST}:{column}{_LAST}")
    for column, words, look in (
        ("A", ("Invoice", "发票"), Look.TEXT),
        ("B", ("Amount", "金额"), Look.MONEY),
        ("C", ("Due date", "到期日"), Look.DATE),
        ("D", ("Paid, or as of", "付款日或截止日"), Look.DATE),
        ("E", ("Days late", "逾期天数"), Look.DAYS),
        ("F", ("Interest", "利息"), Look.MONEY),
    ):
        form.head(f"{column}9", words, look)
    day = book.setting.as_of
    total = Decimal(0)
    for row in range(_FIRST, _LAST + 1):
        given = _LINES[row - _FIRST] if row - _FIRST < len(_LINES) else None
        cells: tuple[Shown, ...] = (None,) * 4
        if given:
            cells = given[0], given[1], day - timedelta(days=given[2]), day - timedelta(days=given[3])
        form.entry(f"A{row}", cells[0], Look.TEXT, TEXT, called=("Invoice", "发票"))
        form.entry(f"B{row}", cells[1], Look.MONEY, AMOUNT, called=("Amount", "金额"))
        form.entry(f"C{row}", cells[2], Look.DATE, DAY, called=("Due date", "到期日"))
        form.entry(f"D{row}", cells[3], Look.DATE, DAY, called=("Paid, or as of", "付款日或截止日"))
        form.call(
            *(f"E{row}", "DAYSLATE", At(f"C{row}"), At(f"D{row}")),
            looks=[Look.DAYS],
            unless=f"COUNT(C{row}:D{row})<2",
            empty=given is None,
        )
        form.call(
            *(f"F{row}", "INTEREST", At(f"B{row}"), At(f"C{row}"), At(f"D{row}")),
            *(At("due_interest_rate"), At("due_interest_basis"), At("due_interest_rounded")),
            looks=[Look.MONEY],
            unless=f"COUNT(B{row}:D{row})<3",
            empty=given is None,
        )
        total += Decimal(str(form.value(f"F{row}"))) if given else 0
    row = _LAST + 1
    form.fixed(f"A{row}", book.said(("Total", "合计")), bold=True)
    amounts = sum((Decimal(line[1]) for line in _LINES), Decimal(0))
    form.formula(f"B{row}", f"=SUM(B{_FIRST}:B{_LAST})", amounts, Look.MONEY, bold=True)
    for column in "CDE":
        form.fixed(f"{column}{row}", None)
    form.formula(f"F{row}", f"=SUM(F{_FIRST}:F{_LAST})", total, Look.MONEY, bold=True)


def _by_law(form: Form) -> None:
    book = form.book
    day = book.setting.as_of
    chinese = book.setting.language == "zh"
    form.section("A20", ("By law", "法定利息"))
    for row, words in (
        (21, ("Law", "法域")),
        (22, ("Amount", "金额")),
        (23, ("Due date", "到期日")),
        (24, ("Paid, or as of", "付款日或截止日")),
        (25, ("Margin or multiple", "加点或倍数")),
        (26, ("Interest", "利息")),
        (27, ("Fixed compensation", "固定补偿")),
        (28, ("Together", "合计")),
    ):
        form.text(f"A{row}", words)
    regimes = choice(book.list_of("regimes", [[book.said(words)] for words in _REGIMES]))
    form.entry(
        "B21",
        _REGIMES[-1][1] if chinese else "EU",
        Look.CODE,
        regimes,
        name="due_law",
        called=("Law", "法域"),
    )
    form.entry("B22", 50_000, Look.MONEY, ABOVE_NOTHING, name="due_law_amount", called=("Amount", "金额"))
    form.entry(
        "B23",
        day - timedelta(days=100),
        Look.DATE,
        DAY,
        name="due_law_due_date",
        called=("Due date", "到期日"),
    )
    form.entry("B24", day, Look.DATE, DAY, name="due_law_paid", called=("Paid, or as of", "付款日或截止日"))
    form.entry(
        "B25", None, Look.RATE, COST, name="due_law_margin", called=("Margin or multiple", "加点或倍数")
    )
    form.text(
        "D21:F21", ("Reference rate: yours to keep, oldest first", "基准利率：自行维护，由早到晚"), muted=True
    )
    form.head("D22", ("In force from", "生效日期"), Look.DATE)
    form.head("E22", ("Rate", "利率"), Look.RATE)
    for row in range(_SERIES_FIRST, _SERIES_LAST + 1):
        first = row == _SERIES_FIRST
        form.entry(
            f"D{row}",
            date(2020, 1, 1) if first else None,
            Look.DATE,
            DAY,
            called=("In force from", "生效日期"),
        )
        form.entry(f"E{row}", Decimal("0.03") if first else None, Look.RATE, RATE, called=("Rate", "利率"))
    book.define("due_law_reference", form.sheet.title, f"D{_SERIES_FIRST}:E{_SERIES_LAST}")
    form.call(
        *("B26", "STATUTORYINTEREST", At("due_law"), At("due_law_amount"), At("due_law_due_date")),
        *(At("due_law_paid"), At("due_law_reference"), At("due_law_margin", optional=True), "total"),
        looks=[Look.MONEY],
        bold=True,
    )
    none = f'OR(due_law="CN",due_law="{_REGIMES[-1][1]}",due_law_paid<=due_law_due_date)'
    form.call(
        "B27", "LATEFEE", At("due_law"), At("due_law_amount"), looks=[Look.MONEY], unless=none, empty=chinese
    )
    together = Decimal(str(form.value("B26"))) + (0 if chinese else Decimal(form.value("B27")))
    form.formula("B28", "=SUM(B26:B27)", together, Look.MONEY, bold=True)
    form.text(
        "A29:F29",
        (
            (
                "The rate is an example. EU, UK and Ireland add a margin, 8% where it is empty; China takes "
                "the 1-year LPR of the breach times 1.3 to 1.5, 1.5 where that is empty."
            ),
            (
                "利率为示例。欧盟、英国、爱尔兰为基准加点，留空为 8%；中国为违约时一年期 LPR 的 "
                "1.3 至 1.5 倍，留空为 1.5。"
            ),
        ),
        muted=True,
    )
    form.sheet.row_dimensions[29].height = 28
