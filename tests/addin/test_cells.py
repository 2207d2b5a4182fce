"""Cells and the values read from them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import (
    DuebookError,
    InputError,
    NoAnswerError,
    NothingToDivideError,
    OutOfRangeError,
    SourceError,
)
from duebook_addin.cells import (
    CellError,
    ErrorFoundError,
    Range,
    date_reader,
    key_reader,
    list_reader,
    number_reader,
    plain,
    series_reader,
    text_reader,
    to_serial,
    whole_reader,
)

if TYPE_CHECKING:
    from duebook_addin.cells import Argument, Cell, Cells, Reader

EMPTY = object()


def empty() -> object:
    return EMPTY


number = number_reader("amount", empty)
whole = whole_reader("days", empty)
day = date_reader("due_date", empty)
text = text_reader("terms", empty)
key = key_reader("key", empty)
edges = list_reader("edges", empty)
series = series_reader("annual_rate")

SERIAL_DAYS = st.dates(date(1900, 1, 1), date(9999, 12, 31))


@pytest.mark.parametrize("read", [number, whole, day, text, key])
@pytest.mark.parametrize("cell", [None, ""])
def test_empty_is_missing(read: Reader, cell: Cell):
    assert read(cell) is EMPTY


@pytest.mark.parametrize("read", [number, whole, day, text, key, edges])
@pytest.mark.parametrize("cell", ["#N/A", CellError("#N/A"), "#DIV/0!", "#GETTING_DATA"])
def test_an_error_is_handed_on(read: Reader, cell: Cell):
    with pytest.raises(ErrorFoundError) as caught:
        read(cell)
    code = cell.code if isinstance(cell, CellError) else str(cell)
    assert caught.value.error.code == code
    assert caught.value.error.message.endswith(f": the cell holds {code}.")


def test_an_error_with_a_message_keeps_it():
    with pytest.raises(ErrorFoundError) as caught:
        number(CellError("#N/A", "sales: none."))
    assert caught.value.error == CellError("#N/A", "sales: none.")


# Fifteen digits, as many as a cell holds of a decimal number.
@given(st.decimals(-(10**13), 10**13, places=2))
def test_a_number_is_the_decimal_that_was_typed(typed: Decimal):
    assert number(float(typed)) == typed
    assert number(typed) == typed


def test_numbers():
    assert number(0.1) == Decimal("0.1")
    assert number(0.1 + 0.2) == Decimal("0.30000000000000004")
    assert number(3) == Decimal(3)
    assert number(0.0) == 0


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("100", "amount: '100' is text, not a number. Turn the text into a number."),
        ("x" * 50, f"amount: '{'x' * 40}...' is text, not a number. Turn the text into a number."),
        (" ", "amount: ' ' is text, not a number. Turn the text into a number."),
        (True, "amount: TRUE is a boolean, not a number."),
        (date(2026, 1, 31), "amount: 2026-01-31 is a date, not a number."),
        (float("nan"), "amount: nan is no finite number."),
        (float("-inf"), "amount: -inf is no finite number."),
    ],
)
def test_what_is_no_number(cell: Cell, message: str):
    with pytest.raises(InputError) as caught:
        number(cell)
    assert str(caught.value) == message


@pytest.mark.parametrize("cell", [1e18, -1e300, 10**18, Decimal("1E+400")])
def test_a_number_too_large_for_any_ledger(cell: Cell):
    with pytest.raises(OutOfRangeError, match="is too large; at most 18 digits are allowed"):
        number(cell)


def test_the_largest_number():
    assert number(999_999_999_999_999_999) == 999_999_999_999_999_999


def test_whole_numbers():
    assert whole(30.0) == 30
    assert type(whole(30.0)) is int
    with pytest.raises(InputError, match=r"days: 30\.5 is no whole number"):
        whole(30.5)


@given(st.integers(-(10**17), 10**17))
def test_a_whole_number_is_the_one_that_the_cell_shows(typed: int):
    """A binary number beyond 2**53 stands for many: read is its shortest decimal, as for every number."""
    assert whole(float(typed)) == int(Decimal(repr(float(typed))))
    assert whole(typed) == typed


@given(SERIAL_DAYS)
def test_a_date_reads_the_same_in_every_notation(when: date):
    serial = to_serial(when)

    for cell in (when, when.isoformat(), serial, float(serial), Decimal(serial), serial + 0.75):
        assert day(cell) == when
    assert day(datetime(when.year, when.month, when.day, 23, 59)) == when  # noqa: DTZ001 - as Excel has it


@pytest.mark.parametrize(
    ("serial", "when"),
    # Microsoft's documentation of DATE: 39448 is 1 January 2008.
    [
        (1, "1900-01-01"),
        (59, "1900-02-28"),
        (61, "1900-03-01"),
        (39448, "2008-01-01"),
        (2958465, "9999-12-31"),
    ],
)
def test_serials_of_the_1900_system(serial: int, when: str):
    assert day(serial) == date.fromisoformat(when)
    assert to_serial(date.fromisoformat(when)) == serial


def test_the_day_that_never_was():
    for cell in (60, 60.0, 60.5):
        with pytest.raises(OutOfRangeError, match="due_date: serial 60 is 1900-02-29, a day that never was"):
            day(cell)


@pytest.mark.parametrize("cell", [-1, 0.5, 2958466, 1e300, float("nan"), float("inf")])
def test_serials_out_of_range(cell: Cell):
    with pytest.raises(
        OutOfRangeError, match=r"serial numbers from 1 \(1900-01-01\) to 2958465 \(9999-12-31\) are"
    ):
        day(cell)


def test_serial_0_is_an_empty_cell():
    assert day(0) is EMPTY
    assert day(0.0) is EMPTY


def test_days_without_a_serial():
    with pytest.raises(
        OutOfRangeError, match="1899-12-31 has no serial number; the first day that has one is 1900-01-01"
    ):
        to_serial(date(1899, 12, 31))


def test_a_time_of_day_is_cut_off():
    assert day("2026-01-31T23:59:59.5") == date(2026, 1, 31)
    assert day("2026-01-31 08:00") == date(2026, 1, 31)
    assert day(datetime(2026, 1, 31, 23, tzinfo=UTC)) == date(2026, 1, 31)


@pytest.mark.parametrize(
    "cell",
    [
        *("31/01/2026", "2026-02-30", "20260131", "2026-W05-6", "tomorrow", "46053", " ", True),
        *("2026-01-31T25:00", "2026-01-31 24:00", "2026-01-31 99:99", "2026-01-31T23:60"),
        *("2026-01-31T23:59:60", "2026-01-31 8:00", "2026-01-31 08:00 "),
    ],
)
def test_what_is_no_date(cell: Cell):
    with pytest.raises(InputError, match=r"Give a date cell or text such as 2026-01-31\."):
        day(cell)


def test_a_code_typed_as_a_number_is_text():
    assert text(1001.0) == text(1001) == text("1001") == "1001"
    assert text(0.5) == "0.5"
    with pytest.raises(InputError, match="terms: TRUE is a boolean, not text"):
        text(True)  # noqa: FBT003 - a cell
    with pytest.raises(InputError, match="terms: 2026-01-31 is a date, not text"):
        text(date(2026, 1, 31))


def test_keys_stay_what_they_are():
    assert key("7") == "7"
    assert key(7.0) == Decimal(7)
    assert key(datetime(2026, 1, 31)) == date(2026, 1, 31)  # noqa: DTZ001 - as Excel has it
    with pytest.raises(InputError, match="key: TRUE is a boolean"):
        key(True)  # noqa: FBT003 - a cell


@pytest.mark.parametrize(
    "cell", [[0, 30, 60], [[0, 30], [60, None]], (0.0, "", 30.0, 60.0), "0,30,60", "0, 30, 60"]
)
def test_a_list_comes_as_range_or_text(cell: Argument):
    assert edges(cell) == (0, 30, 60)


def test_lists():
    assert edges(-1) == (-1,)
    assert edges("30") == (30,)
    assert edges(None) is edges([]) is edges([None, ""]) is EMPTY
    with pytest.raises(InputError, match="edges: '0;30' is text"):
        edges("0;30")
    with pytest.raises(InputError, match=r"edges: 0\.5 is no whole number"):
        edges([0.5])


def test_a_series_is_two_columns():
    assert series([["2026-01-01", 0.1], [None, ""], [46204, 0.2]]) == (
        (date(2026, 1, 1), Decimal("0.1")),
        (date(2026, 7, 1), Decimal("0.2")),
    )
    with pytest.raises(NoAnswerError, match="annual_rate: a row of its two columns is half empty"):
        series([["2026-01-01", None]])
    for argument in ([0.1, 0.2], [["2026-01-01", 0.1, 1]], []):
        with pytest.raises(
            InputError, match="annual_rate: a series is a range of two columns, dates and numbers"
        ):
            series(argument)


def test_a_range_is_read_row_by_row():
    found = Range.of("amount", [[1, 2], [3, 4], [5, 6]])

    assert list(found.cells) == [1, 2, 3, 4, 5, 6]
    assert found.shaped(list("abcdef")) == [["a", "b"], ["c", "d"], ["e", "f"]]
    assert Range.of("amount", (1, 2)).shaped(list("ab")) == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ([[1, 2], [3]], "amount: the rows of a range have equally many cells, not 1 and 2"),
        ([[1, 2], 3], "amount: a range is a list of cells or a list of rows, not a mixture"),
        ([[1, [2]]], "amount: a cell holds one value, not a list"),
    ],
)
def test_what_is_no_range(argument: Cells, message: str):
    with pytest.raises(InputError, match=message):
        Range.of("amount", argument)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("x"), "#VALUE!"),
        (OutOfRangeError("x"), "#NUM!"),
        (NothingToDivideError("x"), "#DIV/0!"),
        (NoAnswerError("x"), "#N/A"),
        (SourceError("x"), "#N/A"),
    ],
)
def test_each_error_has_its_value(error: DuebookError, code: str):
    assert CellError.of(error) == CellError(code, "x")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("100.10"), "100.1"),
        (Decimal("-0.00"), "0"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12345678901234567890.05"), "12345678901234567890.05"),
        (27.0, "27"),
        (1e-7, "0.0000001"),
        (-0.0, "0"),
        (7, "7"),
    ],
)
def test_numbers_are_written_short_and_plain(value: Decimal | float, written: str):
    assert plain(value) == written


@pytest.mark.parametrize("read", [text, key])
@pytest.mark.parametrize("cell", ["\ud83d", "Ltd \udc00", "\ude00\ud83d"])
def test_half_a_character_is_no_text(read: Reader, cell: str):
    with pytest.raises(InputError, match=r"holds half a character") as refused:
        read(cell)
    refused.value.message.encode()
    assert read("\U0001f600") == "\U0001f600"
