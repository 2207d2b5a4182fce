"""Reads a policy from its file, and says what is wrong with one: file, line, key, and what is allowed."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel, ValidationError

from duebook.errors import InputError
from duebook.policy.base import plain
from duebook.policy.whole import Policy, merged, place_of
from duebook.toml_lines import Lines, Place

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SHOWN: Final = 80  # as much as one line of a message bears


@cache
def default_policy() -> Policy:
    """Return the policy that ships with Duebook, ``standard-2025-11``."""
    return parse_policy(default_text(), where="default_policy.toml")


def default_text() -> str:
    """Return the file of the policy that ships with Duebook."""
    return files("duebook").joinpath("default_policy.toml").read_text(encoding="utf-8")


def parse_policy(text: str, *, where: str, unsaid: Policy | None = None) -> Policy:
    """Read a policy from the text of its file.

    Args:
        text: The file's content, TOML.
        where: The file's name, for messages.
        unsaid: The policy whose keys stand for those that the text lacks; left out, all have to be there.

    Returns:
        The policy.

    Raises:
        InputError: The text is no TOML, a key is missing or unknown, or a value is not allowed, also where
            an exception says so; the message names the file, the line, the key and what is allowed.
    """
    try:
        content = tomllib.loads(text, parse_float=lambda number: plain(Decimal(number)))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{where}: not valid TOML: {error}.") from None
    if unsaid is not None:
        content = _completed(content, unsaid.model_dump(exclude={"exception"}, exclude_unset=True))
    lines = Lines(text)
    try:
        policy = Policy.model_validate(content)
    except ValidationError as error:
        raise _explained(error.errors(include_url=False), _Place(lines, where)) from None
    base = {key: value for key, value in content.items() if key != "exception"}
    idle = next((number for number, one in enumerate(policy.exception) if not one.changes), None)
    if idle is not None and unsaid is None:
        raise InputError(
            f"{_Place(lines, where).of(('exception', idle))}: exception {idle + 1} changes nothing.",
            hint="Write what differs below where, such as limit.rounding_step = 500.",
        )
    for number in range(len(policy.exception)):
        _check_exception(policy, number, base, _Place(lines, where))
    try:
        policy.check_exceptions()
    except InputError as error:
        raise InputError(f"{where}: {error.message}") from None
    policy.keep_text(text)
    return policy


def _completed(content: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return content with the keys that it lacks from another; a list stays as it is."""
    found = dict(other)
    for key, value in content.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = _completed(value, found[key]) if both else value
    return found


class _Place:
    """Where in a file a message points."""

    def __init__(self, lines: Lines, file: str) -> None:
        self._lines, self._file = lines, file

    def of(self, place: Place) -> str:
        """Return ``policy.toml, line 7``, with the number of an entry that has no line of its own."""
        line = self._lines.find(place)
        if not line:
            return self._file
        depth = max((depth for depth, part in enumerate(place, start=1) if isinstance(part, int)), default=0)
        unseen = depth and not self._lines.has(place[:depth])
        return f"{self._file}, line {line}{f', entry {int(place[depth - 1]) + 1}' if unseen else ''}"


def _check_exception(policy: Policy, number: int, base: Mapping[str, Any], place: _Place) -> None:
    start: Place = ("exception", number)
    changes = policy.exception[number].changes
    for key in changes:
        if key not in Policy.sections:
            raise InputError(
                f"{place.of((*start, key))}: {key!r} is no section of a policy that an exception changes.",
                hint=_near(key, ["where", *Policy.sections]),
            )
    for name in policy.exception[number].where.industry:
        if policy.find_industry(name) is None:
            known = [entry.name for entry in policy.terms.industry]
            raise InputError(
                f"{place.of((*start, 'where', 'industry'))}: {name!r} is no industry of [[terms.industry]].",
                hint=_near(name, known),
            )
    whole = merged(base, changes)
    try:
        Policy.model_validate(whole)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise _explained(details, place, within=_Within(number, changes, whole)) from None


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Allowed: {', '.join(known)}."


class _Within:
    """Finds what an exception wrote, by its place in the policy that the exception was merged into."""

    def __init__(self, number: int, changes: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
        self._number, self._changes, self._whole = number, changes, whole

    def of(self, place: Place) -> Place:
        """Return the place in the file; what the exception did not write is the nearest thing around it."""
        found: list[str | int] = ["exception", self._number]
        change: Any = self._changes
        whole: Any = self._whole
        for part in place:
            entry: str | int = part
            if isinstance(part, int) and isinstance(whole, list) and isinstance(change, list):
                name = whole[part].get("name") if isinstance(whole[part], Mapping) else None
                names = [each.get("name") if isinstance(each, Mapping) else None for each in change]
                entry = names.index(name) if name is not None and name in names else part
            try:
                change = change[entry]
            except (KeyError, IndexError, TypeError):
                if isinstance(part, str):
                    found.append(part)
                break
            found.append(entry)
            whole = whole[part]
        return tuple(found)

    @property
    def prefix(self) -> str:
        """What a message says before the key."""
        return f"exception {self._number + 1}: "


def _explained(errors: list[ErrorDetails], place: _Place, *, within: _Within | None = None) -> InputError:
    # A key with a typo is both unknown and missing: the unknown one is what the person sees in the file.
    error = min(errors, key=lambda error: error["type"] != "extra_forbidden")
    at = place_of(error)
    names = [part for part in at if isinstance(part, str)]
    key = ".".join(names)
    start = f"{place.of(within.of(at) if within else at)}: {within.prefix if within else ''}"
    if error["type"] == "extra_forbidden":
        return InputError(f"{start}{key!r} is no key of a policy.", hint=_near(names[-1], _keys(names[:-1])))
    hint = f"Allowed: {_allowed(names)}"
    if error["type"] == "missing":
        return InputError(f"{start}{key} is missing.", hint=hint)
    reason = str(error["ctx"]["error"]).rstrip(".") if error["type"] == "value_error" else ""
    if reason and (not names or isinstance(error["input"], Mapping)):
        # What several keys come to together: the table as it was written would say less than the reason.
        return InputError(f"{start}{key}{': ' if key else ''}{reason}.")
    because = f": {reason}" if reason else ""
    return InputError(f"{start}{key} = {_shown(error['input'])} is not allowed{because}.", hint=hint)


def _shown(value: object) -> str:
    text = (
        value.isoformat()
        if isinstance(value, date)
        else json.dumps(value, ensure_ascii=False, default=_plain)
    )
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)


def _model(names: list[str]) -> type[BaseModel] | None:
    model: type[BaseModel] = Policy
    for name in names:
        field = model.model_fields.get(name)
        found = _section(field.annotation) if field else None
        if found is None:
            return None
        model = found
    return model


def _section(annotation: object) -> type[BaseModel] | None:
    """Return the section that a field holds, one or many of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section(part))), None)


def _keys(table: list[str]) -> list[str]:
    model = _model(table)
    return list(model.model_fields) if model else []


def _allowed(names: list[str]) -> str:
    model = _model(names[:-1])
    description = model.model_fields[names[-1]].description if model and names else None
    return description or f"A table with {', '.join(_keys(names))}."
