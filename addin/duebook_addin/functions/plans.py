"""Payment plans (付款计划)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final

from duebook import plans as rules
from duebook.calendar import add_months
from duebook.errors import InputError, NoAnswerError
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.registry import Category, Column, Example, InOrder, Table, Text, Together, Value, function

if TYPE_CHECKING:
    from collections.abc import Sequence

_LINES: Final = Text(
    "Rows without headings: number, date, payment, interest, principal, balance.",
    "无标题行：期次、日期、付款额、利息、本金、余额。",
)


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
) -> Annotated[Table, _LINES]:
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
    return _table(lines)


def _table(lines: Sequence[rules.Instalment]) -> Table:
    return Table(
        [line.number, line.due, line.payment, line.interest, line.principal, line.balance] for line in lines
    )


@function(
    "ORDERPLAN",
    Category.PLANS,
    "大额订单分期收款：预付款、进度款、尾款，比例与期限按政策。",
    keywords=Text("deposit, progress payment, final payment", "预付款、进度款、尾款、定金"),
    examples=[
        Example(
            (100000, ["2026-01-15", "2026-03-15", "2026-06-30"], "2026-04-30"),
            [
                [1, "2026-01-15", 30000, 0, 30000, 70000],
                [2, "2026-03-15", 50000, 0, 50000, 20000],
                [3, "2026-06-30", 20000, 0, 20000, 0],
            ],
        ),
        Example(
            (100000, ["2026-01-15", "2026-05-31"], "2026-04-30", "40/60"),
            [
                [1, "2026-01-15", 40000, 0, 40000, 60000],
                [2, "2026-05-31", 60000, 0, 60000, 0],
            ],
        ),
    ],
)
def orderplan(
    amount: Annotated[Decimal, Text("The price, above 0.", "订单金额，须大于 0。")],
    payment_date: Annotated[
        Column[date],
        Text("When each part is to be paid, the deposit first.", "各期付款日，预付款在前。"),
        InOrder(),
        Together("dates"),
    ],
    delivery_date: Annotated[date, Text("The day of delivery.", "交货日。")],
    shares: Annotated[
        Column[Value],
        Text(
            "The share of each part, in a text such as 30/50/20 or a range. Left out: the policy's.",
            "各期比例：文本（如 3-3-4）或区域；省略按政策。",
        ),
        Together("shares"),
    ] = (),
    policy: PolicyName = None,
) -> Annotated[Table, _LINES]:
    """How a large order is paid in parts; its deposit and its last day are within the policy's bounds."""
    own = policy_named(policy).plan
    given = rules.parse_method(shares, name="shares") if shares else own.parts
    if isinstance(given, rules.Method):
        raise InputError("shares: an order is paid by shares, such as 30/50/20.")
    return _table(
        rules.order_plan(
            amount,
            given,
            payment_date,
            delivery_date,
            least_deposit=own.least_deposit,
            most_deposit=own.most_deposit,
            last_payment_days=own.last_payment_days,
        )
    )


@function(
    "DEBTPLAN",
    Category.PLANS,
    "债务重组计划：方式与最多期数按政策，每期一行。",
    keywords=Text("restructuring, instalment plan, rescheduling", "债务重组、分期还款"),
    examples=[
        Example(
            (1000, "2026-01-15", 2),
            [[1, "2026-01-15", 500, 0, 500, 500], [2, "2026-02-15", 500, 0, 500, 0]],
        )
    ],
)
def debtplan(
    amount: Annotated[Decimal, Text("The debt, above 0.", "欠款，须大于 0。")],
    first_date: Annotated[date, Text("When the first is to be paid.", "首期付款日。")],
    instalments: Annotated[
        int | None,
        Text("How many, one a month. Left out: as many as the policy allows.", "期数；省略为政策最多期数。"),
    ] = None,
    annual_rate: Annotated[
        Decimal,
        Text(
            "The rate of a year, 0.12 for 12%. Left out: no interest.",
            "年利率，12% 写作 0.12；省略为不计息。",
        ),
    ] = Decimal(0),
    policy: PolicyName = None,
) -> Annotated[Table, _LINES]:
    """How a debt is paid off by the policy: its method, and no more instalments than it allows."""
    own = policy_named(policy).plan
    return _table(
        rules.debt_plan(
            amount,
            first_date,
            most_instalments=own.most_instalments,
            method=rules.Method(own.method),
            instalments=instalments,
            annual_rate=annual_rate,
        )
    )


@function(
    "PLANSTATUS",
    Category.PLANS,
    "付款计划的执行情况：逾期天数（按原到期日）、逾期期次、欠付、是否提前到期、现在应付、剩余本金、多付。",
    keywords=Text("missed instalments, acceleration, arrears, restructuring", "违约、加速到期、债务重组"),
    examples=[
        Example(
            (
                *("2025-12-31", "2026-03-15"),
                ["2026-01-31", "2026-02-28", "2026-03-31"],
                [110, 105, 100],
                [10, 5, 0],
                ["2026-01-30", "2026-03-10"],
                [110, 55],
            ),
            [
                [*("days late", "missed", "arrears", "all due", "due now", "outstanding", "unapplied")],
                [74, "2", 50, "no", 50, 150, 0],
            ],
        ),
        Example(
            (
                *("2025-12-31", "2026-03-15"),
                ["2026-01-31", "2026-02-28", "2026-03-31"],
                *(100, None, None, None, 5, 2),
            ),
            [
                [*("days late", "missed", "arrears", "all due", "due now", "outstanding", "unapplied")],
                [74, "1, 2", 200, "yes", 300, 300, 0],
            ],
        ),
    ],
)
def planstatus(  # noqa: PLR0913, PLR0917 - what was agreed, what was paid, and the day
    due_date: Annotated[
        date, Text("The due date that the debt had before the plan.", "付款计划前的原到期日。")
    ],
    as_of: Annotated[date, Text("The end of this day.", "截至该日日终。")],
    instalment_date: Annotated[
        Column[date],
        Text("When each instalment is to be paid.", "各期付款日，依次。"),
        InOrder(),
        Together("plan"),
    ],
    payment: Annotated[
        Column[Decimal],
        Text("What is to be paid, with its interest.", "各期付款额，含利息。"),
        Together("plan"),
    ],
    interest: Annotated[
        Column[Decimal | None],
        Text("The interest in each payment. Left out: none.", "各期付款额中的利息；省略为无。"),
        Together("plan"),
    ] = (),
    paid_date: Annotated[
        Column[date | None],
        Text("When something was paid under the plan.", "按计划实际付款的日期。"),
        Together("receipts"),
    ] = (),
    paid_amount: Annotated[
        Column[Decimal | None],
        Text("How much, 0 or more.", "实际付款金额，不为负。"),
        Together("receipts"),
    ] = (),
    grace_days: Annotated[
        int,
        Text(
            "How many days after its date an instalment is missed. Left out: 0.",
            "宽限天数，过后视为逾期；省略为 0。",
        ),
    ] = 0,
    accelerate_after: Annotated[
        int | None,
        Text(
            "At how many missed instalments all is due at once. Left out: never.",
            "逾期几期后全部到期；省略为不提前到期。",
        ),
    ] = None,
) -> Annotated[
    Table,
    Text(
        "Headings and one row; the instalments that are missed, counted from 1, or none.",
        "标题行与一行；逾期期次自 1 起计，没有时为 none。",
    ),
]:
    """How a payment plan stands: what was missed, what is due now, what is left of the debt.

    Payments settle the oldest instalment first, its interest before its principal. The debt goes on to age by
    its original due date.
    """
    lines = rules.agreed(instalment_date, payment, [part or Decimal(0) for part in interest])
    found = rules.standing(
        lines,
        _receipts(paid_date, paid_amount),
        as_of,
        original_due=due_date,
        grace_days=grace_days,
        accelerate_after=accelerate_after,
    )
    missed = ", ".join(map(str, found.missed)) or "none"
    return Table(
        [
            [*("days late", "missed", "arrears", "all due", "due now", "outstanding", "unapplied")],
            [
                found.days_late,
                missed,
                found.arrears,
                "yes" if found.accelerated else "no",
                found.due_now,
                found.outstanding,
                found.unapplied,
            ],
        ]
    )


def _receipts(days: Sequence[date | None], amounts: Sequence[Decimal | None]) -> list[tuple[date, Decimal]]:
    found = []
    for day, amount in zip(days, amounts, strict=True):
        # An empty cell of a column that may be left out stands for no value, and is not None.
        if not isinstance(day, date):
            raise NoAnswerError(f"paid_date: that of the payment of {amount} is missing; a date is needed.")
        if not isinstance(amount, Decimal):
            raise NoAnswerError(f"paid_amount: that of {day} is missing; a number is needed.")
        found.append((day, amount))
    return found
