"""Trade credit insurance (贸易信用保险)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal
from typing import Annotated, Final

from duebook import insurance as rules
from duebook.errors import InputError
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.cells import Cell  # noqa: TC001 - the registry reads the annotations at run time
from duebook_addin.registry import Category, Column, DatedNumber, Example, Table, Text, function

_ORIGINAL: Final = Text(
    "The due date on the invoice, whatever was agreed later.", "发票上的到期日，不论后来如何约定。"
)


@function(
    "INDEMNITY",
    Category.INSURANCE,
    "信用保险赔款：限额以内的损失乘赔付比例，再减免赔额与首损。",
    keywords=Text("claim, bad debt", "理赔、坏账"),
    examples=[
        Example((500000, 300000, 0.9), 270000),
        Example(([500000, 100000], 300000, 0.9, 10000), [260000, 80000]),
        Example((500000, 300000, 0.9, 0, 50000, None, "first loss, percentage, deductible"), 225000),
    ],
)
def indemnity(  # noqa: PLR0913, PLR0917 - the catalogue's own parameters
    debt: Annotated[
        Decimal,
        Text("The debt that was lost, without what is disputed.", "损失的债权，不含争议金额。"),
    ],
    limit: Annotated[Decimal, Text("The limit valid at shipment.", "出运时有效的信用限额。")],
    insured_pct: Annotated[Decimal, Text("The insured percentage, 0.9 for 90%.", "赔付比例，90% 写作 0.9。")],
    deductible: Annotated[
        Decimal | None, Text("Taken off each claim. Left out: the policy's.", "每次免赔额；省略按政策。")
    ] = None,
    first_loss: Annotated[
        Decimal | None,
        Text(
            "What is left of the aggregate first loss. Left out: the policy's.",
            "剩余的累计首损；省略按政策。",
        ),
    ] = None,
    max_liability: Annotated[
        Decimal | None,
        Text(
            "What is left of the maximum liability. Left out: the policy's, if it has one.",
            "剩余的最高赔偿限额；省略按政策，政策未定则不限。",
        ),
    ] = None,
    order: Annotated[
        str | None,
        Text(
            "The order of percentage, deductible and first loss, parted by commas. Left out: the policy's.",
            "percentage 赔付比例、deductible 免赔额、first loss 首损的扣减顺序，以逗号分隔；省略按政策。",
        ),
    ] = None,
    policy: PolicyName = None,
) -> Annotated[
    Decimal, Text("What the insurer pays, unrounded, 0 or more.", "保险人赔付金额，不取整，不为负。")
]:
    """What the credit insurer pays for a debt: within the limit, by percentage, less deductions.

    A debt below the policy's claim threshold is no claim.
    """
    own = policy_named(policy).insurance
    return rules.indemnity(
        debt,
        limit,
        insured_pct,
        deductible=own.deductible if deductible is None else deductible,
        first_loss=own.first_loss if first_loss is None else first_loss,
        max_liability=own.max_liability if max_liability is None else max_liability,
        claim_threshold=own.claim_threshold,
        order=rules.parse_order(own.order if order is None else order),
    ).paid


@function(
    "CLAIMDATES",
    Category.INSURANCE,
    "信用保险索赔日期：报告、停止发货、可索赔、索赔截止与赔付日，均自原到期日起算。",
    keywords=Text("notification, waiting period, claim deadline", "报损、等待期、索赔期限"),
    examples=[
        Example(
            ("2026-01-31", "protracted default"),
            [
                ["report by", "stop deliveries from", "file from", "file by", "paid by"],
                ["2026-03-31", "2026-04-01", "2026-04-30", "2026-09-30", "2026-06-30"],
            ],
        ),
        Example(
            ("2026-01-31", "破产", "2026-02-10"),
            [
                ["报告截止日", "停止发货日", "可索赔日", "索赔截止日", "赔付截止日"],
                ["2026-03-31", "2026-04-01", "2026-02-10", "2026-09-30", "2026-04-10"],
            ],
        ),
    ],
)
def claimdates(
    due_date: Annotated[date, _ORIGINAL],
    cause: Annotated[
        str,
        Text(
            "Why it is not paid, such as protracted default, insolvency or transfer delay.",
            "损因，如长期拖欠、破产、外汇管制。",
        ),
    ],
    insolvent_on: Annotated[
        date | None,
        Text("When the buyer became insolvent; for that cause alone.", "买方破产之日；仅用于破产。"),
    ] = None,
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text(
        "Headings and one row of dates; in Chinese where the cause is.",
        "标题行与一行日期；损因以中文书写时为中文。",
    ),
]:
    """By when to report, to stop deliveries, to file a claim and to be paid, by the original due date."""
    found = rules.deadlines(
        due_date, rules.parse_cause(cause), policy_named(policy).insurance.cover, insolvent_on=insolvent_on
    )
    headings: list[Cell] = (
        ["report by", "stop deliveries from", "file from", "file by", "paid by"]
        if cause.isascii()
        else ["报告截止日", "停止发货日", "可索赔日", "索赔截止日", "赔付截止日"]
    )
    days: list[Cell] = [
        found.report_by,
        found.stop_deliveries,
        found.file_from,
        found.file_by,
        found.pay_by,
    ]
    return Table([headings, days])


@function(
    "INSUREDLIMIT",
    Category.INSURANCE,
    "出运日有效的投保限额：保险人的批复优先，减额经通知期生效；无批复时为自行掌握限额。",
    keywords=Text("named limit, discretionary limit, cover cut", "批复限额、减额、撤销"),
    examples=[
        Example(("2026-03-15", [["2026-01-01", 100000], ["2026-03-01", 40000]]), 100000),
        Example(
            (["2026-03-30", "2026-03-31"], [["2026-01-01", 100000], ["2026-03-01", 40000]]), [100000, 40000]
        ),
        Example((["2026-03-15", "2027-01-16"], None, 20000, "2026-01-15"), [20000, 0]),
        Example((["2026-03-31", "2026-04-01"], [["2026-04-01", 0]], 20000, "2026-01-15"), [20000, 0]),
    ],
)
def insuredlimit(
    shipped: Annotated[date, Text("The day of shipment.", "出运日。")],
    decisions: Annotated[
        DatedNumber | None,
        Text(
            "The insurer's decisions on the buyer, two columns: the day of each notice, and the limit.",
            "保险人对该买方的批复，两列：通知日与限额。",
        ),
    ] = None,
    discretionary: Annotated[
        Decimal | None,
        Text(
            "The discretionary limit, where the insurer had not decided by then.",
            "自行掌握限额，用于出运时尚无批复的买方。",
        ),
    ] = None,
    report_date: Annotated[
        date | None,
        Text("The date of the report it rests on; without one, no limit.", "所依据报告的日期；无则无限额。"),
    ] = None,
    policy: PolicyName = None,
) -> Annotated[Decimal, Text("The limit; 0 where there is none.", "限额；没有时为 0。")]:
    """The insured limit of a shipment: the insurer's decision, a cut only after its notice, else your own.

    A discretionary limit stands as long as its report is no older than the policy says.
    """
    if isinstance(decisions, Decimal):
        raise InputError(
            "decisions: one number; two columns are needed, the day of each notice and the limit."
        )
    return rules.limit_at(
        shipped,
        [rules.LimitDecision(notified, amount) for notified, amount in decisions or ()],
        policy_named(policy).insurance.cover,
        None if discretionary is None else rules.Discretionary(discretionary, report_date),
    ).amount


@function(
    "PLANCOVER",
    Category.INSURANCE,
    "付款计划对承保的影响：不经保险人同意可延至的最后一日，以及超出该日的期次。",
    keywords=Text("maximum extension, consent", "最长展期、保险人同意"),
    examples=[
        Example(
            ("2026-01-31", ["2026-02-28", "2026-03-31", "2026-04-30"]),
            [["covered until", "instalments beyond"], ["2026-03-31", "3"]],
        ),
        Example(
            ("2026-01-31", "2026-02-28"), [["covered until", "instalments beyond"], ["2026-03-31", "none"]]
        ),
    ],
)
def plancover(
    due_date: Annotated[date, Text("The oldest due date, before the plan.", "计划前最早的到期日。")],
    instalment_date: Annotated[
        Column[date], Text("The dates of the plan, in order.", "计划各期日期，依次。")
    ],
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text(
        "Headings and one row; the instalments that need consent, counted from 1, or none.",
        "标题行与一行；须经同意的期次（自 1 起），没有时为 none。",
    ),
]:
    """What a payment plan does to cover: until when it stays, and which instalments need consent."""
    found = rules.plan_cover(due_date, instalment_date, policy_named(policy).insurance.cover)
    beyond = ", ".join(map(str, found.beyond))
    return Table([["covered until", "instalments beyond"], [found.covered_until, beyond or "none"]])


@function(
    "UNINSURED",
    Category.INSURANCE,
    "未投保敞口：敞口减去投保限额内可赔部分；争议金额不视为已投保。",
    keywords=Text("own risk, exposure at risk", "自留风险"),
    examples=[
        Example((500000, 300000, 0.9), 230000),
        Example(([500000, 200000, 200000], 300000, 0.9, [0, 0, 50000]), [230000, 20000, 65000]),
    ],
)
def uninsured(
    exposure: Annotated[
        Decimal, Text("What the customer owes, or would with open orders.", "客户所欠，或连同未交订单。")
    ],
    limit: Annotated[Decimal, Text("The insured limit, 0 for none.", "投保限额，没有为 0。")],
    insured_pct: Annotated[
        Decimal | None,
        Text(
            "The insured percentage, 0.9 for 90%. Left out: the policy's.",
            "赔付比例，90% 写作 0.9；省略按政策。",
        ),
    ] = None,
    disputed: Annotated[
        Decimal, Text("The part that is disputed. Left out: 0.", "其中有争议的部分；省略为 0。")
    ] = Decimal(0),
    policy: PolicyName = None,
) -> Annotated[Decimal, Text("What is not insured, unrounded, 0 or more.", "未投保金额，不取整，不为负。")]:
    """The part of an exposure that no insurer would pay: beyond the limit, the percentage, or disputed."""
    share = policy_named(policy).insurance.insured_share if insured_pct is None else insured_pct
    _, own_risk = rules.insured_part(exposure, limit, share, disputed=disputed)
    return own_risk


_WITH_AND_WITHOUT: Final = Text(
    "Headings and one row: without insurance, with it, and the difference.",
    "标题行与一行：无保险、有保险及差额。",
)


@function(
    "INSUREDCASH",
    Category.INSURANCE,
    "有无信用保险的现金比率：逾期欠款收不回时，与由保险人赔付时。",
    keywords=Text("cash ratio, liquidity", "现金比率、流动性"),
    examples=[
        Example((200000, 500000, 90000), [["without", "with", "difference"], [0.4, 0.58, 0.18]]),
    ],
)
def insuredcash(
    liquid_assets: Annotated[
        Decimal,
        Text("Cash, cash equivalents and marketable securities.", "货币资金、现金等价物与有价证券。"),
    ],
    current_liabilities: Annotated[Decimal, Text("Current liabilities, above 0.", "流动负债，须大于 0。")],
    claims: Annotated[
        Decimal,
        Text(
            "What the insurer would pay for overdue debt: of INDEMNITY.",
            "保险人对逾期债权的赔款，见 INDEMNITY。",
        ),
    ],
) -> Annotated[Table, _WITH_AND_WITHOUT]:
    """The cash ratio with and without insurance: as if the insurer paid for overdue debt, or nobody did."""
    return _compared(rules.cash_ratio(liquid_assets, current_liabilities, claims))


@function(
    "INSUREDDSO",
    Category.INSURANCE,
    "有无信用保险的应收账款周转天数：赔款抵减应收账款。",
    keywords=Text("days sales outstanding", "周转天数、回款天数"),
    examples=[
        Example((250000, 500000, 90, 50000), [["without", "with", "difference"], [45, 36, -9]]),
    ],
)
def insureddso(
    receivables: Annotated[Decimal, Text("Receivables at the end of the period.", "期末应收账款。")],
    sales: Annotated[Decimal, Text("Credit sales of the period, less credit notes.", "本期赊销净额。")],
    days: Annotated[int, Text("Days of the period.", "本期天数。")],
    claims: Annotated[
        Decimal,
        Text(
            "What the insurer would pay for overdue debt, at most the receivables.",
            "保险人对逾期债权的赔款，不超过应收账款。",
        ),
    ],
) -> Annotated[Table, _WITH_AND_WITHOUT]:
    """Days sales outstanding with and without insurance: what the insurer pays is outstanding no more."""
    return _compared(rules.days_sales(receivables, sales, days, claims))


def _compared(found: rules.WithAndWithout) -> Table:
    figures = [found.without, found.insured, found.insured - found.without]
    return Table([["without", "with", "difference"], list(map(float, figures))])
