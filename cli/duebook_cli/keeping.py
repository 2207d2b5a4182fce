"""The book of a program that answers many questions: the same one until something it is made of changes."""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from duebook.policy import Policy
    from duebook_etl.book import Book
    from duebook_etl.config import Config
    from duebook_etl.store import Store

_SETTLED: Final = 2_000_000_000
"""Nanoseconds after which a change of a file shows in its time, on the coarsest of file systems."""


class Keeper:
    """Opens a book for one question after the other, from any thread, and keeps it while nothing changes.

    A change is known by the files: every commit to the store writes to its file or to the log beside it, and
    whoever writes lets go of both when done. No connection stays open to ask SQLite itself, as no other
    SQLite library of this process may touch the store meanwhile. A file that was written just now could be
    written again without a trace in its time, so what is read then is good for a single question.
    """

    def __init__(self, read: Callable[[Seen], tuple[Config, Policy]]) -> None:
        """Keep the way to the settings.

        Args:
            read: Returns configuration and policy, having shown the files that they are read from to what it
                is given.
        """
        self._read = read
        self._lock = threading.Lock()
        self._seen = Seen()
        self._store: Store | None = None
        self._book: Book | None = None

    @contextmanager
    def opened(self) -> Iterator[Book]:
        """Give the book for one question."""
        with self._lock:
            if self._book is None or not self._seen.still():
                self._reopen()
            assert self._book is not None  # noqa: S101 - for the type checker
            yield self._book

    def _reopen(self) -> None:
        from duebook_cli.context import the_store
        from duebook_etl.fitted_model import fitted_model
        from duebook_etl.kept import KeptBook

        if self._store is not None:
            self._store.close()
        self._store = self._book = None
        self._seen = seen = Seen()
        config, policy = self._read(seen)
        self._store = the_store(config, create=False)
        seen.note(self._store.path)  # before anything is read of it, so that what changes meanwhile is seen
        seen.note(self._store.path.with_name(f"{self._store.path.name}-wal"))
        seen.note(config.model.file)
        self._book = KeptBook(self._store, policy, partial(fitted_model, config.model.file))


class Seen:
    """Files as they were when they were noted, each before it was read."""

    def __init__(self) -> None:
        """Note nothing yet."""
        self._files: dict[str, tuple[int, ...] | None] = {}
        self._settled = True

    def note(self, path: Path) -> None:
        """Remember how a file is now."""
        name = str(path)
        self._files[name] = facts = _facts(name)
        if facts is not None and time.time_ns() - facts[0] < _SETTLED:
            self._settled = False

    def still(self) -> bool:
        """Return whether all files are, beyond doubt, as they were."""
        return self._settled and all(_facts(name) == facts for name, facts in self._files.items())


def _facts(name: str) -> tuple[int, ...] | None:
    """Return what changes when a file is written, replaced, or opened to others; None for none."""
    try:
        found = os.stat(name)  # noqa: PTH116 - a Path takes as long again, and this is asked for every cell
    except OSError:
        return None
    # Whoever reads the store makes an empty log and takes it away again.
    if not found.st_size and name.endswith("-wal"):
        return None
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev)
