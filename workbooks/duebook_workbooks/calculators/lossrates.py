# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The calculator of loss rates: what share of each bucket is lost in the end, by how balances rolled on."""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING, Final

from openpyxl.utils import get_column_letter

from duebook.aging import NO_DATE, labels
from duebook.calendar import add_months
from duebook_workbooks.forms.entries import AMOUNT, DAY
from duebook_workbooks.forms.form import At
from duebook_workbooks.labels import bucket
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook_workbooks.forms.form import Form, FormBook, Words

TAB: Final = ("Loss rates", "损失率")
ABOUT: Final = (
    "Your own loss rates, from the balances and write-offs of past months.",
    "由各月账龄余额与坏账核销推算的自有损失率。",
)
_MONTHS: Final = 7
_BALANCES: Final = 6  # the row of the first month
_WRITTEN_OFF: Final = _BALANCES + _MONTHS + 3
_RATES: Final = _WRITTEN_OFF + _MONTHS + 1
_NEW_BUSINESS: Final = (3_900_000, 4_050_000, 4_200_000, 4_000_000, 4_150_000, 4_100_000, 4_200_000)
_ROLLS: Final = (20, 37, 43)  # per cent of a bucket that stand in the next one a month later
_LATER_ROLLS: Final = 60
_LOST: Final = 4  # per cent of what rolled into the last bucket and is written off


def add(book: FormBook) -> None:
    """Add the sheet."""
    note = (
        "The share that stands in the next bucket a month later, multiplied through; write-offs count too.",
        "各账龄段一个月后滚入下一段的比例逐段相乘；坏账核销计入滚入，而不计为收回。",
    )
    names = [name for name in labels(book.setting.policy.aging.edges) if name != NO_DATE]
    widths = (26, *(17 for _ in names))
    form = book.form(TAB, ("Loss rates by roll rates", "迁徙率法损失率"), note, widths=widths)
    letters = [get_column_letter(number) for number in range(2, len(names) + 2)]
    balances, written_off = _example(len(names))
    for top, words, rows, name in (
        (_BALANCES, ("Balances at the end of the month", "各月末余额"), balances, "balances"),
        (_WRITTEN_OFF, ("Written off in the month", "当月坏账核销"), written_off, "written_off"),
    ):
        form.section(f"A{top - 2}", words)
        _grid(form, top, names, rows, words)
        end = top + len(rows) - 1
        book.define(f"due_loss_{name}_months", form.sheet.title, f"A{top}:A{end}")
        book.define(f"due_loss_{name}", form.sheet.title, f"{letters[0]}{top}:{letters[-1]}{end}")
    form.section(f"A{_RATES - 1}", ("What is lost of each bucket in the end", "各账龄段的损失率"))
    form.fixed(f"A{_RATES}", book.said(("Loss rate", "损失率")), bold=True)
    last = letters[-1]
    hidden = [get_column_letter(len(names) + 3 + number) for number in range(len(names))]
    form.call(
        f"{hidden[0]}{_RATES}:{hidden[-1]}{_RATES}",
        "LOSSRATES",
        At("due_loss_balances"),
        At("due_loss_written_off"),
        looks=[Look.RATE] * len(names),
    )
    form.hidden(hidden[0], hidden[-1])
    for shown, source in zip(letters, hidden, strict=True):
        rate = form.value(f"{source}{_RATES}")
        form.formula(f"{shown}{_RATES}", f"={source}{_RATES}", rate, Look.RATE, bold=True)
    form.text(
        f"A{_RATES + 1}:{last}{_RATES + 1}",
        (
            "The last bucket counts as lost. To use the rates, type them into the sheet Provision.",
            "进入最后一段即视为损失。如采用，请将损失率填入“减值准备”工作表。",
        ),
        muted=True,
    )
    form.printed(_RATES + 1)


def _grid(form: Form, top: int, names: Sequence[str], rows: Sequence[Sequence[int]], words: Words) -> None:
    """Write a table of months and buckets; the last month is that of the setting's day."""
    setting = form.book.setting
    form.head(f"A{top - 1}", ("Month to", "截至"), Look.DATE)
    for number, name in enumerate(names, 2):
        said = bucket(name, "en"), bucket(name, "zh")
        form.head(f"{get_column_letter(number)}{top - 1}", said, Look.MONEY)
    for row, amounts in enumerate(rows, top):
        months_on = row - top - len(rows) + 2
        day = add_months(setting.as_of.replace(day=1), months_on) - timedelta(days=1)
        form.entry(f"A{row}", day, Look.DATE, DAY, called=("Month to", "截至"))
        for number, amount in enumerate(amounts, 2):
            form.entry(f"{get_column_letter(number)}{row}", amount, Look.COUNT, AMOUNT, called=words)


def _example(buckets: int) -> tuple[list[list[int]], list[list[int]]]:
    """Return example balances, a row a month, and what was written off in each month but the first."""
    rolls = list(chain(_ROLLS, repeat(_LATER_ROLLS, buckets)))[: buckets - 1]
    before = [_NEW_BUSINESS[0]]
    for roll in rolls:
        before.append(before[-1] * roll // 100)
    balances, written_off = [before], []
    for new in _NEW_BUSINESS[1:]:
        row = [new, *(amount * roll // 100 for amount, roll in zip(before, rolls, strict=False))]
        lost = row[-1] * _LOST // 100
        row[-1] -= lost
        balances.append(row)
        written_off.append([0] * (buckets - 1) + [lost])
        before = row
    return balances, written_off
