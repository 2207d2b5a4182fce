"""A private PostgreSQL server to keep the books in, and the dump of it.

The server lives in a folder of its own, listens on loopback only and trusts
whoever reaches it, which is why it lives no longer than the making of the
books. PostgreSQL refuses to run as root, so a root user hands it to `nobody`.
"""

# ruff: noqa: S603 - programs of PostgreSQL, arguments of our own

from __future__ import annotations

import gzip
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

USER = "tryton"
"""The only role of the server; it has no password."""

_CANDIDATES = ("/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/16/bin")


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        bin: Folder of `initdb`, `postgres`, `pg_dump`.
        port: Its port on 127.0.0.1.
        process: The postmaster.
    """

    bin: Path
    port: int
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        """Return the address of a database, as Tryton and libpq take it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def run(self, program: str, *arguments: str, database: str | None = None) -> str:
        """Run a client program of PostgreSQL against the server.

        Args:
            program: `psql`, `createdb`, `pg_dump`, ...
            *arguments: What it is given.
            database: The database, where the program takes one with `-d`.

        Returns:
            Its output.
        """
        command = [str(self.bin / program), "-h", "127.0.0.1", "-p", str(self.port), "-U", USER]
        if database is not None:
            command += ["-d", database]
        done = subprocess.run([*command, *arguments], check=True, stdout=subprocess.PIPE, encoding="utf-8")
        return done.stdout

    def stop(self) -> None:
        """Stop the server (fast shutdown) and wait until it is gone."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)


def find_binaries(given: str | None) -> Path:
    """Return the folder of PostgreSQL's programs.

    Args:
        given: The folder named on the command line, if any.
    """
    found = shutil.which("initdb")
    for candidate in (given, *_CANDIDATES, str(Path(found).parent) if found else None):
        if candidate and (Path(candidate) / "initdb").exists():
            return Path(candidate)
    message = "no PostgreSQL programs found: name their folder with --pg-bin"
    raise SystemExit(message)


def start(folder: Path, binaries: Path) -> Server:
    """Start a new private server with an empty data folder.

    Args:
        folder: An existing empty folder; the data go below it.
        binaries: Where PostgreSQL's programs are.
    """
    data = folder / "data"
    data.mkdir()
    identity: dict[str, int] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid}
        for path in (folder, data):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    data.chmod(0o700)
    subprocess.run(
        [
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        **identity,  # type: ignore[call-overload]
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(folder),
        # Nothing here outlives the run, so nothing needs to reach the disk.
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "timezone": "UTC",
    }
    command = [str(binaries / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "postgres.log").open("wb") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
            **identity,  # type: ignore[call-overload]
        )
    server = Server(binaries, port, process)
    for _ in range(300):
        ready = subprocess.run(
            [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], check=False
        )
        if ready.returncode == 0:
            return server
        time.sleep(0.1)
    server.stop()
    message = f"PostgreSQL did not start; see {folder / 'postgres.log'}"
    raise SystemExit(message)


def dump(server: Server, database: str, target: Path) -> None:
    r"""Write a database as gzipped SQL that any `psql` restores.

    The lines that only the newest `psql` knows (`\restrict`), settings of newer
    servers and the versions in the comments are left out, and the gzip header
    carries no time, so that the same books give the same file.
    """
    text = server.run("pg_dump", "--no-owner", "--no-privileges", database=database)
    kept = [
        line
        for line in text.split("\n")
        if not line.startswith(("\\restrict", "\\unrestrict", "-- Dumped ", "SET transaction_timeout"))
    ]
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write("\n".join(kept).encode())
