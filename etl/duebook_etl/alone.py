"""One refresh at a time works on a store, and whoever asks can tell whether one does.

The lock is the system's, on a file beside the store, and dies with the process that holds it: so a run that
is recorded as running while nobody holds the lock was killed.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from duebook.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from duebook_etl.store import Store

_LOCKED_BYTE: Final = 1 << 30
_TRIES: Final = 5
_PAUSE_SECONDS: Final = 0.02


@contextmanager
def alone(store: Store) -> Iterator[None]:
    """Keep every other refresh of the store out for the length of a ``with`` block.

    Raises:
        StoreError: Another refresh is running, or the file cannot be written.
    """
    path = _path(store)
    try:
        file = path.open("a+b")
    except OSError as error:
        raise StoreError(f"store {store.path}: {path.name} cannot be written: {error.strerror}.") from None
    with file:
        if not _lock_soon(file):
            file.seek(0)
            who = file.read(100).decode("utf-8", "replace").strip()
            raise StoreError(
                f"store {store.path}: another refresh of it is running{f' ({who})' if who else ''}.",
                hint="Wait until it is done; `duebook status` shows what came of it.",
            )
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC".encode())
        file.flush()
        yield


def is_being_refreshed(store: Store) -> bool:
    """Return whether a refresh of the store is running, in this program or another; yes if it is unknown."""
    try:
        with _path(store).open("rb") as file:
            return not _lock(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _path(store: Store) -> Path:
    return store.path.with_name(f"{store.path.name}-refresh")


def _lock_soon(file: BinaryIO) -> bool:
    """Lock a file, or find it locked for longer than somebody needs who only asks."""
    for _ in range(_TRIES):
        if _lock(file):
            return True
        time.sleep(_PAUSE_SECONDS)
    return False


def _lock(file: BinaryIO) -> bool:
    """Lock a file, until it is closed, without waiting; return whether that succeeded."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - there is none elsewhere

            file.seek(_LOCKED_BYTE)  # far behind the text, which others can then still read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - there is none on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
