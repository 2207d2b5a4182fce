"""The store: Duebook's own database, a SQLite file in WAL mode, opened, migrated, read in bulk and written.

Two SQLite libraries meet here: Python's own, behind SQLAlchemy, and the one inside ADBC's driver, which reads
a million rows into Arrow four times faster. POSIX file locks belong to a process, so two libraries in one
process do not see each other's locks, and the one that closes the file first drops the locks of both
(https://www.sqlite.org/howtocorrupt.html, section 2.2.1). :class:`Store` therefore lets connections of only
one of them into the file at a time, and ADBC only ever reads it. So whatever else this process keeps in the
store's file, such as a job store, goes through :attr:`Store.engine`.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from weakref import WeakValueDictionary

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Float,
    Integer,
    NullPool,
    Text,
    and_,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError

from duebook.errors import InputError, NoAnswerError, StoreError
from duebook_etl import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa
    from sqlalchemy import ColumnElement, Connection, Engine, Select, Table
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.types import TypeEngine

HEAD: Final = "0004"
"""The newest revision of the migrations, so that opening a store that has it needs no Alembic."""
BUSY_SECONDS: Final = 30.0
"""How long to wait for another writer before giving up."""
_PAGE_BYTES: Final = 16_384
"""Of a new file: rows come in, with their indexes, in a fifth less time than with SQLite's own 4,096."""


class _Library(Enum):
    PYTHON = "SQLAlchemy"
    ADBC = "ADBC"

    @property
    def other(self) -> _Library:
        return _Library.ADBC if self is _Library.PYTHON else _Library.PYTHON


class _Gate:
    """Admits connections of one SQLite library at a time to a file; see the module's docstring for why."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside: dict[_Library, list[int]] = {library: [] for library in _Library}

    def enter(self, library: _Library, store: Store) -> int:
        thread = threading.get_ident()
        with self._changed:
            if thread in self._inside[library.other]:
                raise RuntimeError(
                    f"close the {library.other.value} connection before using {library.value} on {store.path}"
                )
            if not self._changed.wait_for(lambda: not self._inside[library.other], store.busy_seconds):
                raise StoreError(
                    f"store {store.path}: this program has used it elsewhere for {store.busy_seconds:g} s.",
                    hint="Try again when it is done.",
                )
            self._inside[library].append(thread)
        return thread

    def leave(self, library: _Library, thread: int) -> None:
        with self._changed:
            self._inside[library].remove(thread)
            self._changed.notify_all()


_gates: Final[WeakValueDictionary[Path, _Gate]] = WeakValueDictionary()
_gates_lock: Final = threading.Lock()


def _gate(path: Path) -> _Gate:
    with _gates_lock:
        return _gates.setdefault(path.resolve(), _Gate())


class _Connection(sqlite3.Connection):
    """A connection that leaves the gate once it is closed (SQLAlchemy's own event comes before that)."""

    gate: _Gate | None = None
    thread: int

    def close(self) -> None:
        super().close()
        if self.gate is not None:
            self.gate.leave(_Library.PYTHON, self.thread)
            self.gate = None


class Store:
    """An open store; use it as a context manager, or :meth:`close` it.

    Attributes:
        path: The SQLite file.
        busy_seconds: How long to wait for another writer before giving up.
        engine: SQLAlchemy's engine on it, for questions of few rows and for writing; it keeps no connection.
    """

    def __init__(self, path: Path, *, busy_seconds: float = BUSY_SECONDS) -> None:
        """Prepare the engine; :meth:`open` is what callers use.

        Args:
            path: The SQLite file.
            busy_seconds: How long to wait for another writer before giving up.
        """
        self.path = path
        self.busy_seconds = busy_seconds
        self._gate = _gate(path)
        self.engine: Engine = create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=NullPool,
            hide_parameters=True,  # they hold names and amounts; messages and logs do not
        )
        event.listen(self.engine, "begin", _begin)
        event.listen(self.engine, "handle_error", self._say)

    @classmethod
    def open(cls, url: str, *, create: bool = True, busy_seconds: float = BUSY_SECONDS) -> Self:
        """Open a store, creating and migrating it as needed.

        Args:
            url: ``sqlite:///FILE``; the file's folder must exist.
            create: Whether to make the file where there is none; a question makes none.
            busy_seconds: How long to wait for another writer before giving up.

        Returns:
            The store, of the newest revision.

        Raises:
            InputError: The URL is none, or names a database that this version keeps no store in.
            NoAnswerError: There is no file, and none is to be made.
            StoreError: The file is no store, of a newer version, not writable, or locked.
        """
        store = cls(_path(url), busy_seconds=busy_seconds)
        if not create and not store.path.exists():
            raise NoAnswerError(
                f"store {store.path}: there is none; nothing has been read yet.",
                hint="Run `duebook refresh` first.",
            )
        for place in (store.path.parent, store.path):
            if place.exists() and not os.access(place, os.W_OK):
                raise StoreError(
                    f"store {store.path}: {place} is not writable.", hint="Give yourself the right to."
                )
        if not store.path.parent.is_dir():
            raise StoreError(
                f"store {store.path}: there is no folder {store.path.parent}.", hint="Make it first."
            )
        if store.path.is_dir():
            raise StoreError(f"store {store.path}: it is a folder.", hint="Name a file in it.")
        with store._translated():
            revision = store._revision()
            if revision != HEAD:
                store._migrate(revision)
        return store

    def close(self) -> None:
        """Let go of everything; the store is not used afterwards."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the store."""
        self.close()

    @contextmanager
    def write(self, *, attach: Path | None = None) -> Iterator[Connection]:
        """Give a connection in a transaction that holds the right to write from its start.

        It is committed at the end, rolled back on an error. Writers wait for each other; readers never wait.

        Args:
            attach: Another SQLite file, which the statements then find as the schema ``staged``.

        Yields:
            The connection.

        Raises:
            StoreError: Another program has been writing for too long, the disk is full, or the like.
        """
        with self._translated(), self.engine.connect().execution_options(immediate=True) as connection:
            if attach is not None:
                driver = connection.connection.driver_connection
                assert driver is not None  # noqa: S101 - it was just opened; for the type checker
                driver.execute("ATTACH ? AS staged", (str(attach),))
            with connection.begin():
                yield connection

    def read(
        self, statement: Select[*tuple[object, ...]] | str, parameters: Sequence[object] = ()
    ) -> pa.Table:
        """Read rows in bulk.

        Args:
            statement: A SELECT of SQLAlchemy, whose columns' types then hold for the result, even where all
                values are NULL; or SQL text, whose dates come as ISO text.
            parameters: For SQL text: the values of its ``?``.

        Returns:
            An Arrow table; money as int64 minor units, dates as date32.

        Raises:
            StoreError: The store cannot be read.
        """
        if isinstance(statement, str):
            return self._fetch(statement, parameters)
        table = self._select(statement)
        return _typed(table, {column.name: column.type for column in statement.selected_columns})

    def ledger_frames(
        self, *, source: str | None = None, company: str | None = None, customer: str | None = None
    ) -> tuple[pa.Table, pa.Table]:
        """Read the items and the allocation legs on them.

        Args:
            source: Only of this source.
            company: Only of this company, an ERP's id.
            customer: Only of this customer, an ERP's id.

        Returns:
            Items and legs with the columns of their tables: ``source`` and the fields of the ledger. Money is
            int64 minor units, dates are date32, a NULL stays null.

        Raises:
            StoreError: The store cannot be read.
        """
        items, legs = schema.items.c, schema.allocations.c
        wanted = {"source": source, "company": company, "customer": customer}
        chosen = [items[name] == value for name, value in wanted.items() if value is not None]
        chosen_legs = [
            legs[name] == value for name, value in wanted.items() if value is not None and name in legs
        ]
        if customer is not None:
            same = and_(legs.source == items.source, legs.company == items.company, legs.item == items.item)
            chosen_legs = [same, *chosen]
        return self._ledger(schema.items, chosen), self._ledger(schema.allocations, chosen_legs)

    def _ledger(self, table: Table, where: Sequence[ColumnElement[bool]]) -> pa.Table:
        # ADBC types a column by its first batch of rows. A column of text that begins with NULLs would be
        # taken for numbers and fail later, so NULL travels as the empty text, which no such column holds.
        texts = {c.name for c in table.c if c.nullable and isinstance(c.type, Text | Date)}
        columns = [
            func.coalesce(c, "", type_=Text()).label(c.name) if c.name in texts else c for c in table.c
        ]
        found = self._select(select(*columns).where(*where))
        return _typed(found, {c.name: c.type for c in table.c}, empty_is_null=texts)

    def _select(self, statement: Select[*tuple[object, ...]]) -> pa.Table:
        compiled = statement.compile(self.engine, compile_kwargs={"render_postcompile": True})
        values = [compiled.params[name] for name in compiled.positiontup or ()]
        return self._fetch(str(compiled), values)

    def _fetch(self, sql: str, parameters: Sequence[object]) -> pa.Table:
        from duebook_etl import arrow_sqlite  # noqa: PLC0415 - questions of few rows start without it

        values = [value.isoformat() if isinstance(value, date) else value for value in parameters]
        thread = self._gate.enter(_Library.ADBC, self)
        try:
            with arrow_sqlite.connect(self.path, mode="rw") as connection:
                connection.execute(f"PRAGMA busy_timeout = {self.busy_seconds * 1000:.0f}")
                return connection.query(sql, values)
        except (arrow_sqlite.Error, OSError) as error:
            raise StoreError(f"store {self.path}: {error}") from error
        finally:
            self._gate.leave(_Library.ADBC, thread)

    def _connect(self) -> sqlite3.Connection:
        thread = self._gate.enter(_Library.PYTHON, self)
        try:
            connection = sqlite3.connect(
                self.path,
                timeout=self.busy_seconds,
                isolation_level=None,  # transactions begin and end where SQLAlchemy says so, for tables too
                check_same_thread=False,
                factory=_Connection,
            )
        except BaseException:
            self._gate.leave(_Library.PYTHON, thread)
            raise
        connection.gate, connection.thread = self._gate, thread
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")  # in WAL mode a kill loses nothing
        except BaseException:  # nobody else will ever close it
            connection.close()
            raise
        return connection

    def _revision(self) -> str | None:
        """Return the store's revision; None for a file without tables."""
        with self.engine.connect() as connection:
            try:
                return connection.exec_driver_sql(
                    "SELECT version_num FROM alembic_version"
                ).scalar_one_or_none()
            except DatabaseError as error:
                if "no such table" not in str(error.orig):
                    raise
            if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one():
                raise StoreError(
                    f"store {self.path}: it is a SQLite database of something else.",
                    hint="Name another file.",
                )
        return None

    def _migrate(self, revision: str | None) -> None:
        from alembic import command  # noqa: PLC0415 - slow to import and needed once a version
        from alembic.config import Config  # noqa: PLC0415
        from alembic.script import ScriptDirectory  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", "duebook_etl:migrations")
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if revision is not None and revision not in known:
            raise StoreError(
                f"store {self.path}: it is of a newer Duebook: its revision is {revision!r}, "
                f"the newest known here {HEAD!r}.",
                hint="Update Duebook.",
            )
        with self.engine.connect() as connection, closing(connection.connection.cursor()) as cursor:
            # Both stay with the file. The first counts only before the second; no transaction may be open.
            cursor.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            cursor.execute("PRAGMA journal_mode = WAL")
        with self.write() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise  # our own rows break our own rules: a defect, not the store's state
        except DatabaseError as error:
            raise self._state(error) from error

    def _state(self, error: DatabaseError) -> StoreError:
        said = str(error.orig)
        hint = next((hint for words, hint in _HINTS.items() if words in said), None)
        return StoreError(f"store {self.path}: {said}.", hint=hint)

    def _say(self, context: ExceptionContext) -> None:
        """Say of any question what is wrong with the store, where that is known to be the store's state."""
        error = context.sqlalchemy_exception
        if isinstance(error, DatabaseError) and any(words in str(error.orig) for words in _HINTS):
            raise self._state(error) from error


_HINTS: Final = {
    "locked": "Another program is writing to it; try again when it is done.",
    "not a database": "Name another file, or restore the store from a backup.",
    "malformed": "Restore the store from a backup, or move it away: the next refresh makes a new one.",
    "readonly": "Give yourself the right to write it and its folder.",
    "disk is full": "Make room on the disk, then try again.",
    "disk I/O": "Look whether the disk, or the network it is reached by, is in order.",
    "unable to open": "Look at the rights of the file and its folder.",
}


def _path(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InputError("store: its URL is none.", hint="Write sqlite:///FILE.") from None
    if parsed.get_backend_name() != "sqlite":
        raise InputError(
            f"store: a store on {parsed.get_backend_name()} is not built in this version, only SQLite is.",
            hint="Write sqlite:///FILE.",
        )
    if parsed.database in {None, "", ":memory:"}:
        raise InputError("store: its URL names no file.", hint="Write sqlite:///FILE.")
    return Path(str(parsed.database))


def _begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _typed(
    table: pa.Table,
    types: dict[str, TypeEngine[object]],
    *,
    empty_is_null: frozenset[str] | set[str] = frozenset(),
) -> pa.Table:
    """Give the columns as SQLite keeps them the types that they stand for."""
    import pyarrow as pa  # noqa: PLC0415 - questions of few rows start without it
    import pyarrow.compute as pc  # noqa: PLC0415

    arrow = (
        (Text, pa.string()),
        (DateTime, pa.timestamp("us")),
        (Date, pa.date32()),
        (Boolean, pa.bool_()),
        (Float, pa.float64()),
        (Integer, pa.int64()),
    )
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        wanted = next((to for of, to in arrow if isinstance(types[name], of)), column.type)
        if name in empty_is_null and column.type == pa.string():
            column = pc.if_else(pc.equal(column, ""), None, column)  # noqa: PLW2901
        none = column.null_count == len(column)  # ADBC has no type for a column of NULLs
        columns.append(pa.nulls(len(column), wanted) if none else column.cast(wanted))
    return pa.table(columns, names=table.column_names)
