"""Reading an ERP: the one seam between connectors, which are SQL, and the pipeline, which is Arrow.

:func:`open_source` opens a source read-only, checks that its connector knows it, and gives a :class:`Reader`,
whose :meth:`~Reader.read` yields the rows of one of the connector's queries in the ledger's types. Whatever
goes wrong is a :class:`~duebook.errors.SourceError` that names source, connector and query, says what to do,
and shows no secret.
"""

from __future__ import annotations

import contextlib
import re
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final, TypeVar

import pyarrow as pa
import sqlalchemy
from sqlalchemy import URL, make_url

from duebook.errors import DuebookError, InputError, SourceError
from duebook_connectors import connector as connector_of
from duebook_connectors.base import QUERIES
from duebook_etl.cast import Chunk, Rejected, cast
from duebook_etl.drivers import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from duebook_connectors.base import Connector
    from duebook_etl.drivers import Session

__all__ = ["Chunk", "Reader", "Rejected", "Source", "open_source"]

_EVERY: Final = "*"
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Source:
    """An ERP database that is read.

    Attributes:
        name: What the configuration and the store call it.
        connector: The name of the connector that reads it.
        url: Where it is, as a SQLAlchemy URL, with its password. PostgreSQL is read by ADBC,
            ``...+pyodbc://`` in blocks by the ODBC driver it names, anything else by SQLAlchemy's driver.
        companies: Ids or names of the companies to read, as the ERP has them; ``*`` is every company.
    """

    name: str
    connector: str
    url: str = field(repr=False)
    companies: tuple[str, ...] = (_EVERY,)


@dataclass(frozen=True)
class Reader:
    """An open source. One query is read at a time, all of them on the same snapshot of the database.

    Attributes:
        source: The source.
        connector: Its connector.
        version: The version its database says it is of.
        companies: The ids of the companies that are read, sorted.
    """

    source: Source
    connector: Connector
    version: str
    companies: tuple[str, ...]
    _link: _Link = field(repr=False)

    def read(self, query: str, *, chunk_rows: int = 65_536) -> Iterator[Chunk]:
        """Yield the rows of a query, of the companies that are read, as they come from the server.

        Args:
            query: One of :data:`duebook_connectors.base.QUERIES`.
            chunk_rows: How many rows a chunk holds at most.

        Yields:
            At least one chunk, which may have no rows. Its batch has the query's fields as columns, of the
            types in :data:`duebook_etl.cast.ARROW`; rows with a value that does not fit stand beside it.

        Raises:
            InputError: There is no such query.
            SourceError: The query failed, took too long, or returned other columns than the ledger's.
        """
        sql = self.connector.sql(query)
        if _EVERY not in self.source.companies:
            company = sqlalchemy.table("q", sqlalchemy.column("company")).c.company
            chosen = company.in_(self.companies).compile(
                dialect=self._link.dialect(), compile_kwargs={"literal_binds": True}
            )
            sql = f"SELECT q.* FROM ({sql}) q WHERE {chosen}"  # noqa: S608 - ids that the ERP gave, quoted
        yield from self._link.read(query, sql, chunk_rows=chunk_rows)


@contextlib.contextmanager
def open_source(source: Source, *, statement_timeout_seconds: int = 600) -> Iterator[Reader]:
    """Open a source read-only, for the length of a ``with`` block.

    Args:
        source: The source.
        statement_timeout_seconds: How long one query may take, from its start to its last row.

    Yields:
        The reader.

    Raises:
        InputError: The connector or a company is unknown, or the URL is none.
        SourceError: The source could not be opened, or is not what its connector knows.
    """
    connector = connector_of(source.connector)
    url = _parse_url(source)
    if url.get_backend_name() not in connector.dialects:
        raise SourceError(
            f"source {source.name}: connector {connector.name} reads {', '.join(connector.dialects)}; "
            f"the URL is of {url.get_backend_name()}.",
            hint="Choose the connector of the ERP whose database this is.",
        )
    guard = _Guard(source, url, statement_timeout_seconds)
    session = guard.run(
        f"connecting to {url.render_as_string(hide_password=True)}",
        lambda: open_session(url, statement_timeout_seconds=statement_timeout_seconds),
    )
    with contextlib.closing(session):
        link = _Link(session, connector, guard)
        version = link.version()
        companies = _choose_companies(source, link.companies())
        yield Reader(source, connector, version, companies, link)


def _parse_url(source: Source) -> URL:
    """Return the URL, of a dialect that SQLAlchemy knows; a message shows nothing of it."""
    if source.url.partition("?")[0].count("@") > 1:
        # Where the password ends is then anybody's guess, and a wrong one would show a part of it.
        raise InputError(
            f"source {source.name}: the URL has more than one @.", hint="Write the one in a password as %40."
        )
    try:
        url = make_url(source.url)
        url.get_dialect()
    except (sqlalchemy.exc.ArgumentError, sqlalchemy.exc.NoSuchModuleError, ValueError):
        raise InputError(
            f"source {source.name}: the URL is none that SQLAlchemy knows.",
            hint="Write postgresql://user@host:5432/database; marks in a password are escaped, / as %2F.",
        ) from None
    return url


def _choose_companies(source: Source, existing: list[tuple[str, str]]) -> tuple[str, ...]:
    """Return the ids of the companies that a source names by id or name, sorted."""
    ids = {company for company, _ in existing}
    if _EVERY in source.companies:
        return tuple(sorted(ids))
    by_name = {name: company for company, name in existing}
    several = {name for name, count in Counter(name for _, name in existing).items() if count > 1}
    chosen = set()
    for wanted in source.companies:
        if wanted not in ids and wanted in several:
            raise InputError(
                f"source {source.name}: {wanted!r} is the name of several companies.",
                hint=f"Write its id: {', '.join(sorted(c for c, name in existing if name == wanted))}.",
            )
        company = wanted if wanted in ids else by_name.get(wanted)
        if company is None:
            near = get_close_matches(wanted, by_name, n=1)
            listed = ", ".join(f"{name!r} (id {company})" for company, name in sorted(existing))
            raise InputError(
                f"source {source.name}: company {wanted!r} is none of {listed}.",
                hint=f"Did you mean {near[0]!r}?" if near else None,
            )
        chosen.add(company)
    return tuple(sorted(chosen))


@dataclass(frozen=True)
class _Link:
    """A session and what it is for."""

    session: Session
    connector: Connector
    guard: _Guard

    def dialect(self) -> sqlalchemy.Dialect:
        """Return the dialect that literals are written in."""
        return self.guard.url.get_dialect()()

    def version(self) -> str:
        """Return the version the database says it is of, one that the connector was tried on."""
        batches = self.guard.run(
            "query version", lambda: list(self.session.batches(self.connector.version, chunk_rows=1))
        )
        found = [value for batch in batches for value in batch.column(0).to_pylist() if value is not None]
        self.connector.check_version(str(found[0]) if found else None)
        return str(found[0])

    def companies(self) -> list[tuple[str, str]]:
        """Return id and name of every company of the database."""
        chunks = self.read("companies", self.connector.companies, chunk_rows=1024)
        rows = [row for chunk in chunks for row in chunk.batch.to_pylist()]
        return [(row["company"], row["name"] or "") for row in rows if row["company"] is not None]

    def read(self, query: str, sql: str, *, chunk_rows: int) -> Iterator[Chunk]:
        """Yield a query's rows in the ledger's types."""
        where = f"source {self.guard.source.name}, connector {self.connector.name}, query {query}"
        with contextlib.closing(self.session.batches(sql, chunk_rows=chunk_rows)) as batches:
            while (batch := self.guard.run(f"query {query}", lambda: next(batches, None))) is not None:
                labels = [name.lower() for name in batch.schema.names]  # some servers answer in capitals
                self.connector.check_columns(query, labels)
                named = pa.RecordBatch.from_arrays(batch.columns, names=labels)
                yield cast(named, QUERIES[query], where=where)


# What a driver says, and what to do about it: the beginning of its SQLSTATE, or a part of its message, since
# there is no state where no server answered. The first that fits counts.
_ADVICE: Final = (
    (
        ("28",),
        ("authentication failed", "no password supplied", "access denied for"),
        "Check the user and the password of the URL.",
    ),
    (
        ("3D",),
        ('fatal:  database "', "unable to open database file"),
        "Check the name of the database in the URL.",
    ),
    ((), ("due to user request",), "Somebody ended it on the server; try again."),
    (
        ("57014", "HYT00", "70100"),
        ("statement timeout", "max_statement_time"),
        "The limit is {seconds} s: allow more, or read when the server is less busy.",
    ),
    (("42501",), ("permission denied",), "Grant SELECT on it to the user of the URL."),
    (
        ("42P01", "42703", "42S02", "42S22"),
        ("no such table", "no such column"),
        "The database is not of the ERP that connector {connector} reads, or lacks a module of it.",
    ),
    (
        ("IM",),
        ("can't open lib",),
        "The URL names an ODBC driver that is not installed; odbcinst -q -d lists those that are.",
    ),
    (
        ("08",),
        ("connect", "could not translate host name"),
        "Check that the server runs, and host and port of the URL.",
    ),
)
_STATE: Final = re.compile(r"(?:SQLSTATE|State): (\w{5})|\[(\w{5})\]")


@dataclass(frozen=True)
class _Guard:
    """Turns what a driver raises into a message for the person who runs the night, without secrets."""

    source: Source
    url: URL
    seconds: int

    def run(self, doing: str, action: Callable[[], _Result]) -> _Result:
        """Return what the action returns; what a driver raises in it becomes a SourceError."""
        try:
            return action()
        except DuebookError:
            raise
        except Exception as error:  # noqa: BLE001 - every driver has a tree of errors of its own
            said, hint = self._said(error), self._advice(error)
        message = f"source {self.source.name}, connector {self.source.connector}, {doing}: {said}"
        for secret in self._secrets():
            message = message.replace(secret, "***")
        # Raised after the except block: the driver's message, which can hold a password, is no context of it.
        raise SourceError(message, hint=hint)

    def _said(self, error: Exception) -> str:
        """Return what the driver said, in one line."""
        cause = getattr(error, "orig", None) or error
        text = str(cause.args[-1] if cause.args else cause)  # of pyodbc's two the second is the message
        server = re.search(r"(?:ERROR|FATAL): +([^\n]+)", text)
        line = server[1] if server else " ".join(text.partition("\nLINE ")[0].split())
        return f"{line[:300].rstrip(' .;') or type(error).__name__}."

    def _secrets(self) -> list[str]:
        """Return the passwords of the URL in every form that a driver may write, the longest first."""
        query = {name.lower(): str(value) for name, value in self.url.query.items()}
        within = re.findall(r"PWD=([^;]+)", query.get("odbc_connect", ""), re.IGNORECASE)
        named = [value for name, value in query.items() if "pass" in name or name == "pwd"]
        secrets = [secret for secret in (str(self.url.password or ""), *named, *within) if secret]
        quoted = [
            quote(s, safe="") for s in secrets for quote in (urllib.parse.quote, urllib.parse.quote_plus)
        ]
        return sorted({*secrets, *quoted, *(repr(s)[1:-1] for s in secrets)}, key=len, reverse=True)

    def _advice(self, error: Exception) -> str | None:
        """Return what to do about it, where that is known."""
        cause = getattr(error, "orig", None) or error
        if isinstance(cause, ImportError):
            return "Install what the URL names; for pyodbc that is duebook[odbc] and the system's unixODBC."
        text = str(cause)
        found = _STATE.search(text)
        state = getattr(cause, "sqlstate", None) or (found and next(filter(None, found.groups()))) or ""
        for states, parts, advice in _ADVICE:
            if state.startswith(states) or any(part in text.lower() for part in parts):
                return advice.format(seconds=self.seconds, connector=self.source.connector)
        return None
