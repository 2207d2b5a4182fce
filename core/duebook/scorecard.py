"""The customer score (信用评分): 0 to 100 from a scorecard of the policy, with the reasons in words.

The score is the weighted mean of what each factor earns. A factor that nobody knows is treated as the policy
says and lowers the confidence: the part of the weight that is known. What stands in for financial statements
of small firms counts only where no statement figure is known. Some words, such as an insolvency, bound the
whole score. Points and weights are whole numbers inside, so that every way to score gives the same score.
"""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, NoAnswerError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from duebook.policy import Policy
    from duebook.policy.customer import Factor

_BEST: Final = 100
_CARDS_KEPT: Final = 32
_CONFIDENCE: Final = 10_000  # the confidence is told to four places
CONTEXT: Final = ("company", "country", "segment", "cyclical")
_CONTEXT_ZH: Final = {"公司": "company", "国家": "country", "客户细分": "segment", "周期性": "cyclical"}
_YES: Final = frozenset({"yes", "true", "1", "是"})
_NO: Final = frozenset({"no", "false", "0", "否"})
_INDUSTRY: Final = "industry"


@dataclass(frozen=True)
class ScoreLine:
    """What one factor did to a score.

    Attributes:
        factor: Its name in the policy.
        label: Its name in English and in Chinese.
        value: What was given; None where it is missing.
        points: What it adds to the score; all lines together make the score.
        lost: What it keeps the score from 100.
        reason: Why, in English and in Chinese.
    """

    factor: str
    label: tuple[str, str]
    value: Decimal | str | None
    points: Decimal
    lost: Decimal
    reason: tuple[str, str]


@dataclass(frozen=True)
class Scored:
    """A score and how it came about.

    Attributes:
        score: 0 to 100, higher is better, rounded as the policy says.
        confidence: The known part of the weight, 0 to 1.
        lines: A line for each factor that counts or was given, the one that lost most first.
        missing: The factors that were not given, without those that stand in for others.
        chinese: Whether the first factor was named in Chinese.
    """

    score: Decimal
    confidence: Decimal
    lines: tuple[ScoreLine, ...]
    missing: tuple[str, ...]
    chinese: bool


@dataclass(frozen=True)
class Part:
    """A factor as it is reckoned with.

    Attributes:
        factor: Its line of the policy.
        weight: Its weight in whole units, otherwise and in a cyclical industry.
        bounds: The bounds of its bands, rising.
        rising: Whether the bounds are the least value of each band, not the highest.
        words: What each word means: its place among the factor's words.
        main: The group it stands in for; None for a group of its own.
    """

    factor: Factor
    weight: tuple[int, int]
    bounds: tuple[Decimal, ...]
    rising: bool
    words: Mapping[str, int]
    main: str | None

    def place(self, value: Decimal | str) -> int:
        """Return the place of a value among the bands or the words.

        Raises:
            InputError: The value is no number, or none of the words.
            OutOfRangeError: The value lies outside what there can be.
        """
        name = self.factor.name
        if self.factor.words:
            word = folded(value if isinstance(value, str) else _plain(value))
            if word not in self.words:
                known = ", ".join(each.name for each in self.factor.words)
                near = get_close_matches(word, self.words, n=1)
                hint = f"Did you mean {near[0]!r}?" if near else None
                also = ", nor an industry of the policy" if self.factor.by_industry else ""
                raise InputError(f"value: {name} is {_shown(value)}, none of {known}{also}.", hint=hint)
            return self.words[word]
        if isinstance(value, str):
            raise InputError(f"value: {name} is {value!r}, not a number.")
        lowest, highest = self.factor.lowest, self.factor.highest
        if (lowest is not None and value < lowest) or (highest is not None and value > highest):
            bounds = [
                f"{word} {_plain(b)}"
                for word, b in (("at least", lowest), ("at most", highest))
                if b is not None
            ]
            too_high = highest is not None and value > highest
            percentage = too_high and self.factor.unit == "share"
            hint = f"Write {_plain(value / 100)} for {_plain(value)}%." if percentage else None
            raise OutOfRangeError(
                f"value: {name} is {_plain(value)}; {' and '.join(bounds)} is allowed.", hint=hint
            )
        if self.rising:
            return len(self.bounds) - bisect_right(self.bounds, value)
        return bisect_left(self.bounds, value)

    def points(self, place: int) -> int:
        """Return the points of a band or word, 0 to 100."""
        return (self.factor.words or self.factor.bands)[place].points

    def at_most(self, place: int) -> int:
        """Return the most that the whole score may be."""
        most = self.factor.words[place].score_at_most if self.factor.words else None
        return _BEST if most is None else most

    def missing(self, policy: Policy) -> int | None:
        """Return the points of the factor where it is missing; None where the others share its weight."""
        rule = self.factor.missing or policy.score.missing
        return {"neutral": policy.score.neutral_points, "worst": 0}.get(rule)


@dataclass(frozen=True)
class Card:
    """A scorecard, ready to score.

    Attributes:
        policy: The policy it is of.
        parts: The factors, in their order.
        names: The place of each factor by all its names; what only gives context by its name.
        chinese: The names that are Chinese.
        cyclical: The names of the industries that move with the cycle.
    """

    policy: Policy
    parts: tuple[Part, ...]
    names: Mapping[str, int | str]
    chinese: frozenset[str]
    cyclical: frozenset[str]

    def find(self, name: str) -> int | str:
        """Return the place of a factor, or the name of a context.

        Raises:
            InputError: There is none; the hint names the nearest.
        """
        found = self.names.get(folded(name))
        if found is None:
            near = get_close_matches(folded(name), self.names, n=1)
            known = ", ".join(part.factor.name for part in self.parts)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {known}."
            raise InputError(f"factor: {name!r} is no factor of the policy's scorecard.", hint=hint)
        return found


_cards: OrderedDict[int, Card] = OrderedDict()


def card(policy: Policy) -> Card:
    """Return the scorecard of a policy."""
    found = _cards.get(id(policy))
    if found is None or found.policy is not policy:
        found = _cards[id(policy)] = _card(policy)
        while len(_cards) > _CARDS_KEPT:
            _cards.popitem(last=False)
    return found


def folded(name: str) -> str:
    """Return a name as names are compared: in any case, with blanks or underscores."""
    return " ".join(name.replace("_", " ").split()).casefold()


def _card(policy: Policy) -> Card:
    factors = policy.score.factor
    more = policy.score.cyclical_weight
    weights = [(factor.weight, factor.weight * (more if factor.cyclical else 1)) for factor in factors]
    digits = max(max(0, -int(weight.as_tuple().exponent)) for pair in weights for weight in pair)
    mains = {group.name: group.stands_in_for for group in policy.score.group}
    industries = policy.terms.industry
    parts = []
    names: dict[str, int | str] = {**{name: name for name in CONTEXT}, **_CONTEXT_ZH}
    chinese = set(_CONTEXT_ZH)
    for place, (factor, pair) in enumerate(zip(factors, weights, strict=True)):
        words: dict[str, int] = {}
        for number, known in enumerate(factor.words):
            words |= dict.fromkeys(map(folded, (known.name, known.label.en, known.label.zh)), number)
        if factor.by_industry:
            risks = {word.name: number for number, word in enumerate(factor.words)}
            for entry in industries:
                own = map(folded, (entry.name, entry.label.en, entry.label.zh, *entry.aliases))
                words = dict.fromkeys(own, risks[entry.risk]) | words
        rising = bool(factor.bands) and factor.bands[0].at_least is not None
        bounds = [b for band in factor.bands if (b := band.at_least if rising else band.up_to) is not None]
        normal, cyclical = (int(weight.scaleb(digits)) for weight in pair)
        parts.append(
            Part(factor, (normal, cyclical), tuple(sorted(bounds)), rising, words, mains[factor.group])
        )
        every = [factor.name, factor.label.en, factor.label.zh, *factor.aliases]
        names |= dict.fromkeys(map(folded, every), place)
        chinese |= {folded(name) for name in every if not name.isascii()}
    cycles = {
        folded(name)
        for entry in industries
        if entry.cyclical
        for name in (entry.name, entry.label.en, entry.label.zh, *entry.aliases)
    }
    return Card(policy, tuple(parts), names, frozenset(chinese), frozenset(cycles))


def score(inputs: Iterable[tuple[str, Decimal | str | None]], policy: Policy) -> Scored:
    """Return the score of a customer.

    Args:
        inputs: Factors by any of their names, and the value of each; None or empty text where it is missing.
            ``company``, ``country`` and ``segment`` choose the policy's exceptions, as the industry does, and
            ``cyclical`` (yes or no) says whether the industry moves with the cycle, where its name does not.
        policy: The policy.

    Raises:
        InputError: A factor is unknown or stands there twice, a value is not of its kind, or two values
            contradict each other.
        OutOfRangeError: A value lies outside what there can be.
        NoAnswerError: No factor has a value.
    """
    given = list(inputs)
    names = card(policy)
    chinese = bool(given) and folded(given[0][0]) in names.chinese
    context, values = _sorted_out(given, names)
    industry = next((v for place, v in values.items() if names.parts[place].factor.by_industry), None)
    known = industry if isinstance(industry, str) else None
    fitting = policy.of(
        company=context.get("company"),
        country=context.get("country"),
        segment=context.get("segment"),
        industry=known,
    )
    if fitting is not policy:
        names = card(fitting)
        context, values = _sorted_out(given, names)
    if "cyclical" in context:
        cyclical = _flag(context["cyclical"])
    else:
        cyclical = known is not None and folded(known) in names.cyclical
    return _score(names, values, cyclical=cyclical, chinese=chinese)


def _sorted_out(
    given: Sequence[tuple[str, Decimal | str | None]], names: Card
) -> tuple[dict[str, str], dict[int, Decimal | str]]:
    context: dict[str, str] = {}
    values: dict[int, Decimal | str] = {}
    seen: dict[int | str, str] = {}
    for name, value in given:
        found = names.find(name)
        if found in seen:
            other = f" as {seen[found]!r}" if seen[found] != name else ""
            raise InputError(f"factor: {name!r} stands there twice{other}; once is allowed.")
        seen[found] = name
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if isinstance(found, str):
            context[found] = value if isinstance(value, str) else _plain(value)
        else:
            values[found] = value
    return context, values


def _flag(text: str) -> bool:
    word = folded(text)
    if word not in _YES | _NO:
        raise InputError(f"value: cyclical is {text!r}; yes or no is allowed.")
    return word in _YES


def contradiction(values: Mapping[str, Decimal | str]) -> str | None:
    """Return what contradicts what among the values of factors by name; None where nothing does."""

    def number(name: str) -> Decimal | None:
        value = values.get(name)
        return value if isinstance(value, Decimal) else None

    share, oldest = number("overdue share"), number("oldest overdue")
    if share is not None and oldest is not None and (share > 0) != (oldest > 0):
        return (
            f"overdue share {_plain(share)} and oldest overdue {_plain(oldest)} days contradict each other: "
            "both are 0 or neither"
        )
    cash, current = number("cash ratio"), number("current ratio")
    if cash is not None and current is not None and cash > current:
        return f"cash ratio {_plain(cash)} is above current ratio {_plain(current)}, which contains it"
    return None


def _score(names: Card, values: Mapping[int, Decimal | str], *, cyclical: bool, chinese: bool) -> Scored:
    policy, parts = names.policy, names.parts
    against = contradiction({parts[place].factor.name: value for place, value in values.items()})
    if against:
        raise InputError(f"value: {against}.")
    if not values:
        raise NoAnswerError("value: no factor of the scorecard has one.", hint="Give at least one factor.")
    places = {number: parts[number].place(value) for number, value in values.items()}
    counted = _counted(names, places)
    weights = [part.weight[cyclical] for part in parts]
    total = sum(weights[number] for number in counted)
    if total == 0:
        raise NoAnswerError("value: no factor that is given has a weight.")
    own = sum(weight for weight, part in zip(weights, parts, strict=True) if part.main is None)
    known = sum(weights[number] for number in counted if number in places)
    units = 10**policy.score.decimals
    earned = sum(weights[number] * points for number, points in counted.items())
    uncapped = Decimal((2 * earned * units + total) // (2 * total)) / units
    caps = {number: parts[number].at_most(place) for number, place in places.items() if number in counted}
    found = min([uncapped, *map(Decimal, caps.values())])
    bounding = min(caps, key=lambda number: caps[number]) if found < uncapped else None
    lines = []
    for number, part in enumerate(parts):
        if number not in counted and number not in values:
            continue
        share = Decimal(weights[number]) / total if number in counted else Decimal(0)
        points, lost = share * counted.get(number, 0), share * (_BEST - counted.get(number, 0))
        reason = _reason(part, values.get(number), places.get(number), counted.get(number))
        if number == bounding:
            points, lost = points - (uncapped - found), lost + (uncapped - found)
            reason = (
                f"{reason[0]} The whole score is at most {caps[number]}.",
                f"{reason[1]}总分不超过 {caps[number]} 分。",
            )
        label = (part.factor.label.en, part.factor.label.zh)
        lines.append(ScoreLine(part.factor.name, label, values.get(number), points, lost, reason))
    lines.sort(key=lambda line: -line.lost)
    missing = [
        part.factor.name for number, part in enumerate(parts) if number not in values and part.main is None
    ]
    confidence = Decimal((2 * known * _CONFIDENCE + own) // (2 * own)) / _CONFIDENCE
    return Scored(found, confidence, tuple(lines), tuple(missing), chinese)


def _counted(names: Card, places: Mapping[int, int]) -> dict[int, int]:
    """Return the points of each factor that counts: of those known, and those the policy fills in."""
    parts = names.parts
    told = {parts[number].factor.group for number in places if parts[number].main is None}
    stood_in = {parts[number].main for number in places} - {None} - told
    counted: dict[int, int] = {}
    for number, part in enumerate(parts):
        if number in places:
            if part.main is None or part.main in stood_in:
                counted[number] = part.points(places[number])
        elif part.main is None and part.factor.group not in stood_in:
            filled_in = part.missing(names.policy)
            if filled_in is not None:
                counted[number] = filled_in
    return counted


def _reason(
    part: Part, value: Decimal | str | None, place: int | None, points: int | None
) -> tuple[str, str]:
    if value is None or place is None:
        return (
            f"Missing: it counts as {points} of {_BEST} points.",
            f"缺失：按 {points} 分计（满分 {_BEST}）。",
        )
    if points is None:
        return (
            f"Not counted: it stands in for {part.main}, which are known.",
            "不计分：已有所替代的资料。",
        )
    if part.factor.words:
        return _reason_of_word(part, place, points)
    return _reason_of_band(part, value, place, points)


def _reason_of_word(part: Part, place: int, points: int) -> tuple[str, str]:
    words = part.factor.words
    best = max(words, key=lambda word: word.points)
    word = words[place].label
    if points >= best.points:
        return (
            f"{word.en}: {points} of {_BEST} points, the best there is.",
            f"{word.zh}：得 {points} 分（满分 {_BEST}），已为最佳。",
        )
    return (
        f"{word.en}: {points} of {_BEST} points; {best.label.en} would earn {best.points}.",
        f"{word.zh}：得 {points} 分（满分 {_BEST}）；{best.label.zh}可得 {best.points} 分。",
    )


def _reason_of_band(part: Part, value: Decimal | str, place: int, points: int) -> tuple[str, str]:
    unit = part.factor.unit
    better = next((band for band in reversed(part.factor.bands[:place]) if band.points > points), None)
    bound = None if better is None else better.at_least if better.up_to is None else better.up_to
    en, zh = _written(_legible(value, unit, bound), unit)
    if better is None:
        return (
            f"{en}: {points} of {_BEST} points, the best there is.",
            f"{zh}：得 {points} 分（满分 {_BEST}），已为最佳。",
        )
    at_en, at_zh = _written(bound if bound is not None else value, unit)
    word_en, word_zh = ("at most", "不高于") if better.up_to is not None else ("at least", "不低于")
    return (
        f"{en}: {points} of {_BEST} points; {word_en} {at_en} would earn {better.points}.",
        f"{zh}：得 {points} 分（满分 {_BEST}）；{word_zh} {at_zh} 可得 {better.points} 分。",
    )


_UNITS: Final = {"days": ("days", "天"), "years": ("years", "年")}


def _legible(value: Decimal | str, unit: str, bound: Decimal | int | None) -> Decimal | str:
    """Return a measured value with two decimals; with all where it would read like the bound it misses."""
    if isinstance(value, str):
        return value
    short = round(value, 4 if unit == "share" else 2)
    return value if short == bound else short


def _written(value: Decimal | str, unit: str) -> tuple[str, str]:
    if isinstance(value, str):
        return value, value
    if unit == "share":
        text = f"{_plain(value * 100)}%"
        return text, text
    en, zh = _UNITS.get(unit, ("", ""))
    return f"{_plain(value)} {en}".strip(), f"{_plain(value)} {zh}".strip()


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return (text.rstrip("0").removesuffix(".") if "." in text else text) or "0"


def _shown(value: Decimal | str) -> str:
    return repr(value) if isinstance(value, str) else _plain(value)
