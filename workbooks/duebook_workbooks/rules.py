"""The policy in force, key by key."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from duebook.policy.changes import keys
from duebook_workbooks.labels import Language, day, label
from duebook_workbooks.sheets import Field
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook.policy import Policy
    from duebook.policy.changes import Key, Plain

_TEXTS: Final = frozenset({"label", "procedure"})  # which stand in both languages


def policy_fields(policy: Policy, language: Language) -> tuple[Field, ...]:
    """Return the columns of the policy's table: a row a key, but for texts in the other language.

    Args:
        policy: The policy.
        language: Of the meanings: English says what is allowed and what it means, Chinese what it is called.
    """
    other: Language = "en" if language == "zh" else "zh"
    shown = [key for key in keys(policy) if not _is_text_in(key, other)]

    def text(header: str, values: list[str], look: Look = Look.TEXT) -> Field:
        return Field(label(header, language), pa.array(values, pa.string()), look)

    return (
        text("setting", [key.name for key in shown], Look.LONG),
        text("meaning", [key.label if language == "zh" else key.meaning for key in shown], Look.LONG),
        text("value", [_value(key.value, language) for key in shown], Look.LONG),
        text("policy name", [policy.name] * len(shown)),
        text("policy version", [policy.version] * len(shown), Look.CODE),
        Field(
            label("valid from", language),
            pa.array([policy.valid_from] * len(shown), pa.date32()),
            Look.DATE,
        ),
    )


def _is_text_in(key: Key, language: Language) -> bool:
    *before, last = key.path
    return last == language and bool(before) and before[-1] in _TEXTS


def _value(value: Plain, language: Language) -> str:
    if isinstance(value, bool):
        return label("yes" if value else "no", language)
    return day(value, language) if isinstance(value, date) else str(value)
