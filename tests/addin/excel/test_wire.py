"""Cells as COM hands them over and takes them back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from duebook_addin.call import Spill
from duebook_addin.cells import ERRORS, CellError
from duebook_addin.excel.wire import ERROR_NUMBERS, MARK, received, sent
from windows import error_code


@pytest.mark.parametrize("cell", [1.5, "text", "", True, None, Decimal("12.3456"), 7])
def test_a_plain_cell_stays_as_it_is(cell: object) -> None:
    assert received(cell) is cell


@pytest.mark.parametrize(("text", "number"), ERROR_NUMBERS.items())
def test_an_error_cell_is_its_text(text: str, number: int) -> None:
    assert received(error_code(number)) == text
    assert text in ERRORS


def test_an_error_that_excel_does_not_document_is_an_error_still() -> None:
    assert received(error_code(2051)) == "#UNKNOWN!"


def test_a_time_loses_the_zone_that_com_gives_it() -> None:
    assert received(datetime(2026, 1, 31, 23, 59, tzinfo=UTC)) == datetime(2026, 1, 31, 23, 59)  # noqa: DTZ001 - as a sheet has it


def test_a_range_is_a_list_of_rows() -> None:
    given = ((1.0, None), (error_code(2042), datetime(2026, 1, 31, tzinfo=UTC)))
    assert received(given) == [[1.0, None], ["#N/A", datetime(2026, 1, 31)]]  # noqa: DTZ001


def test_one_dimension_is_a_row() -> None:
    assert received((1.0, 2.0)) == [[1.0, 2.0]]


def test_no_cell_is_an_empty_row() -> None:
    assert received(()) == [[]]


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        (Decimal("12.30"), 12.3),
        (3, 3.0),
        (True, True),
        (None, ""),
        ("text", "text"),
        (date(2026, 1, 31), datetime(2026, 1, 31, tzinfo=UTC)),
        (datetime(2026, 1, 31, 12, 30), datetime(2026, 1, 31, tzinfo=UTC)),  # noqa: DTZ001 - as a sheet has it
        (date(1900, 3, 1), datetime(1900, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_single_answer_is_one_row_of_one_cell(answer: object, value: object) -> None:
    [[found]] = sent(answer)  # type: ignore[arg-type]
    assert found == value
    assert type(found) is type(value)


def test_a_day_that_excel_and_com_number_apart_goes_as_excel_s_number() -> None:
    assert sent(date(1900, 2, 28)) == [[59.0]]


def test_a_day_before_excel_s_first_is_an_error() -> None:
    [[found]] = sent(date(1899, 12, 31))
    assert isinstance(found, str)
    assert found.startswith(f"{MARK}2036{MARK}1899-12-31 has no serial number")


def test_an_error_is_marked_with_its_number_and_message() -> None:
    assert sent(CellError("#DIV/0!", "no sales")) == [[f"{MARK}2007{MARK}no sales"]]


def test_an_error_without_a_number_is_not_available() -> None:
    assert sent(CellError("#PYTHON!")) == [[f"{MARK}2042{MARK}"]]


def test_rows_without_an_error_have_no_row_more() -> None:
    assert sent(Spill([[Decimal(1), None], ["a", False]], flat=False)) == [[1.0, ""], ["a", False]]


def test_rows_with_an_error_end_with_the_mark() -> None:
    found = sent(Spill([[Decimal(1), CellError("#N/A", "unknown")]], flat=True))
    assert found == [[1.0, f"{MARK}2042{MARK}unknown"], [MARK, MARK]]


def test_text_from_a_ledger_cannot_pass_for_an_error() -> None:
    assert sent(f"{MARK}2042{MARK}Smith") == [[f"2042{MARK}Smith"]]
    assert sent(Spill([[f"{MARK}{MARK}"], ["x"]], flat=False)) == [[""], ["x"]]
