"""An embedded PostgreSQL for the demo, and the loading of its dump.

The server belongs to a folder: its data are there, and on Linux and macOS its
socket too, so that the same folder always gives the same address. It listens on
that socket and on no network address; on Windows, where the drivers have no such
socket, on a free port of 127.0.0.1. It asks for no password (`trust`): who can open
the folder (only its owner, mode 0700) can read the demo. It goes on running after
the process that started it, until `stop` or a restart of the machine; `start` finds
it, or starts it again.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from duebook.errors import SourceError
from duebook_demo.cluster import USER, Cluster, clean_environment, find_programs
from duebook_demo.data import DATABASE, dump

_DRIVER: Final = "postgresql+psycopg://"
_MAINTENANCE: Final = "postgres"
_LOADING: Final = "_loading"
_LOCK: Final = 7_338_001
"""Number of the lock of a load; any number, the same in every process."""


def start(folder: Path, *, database: str = DATABASE) -> str:
    """Start the server of a folder, or find it running.

    Args:
        folder: Where its data are, or will be; made when missing.
        database: The database to name in the address. It need not exist yet.

    Returns:
        Address of the database for SQLAlchemy, `postgresql+psycopg://...`.

    Raises:
        SourceError: The embedded server is not installed, or does not start.
    """
    cluster = Cluster(folder)
    cluster.start()
    found = cluster.address()
    if found is None:
        raise SourceError(f"The demo's PostgreSQL in {folder} stopped as soon as it had started.")
    if found.host.startswith("/"):
        where = f"/{quote(database)}?host={quote(found.host, safe='/')}&port={found.port}"
    else:
        where = f"{found.host}:{found.port}/{quote(database)}"
    return f"{_DRIVER}{USER}@{where}"


def load(where: Path | str, *, database: str = DATABASE) -> bool:
    """Restore the demo company, unless the database is there already.

    The dump goes into a database of another name, which gets its own name at the
    very end: a load that was killed leaves nothing that looks loaded, and the next
    one begins again. Two loads at once wait for each other.

    Args:
        where: Folder of the server, which is started if need be, or the address of any
            database of it as `start` returns it.
        database: Name of the database to make.

    Returns:
        Whether it was loaded; False when it was there.

    Raises:
        SourceError: The dump could not be restored.
    """
    url = start(where) if isinstance(where, Path) else where
    target, loading = sql.Identifier(database), sql.Identifier(database + _LOADING)
    with psycopg.connect(libpq_url(url, database=_MAINTENANCE), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
        if found.fetchone():
            return False
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(loading))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(loading))
        _restore(libpq_url(url, database=database + _LOADING))
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(loading, target))
    return True


def stop(folder: Path) -> None:
    """Stop the server of a folder, and wait until it is gone; nothing happens if none runs.

    Raises:
        SourceError: It does not stop.
    """
    Cluster(folder).stop()


def libpq_url(url: str, *, database: str | None = None) -> str:
    """Return an address as libpq takes it: psycopg, `psql`, and ADBC's PostgreSQL driver.

    Args:
        url: An address for SQLAlchemy, as `start` returns it.
        database: Another database of the same server.
    """
    address = "postgresql://" + url.split("://", maxsplit=1)[1]
    if database is None:
        return address
    head, mark, query = address.partition("?")
    return f"{head.rsplit('/', maxsplit=1)[0]}/{quote(database)}{mark}{query}"


def _restore(address: str) -> None:
    """Feed the dump to the server's own `psql`, in one transaction."""
    program = find_programs() / ("psql.exe" if sys.platform == "win32" else "psql")
    command = [str(program), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, address]
    with subprocess.Popen(  # noqa: S603 - psql, a dump of ours
        command,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**clean_environment(), "PGCLIENTENCODING": "UTF8"},
    ) as process:
        if process.stdin is None or process.stderr is None:  # pragma: no cover - both asked for
            raise SourceError(f"{command[0]} takes no input.")
        try:
            with dump().open("rb") as packed, gzip.open(packed) as text:
                shutil.copyfileobj(text, process.stdin, 1 << 20)
            process.stdin.close()
        except BrokenPipeError:
            pass  # psql has given up; it says why
        except (EOFError, gzip.BadGzipFile) as error:
            process.kill()
            raise SourceError(f"The packaged dump of the demo company is damaged: {error}.") from error
        problem = process.stderr.read().decode("utf-8", "replace").strip()
    if process.returncode:
        raise SourceError(f"The demo company could not be restored: {problem}.")
