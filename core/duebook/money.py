"""Amounts as whole minor units (cents, fen) of a currency: exact, and as wide as a 64-bit integer.

Rules use :class:`decimal.Decimal`, stores and frames use minor units; no binary floating point in between.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from duebook.errors import InputError, OutOfRangeError

# ISO 4217, list one: the currencies whose minor unit is not a hundredth. Every other code has two digits.
_DIGITS: Final = (
    dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV"), 0
    )
    | dict.fromkeys(("XAF", "XOF", "XPF"), 0)
    | dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3)
    | dict.fromkeys(("CLF", "UYW"), 4)
)
_CODE: Final = re.compile(r"[A-Z]{3}")
# Decimal itself would read 1_000 and digits of other scripts, which no database writes.
_PLAIN: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)
LARGEST: Final = 2**63 - 1


def minor_digits(currency: str) -> int:
    """Return how many decimal digits the minor unit of a currency has.

    Args:
        currency: An ISO 4217 code, three capital letters.

    Returns:
        0 to 4; 2 for every currency that ISO 4217 does not list otherwise.

    Raises:
        InputError: The code is not three capital letters.
    """
    if not _CODE.fullmatch(currency):
        raise InputError(
            f"currency: {currency!r} is no ISO 4217 code.", hint="Write three capitals, such as EUR."
        )
    return _DIGITS.get(currency, 2)


def to_minor(amount: Decimal | int | str, currency: str) -> int:
    """Turn an amount into whole minor units, refusing whatever would have to be rounded.

    Args:
        amount: The amount in major units, debit positive. Text is read as a plain decimal number.
        currency: An ISO 4217 code.

    Returns:
        The amount in minor units: ``to_minor("12.34", "EUR") == 1234``.

    Raises:
        InputError: The text is no number, or the amount has more digits than the currency.
        OutOfRangeError: The amount does not fit a 64-bit integer.
    """
    if isinstance(amount, str) and not _PLAIN.fullmatch(amount):
        raise InputError(f"amount: {amount!r} is no number.")
    try:
        value = Decimal(amount)
    except InvalidOperation:
        raise InputError(f"amount: {amount!r} is no number.") from None
    if not value.is_finite():
        raise InputError(f"amount: {amount!r} is no finite number.")
    digits = minor_digits(currency)
    scaled = value.scaleb(digits) if value.adjusted() + digits <= 27 else None  # noqa: PLR2004 - decimal's own precision
    if scaled is None or abs(scaled) > LARGEST:
        raise OutOfRangeError(f"amount: {amount} {currency} is larger than {from_minor(LARGEST, currency)}.")
    if scaled != scaled.to_integral_value():
        raise InputError(
            f"amount: {amount} has more decimals than {currency}, which has {digits}.",
            hint="Round it where it is made, so that both sides round alike.",
        )
    return int(scaled)


def from_minor(minor: int, currency: str) -> Decimal:
    """Return whole minor units as a decimal in major units, with the currency's number of decimals.

    ``str(from_minor(1230, "EUR")) == "12.30"``; the inverse of :func:`to_minor`.
    """
    digits = minor_digits(currency)
    return Decimal(minor).scaleb(-digits).quantize(Decimal(1).scaleb(-digits)) if digits else Decimal(minor)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round an amount half up (away from zero) to the currency's minor unit."""
    return amount.quantize(Decimal(1).scaleb(-minor_digits(currency)), rounding=ROUND_HALF_UP)
