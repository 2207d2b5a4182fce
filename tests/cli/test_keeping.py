"""Worksheet functions on a store that is written, replaced and taken away while they are asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from books import NORTH, Books, group_books
from duebook.ledger import Kind
from duebook.policy import default_policy
from duebook_addin.book import use_book, use_policy
from duebook_addin.call import call
from duebook_cli.context import the_policy
from duebook_cli.desk import ready
from duebook_cli.keeping import Keeper
from duebook_etl import schema
from duebook_etl.config import load_config
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AS_OF = date(2026, 6, 30)
SETTLED = 1_750_000_000  # seconds since 1970: long before these tests


@pytest.fixture(autouse=True)
def nothing_in_use() -> Iterator[None]:
    """Leave no book in use."""
    yield
    use_book(None)
    use_policy(None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a configuration that is in use, and a store written long ago."""
    (tmp_path / "duebook.toml").write_text("")
    save(tmp_path / "duebook.db")
    settle(tmp_path)
    ready(tmp_path / "duebook.toml")
    return tmp_path


def save(path: Path, books: Books | None = None) -> None:
    """Make a store of some books."""
    with Store.open(f"sqlite:///{path}") as store:
        (books or group_books()).save(store, AS_OF)


def settle(folder: Path) -> None:
    """Let everything in a folder have been written long ago."""
    for file in folder.iterdir():
        os.utime(file, (SETTLED, SETTLED))


def owed(customer: str = "C0007") -> object:
    """Return what a customer owes, as a cell shows it."""
    return json.loads(call("PROFILE", json.dumps([customer, "open"]))[0])


def add_to(folder: Path, amount: int) -> None:
    """Add to a customer's open items: one commit, and no other trace."""
    with Store.open(f"sqlite:///{folder / 'duebook.db'}") as store, store.write() as connection:
        a3 = schema.items.c.item == "a3"
        connection.execute(update(schema.items).where(a3).values(amount=schema.items.c.amount + amount))


def test_figures_are_new_after_every_commit(folder: Path):
    assert owed() == 117.51
    for number in range(1, 7):  # some of them within one tick of the file system's clock
        add_to(folder, 100)
        assert owed() == pytest.approx(117.51 + number)
        if number % 3 == 0:
            settle(folder)
            assert owed() == pytest.approx(117.51 + number)


@contextmanager
def other_process(folder: Path) -> Iterator[Callable[[str], None]]:
    """Give what runs SQL on the store in a process of its own, and returns when that is done."""
    program = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")  # so that it writes before it commits
for line in sys.stdin:
    connection.execute(line)
    print(flush=True)
"""
    command = [sys.executable, "-c", program, str(folder / "duebook.db")]
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, done = process.stdin, process.stdout

        def run(sql: str) -> None:
            print(sql, file=asked, flush=True)
            assert done.readline() == "\n"

        yield run
        asked.close()
        assert process.wait(60) == 0


def test_while_a_transaction_of_another_process_is_open_the_figures_are_the_old_ones(folder: Path):
    assert owed() == 117.51
    with other_process(folder) as run:
        for end, after in (("ROLLBACK", 117.51), ("COMMIT", 118.51)):
            run("BEGIN IMMEDIATE")
            run("UPDATE items SET amount = amount + 100 WHERE item = 'a3'")
            run(
                "INSERT INTO differences WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                "LIMIT 20000) SELECT 1, 'erp', '1', i, '', '', '', NULL, 0, 0 FROM n"
            )
            settle(folder)
            assert owed() == 117.51
            run(end)
            assert owed() == after
    settle(folder)
    assert owed() == 118.51


def test_a_store_appears_disappears_and_is_another(folder: Path):
    assert owed() == 117.51
    store = folder / "duebook.db"
    store.rename(folder / "away.db")
    missing = owed()
    assert missing == {
        "error": "#N/A",
        "message": f"store {store}: there is none; nothing has been read yet. Run `duebook refresh` first.",
    }
    assert not store.exists()
    (folder / "away.db").rename(store)
    assert owed() == 117.51

    other = Books()
    other.company(*NORTH, "North Ltd", "EUR")
    other.customer(NORTH, "7", "Acme", code="C0007")
    other.item(NORTH, "1", "7", Kind.INVOICE, AS_OF, AS_OF, 5)
    save(folder / "other.db", other)
    settle(folder)
    assert owed() == 117.51
    with suppress(FileNotFoundError):  # the log beside the old store is none of the new one's
        (folder / "duebook.db-wal").unlink()
    (folder / "other.db").replace(store)
    assert owed() == 0.05


def test_a_company_that_no_longer_reconciles_answers_nothing_at_once(folder: Path):
    assert owed("C0107") == 500_001
    with Store.open(f"sqlite:///{folder / 'duebook.db'}") as store, store.write() as connection:
        row = {"run": 1, "source": "erp", "company": "2", "currency": "JPY", "buckets": 1, "open": 1}
        connection.execute(insert(schema.run_companies), row | {"control_account": 0, "reconciled": False})
    assert isinstance(owed("C0107"), dict)
    assert owed() == 117.51


def test_an_edit_of_configuration_and_policy_is_seen(folder: Path):
    assert owed() == 117.51
    (folder / "policy.toml").write_text(default_policy().text or "", encoding="utf-8")
    (folder / "duebook.toml").write_text('[policy]\nfile = "nowhere.toml"\n')
    assert isinstance(owed(), dict)
    (folder / "duebook.toml").write_text('[store]\nurl = "sqlite:///none.db"\n')
    assert isinstance(owed(), dict)
    (folder / "duebook.toml").write_text('[policy]\nfile = "policy.toml"\n')
    assert owed() == 117.51
    settle(folder)
    assert owed() == 117.51
    (folder / "policy.toml").write_text("none")
    assert isinstance(owed(), dict)
    (folder / "policy.toml").unlink()
    assert isinstance(owed(), dict)
    (folder / "duebook.toml").write_text("")
    assert owed() == 117.51


def test_one_book_is_kept_for_as_long_as_nothing_changes(folder: Path):
    config = load_config(folder / "duebook.toml")
    keeper = Keeper(lambda _: (config, the_policy(config)))
    with keeper.opened() as first:
        first.profile("C0007")
        first.items("C0007")
    with keeper.opened() as second:
        assert second is first
    add_to(folder, 100)
    with keeper.opened() as third:
        assert third is not first
    with keeper.opened() as fourth:  # it was written so short ago that a second commit might not show
        assert fourth is not third
    assert list(folder.glob("*-wal")) == []  # no connection is left open


def test_threads_ask_while_the_store_is_written(folder: Path):
    commits = 10
    keys = ["C0007", "C0008", "C0009", "C0107", "Z/1", "nobody"]
    still = {key: owed(key) for key in keys[1:]}

    def ask(number: int) -> list[tuple[str, object]]:
        return [(key, owed(key)) for key in keys[number % 6 :] + keys[: number % 6] for _ in range(3)]

    with ThreadPoolExecutor(6) as threads:
        asked = [threads.submit(ask, number) for number in range(12)]
        for number in range(commits):
            add_to(folder, 100)
            if number % 4 == 0:
                settle(folder)
        found = [answer for each in asked for answer in each.result()]
    allowed = {round(117.51 + number, 2) for number in range(commits + 1)}
    for key, answer in found:
        assert answer in allowed if key == "C0007" else answer == still[key]
    assert owed() == pytest.approx(117.51 + commits)
