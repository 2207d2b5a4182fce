"""The figures of a customer by name: what each is counted in, and what it is called.

Those of the ledger exist for any part of it; those of an assessment only for customers, where a policy and
what is known beyond the ledger join in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Unit(StrEnum):
    """What a figure is counted in."""

    MONEY = "money"  # minor units of the company's currency
    DAYS = "days"
    MONTHS = "months"
    POINTS = "points"
    SHARE = "share"  # 0.2 for 20%
    TEXT = "text"
    DATE = "date"
    FLAG = "flag"


@dataclass(frozen=True)
class Figure:
    """A figure of a customer.

    Attributes:
        name: Its name in store, frames, JSON and formulas.
        unit: What it is counted in.
        en: What it is called in English.
        zh: What it is called in Chinese.
        zero: Whether it is nothing, and not missing, where a customer has nothing.
    """

    name: str
    unit: Unit
    en: str
    zh: str
    zero: bool = False


LEDGER: Final = (
    Figure("open", Unit.MONEY, "Open", "未清金额", zero=True),
    Figure("not_due", Unit.MONEY, "Not due", "未到期", zero=True),
    Figure("overdue", Unit.MONEY, "Overdue", "逾期", zero=True),
    Figure("no_date", Unit.MONEY, "Without due date", "无到期日", zero=True),
    Figure("unapplied", Unit.MONEY, "Unapplied", "未清账", zero=True),
    Figure("oldest_overdue_days", Unit.DAYS, "Oldest overdue item", "最长逾期天数"),
    Figure("average_days_late", Unit.DAYS, "Average days late", "加权平均逾期天数"),
    Figure("average_terms", Unit.DAYS, "Average terms", "加权平均账期"),
    Figure("settled", Unit.MONEY, "Settled by payment", "已收款结清", zero=True),
    Figure("sales", Unit.MONEY, "Sales", "销售额", zero=True),
    Figure("dso", Unit.DAYS, "Days of sales outstanding", "应收账款周转天数"),
    Figure("pay_index", Unit.POINTS, "Payment index", "付款指数"),
    Figure("gross_open", Unit.MONEY, "Open before credits", "未清借项", zero=True),
    Figure("gross_overdue", Unit.MONEY, "Overdue before credits", "逾期借项", zero=True),
    Figure("annual_sales", Unit.MONEY, "Sales of twelve months", "近十二个月销售额", zero=True),
    Figure("months_of_business", Unit.MONTHS, "Months of business", "合作月数"),
)
"""Of any part of the ledger, as :func:`duebook_etl.profile.summary` defines them."""
ASSESSED: Final = (
    Figure("score", Unit.POINTS, "Score", "信用评分"),
    Figure("grade", Unit.TEXT, "Grade", "信用等级"),
    Figure("confidence", Unit.SHARE, "Confidence of the score", "评分置信度"),
    Figure("default_probability", Unit.SHARE, "Probability of serious delinquency", "违约概率"),
    Figure("default_model", Unit.TEXT, "Model of that probability", "违约概率模型"),
    Figure("term_days", Unit.DAYS, "Terms by policy", "政策账期"),
    Figure("terms_tier", Unit.TEXT, "Tier of terms", "账期层级"),
    Figure("credit_limit", Unit.MONEY, "Credit limit", "信用额度"),
    Figure("limit_method", Unit.TEXT, "What the limit comes from", "额度依据"),
    Figure("limit_expires", Unit.DATE, "Limit expires", "额度到期日"),
    Figure("exposure", Unit.MONEY, "Exposure, gross", "敞口总额", zero=True),
    Figure("mitigants", Unit.MONEY, "Mitigants", "敞口抵减", zero=True),
    Figure("net_exposure", Unit.MONEY, "Exposure, net", "敞口净额", zero=True),
    Figure("uninsured", Unit.MONEY, "Uninsured exposure", "未投保敞口", zero=True),
    Figure("headroom", Unit.MONEY, "Headroom", "可用额度"),
    Figure("limit_use", Unit.SHARE, "Use of the limit", "额度使用率"),
    Figure("over_limit", Unit.FLAG, "Over the limit", "超额度"),
    Figure("group_head", Unit.TEXT, "Head of the group", "集团母公司"),
    Figure("group_exposure", Unit.MONEY, "Exposure of the group, net", "集团敞口净额"),
    Figure("dunning_stage", Unit.TEXT, "Stage of collection", "催收阶段"),
    Figure("alert", Unit.TEXT, "Alert", "预警级别"),
    Figure("alert_rule", Unit.TEXT, "Rule of the alert", "触发规则"),
    Figure("alert_reasons", Unit.TEXT, "Reasons of the alert", "预警原因"),
    Figure("provision", Unit.MONEY, "Provision at fixed rates", "固定比例减值准备", zero=True),
    Figure("provision_matrix", Unit.MONEY, "Provision at own loss rates", "迁徙率法减值准备", zero=True),
    Figure("provision_method", Unit.TEXT, "How it is provided for", "减值计提方式"),
    Figure("late_interest", Unit.MONEY, "Late interest accrued", "应计逾期利息", zero=True),
    Figure("review_due", Unit.DATE, "Next review due", "下次复核日"),
)
"""Of customers only, as :func:`duebook.assessment.assess` defines them."""
ALL: Final = (*LEDGER, *ASSESSED)
LEDGER_FIGURES: Final = tuple(figure.name for figure in LEDGER)
FIGURES: Final = tuple(figure.name for figure in ALL)
MONEY: Final = tuple(figure.name for figure in ALL if figure.unit is Unit.MONEY)
SHARES: Final = tuple(figure.name for figure in ALL if figure.unit is Unit.SHARE)
NOTHING: Final = {figure.name: 0 if figure.zero else None for figure in ALL}
"""The figures of a customer with nothing posted: no money, and no days to take a mean of."""
