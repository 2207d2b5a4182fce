"""The cells that a formula refers to by letters and numbers, and the formula with other cells in their place.

Read are references of the A1 kind with or without a sheet before them (ECMA-376 part 1, 18.17.2.3): cells,
ranges, whole columns and whole rows. Texts, quoted sheet names, table references in brackets, names and
function names are passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384

_CELL: Final = r"\$?[A-Za-z]{1,3}\$?[0-9]{1,7}"
_TOKEN: Final = re.compile(
    rf"""
    (?P<sheet>(?:'(?:[^']|'')*'|(?:\[[^\[\]]*\])?[\w.]+(?::[\w.]+)?)!)?
    (?P<first>{_CELL}|\$?[A-Za-z]{{1,3}}(?=:)|\$?[0-9]{{1,7}}(?=:))
    (?::(?P<second>{_CELL}|\$?[A-Za-z]{{1,3}}|\$?[0-9]{{1,7}}))?
    (?![\w.\\?(\[!])
    | "(?:[^"]|"")*"
    | '(?:[^']|'')*'
    | \[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*\])*\]
    | [\w.\\?]+
    """,
    re.VERBOSE | re.DOTALL,
)
_MARKED: Final = re.compile("\0(-?[0-9]+)\0")
_CORNER: Final = re.compile(r"(\$?)([A-Za-z]*)(\$?)([0-9]*)")


@dataclass(frozen=True)
class Corner:
    """A cell as a reference names it.

    Attributes:
        column: Counted from 1; 0 where the reference is of whole rows.
        row: Counted from 1; 0 where it is of whole columns.
        fixed_column: Whether a dollar sign stands before the column.
        fixed_row: Whether one stands before the row.
        marked: Whether the row is counted from the formula's own, and spelt between two NULs.
    """

    column: int
    row: int
    fixed_column: bool = False
    fixed_row: bool = False
    marked: bool = False

    def __str__(self) -> str:
        """Return it as a formula spells it."""
        column = f"{'$' * self.fixed_column}{letters(self.column)}" if self.column else ""
        if self.marked:
            return f"{column}\0{self.row}\0"
        return column + (f"{'$' * self.fixed_row}{self.row}" if self.row else "")


@dataclass(frozen=True)
class Reference:
    """A reference in a formula.

    Attributes:
        sheet: The sheet before the exclamation mark, as it is called; None where there is none.
        first: The cell, or the first corner of the range.
        second: The other corner; None for a single cell.
    """

    sheet: str | None
    first: Corner
    second: Corner | None


@dataclass(frozen=True)
class Pattern:
    """A formula as it reads in any row when it is copied down.

    Attributes:
        texts: What stands before, between and behind the numbers of rows.
        offsets: The rows between those texts, counted from the formula's own row.
    """

    texts: tuple[str, ...]
    offsets: tuple[int, ...]

    def at(self, row: int) -> str:
        """Return the formula in a row; every row that it refers to must exist."""
        if not self.offsets:
            return self.texts[0]
        numbers = [str(row + offset) for offset in self.offsets]
        return "".join(piece for pair in zip(self.texts, [*numbers, ""], strict=True) for piece in pair)


def rewritten(formula: str, change: Callable[[Reference], Reference | None]) -> str:
    """Return a formula whose references went through a change.

    Args:
        formula: The formula, without XML's escapes.
        change: Returns what is to stand in a reference's place, the reference itself to leave it to the
            letter as it stands, or None for cells that no longer exist (``#REF!``).
    """

    def one(token: re.Match[str]) -> str:
        if token["first"] is None:
            return token[0]
        first, second = _corner(token["first"]), token["second"] and _corner(token["second"])
        if not _right(first, second or None):
            return token[0]
        qualifier = token["sheet"] or ""
        reference = Reference(_sheet(qualifier), first, second or None)
        changed = change(reference)
        if changed is None:
            return f"{qualifier}#REF!"
        if changed == reference:
            return token[0]
        return f"{qualifier}{changed.first}" + (f":{changed.second}" if changed.second else "")

    return _TOKEN.sub(one, formula)


def shifted(formula: str, *, rows: int, columns: int = 0) -> str:
    """Return a formula as it reads when it is copied to a cell further down or right.

    Args:
        formula: The formula, without XML's escapes.
        rows: How many rows further down.
        columns: How many columns further right.
    """

    def corner(old: Corner) -> Corner:
        return replace(
            old,
            row=old.row if old.fixed_row or not old.row else old.row + rows,
            column=old.column if old.fixed_column or not old.column else old.column + columns,
        )

    def change(reference: Reference) -> Reference | None:
        first = corner(reference.first)
        second = reference.second and corner(reference.second)
        for moved, old in ((first, reference.first), (second, reference.second)):
            if moved and old and not _exists(moved, old):
                return None
        return replace(reference, first=first, second=second)

    return rewritten(formula, change)


def pattern(formula: str, row: int) -> Pattern:
    """Return the pattern of a formula that stands in a row.

    Args:
        formula: The formula, without XML's escapes.
        row: Its row.
    """

    def corner(old: Corner) -> Corner:
        if old.fixed_row or not old.row:
            return old
        return replace(old, row=old.row - row, marked=True)

    def change(reference: Reference) -> Reference:
        second = reference.second and corner(reference.second)
        return replace(reference, first=corner(reference.first), second=second)

    pieces = _MARKED.split(rewritten(formula, change))
    return Pattern(tuple(pieces[::2]), tuple(map(int, pieces[1::2])))


def letters(column: int) -> str:
    """Return a column's letters: ``AA`` for 27."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def column_number(text: str) -> int:
    """Return the number of a column's letters, counted from 1."""
    number = 0
    for letter in text.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _corner(text: str) -> Corner:
    found = _CORNER.fullmatch(text)
    assert found is not None  # noqa: S101 - for the type checker: the token has this form
    before, column, between, row = found.groups()
    if not column:  # whole rows: the dollar sign is the row's
        return Corner(0, int(row), fixed_row=bool(before))
    return Corner(
        column_number(column), int(row or 0), fixed_column=bool(before), fixed_row=bool(between and row)
    )


def _right(first: Corner, second: Corner | None) -> bool:
    """Return whether these are cells that a sheet has, and both corners are of one kind."""
    corners = [first] if second is None else [first, second]
    kinds = {(bool(corner.column), bool(corner.row)) for corner in corners}
    inside = all(corner.column <= LAST_COLUMN and corner.row <= LAST_ROW for corner in corners)
    return inside and len(kinds) == 1 and (second is not None or kinds == {(True, True)})


def _exists(moved: Corner, old: Corner) -> bool:
    return (not old.row or 1 <= moved.row <= LAST_ROW) and (
        not old.column or 1 <= moved.column <= LAST_COLUMN
    )


def _sheet(qualifier: str) -> str | None:
    name = qualifier[:-1]
    if name.startswith("'"):
        return name[1:-1].replace("''", "'")
    return name or None
