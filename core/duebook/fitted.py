"""A fitted scorecard: read from a small JSON file, and scored with nothing but arithmetic."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from duebook.default import (
    LOG_ODDS_A_POINT,
    NAMES,
    Probability,
    folded,
    logistic,
    reason,
    worst_first,
)
from duebook.errors import InputError, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

FORMAT: Final = "duebook scorecard 1"
_BAND: Final = 2.0
_BAND_MISSING: Final = 3.0
_LARGEST: Final = sys.float_info.max
_MOST_DAYS: Final = 36_525


@dataclass(frozen=True)
class Binned:
    """One factor of a fitted scorecard: what each of its bins adds to the log odds.

    Attributes:
        name: The factor.
        edges: The highest value of every bin but the last, rising.
        weights: What each bin adds, one more than there are edges.
        missing: What is added where nothing is known.
    """

    name: str
    edges: tuple[float, ...]
    weights: tuple[float, ...]
    missing: float

    def weight(self, value: float | None) -> float:
        """Return what a value adds to the log odds."""
        if value is None:
            return self.missing
        place = 0
        for edge in self.edges:
            if value <= edge:
                break
            place += 1
        return self.weights[place]

    @property
    def best(self) -> float:
        """The least that any known value adds."""
        return min(self.weights)

    def best_bounds(self) -> tuple[float, float]:
        """Return above and up to which values cost the least."""
        bounds = (-math.inf, *self.edges, math.inf)
        places = [place for place, weight in enumerate(self.weights) if weight == self.best]
        last = places[0]
        while last + 1 in places:
            last += 1
        return bounds[places[0]], bounds[last + 1]


@dataclass(frozen=True)
class Scorecard:
    """A fitted logistic on bins, as its JSON file holds it.

    Attributes:
        event: What is foreseen, in words: ``more than 30 days past due within 180 days``.
        factors: What adds to the log odds, and how much.
        intercept: The log odds before any factor, as fitted.
        slope: What the fitted log odds are multiplied by before the shift; 1 unless it was calibrated.
        shift: What calibration on the newest fully observed window adds to them.
        lookback_days: How far the factors look back from the day; 0 where they do not.
        fitted: When and on what it was fitted, as names and plain values.
        figures: How well it did: predicted against observed, and its measures with their intervals.
    """

    event: str
    factors: tuple[Binned, ...]
    intercept: float
    slope: float = 1.0
    shift: float = 0.0
    lookback_days: int = 0
    fitted: Mapping[str, object] = field(default_factory=dict)
    figures: Mapping[str, object] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, str]:
        """The names of its factors, folded, for :func:`factor_values`; those it does not use among them."""
        return NAMES | {folded(one.name): one.name for one in self.factors}

    @property
    def spreads(self) -> tuple[float, float]:
        """What the band does to the odds, and what it does where a factor is missing."""
        return _BAND, _BAND_MISSING

    def log_odds(self, values: Mapping[str, float | None]) -> float:
        """Return the calibrated log odds of a customer."""
        added = sum(one.weight(values.get(one.name)) for one in self.factors)
        return self.shift + self.slope * (self.intercept + added)

    def score(self, values: Mapping[str, float | None]) -> Probability:
        """Return how likely the event is, with the points lost against the best bin of each factor.

        The band halves and doubles the odds, and divides and multiplies them by three where a factor is
        missing: a rule of ours, half as wide as that of fixed points, and no statistic.

        Args:
            values: Factors and what they are, as of :func:`factor_values`; others are passed over.

        Raises:
            NoAnswerError: Nothing is known of any factor.
        """
        known = {one.name: values.get(one.name) for one in self.factors}
        missing = tuple(name for name, value in known.items() if value is None)
        if len(missing) == len(known):
            raise NoAnswerError(f"factor: nothing is known; one or more of {', '.join(known)} is needed.")
        reasons = []
        for one in self.factors:
            value = known[one.name]
            lost = self.slope * (one.weight(value) - one.best) / LOG_ODDS_A_POINT
            reasons.append(reason(one.name, value, round(max(lost, 0.0), 1), one.best_bounds()))
        odds = self.log_odds(values)
        spread = math.log(self.spreads[bool(missing)])
        return Probability(
            logistic(odds),
            logistic(odds - spread),
            logistic(odds + spread),
            sum(reason.points for reason in reasons),
            worst_first(reasons),
            missing,
        )

    @property
    def digest(self) -> str:
        """The SHA-256 of what scores: the same numbers give the same, whatever is told about them."""
        told = {name: value for name, value in self._plain().items() if name not in {"fitted", "figures"}}
        return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> str:
        """Return the file that :func:`read_scorecard` reads: indented, a line a factor's bins."""
        plain = self._plain()
        factors = ",\n".join(f"    {json.dumps(one, ensure_ascii=False)}" for one in plain["factors"])
        return (
            json.dumps(plain | {"factors": []}, ensure_ascii=False, indent=2).replace(
                '"factors": []', f'"factors": [\n{factors}\n  ]', 1
            )
            + "\n"
        )

    def _plain(self) -> dict[str, Any]:
        factors = [
            {
                "name": one.name,
                "edges": list(one.edges),
                "weights": list(one.weights),
                "missing": one.missing,
            }
            for one in self.factors
        ]
        return {
            "format": FORMAT,
            "event": self.event,
            "lookback_days": self.lookback_days,
            "intercept": self.intercept,
            "slope": self.slope,
            "shift": self.shift,
            "factors": factors,
            "fitted": dict(self.fitted),
            "figures": dict(self.figures),
        }


def read_scorecard(text: str, *, where: str) -> Scorecard:
    """Read a scorecard from the text of its file.

    Args:
        text: The file's content, JSON.
        where: The file's name, for messages.

    Raises:
        InputError: The text is no JSON or no scorecard; the message names the key and what is allowed.
    """
    try:
        content = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not valid JSON: {error}.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else None
        raise InputError(
            f"{where}: format is {found!r}; {FORMAT!r} is allowed.",
            hint="Write the file with `duebook model fit`.",
        )
    keys = Scorecard("", (), 0.0)._plain().keys()  # noqa: SLF001 - our own class
    for wrong, said in (
        (keys - content.keys(), "is missing"),
        (content.keys() - keys, "is no key of a scorecard"),
    ):
        if wrong:
            raise InputError(f"{where}: {min(wrong)} {said}; there are {', '.join(keys)}.")
    read = _Reader(where)
    factors = read.list_of(content["factors"], "factors")
    card = Scorecard(
        event=read.text(content["event"], "event"),
        factors=tuple(read.factor(one, f"factors[{place}]") for place, one in enumerate(factors)),
        intercept=read.number(content["intercept"], "intercept"),
        slope=read.number(content["slope"], "slope"),
        shift=read.number(content["shift"], "shift"),
        lookback_days=read.days(content["lookback_days"], "lookback_days"),
        fitted=read.table(content["fitted"], "fitted"),
        figures=read.table(content["figures"], "figures"),
    )
    names = [folded(one.name) for one in card.factors]
    twice = next((name for name in names if names.count(name) > 1), None)
    if not names or twice is not None:
        said = "is empty" if not names else f"has {twice!r} twice"
        raise InputError(f"{where}: factors {said}; one or more are needed, each with a name of its own.")
    if card.slope <= 0:
        raise InputError(f"{where}: slope is {card.slope:g}; above 0 is allowed.")
    return card


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


class _Reader:
    """Reads values of the file, or says which is wrong and what is allowed."""

    def __init__(self, where: str) -> None:
        self._where = where

    def _refuse(self, key: str, value: object, allowed: str) -> InputError:
        shown = json.dumps(value, ensure_ascii=False)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."  # noqa: PLR2004 - a line of a message
        return InputError(f"{self._where}: {key} is {shown}; {allowed} is allowed.")

    def text(self, value: object, key: str) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._refuse(key, value, "a text")
        return value

    def number(self, value: object, key: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
            raise self._refuse(key, value, "a number")
        return float(value)

    def days(self, value: object, key: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_DAYS:
            raise self._refuse(key, value, f"a whole number from 0 to {_MOST_DAYS}")
        return value

    def list_of(self, value: object, key: str) -> list[object]:
        if not isinstance(value, list):
            raise self._refuse(key, value, "a list")
        return value

    def table(self, value: object, key: str) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self._refuse(key, value, "a table")
        return value

    def factor(self, value: object, key: str) -> Binned:
        content = self.table(value, key)
        wanted = ["name", "edges", "weights", "missing"]
        if sorted(content) != sorted(wanted):
            raise self._refuse(key, sorted(content), f"a table with {', '.join(wanted)}")
        edges, weights = (
            tuple(
                self.number(one, f"{key}.{name}[{place}]")
                for place, one in enumerate(self.list_of(content[name], f"{key}.{name}"))
            )
            for name in ("edges", "weights")
        )
        if any(low >= high for low, high in pairwise(edges)):
            raise self._refuse(f"{key}.edges", list(edges), "a list of rising numbers")
        if len(weights) != len(edges) + 1:
            raise self._refuse(f"{key}.weights", list(weights), f"a list of {len(edges) + 1} numbers")
        name = self.text(content["name"], f"{key}.name")
        return Binned(name, edges, weights, self.number(content["missing"], f"{key}.missing"))
