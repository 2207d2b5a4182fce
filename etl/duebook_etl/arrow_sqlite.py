"""ADBC's driver for SQLite: Arrow in, Arrow out.

Its DB-API layer imports Polars where there is one, which takes longer than most questions to the store; the
layer under it does not, and is all that is needed.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import adbc_driver_sqlite
import pyarrow as pa
from adbc_driver_manager import AdbcConnection, AdbcStatement, Error, StatementOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Connection", "Error", "connect"]

_APPEND: Final = "adbc.ingest.mode.append"
_BATCH_ROWS: Final = 65_536
_MISMATCH: Final = "Type mismatch in column"


class Connection:
    """A connection that commits each statement until :meth:`begin`."""

    def __init__(self, connection: AdbcConnection) -> None:
        """Wrap a connection; :func:`connect` is what callers use."""
        self._connection = connection

    def execute(self, sql: str, values: Sequence[object] = ()) -> None:
        """Run SQL whose rows, if any, are of no interest.

        Args:
            sql: One statement.
            values: The values of its ``?``.
        """
        self.query(sql, values)

    def query(self, sql: str, values: Sequence[object] = ()) -> pa.Table:
        """Run SQL and return its rows.

        The driver gives a column the type of its first batch of rows. Where a later row does not fit, as in a
        column of text that begins with NULLs, everything is read again as one batch.

        Args:
            sql: One statement, a SELECT where it is a long one.
            values: The values of its ``?``.
        """
        try:
            return self._read(sql, values, _BATCH_ROWS)
        except OSError as error:
            if _MISMATCH not in str(error):
                raise
        rows = self._read(f"SELECT count(*) FROM ({sql})", values, 1)[0][0].as_py()  # noqa: S608 - the same SQL
        return self._read(sql, values, rows)

    def _read(self, sql: str, values: Sequence[object], batch_rows: int) -> pa.Table:
        with AdbcStatement(self._connection) as statement:
            # The driver reserves memory for a whole batch at once, 16 bytes a row and column.
            statement.set_options(**{adbc_driver_sqlite.StatementOptions.BATCH_ROWS.value: str(batch_rows)})
            statement.set_sql_query(sql)
            if values:
                names = [str(place) for place in range(len(values))]
                statement.bind(pa.RecordBatch.from_arrays([pa.array([value]) for value in values], names))
            stream, _ = statement.execute_query()
            return pa.RecordBatchReader.from_stream(stream).read_all()

    def ingest(self, table: str, rows: pa.RecordBatch) -> None:
        """Append rows to a table, columns by name."""
        with AdbcStatement(self._connection) as statement:
            statement.set_options(
                **{
                    StatementOptions.INGEST_TARGET_TABLE.value: table,
                    StatementOptions.INGEST_MODE.value: _APPEND,
                }
            )
            statement.bind(rows)
            statement.execute_update()

    def begin(self) -> None:
        """Begin a transaction that lasts until :meth:`commit`."""
        self._connection.set_autocommit(False)

    def commit(self) -> None:
        """Commit."""
        self._connection.commit()


@contextmanager
def connect(path: Path, *, mode: str = "rwc") -> Iterator[Connection]:
    """Connect to a file for the length of a ``with`` block; what was not committed is lost.

    Args:
        path: The file.
        mode: SQLite's: ``rw`` for a file that exists, ``rwc`` to make it.

    Raises:
        Error: Anything that goes wrong here and later.
    """
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    with adbc_driver_sqlite.connect(uri) as database, AdbcConnection(database) as connection:
        yield Connection(connection)
