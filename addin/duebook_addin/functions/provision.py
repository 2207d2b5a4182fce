"""Provision for expected credit losses (预期信用损失)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from duebook import provision as rules
from duebook.errors import InputError
from duebook_addin.book import policy_named
from duebook_addin.cells import Cell  # noqa: TC001 - the registry reads the annotations at run time
from duebook_addin.registry import Category, Column, Example, Grid, InOrder, Row, Table, Text, function


@function(
    "ECL",
    Category.PROVISION,
    "预期信用损失：每个账龄段一行，最后为合计。",
    keywords=Text("bad debt, allowance, doubtful debts, impairment", "坏账准备、坏账计提"),
    examples=[
        Example(
            ([15000000, 7500000, 4000000, 2500000, 1000000], [0.003, 0.016, 0.036, 0.066, 0.106]),
            [
                [1, 15000000, 0.003, 45000],
                [2, 7500000, 0.016, 120000],
                [3, 4000000, 0.036, 144000],
                [4, 2500000, 0.066, 165000],
                [5, 1000000, 0.106, 106000],
                ["total", 30000000, 0.019333333333333334, 580000],
            ],
        ),
        Example(
            ([100, 50], [0.1, 0.9], 1.2),
            [[1, 100, 0.12, 12], [2, 50, 1, 50], ["total", 150, 0.41333333333333333, 62]],
        ),
    ],
)
def ecl(
    balance: Annotated[
        Column[Decimal], Text("What is open in each bucket, 0 or more.", "各账龄段余额，不为负。"), InOrder()
    ],
    loss_rate: Annotated[
        Column[Decimal],
        Text("The historical loss rate of each, 0.016 for 1.6%.", "各段历史损失率，1.6% 写作 0.016。"),
        InOrder(),
    ],
    forward_factor: Annotated[
        Decimal,
        Text(
            "Times history: 1.1 for a tenth worse. Left out: 1.", "前瞻性调整系数，恶化一成为 1.1；省略为 1。"
        ),
    ] = Decimal(1),
) -> Annotated[
    Table,
    Text(
        "Rows without headings: bucket, balance, rate (at most 1), loss; the last is the total.",
        "无标题行：账龄段、余额、适用损失率（不超过 1）、损失；最后一行为合计。",
    ),
]:
    """Expected credit loss by the provision matrix: a row a bucket, and the total.

    Nothing is rounded: the losses add up to the total exactly.
    """
    found = rules.expected_loss(balance, loss_rate, forward_factor=forward_factor)
    rows = [_row(number, bucket) for number, bucket in enumerate(found.buckets, start=1)]
    return Table([*rows, _row("total", found.total)])


def _row(label: str | int, line: rules.BucketLoss) -> list[Cell]:
    return [label, line.balance, float(line.rate), line.loss]


@function(
    "LOSSRATES",
    Category.PROVISION,
    "迁徙率法损失率：由各月账龄余额推算每个账龄段的历史损失率。",
    keywords=Text("bad debt, roll rates, provision matrix", "坏账率、迁徙率"),
    examples=[
        Example(([[100, 0], [0, 50]], [[0, 0], [0, 20]]), [0.7, 1]),
        Example(([[1000, 200, 50], [900, 100, 50], [800, 180, 60]],), [0.06375, 0.425, 1]),
    ],
)
def lossrates(
    balances: Annotated[
        Grid,
        Text(
            "Open amounts: a row a month, oldest first; a column a bucket, the latest paid last.",
            "余额：每月一行，由早到晚；每个账龄段一列，账龄由短到长。",
        ),
    ],
    written_off: Annotated[
        Grid,
        Text(
            "Written off in each month, in its bucket; shaped as balances, the first row 0 or left out.",
            "各月坏账核销额，列于其应处的账龄段，形状与余额相同，首行为 0 或省略。",
        ),
    ] = (),
) -> Annotated[Row, Text("The loss rate of each bucket, the last 1.", "各账龄段损失率，最后一段为 1。")]:
    """Loss rate of each bucket by roll rates: what is written off counts as rolled on, not as paid."""
    return Row(map(float, rules.loss_rates(balances, written_off)))


@function(
    "ECLCOMPARE",
    Category.PROVISION,
    "减值对照：自有损失率与政策固定比例并列，每个账龄段一行，最后为合计。",
    keywords=Text("bad debt, allowance, fixed percentages, aging method", "账龄分析法、坏账准备、固定比例"),
    examples=[
        Example(
            ([1000, 500, 200, 100, 50], [0.01, 0.02, 0.05, 0.1, 0.5]),
            [
                ["bucket", "balance", "own rate", "own loss", "fixed rate", "fixed loss", "difference"],
                [1, 1000, 0.01, 10, 0.003, 3, 7],
                [2, 500, 0.02, 10, 0.016, 8, 2],
                [3, 200, 0.05, 10, 0.036, 7.2, 2.8],
                [4, 100, 0.1, 10, 0.066, 6.6, 3.4],
                [5, 50, 0.5, 25, 0.106, 5.3, 19.7],
                ["total", 1850, 0.03513513513513514, 65, 0.01627027027027027, 30.1, 34.9],
            ],
        )
    ],
)
def eclcompare(
    balance: Annotated[
        Column[Decimal],
        Text(
            "What is open in each bucket of the policy's aging, and last, if at all, without a due date.",
            "政策各账龄段余额；可在最后加无到期日余额。",
        ),
        InOrder(),
    ],
    loss_rate: Annotated[
        Column[Decimal],
        Text("The own loss rate of each, 0.016 for 1.6%.", "各段自有损失率，1.6% 写作 0.016。"),
        InOrder(),
    ],
    forward_factor: Annotated[
        Decimal | None,
        Text(
            "Times the own rates: 1.1 for a tenth worse. Left out: the policy's.",
            "自有损失率的前瞻性调整系数，恶化一成为 1.1；省略按政策。",
        ),
    ] = None,
    policy: Annotated[
        str | None, Text("The name of a policy. Left out: the active one.", "政策名称；省略为现行政策。")
    ] = None,
) -> Annotated[
    Table,
    Text(
        "Headings, a row a bucket, and the total; the difference is own loss less fixed loss.",
        "标题行、每个账龄段一行及合计；差额为自有损失减固定比例损失。",
    ),
]:
    """Expected credit loss by own loss rates beside that by the fixed percentages of the policy.

    No forward factor moves the fixed percentages.
    """
    own = policy_named(policy).provision
    buckets = len(own.fixed_rates)
    fixed = (*own.fixed_rates, own.no_date_rate)[: max(buckets, len(balance))]
    if len(balance) != len(fixed):
        raise InputError(
            f"balance: {len(balance)} buckets; the policy has fixed rates for {buckets}, and one for what "
            "has no due date."
        )
    factor = own.forward_factor if forward_factor is None else forward_factor
    found = rules.beside_fixed(balance, loss_rate, fixed, forward_factor=factor)
    names: list[int | str] = [*range(1, len(balance) + 1), "total"]
    lines = zip(
        names, (*found.own.buckets, found.own.total), (*found.fixed.buckets, found.fixed.total), strict=True
    )
    headings: list[Cell] = [
        *("bucket", "balance", "own rate", "own loss", "fixed rate", "fixed loss", "difference")
    ]
    return Table(
        [headings]
        + [
            [*_row(name, mine), float(theirs.rate), theirs.loss, mine.loss - theirs.loss]
            for name, mine, theirs in lines
        ]
    )
