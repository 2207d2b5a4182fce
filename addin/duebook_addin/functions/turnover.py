"""Turnover of receivables (应收账款周转): days of sales outstanding, and how well dues were collected."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - the registry reads the annotations at run time
from typing import Annotated, Final

from duebook import turnover as rules
from duebook.errors import NoAnswerError
from duebook_addin.registry import Category, Column, Example, InOrder, Text, function

_RECEIVABLES: Final = Text("Receivables at the end of the period.", "期末应收账款。")
_CURRENT: Final = Text("The part of them that is not yet due.", "其中未到期的部分。")
_SALES: Final = Text("Credit sales of the period, less credit notes.", "本期赊销净额（已减贷项）。")
_OPENING: Final = Text("Receivables at the beginning of the period.", "期初应收账款。")
_CLOSING: Final = Text("Receivables at the end of the period.", "期末应收账款。")
_DAYS: Final = Text("Days of the period.", "本期天数。")
_RESULT: Final = Text("Days, unrounded.", "天数，不取整。")
_MONTH: Final = 30


@function(
    "DSO",
    Category.TURNOVER,
    "应收账款周转天数：应收账款除以赊销额，再乘以天数。",
    keywords=Text("days sales outstanding, collection period", "回款天数"),
    examples=[
        Example((18000, 20000, 30), 27),
        Example(([18000, 9000], [20000, 20000], 30), [27, 13.5]),
    ],
)
def dso(
    receivables: Annotated[Decimal, _RECEIVABLES],
    sales: Annotated[Decimal, _SALES],
    days: Annotated[int, _DAYS],
) -> Annotated[float, _RESULT]:
    """Days sales outstanding: receivables / credit sales x days."""
    return float(rules.dso(receivables, sales, days))


@function(
    "DSOCOUNTBACK",
    Category.TURNOVER,
    "倒推法应收账款周转天数：从最近月份起逐月扣减赊销额。",
    examples=[
        Example((200, [100, 80, 80], [31, 30, 31]), 68.75),
        Example((150, [100, 100], 30), 45),
    ],
)
def dsocountback(
    receivables: Annotated[Decimal, _RECEIVABLES],
    monthly_sales: Annotated[
        Column[Decimal],
        Text("Credit sales of each month, newest first.", "各月赊销额，最近的在前。"),
        InOrder(),
    ],
    month_days: Annotated[
        Column[int], Text("Days of each month, newest first.", "各月天数，最近的在前。"), InOrder()
    ],
) -> Annotated[float, _RESULT]:
    """Days sales outstanding by counting back: months of sales are used up, newest first."""
    return float(rules.dso_countback(receivables, monthly_sales, month_days))


@function(
    "DSOBEST",
    Category.TURNOVER,
    "最佳可能周转天数：假定客户都按期付款。",
    examples=[Example((2000, 20000, 30), 3)],
)
def dsobest(
    current_receivables: Annotated[Decimal, Text("Receivables that are not yet due.", "未到期的应收账款。")],
    sales: Annotated[Decimal, _SALES],
    days: Annotated[int, _DAYS],
) -> Annotated[float, _RESULT]:
    """Best possible days sales outstanding: as if everybody had paid when due."""
    return float(rules.dso_best(current_receivables, sales, days))


@function(
    "DSODELAY",
    Category.TURNOVER,
    "平均拖欠天数：周转天数减最佳可能周转天数。",
    examples=[Example((7000, 3000, 30000, 30), 4)],
)
def dsodelay(
    receivables: Annotated[Decimal, _RECEIVABLES],
    current_receivables: Annotated[Decimal, _CURRENT],
    sales: Annotated[Decimal, _SALES],
    days: Annotated[int, _DAYS],
) -> Annotated[float, _RESULT]:
    """Average days delinquent: days sales outstanding less the best possible."""
    return float(rules.dso_delay(receivables, current_receivables, sales, days))


@function(
    "DSOWEIGHTED",
    Category.TURNOVER,
    "销售加权周转天数：各月未收余额除以当月赊销额，乘以天数，再合计。",
    keywords=Text("days sales outstanding, weighted", "加权回款天数"),
    examples=[
        Example(([50, 20, 10], [100, 80, 40]), 30),
        Example(([50, 20, 0], [100, 80, 0], [31, 28, 31]), 22.5),
    ],
)
def dsoweighted(
    balance: Annotated[
        Column[Decimal],
        Text("What is open of each month's sales, newest first.", "各月赊销的未收余额，最近的在前。"),
        InOrder(),
    ],
    monthly_sales: Annotated[
        Column[Decimal],
        Text("Credit sales of each month, newest first.", "各月赊销额，最近的在前。"),
        InOrder(),
    ],
    month_days: Annotated[
        Column[int], Text("Days of each month. Left out: 30.", "各月天数；省略为 30。"), InOrder()
    ] = (),
) -> Annotated[float, _RESULT]:
    """Days sales outstanding by month: what is open of each month's sales, in days of that month."""
    days = [each for each in month_days if isinstance(each, int)]  # an empty cell stands for no number
    if days and len(days) < len(balance):
        raise NoAnswerError(
            f"month_days: {len(days)} of {len(balance)} months have one; all or none is allowed."
        )
    return float(rules.dso_weighted(balance, monthly_sales, days or [_MONTH] * len(balance)))


@function(
    "DSOTRUE",
    Category.TURNOVER,
    "真实周转天数：每张单据的天数乘以未收余额，除以其当月赊销额，再合计。",
    keywords=Text("days sales outstanding, true", "回款天数"),
    examples=[
        Example((["2026-01-31", "2026-02-15"], [1000, 500], [4000, 6500], "2026-02-28"), 8),
    ],
)
def dsotrue(
    document_date: Annotated[
        Column[date],
        Text("The date on each document; one after as_of is left out.", "每张单据的日期；晚于截止日的不计。"),
    ],
    balance: Annotated[Column[Decimal], Text("What is open of each.", "每张单据的未收余额。")],
    sales: Annotated[
        Column[Decimal],
        Text("Credit sales of the month of each document.", "每张单据当月的赊销净额。"),
    ],
    as_of: Annotated[date, Text("The end of this day.", "截至该日日终。")],
) -> Annotated[float, _RESULT]:
    """True days sales outstanding: the age of what is open, weighted by the sales of its own month."""
    return float(rules.dso_true(document_date, balance, sales, as_of))


@function(
    "TURNOVER",
    Category.TURNOVER,
    "应收账款周转率：赊销额除以平均应收账款。",
    examples=[Example((35657, 3000, 4910), 9.01567635903919)],
)
def turnover(
    sales: Annotated[Decimal, _SALES],
    opening: Annotated[Decimal, _OPENING],
    closing: Annotated[Decimal, _CLOSING],
) -> Annotated[float, Text("Times a period, unrounded.", "每期次数，不取整。")]:
    """Turnover of receivables: sales / the mean of opening and closing receivables."""
    return float(rules.turnover(sales, opening, closing))


@function(
    "CEI",
    Category.TURNOVER,
    "催收有效性指数：应收回款中实际收回的百分比。",
    keywords=Text("collections", "回款率、收账效率"),
    examples=[Example((100000, 1000000, 120000, 100000), 98)],
)
def cei(
    opening: Annotated[Decimal, _OPENING],
    sales: Annotated[Decimal, _SALES],
    closing: Annotated[Decimal, _CLOSING],
    closing_current: Annotated[
        Decimal, Text("The part of closing that is not yet due.", "期末中未到期的部分。")
    ],
    months: Annotated[
        int,
        Text(
            "Months of the period; sales are divided by it. Left out: 1.",
            "本期月数，赊销额除以此数；省略为 1。",
        ),
    ] = 1,
) -> Annotated[
    float, Text("Per cent, unrounded; 100 when all that was due was collected.", "百分比，不取整。")
]:
    """Collection effectiveness index: the share collected of what could be collected."""
    return float(rules.cei(opening, sales, closing, closing_current, months=months))
