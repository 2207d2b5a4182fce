"""Three ways to read a database into Arrow, behind one small protocol.

* PostgreSQL by ADBC, which streams the server's binary COPY: for a URL ``postgresql://`` or
  ``postgresql+psycopg://``.
* Any database by an ODBC driver and arrow-odbc, for a URL ``...+pyodbc://``.
* Any database by SQLAlchemy, for every other URL, and in place of the two where their package is missing. It
  is slower, and a value that Python has not, such as an infinite date, is what its driver makes of it.

Every session is one read-only transaction on one snapshot of the database, so that all queries see the same
books, and every statement has a time limit.
"""

from __future__ import annotations

import importlib.util
import urllib.parse
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Protocol

import pyarrow as pa
import sqlalchemy
from adbc_driver_manager import AdbcConnection, AdbcStatement
from sqlalchemy.connectors.pyodbc import PyODBCConnector
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.pool import NullPool

from duebook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from sqlalchemy import URL
    from sqlalchemy.engine import ConnectArgsType

_BY_ADBC: Final = ("postgresql", "postgresql+psycopg")
# How a session becomes read-only, on one snapshot and limited in time. A backend not listed is not read: its
# line comes with the first connector that needs it, tried on a real server.
_START: Final[dict[str, tuple[str, ...]]] = {
    "postgresql": (
        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
        "SET LOCAL statement_timeout = {milliseconds}",
    ),
    "mariadb": (
        "SET SESSION TRANSACTION READ ONLY",  # also after a statement that ends the transaction by itself
        "SET SESSION max_statement_time = {seconds}",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ),
    # SQLite has no limit in time; it is a file on this machine, and nobody waits for it.
    "sqlite": ("PRAGMA query_only = ON", "BEGIN"),
}
_CONNECT_SECONDS: Final = 15
_BATCH_BYTES: Final = 4 * 2**20  # of one ADBC batch: some 33,000 rows of a dozen columns
_ODBC_BATCH_BYTES: Final = 64 * 2**20  # of one ODBC batch, whose text columns are as wide as the driver says


class Session(Protocol):
    """An open, read-only session."""

    def execute(self, sql: str) -> None:
        """Run a statement that returns nothing."""

    def batches(self, sql: str, *, chunk_rows: int) -> Generator[pa.RecordBatch, None, None]:
        """Yield the rows of a query as they come, at least one batch, which may be empty."""

    def close(self) -> None:
        """End the session."""


def open_session(url: URL, *, statement_timeout_seconds: int) -> Session:
    """Open a read-only session of the kind that fits the URL best.

    Args:
        url: The database, with its password.
        statement_timeout_seconds: How long one statement may take.

    Raises:
        InputError: The backend is none of those known here.
        Exception: Whatever the driver raises when it cannot connect; it may show the password.
    """
    backend = url.get_backend_name()
    if backend not in _START:
        raise InputError(f"url: a database of {backend!r} is none of {', '.join(_START)}.")
    if url.drivername in _BY_ADBC and importlib.util.find_spec("adbc_driver_postgresql") is not None:
        session: Session = _Adbc(url)
    elif url.get_driver_name() == "pyodbc" and importlib.util.find_spec("arrow_odbc") is not None:
        session = _ArrowOdbc(url)
    else:
        session = _SqlAlchemy(url)
    try:
        for statement in _START[backend]:
            session.execute(
                statement.format(
                    seconds=statement_timeout_seconds, milliseconds=1000 * statement_timeout_seconds
                )
            )
    except BaseException:
        session.close()
        raise
    return session


class _Adbc:
    """PostgreSQL by ADBC, in the layer under its DB-API, which would import Polars where there is one.

    What may wait for the server runs in a thread of its own: the next batch is fetched while one is worked
    on, and Ctrl-C ends the statement instead of waiting for it.
    """

    def __init__(self, url: URL) -> None:
        import adbc_driver_postgresql  # noqa: PLC0415 - its library is loaded only where it is used

        # libpq takes everything as a parameter of the URI, and so one way of escaping does for every part.
        given = {
            "user": url.username,
            "password": url.password,
            "host": url.host,
            "port": url.port,
            "dbname": url.database,
        }
        parameters = {"connect_timeout": _CONNECT_SECONDS, "application_name": "duebook", **url.query}
        parameters |= {name: value for name, value in given.items() if value is not None}
        query = urllib.parse.urlencode(parameters, doseq=True, quote_via=urllib.parse.quote)
        with ExitStack() as opened:
            database = opened.enter_context(adbc_driver_postgresql.connect(f"postgresql://?{query}"))
            self._connection = opened.enter_context(AdbcConnection(database))
            self._thread = opened.enter_context(ThreadPoolExecutor(1))
            self._opened = opened.pop_all()

    def execute(self, sql: str) -> None:
        with AdbcStatement(self._connection) as statement:
            statement.set_sql_query(sql)
            self._run(statement, statement.execute_update)

    def batches(self, sql: str, *, chunk_rows: int) -> Generator[pa.RecordBatch, None, None]:
        with AdbcStatement(self._connection) as statement:
            statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)})
            statement.set_sql_query(sql)
            schema = pa.schema(self._run(statement, statement.execute_schema))
            statement.set_sql_query(_numeric_as_text(sql, schema))
            stream, _rows = self._run(statement, statement.execute_query)
            with pa.RecordBatchReader.from_stream(stream) as reader:
                yield from _sliced(self._one_ahead(statement, reader), reader.schema, chunk_rows)

    def close(self) -> None:
        self._opened.close()

    def _one_ahead(self, statement: AdbcStatement, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        """Yield a reader's batches, fetching the next one while this one is worked on."""
        coming = self._thread.submit(next, reader, None)
        try:
            while (batch := _result(statement, coming)) is not None:
                coming = self._thread.submit(next, reader, None)
                yield batch
        finally:
            wait([coming])  # neither reader nor statement may be closed before

    def _run(self, statement: AdbcStatement, action: Callable[[], Any]) -> Any:  # noqa: ANN401 - ADBC is untyped
        return _result(statement, self._thread.submit(action))


def _result(statement: AdbcStatement, running: Future[Any]) -> Any:  # noqa: ANN401 - likewise
    """Wait for what a statement does in its thread; Ctrl-C ends it on the server too."""
    try:
        return running.result()
    except KeyboardInterrupt:
        statement.cancel()
        wait([running])
        raise


def _numeric_as_text(sql: str, schema: pa.Schema) -> str:
    """Return a query whose numeric columns the server writes as text.

    So would the driver, value by value, in twice the time that reading takes otherwise.
    """
    if len(set(schema.names)) < len(schema.names):
        return sql  # a mistake that the connector's check will name
    quoted = {name: '"' + name.replace('"', '""') + '"' for name in schema.names}
    columns = [
        f"CAST(q.{quoted[f.name]} AS text) AS {quoted[f.name]}"
        if isinstance(f.type, pa.OpaqueType) and f.type.type_name == "numeric"
        else f"q.{quoted[f.name]}"
        for f in schema
    ]
    return f"SELECT {', '.join(columns)} FROM ({sql}) q"  # noqa: S608 - our connector's own SQL


class _ArrowOdbc:
    """Any database by its ODBC driver, in blocks."""

    def __init__(self, url: URL) -> None:
        import arrow_odbc  # noqa: PLC0415 - an extra, and its library needs unixODBC

        (connection_string, *_), _options = url.get_dialect()().create_connect_args(url)
        self._connection = arrow_odbc.connect(connection_string, login_timeout_sec=_CONNECT_SECONDS)

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)

    def batches(self, sql: str, *, chunk_rows: int) -> Generator[pa.RecordBatch, None, None]:
        reader = self._connection.read_arrow_batches(
            sql,
            batch_size=chunk_rows,
            max_bytes_per_batch=_ODBC_BATCH_BYTES,
            map_schema=_exact,
        )
        batches = reader.into_pyarrow_record_batch_reader()
        yield from _sliced(batches, batches.schema, chunk_rows)

    def close(self) -> None:
        del self._connection  # it disconnects with its last reference; there is no call for it


def _exact(schema: pa.Schema) -> pa.Schema:
    """Ask for decimals and dates as text.

    Asked for a number, ODBC makes 0 of what is none, such as PostgreSQL's NaN, and today of an infinite date.
    """
    fields = [
        field.with_type(pa.string())
        if pa.types.is_decimal(field.type) or pa.types.is_date(field.type)
        else field
        for field in schema
    ]
    return pa.schema(fields)


class _SqlAlchemy:
    """Any database by SQLAlchemy, row by row on the driver's side."""

    def __init__(self, url: URL) -> None:
        if url.drivername == "postgresql":  # of its drivers, psycopg is the one that we bring
            url = url.set(drivername="postgresql+psycopg")
        self._engine = sqlalchemy.create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True
        )
        # The transaction is begun by our own statement, which also says that it is read-only.
        self._connection = self._engine.connect().execution_options(no_parameters=True)

    def execute(self, sql: str) -> None:
        self._connection.exec_driver_sql(sql).close()

    def batches(self, sql: str, *, chunk_rows: int) -> Generator[pa.RecordBatch, None, None]:
        streaming = {"stream_results": True, "max_row_buffer": chunk_rows}
        with self._connection.exec_driver_sql(sql, execution_options=streaming) as result:
            names = list(result.keys())
            empty = True
            for rows in result.partitions(chunk_rows):
                empty = False
                columns = [_array(values) for values in zip(*rows, strict=True)]
                yield pa.RecordBatch.from_arrays(columns, names=names)
            if empty:
                yield pa.RecordBatch.from_arrays([pa.nulls(0) for _ in names], names=names)

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()


def _sliced(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema, chunk_rows: int
) -> Iterator[pa.RecordBatch]:
    """Yield batches in pieces of no more rows than wanted, and an empty one when there is none."""
    empty = True
    for batch in batches:
        for start in range(0, batch.num_rows, chunk_rows):
            empty = False
            yield batch.slice(start, chunk_rows)
    if empty:
        yield pa.RecordBatch.from_pylist([], schema=schema)


def _array(values: Sequence[object]) -> pa.Array:
    """Return a driver's values as a column: as text where they are not all of one kind that Arrow has too."""
    try:
        return pa.array(values, pa.decimal128(38, 8) if any(isinstance(v, Decimal) for v in values) else None)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return pa.array([_text(value) for value in values], pa.string())


def _text(value: object) -> str | None:
    """Return a value as text that still tells a float, which is no amount, from a decimal."""
    if value is None:
        return None
    return f"{value!r} (binary floating point)" if isinstance(value, float) else str(value)


class PostgresOdbc(PyODBCConnector, PGDialect):
    """SQLAlchemy's PostgreSQL through pyodbc, which it does not bring: ``postgresql+pyodbc://...?driver=...``."""

    supports_statement_cache = True
    pyodbc_driver_name = "PostgreSQL Unicode"

    def create_connect_args(self, url: URL) -> ConnectArgsType:
        """Return the connection string: the port by itself, and results fetched in blocks."""
        settings = {"UseDeclareFetch": "1", "Fetch": "20000"}
        if url.port is not None:
            settings["port"] = str(url.port)
        if url.password is not None:  # psqlODBC takes %2F for / and + for a blank in a connection string
            url = url.set(password=urllib.parse.quote(url.password, safe=""))
        return super().create_connect_args(url.update_query_dict({**settings, **url.query}))


registry.register("postgresql.pyodbc", __name__, PostgresOdbc.__name__)
