"""From a driver's columns to the ledger's types."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import SourceError
from duebook.ledger import Field, Type
from duebook_etl.cast import ARROW, Chunk, cast

NAME = Field("name", Type.TEXT, required=True, help="")
DUE = Field("due", Type.DATE, required=True, help="")
AMOUNT = Field("amount", Type.AMOUNT, required=True, help="")
AMOUNTS = st.decimals(
    allow_nan=False, allow_infinity=False, places=8, min_value=-(10**30) + 1, max_value=10**30 - 1
)


def cast_one(field: Field, values: pa.Array) -> Chunk:
    return cast(pa.record_batch([values], names=[field.name]), [field], where="query items")


@given(st.lists(st.none() | AMOUNTS))
def test_an_amount_stays_what_it_is(amounts: list[Decimal | None]) -> None:
    """As text, which is how PostgreSQL's numeric comes, and as a decimal."""
    for values in (
        pa.array([None if a is None else str(a) for a in amounts], pa.string()),
        pa.array(amounts, pa.decimal128(38, 8)),
        pa.array(amounts, pa.decimal256(60, 12)),
    ):
        chunk = cast_one(AMOUNT, values)
        assert chunk.batch["amount"].to_pylist() == amounts
        assert chunk.rejected == ()


@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_whole_numbers_are_amounts_too(amounts: list[int | None]) -> None:
    assert cast_one(AMOUNT, pa.array(amounts, pa.int64())).batch["amount"].to_pylist() == amounts


@given(st.lists(st.none() | st.dates()))
def test_a_date_stays_what_it_is(days: list[date | None]) -> None:
    """As a date, as text (SQLite has no other), and as a point in time at midnight."""
    at_midnight = [None if day is None else datetime(day.year, day.month, day.day) for day in days]  # noqa: DTZ001
    for values in (
        pa.array(days, pa.date32()),
        pa.array([None if day is None else day.isoformat() for day in days], pa.string()),
        pa.array(at_midnight, pa.timestamp("us")),
    ):
        assert cast_one(DUE, values).batch["due"].to_pylist() == days


def test_a_point_in_time_is_the_day_it_is_in() -> None:
    evening = datetime(2025, 3, 31, 23, 59, tzinfo=UTC)
    assert cast_one(DUE, pa.array([evening])).batch["due"].to_pylist() == [date(2025, 3, 31)]


@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "", "1,5", "12.123456789", "1" + "0" * 30, "twelve", "1.5 (binary floating point)"],
)
def test_what_is_no_amount_puts_its_row_aside(value: str) -> None:
    chunk = cast_one(AMOUNT, pa.array(["1.5", value, None, "-2"]))
    assert chunk.batch["amount"].to_pylist() == [Decimal("1.5"), None, Decimal(-2)]
    (rejected,) = chunk.rejected
    assert (rejected.row, rejected.column, rejected.value) == ({"amount": value}, "amount", value)
    assert rejected.reason == f"amount: {value!r} is not an amount of at most 30 digits and 8 decimals."


@pytest.mark.parametrize("value", ["0000-00-00", "2025-02-30", "31.12.2025", "", "infinity"])
def test_what_is_no_date_puts_its_row_aside(value: str) -> None:
    chunk = cast_one(DUE, pa.array(["2025-01-31", value]))
    assert chunk.batch["due"].to_pylist() == [date(2025, 1, 31)]
    assert [r.reason for r in chunk.rejected] == [f"due: {value!r} is not a date."]


@pytest.mark.parametrize("days", [-719_163, 2_932_897, 2**31 - 1, -(2**31)])
def test_a_date_outside_the_calendar_puts_its_row_aside(days: int) -> None:
    """PostgreSQL's 'infinity' comes as such a number of days."""
    chunk = cast_one(DUE, pa.array([0, days], pa.int32()).view(pa.date32()))
    assert chunk.batch["due"].to_pylist() == [date(1970, 1, 1)]
    assert [r.column for r in chunk.rejected] == ["due"]


def test_a_number_is_no_date() -> None:
    """A day's serial number could count from 1900, 1904 or 1970: nobody may guess."""
    chunk = cast_one(DUE, pa.array([45_000, None]))
    assert chunk.batch["due"].to_pylist() == [None]
    assert [r.value for r in chunk.rejected] == ["45000"]


def test_a_row_put_aside_keeps_all_it_held_and_names_its_first_fault() -> None:
    raw = pa.record_batch(
        [
            pa.array(["1", "x", "y"]),
            pa.array([date(2025, 1, 1), date(2025, 1, 2), None]),
            pa.array([7, None, 9]),
        ],
        names=["amount", "due", "name"],
    )
    other = Field("other", Type.AMOUNT, required=False, help="")
    raw = raw.append_column("other", pa.array(["NaN", "NaN", "3"]))
    chunk = cast(raw, [NAME, DUE, AMOUNT, other], where="query items")
    assert chunk.batch.num_rows == 0
    assert chunk.batch.schema == pa.schema([(f.name, ARROW[f.type]) for f in (NAME, DUE, AMOUNT, other)])
    assert [(dict(r.row), r.column) for r in chunk.rejected] == [
        ({"name": "7", "due": "2025-01-01", "amount": "1", "other": "NaN"}, "other"),
        ({"name": None, "due": "2025-01-02", "amount": "x", "other": "NaN"}, "amount"),
        ({"name": "9", "due": None, "amount": "y", "other": "3"}, "amount"),
    ]


def test_every_kind_of_value_has_text_for_a_row_put_aside() -> None:
    raw = pa.record_batch([pa.array([b"\xff\xfe"]), pa.array(["x"])], names=["name", "amount"])
    (rejected,) = cast(raw, [NAME, AMOUNT], where="query items").rejected
    assert dict(rejected.row) == {"name": r"b'\xff\xfe'", "amount": "x"}
    assert rejected.column == "name"


@pytest.mark.parametrize(
    "values", [pa.array([0.1]), pa.array([None], pa.float64()), pa.array([1], pa.float32())]
)
def test_binary_floating_point_is_no_amount(values: pa.Array) -> None:
    with pytest.raises(SourceError) as caught:
        cast_one(AMOUNT, values)
    assert str(caught.value) == (
        "query items: column amount is binary floating point, which holds no amount exactly. "
        "CAST it to numeric(p, s) in the query, or to text where the driver knows no decimal."
    )
