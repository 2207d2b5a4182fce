"""Payment plans (付款计划)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal
from typing import Annotated

from duebook import plans as rules
from duebook.calendar import add_months
from duebook.errors import InputError
from duebook_addin.registry import Category, Column, Example, Table, Text, Value, function


@function(
    "PLAN",
    Category.PLANS,
    "付款计划：每期一行，本金合计恰为欠款。",
    keywords=Text("instalment plan, installments, repayment schedule", "分期付款、还款计划"),
    examples=[
        Example(
            (10000, 3, "2026-01-31", 0.12),
            [
                [1, "2026-01-31", 3400.22, 100, 3300.22, 6699.78],
                [2, "2026-02-28", 3400.22, 67, 3333.22, 3366.56],
                [3, "2026-03-31", 3400.23, 33.67, 3366.56, 0],
            ],
        ),
        Example(
            (1000, 3, "2026-01-15", None, "30/50/20"),
            [
                [1, "2026-01-15", 300, 0, 300, 700],
                [2, "2026-02-15", 500, 0, 500, 200],
                [3, "2026-03-15", 200, 0, 200, 0],
            ],
        ),
        Example(
            (1000, 2, "2026-01-15", None, [0.3, 0.7]),
            [[1, "2026-01-15", 300, 0, 300, 700], [2, "2026-02-15", 700, 0, 700, 0]],
        ),
    ],
)
def plan(
    amount: Annotated[Decimal, Text("The debt, above 0.", "欠款，须大于 0。")],
    instalments: Annotated[int, Text("How many, one a month.", "期数，每月一期。")],
    first_date: Annotated[date, Text("When the first is to be paid.", "首期付款日。")],
    annual_rate: Annotated[
        Decimal,
        Text(
            "The rate of a year, 0.12 for 12%. Left out: no interest.",
            "年利率，12% 写作 0.12；省略为不计息。",
        ),
    ] = Decimal(0),
    method: Annotated[
        Column[Value],
        Text(
            "level; equal principal; or shares, in a text such as 30/50/20 or a range. Left out: level.",
            "level 等额本息；equal principal 等额本金；或各期比例：文本（如 3-3-4）或区域；省略为 level。",
        ),
    ] = "level",
) -> Annotated[
    Table,
    Text(
        "Rows without headings: number, date, payment, interest, principal, balance.",
        "无标题行：期次、日期、付款额、利息、本金、余额。",
    ),
]:
    """A payment plan: a row an instalment; the principal adds up to the debt exactly.

    Amounts are rounded half up to cents, and the last instalment takes what rounding left. Payments by shares
    bear no interest.
    """
    way = rules.parse_method(method or "level")  # an empty cell is a column without rows
    if isinstance(way, rules.Method):
        lines = rules.monthly(amount, instalments, first_date, annual_rate=annual_rate, method=way)
    elif len(way) != instalments:
        raise InputError(f"method: {len(way)} shares for {instalments} instalments; both need equally many.")
    elif annual_rate:
        raise InputError("annual_rate: payments by shares bear no interest; leave it out, or take level.")
    else:
        lines = rules.staged(amount, way, [add_months(first_date, number) for number in range(instalments)])
    return Table(
        [line.number, line.due, line.payment, line.interest, line.principal, line.balance] for line in lines
    )
