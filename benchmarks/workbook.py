"""Filling a table with 100,000 rows of ten columns, against programs that write them into an empty file.

A template of ours is filled first, then a workbook that a person works in: its table has two columns more,
the person's notes on ten rows and a formula, kept by the rows' keys. openpyxl fills the same workbook.

The rows have text, dates, money and numbers; the workbook that is filled has twenty other sheets, which come
through as they are. Programs take turns and the best of the rounds counts; openpyxl, the slowest by far, has
one. A million rows are filled in a process of its own, for their time against a tenth of them and for the
memory that filling takes above the rows themselves. Run it with ``python benchmarks/workbook.py``; XlsxWriter
and rustpy-xlsxwriter are compared where they are installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.compute as pc
from openpyxl.worksheet.table import Table

from duebook_workbooks.filling import fill as filling
from duebook_workbooks.package import fill
from duebook_workbooks.tables import Money

if TYPE_CHECKING:
    from collections.abc import Callable

    from duebook_workbooks.tables import Column

ROWS: Final = 100_000
MANY: Final = 1_000_000
ROUNDS: Final = 5
HEADERS: Final = tuple("ABCDEFGHIJ")
SECONDS_LIMIT: Final = 1.0
MANY_LIMIT: Final = 11.0  # times the seconds of a tenth of the rows
MEMORY_LIMIT: Final = 200  # megabytes above the data
XLSXWRITER_LIMIT: Final = 10.0  # times as fast as it writes the rows into an empty workbook
RUST_LIMIT: Final = 1.3  # times as fast as rustpy-xlsxwriter writes them into one
OPENPYXL_LIMIT: Final = 50.0  # times as fast as it loads, fills and saves the workbook
NOTED: Final = 10  # rows that a person has written something on


def columns(count: int) -> dict[str, Column]:
    """Return ten columns as a list of open items has them."""
    random = np.random.default_rng(20250630)
    days = np.datetime64("2025-06-30") - random.integers(0, 400, count)
    two = pa.array(np.full(count, 2, np.int8))
    texts = (
        [f"C{at % 5000:05d}" for at in range(count)],
        [f"Customer & Co {at % 5000} 有限公司" for at in range(count)],
        [f"INV-{at:07d}" for at in range(count)],
        ["EUR"] * count,
        ["31-60"] * count,
    )
    values = (
        *(pa.array(text) for text in texts),
        pa.array(days, pa.date32()),
        pa.array(days + 30, pa.date32()),
        Money(pa.array(random.integers(-1_000_000, 10_000_000, count)), two),
        Money(pa.array(random.integers(-1_000_000, 10_000_000, count)), two),
        pa.array(random.integers(-60, 200, count)),
    )
    return dict(zip(HEADERS, values, strict=True))


def arrow(filled: dict[str, Column]) -> pa.Table:
    """Return the columns as one table: money as decimals, with two places."""
    hundred = pa.scalar(100, pa.decimal128(3))
    return pa.table(
        {
            name: pc.cast(pc.divide(pc.cast(column.minor, pa.decimal128(19)), hundred), pa.decimal128(21, 2))
            if isinstance(column, Money)
            else column
            for name, column in filled.items()
        }
    )


def plain_rows(filled: dict[str, Column]) -> list[tuple[object, ...]]:
    """Return the same cells as the other programs take them: money as the nearest float."""
    lists = (
        [minor / 100 for minor in column.minor.to_pylist()]
        if isinstance(column, Money)
        else column.to_pylist()
        for column in filled.values()
    )
    return list(zip(*lists, strict=True))


def template(path: Path, *, noted: int = 0) -> None:
    """Write a workbook with a table to fill and twenty sheets beside it.

    Args:
        path: Where.
        noted: How many rows the table has that a person works on, in two columns more.
    """
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append((*HEADERS, "Note", "Twice") if noted else HEADERS)
    for row in range(2, noted + 2):
        sheet.cell(row, 3, f"INV-{row:07d}")
        sheet.cell(row, 11, f"a note on {row}")
        sheet.cell(row, 12, f"=H{row}*2")
    for row in range(2, max(1, noted) + 2):
        for column in (6, 7):
            sheet.cell(row, column).number_format = "yyyy-mm-dd"
        for column in (8, 9):
            sheet.cell(row, column).number_format = "#,##0.00"
    sheet.add_table(Table(displayName="due_items", ref=f"A1:{'L' if noted else 'J'}{max(1, noted) + 1}"))
    for number in range(20):
        other = workbook.create_sheet(f"Sheet {number}")
        for row in range(500):
            other.append([row * column for column in range(12)])
    workbook.save(path)


def with_xlsxwriter(path: Path, rows: list[tuple[object, ...]]) -> None:
    """Write the rows with XlsxWriter in its frugal mode."""
    xlsxwriter = importlib.import_module("xlsxwriter")
    workbook = xlsxwriter.Workbook(path, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = workbook.add_worksheet()
    sheet.write_row(0, 0, HEADERS)
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row)
    workbook.close()


def with_rust(path: Path, table: pa.Table) -> None:
    """Write the rows with rustpy-xlsxwriter from where it takes them fastest, an Arrow table."""
    writer = importlib.import_module("rustpy_xlsxwriter").FastExcel(path)
    writer = writer.format(datetime_format="yyyy-mm-dd", float_format="#,##0.00")
    writer.sheet("Data", table).save()


def with_openpyxl(path: Path, rows: list[tuple[object, ...]]) -> None:
    """Write the rows with openpyxl in its write-only mode."""
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.append(HEADERS)
    for row in rows:
        sheet.append(row)
    workbook.save(path)


def filled_by_openpyxl(source: Path, target: Path, rows: list[tuple[object, ...]]) -> None:
    """Load a person's workbook with openpyxl, fill its table, the notes kept by key, and save it."""
    workbook = openpyxl.load_workbook(source)
    sheet = workbook.worksheets[0]
    notes = {sheet.cell(row, 3).value: sheet.cell(row, 11).value for row in range(2, NOTED + 2)}
    for number, row in enumerate(rows, 2):
        for column, value in enumerate((*row, notes.get(row[2]), f"=H{number}*2"), 1):
            sheet.cell(number, column, value)
    sheet.tables["due_items"].ref = f"A1:L{len(rows) + 1}"
    workbook.save(target)


def peoples(folder: Path, filled: dict[str, Column], rows: list[tuple[object, ...]]) -> bool:
    """Print how fast a person's workbook is filled, and return whether the limits are kept."""
    source, target = folder / "person.xlsx", folder / "filled.xlsx"
    template(source, noted=NOTED)
    table = arrow(filled)

    def ours() -> float:
        shutil.copy(source, target)
        return seconds(lambda: filling.fill(target, "due_items", table, key="C"))

    first = min(ours() for _ in range(ROUNDS))
    again = min(seconds(lambda: filling.fill(target, "due_items", table, key="C")) for _ in range(2))
    peers = {
        "openpyxl load, fill, save": (OPENPYXL_LIMIT, lambda: filled_by_openpyxl(source, target, rows), 1)
    }
    if importlib.util.find_spec("xlsxwriter"):
        peers["XlsxWriter, empty workbook"] = (XLSXWRITER_LIMIT, lambda: with_xlsxwriter(target, rows), 2)
    if importlib.util.find_spec("rustpy_xlsxwriter"):
        floats = [pc.cast(each, pa.float64()) if pa.types.is_decimal(each.type) else each for each in table]
        native = pa.table(dict(zip(table.column_names, floats, strict=True)))
        peers["rustpy-xlsxwriter, empty"] = (RUST_LIMIT, lambda: with_rust(target, native), ROUNDS)
    print(f"A person's workbook, {NOTED} rows with notes and a formula to fill down")
    print(f"  {'Duebook':<28} {first:8.3f} s")
    kept = True
    for program, (limit, work, rounds) in peers.items():
        took = min(seconds(work) for _ in range(rounds))
        kept = kept and took / first >= limit
        print(f"  {program:<28} {took:8.3f} s  {took / first:6.1f} x (limit {limit:g})")
    print(f"  {'Duebook, when it is full':<28} {again:8.3f} s")
    return kept


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes once."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak() -> float:
    """Return the most megabytes this process ever had; ``getrusage`` would count what its parent had."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def saved(path: Path) -> None:
    """Write a million rows to a file, from which another process reads them without building them first."""
    table = arrow(columns(MANY))
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table)


def many(source: Path, target: Path, rows: Path) -> None:
    """Fill a tenth of the rows and then all; print the seconds of both, and the megabytes above the rows."""
    with pa.OSFile(str(rows)) as file:
        table = pa.ipc.open_file(file).read_all()

    def filled(count: int) -> None:
        shutil.copy(source, target)
        filling.fill(target, "due_items", table.slice(0, count), key="C")

    def ten_tenths() -> None:
        for _ in range(10):
            filled(MANY // 10)

    before = peak()
    # Both last as long, so that whatever else the machine does meets both alike.
    tenths = min(seconds(ten_tenths) for _ in range(2))
    all_ = min(seconds(lambda: filled(MANY)) for _ in range(2))
    print(tenths / 10, all_, peak() - before)


def main() -> int:
    """Print the table, and return 1 where a limit is not kept."""
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "template.xlsx", Path(name) / "filled.xlsx"
        template(source)
        filled = columns(ROWS)
        rows = plain_rows(filled)
        works: dict[str, tuple[Callable[[], object], int]] = {
            "Duebook": (lambda: fill(source, target, {"due_items": filled}), ROUNDS),
            "openpyxl write-only": (lambda: with_openpyxl(target, rows), 1),
        }
        if importlib.util.find_spec("xlsxwriter"):
            works["XlsxWriter constant_memory"] = (lambda: with_xlsxwriter(target, rows), 2)
        best = dict.fromkeys(works, float("inf"))
        for turn in range(ROUNDS):
            for program, (work, rounds) in works.items():
                if turn < rounds:
                    best[program] = min(best[program], seconds(work))
        ours = best["Duebook"]
        print(f"{ROWS:,} rows of {len(HEADERS)} columns, best of up to {ROUNDS}")
        for program, took in best.items():
            print(f"  {program:<28} {took:8.3f} s  {took / ours:6.1f} x")
        kept = peoples(Path(name), filled, rows)
        stored = Path(name) / "rows.arrow"
        saved(stored)
        command = [sys.executable, __file__, *map(str, (Path(name) / "person.xlsx", target, stored))]
        run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
        tenth, all_, memory = map(float, run.stdout.split())
        size = target.stat().st_size / 2**20
    growth = all_ / tenth
    print(
        f"  {MANY:,} rows: {all_:.2f} s, {growth:.1f} x a tenth of them (limit {MANY_LIMIT}); {size:.0f} MB"
    )
    print(f"  memory above the rows: {memory:.0f} MB (limit {MEMORY_LIMIT})")
    return int(not kept or ours > SECONDS_LIMIT or growth > MANY_LIMIT or memory > MEMORY_LIMIT)


if __name__ == "__main__":
    if sys.argv[1:]:
        many(*map(Path, sys.argv[1:]))
    else:
        sys.exit(main())
