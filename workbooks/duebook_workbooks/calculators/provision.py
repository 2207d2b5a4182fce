# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The calculator of provisions: expected credit losses by own loss rates, beside fixed percentages."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

from duebook.aging import labels
from duebook_workbooks.forms.chart import columns
from duebook_workbooks.forms.entries import AMOUNT, FACTOR, SHARE
from duebook_workbooks.forms.form import At
from duebook_workbooks.labels import bucket
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.forms.form import Form, FormBook, Words

TAB: Final = ("Provision", "减值准备")
ABOUT: Final = (
    "Expected credit losses by own loss rates, beside the policy's fixed percentages.",
    "按自有损失率计算的预期信用损失，与政策固定比例对比。",
)
_TOP: Final = 9
_BALANCES: Final = (4_200_000, 850_000, 320_000, 140_000, 95_000, 12_000)
_FURTHER: Final = 10_000
_WORSE: Final = Decimal("1.5")  # the example's own rates, above the fixed ones so that the two differ
_ECL: Final = (Look.COUNT, Look.MONEY, Look.RATE, Look.MONEY)
_HEADS: Final[tuple[tuple[str, Words, Look], ...]] = (
    ("A", ("Bucket (days late)", "账龄段（逾期天数）"), Look.TEXT),
    ("B", ("Balance", "余额"), Look.MONEY),
    ("C", ("Own loss rate", "自有损失率"), Look.RATE),
    ("D", ("With forward factor", "调整后损失率"), Look.RATE),
    ("E", ("Expected loss", "预期信用损失"), Look.MONEY),
    ("F", ("Fixed rate", "固定比例"), Look.RATE),
    ("G", ("By fixed rate", "按固定比例"), Look.MONEY),
    ("H", ("Difference", "差额"), Look.MONEY),
)


def add(book: FormBook) -> None:
    """Add the sheet."""
    note = (
        "Expected loss = balance × own loss rate × forward factor, the rate at most 100% (IFRS 9 B5.5.35).",
        "预期信用损失 = 余额 × 自有损失率 × 前瞻系数，比例不超过 100%（IFRS 9 B5.5.35）。",
    )
    form = book.form(TAB, ("Provision", "减值准备"), note, widths=(24, 18, 17, 22, 18, 14, 18, 18))
    rules, edges = book.setting.policy.provision, book.setting.policy.aging.edges
    names = labels(edges)
    form.section("A4", ("What is expected of the future", "前瞻性调整"))
    form.text("A5", ("Forward factor", "前瞻系数"))
    words = ("Forward factor", "前瞻系数")
    form.entry("B5", rules.forward_factor, Look.DECIMAL, FACTOR, name="due_provision_factor", called=words)
    form.sheet["B5"].number_format = "0.00_0"
    form.section("A7", ("Provision matrix", "减值矩阵"))
    for column, heading, look in _HEADS:
        form.head(f"{column}{_TOP}", heading, look)
    form.sheet.row_dimensions[_TOP].height = 32
    fixed = (*rules.fixed_rates, rules.no_date_rate)
    balances = chain(_BALANCES, repeat(_FURTHER))
    for row, (name, rate, balance) in enumerate(zip(names, fixed, balances, strict=False), _TOP + 1):
        form.fixed(f"A{row}", bucket(name, book.setting.language))
        form.entry(f"B{row}", balance, Look.MONEY, AMOUNT, called=_HEADS[1][1])
        form.entry(f"C{row}", min(Decimal(1), rate * _WORSE), Look.RATE, SHARE, called=_HEADS[2][1])
        form.entry(f"F{row}", rate, Look.RATE, SHARE, called=_HEADS[5][1])
    last = _TOP + len(names)
    _losses(form, last)
    _chart(form, last)
    form.printed(last + 18)


def _losses(form: Form, last: int) -> None:
    first, total = _TOP + 1, last + 1
    for column, name in (("B", "balances"), ("C", "own_rates"), ("F", "fixed_rates")):
        form.book.define(f"due_provision_{name}", form.sheet.title, f"{column}{first}:{column}{last}")
    balances, own = At("due_provision_balances"), At("due_provision_own_rates")
    form.call(f"J{first}:M{total}", "ECL", balances, own, At("due_provision_factor"), looks=_ECL)
    form.call(f"O{first}:R{total}", "ECL", balances, At("due_provision_fixed_rates"), looks=_ECL)
    form.hidden("J", "R")
    form.fixed(f"A{total}", form.book.said(("Total", "合计")), bold=True)
    for row in range(first, total + 1):
        bold = row == total
        shown = [("D", "L", Look.RATE), ("E", "M", Look.MONEY), ("G", "R", Look.MONEY)]
        if bold:
            shown += [("B", "K", Look.MONEY), ("F", "Q", Look.RATE)]
            form.fixed(f"C{row}", None)
        for column, source, look in shown:
            form.formula(f"{column}{row}", f"={source}{row}", form.value(f"{source}{row}"), look, bold=bold)
        difference = Decimal(form.value(f"E{row}")) - Decimal(form.value(f"G{row}"))
        form.formula(f"H{row}", f"=E{row}-G{row}", difference, Look.MONEY, bold=bold)


def _chart(form: Form, last: int) -> None:
    said, first = form.book.said, _TOP + 1
    own, by_fixed = said(("Expected loss", "预期信用损失")), said(("By fixed rate", "按固定比例"))
    chart = columns(
        form,
        title=said(("Provision by bucket", "各账龄段减值准备")),
        categories=f"A{first}:A{last}",
        series=[(own, f"E{first}:E{last}"), (by_fixed, f"G{first}:G{last}")],
        place=(f"A{last + 3}", f"H{last + 17}"),
    )
    lines = [tuple(form.value(f"{column}{row}") for column in "AEG") for row in range(first, last + 1)]
    shown = "; ".join(f"{name}: {more:,.2f} / {less:,.2f}" for name, more, less in lines)
    form.chart(
        chart,
        (
            f"Column chart: provision by bucket, {own} / {by_fixed}. {shown}",
            f"柱形图：各账龄段减值准备，{own} / {by_fixed}。{shown}",
        ),
    )
