"""The probability of serious delinquency (违约概率), by fixed points or by a fitted scorecard.

The event: of the invoices that fall due within a horizon (180 days) after a day, at least one stays unpaid
for more than a bound (30 days) past due. What is overdue on the day itself is an input and no outcome: the
question is what comes of credit that runs or is given now.

With little history nothing can be fitted, and :class:`ExpertPoints` say it, with a wide band. With enough, a
:class:`Scorecard` does that ``duebook model fit`` has fitted: a small JSON file, scored here with nothing but
arithmetic. Both give reasons: the points lost against the best that each factor could be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, NoAnswerError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from duebook.policy import Policy
    from duebook.policy.customer import AmountStep, DaysStep, ShareStep

NO_HISTORY: Final = "no history"
"""What the points of a customer without payments are called among the reasons."""
DECIMALS: Final = 9
POINTS_TO_DOUBLE: Final = 20
"""How many points of a scorecard double the odds."""
LOG_ODDS_A_POINT: Final = math.log(2) / POINTS_TO_DOUBLE
"""What one point of a scorecard is worth."""


@dataclass(frozen=True)
class Factor:
    """What is known of a customer on a day, by one name in formulas, files and frames.

    Attributes:
        name: The name that formulas and model files write.
        zh: The Chinese name.
        others: Other names.
        lowest: The lowest value there can be.
        highest: The highest value there can be.
        share: Whether it is a share: 0.2 for 20%.
    """

    name: str
    zh: str
    others: tuple[str, ...] = ()
    lowest: float = 0.0
    highest: float = math.inf
    share: bool = False


FACTORS: Final = (
    Factor("overdue", "逾期金额", ("overdue amount",)),
    Factor("oldest overdue", "最长逾期天数", ("oldest overdue days", "oldest days past due")),
    Factor("overdue share", "逾期占比", ("share overdue",), highest=1.0, share=True),
    Factor(
        "days late",
        "加权平均逾期天数",
        ("average days late", "weighted average days late"),
        lowest=-math.inf,
    ),
    Factor("share over 15", "付款逾期超15天占比", ("share over 15 days",), highest=1.0, share=True),
    Factor("share over 30", "付款逾期超30天占比", ("share over 30 days",), highest=1.0, share=True),
    Factor("worst days late", "最大逾期天数", lowest=-math.inf),
    Factor("overdue items", "逾期笔数"),
    Factor("overdue to sales", "逾期占销售额比例", share=True),
    Factor("invoices a month", "月均发票数"),
    Factor("quiet days", "距最近发票天数"),
)
"""The factors of payment behaviour. Days late count early payment negative; shares are of the amount paid."""
_BY_NAME: Final = {factor.name: factor for factor in FACTORS}
NOW: Final = ("overdue", "oldest overdue", "overdue share")
"""The factors of what is overdue now: where one of the first two is 0 nothing is, and all three are."""
POINTED: Final = (*NOW, "days late", "share over 15", "share over 30")
"""The factors that fixed points look at."""
HISTORY: Final = frozenset({"days late", "share over 15", "share over 30"})
"""The factors that past payments make."""


def folded(name: str) -> str:
    """Return a name as names are compared: without case, underscores and double blanks."""
    return " ".join(name.replace("_", " ").split()).casefold()


NAMES: Final = {folded(name): f.name for f in FACTORS for name in (f.name, f.zh, *f.others)}
"""Every name of a factor, folded, and the factor's own."""


def factor_values(
    pairs: Iterable[tuple[str, Decimal | float | None]],
    known: Mapping[str, str] = NAMES,
) -> dict[str, float | None]:
    """Return what is known of a customer by the factors' own names.

    Args:
        pairs: Names, in English or Chinese and in any case, and values; None where nothing is known.
        known: The names there are, folded, and what each is called here.

    Raises:
        InputError: A name is no factor's, or stands there with two values.
        OutOfRangeError: A value is one that its factor cannot have.
    """
    values: dict[str, float | None] = {}
    for name, value in pairs:
        found = known.get(folded(name))
        if found is None:
            near = get_close_matches(folded(name), known, n=1)
            names = ", ".join(dict.fromkeys(known.values()))
            hint = f"Did you mean {known[near[0]]!r}?" if near else f"There are {names}."
            raise InputError(f"factor: {name!r} is no factor of this model.", hint=hint)
        number = None if value is None else float(value)
        if found in values and values[found] != number:
            raise InputError(f"factor: {found!r} stands there twice, with {values[found]} and {number}.")
        values[found] = number if number is None else _allowed(found, number)
    return values


def bounds(name: str) -> tuple[float, float]:
    """Return the lowest and the highest value that a factor can be."""
    factor = _BY_NAME.get(name)
    return (factor.lowest, factor.highest) if factor else (-math.inf, math.inf)


def chinese(name: str) -> str:
    """Return a factor's Chinese name; the name itself where it has none."""
    if name == NO_HISTORY:
        return "无付款记录"
    return _BY_NAME[name].zh if name in _BY_NAME else name


def _allowed(name: str, value: float) -> float:
    factor = _BY_NAME.get(name)
    if not math.isfinite(value):
        raise OutOfRangeError(f"value: {name} is {value}, no finite number.")
    if factor is not None and not factor.lowest <= value <= factor.highest:
        hint = "Write a share as 0.2 for 20%." if factor.share else None
        allowed = f"{factor.lowest:g} to {factor.highest:g}" if factor.share else f"{factor.lowest:g} or more"
        raise OutOfRangeError(f"value: {name} is {value:g}; {allowed} is allowed.", hint=hint)
    return value


@dataclass(frozen=True)
class Reason:
    """What a factor costs a customer.

    Attributes:
        factor: The factor.
        value: What it is; None where nothing is known.
        points: The points lost against the best that it could be.
        en: The reason in words, in English.
        zh: The reason in words, in Chinese.
    """

    factor: str
    value: float | None
    points: float
    en: str
    zh: str


@dataclass(frozen=True)
class Probability:
    """How likely serious delinquency is, and why.

    Attributes:
        probability: From 0 to 1.
        low: The lower end of its band.
        high: The upper end.
        points: Points of risk: by expert points 0 to 100, by a scorecard those lost to its best customer.
        reasons: What cost points, the worst first.
        missing: The factors that nothing was known of.
    """

    probability: float
    low: float
    high: float
    points: float
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]


def logistic(log_odds: float) -> float:
    """Return the probability of log odds, to nine decimals: so many that a column gives the same."""
    return round(0.5 * (1 + math.tanh(log_odds / 2)), DECIMALS)


def _number(value: float, *, share: bool) -> str:
    return f"{value:.0%}" if share and abs(value) >= 0.1 else f"{value:.1%}" if share else f"{value:.4g}"  # noqa: PLR2004


def reason(name: str, value: float | None, points: float, best: tuple[float, float]) -> Reason:
    """Say what a factor is, and what it would have to be to cost nothing.

    Args:
        name: The factor.
        value: What it is; None where nothing is known.
        points: The points lost.
        best: Above and up to what values cost nothing.
    """
    factor = _BY_NAME.get(name)
    share = factor.share if factor else False
    zh_name = factor.zh if factor else name
    en_value = "unknown" if value is None else _number(value, share=share)
    zh_value = "未知" if value is None else en_value
    above, up_to = best
    low, high = _number(above, share=share), _number(up_to, share=share)
    if math.isinf(up_to):
        ideal_en, ideal_zh = f"above {low}", f"大于 {low}"
    elif math.isinf(above):
        ideal_en, ideal_zh = f"up to {high}", f"不超过 {high}"
    else:
        ideal_en, ideal_zh = f"above {low}, up to {high}", f"大于 {low} 且不超过 {high}"
    if math.isinf(above) and math.isinf(up_to):
        ideal_en, ideal_zh = "known", "有数据"
    return Reason(
        name,
        value,
        points,
        f"{name[0].upper()}{name[1:]}: {en_value}; best is {ideal_en}.",
        f"{zh_name}：{zh_value}，最佳为{ideal_zh}。",  # noqa: RUF001 - Chinese punctuation
    )


@dataclass(frozen=True)
class Step:
    """Points for every value above a bound.

    Attributes:
        above: The bound, itself excluded.
        points: The points; of several steps the highest that is passed counts.
    """

    above: float
    points: int


@dataclass(frozen=True)
class ExpertPoints:
    """Fixed points of risk, for when there is too little history to fit a model: 0 is best, 100 worst.

    They stand in the policy (:meth:`of`). Those that ship were written down from the trade's practice and
    fitted to nothing; so is the probability that they stand for, and its band is wide.

    Attributes:
        overdue: Of what is overdue now, in the company's currency.
        oldest_overdue: Of the days past due of the oldest item.
        overdue_share: Of the share of what is open that is overdue.
        days_late: Of the amount-weighted mean of days late of past payments.
        share_over_15: Of the share paid more than 15 days late.
        share_over_30: Of the share paid more than 30 days late.
        no_history: Where none of the three figures of past payments is known.
        probabilities: Points, rising, and the probability that each stands for; between two the log odds are
            linear.
        band: What the odds are divided and multiplied by at the ends of the band.
        band_missing: The same where a figure is missing.
    """

    overdue: tuple[Step, ...]
    oldest_overdue: tuple[Step, ...]
    overdue_share: tuple[Step, ...]
    days_late: tuple[Step, ...]
    share_over_15: tuple[Step, ...]
    share_over_30: tuple[Step, ...]
    no_history: int
    probabilities: tuple[tuple[int, float], ...]
    band: float
    band_missing: float

    @classmethod
    def of(cls, policy: Policy) -> ExpertPoints:
        """Return the points of a policy, which has checked them: section ``[default.points]``."""
        rules = policy.default.points
        return cls(
            overdue=_steps(rules.overdue),
            oldest_overdue=_steps(rules.oldest_overdue),
            overdue_share=_steps(rules.overdue_share),
            days_late=_steps(rules.days_late),
            share_over_15=_steps(rules.share_over_15),
            share_over_30=_steps(rules.share_over_30),
            no_history=rules.no_history,
            probabilities=tuple((one.points, float(one.probability)) for one in rules.probabilities),
            band=float(rules.band),
            band_missing=float(rules.band_missing),
        )

    def scales(self) -> dict[str, tuple[Step, ...]]:
        """Return the points of each factor, by its name."""
        return {name: getattr(self, name.replace(" ", "_")) for name in POINTED}

    @property
    def spreads(self) -> tuple[float, float]:
        """What the band does to the odds, and what it does where a figure is missing."""
        return self.band, self.band_missing

    def score(self, values: Mapping[str, float | None]) -> Probability:
        """Return how likely serious delinquency is by these points.

        Nothing overdue costs nothing: where the amount is known to be 0, age and share need not be given.
        Where no figure of past payments is known the points for no history stand for all three; a single one
        that is missing costs nothing and widens the band.

        Args:
            values: Factors and what they are, as of :func:`factor_values`; others are passed over.

        Raises:
            NoAnswerError: Nothing is known of any factor.
        """
        scales = self.scales()
        known = {name: value for name in scales if (value := values.get(name)) is not None}
        if not known:
            raise NoAnswerError(f"factor: nothing is known; one or more of {', '.join(scales)} is needed.")
        if any(known.get(name) == 0 for name in NOW[:2]):
            for name in NOW:
                known.setdefault(name, 0.0)
        reasons = [
            reason(name, value, _passed(scales[name], value), (-math.inf, scales[name][0].above))
            for name, value in known.items()
            if scales[name]
        ]
        if not known.keys() & HISTORY:
            reasons.append(
                Reason(
                    NO_HISTORY,
                    None,
                    self.no_history,
                    "No payment is known yet.",
                    "尚无付款记录。",
                )
            )
        missing = tuple(name for name in scales if name not in known)
        points = sum(reason.points for reason in reasons)
        odds = self.log_odds(points)
        spread = math.log(self.spreads[bool(missing)])
        return Probability(
            logistic(odds),
            logistic(odds - spread),
            logistic(odds + spread),
            points,
            worst_first(reasons),
            missing,
        )

    def log_odds(self, points: float) -> float:
        """Return the log odds that points stand for."""
        anchors = [(at, math.log(p / (1 - p))) for at, p in self.probabilities]
        if points <= anchors[0][0]:
            return anchors[0][1]
        for (start, low), (end, high) in pairwise(anchors):
            if points <= end:
                return low + (points - start) / (end - start) * (high - low)
        return anchors[-1][1]


def _steps(steps: Iterable[AmountStep | DaysStep | ShareStep]) -> tuple[Step, ...]:
    return tuple(Step(float(step.above), step.points) for step in steps)


def _passed(steps: tuple[Step, ...], value: float) -> int:
    return max((step.points for step in steps if value > step.above), default=0)


def worst_first(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the reasons that cost points, the worst first."""
    return tuple(sorted((r for r in reasons if r.points > 0), key=lambda r: -r.points))
