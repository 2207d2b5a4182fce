"""What every section of a policy is made of: exact numbers, labels in two languages, described keys."""

from __future__ import annotations

import re
from decimal import Decimal, getcontext
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

_DAYS: Final = 3660
_MONTHS: Final = 1200
_AMOUNT: Final = 10**15
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_BREAK: Final = re.compile(r"[\t\n]")


class MisfitError(ValueError):
    """Several keys contradict each other.

    Attributes:
        at: The key to look at, from the table that was checked: ``("factor", 3, "group")``.
    """

    def __init__(self, reason: str, *, at: tuple[str | int, ...] = ()) -> None:
        """Say what contradicts what."""
        super().__init__(reason)
        self.at = at


class Section(BaseModel):
    """A table of the policy: no unknown key, no change after reading, no silent conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def plain(number: Decimal) -> Decimal:
    """Return a number without zeros at its end, so that 0.20 and 0.2 are one and the same everywhere.

    A number of more digits than are reckoned with stays as it is: no rule allows one that large.
    """
    exact = getcontext().prec
    if not number.is_finite() or number.adjusted() >= exact or len(number.as_tuple().digits) > exact:
        return number
    reduced = number.normalize()
    return reduced.quantize(Decimal(1)) if reduced == reduced.to_integral_value() else reduced


def _exact(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _printable(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("it holds a control character")
    return text


def _one_line(text: str) -> str:
    if _BREAK.search(text):
        raise ValueError("it holds a line end or a tab")
    return _printable(text)


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_one_line)
]
Prose = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600), AfterValidator(_printable)
]
Number = Annotated[Decimal, BeforeValidator(_exact), AfterValidator(plain)]


class Label(Section):
    """A name in both languages."""

    en: Annotated[Text, Field(description="The English name.")]
    zh: Annotated[Text, Field(description="The Chinese name.")]

    def of(self, lang: str) -> str:
        """Return the name in a language: ``zh`` for Chinese, else English."""
        return self.zh if lang == "zh" else self.en


class Procedure(Section):
    """What is to be done, in both languages."""

    en: Annotated[Prose, Field(description="What is to be done, in English.")]
    zh: Annotated[Prose, Field(description="What is to be done, in Chinese.")]

    def of(self, lang: str) -> str:
        """Return the text in a language: ``zh`` for Chinese, else English."""
        return self.zh if lang == "zh" else self.en


def said(allowed: str, zh: str) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """Describe a key: what is allowed, in English, and what it is called, in Chinese."""
    return Field(description=allowed, json_schema_extra={"zh": zh})


def share(meaning: str, zh: str) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """Describe a key that is a share: 0.2 for 20%."""
    return Field(
        ge=0,
        le=1,
        description=f"A number from 0 to 1, such as 0.2 for 20%: {meaning}.",
        json_schema_extra={"zh": zh},
    )


def whole(unit: str, meaning: str, zh: str, *, least: int = 0, most: int = _DAYS) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """Describe a key that is a whole number of a unit."""
    return Field(
        ge=least,
        le=most,
        description=f"A whole number of {unit}, {least} to {most}: {meaning}.",
        json_schema_extra={"zh": zh},
    )


def days(meaning: str, zh: str, *, least: int = 0, most: int = _DAYS) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """Describe a key that is a number of days."""
    return whole("days", meaning, zh, least=least, most=most)


def months(meaning: str, zh: str, *, least: int = 0, most: int = _MONTHS) -> Any:  # noqa: ANN401 - as above
    """Describe a key that is a number of months."""
    return whole("months", meaning, zh, least=least, most=most)


def amount(meaning: str, zh: str) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """Describe a key that is an amount of money, in the currency of the company."""
    return Field(
        ge=0,
        le=_AMOUNT,
        description=f"An amount of 0 or more in the company's currency: {meaning}.",
        json_schema_extra={"zh": zh},
    )


def number(meaning: str, zh: str, *, least: int, most: int) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """Describe a key that is a number."""
    return Field(
        ge=least,
        le=most,
        description=f"A number from {least} to {most}: {meaning}.",
        json_schema_extra={"zh": zh},
    )


def listed(meaning: str, zh: str, *, least: int = 1) -> Any:  # noqa: ANN401 - as pydantic's own Field
    """Describe a key that is a list."""
    return Field(strict=False, min_length=least, description=meaning, json_schema_extra={"zh": zh})


def unique(names: list[str], what: str, *, of: str = "") -> None:
    """Refuse a name that stands there twice.

    Args:
        names: The names.
        what: What has them, for the message.
        of: The key of the list whose entries have them; left out, they come from elsewhere.

    Raises:
        MisfitError: One does.
    """
    twice = next((place for place, name in enumerate(names) if name in names[:place]), None)
    if twice is not None:
        at = (of, twice, "name") if of else ()
        raise MisfitError(f"{what} {names[twice]!r} stands there twice", at=at)
