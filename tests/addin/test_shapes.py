"""Parameters that are a whole range, pairs and grids, and those that are yes or no."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from duebook_addin.call import answer
from duebook_addin.cells import CellError
from duebook_addin.registry import (
    Category,
    Example,
    Figures,
    Function,
    Grid,
    Inputs,
    Kind,
    Registry,
    Shape,
    Text,
)

HELP = Text("A help.", "说明。")


def declared(body: object) -> Function:
    registry = Registry()
    registry.declare("TRIAL", Category.LIMITS, "试验。", examples=[Example(([["a", 1]],), 1)])(body)
    return registry.find("TRIAL")


def figures(lines: Annotated[Figures, HELP], times: Annotated[int, HELP] = 1) -> Annotated[str, HELP]:
    """The lines."""
    return ", ".join(f"{name} {amount * times}" for name, amount in lines)


def mixed(lines: Annotated[Inputs, HELP]) -> Annotated[str, HELP]:
    """The lines."""
    return ", ".join(f"{name} {value!r}" for name, value in lines)


def grid(rows: Annotated[Grid, HELP], more: Annotated[Grid, HELP] = ()) -> Annotated[str, HELP]:
    """The rows."""
    return f"{rows} {more}"


def flag(sure: Annotated[bool | None, HELP] = None) -> Annotated[str, HELP]:
    """Whether."""
    return str(sure)


def test_a_declaration_says_that_a_range_is_whole():
    lines, times = declared(figures).parameters
    rows, more = declared(grid).parameters

    assert (lines.kind, lines.shape, lines.required) == (Kind.ANY, Shape.PAIRS, True)
    assert (rows.kind, rows.shape, more.shape, more.required) == (Kind.NUMBER, Shape.GRID, Shape.GRID, False)
    assert times.shape is Shape.COLUMN
    assert declared(flag).parameters[0].kind is Kind.ANY
    assert "default" not in declared(grid).describe()["parameters"][1]


def test_pairs_are_one_for_all_cells_of_a_column():
    found = answer(declared(figures), [[["a", 1.0], ["b", 2.0]], [[1.0, 2.0]]])

    assert found.rows == [["a 1.0, b 2.0", "a 2.0, b 4.0"]]


def test_a_name_with_nothing_beside_it_is_missing():
    assert answer(declared(figures), [[["a", None], [None, ""], [7.0, 2]]]) == "7 2"


def test_pairs_of_anything():
    rows = [["a", "x"], ["b", 1.5], ["c", True], ["d", Decimal(2)]]

    assert answer(declared(mixed), [rows]) == "a 'x', b Decimal('1.5'), c 'TRUE', d Decimal('2')"


def test_errors_within_pairs_come_back():
    assert answer(declared(figures), [[["a", "#REF!"]]]) == CellError("#REF!", "lines: the cell holds #REF!.")
    assert answer(declared(mixed), [[["#N/A", 1.0]]]) == CellError("#N/A", "lines: the cell holds #N/A.")
    assert answer(declared(figures), [CellError("#NUM!", "why")]) == CellError("#NUM!", "why")
    assert answer(declared(figures), ["#NUM!"]) == CellError("#NUM!", "lines: the cell holds #NUM!.")


def test_pairs_without_rows():
    for nothing in (None, "", [None], [[""]], [[None, None]], [["", None], [None, ""]], [], [[]]):
        assert answer(declared(figures), [nothing]) == ""


def test_a_grid_has_rows():
    assert answer(declared(grid), [[[1.0, 2.0], [3.0, 4.0], [None, ""], [None, None]]]) == (
        "((Decimal('1.0'), Decimal('2.0')), (Decimal('3.0'), Decimal('4.0'))) ()"
    )
    assert answer(declared(grid), [5.0, None]) == "((Decimal('5.0'),),) ()"
    assert answer(declared(grid), [[1.0, 2.0]]) == "((Decimal('1.0'),), (Decimal('2.0'),)) ()"


def test_a_grid_has_no_holes():
    assert answer(declared(grid), [[[1.0, 2.0], [None, ""], [3.0, 4.0]]]) == CellError(
        "#N/A", "rows, row 2: the cell is empty; a number is needed."
    )
    assert answer(declared(grid), [[1.0, None, 2.0]]) == CellError(
        "#N/A", "rows, row 2: the cell is empty; a number is needed."
    )
    assert answer(declared(grid), [[[1.0, None]]]) == CellError(
        "#N/A", "rows, row 1: the cell is empty; a number is needed."
    )
    assert answer(declared(grid), [[["x", 1.0]]]) == CellError(
        "#VALUE!", "rows, row 1: 'x' is text, not a number. Turn the text into a number."
    )


def test_yes_or_no():
    for cell, word in ((True, "True"), (0.0, "False"), (" YES ", "True"), ("否", "False"), (None, "None")):
        assert answer(declared(flag), [cell]) == word
