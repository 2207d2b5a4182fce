"""Amounts as whole minor units."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError, OutOfRangeError
from duebook.money import LARGEST, from_minor, minor_digits, rounded, to_minor


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("EUR", 2), ("CNY", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("CLF", 4)],
)
def test_minor_units_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@given(minor=st.integers(-LARGEST, LARGEST), currency=st.sampled_from(["EUR", "JPY", "BHD", "CLF"]))
def test_minor_units_come_back_as_they_went(minor: int, currency: str) -> None:
    amount = from_minor(minor, currency)
    assert to_minor(amount, currency) == minor
    assert to_minor(str(amount), currency) == minor
    assert -amount.as_tuple().exponent == minor_digits(currency)


def test_amounts_are_printed_with_all_their_decimals() -> None:
    assert [str(from_minor(1230, currency)) for currency in ("EUR", "JPY", "BHD")] == [
        "12.30",
        "1230",
        "1.230",
    ]


@pytest.mark.parametrize(
    ("amount", "currency", "error", "message"),
    [
        ("12.345", "EUR", InputError, "amount: 12.345 has more decimals than EUR, which has 2."),
        ("0.5", "JPY", InputError, "amount: 0.5 has more decimals than JPY, which has 0."),
        ("12,50", "EUR", InputError, "amount: '12,50' is no number."),
        ("1_000", "EUR", InputError, "amount: '1_000' is no number."),
        ("٣", "EUR", InputError, "amount: '٣' is no number."),
        ("NaN", "EUR", InputError, "amount: 'NaN' is no number."),
        ("1e9999999999999999999", "EUR", InputError, "amount: '1e9999999999999999999' is no number."),
        (Decimal("NaN"), "EUR", InputError, "amount: Decimal('NaN') is no finite number."),
        (Decimal("-Infinity"), "EUR", InputError, "amount: Decimal('-Infinity') is no finite number."),
        ("1", "euro", InputError, "currency: 'euro' is no ISO 4217 code."),
        ("1e30", "EUR", OutOfRangeError, "amount: 1e30 EUR is larger than 92233720368547758.07."),
        ("92233720368547758.08", "EUR", OutOfRangeError, None),
    ],
)
def test_what_does_not_fit_is_refused(
    amount: Decimal | str, currency: str, error: type[InputError], message: str | None
) -> None:
    with pytest.raises(error) as caught:
        to_minor(amount, currency)
    assert type(caught.value) is error
    assert message in (None, caught.value.message)


def test_amounts_round_half_away_from_nothing() -> None:
    found = [rounded(Decimal(text), "EUR") for text in ("0.125", "-0.125", "0.124", "2.675")]
    assert found == [Decimal("0.13"), Decimal("-0.13"), Decimal("0.12"), Decimal("2.68")]
    assert rounded(Decimal("0.5"), "JPY") == 1
    assert str(rounded(Decimal(1), "KWD")) == "1.000"
