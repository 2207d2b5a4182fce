"""A load that is killed anywhere leaves the store as it was, whole and ready for the next one."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from duebook_etl.load import load
from duebook_etl.store import Store
from ledgers import seeded_ledger
from rows import begin_run, rows_of, tables

if TYPE_CHECKING:
    from pathlib import Path

CURRENCIES: Final = {"0": "EUR", "1": "USD"}
# Loads another ledger, and says before every chunk it reads, every statement on the store and its commit that it is
# there; then it waits for a word to go on.
PROGRAM: Final = """
import sys
from duebook_etl.load import load
from duebook_etl.store import Store
from ledgers import seeded_ledger
from rows import rows_of
from sqlalchemy import event

def stop(*_):
    print(flush=True)
    sys.stdin.readline()

def told(chunks):
    for chunk in chunks:
        stop()
        yield chunk

rows = rows_of(seeded_ledger(2, 40), {"0": "EUR", "1": "USD"})
with Store.open(sys.argv[1]) as store:
    event.listen(store.engine, "before_cursor_execute", stop)
    event.listen(store.engine, "commit", stop)
    load(store, 2, "erp", {query: told(chunks) for query, chunks in rows.chunks(50).items()})
print("done", flush=True)
"""


def start(store: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, f"sqlite:///{store}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def go_on(process: subprocess.Popen[str], most: int) -> int:
    """Let the program pass so many stops, and return how many there were; -1 when it came to its end."""
    assert process.stdin is not None
    assert process.stdout is not None
    for stops in range(most):
        if process.stdout.readline() != "\n":
            return -1
        if stops < most - 1:
            process.stdin.write("\n")
            process.stdin.flush()
    return most


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "duebook.db"
    with Store.open(f"sqlite:///{path}") as store:
        begin_run(store, 1)
        begin_run(store, 2)
        load(store, 1, "erp", rows_of(seeded_ledger(1, 40), CURRENCIES).chunks())
    return path


def stops_of_a_load(path: Path) -> int:
    """Return how often a load stops until its end."""
    with start(path) as process:
        stops = 0
        while go_on(process, 1) == 1:
            stops += 1
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        assert process.wait(timeout=60) == 0
    return stops


def test_a_load_killed_anywhere_leaves_the_old_state(path: Path, tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{path}") as store:
        before = tables(store)
    twin = tmp_path / "twin.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(twin)) as target:
        source.backup(target)
    stops = stops_of_a_load(twin)
    with Store.open(f"sqlite:///{twin}") as store:
        after = tables(store)
    assert after != before
    for stop in range(1, stops + 1):
        with start(path) as process:
            assert go_on(process, stop) == stop
            process.kill()
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with Store.open(f"sqlite:///{path}") as store:
            assert tables(store) == before, f"killed at stop {stop} of {stops}"
    with Store.open(f"sqlite:///{path}") as store:
        load(store, 2, "erp", rows_of(seeded_ledger(2, 40), CURRENCIES).chunks())
        assert tables(store) == after
    assert [file.name for file in tmp_path.iterdir() if "load" in file.name] == []
