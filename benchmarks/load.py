"""A million ledger rows from PostgreSQL into the store, against pandas' read_sql and to_sql, in one run.

The store's rows are validated, indexed and taken over in one transaction; pandas' are only written. Both read
the same tables by the same queries, take turns, each time in a process of its own whose imports do not count,
and the best of the rounds counts. What the store holds then must equal the sums that PostgreSQL makes, to the
cent, and reconcile with the control account. Run it with ``python benchmarks/load.py``, which starts a server
of its own, or ``python benchmarks/load.py postgresql://user@host/database`` for an empty database.
"""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd
import psycopg
import sqlalchemy
from sqlalchemy import func, insert, make_url, select

from duebook_connectors.base import QUERIES
from duebook_etl import schema
from duebook_etl.cast import cast
from duebook_etl.drivers import open_session
from duebook_etl.load import load
from duebook_etl.reconcile import reconcile
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duebook_etl.cast import Chunk

ROUNDS: Final = 3
CHUNK_ROWS: Final = 65_536
RATIO_LIMIT: Final = 5.0
MEMORY_LIMIT: Final = 600  # megabytes of the whole process
AS_OF: Final = date(2025, 12, 31)
MONEY: Final = ("amount", "amount_document", "remaining")
# Pairs of an invoice and a receipt of as much; the first {settled} of them are allocated.
LEDGER: Final = """
CREATE TABLE companies (company, name, currency) AS VALUES ('1', 'One Ltd', 'EUR'), ('2', 'Two Ltd', 'USD');
CREATE TABLE items AS
SELECT CASE WHEN p % 3 = 0 THEN '1' ELSE '2' END AS company, (10 * p + r)::text AS item,
    'C' || lpad((p * 7919 % {customers} / 2)::text, 5, '0') AS customer,
    CASE WHEN r = 0 THEN 'invoice' ELSE 'receipt' END AS kind,
    CASE WHEN r = 0 THEN 'INV/2024/' ELSE 'BNK1/2024/' END || p AS document,
    CASE WHEN p % 4 = 0 THEN 'PO-' || p % 100000 END AS reference,
    day AS document_date, day AS posting_date, CASE WHEN r = 0 THEN day + 30 END AS due_date,
    CASE WHEN p % 3 = 0 THEN 'EUR' ELSE 'USD' END AS currency,
    money AS amount_document, money AS amount,
    CASE WHEN p <= {settled} THEN 0 ELSE money END::numeric(18, 2) AS remaining
FROM generate_series(1::bigint, {items} / 2) p, generate_series(0, 1) r,
    LATERAL (SELECT DATE '2024-01-01' + (p % 600 + 30 * r)::int AS day,
        ((1 - 2 * r) * (100 + p * 7907 % 9999999) / 100.0)::numeric(18, 2) AS money) m;
CREATE TABLE allocations AS
SELECT company, 'R' || item::bigint / 10 AS allocation, item, posting_date AS effective_date,
    amount_document, amount, NULL::date AS reversed_on
FROM items WHERE item::bigint / 10 <= {settled};
CREATE TABLE customers AS
SELECT DISTINCT company, customer, customer AS code, 'Customer ' || customer AS name, 'NL' AS country,
    'Retail' AS industry, NULL::text AS salesperson, '30 days' AS terms FROM items;
CREATE TABLE control AS
SELECT company, '1200' AS account, posting_date, sum(amount)::numeric(18, 2) AS amount
FROM items GROUP BY company, posting_date;
"""
CASES: Final = {
    "1,000,000 rows of a ledger": {"items": 560_000, "settled": 210_000, "customers": 40_000},
    "1,000,000 items": {"items": 1_000_000, "settled": 0, "customers": 40_000},
}


def sql(query: str) -> str:
    """Return the SELECT of a query, for both programs."""
    return f"SELECT {', '.join(field.name for field in QUERIES[query])} FROM {query}"  # noqa: S608 - our own names


def with_duebook(url: str, folder: Path) -> float:
    """Load into a store, check what it holds, and return the seconds of the loading."""
    with Store.open(f"sqlite:///{folder / 'duebook.db'}") as store:
        values = {"run": 1, "started": datetime(2025, 1, 1), "as_of": AS_OF, "status": "running"}  # noqa: DTZ001
        with store.write() as connection:
            values |= {"trigger": "command", "policy": "benchmark", "policy_digest": "0"}
            connection.execute(insert(schema.runs), [values])
        opened = partial(open_session, make_url(url), statement_timeout_seconds=600)
        opened().close()  # the drivers are loaded
        start = time.perf_counter()
        with contextlib.closing(opened()) as session:

            def chunks(query: str) -> Iterator[Chunk]:
                for batch in session.batches(sql(query), chunk_rows=CHUNK_ROWS):
                    yield cast(batch, QUERIES[query], where=query)

            result = load(store, 1, "erp", {query: chunks(query) for query in QUERIES})
        seconds = time.perf_counter() - start
        assert result.quarantined == 0
        sums = [func.sum(schema.items.c[name]) for name in MONEY]
        exact = f"SELECT {', '.join(f'100 * sum({name})' for name in MONEY)}, count(*) FROM items"  # noqa: S608
        with psycopg.connect(url) as database, store.engine.connect() as connection:
            stored = connection.execute(select(*sums, func.count()).select_from(schema.items)).one()
            assert database.execute(exact).fetchone() == tuple(stored)
    return seconds


def with_pandas(url: str, folder: Path) -> float:
    """Copy the same rows by pandas and return the seconds."""
    source = sqlalchemy.create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    target = sqlalchemy.create_engine(f"sqlite:///{folder / 'pandas.db'}")
    source.connect().close(), target.connect().close()  # the drivers are loaded
    start = time.perf_counter()
    with source.connect() as reading, target.begin() as writing:
        for query in QUERIES:
            pd.read_sql(sqlalchemy.text(sql(query)), reading).to_sql(query, writing, index=False)
    return time.perf_counter() - start


PROGRAMS: Final = {"Duebook": with_duebook, "pandas": with_pandas}


def child(program: str, url: str) -> None:
    """Run a program once and print its seconds and its peak memory in megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = PROGRAMS[program](url, Path(folder))
        print(seconds, peak())
        if program == "Duebook":
            with Store.open(f"sqlite:///{Path(folder) / 'duebook.db'}") as store:
                reports = reconcile(store, 1, "erp", AS_OF, (0, 30, 60, 90))
                assert [report.reconciled for report in reports] == [True, True]


def peak() -> float:
    """Return the most memory that this process has had, in megabytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def measure(url: str) -> bool:
    """Print the table of each case and return whether the limits are kept."""
    kept = True
    for title, size in CASES.items():
        with psycopg.connect(url, autocommit=True) as database:
            for query in QUERIES:
                database.execute(f"DROP TABLE IF EXISTS {query}")
            database.execute(LEDGER.format(**size))
            database.execute("VACUUM ANALYZE")
            rows = sum(database.execute(f"SELECT count(*) FROM {query}").fetchone()[0] for query in QUERIES)  # type: ignore[index]  # noqa: S608
        best = {program: (float("inf"), 0.0) for program in PROGRAMS}
        for _ in range(ROUNDS):
            for program in PROGRAMS:
                command = [sys.executable, __file__, program, url]
                run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ourselves
                seconds, memory = map(float, run.stdout.split())
                best[program] = min(best[program], (seconds, memory))
        ratio = best["pandas"][0] / best["Duebook"][0]
        print(f"{title}, {rows:,} in all, PostgreSQL to SQLite, best of {ROUNDS}")
        for program, (seconds, memory) in best.items():
            print(f"  {program:<8} {seconds:7.2f} s  {rows / seconds:9,.0f} rows/s  peak {memory:5.0f} MB")
        print(f"  {ratio:.1f} x (limit {RATIO_LIMIT}), memory limit {MEMORY_LIMIT} MB")
        kept = kept and ratio >= RATIO_LIMIT and best["Duebook"][1] <= MEMORY_LIMIT
    return kept


def main(urls: list[str]) -> int:
    """Print the tables, and return 1 where a limit is not kept."""
    if urls:
        return int(not measure(*urls))
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from servers import postgres_server  # noqa: PLC0415 - the tests' own server

    with postgres_server() as server:
        url = server.url(server.create("bench")).render_as_string(hide_password=False)
        return int(not measure(url))


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in PROGRAMS:
        child(*sys.argv[1:])
    else:
        sys.exit(main(sys.argv[1:]))
