"""Filling a table with 100,000 rows of ten columns, against programs that write them into an empty file.

The rows have text, dates, money and numbers; the workbook that is filled has twenty other sheets, which come
through as they are. Programs take turns and the best of the rounds counts; openpyxl, the slowest by far, has
one. A million rows are filled in a process of its own, for their time against a tenth of them and for the
memory that filling takes above the rows themselves. Run it with ``python benchmarks/workbook.py``; XlsxWriter
is compared where it is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import openpyxl
import pyarrow as pa
from openpyxl.worksheet.table import Table

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


def plain_rows(filled: dict[str, Column]) -> list[tuple[object, ...]]:
    """Return the same cells as the other programs take them: money as the nearest float."""
    lists = (
        [minor / 100 for minor in column.minor.to_pylist()]
        if isinstance(column, Money)
        else column.to_pylist()
        for column in filled.values()
    )
    return list(zip(*lists, strict=True))


def template(path: Path) -> None:
    """Write a workbook with a table to fill and twenty sheets beside it."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(HEADERS)
    for column in (6, 7):
        sheet.cell(2, column).number_format = "yyyy-mm-dd"
    for column in (8, 9):
        sheet.cell(2, column).number_format = "#,##0.00"
    sheet.add_table(Table(displayName="due_items", ref="A1:J2"))
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


def with_openpyxl(path: Path, rows: list[tuple[object, ...]]) -> None:
    """Write the rows with openpyxl in its write-only mode."""
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.append(HEADERS)
    for row in rows:
        sheet.append(row)
    workbook.save(path)


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
    arrays = {
        name: column.minor if isinstance(column, Money) else column for name, column in columns(MANY).items()
    }
    table = pa.table(arrays)
    with pa.ipc.new_file(path, table.schema) as file:
        file.write_table(table)


def many(source: Path, target: Path, rows: Path) -> None:
    """Fill a tenth of the rows and then all; print the seconds of both, and the megabytes above the rows."""
    with pa.OSFile(str(rows)) as file:
        table = pa.ipc.open_file(file).read_all()
    two = pa.array(np.full(MANY, 2, np.int8))

    def filled(count: int) -> dict[str, Column]:
        part = table.slice(0, count)
        money = {name: Money(part[name], two.slice(0, count)) for name in ("H", "I")}
        return {name: money.get(name, part[name]) for name in HEADERS}

    def ten_tenths() -> None:
        for _ in range(10):
            fill(source, target, {"due_items": filled(MANY // 10)})

    before = peak()
    # Both last as long, so that whatever else the machine does meets both alike.
    tenths = min(seconds(ten_tenths) for _ in range(2))
    all_ = min(seconds(lambda: fill(source, target, {"due_items": filled(MANY)})) for _ in range(2))
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
        stored = Path(name) / "rows.arrow"
        saved(stored)
        command = [sys.executable, __file__, *map(str, (source, target, stored))]
        run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
        tenth, all_, memory = map(float, run.stdout.split())
        size = target.stat().st_size / 2**20
    growth = all_ / tenth
    print(
        f"  {MANY:,} rows: {all_:.2f} s, {growth:.1f} x a tenth of them (limit {MANY_LIMIT}); {size:.0f} MB"
    )
    print(f"  memory above the rows: {memory:.0f} MB (limit {MEMORY_LIMIT})")
    return int(ours > SECONDS_LIMIT or growth > MANY_LIMIT or memory > MEMORY_LIMIT)


if __name__ == "__main__":
    if sys.argv[1:]:
        many(*map(Path, sys.argv[1:]))
    else:
        sys.exit(main())
