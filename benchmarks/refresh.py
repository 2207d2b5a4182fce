"""A whole refresh of 1,000,000 ledger rows: its seconds and its peak memory.

The books are Tryton's tables with the columns the connector reads, filled by SQL in a PostgreSQL of their
own: 350,000 invoices of 20,000 customers, nine in ten paid, two invoices a receipt. With customers, receipts and
the legs of the allocations that is a million rows. `duebook refresh` runs as its own process, so its memory is
nobody else's.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from servers import postgres_server  # noqa: E402 - the folder of the tests' server has just been named

INVOICES = 350_000
RECEIPTS = 157_500
MEMORY_LIMIT = 1024

# ruff: noqa: E501, S608 - tables of a benchmark, filled from its own constants
_BOOKS = f"""
CREATE TABLE ir_configuration AS SELECT '8.2'::text AS series;
CREATE TABLE currency_currency AS SELECT 1 AS id, 'EUR'::text AS code;
CREATE TABLE company_company AS SELECT 1 AS id, 1 AS party, 1 AS currency;
CREATE TABLE party_party AS SELECT i AS id, 'Customer ' || i AS name, 'C' || i AS code
    FROM generate_series(1, 20000) i;
CREATE TABLE country_country AS SELECT 1 AS id, 'NL'::text AS code;
CREATE TABLE party_address AS SELECT i AS id, i AS party, 1 AS country, true AS active, true AS invoice, 1 AS sequence
    FROM generate_series(1, 20000) i;
CREATE TABLE party_category AS SELECT * FROM (VALUES (1, 'Industry', NULL::int), (2, 'Steel', 1)) c (id, name, parent);
CREATE TABLE "party_party-party_category" AS SELECT i AS party, 2 AS category FROM generate_series(1, 20000) i;
CREATE TABLE account_invoice_payment_term AS SELECT 1 AS id, '30 days'::text AS name;
CREATE TABLE party_party_payment_term AS SELECT i AS id, i AS party, 1 AS customer_payment_term
    FROM generate_series(1, 20000) i;
CREATE TABLE account_account_type AS SELECT 1 AS id, true AS receivable;
CREATE TABLE account_account AS SELECT 1 AS id, 1 AS company, 1 AS type, '1200'::text AS code, 'Debtors'::text AS name;
CREATE TABLE account_journal AS SELECT * FROM (VALUES (1, 'revenue'), (2, 'cash')) j (id, type);
CREATE TABLE account_move AS
    SELECT i AS id, 1 AS company, 1 AS journal, date '2024-07-01' + i * 729 / {INVOICES} AS date,
        'posted'::text AS state, 'M' || i AS number, NULL::text AS origin, NULL::text AS description
    FROM generate_series(1, {INVOICES}) i
    UNION ALL
    SELECT {INVOICES} + k, 1, 2, least(date '2024-07-01' + 2 * k * 729 / {INVOICES} + 25 + k % 40, date '2026-06-30'),
        'posted', 'R' || k, NULL, NULL
    FROM generate_series(1, {RECEIPTS}) k;
CREATE TABLE account_move_line AS
    SELECT i AS id, i AS move, 1 AS account, 1 + (i + 1) / 2 % 20000 AS party,
        (1 + i::bigint * 7919 % 1000000)::numeric / 100 AS debit, 0::numeric AS credit, NULL::int AS second_currency,
        NULL::numeric AS amount_second_currency, date '2024-07-01' + i * 729 / {INVOICES} + 30 AS maturity_date,
        NULL::text AS description, CASE WHEN i <= 2 * {RECEIPTS} THEN (i + 1) / 2 END AS reconciliation
    FROM generate_series(1, {INVOICES}) i;
INSERT INTO account_move_line
    SELECT {INVOICES} + reconciliation, {INVOICES} + reconciliation, 1, min(party), 0, sum(debit), NULL, NULL, NULL,
        NULL, reconciliation
    FROM account_move_line WHERE reconciliation IS NOT NULL GROUP BY reconciliation;
CREATE TABLE account_move_reconciliation AS
    SELECT l.reconciliation AS id, max(coalesce(l.maturity_date, m.date)) AS date, 1 AS company
    FROM account_move_line l JOIN account_move m ON m.id = l.move
    WHERE l.reconciliation IS NOT NULL GROUP BY l.reconciliation;
CREATE TABLE account_invoice AS
    SELECT i AS id, 'out'::text AS type, i AS move, NULL::int AS cancel_move, 'INV' || i AS number,
        NULL::text AS reference, date '2024-07-01' + i * 729 / {INVOICES} AS invoice_date,
        'invoice'::text AS sequence_type_cache
    FROM generate_series(1, {INVOICES}) i;
CREATE TABLE "account_invoice-additional-account_move" (invoice int, move int);
CREATE INDEX ON party_address (party);
CREATE INDEX ON "party_party-party_category" (party);
CREATE INDEX ON party_party_payment_term (party);
ANALYZE;
"""


def main() -> int:
    """Print rows, seconds and peak memory, and return 1 where the limit of memory is not kept."""
    with postgres_server() as server, tempfile.TemporaryDirectory() as name:
        server.create("books")
        with server.connect("books") as connection:
            connection.execute(_BOOKS.encode())
        folder = Path(name)
        url = server.url("books", driver="postgresql+psycopg").render_as_string(hide_password=False)
        (folder / "duebook.toml").write_text(
            f'[[source]]\nname = "books"\nconnector = "tryton"\nurl = "{url}"\n'
            '[[workbook]]\ntemplate = "portfolio"\npath = "portfolio.xlsx"\n'
        )
        command = [sys.executable, "-m", "duebook_cli", "refresh", "--as-of", "2026-06-30"]
        started = perf_counter()
        done = subprocess.run(  # noqa: S603 - ourselves
            command, cwd=folder, env=dict(os.environ), check=False, capture_output=True, text=True
        )
        seconds = perf_counter() - started
        print(done.stderr)
        if done.returncode:
            print(done.stdout)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        size = (folder / "portfolio.xlsx").stat().st_size / 2**20 if done.returncode == 0 else 0
    print(
        f"1,000,000-row refresh: {seconds:.1f} s, peak memory {memory:.0f} MB (limit {MEMORY_LIMIT}), {size:.1f} MB"
    )
    return int(done.returncode != 0 or memory > MEMORY_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
