"""A private PostgreSQL server for a test session, and databases in it restored from a dump.

The server's files live in a temporary folder of its own. It listens on a Unix socket, where it asks no
password, and on a free port of 127.0.0.1, where it does. It is stopped by its own process id.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
from sqlalchemy import URL

from duebook.errors import SourceError
from duebook_demo.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

USER: Final = "duebook"
# With marks that a URL, a connection string and a regular expression each read in their own way.
PASSWORD: Final = secrets.token_urlsafe(12) + " /@:%+&?#='.*$"


def postgres_programs(home: Path) -> Path | None:
    """Return the folder of PostgreSQL's programs, the demo's embedded or the system's; None without any."""
    with contextlib.suppress(SourceError):
        return Cluster(home).programs  # copied to where nobody may run them, if need be
    found = shutil.which("postgres")
    if found is not None:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return installed[-1].parent if installed else None


@dataclass(frozen=True)
class Postgres:
    """A running server.

    Attributes:
        programs: The folder of its programs.
        socket: The folder of its Unix socket.
        port: Its port, of the socket and of 127.0.0.1.
    """

    programs: Path
    socket: Path
    port: int

    def url(
        self, database: str, *, driver: str = "postgresql", tcp: bool = False, password: str = PASSWORD
    ) -> URL:
        """Return the URL of a database: through the socket, or with a password through 127.0.0.1."""
        if tcp:
            return URL.create(driver, USER, password, "127.0.0.1", self.port, database)
        return URL.create(
            driver, USER, database=database, query={"host": str(self.socket), "port": str(self.port)}
        )

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Open a connection that commits each statement."""
        return psycopg.connect(
            host=str(self.socket), port=self.port, user=USER, dbname=database, autocommit=True
        )

    def create(self, database: str, *, template: str = "template1") -> str:
        """Create a database, a copy of another where one is named, and return its name."""
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"'.encode())
        return database

    def restore(self, database: str, sql: bytes) -> str:
        """Create a database from a dump for psql and return its name."""
        self.create(database)
        command = [
            *(str(self.programs / "psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1"),
            *(f"--host={self.socket}", f"--port={self.port}", f"--username={USER}", f"--dbname={database}"),
        ]
        subprocess.run(command, input=sql, check=True, capture_output=True)  # noqa: S603 - psql, a dump of ours
        return database


@contextlib.contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Run a server of our own until the block ends; skip where PostgreSQL is not installed."""
    with tempfile.TemporaryDirectory(prefix="duebook-pg-") as folder:
        home = Path(folder)
        programs = postgres_programs(home)
        if programs is None:
            pytest.skip("needs PostgreSQL: neither the demo's embedded one nor the system's is installed")
        user = _ordinary_user()
        if user is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
        secret = home / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # within a folder that only its owner enters
        trust = ("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}")
        _run(programs / "initdb", f"--username={USER}", *trust, "--encoding=UTF8", "--locale=C", home=home)
        port = _start(programs, home)
        try:
            yield Postgres(programs, home, port)
        finally:
            _stop(home / "data" / "postmaster.pid")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL server for the session."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[URL]:
    """Run a MariaDB server for the session; return its URL by ODBC. A test of it is marked as a service."""
    path = f"{os.environ['PATH']}:/usr/sbin"
    user = f"--user={pwd.getpwuid(os.geteuid()).pw_name}"
    with tempfile.TemporaryDirectory(prefix="duebook-md-") as folder:
        common = ("--no-defaults", f"--datadir={folder}/data", user)
        install = [str(shutil.which("mariadb-install-db", path=path)), *common]
        subprocess.run(  # noqa: S603 - a program and arguments of ours
            [*install, "--auth-root-authentication-method=normal"], check=True, capture_output=True
        )
        endpoint = f"{folder}/s"
        serve = [
            str(shutil.which("mariadbd", path=path)),
            *common,
            "--skip-networking",
            f"--socket={endpoint}",
        ]
        with subprocess.Popen(serve, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603 - likewise
            assert server.stderr is not None
            log = []
            for line in server.stderr:
                log.append(line)
                if "ready for connections" in line:
                    break
            else:
                raise RuntimeError(f"MariaDB did not start:\n{''.join(log)}")
            query = {"driver": "MariaDB Unicode", "socket": endpoint}
            try:
                yield URL.create("mariadb+pyodbc", "root", host="localhost", database="mysql", query=query)
            finally:
                server.terminate()
                server.stderr.read()


def _start(programs: Path, home: Path) -> int:
    """Start the server on a free port, and on another where somebody else was quicker."""
    settings = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "timezone=UTC")
    for _ in range(3):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        options = " ".join([f"-h 127.0.0.1 -k {home} -p {port}", *(f"-c {setting}" for setting in settings)])
        with contextlib.suppress(subprocess.CalledProcessError):
            log = f"--log={home / 'log'}"
            _run(programs / "pg_ctl", "start", "--wait", log, f"--options={options}", home=home)
            return port
    raise RuntimeError(f"PostgreSQL did not start:\n{(home / 'log').read_text()}")


def _stop(lock: Path) -> None:
    """Stop the server at once, as `pg_ctl stop --mode=immediate` does, but by its signal.

    To run pg_ctl as another user copies this process, which after a session of tests can be more than a small
    machine has left.
    """
    os.kill(int(lock.read_text().splitlines()[0]), signal.SIGQUIT)
    for _ in range(200):
        if not lock.exists():
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not stop within ten seconds")


def _run(program: Path, *arguments: str, home: Path) -> None:
    """Run one of PostgreSQL's programs on our data, as an ordinary user even for root, whom it refuses."""
    user = _ordinary_user()
    identity: dict[str, Any] = {}
    if user is not None:
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    subprocess.run(  # noqa: S603 - a program and arguments of ours
        [str(program), *arguments, f"--pgdata={home / 'data'}"],
        check=True,
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # a pipe would stay open for as long as the server runs
        stderr=subprocess.DEVNULL,
        **identity,
    )


def _ordinary_user() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None
