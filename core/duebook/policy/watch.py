"""What is watched and done: collection, disputes, approval, alerts, reviews, sudden default."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from duebook.policy.base import (
    Label,
    MisfitError,
    Number,
    Procedure,
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

MEASURES: Final = (
    "overdue share",
    "overdue rise",
    "limit use",
    "oldest overdue",
    "days late rise",
    "score drop",
    "grade drop",
    "report change",
    "dispute share",
    "dispute age",
    "cover cut",
    "concentration",
    "event",
    "default rate rise",
    "dso",
    "probability of default",
)
"""What alerts look at, as :mod:`duebook.alerts` works it out."""

Channel = Literal["email", "sms", "letter", "phone", "visit"]


class Stage(Section):
    """A stage of collection: from how many days late on, and what is done."""

    name: Annotated[Text, said("The name that formulas answer.", "阶段")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    from_days: Annotated[
        int,
        Field(ge=-365, le=3660),
        said(
            "Days late from which it applies, inclusive, -365 to 3660; negative is before due.",
            "起始逾期天数",
        ),
    ]
    channels: Annotated[
        tuple[Channel, ...], listed('Some of "email", "sms", "letter", "phone", "visit".', "渠道", least=0)
    ] = ()
    stops_orders: Annotated[
        bool, said("true or false: whether new orders are stopped from this stage on.", "停止发货")
    ] = False
    procedure: Annotated[Procedure, said('{ en = "...", zh = "..." }.', "操作规范")]


class Dunning(Section):
    """The stages of collection."""

    none: Annotated[Text, said("What is answered before the first stage.", "无需催收")]
    disputed: Annotated[Text, said("What is answered for a disputed item.", "争议")]
    disputed_from_days: Annotated[
        int,
        Field(ge=-365, le=3660),
        said("Days late from which a dispute holds collection up, -365 to 3660.", "争议起始天数"),
    ]
    stage: Annotated[tuple[Stage, ...], listed("[[dunning.stage]], earliest first.", "阶段")]

    @model_validator(mode="after")
    def _checked(self) -> Dunning:
        names = [stage.name for stage in self.stage]
        unique(names, "stage", of="stage")
        unique([self.none, self.disputed, *names], "stage")
        for place, (before, after) in enumerate(pairwise(self.stage), start=1):
            if before.from_days >= after.from_days:
                raise MisfitError(
                    f"stage {after.name!r} from {after.from_days} days does not come after {before.name!r} "
                    f"from {before.from_days} days; stages stand in their order",
                    at=("stage", place, "from_days"),
                )
        return self


class Dispute(Section):
    """How long a dispute may take."""

    acknowledge_hours: Annotated[
        int, whole("hours", "within which it is acknowledged in writing", "书面确认小时数", least=1)
    ]
    critical_days: Annotated[int, days("open, from which most become long arrears", "警戒天数", least=1)]
    resolve_days: Annotated[int, days("open, within which it should be resolved", "解决天数", least=1)]
    latest_days: Annotated[int, days("open, within which it has to be resolved", "最晚解决天数", least=1)]

    @model_validator(mode="after")
    def _checked(self) -> Dispute:
        if not self.critical_days <= self.resolve_days <= self.latest_days:
            late = "resolve_days" if self.critical_days > self.resolve_days else "latest_days"
            raise MisfitError("critical_days, resolve_days and latest_days must rise", at=(late,))
        return self


class ApprovalLevel(Section):
    """A level of approval."""

    name: Annotated[Text, said("The name of the level.", "级别")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    up_to: Annotated[
        Number | None,
        Field(ge=0),
        said(
            "The highest limit it may grant by itself, inclusive; left out at the last level, any.",
            "最高审批额度",
        ),
    ] = None


class AutomaticApproval(Section):
    """What is granted without a person."""

    enabled: Annotated[bool, said("true or false.", "启用")]
    up_to: Annotated[Number, amount("the highest limit granted so", "最高额度")]
    least_score: Annotated[Number, number("the lowest score granted so", "最低评分", least=0, most=100)]
    least_confidence: Annotated[Number, share("of the scorecard's weight that has to be known", "最低置信度")]
    new_customers: Annotated[bool, said("true or false: whether a new customer may be granted so.", "新客户")]
    worst_alert: Annotated[Literal["green", "amber"], said('"green" or "amber".', "最差预警")]


class Approval(Section):
    """Who decides on a limit."""

    decide_within_hours: Annotated[
        int, whole("hours", "within which each decision is made", "决策小时数", least=1)
    ]
    four_eyes: Annotated[
        bool, said("true or false: whether nobody decides twice, or on an own request.", "四眼原则")
    ]
    new_customers_pass_all: Annotated[
        bool, said("true or false: whether a new customer passes every level.", "新客户全级审核")
    ]
    automatic: AutomaticApproval
    level: Annotated[tuple[ApprovalLevel, ...], listed("[[approval.level]], lowest first.", "级别")]

    @model_validator(mode="after")
    def _checked(self) -> Approval:
        unique([level.name for level in self.level], "level", of="level")
        *lower, last = self.level
        if last.up_to is not None:
            raise MisfitError(
                f"the last level {last.name!r} has up_to, so nobody may grant more",
                at=("level", len(lower), "up_to"),
            )
        for place, level in enumerate(lower):
            if level.up_to is None:
                raise MisfitError(
                    f"level {level.name!r} has no up_to; only the last may grant any limit",
                    at=("level", place),
                )
        for place, (before, after) in enumerate(pairwise(lower), start=1):
            if before.up_to is not None and after.up_to is not None and before.up_to >= after.up_to:
                raise MisfitError(
                    f"level {after.name!r} up to {after.up_to} is not above {before.name!r} up to "
                    f"{before.up_to}; levels stand in their order",
                    at=("level", place, "up_to"),
                )
        return self


class AlertRule(Section):
    """When a measure is amber, when red, and how far it has to come back."""

    name: Annotated[Text, said("The name of the rule.", "规则")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    measure: Annotated[Text, said(f"One of {', '.join(MEASURES)}.", "指标")]
    unit: Annotated[
        Literal["days", "share", "points", "grades", "count"],
        said('"days", "share", "points", "grades" or "count".', "单位"),
    ]
    amber: Annotated[Number, number("from which it is amber, inclusive", "黄色起点", least=0, most=10**9)]
    red: Annotated[Number, number("from which it is red, inclusive", "红色起点", least=0, most=10**9)]
    back: Annotated[
        Number,
        number("how far it has to fall below a level's start to leave it", "回落幅度", least=0, most=10**9),
    ]
    collect: Annotated[bool, said("true or false: whether it starts collection.", "自动催收")] = False

    @model_validator(mode="after")
    def _checked(self) -> AlertRule:
        if self.measure not in MEASURES:
            raise MisfitError(
                f"{self.name!r} looks at {self.measure!r}; there are {', '.join(MEASURES)}", at=("measure",)
            )
        if not 0 < self.amber <= self.red:
            raise MisfitError(
                f"{self.name!r}: amber is {self.amber} and red {self.red}; amber has to be above 0 and at "
                "most red",
                at=("amber",),
            )
        if self.back >= self.amber:
            raise MisfitError(
                f"{self.name!r}: back {self.back} is not below amber {self.amber}, so it never clears",
                at=("back",),
            )
        return self


class Alert(Section):
    """What is alerted on."""

    rule: Annotated[tuple[AlertRule, ...], listed("[[alert.rule]], one or more.", "规则")]

    @model_validator(mode="after")
    def _checked(self) -> Alert:
        unique([rule.name for rule in self.rule], "rule")
        return self


class Review(Section):
    """How often what is looked at again, and how long what is kept."""

    rating_months: Annotated[int, months("between two ratings of a customer", "评级周期", least=1)]
    audit_months: Annotated[int, months("between two audits of the policy", "政策审计周期", least=1)]
    training_months: Annotated[int, months("between two trainings", "培训周期", least=1)]
    terms_months: Annotated[int, months("between two looks at terms", "账期复核周期", least=1)]
    keep_communications_months: Annotated[
        int, months("of communication that are kept", "沟通记录保留月数", least=1)
    ]


class CrisisStep(Section):
    """A step of the plan for a sudden default."""

    name: Annotated[Text, said("The name of the step.", "步骤")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    within_days: Annotated[int, days("after the default, by which it is done", "完成天数")]
    only_if_insolvent: Annotated[bool, said("true or false.", "仅限破产")] = False
    procedure: Annotated[Procedure, said('{ en = "...", zh = "..." }.', "操作规范")]


class SuddenDefault(Section):
    """The plan for a sudden default, in its order."""

    step: Annotated[tuple[CrisisStep, ...], listed("[[sudden_default.step]], in their order.", "步骤")]

    @model_validator(mode="after")
    def _checked(self) -> SuddenDefault:
        unique([step.name for step in self.step], "step", of="step")
        for place, (before, after) in enumerate(pairwise(self.step), start=1):
            if before.within_days > after.within_days:
                raise MisfitError(
                    f"step {after.name!r} within {after.within_days} days comes after {before.name!r} within "
                    f"{before.within_days} days; steps stand in their order",
                    at=("step", place, "within_days"),
                )
        return self
