"""Distress of a customer (财务困境): Altman's scores, each with its own cut-offs.

Altman's scores tell firms that failed from firms that did not. They are shown, not turned into a probability
(Altman 1968; Altman, "Predicting Financial Distress of Companies", 2000). Each model has its own cut-offs:

===== =========================================== ==== ========
model weights                                     safe distress
===== =========================================== ==== ========
Z     1.2 X1 + 1.4 X2 + 3.3 X3 + 0.6 X4 + 1.0 X5  2.99 1.81
Z'    .717 X1 + .847 X2 + 3.107 X3 + .420 X4 +    2.9  1.23
      .998 X5
Z''   6.56 X1 + 3.26 X2 + 6.72 X3 + 1.05 X4       2.6  1.1
EM    3.25 + Z''                                  5.85 4.35
===== =========================================== ==== ========

X1 working capital, X2 retained earnings and X3 earnings before interest and taxes are parts of total assets,
X4 is equity to total liabilities (at market value for Z, at book value for the others), X5 sales to total
assets. Much public code adds the constant 3.25 of EM and keeps the cut-offs of Z'', so that weak firms look
safe: a firm at Z'' 0, in deep distress, would pass as safe at 3.25. The cut-offs here move with the constant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from duebook.errors import InputError, NoAnswerError, NothingToDivideError, OutOfRangeError


class Model(StrEnum):
    """Altman's models: listed manufacturers, private firms, non-manufacturers, and emerging markets."""

    Z = "Z"
    PRIVATE = "Z'"
    SERVICE = "Z''"
    EMERGING = "EM"


class Zone(StrEnum):
    """What a score says."""

    SAFE = "safe"
    GREY = "grey"
    DISTRESS = "distress"


@dataclass(frozen=True)
class _Weights:
    """The constant, the weights of X1 to X5, and the cut-offs of a model."""

    constant: Decimal
    weights: tuple[Decimal, ...]
    safe: Decimal
    distress: Decimal


def _weights(constant: str, weights: str, safe: str, distress: str) -> _Weights:
    return _Weights(Decimal(constant), tuple(map(Decimal, weights.split())), Decimal(safe), Decimal(distress))


# The original 1968 weight of X5 is 0.999; 1.0 is what Altman himself writes since.
_MODELS: Final = {
    Model.Z: _weights("0", "1.2 1.4 3.3 0.6 1.0", "2.99", "1.81"),
    Model.PRIVATE: _weights("0", "0.717 0.847 3.107 0.420 0.998", "2.9", "1.23"),
    Model.SERVICE: _weights("0", "6.56 3.26 6.72 1.05 0", "2.6", "1.1"),
    Model.EMERGING: _weights("3.25", "6.56 3.26 6.72 1.05 0", "5.85", "4.35"),
}
# Primes as people type them: a prime, quotation marks and accents; the second set counts twice.
_PRIMES: Final = dict.fromkeys(map(ord, "\u2032\u2019\u2018\u0060\u00b4"), "'") | dict.fromkeys(
    map(ord, '\u2033\u201d"'), "''"
)


def parse_model(text: str) -> Model:
    """Read the name of a model: ``Z``, ``Z'``, ``Z''`` or ``EM``, in any case and with any kind of prime.

    Raises:
        InputError: There is no such model.
    """
    name = re.sub(r"\s+", "", text.translate(_PRIMES)).upper()
    try:
        return Model(name)
    except ValueError:
        raise InputError(f"model: {text!r} is no model of Altman's; {', '.join(Model)} are.") from None


def altman(  # noqa: PLR0913 - the figures of the model
    model: Model,
    *,
    working_capital: Decimal,
    retained_earnings: Decimal,
    ebit: Decimal,
    equity: Decimal,
    total_liabilities: Decimal,
    total_assets: Decimal,
    sales: Decimal | None = None,
) -> Decimal:
    """Return Altman's score of a firm.

    Args:
        model: Which of the four.
        working_capital: Current assets less current liabilities; may be negative.
        retained_earnings: Retained since the firm began; may be negative.
        ebit: Earnings before interest and taxes of the year; may be negative.
        equity: At market value for Z, which is never negative; at book value for the others, negative where
            liabilities exceed assets.
        total_liabilities: Above 0.
        total_assets: Above 0.
        sales: Of the year, 0 or more; needed by Z and Z', not looked at by the others.

    Returns:
        The score, unrounded.

    Raises:
        NothingToDivideError: Total assets or total liabilities are 0.
        OutOfRangeError: One of them, sales or a market value is negative.
        NoAnswerError: Z or Z' without sales.
    """
    chosen = _MODELS[model]
    for name, figure in (("total_assets", total_assets), ("total_liabilities", total_liabilities)):
        if figure == 0:
            raise NothingToDivideError(f"{name}: 0, so there is nothing to divide by.")
        if figure < 0:
            raise OutOfRangeError(f"{name}: {figure} is negative; above 0 is allowed.")
    if model is Model.Z and equity < 0:
        raise OutOfRangeError(
            f"equity: {equity} is negative, but model Z takes the market value.",
            hint="Take Z' or Z'' with book equity.",
        )
    turnover = Decimal(0)
    if chosen.weights[-1]:
        if sales is None:
            raise NoAnswerError(f"sales: missing; model {model} needs sales, Z'' and EM do not.")
        if sales < 0:
            raise OutOfRangeError(f"sales: {sales} is negative; 0 or more is allowed.")
        turnover = sales / total_assets
    parts = (
        working_capital / total_assets,
        retained_earnings / total_assets,
        ebit / total_assets,
        equity / total_liabilities,
        turnover,
    )
    return sum((weight * part for weight, part in zip(chosen.weights, parts, strict=True)), chosen.constant)


def zone(model: Model, score: Decimal) -> Zone:
    """Return what a score of a model says: above its upper cut-off safe, below its lower one distress."""
    chosen = _MODELS[model]
    if score > chosen.safe:
        return Zone.SAFE
    return Zone.DISTRESS if score < chosen.distress else Zone.GREY
