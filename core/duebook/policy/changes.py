"""A policy key by key: what it says, and what differs between two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duebook.policy.whole import Policy

Plain: TypeAlias = str | int | bool | Decimal | date | None


@dataclass(frozen=True)
class Key:
    """A key of a policy and what it says.

    Attributes:
        path: Its tables and itself, entries of lists by name: ``("terms", "industry", "retail", "risk")``.
        value: What it says; None where it is left out.
        meaning: What is allowed and what it means, in English.
        label: What it is called, in Chinese.
    """

    path: tuple[str, ...]
    value: Plain
    meaning: str
    label: str

    @property
    def name(self) -> str:
        """The path as one text."""
        return ".".join(self.path)


@dataclass(frozen=True)
class Change:
    """A key that differs between two policies; None where it is not there.

    Attributes:
        key: Its path as one text.
        before: What the first says.
        after: What the second says.
    """

    key: str
    before: Plain
    after: Plain


def keys(policy: Policy) -> tuple[Key, ...]:
    """Return all that a policy says, in the order of its file."""
    return tuple(_walk(policy, (), "", ""))


def changes(before: Policy, after: Policy) -> tuple[Change, ...]:
    """Return what differs between two policies, in the order of the second, then what only the first says."""
    old = {key.name: key.value for key in keys(before)}
    new = {key.name: key.value for key in keys(after)}
    return tuple(
        Change(name, old.get(name), new.get(name))
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    )


def _walk(value: object, path: tuple[str, ...], meaning: str, label: str) -> Iterator[Key]:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            extra = field.json_schema_extra
            chinese = str(extra.get("zh", "")) if isinstance(extra, dict) else ""
            yield from _walk(getattr(value, name), (*path, name), field.description or "", chinese or label)
        for name, more in (value.model_extra or {}).items():
            yield from _walk(more, (*path, name), meaning, label)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _walk(inner, (*path, str(name)), meaning, label)
    elif isinstance(value, list | tuple):
        for number, entry in enumerate(value, start=1):
            named = entry.get("name") if isinstance(entry, Mapping) else getattr(entry, "name", None)
            yield from _walk(entry, (*path, str(named or number)), meaning, label)
    elif value is not None:
        plain = value if isinstance(value, str | int | bool | Decimal | date) else str(value)
        yield Key(path, plain, meaning, label)
