"""What a customer is granted, and what it costs: limits, terms, interest, provision, insurance, plans."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from duebook.errors import DuebookError
from duebook.exposure import Part
from duebook.insurance import Cause, Cover, Period, parse_order
from duebook.policy.base import (
    Label,
    MisfitError,
    Number,
    Section,
    Text,
    amount,
    days,
    listed,
    months,
    number,
    said,
    share,
    unique,
    whole,
)
from duebook.write_off import WriteOffRules

METHODS: Final = (
    "progressive",
    "net worth",
    "working capital",
    "sales",
    "references",
    "need",
    "grade",
    "dso cap",
    "expected loss",
    "revenue",
    "insured",
)
"""The methods that a policy may combine, as :mod:`duebook.limit_methods` names them."""
COMMERCIAL: Final = tuple(cause.label for cause in Cause if not cause.political and cause is not Cause.CARGO)
POLITICAL: Final = tuple(cause.label for cause in Cause if cause.political)


def _known(names: tuple[str, ...], known: tuple[str, ...], what: str) -> tuple[str, ...]:
    for name in names:
        if name not in known:
            raise ValueError(f"{name!r} is no {what}; there are {', '.join(known)}")
    unique(list(names), what)
    return names


def _methods(names: tuple[str, ...]) -> tuple[str, ...]:
    return _known(names, METHODS, "method")


class Progressive(Section):
    """The limit of a new customer, and of one that has proven itself."""

    first_share: Annotated[Number, share("of a month's turnover, at first", "首笔比例")]
    raised_share: Annotated[Number, share("of a month's turnover, once raised", "提升后比例")]
    raised_after_months: Annotated[int, months("with a good record, after which it is raised", "提升月数")]


class LimitStep(Section):
    """How a limit moves with years of business and with alerts."""

    up_each_year: Annotated[Number, share("more, for each year of good business", "每年上调")]
    most_up: Annotated[Number, share("more, at most, for all years", "最多上调")]
    down_each_alert: Annotated[Number, share("less, for each open alert", "每个预警下调")]


class RevenueShare(Section):
    """Shares of a customer's revenue by the risk of its industry."""

    low: Annotated[Number, share("of revenue, at low risk", "低风险")]
    medium: Annotated[Number, share("of revenue, at medium risk", "中风险")]
    high: Annotated[Number, share("of revenue, at high risk", "高风险")]
    good_score: Annotated[
        int, whole("points", "a bureau's score above which a step is added", "高分线", most=1000)
    ]
    bad_score: Annotated[
        int, whole("points", "a bureau's score below which a step is taken off", "低分线", most=1000)
    ]
    step: Annotated[Number, share("of revenue, by which a score moves it", "步长")]


class Limit(Section):
    """How limits are set."""

    methods: Annotated[
        tuple[str, ...], listed(f"Some of {', '.join(METHODS)}.", "采用的方法"), AfterValidator(_methods)
    ]
    combine: Annotated[Literal["smallest", "mean"], said('"smallest" or "mean".', "合并方式")]
    blend: Annotated[
        tuple[str, ...], listed(f"Some of {', '.join(METHODS)}.", "综合法成分"), AfterValidator(_methods)
    ]
    net_worth_share: Annotated[Number, share("of net worth", "净资产比例")]
    working_capital_share: Annotated[Number, share("of working capital", "营运资金比例")]
    sales_share: Annotated[Number, share("of mean monthly sales", "月均销售额比例")]
    seller_share: Annotated[
        Number, share("of the seller's annual sales, that no customer exceeds", "本公司年销售额占比上限")
    ]
    tolerance_days: Annotated[int, days("late that the cap by sales and terms accepts", "宽限天数")]
    loss_given_default: Annotated[Number, share("of a default that is lost", "违约损失率")]
    floor: Annotated[Number, amount("the smallest limit worth keeping", "最低额度")]
    rounding_step: Annotated[
        Number, amount("limits are rounded down to a multiple of it; 0 for no rounding", "取整单位")
    ]
    valid_months: Annotated[int, months("that a limit is valid", "有效月数", least=1)]
    progressive: Progressive
    step: LimitStep
    revenue: RevenueShare


class Exposure(Section):
    """What counts as exposure."""

    include: Annotated[
        tuple[Literal["open", "orders", "unbilled", "bills", "unapplied", "collateral", "insured"], ...],
        listed(f"Some of {', '.join(Part)}.", "计入部分"),
    ]
    order_horizon_days: Annotated[int, days("ahead, within which open orders count", "订单展望天数")]


RISKS: Final = ("low", "medium", "high")


class Industry(Section):
    """An industry: its terms, its risk, and whether it moves with the cycle."""

    name: Annotated[Text, said("The name that formulas write.", "行业")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    aliases: Annotated[tuple[Text, ...], listed("Other names, in any language.", "别名", least=0)] = ()
    least_days: Annotated[int, days("of terms at the strict end of the industry", "最短账期")]
    most_days: Annotated[int, days("of terms at the flexible end of the industry", "最长账期")]
    risk: Annotated[Literal["low", "medium", "high"], said('"low", "medium" or "high".', "行业风险")]
    cyclical: Annotated[bool, said("true or false: whether it moves with the cycle.", "周期性")]

    @model_validator(mode="after")
    def _checked(self) -> Industry:
        if self.least_days > self.most_days:
            raise ValueError(
                f"{self.name!r}: least_days {self.least_days} is more than most_days {self.most_days}"
            )
        return self


class Tier(Section):
    """Customers that get the same terms."""

    name: Annotated[Text, said("The name of the tier.", "层级")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    grades: Annotated[tuple[Text, ...], listed('Names of [[grade.band]], or "new".', "等级")]
    position: Annotated[
        Number, share("of the way from the strict to the flexible end of the industry's terms", "账期位置")
    ]
    condition: Annotated[
        Literal["none", "guarantee", "prepayment"], said('"none", "guarantee" or "prepayment".', "条件")
    ]


NEW: Final = "new"
"""The grade of a customer that has none yet."""


class TermsPolicy(Section):
    """Payment terms by industry and tier."""

    step_days: Annotated[
        int, days("terms are rounded down to a multiple of it", "取整天数", least=1, most=90)
    ]
    discount: Annotated[
        Text | None, said('Terms with a discount, such as "2/10 Net 30"; left out, none.', "现金折扣")
    ] = None
    industry: Annotated[tuple[Industry, ...], listed("[[terms.industry]], one of them named other.", "行业")]
    tier: Annotated[tuple[Tier, ...], listed("[[terms.tier]], which have every grade once.", "层级")]

    @model_validator(mode="after")
    def _checked(self) -> TermsPolicy:
        unique(
            [name.casefold() for entry in self.industry for name in {entry.name, *entry.aliases}], "industry"
        )
        unique([entry.name for entry in self.tier], "tier", of="tier")
        seen: set[str] = set()
        for place, entry in enumerate(self.tier):
            for grade in entry.grades:
                if grade.casefold() in seen:
                    raise MisfitError(f"grade {grade!r} stands there twice", at=("tier", place, "grades"))
                seen.add(grade.casefold())
        if "other" not in [entry.name for entry in self.industry]:
            raise MisfitError(
                "no industry is named 'other', so a customer of an industry that is not here has no terms",
                at=("industry",),
            )
        return self


class Interest(Section):
    """Late-payment interest as agreed in contracts."""

    daily_rate: Annotated[Number, share("for each day late", "日利率")]
    basis: Annotated[Literal[360, 365, 366], said("Days of a year: 360, 365 or 366.", "年天数")]
    grace_days: Annotated[int, days("late that bear no interest", "宽限天数")]
    court_multiple: Annotated[
        Number,
        Field(ge=Decimal("1.3"), le=Decimal("1.5")),
        said("A number from 1.3 to 1.5: what courts multiply the loan prime rate by.", "LPR 倍数"),
    ]
    part_payment: Annotated[
        Literal["interest first", "principal first"],
        said('"interest first" or "principal first".', "部分付款次序"),
    ]


class Provision(Section):
    """Expected credit loss."""

    fixed_rates: Annotated[
        tuple[Number, ...],
        listed(
            "Shares from 0 to 1, one for each bucket of [aging]: not due first, the open-ended last.",
            "固定比例",
        ),
    ]
    no_date_rate: Annotated[Number, share("of what has no due date", "无到期日比例")]
    forward_factor: Annotated[
        Number, number("what loss rates are multiplied by for what is ahead", "前瞻系数", least=0, most=10)
    ]
    history_months: Annotated[
        int, months("of history that loss rates are the mean of", "历史月数", least=1, most=120)
    ]

    @model_validator(mode="after")
    def _checked(self) -> Provision:
        for rate in self.fixed_rates:
            if not 0 <= rate <= 1:
                raise MisfitError(f"the fixed rate {rate} is not between 0 and 1", at=("fixed_rates",))
        return self


def _commercial(names: tuple[str, ...]) -> tuple[str, ...]:
    return _known(names, COMMERCIAL, "commercial cause")


def _political(names: tuple[str, ...]) -> tuple[str, ...]:
    return _known(names, POLITICAL, "political cause")


def _order(text: str) -> str:
    try:
        parse_order(text)
    except DuebookError as error:
        raise ValueError(str(error)) from None
    return text


class Insurance(Section):
    """Trade credit insurance."""

    insured_share: Annotated[Number, share("of a loss, that is insured", "赔付比例")]
    order: Annotated[
        Text,
        said('Steps parted by commas, such as "limit, percentage, deductible, first loss".', "扣减次序"),
        AfterValidator(_order),
    ]
    deductible: Annotated[Number, amount("taken off each claim", "免赔额")]
    first_loss: Annotated[Number, amount("the aggregate first loss of a year", "首损")]
    claim_threshold: Annotated[Number, amount("a debt below it is no claim", "索赔起点")]
    max_liability: Annotated[
        Number | None, Field(ge=0), said("An amount of a year; left out, no maximum.", "最高赔偿限额")
    ] = None
    commercial: Annotated[
        tuple[str, ...],
        listed(f"Some of {', '.join(COMMERCIAL)}.", "商业风险", least=0),
        AfterValidator(_commercial),
    ]
    political: Annotated[
        tuple[str, ...],
        listed(f"Some of {', '.join(POLITICAL)}.", "政治风险", least=0),
        AfterValidator(_political),
    ]
    cargo: Annotated[bool, said("true or false: whether damage in transport is covered.", "货物运输风险")]
    waiting_months: Annotated[
        int, months("after the due date, that a default has to last", "等待月数", most=36)
    ]
    report_overdue_months: Annotated[
        int, months("after the due date, within which to report", "逾期报告月数", most=36)
    ]
    file_within_months: Annotated[
        int, months("after the due date, within which to file a claim", "索赔月数", most=60)
    ]
    pay_within_months: Annotated[
        int, months("after the waiting period, within which the insurer pays", "赔付月数", most=36)
    ]
    maximum_extension_months: Annotated[
        int, months("that a due date may be put off without consent", "最长展期月数", most=36)
    ]
    cut_notice_days: Annotated[int, days("after its notice, when a cut counts", "减额通知天数")]
    report_age_months: Annotated[
        int, months("that a report carries a discretionary limit", "报告有效月数", least=1)
    ]

    @property
    def cover(self) -> Cover:
        """What dates and causes depend on: each covered cause waits as long, insolvency not at all."""
        covered = {*self.commercial, *self.political, *([Cause.CARGO.label] if self.cargo else [])}
        waiting = Period(months=self.waiting_months)
        return Cover(
            waiting={
                cause: Period() if cause is Cause.INSOLVENCY else waiting
                for cause in Cause
                if cause.label in covered
            },
            report_overdue=Period(months=self.report_overdue_months),
            file_within=Period(months=self.file_within_months),
            pay_within=Period(months=self.pay_within_months),
            maximum_extension=Period(months=self.maximum_extension_months),
            cut_notice=Period(days=self.cut_notice_days),
            report_age=Period(months=self.report_age_months),
        )

    @model_validator(mode="after")
    def _checked(self) -> Insurance:
        if self.waiting_months > self.file_within_months:
            raise MisfitError(
                f"the waiting period of {self.waiting_months} months ends after the last day to file, "
                f"{self.file_within_months} months after the due date",
                at=("waiting_months",),
            )
        return self


def _parts(shares: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    if sum(shares) != 1 or min(shares) <= 0:
        raise ValueError(f"the parts add up to {sum(shares)}; each is above 0 and together they are 1")
    return shares


class Plan(Section):
    """Payment plans: how a large order is paid in parts, and how a debt is paid off."""

    parts: Annotated[
        tuple[Number, ...],
        listed("Shares above 0 that add up to 1: deposit, progress, final.", "分期比例"),
        AfterValidator(_parts),
    ]
    least_deposit: Annotated[Number, share("of an order, the least deposit", "最低预付比例")]
    most_deposit: Annotated[Number, share("of an order, the most deposit", "最高预付比例")]
    last_payment_days: Annotated[int, days("after delivery, the last part at the latest", "尾款最晚天数")]
    method: Annotated[Literal["level", "equal principal"], said('"level" or "equal principal".', "还款方式")]
    most_instalments: Annotated[int, whole("instalments", "at most", "最多期数", least=1, most=1200)]

    @model_validator(mode="after")
    def _checked(self) -> Plan:
        if not self.least_deposit <= self.parts[0] <= self.most_deposit:
            raise MisfitError(
                f"the first part {self.parts[0]} is no deposit from {self.least_deposit} "
                f"to {self.most_deposit}",
                at=("parts",),
            )
        return self


class WriteOff(Section):
    """When a debt is proposed for write-off."""

    small_amount: Annotated[Number, amount("up to which a debt is small", "小额上限")]
    small_days: Annotated[int, days("past due, from which a small debt is old", "小额逾期天数")]
    limitation_months: Annotated[int, months("of the period of limitation", "诉讼时效月数", least=1)]
    reminders: Annotated[int, whole("reminders", "that a debt needs first", "催款次数", most=100)]

    @property
    def rules(self) -> WriteOffRules:
        """The numbers of :func:`duebook.plans.propose_write_off`."""
        return WriteOffRules(self.small_amount, self.small_days, self.limitation_months, self.reminders)
