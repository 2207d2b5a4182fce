"""How a customer is looked at: due diligence, the scorecard and its grades, and how default is foreseen."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from duebook.policy.base import (
    Label,
    MisfitError,
    Number,
    Section,
    Text,
    amount,
    listed,
    months,
    number,
    said,
    share,
    unique,
    whole,
)

_ALL: Final = 100
CONTEXT: Final = ("company", "country", "segment", "cyclical")
"""What stands beside a score's factors: it scores nothing, but chooses exceptions and weights."""

Missing = Literal["reweight", "neutral", "worst"]
_MISSING: Final = (
    '"reweight" (the other factors share its weight), "neutral" (it counts neutral_points) '
    'or "worst" (it counts 0)'
)


class Band(Section):
    """Values of a factor that earn the same points: up to a bound, or at least one; the last is open."""

    up_to: Annotated[
        Number | None, said("The highest value of the band, inclusive; the last band has none.", "至多")
    ] = None
    at_least: Annotated[
        Number | None, said("The lowest value of the band, inclusive; the last band has none.", "至少")
    ] = None
    points: Annotated[int, Field(ge=0, le=100), said("Points, 0 to 100.", "分值")]


class Word(Section):
    """A word that a factor may be, and the points it earns."""

    name: Annotated[Text, said("The word.", "取值")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    points: Annotated[int, Field(ge=0, le=100), said("Points, 0 to 100.", "分值")]
    score_at_most: Annotated[
        int | None,
        Field(ge=0, le=100),
        said("The most that the whole score may then be, 0 to 100; left out, no bound.", "总分上限"),
    ] = None


class Factor(Section):
    """One line of the scorecard."""

    name: Annotated[Text, said("The name that formulas write.", "因子")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    aliases: Annotated[
        tuple[Text, ...], listed('Other names, in any language, such as ["WADL"].', "别名", least=0)
    ] = ()
    group: Annotated[Text, said("The name of a [[score.group]].", "类别")]
    weight: Annotated[
        Number,
        number(
            "its weight; the weights of all groups that stand in for none add up to 100",
            "权重",
            least=0,
            most=100,
        ),
    ]
    unit: Annotated[
        Literal["points", "days", "years", "share", "times", "class", "word"],
        said('"points", "days", "years", "share", "times", "class" or "word".', "单位"),
    ]
    lowest: Annotated[
        Number | None, said("The lowest value there can be; left out, no bound.", "最小可能值")
    ] = None
    highest: Annotated[
        Number | None, said("The highest value there can be; left out, no bound.", "最大可能值")
    ] = None
    cyclical: Annotated[
        bool, said("true or false: whether it weighs more in a cyclical industry.", "周期行业加权")
    ] = False
    by_industry: Annotated[
        bool,
        said(
            "true or false: whether the name of an industry stands for the word that is its risk.",
            "按行业风险",
        ),
    ] = False
    missing: Annotated[Missing | None, said(f"{_MISSING}; left out, as [score] missing.", "缺失处理")] = None
    bands: Annotated[
        tuple[Band, ...],
        listed(
            "{ up_to = ..., points = ... } rising, or { at_least = ..., points = ... } falling; "
            "the last open.",
            "分段",
            least=2,
        ),
    ] = ()
    words: Annotated[
        tuple[Word, ...],
        listed(
            '{ name = "...", label = { en = "...", zh = "..." }, points = ... }, two or more.',
            "取值表",
            least=2,
        ),
    ] = ()

    @model_validator(mode="after")
    def _checked(self) -> Factor:
        if (self.unit == "word") != bool(self.words) or (self.unit == "word") == bool(self.bands):
            raise MisfitError(
                f'{self.name!r} needs words where its unit is "word", and bands where it is another',
                at=("unit",),
            )
        if self.by_industry and not self.words:
            raise MisfitError(
                f"{self.name!r} is by industry, so it needs words: one for each risk of an industry",
                at=("by_industry",),
            )
        unique([word.name for word in self.words], f"{self.name!r}: the word", of="words")
        if self.bands:
            self._check_bands()
        if self.lowest is not None and self.highest is not None and self.lowest >= self.highest:
            raise MisfitError(
                f"{self.name!r}: its lowest value {self.lowest} is not below its highest {self.highest}",
                at=("highest",),
            )
        return self

    def _check_bands(self) -> None:
        *closed, last = self.bands
        if (last.up_to, last.at_least) != (None, None):
            raise MisfitError(
                f"{self.name!r}: the last band has a bound, so the bands leave a gap behind it",
                at=("bands", len(closed)),
            )
        kinds = {(band.up_to is None, band.at_least is None) for band in closed}
        if len(kinds) > 1 or kinds & {(True, True), (False, False)}:
            raise MisfitError(
                f"{self.name!r}: every band but the last has up_to, or every one at_least, never both",
                at=("bands",),
            )
        for place, (before, after) in enumerate(pairwise(closed), start=1):
            if before.up_to is not None and after.up_to is not None and before.up_to >= after.up_to:
                raise MisfitError(
                    f"{self.name!r}: the bands up to {before.up_to} and {after.up_to} overlap; "
                    "they must rise",
                    at=("bands", place),
                )
            if (
                before.at_least is not None
                and after.at_least is not None
                and before.at_least <= after.at_least
            ):
                raise MisfitError(
                    f"{self.name!r}: the bands of at least {before.at_least} and {after.at_least} overlap; "
                    "bounds must fall",
                    at=("bands", place),
                )


class FactorGroup(Section):
    """Factors that speak of one thing."""

    name: Annotated[Text, said("The name that factors write.", "类别")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    stands_in_for: Annotated[
        Text | None,
        said(
            "The name of a group that it stands in for where nothing of that is known; left out, none.",
            "替代类别",
        ),
    ] = None


class Score(Section):
    """The scorecard."""

    decimals: Annotated[int, Field(ge=0, le=4), said("A whole number, 0 to 4.", "小数位")]
    missing: Annotated[Missing, said(f"{_MISSING}.", "缺失处理")]
    neutral_points: Annotated[int, Field(ge=0, le=100), said("Points, 0 to 100.", "中性分值")]
    cyclical_weight: Annotated[
        Number,
        number("what the weight of a cyclical factor is multiplied by", "周期行业权重倍数", least=1, most=10),
    ]
    group: Annotated[tuple[FactorGroup, ...], listed("[[score.group]], one or more.", "类别")]
    factor: Annotated[tuple[Factor, ...], listed("[[score.factor]], one or more.", "因子")]

    @model_validator(mode="after")
    def _checked(self) -> Score:
        groups = {group.name: group for group in self.group}
        unique([group.name for group in self.group], "group", of="group")
        unique([factor.name.casefold() for factor in self.factor], "factor", of="factor")
        for place, factor in enumerate(self.factor):
            if factor.group not in groups:
                raise MisfitError(
                    f"{factor.name!r} is of group {factor.group!r}; there are {', '.join(groups)}",
                    at=("factor", place, "group"),
                )
            if factor.name.casefold() in CONTEXT:
                raise MisfitError(
                    f"{factor.name!r} chooses exceptions and weights; no factor can be named so",
                    at=("factor", place, "name"),
                )
        totals = {name: self._weight(name) for name in groups}
        total = sum((totals[name] for name, group in groups.items() if not group.stands_in_for), Decimal(0))
        if total != _ALL:
            raise ValueError(f"the weights of the factors add up to {total}, not to {_ALL}")
        for place, group in enumerate(self.group):
            main = group.stands_in_for
            if main is None:
                continue
            if main not in groups or groups[main].stands_in_for:
                raise MisfitError(
                    f"group {group.name!r} stands in for {main!r}, which is no group of its own; there are "
                    f"{', '.join(name for name, other in groups.items() if not other.stands_in_for)}",
                    at=("group", place, "stands_in_for"),
                )
            if totals[group.name] > totals[main]:
                raise MisfitError(
                    f"group {group.name!r} weighs {totals[group.name]}, more than the "
                    f"{totals[main]} of {main!r}, which it stands in for",
                    at=("group", place),
                )
        return self

    def _weight(self, group: str) -> Decimal:
        return sum((factor.weight for factor in self.factor if factor.group == group), Decimal(0))


class GradeBand(Section):
    """A grade: which scores it has, and what it may be granted."""

    name: Annotated[Text, said('A short text, such as "A".', "等级")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    at_least: Annotated[Number, number("its lowest score, inclusive", "最低分", least=0, most=100)]
    net_worth_share: Annotated[
        Number, share("of tangible net worth, that its limit may be", "有形净资产比例")
    ]
    turnover_share: Annotated[Number, share("of yearly turnover, that its limit may be", "年营业额比例")]


def _bands(bands: tuple[GradeBand, ...]) -> tuple[GradeBand, ...]:
    unique([band.name.casefold() for band in bands], "grade")
    for place, (better, worse) in enumerate(pairwise(bands), start=1):
        if better.at_least <= worse.at_least:
            raise MisfitError(
                f"grade {worse.name} from {worse.at_least} overlaps {better.name} from {better.at_least}; "
                "best first, at_least must fall",
                at=(place,),
            )
    if bands[-1].at_least != 0:
        raise MisfitError(
            f"the last grade {bands[-1].name} begins at {bands[-1].at_least}, so scores below it have no "
            "grade; it begins at 0",
            at=(len(bands) - 1,),
        )
    return bands


class Grade(Section):
    """The grades of the score."""

    band: Annotated[
        tuple[GradeBand, ...],
        listed("[[grade.band]], best first, the last from 0.", "等级"),
        AfterValidator(_bands),
    ]

    @property
    def names(self) -> tuple[str, ...]:
        """The grades, best first."""
        return tuple(band.name for band in self.band)


class Document(Section):
    """What is asked for before a contract is signed."""

    name: Annotated[Text, said("The name of the document.", "资料")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    count: Annotated[int, whole("pieces", "how many are needed", "份数", least=1, most=20)] = 1
    valid_months: Annotated[
        int | None,
        Field(ge=1, le=120),
        said("A whole number of months, 1 to 120; left out, it never ages.", "有效月数"),
    ] = None
    required: Annotated[bool, said("true or false: whether diligence is complete only with it.", "必需")] = (
        True
    )


class QuickStep(Section):
    """A step of the quick check."""

    name: Annotated[Text, said("The name of the step.", "步骤")]
    label: Annotated[Label, said('{ en = "...", zh = "..." }.', "名称")]
    needs: Annotated[Literal["any", "all"], said('"any" or "all" of its documents.', "要求")]
    documents: Annotated[tuple[Text, ...], listed("Names of [[due_diligence.document]].", "资料")]


class DueDiligence(Section):
    """What is looked at before a customer gets credit."""

    document: Annotated[tuple[Document, ...], listed("[[due_diligence.document]], one or more.", "资料")]
    quick: Annotated[tuple[QuickStep, ...], listed("[[due_diligence.quick]], in their order.", "快速评估")]

    @model_validator(mode="after")
    def _checked(self) -> DueDiligence:
        known = [document.name for document in self.document]
        unique(known, "document")
        unique([step.name for step in self.quick], "step", of="quick")
        for place, step in enumerate(self.quick):
            for name in step.documents:
                if name not in known:
                    raise MisfitError(
                        f"step {step.name!r} asks for {name!r}; there are {', '.join(known)}",
                        at=("quick", place, "documents"),
                    )
        return self


Points = Annotated[int, Field(ge=0, le=100), said("Points of risk, 0 to 100.", "风险分")]


class AmountStep(Section):
    """Points of risk for every amount above a bound."""

    above: Annotated[Number, amount("the bound, itself excluded", "大于")]
    points: Points


class DaysStep(Section):
    """Points of risk for every number of days above a bound."""

    above: Annotated[Number, number("the bound in days, itself excluded", "大于", least=0, most=3660)]
    points: Points


class ShareStep(Section):
    """Points of risk for every share above a bound."""

    above: Annotated[Number, share("the bound, itself excluded", "大于")]
    points: Points


_Step = TypeVar("_Step", AmountStep, DaysStep, ShareStep)


def _rising(steps: tuple[_Step, ...]) -> tuple[_Step, ...]:
    for place, (lower, higher) in enumerate(pairwise(steps), start=1):
        if not (lower.above < higher.above and lower.points <= higher.points):
            raise MisfitError(
                f"from {lower.points} points above {lower.above} to {higher.points} points above "
                f"{higher.above}, bounds must rise and points must not fall",
                at=(place,),
            )
    return steps


def _stepped(what: str, zh: str) -> Any:  # noqa: ANN401 - as pydantic's own Field
    return listed(
        f"{{ above = ..., points = ... }} rising, one or more: {what}; the highest that is passed counts.", zh
    )


class Likely(Section):
    """How likely serious delinquency is at so many points of risk."""

    points: Points
    probability: Annotated[Number, share("above 0 and below 1", "概率")]


def _likelier(probabilities: tuple[Likely, ...]) -> tuple[Likely, ...]:
    for place, (lower, higher) in enumerate(pairwise(probabilities), start=1):
        if not (lower.points < higher.points and lower.probability < higher.probability):
            raise MisfitError(
                f"from {lower.probability} at {lower.points} points to {higher.probability} at "
                f"{higher.points} points, both must rise",
                at=(place,),
            )
    for place in (0, len(probabilities) - 1):
        if not 0 < probabilities[place].probability < 1:
            raise MisfitError("every probability is above 0 and below 1", at=(place,))
    return probabilities


class RiskPoints(Section):
    """The fixed points of risk that foresee default where no model is fitted: 0 is best, 100 worst."""

    overdue: Annotated[
        tuple[AmountStep, ...], _stepped("what is overdue", "逾期金额"), AfterValidator(_rising)
    ]
    oldest_overdue: Annotated[
        tuple[DaysStep, ...],
        _stepped("days past due of the oldest item", "最长逾期天数"),
        AfterValidator(_rising),
    ]
    overdue_share: Annotated[
        tuple[ShareStep, ...],
        _stepped("share of what is open that is overdue", "逾期占比"),
        AfterValidator(_rising),
    ]
    days_late: Annotated[
        tuple[DaysStep, ...],
        _stepped("mean days late of past payments, weighted by amount", "加权平均逾期天数"),
        AfterValidator(_rising),
    ]
    share_over_15: Annotated[
        tuple[ShareStep, ...],
        _stepped("share paid more than 15 days late", "付款逾期超15天占比"),
        AfterValidator(_rising),
    ]
    share_over_30: Annotated[
        tuple[ShareStep, ...],
        _stepped("share paid more than 30 days late", "付款逾期超30天占比"),
        AfterValidator(_rising),
    ]
    no_history: Annotated[
        int,
        whole(
            "points",
            "where nothing is known of past payments",
            "无付款记录",
            most=100,
        ),
    ]
    probabilities: Annotated[
        tuple[Likely, ...],
        listed("{ points = ..., probability = ... } rising, two or more.", "分值对应概率", least=2),
        AfterValidator(_likelier),
    ]
    band: Annotated[
        Number,
        number(
            "what divides and multiplies the odds at the ends of the band",
            "区间倍数",
            least=1,
            most=100,
        ),
    ]
    band_missing: Annotated[
        Number, number("the same where a figure is missing", "缺数据时区间倍数", least=1, most=100)
    ]


class Default(Section):
    """What counts as serious delinquency, when history suffices to fit a model, and the points until then."""

    horizon_days: Annotated[
        int, whole("days", "how far ahead default is foreseen", "预测天数", least=1, most=730)
    ]
    late_days: Annotated[
        int, whole("days", "an invoice later than this is seriously late", "严重逾期天数", least=1)
    ]
    least_bad_customers: Annotated[
        int,
        whole(
            "customers",
            "fewer bad ones, and fixed points foresee instead of a fitted model",
            "最少坏客户数",
            most=100_000,
        ),
    ]
    least_months: Annotated[int, months("of history, fewer than which fixed points foresee", "最少历史月数")]
    points: Annotated[RiskPoints, said("A table [default.points].", "专家评分")]
