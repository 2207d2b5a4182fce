"""A load that is killed anywhere leaves the store as it was, whole and ready for the next one."""

from __future__ import annotations

import itertools
import os
import signal
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
# For every number it is told: loads another ledger in a process of its own that kills itself, with no chance
# to tidy up, at that stop, and says how it ended. A stop is a chunk read, a statement on the store, or its
# commit.
PROGRAM: Final = """
import itertools, os, signal, sys
from duebook_etl import arrow_sqlite
from duebook_etl.load import load
from duebook_etl.store import Store
from ledgers import seeded_ledger
from rows import rows_of
from sqlalchemy import event

chunks = rows_of(seeded_ledger(2, 40), {"0": "EUR", "1": "USD"}).chunks(50)

def load_until(last):
    stops = itertools.count(1)
    def stop(*_):
        if next(stops) == last:
            os.kill(os.getpid(), signal.SIGKILL)
    def stopping(rows):
        for chunk in rows:
            stop()
            yield chunk
    with Store.open(sys.argv[1]) as store:
        event.listen(store.engine, "before_cursor_execute", stop)
        event.listen(store.engine, "commit", stop)
        load(store, 2, "erp", {query: stopping(rows) for query, rows in chunks.items()})

for line in sys.stdin:
    child = os.fork()
    if not child:
        load_until(int(line))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system where a process can fork")
def test_a_load_killed_anywhere_leaves_the_old_state(tmp_path: Path) -> None:
    path = tmp_path / "duebook.db"
    with Store.open(f"sqlite:///{path}") as store:
        begin_run(store, 1)
        begin_run(store, 2)
        load(store, 1, "erp", rows_of(seeded_ledger(2, 40), CURRENCIES).chunks())
        after = tables(store)
        load(store, 1, "erp", rows_of(seeded_ledger(1, 40), CURRENCIES).chunks())
        before = tables(store)
    assert before != after
    killed = 0
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, f"sqlite:///{path}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for stop in itertools.count(1):
            print(stop, file=process.stdin, flush=True)
            ended = process.stdout.readline()
            if ended == "0\n":
                break
            assert ended == f"{-signal.SIGKILL}\n"
            killed += 1
            with closing(sqlite3.connect(path)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            with Store.open(f"sqlite:///{path}") as store:
                assert tables(store) == before, f"killed at stop {stop}"
        process.stdin.close()
    with Store.open(f"sqlite:///{path}") as store:
        assert tables(store) == after
    assert killed > 30, "every chunk and every statement of the load is a stop"
    assert [file.name for file in tmp_path.iterdir() if "load" in file.name] == []
