"""Provision for expected credit losses (预期信用损失)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final, NoReturn, cast

from duebook import provision as rules
from duebook.errors import DuebookError, InputError, NoAnswerError, OutOfRangeError
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.cells import Cell, is_empty, number_reader, text_reader
from duebook_addin.registry import (
    Category,
    Column,
    Example,
    Grid,
    InOrder,
    Row,
    Sheet,
    Table,
    Text,
    function,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORWARD: Final = Text(
    "Times history: 1.1 for a tenth worse. Left out: 1.", "前瞻性调整系数，恶化一成为 1.1；省略为 1。"
)


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
    forward_factor: Annotated[Decimal, _FORWARD] = Decimal(1),
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
    policy: PolicyName = None,
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


@function(
    "ECLBY",
    Category.PROVISION,
    "按客户的预期信用损失：个别客户单项计提，其余按减值矩阵。",
    keywords=Text("bad debt, individual assessment, specific provision", "单项计提、坏账准备"),
    examples=[
        Example(
            ([["A", 100, 0], ["B", 100, 100]], [[0.01, 0.1]], [["B", 0.5]], 2),
            [
                ["customer", "balance", "rate", "loss", "assessed"],
                ["A", 100, 0.02, 2, "by matrix"],
                ["B", 200, 0.5, 100, "by itself"],
                ["total", 300, 0.34, 102, None],
            ],
        )
    ],
)
def eclby(
    balances: Annotated[
        Sheet,
        Text(
            "A row a customer: its name, and what it has open in each bucket, 0 or more.",
            "每个客户一行：名称，以及各账龄段余额，不为负。",
        ),
    ],
    loss_rate: Annotated[
        Grid,
        Text(
            "The historical loss rate of each bucket, 0.016 for 1.6%.",
            "各账龄段历史损失率，1.6% 写作 0.016。",
        ),
    ],
    own_rate: Annotated[
        Sheet,
        Text(
            "Customers that are assessed by themselves, two columns: name and rate, 0.5 for 50%.",
            "单项计提的客户，两列：名称与损失率，50% 写作 0.5。",
        ),
    ] = (),
    forward_factor: Annotated[Decimal, _FORWARD] = Decimal(1),
) -> Annotated[
    Table,
    Text(
        "Headings, a row a customer, and the total: balance, rate, loss, how it was assessed.",
        "标题行、每个客户一行及合计：余额、损失率、损失、计提方式。",
    ),
]:
    """Expected credit loss by customer: named ones by rates of their own, the others by the matrix.

    The forward factor moves the matrix alone: whoever set an own rate looked ahead already.
    """
    customers, named = _named("balances", balances), _pairs("own_rate", own_rate)
    _once([name for name, _ in customers], "balances")
    _once([name for name, _ in named], "own_rate")
    if not customers:
        raise NoAnswerError("balances: none given; a row a customer is needed.")
    open_now, own = dict(customers), dict(named)
    for name, rate in named:
        if name not in open_now:
            raise InputError(f"own_rate: {name!r} has no row in balances.")
        if not 0 <= rate <= 1:
            raise OutOfRangeError(
                f"own_rate: {rate} of {name!r} is not between 0 and 1.", hint="Write 0.5 for 50%."
            )
    rates = [rate for row in loss_rate for rate in row]
    found = rules.assess(open_now, rates, individual=own, forward_factor=forward_factor)
    rows: list[list[Cell]] = [["customer", "balance", "rate", "loss", "assessed"]]
    for name, amounts in open_now.items():
        balance, loss = sum(amounts, Decimal(0)), found.by_customer[name]
        rate = own[name] if name in own else loss / balance if balance else Decimal(0)
        rows.append([name, balance, float(rate), loss, "by itself" if name in own else "by matrix"])
    return Table([*rows, [*_row("total", found.total), None]])


def _named(argument: str, rows: Sheet) -> list[tuple[str, list[Decimal]]]:
    """Return the name in each row and the numbers behind it; rows that are wholly empty are passed over."""

    def missing() -> NoReturn:
        raise NoAnswerError(f"{argument}: the cell is empty; a name and its numbers are needed.")

    text, number = text_reader(argument, missing), number_reader(argument, missing)
    found: list[tuple[str, list[Decimal]]] = []
    for place, row in enumerate(rows, start=1):
        if all(map(is_empty, row)):
            continue
        try:
            found.append((cast("str", text(row[0])), [cast("Decimal", number(cell)) for cell in row[1:]]))
        except DuebookError as error:
            message = error.message.replace(f"{argument}:", f"{argument}, row {place}:", 1)
            raise type(error)(message, hint=error.hint) from None
    return found


def _pairs(argument: str, rows: Sheet) -> list[tuple[str, Decimal]]:
    found = []
    for name, numbers in _named(argument, rows):
        if len(numbers) != 1:
            raise InputError(f"{argument}: a range of two columns is needed, names and numbers.")
        found.append((name, numbers[0]))
    return found


@function(
    "ECLMOVE",
    Category.PROVISION,
    "减值准备变动表：期初、计提、转回、坏账核销、收回、期末，每个客户或账龄段一行，最后为合计。",
    keywords=Text("bad debt, allowance roll-forward, charge, release", "坏账准备、本期计提、本期转回"),
    examples=[
        Example(
            ([["A", 100], ["B", 50]], [["A", 90], ["C", 20]], [["A", 10], ["A", 20]], [["B", 5]]),
            [
                ["name", "opening", "charge", "release", "written off", "recovered", "closing"],
                ["A", 100, 20, 0, 30, 0, 90],
                ["B", 50, 0, 55, 0, 5, 0],
                ["C", 0, 20, 0, 0, 0, 20],
                ["total", 150, 40, 55, 30, 5, 110],
            ],
        )
    ],
)
def eclmove(
    opening: Annotated[
        Sheet,
        Text(
            "The allowance at the end of the last period, two columns: customer or bucket, and amount.",
            "期初坏账准备，两列：客户或账龄段，以及金额。",
        ),
    ],
    closing: Annotated[
        Sheet,
        Text("The allowance now, likewise; who is not there has none.", "期末坏账准备，同上；未列者为无。"),
    ],
    written_off: Annotated[
        Sheet,
        Text(
            "What was written off in the period, likewise. Left out: nothing.",
            "本期坏账核销，同上；省略为无。",
        ),
    ] = (),
    recovered: Annotated[
        Sheet,
        Text(
            "What came in on earlier write-offs, likewise. Left out: nothing.",
            "本期收回的已核销坏账，同上；省略为无。",
        ),
    ] = (),
) -> Annotated[
    Table,
    Text(
        "Headings, a row a name, sorted, and the total: opening + charge - release - written off + recovered "
        "= closing.",
        "标题行、每个名称一行（已排序）及合计：期初＋计提－转回－坏账核销＋收回＝期末。",
    ),
]:
    """How an allowance moved since the last period: what was charged, released, written off, recovered.

    What opening, write-offs and recoveries do not explain went through profit or loss, name by name. Several
    rows of one name add up.
    """
    lines, total = rules.movement(
        _added("opening", opening),
        _added("closing", closing),
        written_off=_added("written_off", written_off),
        recovered=_added("recovered", recovered),
    )
    if not lines:
        raise NoAnswerError("opening, closing: neither has a row; an allowance in one of them is needed.")
    return Table(
        [
            ["name", "opening", "charge", "release", "written off", "recovered", "closing"],
            *(_moved(name, line) for name, line in lines.items()),
            _moved("total", total),
        ]
    )


def _moved(label: str, line: rules.Movement) -> list[Cell]:
    return [label, line.opening, line.charge, line.release, line.written_off, line.recovered, line.closing]


def _added(argument: str, rows: Sheet) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for name, amount in _pairs(argument, rows):
        sums[name] = sums.get(name, Decimal(0)) + amount
    return sums


def _once(names: Sequence[str], argument: str) -> None:
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        raise InputError(f"{argument}: {twice!r} stands there {names.count(twice)} times; once is allowed.")
