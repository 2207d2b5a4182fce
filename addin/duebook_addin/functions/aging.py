"""Aging (账龄) of the open amounts in a sheet, and what is open of items."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Annotated, Final

from duebook.aging import EDGES, age, bucket, days_late, labels
from duebook.ledger import Item, Leg, open_amount
from duebook_addin.cells import CellError, to_serial
from duebook_addin.registry import (
    Category,
    Column,
    Days,
    Example,
    Key,
    Row,
    Table,
    Text,
    Together,
    function,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_ALLOCATIONS: Final = Together("allocations")
_AS_OF: Final = Text("The end of this day.", "截止日期，以当日终了为准。")
_EDGES: Final = Text(
    "The last day of each bucket, in days late; left out: 0, 30, 60, 90. The first ends 'not due'.",
    "各账龄段的最后一天（逾期天数）；省略为 0、30、60、90。第一个是未到期段的末端。",
)
_DUE_DATES: Final = Text(
    "The due date of each amount; empty is 'no date'.",
    "每笔金额的到期日；空为无到期日。",
)
_AMOUNTS: Final = Text("The open amounts, debit positive.", "未清金额，借方为正。")
# Enough digits that no sum of amounts is ever rounded.
_EXACT_DIGITS: Final = 100


@function(
    "DAYSLATE",
    Category.AGING,
    "逾期天数：到期后为正，到期前为负。",
    keywords=Text("overdue, past due, days overdue", "拖欠天数"),
    examples=[
        Example(("2026-01-31", "2026-02-15"), 15),
        Example((["2026-01-31", "2026-02-15", "2026-03-01"], "2026-02-15"), [15, 0, -14]),
    ],
)
def dayslate(
    due_date: Annotated[date, Text("When it is to be paid.", "到期日。")],
    as_of: Annotated[date, _AS_OF],
) -> Annotated[int, Text("Calendar days.", "日历天数。")]:
    """Days past due: positive after the due date, negative before."""
    return days_late(due_date, as_of)


@function(
    "BUCKET",
    Category.AGING,
    "一笔金额所在的账龄段。",
    keywords=Text("ageing, overdue", "账龄分段"),
    examples=[
        Example(("2026-01-31", "2026-02-15"), "1-30"),
        Example((["2026-03-01", None, "2025-10-01"], "2026-02-15"), ["not due", "no date", "90+"]),
        Example(("2026-01-01", "2026-02-15", [0, 45, 90]), "1-45"),
    ],
)
def bucket_of(
    due_date: Annotated[
        date | None,
        Text("When it is to be paid; empty is 'no date'.", "到期日；空为无到期日。"),
    ],
    as_of: Annotated[date, _AS_OF],
    edges: Annotated[Days, _EDGES] = EDGES,
) -> Annotated[str, Text("The bucket's label.", "账龄段名称。")]:
    """The aging bucket that an amount stands in: not due, 1-30, 31-60, 61-90, 90+ or no date."""
    return bucket(None if due_date is None else days_late(due_date, as_of), edges)


@function(
    "AGING",
    Category.AGING,
    "金额在各账龄段的分布：一行，依次为未到期、各段、无到期日、合计。",
    keywords=Text("ageing, overdue, aged receivables", "账龄分析表"),
    examples=[
        Example((["2026-01-31", None], [100, 50], "2026-02-15"), [0, 100, 0, 0, 0, 50, 150]),
        Example(
            (["2026-01-31", "2026-03-01"], [100, -30.5], "2026-02-15", [0, 14]),
            [-30.5, 0, 100, 0, 69.5],
        ),
    ],
)
def aging(
    due_date: Annotated[Column[date | None], _DUE_DATES],
    amount: Annotated[Column[Decimal], _AMOUNTS],
    as_of: Annotated[date, _AS_OF],
    edges: Annotated[Days, _EDGES] = EDGES,
) -> Annotated[Row, Text("Not due, each bucket, no date, total.", "未到期、各账龄段、无到期日、合计。")]:
    """How much of the amounts lies in each bucket: one row of not due, each bucket, no date, total.

    Nothing is rounded or netted: the row adds up to the amounts exactly.
    """
    sums = age(due_date, amount, as_of, edges)
    with localcontext(prec=_EXACT_DIGITS):
        return Row([*sums, sum(sums)])


@function(
    "AGINGBY",
    Category.AGING,
    "按客户等关键字分行的账龄表：标题行、每个关键字一行（已排序）、合计行。",
    keywords=Text("ageing, overdue, aged receivables by customer", "账龄分析表、按客户"),
    examples=[
        Example(
            (["B", "A", "B"], ["2026-01-31", "2026-03-01", None], [100, 50, 7.5], "2026-02-15"),
            [
                ["key", "not due", "1-30", "31-60", "61-90", "90+", "no date", "total"],
                ["A", 50, 0, 0, 0, 0, 0, 50],
                ["B", 0, 100, 0, 0, 0, 7.5, 107.5],
                ["total", 50, 100, 0, 0, 0, 7.5, 157.5],
            ],
        )
    ],
)
def agingby(
    key: Annotated[
        Column[Key | None],
        Text(
            "What to group by, such as the customer; empty is a group of its own.",
            "分组关键字，如客户；空自成一组。",
        ),
    ],
    due_date: Annotated[Column[date | None], _DUE_DATES],
    amount: Annotated[Column[Decimal], _AMOUNTS],
    as_of: Annotated[date, _AS_OF],
    edges: Annotated[Days, _EDGES] = EDGES,
) -> Annotated[Table, Text("Headings, a row a key, a total row.", "标题行、每个关键字一行、合计行。")]:
    """An aging table: headings, a row for each key, sorted, and a total row.

    Keys sort as a spreadsheet sorts: numbers and dates, then text without regard to case, then the empty
    key. The number 7 and the text '7' are two keys.
    """
    headings = labels(edges)
    place = {due: headings.index(_label(due, as_of, edges)) for due in set(due_date)}
    sums: dict[Key | None, list[Decimal]] = {}
    with localcontext(prec=_EXACT_DIGITS):
        for name, due, open_now in zip(key, due_date, amount, strict=True):
            row = sums.get(name)
            if row is None:
                row = sums[name] = [Decimal(0)] * len(headings)
            row[place[due]] += open_now
        table = Table([["key", *headings, "total"]])
        table += [[name, *sums[name], sum(sums[name])] for name in sorted(sums, key=_sorts)]
        totals = [sum(column) for column in zip(*sums.values(), strict=True)] or [0] * len(headings)
        return Table([*table, ["total", *totals, sum(totals)]])


def _label(due: date | None, as_of: date, edges: Days) -> str:
    return bucket(None if due is None else days_late(due, as_of), edges)


def _sorts(key: Key | None) -> tuple[int, Decimal, str, str]:
    if isinstance(key, str):
        return 1, Decimal(0), key.casefold(), key
    if key is None:
        return 2, Decimal(0), "", ""
    return 0, Decimal(to_serial(key)) if isinstance(key, date) else key, type(key).__name__, ""


@function(
    "OPEN",
    Category.AGING,
    "截止日每个项目的未清金额：原额减去截止日前的清账。",
    examples=[
        Example(
            (
                [10000, 300],
                ["2017-01-29", "2017-05-01"],
                ["I1", "I2"],
                ["I1", "I1", "I1"],
                [1500, 1000, 2000],
                ["2017-02-10", "2017-03-01", "2017-03-20"],
                "2017-04-04",
            ),
            [5500, 0],
        )
    ],
)
def open_(  # noqa: PLR0913, PLR0917 - the catalogue's own parameters
    amount: Annotated[
        Column[Decimal | CellError],
        Text("The original amount of each item, debit positive.", "每个项目的原额，借方为正。"),
    ],
    posting_date: Annotated[
        Column[date | CellError],
        Text("When each item was posted.", "每个项目的过账日期。"),
    ],
    item: Annotated[
        Column[str | CellError],
        Text("The number of each item; each stands there once.", "每个项目的编号，不得重复。"),
    ],
    alloc_item: Annotated[
        Column[str], Text("The item that each allocation settles.", "每笔清账所冲的项目编号。"), _ALLOCATIONS
    ],
    alloc_amount: Annotated[
        Column[Decimal],
        Text("What it takes off the item, with the sign of the item.", "每笔清账的金额，符号与项目相同。"),
        _ALLOCATIONS,
    ],
    alloc_date: Annotated[
        Column[date],
        Text("The day from whose end it counts.", "清账生效日期，自当日终了起计。"),
        _ALLOCATIONS,
    ],
    as_of: Annotated[date, _AS_OF],
) -> Annotated[
    Column[Decimal | CellError],
    Text("The open amount of each item; 0 before its posting.", "每个项目的未清金额；过账前为 0。"),
]:
    """What is open of each item at the end of a day: its amount less the allocations that count by then.

    An allocation of an item that is not in the list is passed over: the list may be a part of the ledger.
    """
    with localcontext(prec=_EXACT_DIGITS):
        places = _decimals([*amount, *alloc_amount])
        legs: dict[str, list[Leg]] = {}
        for settled, taken, since in zip(alloc_item, alloc_amount, alloc_date, strict=True):
            legs.setdefault(settled, []).append(Leg(settled, since, int(taken.scaleb(places))))
        times = Counter(item)
        answers: list[Decimal | CellError] = []
        for original, posted, number in zip(amount, posting_date, item, strict=True):
            if isinstance(original, CellError):
                answers.append(original)
            elif isinstance(posted, CellError):
                answers.append(posted)
            elif isinstance(number, CellError):
                answers.append(number)
            elif times[number] > 1:
                message = f"item: {number!r} stands there {times[number]} times; once is allowed."
                answers.append(CellError("#VALUE!", message))
            else:
                whole = Item(number, posted, int(original.scaleb(places)))
                left = open_amount(whole, legs.get(number, ()), as_of)
                answers.append(Decimal(left).scaleb(-places))
        return answers


def _decimals(amounts: Iterable[Decimal | CellError]) -> int:
    """Return how many decimals the amounts have at most, to write them as whole numbers."""
    exponents = (int(amount.as_tuple().exponent) for amount in amounts if isinstance(amount, Decimal))
    return max(0, -min(exponents, default=0))
