"""From rows as read to the store: everything of one source is replaced at once, or nothing is.

Rows are validated while they are read, and meanwhile written, by ADBC in a thread of its own, to a staging
file beside the store. Only when the last row is there does one transaction of the store delete what it had of
the source and take over the staged rows. So a source that takes an hour to read keeps no other program
waiting; whoever reads the store sees all of the old state or all of the new; and a run killed anywhere leaves
the old. A staging file that a killed run left behind is overwritten by the next load of its source.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter, deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import bindparam, delete, func, select, text

from duebook.errors import SourceError, StoreError
from duebook.ledger import Type
from duebook_connectors.base import QUERIES
from duebook_etl import arrow_sqlite, schema
from duebook_etl.validate import validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import BindParameter, Connection, Table

    from duebook_etl.extract import Chunk
    from duebook_etl.store import Store
    from duebook_etl.validate import Checked, Quarantined

_TABLES: Final = {name: schema.metadata.tables[name] for name in (*QUERIES, "quarantine")}
_QUARANTINE: Final = pa.schema(
    [("run", pa.int64())]
    + [(name, pa.string()) for name in ("source", "query", "company", "key", "reason", "raw")]
)
_MOST: Final = 2.0**62
_SETTINGS: Final = ("page_size = 32768", "journal_mode = OFF", "synchronous = OFF")
"""Of the staging file: large pages are written faster, and what a killed run loses is made again."""
_WAITING: Final = 2
"""How many batches may wait for the staging file: enough to keep it busy, few enough to keep memory flat."""
_KEPT_INDEX_COST: Final = 4
"""A row costs an index that is kept about this many times what it costs one that is made anew."""


@dataclass(frozen=True)
class QueryCount:
    """How many rows of a query there were.

    Attributes:
        read: Rows the source gave.
        loaded: Rows now in the store, customers put in the place of missing ones among them.
        quarantined: Rows now in quarantine, findings about such customers among them.
    """

    read: int
    loaded: int
    quarantined: int


@dataclass(frozen=True)
class LoadResult:
    """How many rows of a source there were.

    Attributes:
        queries: The counts of each of ``QUERIES``.
    """

    queries: Mapping[str, QueryCount]

    @property
    def read(self) -> int:
        """Rows the source gave."""
        return sum(count.read for count in self.queries.values())

    @property
    def loaded(self) -> int:
        """Rows now in the ledger's tables."""
        return sum(count.loaded for count in self.queries.values())

    @property
    def quarantined(self) -> int:
        """Rows now in quarantine."""
        return sum(count.quarantined for count in self.queries.values())


def load(store: Store, run: int, source: str, chunks: Mapping[str, Iterable[Chunk]]) -> LoadResult:
    """Replace everything the store has of a source, its quarantine too, by what is read now.

    Loading the same rows again gives the same tables, but for the run's number in the quarantine.

    Args:
        store: The store.
        run: The number of the run, which ``runs`` has already.
        source: The source's name.
        chunks: For each of ``QUERIES`` what its reader gives; iterated once each, in their order.

    Returns:
        The counts.

    Raises:
        SourceError: The amounts add up to more than 64 bits hold; the store is as it was.
        StoreError: The store could not be written; it is as it was. It is so too after any error of reading,
            which passes through.
    """
    read, loaded, quarantined = Counter[str](), Counter[str](), Counter[str]()
    volume = Counter[tuple[str, str]]()
    with _Staging(store, source) as staging:
        for checked in validate(chunks):
            read[checked.query] += checked.read
            loaded[checked.query] += checked.good.num_rows
            quarantined[checked.query] += len(checked.quarantined)
            volume.update(_volume(checked))
            sources = pa.repeat(source, checked.good.num_rows)
            staging.add(checked.query, checked.good.add_column(0, "source", sources))
            staging.add("quarantine", _rows(run, source, checked.quarantined))
        _check_volume(source, volume)
        staging.finish()
        with store.write(attach=staging.path) as connection:
            staging.check(connection)
            for table in _TABLES.values():
                _replace(connection, table, source)
    return LoadResult(
        {query: QueryCount(read[query], loaded[query], quarantined[query]) for query in QUERIES}
    )


def _volume(checked: Checked) -> dict[tuple[str, str], float]:
    """Return how much the amounts of each field add up to without their signs, near enough for a bound."""
    amounts = [f.name for f in QUERIES[checked.query] if f.type is Type.AMOUNT]
    sums = {
        name: pc.sum(pc.abs(checked.good[name].cast(pa.float64(), safe=False))).as_py() for name in amounts
    }
    return {(checked.query, name): total or 0.0 for name, total in sums.items()}


def _check_volume(source: str, volume: Mapping[tuple[str, str], float]) -> None:
    """Refuse books whose sums could leave 64 bits: they would wrap, on both sides alike."""
    for (query, name), total in volume.items():
        if total > _MOST:
            raise SourceError(
                f"source {source}, query {query}: the amounts in {name} add up to {total:.1e} minor units; "
                f"at most {_MOST:.1e} can be counted exactly.",
                hint="Look for a wrong amount among the largest.",
            )


class _Staging:
    """A SQLite file beside the store: ADBC writes it, and Python's own library reads it after that."""

    def __init__(self, store: Store, source: str) -> None:
        digest = hashlib.sha256(source.encode()).hexdigest()[:12]
        self.path: Path = store.path.with_name(f"{store.path.name}-load-{digest}")
        self._store = store
        self._source = source
        self._token = secrets.token_hex()
        self._open = ExitStack()
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        named = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name IN :names")
        with self._store.engine.connect() as connection:
            # The tables in the store's own words, so that whole rows can be taken over as they are.
            names: BindParameter[str] = bindparam("names", list(_TABLES), expanding=True)
            tables = connection.scalars(named.bindparams(names)).all()
        try:
            with self._translated():
                self.path.unlink(missing_ok=True)
                self._connection = self._open.enter_context(arrow_sqlite.connect(self.path))
                self._thread = self._open.enter_context(ThreadPoolExecutor(1))
                for setting in _SETTINGS:
                    self._connection.execute(f"PRAGMA {setting}")
                self._connection.begin()
                for sql in (*tables, "CREATE TABLE token (token TEXT)"):
                    self._connection.execute(sql)
                self._connection.execute("INSERT INTO token VALUES (?)", (self._token,))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for write in self._waiting:
            write.cancel()
        self._open.close()
        with suppress(OSError):  # the next load of the source overwrites it
            self.path.unlink()

    def add(self, table: str, rows: pa.RecordBatch) -> None:
        """Write rows in the staging file's own thread; what went wrong with earlier ones is raised here."""
        if rows.num_rows:
            self._waiting.append(self._thread.submit(self._write, table, rows))
        self._wait(_WAITING)

    def finish(self) -> None:
        """Wait until every row is written, and give the file free."""
        self._wait(0)
        with self._translated():
            self._connection.commit()
            self._open.close()

    def check(self, connection: Connection) -> None:
        """Make sure that the file attached is the one written here.

        Raises:
            StoreError: Another load of the source began meanwhile and took its place.
        """
        made = connection.scalar(text("SELECT count(*) FROM staged.sqlite_master WHERE name = 'token'"))
        if not made or connection.scalar(text("SELECT token FROM staged.token")) != self._token:
            raise StoreError(
                f"store {self._store.path}: source {self._source} is being loaded by another run as well.",
                hint="Let that one finish.",
            )

    def _wait(self, most: int) -> None:
        while len(self._waiting) > most:
            with self._translated():
                self._waiting.popleft().result()

    def _write(self, table: str, rows: pa.RecordBatch) -> None:
        for at, column in enumerate(rows.columns):
            if column.type == pa.date32():  # faster here than in the driver, which writes the same text
                rows = rows.set_column(at, rows.schema.names[at], column.cast(pa.string()))
        self._connection.ingest(table, rows)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (arrow_sqlite.Error, OSError) as error:
            raise StoreError(
                f"store {self._store.path}: source {self._source} could not be staged beside it: {error}",
                hint="Look whether the disk is full, or whether another run is loading this source.",
            ) from error


def _replace(connection: Connection, table: Table, source: str) -> None:
    """Let the staged rows of a table take the place of those that the store has of the source."""
    staged = connection.scalar(text(f"SELECT count(*) FROM staged.{table.name}")) or 0  # noqa: S608 - our own name
    others = connection.scalar(select(func.count()).select_from(table).where(table.c.source != source)) or 0
    make_anew = others + staged < _KEPT_INDEX_COST * staged
    if make_anew:
        for index in table.indexes:
            index.drop(connection)
    connection.execute(delete(table).where(table.c.source == source) if others else delete(table))
    # The star lets SQLite copy rows without taking them apart.
    connection.execute(text(f"INSERT INTO main.{table.name} SELECT * FROM staged.{table.name}"))  # noqa: S608
    if make_anew:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.create(connection)


def _rows(run: int, source: str, quarantined: Iterable[Quarantined]) -> pa.RecordBatch:
    rows = [(run, source, q.query, q.company, q.key, q.reason, q.raw) for q in quarantined]
    columns = list(zip(*rows, strict=True)) or [()] * len(_QUARANTINE)
    arrays = [pa.array(values, f.type) for values, f in zip(columns, _QUARANTINE, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=_QUARANTINE)
