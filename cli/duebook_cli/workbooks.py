"""Workbooks that people work in: a table filled without losing anything, and two workbooks compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from duebook_cli.context import JsonOption  # noqa: TC001 - typer reads what options are when it runs
from duebook_cli.output import say, say_json, say_warning

WorkbookArgument = Annotated[Path, typer.Argument(metavar="FILE", help="The workbook, .xlsx or .xlsm.")]
RowsArgument = Annotated[
    Path, typer.Argument(metavar="DATA.csv", help="The rows, under the table's headers.")
]
TableArgument = Annotated[
    str, typer.Argument(metavar="TABLE", help="The name of an Excel table in the workbook.")
]


def fill(
    file: WorkbookArgument,
    table: TableArgument,
    data: RowsArgument,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="What tells each row from every other; people's notes follow it."
        ),
    ] = None,
    text: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="A column that is text, though it looks like numbers or dates."),
    ] = None,
    encoding: Annotated[str, typer.Option(help="How the characters of DATA.csv are written.")] = "utf-8",
    previous: Annotated[
        int, typer.Option(min=0, max=99, metavar="N", help="Keep the last N versions beside the workbook.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Fill a table of a workbook with the rows of a CSV file, and change nothing else.

    Columns that the file does not have are people's own: what stands in them follows the row's key.
    """
    from duebook_workbooks.filling.delimited import read_rows
    from duebook_workbooks.filling.fill import fill as fill_workbook

    rows = read_rows(data, text=text or (), encoding=encoding)
    filled = fill_workbook(file, table, rows, key=key, previous=previous)
    if as_json:
        say_json(
            {
                "table": filled.table,
                "rows": filled.rows,
                "added": filled.added,
                "left": filled.left,
                "archived": filled.archived,
                "warnings": list(filled.warnings),
            }
        )
        return
    for warning in filled.warnings:
        say_warning(warning)
    told = "" if filled.added is None else f", {filled.added} of them new, {filled.left} gone"
    count = f"{filled.rows} row{'' if filled.rows == 1 else 's'}"
    say(f"{file}: table {filled.table} has {count}{told}.")


def diff(
    first: Annotated[Path, typer.Argument(metavar="A", help="A workbook.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another.")],
    limit: Annotated[
        int, typer.Option(min=0, metavar="N", help="Show the first N differences; 0 for all.")
    ] = 100,
    as_json: JsonOption = False,
) -> None:
    """Show what differs between two workbooks, part by part and cell by cell; exit code 1 if any does."""
    from duebook_workbooks.filling.comparing import differences

    found = list(differences(first, second))
    shown = found[: limit or None]
    if as_json:
        say_json(
            {
                "differences": [
                    {"place": each.place, "before": each.before, "after": each.after} for each in shown
                ],
                "count": len(found),
            }
        )
    else:
        for each in shown:
            say(f"{each.place}: {_told(each.before)} -> {_told(each.after)}")
        more = len(found) - len(shown)
        say(f"{len(found)} differences{f', {more} of them not shown' if more else ''}.")
    if found:
        raise typer.Exit(1)


def _told(what: str | None) -> str:
    return "nothing" if what is None else what
