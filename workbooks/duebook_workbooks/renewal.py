"""A standard workbook that people work in, brought up to date: nothing of theirs is lost.

The tables that Duebook manages get their new rows, what people wrote in them follows its row, and single
cells get what the workbook as published anew holds. Whatever else stands in the workbook stays.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError
from duebook_workbooks import splice
from duebook_workbooks.filling import cells
from duebook_workbooks.filling.dependents import calculated_on_load
from duebook_workbooks.filling.fill import fill
from duebook_workbooks.filling.foreign import Foreign
from duebook_workbooks.replacing import partial_of, remove_abandoned

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from duebook_workbooks.filling.archive import Language
    from duebook_workbooks.filling.fill import Filled
    from duebook_workbooks.managed import ManagedTable

_FIRST_DAY: Final = date(1899, 12, 30)


@dataclass(frozen=True)
class Renewed:
    """What a renewal did.

    Attributes:
        tables: The tables that have new rows.
        archived: How many rows went to an archive sheet, for a person had written something there.
        warnings: What is to be looked at, a sentence each.
    """

    tables: tuple[str, ...]
    archived: int
    warnings: tuple[str, ...]


def is_ours(path: Path) -> bool:
    """Return whether a workbook has tables or cells that Duebook manages.

    Raises:
        InputError: It is no workbook that can be read.
    """
    with path.open("rb") as file:
        book = Foreign(file, path.name)
        return bool(cells.named(book)) or any(name.startswith(cells.OURS) for name in book.tables)


def chosen(path: Path, name: str) -> str:
    """Return what a person chose in a cell of a workbook that bears a name, as text; empty for nothing.

    Raises:
        InputError: It is no workbook that can be read.
    """
    with path.open("rb") as file:
        return cells.told(Foreign(file, path.name), name)


def as_day(told: str) -> date | None:
    """Return the day that a cell's text means, as :func:`chosen` gives it; None where it means none.

    Args:
        told: The days since the end of 1899, as cells hold dates.
    """
    try:
        return _FIRST_DAY + timedelta(int(float(told)))
    except (ValueError, OverflowError):
        return None


def renew(package: Path, fresh: Path, tables: Iterable[ManagedTable], *, language: Language) -> Renewed:
    """Bring a workbook up to date in its own place; it may be left half renewed, so give it a copy.

    A table or a column that a person deleted stays deleted.

    Args:
        package: The copy of the workbook that people work in.
        fresh: The workbook as it would be published anew, for what single cells hold.
        tables: The rows of the tables that are managed.
        language: Of the names of archive sheets.

    Raises:
        InputError: It cannot be brought up to date without losing something.
        OutOfRangeError: A limit of Excel's would be exceeded.
    """
    with package.open("rb") as file:
        there = Foreign(file, package.name).tables
    done: list[Filled] = []
    for table in tables:
        headers = there.get(table.name, ())
        rows = table.rows.select([name for name in table.rows.column_names if name in headers])
        if not rows.num_columns:
            continue
        if table.key is not None and table.key not in headers:
            raise InputError(
                f"table {table.name!r}: its column {table.key!r}, which tells its rows apart, is missing.",
                hint="Undo its renaming or removal.",
            )
        done.append(fill(package, table.name, rows, key=table.key, language=language))
    _bring_cells(package, fresh)
    return Renewed(
        tables=tuple(each.table for each in done),
        archived=sum(each.archived for each in done),
        warnings=tuple(warning for each in done for warning in each.warnings),
    )


def _bring_cells(package: Path, fresh: Path) -> None:
    """Bring the single cells up to date.

    All formulas are calculated anew on opening only where people added some: where the add-in is missing, a
    formula of ours then shows an error instead of the value that it carries.
    """
    partial = partial_of(package)
    with package.open("rb") as file, fresh.open("rb") as other:
        book = Foreign(file, package.name)
        changed, left_behind = cells.brought(book, Foreign(other, fresh.name))
        if changed and left_behind:
            changed[book.workbook] = calculated_on_load(book.read(book.workbook))
        contents = {
            book.entry(part).filename: splice.compressed(book.entry(part), xml)
            for part, xml in changed.items()
        }
        with partial.open("wb") as out:
            remove_abandoned(package, os.fstat(out.fileno()).st_mtime)
            out.writelines(splice.spliced(file, book.archive, contents))
    partial.replace(package)
