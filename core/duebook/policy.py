"""The credit policy: every number of a rule, named, dated and versioned in one TOML file.

The packaged default is ``standard-2025-11``. A policy is checked when it is read: an error names the file,
the line, the key and what is allowed.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from datetime import date
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from duebook.aging import checked_edges
from duebook.errors import InputError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class _Section(BaseModel):
    """A table of the policy: no unknown key, no change after reading, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _edges(edges: tuple[int, ...]) -> tuple[int, ...]:
    try:
        return checked_edges(edges)
    except InputError as error:
        raise ValueError(error.message.removeprefix("edges: ")) from None


class Anchor(_Section):
    """A point of the payment index and the average days late it stands for."""

    points: Annotated[int, Field(ge=0, le=100, description="Points of the index, 0 to 100.")]
    days_late: Annotated[int, Field(ge=-3650, le=3650, description="Average days late; negative is early.")]


def _anchors(anchors: tuple[Anchor, ...]) -> tuple[Anchor, ...]:
    for better, worse in pairwise(anchors):
        if better.points <= worse.points or better.days_late >= worse.days_late:
            raise ValueError(
                f"from {better.points} points at {better.days_late} days to {worse.points} points at "
                f"{worse.days_late} days, points must fall and days rise"
            )
    return anchors


class Aging(_Section):
    """How open amounts are aged."""

    edges: Annotated[
        tuple[int, ...],
        Field(
            strict=False,
            min_length=1,
            description="Increasing whole numbers of days, such as [0, 30, 60, 90].",
        ),
        AfterValidator(_edges),
    ]


class Turnover(_Section):
    """How receivables are held against sales."""

    days: Annotated[int, Field(ge=1, le=3660, description="A whole number of days, 1 to 3660.")]


class Behaviour(_Section):
    """How far past payments count."""

    months: Annotated[int, Field(ge=1, le=120, description="A whole number of months, 1 to 120.")]


class PayIndex(_Section):
    """How average days late become points."""

    anchors: Annotated[
        tuple[Anchor, ...],
        Field(
            strict=False,
            min_length=2,
            description="Two or more of { points = ..., days_late = ... }, best first, points 0 to 100.",
        ),
        AfterValidator(_anchors),
    ]


class Policy(_Section):
    """A whole credit policy, as it was written.

    Attributes:
        name: What people call it; shown on every workbook.
        version: Changes whenever a number does.
        valid_from: The first day it applies.
        aging: How open amounts are aged.
        turnover: How receivables are held against sales.
        behaviour: How far past payments count.
        pay_index: How average days late become points.
    """

    name: Annotated[_Text, Field(description="A short text.")]
    version: Annotated[_Text, Field(description='A short text, such as "1".')]
    valid_from: Annotated[date, Field(description="A date without quotes, such as 2025-11-01.")]
    aging: Aging
    turnover: Turnover
    behaviour: Behaviour
    pay_index: PayIndex

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content, in hexadecimal: the same numbers, however laid out, give the same."""
        content = json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        return hashlib.sha256(content.encode()).hexdigest()


@cache
def default_policy() -> Policy:
    """Return the policy that ships with Duebook, ``standard-2025-11``."""
    text = files("duebook").joinpath("default_policy.toml").read_text(encoding="utf-8")
    return parse_policy(text, where="default_policy.toml")


def parse_policy(text: str, *, where: str) -> Policy:
    """Read a policy from the text of its file.

    Args:
        text: The file's content, TOML.
        where: The file's name, for messages.

    Returns:
        The policy.

    Raises:
        InputError: The text is no TOML, a key is missing or unknown, or a value is not allowed; the message
            names the file, the line, the key and what is allowed.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}: not valid TOML: {error}.") from None
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise _explained(error.errors(include_url=False), text, where) from None


_TABLE: Final = re.compile(r"\s*\[+\s*([^\[\]]+?)\s*\]+\s*(#.*)?")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")


def _explained(errors: list[ErrorDetails], text: str, where: str) -> InputError:
    # A key with a typo is both unknown and missing: the unknown one is what the person sees in the file.
    error = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    names = [part for part in error["loc"] if isinstance(part, str)]
    key = ".".join(names)
    line = _line(text, names)
    entry = next((f", entry {part + 1}" for part in error["loc"] if isinstance(part, int)), "")
    place = f"{where}, line {line}{entry}" if line else where
    if error["type"] == "extra_forbidden":
        known = _keys(names[:-1])
        near = get_close_matches(names[-1], known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Allowed: {', '.join(known)}."
        return InputError(f"{place}: {key!r} is no key of a policy.", hint=hint)
    hint = f"Allowed: {_allowed(names)}"
    if error["type"] == "missing":
        return InputError(f"{place}: {key} is missing.", hint=hint)
    reason = f": {str(error['ctx']['error']).rstrip('.')}" if error["type"] == "value_error" else ""
    return InputError(f"{place}: {key} = {_shown(error['input'])} is not allowed{reason}.", hint=hint)


def _shown(value: object) -> str:
    text = (
        value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False, default=str)
    )
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - as much as one line of a message bears


def _model(names: list[str]) -> type[BaseModel] | None:
    model: type[BaseModel] = Policy
    for name in names:
        field = model.model_fields.get(name)
        inner = field.annotation if field else None
        inner = Anchor if inner == tuple[Anchor, ...] else inner
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return None
        model = inner
    return model


def _keys(table: list[str]) -> list[str]:
    model = _model(table)
    return list(model.model_fields) if model else []


def _allowed(names: list[str]) -> str:
    model = _model(names[:-1])
    description = model.model_fields[names[-1]].description if model else None
    return description or f"A table with {', '.join(_keys(names))}."


def _line(text: str, names: list[str]) -> int:
    """Return the line of a key, else of the nearest table around it, else 0."""
    best, best_depth, table = 0, 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = _TABLE.fullmatch(line), _KEY.match(line)
        if header:
            table = [part.strip() for part in header[1].split(".")]
            path = table
        elif key:
            path = [*table, key[1]]
        else:
            continue
        if path == names[: len(path)] and len(path) > best_depth:
            best, best_depth = number, len(path)
    return best
