"""Credit limits (信用额度) and exposure (信用敞口)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal
from typing import Annotated, Final

from duebook import limit_inputs
from duebook import limit_methods as methods
from duebook import limits as rules
from duebook.errors import DuebookError, InputError, NoAnswerError, OutOfRangeError
from duebook.exposure import Order, Part, breach, groups, in_horizon
from duebook.exposure import exposure as exposure_of
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.cells import Cell, CellError
from duebook_addin.registry import (
    Category,
    Column,
    Example,
    Inputs,
    Table,
    Text,
    Together,
    function,
)

_METHOD: Final = Text(
    "progressive, net worth, working capital, sales, references, need, grade, blend, dso cap, expected loss, "
    "revenue, insured; or policy: those of the policy that the inputs allow, combined, capped and rounded.",
    "方法：progressive 阶梯、net worth 净资产、working capital 营运资金、sales 销售额、"
    "references 同行参考、need 需求、grade 等级、blend 综合、dso cap 账期销售额、"
    "expected loss 预期损失、revenue 收入、insured 保险；policy 为政策中各方法合并、封顶、取整。",
)
_INPUTS: Final = Text(
    "Two columns: inputs such as net worth or term days, and what each is; also cap, floor and step.",
    "两列：输入项（如净资产、账期天数）与其值；另可有上限、下限、取整单位。",
)


@function(
    "LIMIT",
    Category.LIMITS,
    "按指定方法计算信用额度。",
    keywords=Text("credit line, credit ceiling", "授信额度"),
    examples=[
        Example(
            (
                "grade",
                [["tangible net worth", 80000], ["turnover", 700000], ["grade", "B"], ["need", 50000]],
            ),
            28000,
        ),
        Example(
            (
                ["net worth", "references", "need", "blend"],
                [
                    ["net worth", 900000],
                    ["reference", 40000],
                    ["reference", 60000],
                    ["reference", 50000],
                    ["sales", 365000],
                    ["term days", 60],
                    ["step", 1000],
                ],
            ),
            [90000, 50000, 60000, 66000],
        ),
        Example(
            (
                "policy",
                [
                    ["working capital", 654321],
                    ["monthly turnover", 400000],
                    ["months", 7],
                    ["good record", "yes"],
                ],
            ),
            65000,
        ),
        Example(("dso cap", [["月均销售额", 10000], ["账期", 15], ["宽限天数", 30]]), 15000),
    ],
)
def limit(
    method: Annotated[str, _METHOD],
    inputs: Annotated[Inputs, _INPUTS],
    policy: PolicyName = None,
) -> Annotated[
    Decimal,
    Text(
        "The limit; rounded by a step that is given, and by the policy's for the method policy.",
        "额度；按给定单位取整，policy 方法按政策取整。",
    ),
]:
    """A credit limit by one named method, within the caps, the floor and the step that are given."""
    return methods.limit(method, limit_inputs.Inputs(inputs, policy_named(policy))).amount


@function(
    "LIMITWHY",
    Category.LIMITS,
    "信用额度的由来：每个步骤一行，最后为额度与起约束作用的方法或上限。",
    examples=[
        Example(
            ("net worth", [["net worth", 987654], ["cap", 80000], ["step", 3000]]),
            [
                ["step", "amount"],
                ["net worth", 98765.4],
                ["cap", 80000],
                ["rounding", 78000],
                ["bound by cap", 78000],
            ],
        )
    ],
)
def limitwhy(
    method: Annotated[str, _METHOD],
    inputs: Annotated[Inputs, _INPUTS],
    policy: PolicyName = None,
) -> Annotated[Table, Text("Headings, and a row a step.", "标题行、每个步骤一行。")]:
    """How a credit limit comes about: the proposal, what bounds left of it, and what bound it."""
    found = methods.limit(method, limit_inputs.Inputs(inputs, policy_named(policy)))
    steps: list[list[Cell]] = [[name, amount] for name, amount in found.steps]
    return Table([["step", "amount"], *steps, [f"bound by {found.bound_by}", found.amount]])


@function(
    "LIMITTABLE",
    Category.LIMITS,
    "额度模拟测算：两个输入项各取多个值时的额度表。",
    examples=[
        Example(
            ("dso cap", [["tolerance", 0]], "monthly sales", [10000, 20000], "term days", [30, 45, 60]),
            [
                ["monthly sales", 30, 45, 60],
                [10000, 10000, 15000, 20000],
                [20000, 20000, 30000, 40000],
            ],
        )
    ],
)
def limittable(  # noqa: PLR0913, PLR0917 - a method, and two inputs with their values
    method: Annotated[str, _METHOD],
    inputs: Annotated[Inputs, _INPUTS],
    row_input: Annotated[str, Text("The input that changes down the rows.", "逐行变化的输入项。")],
    row_values: Annotated[Column[Decimal], Text("Its values.", "其各个值。"), Together("rows")],
    column_input: Annotated[str, Text("The input that changes across the columns.", "逐列变化的输入项。")],
    column_values: Annotated[Column[Decimal], Text("Its values.", "其各个值。"), Together("columns")],
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text(
        "Headings with the values of the columns, and a row a value of the rows.",
        "标题行为列值，其后每个行值一行。",
    ),
]:
    """What if: the limit for each value of one input with each value of another."""
    found = methods.simulate(
        method,
        limit_inputs.Inputs(inputs, policy_named(policy)),
        (row_input, row_values),
        (column_input, column_values),
    )
    rows = [[value, *map(_cell, row)] for value, row in zip(row_values, found, strict=True)]
    return Table([[row_input, *column_values], *rows])


def _cell(limit_or_error: Decimal | DuebookError) -> Cell:
    return CellError.of(limit_or_error) if isinstance(limit_or_error, DuebookError) else limit_or_error


@function(
    "LIMITSTEP",
    Category.LIMITS,
    "阶梯额度：起初为月均营业额的 20%，满 6 个月且履约良好后为 50%。",
    examples=[
        Example((100000, 0, True), 20000),
        Example((100000, [5, 6, 6], [True, True, False]), [20000, 50000, 20000]),
    ],
)
def limitstep(
    monthly_turnover: Annotated[
        Decimal, Text("The customer's own mean monthly turnover.", "客户自身的月均营业额。")
    ],
    months: Annotated[int, Text("Whole months since the first transaction.", "自首笔交易起的整月数。")],
    good_record: Annotated[
        bool,
        Text(
            "Whether it has kept its terms: TRUE or FALSE, 1 or 0.", "是否履约良好：TRUE 或 FALSE，1 或 0。"
        ),
    ],
    policy: PolicyName = None,
) -> Annotated[Decimal, Text("The limit, unrounded.", "额度，不取整。")]:
    """The progressive limit: 20% of monthly turnover at first, 50% after six months with a good record."""
    numbers = policy_named(policy).limit.progressive
    found = rules.progressive(
        monthly_turnover,
        months,
        good_record=good_record,
        first_share=numbers.first_share,
        later_share=numbers.raised_share,
        after_months=numbers.raised_after_months,
    )
    return rules.to_decimal(found)


@function(
    "EXPOSURE",
    Category.LIMITS,
    "信用敞口：按政策计入的部分，标题行与一行：总敞口、缓释、净敞口。",
    keywords=Text("credit limit", "信用额度、占用额度"),
    examples=[
        Example((1000, 200, 100, 50, 150, 300, 500), [["gross", "mitigants", "net"], [1350, 950, 400]]),
        Example(
            (1000, None, None, None, None, None, 900, 250), [["gross", "mitigants", "net"], [1000, 750, 250]]
        ),
    ],
)
def exposure(  # noqa: PLR0913, PLR0917 - the catalogue's own parameters
    open: Annotated[Decimal, Text("Open receivables.", "未清应收账款。")],  # noqa: A002 - the catalogue's own name
    orders: Annotated[Decimal, Text("Open orders. Left out: 0.", "未交订单；省略为 0。")] = Decimal(0),
    unbilled: Annotated[
        Decimal, Text("Deliveries that are not invoiced yet. Left out: 0.", "已发货未开票；省略为 0。")
    ] = Decimal(0),
    bills: Annotated[
        Decimal, Text("Bills and cheques that have not cleared. Left out: 0.", "未兑付票据；省略为 0。")
    ] = Decimal(0),
    unapplied: Annotated[
        Decimal, Text("Unapplied cash and deposits. Left out: 0.", "未清账收款与预收款；省略为 0。")
    ] = Decimal(0),
    collateral: Annotated[
        Decimal, Text("What enforceable collateral is worth. Left out: 0.", "可执行担保物价值；省略为 0。")
    ] = Decimal(0),
    insured: Annotated[Decimal, Text("The insured part. Left out: 0.", "已投保部分；省略为 0。")] = Decimal(
        0
    ),
    disputed: Annotated[
        Decimal,
        Text(
            "What is disputed; never counted as insured. Left out: 0.", "争议金额，不计为已投保；省略为 0。"
        ),
    ] = Decimal(0),
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text("Headings and one row: gross, mitigants, net.", "标题行与一行：总敞口、缓释、净敞口。"),
]:
    """What a customer could cost: gross, mitigants and net, of the parts that the policy includes.

    Collateral and insurance take off no more than is left; what is disputed is never counted as insured.
    """
    parts = {
        Part.OPEN: open,
        Part.ORDERS: orders,
        Part.UNBILLED: unbilled,
        Part.BILLS: bills,
        Part.UNAPPLIED: unapplied,
        Part.COLLATERAL: collateral,
        Part.INSURED: insured,
    }
    include = frozenset(map(Part, policy_named(policy).exposure.include))
    found = exposure_of(parts, disputed=disputed, include=include)
    return Table([["gross", "mitigants", "net"], [found.gross, found.mitigants, found.net]])


@function(
    "OPENORDERS",
    Category.LIMITS,
    "计入敞口的未交订单：政策展望天数以内交货的金额合计。",
    keywords=Text("order backlog, sales orders, exposure", "在手订单、敞口"),
    examples=[
        Example(([500, 300, 200], ["2026-02-15", "2026-09-30", None], "2026-01-31"), 700),
    ],
)
def openorders(
    amount: Annotated[
        Column[Decimal], Text("What of each order is not delivered.", "各订单未交金额。"), Together("orders")
    ],
    delivery_date: Annotated[
        Column[date | None],
        Text("When it is to be delivered; one without a day counts.", "交货日；无日期的计入。"),
        Together("orders"),
    ],
    as_of: Annotated[date, Text("The end of this day.", "截至该日日终。")],
    policy: PolicyName = None,
) -> Annotated[Decimal, Text("For EXPOSURE: the orders that count.", "计入 EXPOSURE 的订单金额。")]:
    """What of open orders counts as exposure: those to be delivered within the policy's horizon."""
    orders = [
        Order(str(row), one, day) for row, (one, day) in enumerate(zip(amount, delivery_date, strict=True), 1)
    ]
    near, _ = in_horizon(orders, as_of, policy_named(policy).exposure.order_horizon_days)
    return sum((order.amount for order in near), Decimal(0))


@function(
    "AVAILABLE",
    Category.LIMITS,
    "可用额度：额度减敞口，不低于 0。",
    keywords=Text("credit line, headroom", "剩余额度"),
    examples=[Example((1000, 400), 600), Example(([1000, 300], 400), [600, 0])],
)
def available(
    limit: Annotated[Decimal, Text("The credit limit, 0 or more.", "信用额度，不为负。")],
    exposure: Annotated[
        Decimal, Text("The exposure, such as the net of EXPOSURE.", "敞口，如 EXPOSURE 的净敞口。")
    ],
) -> Annotated[Decimal, Text("What may still be sold on credit.", "尚可赊销金额。")]:
    """What may still be sold on credit: the limit less the exposure, never below 0."""
    return rules.available(limit, exposure)


@function(
    "OVERLIMIT",
    Category.LIMITS,
    "超额度多少、由哪张订单造成：标题行与一行：超额、订单、起因。",
    keywords=Text("credit hold, limit breach, sales order", "信用冻结、超额、订单"),
    examples=[
        Example(
            (1000, 750, ["S1", "S2", "S3"], [100, 200, 75]),
            [["over", "order", "broken by"], [125, "S2", "order"]],
        ),
        Example((1000, 1100, "S1", 50), [["over", "order", "broken by"], [150, "", "exposure"]]),
        Example((1000, 750, "S1", 250), [["over", "order", "broken by"], [0, "", "within"]]),
    ],
)
def overlimit(
    limit: Annotated[Decimal, Text("The credit limit, 0 or more.", "信用额度，不为负。")],
    exposure: Annotated[Decimal, Text("The exposure without these orders.", "不含这些订单的敞口。")],
    order: Annotated[
        Column[str | None],
        Text(
            "Open orders by number, in the order in which they were accepted.", "未交订单编号，按接单先后。"
        ),
        Together("orders"),
    ],
    amount: Annotated[
        Column[Decimal | None],
        Text("What of each is not delivered, 0 or more.", "各订单未交金额，不为负。"),
        Together("orders"),
    ],
) -> Annotated[
    Table,
    Text(
        "Headings and one row: how much over, the order that broke the limit; within, order or exposure.",
        "标题行与一行：超额、造成超额的订单；within 未超、order 因订单、exposure 原已超额。",
    ),
]:
    """By how much a limit is exceeded, and the order that broke it.

    Where the limit was exceeded before any order, no order is named.
    """
    if limit < 0:
        raise OutOfRangeError(f"limit: {limit} is negative; 0 or more is allowed.")
    orders = []
    for number, one in zip(order, amount, strict=True):
        if one is None:
            if number is not None:
                raise NoAnswerError(f"amount: that of order {number!r} is missing; a number is needed.")
            continue
        if one < 0:
            of = "" if number is None else f" of order {number!r}"
            raise OutOfRangeError(f"amount: {one}{of} is negative; 0 or more is allowed.")
        orders.append(Order(number or "", one))
    found = breach(limit, exposure, orders)
    row_: list[Cell] = [Decimal(0), "", "within"]
    if found is not None:
        row_ = [
            found.over,
            "" if found.order is None else found.order.number,
            "order" if found.order else "exposure",
        ]
    return Table([["over", "order", "broken by"], row_])


@function(
    "GROUPEXPOSURE",
    Category.LIMITS,
    "集团敞口：按母子关系合并客户敞口；标题行、每个集团一行、合计。",
    keywords=Text("parent, subsidiary, holding, hierarchy", "母公司、子公司、集团授信"),
    examples=[
        Example(
            (["C1", "C2", "C3", "C4"], [10, 20, 30, 5], [None, "C1", "C2", None]),
            [["group", "members", "exposure"], ["C1", 3, 60], ["C4", 1, 5], ["total", 4, 65]],
        )
    ],
)
def groupexposure(
    customer: Annotated[
        Column[str], Text("Customers, each once.", "客户，每个一次。"), Together("customers")
    ],
    exposure: Annotated[
        Column[Decimal],
        Text("The exposure of each, such as the net of EXPOSURE.", "各客户敞口，如 EXPOSURE 的净敞口。"),
        Together("customers"),
    ],
    parent: Annotated[
        Column[str | None],
        Text(
            "The parent of each; empty for none. It need not be a customer.",
            "各客户的母公司；空为无；不必为客户。",
        ),
        Together("customers"),
    ],
) -> Annotated[
    Table,
    Text(
        "Headings, a row a group by its head with how many customers it has, and the total.",
        "标题行、每个集团一行（母公司、客户数、敞口）与合计行。",
    ),
]:
    """The exposure to groups of customers: parents and children together, each customer in one group."""
    exposures: dict[str, Decimal] = {}
    for name, amount in zip(customer, exposure, strict=True):
        if name in exposures:
            raise InputError(f"customer: {name!r} stands there twice; once is allowed.")
        exposures[name] = amount
    parents = {name: head for name, head in zip(customer, parent, strict=True) if head is not None}
    found = groups(exposures, parents).values()
    rows: list[list[Cell]] = [[group.head, len(group.members), group.exposure] for group in found]
    total: list[Cell] = ["total", len(exposures), sum(exposures.values(), Decimal(0))]
    return Table([["group", "members", "exposure"], *rows, total])
