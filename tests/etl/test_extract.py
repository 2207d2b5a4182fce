"""Reading an ERP's database, by every way there is, and everything that can go wrong with it."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from secrets import token_urlsafe
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from sqlalchemy import URL, make_url

from duebook.errors import DuebookError, InputError, SourceError
from duebook.ledger import Field, Type
from duebook_connectors.base import QUERIES
from duebook_etl.cast import cast
from duebook_etl.drivers import open_session
from duebook_etl.extract import Source, open_source
from servers import PASSWORD, USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from duebook_etl.cast import Rejected
    from duebook_etl.drivers import Session
    from erp import Database
    from servers import Postgres

ODBC = "postgresql+pyodbc"
DRIVERS = (
    "postgresql",
    "postgresql without adbc_driver_postgresql",
    pytest.param(ODBC, marks=pytest.mark.service("unixodbc")),
    pytest.param(f"{ODBC} without arrow_odbc", marks=pytest.mark.service("unixodbc")),
)


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the dialect of a URL, for every way to read PostgreSQL: ADBC, psycopg, arrow-odbc, pyodbc."""
    name, _, without = request.param.partition(" without ")
    if without:
        monkeypatch.setitem(sys.modules, without, None)
    return str(name)


def read(source: Source, query: str, *, chunk_rows: int = 65_536) -> pa.Table:
    with open_source(source) as reader:
        return pa.Table.from_batches(chunk.batch for chunk in reader.read(query, chunk_rows=chunk_rows))


def failure(source: Source, query: str = "items", **options: int) -> DuebookError:
    """Return the error of opening and reading a source, having looked for the password in all of it."""
    with pytest.raises(DuebookError) as caught, open_source(source, **options) as reader:
        list(reader.read(query))
    told = "".join(traceback.format_exception(caught.value)) + repr(source)
    for secret in (PASSWORD, urllib.parse.quote(PASSWORD, safe=""), urllib.parse.quote_plus(PASSWORD)):
        assert secret not in told
    return caught.value


@pytest.mark.parametrize("tcp", [False, True])
def test_every_driver_reads_the_same(tryton: Database, driver: str, *, tcp: bool) -> None:
    source = tryton.source(tryton.postgres.url(tryton.name, driver=driver, tcp=tcp), companies=("1",))
    for query in QUERIES:
        found = read(source, query)
        expected = read(tryton.source(), query)
        keys = [(name, "ascending") for name in expected.column_names[:3]]
        assert found.sort_by(keys).equals(expected.sort_by(keys)), query
        assert found.num_rows > 0


def test_psycopgs_url_is_read_by_adbc(odd: Database) -> None:
    """It is the one that people know from SQLAlchemy; psycopg itself cannot fetch such a date."""
    own = odd.copy()
    own.run("UPDATE account_move_line SET maturity_date = 'infinity' WHERE id = 10")
    rejected = rejected_items(own.source(own.postgres.url(own.name, driver="postgresql+psycopg", tcp=True)))
    assert set(rejected) == {"6", "10"}


def test_a_chunk_has_no_more_rows_than_wanted(tryton: Database, driver: str) -> None:
    with open_source(tryton.source(tryton.postgres.url(tryton.name, driver=driver))) as reader:
        sizes = [chunk.batch.num_rows for chunk in reader.read("items", chunk_rows=10)]
    assert max(sizes) <= 10
    assert sum(sizes) == 47


@pytest.fixture(scope="module")
def empty(tryton: Database) -> Database:
    """Return books without a receivable account."""
    empty = tryton.copy()
    empty.run("UPDATE account_account_type SET receivable = false")
    return empty


def test_a_query_without_rows_yields_its_columns(tryton: Database, empty: Database, driver: str) -> None:
    found = read(empty.source(empty.postgres.url(empty.name, driver=driver)), "items")
    assert (found.num_rows, found.schema) == (0, read(tryton.source(), "items").schema)


def test_reading_can_stop_anywhere(tryton: Database, driver: str) -> None:
    with open_source(tryton.source(tryton.postgres.url(tryton.name, driver=driver))) as reader:
        first = next(reader.read("items", chunk_rows=5))
        again = next(reader.read("items", chunk_rows=5))
    assert first == again


@pytest.fixture(scope="module")
def odd(tryton: Database) -> Database:
    """Return books with an amount that is no number and a day that never comes."""
    odd = tryton.copy()
    odd.run(
        "ALTER TABLE account_move_line DROP CONSTRAINT account_move_line_credit_debit;",
        "ALTER TABLE account_move_line DROP CONSTRAINT account_move_line_second_currency_sign;",
        "UPDATE account_move_line SET debit = 'NaN', credit = 0 WHERE id = 6;",
    )
    return odd


def rejected_items(source: Source) -> dict[str, Rejected]:
    with open_source(source) as reader:
        chunks = list(reader.read("items"))
    rejected = {str(row.row["item"]): row for chunk in chunks for row in chunk.rejected}
    assert sum(chunk.batch.num_rows for chunk in chunks) == 47 - len(rejected)
    return rejected


def test_an_amount_that_is_no_number_puts_its_row_aside(odd: Database, driver: str) -> None:
    rejected = rejected_items(odd.source(odd.postgres.url(odd.name, driver=driver)))
    assert {item: row.column for item, row in rejected.items()} == {"6": "amount"}
    assert rejected["6"].value.lower() == "nan"
    assert rejected["6"].row["document_date"] == "2025-06-10"


@pytest.mark.parametrize(
    "driver", ["postgresql", pytest.param(ODBC, marks=pytest.mark.service("unixodbc"))], indirect=True
)
def test_a_date_that_never_comes_puts_its_row_aside(odd: Database, driver: str) -> None:
    own = odd.copy()
    own.run("UPDATE account_move_line SET maturity_date = 'infinity' WHERE id = 10")
    rejected = rejected_items(own.source(own.postgres.url(own.name, driver=driver)))
    assert {item: row.column for item, row in rejected.items()} == {"6": "amount", "10": "due_date"}
    assert rejected["10"].row["customer"] == "6"


def test_a_source_is_read_only(tryton: Database, driver: str) -> None:
    session = open_session(tryton.postgres.url(tryton.name, driver=driver), statement_timeout_seconds=60)
    try:
        with pytest.raises(Exception, match="read-only transaction"):
            session.execute("UPDATE ir_configuration SET series = '9.9'")
    finally:
        session.close()
    with open_source(tryton.source()) as reader:
        assert reader.version == "8.2"


def test_all_queries_see_the_books_of_one_moment(group: Database, driver: str) -> None:
    with open_source(group.source(group.postgres.url(group.name, driver=driver))) as reader:
        before = [chunk.batch for chunk in reader.read("customers")]
        group.run("UPDATE party_party SET name = name || '!' WHERE code = '2'")
        after = [chunk.batch for chunk in reader.read("customers")]
    assert before == after
    names = read(group.source(), "customers")["name"].to_pylist()
    assert set(names) != set(pa.Table.from_batches(before)["name"].to_pylist())


def test_a_password_of_any_marks_opens_the_door(tryton: Database, driver: str) -> None:
    url = tryton.postgres.url(tryton.name, driver=driver, tcp=True)
    with open_source(tryton.source(url)) as reader:
        assert reader.version == "8.2"


def test_a_wrong_password(tryton: Database, driver: str) -> None:
    url = tryton.postgres.url(tryton.name, driver=driver, tcp=True, password=f"{PASSWORD}!")
    error = failure(tryton.source(url))
    assert isinstance(error, SourceError)
    assert str(error) == (
        f"source books, connector tryton, connecting to {driver}://{USER}:***@127.0.0.1:"
        f'{tryton.postgres.port}/tryton: password authentication failed for user "{USER}". '
        "Check the user and the password of the URL."
    )


def test_a_server_that_does_not_answer(tryton: Database, driver: str) -> None:
    url = URL.create(driver, USER, PASSWORD, "127.0.0.1", 1, "books")
    error = failure(tryton.source(url))
    assert isinstance(error, SourceError)
    assert error.message.startswith(
        f"source books, connector tryton, connecting to {driver}://{USER}:***@127.0.0.1:1/books: "
    )
    assert error.hint == "Check that the server runs, and host and port of the URL."


def test_a_database_that_does_not_exist(tryton: Database, driver: str) -> None:
    error = failure(tryton.source(tryton.postgres.url("nowhere", driver=driver, tcp=True)))
    assert isinstance(error, SourceError)
    assert 'database "nowhere" does not exist. Check the name of the database' in str(error)


@pytest.fixture(scope="module")
def broken(tryton: Database) -> Database:
    """Return books that lack a table and a column, and a table that nobody but their owner may read."""
    broken = tryton.copy()
    broken.run(
        "ALTER TABLE account_move_line DROP COLUMN maturity_date;",
        "ALTER TABLE party_category RENAME TO party_tag;",
        "CREATE ROLE clerk LOGIN;",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk;",
        "REVOKE SELECT ON account_move_reconciliation FROM clerk;",
    )
    return broken


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("customers", 'relation "party_category" does not exist.'),
        ("items", "column l.maturity_date does not exist."),
    ],
)
def test_a_table_or_column_that_is_not_there(broken: Database, driver: str, query: str, said: str) -> None:
    error = failure(broken.source(broken.postgres.url(broken.name, driver=driver)), query)
    assert isinstance(error, SourceError)
    assert str(error) == (
        f"source books, connector tryton, query {query}: {said} "
        "The database is not of the ERP that connector tryton reads, or lacks a module of it."
    )


def test_a_database_of_another_erp(tryton: Database, driver: str) -> None:
    url = tryton.postgres.url(tryton.name, driver=driver).render_as_string(hide_password=False)
    error = failure(Source("books", "odoo", url))
    assert isinstance(error, SourceError)
    assert str(error) == (
        'source books, connector odoo, query version: relation "ir_module_module" does not exist. '
        "The database is not of the ERP that connector odoo reads, or lacks a module of it."
    )


def test_a_table_the_user_may_not_read(broken: Database, driver: str) -> None:
    source = broken.source(broken.postgres.url(broken.name, driver=driver).set(username="clerk"))
    assert read(source, "control").num_rows == 31
    error = failure(source, "allocations")
    assert isinstance(error, SourceError)
    assert str(error) == (
        "source books, connector tryton, query allocations: "
        "permission denied for table account_move_reconciliation. "
        "Grant SELECT on it to the user of the URL."
    )


def test_a_statement_that_takes_too_long(tryton: Database, driver: str) -> None:
    """The table is locked by somebody for good, as an upgrade of the ERP would."""
    source = tryton.source(tryton.postgres.url(tryton.name, driver=driver))
    with tryton.postgres.connect(tryton.name) as somebody, somebody.transaction():
        somebody.execute("LOCK TABLE account_move_reconciliation IN ACCESS EXCLUSIVE MODE")
        error = failure(source, "allocations", statement_timeout_seconds=1)
    assert isinstance(error, SourceError)
    assert str(error) == (
        "source books, connector tryton, query allocations: canceling statement due to statement timeout. "
        "The limit is 1 s: allow more, or read when the server is less busy."
    )


def test_a_statement_that_somebody_ends(tryton: Database, driver: str) -> None:
    """It is a failure of this source, and not the end of the program that Ctrl-C is."""
    source = tryton.source(tryton.postgres.url(tryton.name, driver=driver))
    end = "SELECT bool_or(pg_cancel_backend(pid)) FROM pg_locks WHERE NOT granted AND database = %s"
    with (
        tryton.postgres.connect(tryton.name) as somebody,
        tryton.postgres.connect() as administrator,
        somebody.transaction(),
        ThreadPoolExecutor(1) as thread,
    ):
        somebody.execute("LOCK TABLE account_move_reconciliation IN ACCESS EXCLUSIVE MODE")
        (database,) = somebody.execute(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).fetchone() or ("",)

        def end_what_waits() -> None:
            while not (administrator.execute(end, (database,)).fetchone() or (None,))[0]:
                administrator.execute("SELECT pg_sleep(0.01)")

        ended = thread.submit(end_what_waits)
        error = failure(source, "allocations")
        ended.result()
    assert isinstance(error, SourceError)
    assert str(error) == (
        "source books, connector tryton, query allocations: canceling statement due to user request. "
        "Somebody ended it on the server; try again."
    )


def test_reading_postgresql_imports_no_other_engine(tryton: Database) -> None:
    program = (
        "import sys; from duebook_etl.drivers import open_session; from sqlalchemy import make_url\n"
        "session = open_session(make_url(sys.argv[1]), statement_timeout_seconds=60)\n"
        "assert [batch.num_rows for batch in session.batches('SELECT 1 AS one', chunk_rows=1)] == [1]\n"
        "session.close()\n"
        "print(sorted({'polars', 'pandas', 'duckdb'} & sys.modules.keys()))"
    )
    url = tryton.postgres.url(tryton.name).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program, url],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout == "[]\n"


def test_a_database_no_connector_reads(tmp_path: Path) -> None:
    error = failure(Source("books", "tryton", f"sqlite:///{tmp_path / 'books.db'}"))
    assert isinstance(error, SourceError)
    assert str(error) == (
        "source books: connector tryton reads postgresql; the URL is of sqlite. "
        "Choose the connector of the ERP whose database this is."
    )


@pytest.mark.parametrize("url", ["", "books", "oracle9://u:{}@host/x", "postgresql://u:{}@host:port/x"])
def test_a_url_that_is_none(url: str) -> None:
    error = failure(Source("books", "tryton", url.format(urllib.parse.quote(PASSWORD, safe=""))))
    assert isinstance(error, InputError)
    assert str(error) == (
        "source books: the URL is none that SQLAlchemy knows. "
        "Write postgresql://user@host:5432/database; marks in a password are escaped, / as %2F."
    )


def test_an_unknown_connector() -> None:
    error = failure(Source("books", "trytn", f"postgresql://u:{urllib.parse.quote(PASSWORD)}@host/x"))
    assert str(error) == "connector: 'trytn' is none of odoo, tryton. Did you mean 'tryton'?"


@pytest.fixture(scope="module")
def group(tryton: Database) -> Database:
    """Return books of four companies, two of one name, one with a name to trip over."""
    group = tryton.copy()
    group.run(
        """
        INSERT INTO party_party (id, code, name) VALUES
            (71, '71', 'Twin'), (72, '72', 'Twin'), (73, '73', 'L''Épicerie \\ "Sons" %s :x ? * ''; --');
        INSERT INTO company_company (id, party, currency)
        SELECT id, id, (SELECT id FROM currency_currency WHERE code = 'EUR') FROM party_party WHERE id > 70;
        """
    )
    return group


@pytest.mark.parametrize(
    ("companies", "ids"),
    [
        (("*",), ("1", "71", "72", "73")),
        (("1", "*"), ("1", "71", "72", "73")),
        (("Dunder Mifflin",), ("1",)),
        (("72", "Dunder Mifflin", "1"), ("1", "72")),
        (("L'Épicerie \\ \"Sons\" %s :x ? * '; --",), ("73",)),
    ],
)
def test_companies_are_chosen_by_id_or_name(
    group: Database, driver: str, companies: tuple[str, ...], ids: tuple[str, ...]
) -> None:
    with open_source(group.source(group.postgres.url(group.name, driver=driver), companies)) as reader:
        assert reader.companies == ids
        (chunk,) = reader.read("companies")
        assert sorted(chunk.batch["company"].to_pylist()) == list(ids)


@pytest.mark.parametrize(
    ("company", "message"),
    [
        (
            "Dunder Miflin",
            "source books: company 'Dunder Miflin' is none of 'Dunder Mifflin' (id 1), 'Twin' ",
        ),
        ("1' OR '1'='1", "source books: company \"1' OR '1'='1\" is none of "),
        ("Twin", "source books: 'Twin' is the name of several companies. Write its id: 71, 72."),
    ],
)
def test_an_unknown_company(group: Database, company: str, message: str) -> None:
    error = failure(group.source(companies=("1", company)))
    assert isinstance(error, InputError)
    assert str(error).startswith(message)
    assert ("Did you mean 'Dunder Mifflin'?" in str(error)) is (company == "Dunder Miflin")


@pytest.mark.service("unixodbc")
@pytest.mark.parametrize("key", ["PWD", "pwd"])
def test_secrets_of_an_odbc_connection_string_are_not_shown(postgres: Postgres, key: str) -> None:
    connection = f"DRIVER=/no/driver.so;Server=127.0.0.1;Port={postgres.port};UID=x;{key}=hush hush;"
    url = URL.create(ODBC, query={"odbc_connect": connection}).render_as_string(hide_password=False)
    error = failure(Source("books", "tryton", url))
    assert isinstance(error, SourceError)
    assert "hush" not in "".join(traceback.format_exception(error))
    assert (
        error.hint
        == "The URL names an ODBC driver that is not installed; odbcinst -q -d lists those that are."
    )


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("arrow_odbc", "pyodbc"):
        monkeypatch.setitem(sys.modules, module, None)
    error = failure(Source("books", "tryton", f"{ODBC}://u:{urllib.parse.quote(PASSWORD, safe='')}@host/x"))
    assert isinstance(error, SourceError)
    assert error.hint == (
        "Install what the URL names; for pyodbc that is duebook[odbc] and the system's unixODBC."
    )


# Below the reader: databases that no connector reads yet, as far as they are prepared for.


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Callable[[str], list[pa.RecordBatch]]]:
    """Return a function that reads a query from an SQLite file."""
    url = make_url(f"sqlite:///{tmp_path / 'toy.db'}")
    session = open_session(url, statement_timeout_seconds=60)
    yield lambda sql: list(session.batches(sql, chunk_rows=2))
    session.close()


def test_sqlite_is_read_in_chunks(sqlite: Callable[[str], list[pa.RecordBatch]]) -> None:
    batches = sqlite("SELECT 1 AS a, '2.50' AS b UNION ALL SELECT 2, NULL UNION ALL SELECT NULL, '%s :x ?'")
    assert [batch.to_pylist() for batch in batches] == [
        [{"a": 1, "b": "2.50"}, {"a": 2, "b": None}],
        [{"a": None, "b": "%s :x ?"}],
    ]


def test_sqlite_without_rows_has_columns(sqlite: Callable[[str], list[pa.RecordBatch]]) -> None:
    (batch,) = sqlite("SELECT 1 AS a WHERE false")
    assert (batch.schema.names, batch.num_rows) == (["a"], 0)


def test_a_column_of_several_kinds_is_text_that_tells_a_float(
    sqlite: Callable[[str], list[pa.RecordBatch]],
) -> None:
    (batch,) = sqlite("SELECT '12.50' AS a UNION ALL SELECT 0.1")
    assert batch.to_pylist() == [{"a": "12.50"}, {"a": "0.1 (binary floating point)"}]
    (batch,) = sqlite("SELECT 0.1 AS a")
    assert batch.schema.types == [pa.float64()]


def test_sqlite_is_read_only(sqlite: Callable[[str], list[pa.RecordBatch]]) -> None:
    with pytest.raises(Exception, match="readonly database"):
        sqlite("CREATE TABLE t (a)")


@pytest.fixture(params=["arrow-odbc", "pyodbc"])
def mariadb_session(
    mariadb: URL, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """Return a session of MariaDB, limited to a second a statement, by each driver."""
    if request.param == "pyodbc":
        monkeypatch.setitem(sys.modules, "arrow_odbc", None)
    session = open_session(mariadb, statement_timeout_seconds=1)
    yield session
    session.close()


@pytest.mark.service("mariadb")
@pytest.mark.service("unixodbc")
def test_mariadb_is_read_exactly(mariadb_session: Session) -> None:
    fields = [
        Field("text", Type.TEXT, required=True, help=""),
        Field("amount", Type.AMOUNT, required=True, help=""),
        Field("day", Type.DATE, required=True, help=""),
    ]
    (batch,) = mariadb_session.batches(
        "SELECT 7 AS text, CAST('0.1' AS decimal(38, 8)) AS amount, DATE '2025-01-31' AS day", chunk_rows=10
    )
    chunk = cast(batch, fields, where="")
    assert chunk.rejected == ()
    assert chunk.batch.to_pylist() == [{"text": "7", "amount": Decimal("0.1"), "day": date(2025, 1, 31)}]


@pytest.mark.service("mariadb")
@pytest.mark.service("unixodbc")
def test_mariadb_is_read_only_even_after_a_statement_that_ends_the_transaction(
    mariadb_session: Session,
) -> None:
    for statement in ("CREATE TABLE mysql.t (a int)", "INSERT INTO mysql.time_zone VALUES (9, 'N')"):
        with pytest.raises(Exception, match="READ ONLY transaction"):
            mariadb_session.execute(statement)


@pytest.mark.service("mariadb")
@pytest.mark.service("unixodbc")
def test_mariadb_ends_a_statement_that_takes_too_long(mariadb_session: Session) -> None:
    with pytest.raises(Exception, match="max_statement_time exceeded"):
        list(mariadb_session.batches("SELECT sleep(60)", chunk_rows=1))


def test_a_backend_that_is_not_prepared_for_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        open_session(make_url("mssql+pyodbc://host/x?driver=y"), statement_timeout_seconds=60)
    assert str(caught.value) == "url: a database of 'mssql' is none of postgresql, mariadb, sqlite."


def test_a_url_with_two_at_signs_is_refused_and_not_shown():
    word = token_urlsafe(8)
    source = Source("books", "tryton", f"postgresql://reader:p@{word}@127.0.0.1:1/erp")
    with pytest.raises(InputError) as caught, open_source(source):
        pass
    assert "more than one @" in str(caught.value)
    assert word not in str(caught.value)
