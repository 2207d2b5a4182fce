"""Reading a million items from PostgreSQL, against ``pandas.read_sql`` on the same query, in one run.

Our reading ends in Arrow with exact decimals and dates, checked; pandas ends in a frame whose amounts are
binary floating point. They take turns, and the best of the rounds counts. The memory is that of a process of
its own which reads and drops the rows, above what it had after the first one. Run it with
``python benchmarks/extract.py``, which needs the demo's embedded PostgreSQL, or name a database in which it
may make a table: ``python benchmarks/extract.py postgresql://user@host/database``.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd
import sqlalchemy
from sqlalchemy import make_url

from duebook.ledger import ITEMS
from duebook_etl.cast import cast
from duebook_etl.drivers import open_session

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS: Final = 1_000_000
FEWER: Final = 250_000
ROUNDS: Final = 3
CHUNK: Final = 65_536
SPEED_LIMIT: Final = 2.0  # times as fast as pandas.read_sql
MEMORY_LIMIT: Final = 200  # megabytes above those of the connection, however many rows
FIELDS: Final = tuple(field for field in ITEMS if field.name not in {"reference", "remaining"})
TABLE: Final = """
CREATE TABLE IF NOT EXISTS duebook_benchmark AS
SELECT '1' AS company, CAST(i AS text) AS item, 'C' || lpad(CAST(i % 20000 AS text), 6, '0') AS customer,
    CASE i % 3 WHEN 0 THEN 'receipt' ELSE 'invoice' END AS kind, 'INV/2025/' || i AS document,
    DATE '2024-01-01' + i % 700 AS document_date, DATE '2024-01-01' + i % 700 AS posting_date,
    CASE i % 100 WHEN 0 THEN NULL ELSE DATE '2024-01-31' + i % 700 END AS due_date, 'EUR' AS currency,
    CAST(i % 1000003 * 1.17 AS numeric(38, 8)) AS amount_document,
    CAST(i % 1000003 * 1.23 AS numeric(38, 8)) AS amount
FROM generate_series(1, 1000000) i
"""
QUERY: Final = "SELECT * FROM duebook_benchmark"


def read(url: str, query: str = QUERY) -> int:
    """Read the rows as the pipeline does, keep none, and return how many they were."""
    session = open_session(make_url(url), statement_timeout_seconds=600)
    try:
        chunks = (
            cast(batch, FIELDS, where="benchmark") for batch in session.batches(query, chunk_rows=CHUNK)
        )
        return sum(chunk.batch.num_rows for chunk in chunks)
    finally:
        session.close()


def read_with_pandas(url: str) -> int:
    """Read the rows with pandas, and return how many they were."""
    engine = sqlalchemy.create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        rows = len(pd.read_sql(sqlalchemy.text(QUERY), connection))
    engine.dispose()
    return rows


def seconds(work: Callable[[str], int], url: str) -> float:
    """Return the seconds that reading everything takes."""
    begin = time.perf_counter()
    assert work(url) == ROWS
    return time.perf_counter() - begin


def megabytes(url: str, rows: int) -> int:
    """Return the memory that reading some rows takes in a process of its own."""
    command = [sys.executable, __file__, url, str(rows)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - ourselves


def measure_memory(url: str, rows: int) -> None:
    """Print the megabytes that reading takes above those of a first row."""
    read(url, f"{QUERY} LIMIT 1")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read(url, f"{QUERY} LIMIT {rows}") == rows
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)


def measure(url: str) -> None:
    """Measure, and print a table."""
    engine = sqlalchemy.create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(TABLE))
    engine.dispose()
    fewer, all_ = megabytes(url, FEWER), megabytes(url, ROWS)  # first: a process inherits its parent's peak
    rounds = [(seconds(read, url), seconds(read_with_pandas, url)) for _ in range(ROUNDS)]
    ours, pandas = (min(times) for times in zip(*rounds, strict=True))
    print(f"{'reading':34}{'seconds':>10}{'rows/s':>12}{'ratio':>8}")
    print(f"{'Duebook, decimals':34}{ours:10.2f}{ROWS / ours:12,.0f}{1:8.1f}")
    print(f"{'pandas.read_sql, floats':34}{pandas:10.2f}{ROWS / pandas:12,.0f}{pandas / ours:8.1f}")
    print(f"memory for {FEWER:,} rows: {fewer} MB; for {ROWS:,} rows: {all_} MB")
    if pandas / ours < SPEED_LIMIT or all_ > MEMORY_LIMIT:
        sys.exit(f"The limits are {SPEED_LIMIT} times the speed and {MEMORY_LIMIT} MB.")


def main() -> None:
    """Measure on the database that is named, or on an embedded one."""
    if len(sys.argv) > 2:  # noqa: PLR2004 - a database and a number of rows
        measure_memory(sys.argv[1], int(sys.argv[2]))
    elif len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        from duebook_demo import server  # noqa: PLC0415 - an extra

        with tempfile.TemporaryDirectory() as folder:
            try:
                measure(server.start(Path(folder), database="postgres").replace("+psycopg", ""))
            finally:
                server.stop(Path(folder))


if __name__ == "__main__":
    main()
