"""A load replaces everything of its source at once, or nothing, and says how many rows there were."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select

from duebook.errors import SourceError, StoreError
from duebook_connectors.base import QUERIES
from duebook_etl import schema
from duebook_etl.load import QueryCount, load
from duebook_etl.store import Store
from ledgers import seeded_ledger
from rows import Rows, begin_run, rows_of, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duebook_etl.cast import Chunk


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as store:
        begin_run(store, 1)
        begin_run(store, 2)
        yield store


def generated(seed: int = 1, size: int = 60) -> Rows:
    """Return a ledger of two companies with some rows that will not do."""
    rows = rows_of(seeded_ledger(seed, size), {"0": "EUR", "1": "USD"})
    rows.item("bad", "1.005", company="0")
    rows.item("also bad", "1.00", company="9")
    return rows


def small(items: int = 1) -> Rows:
    rows = Rows()
    rows.company()
    rows.customer()
    for number in range(items):
        rows.item(f"I{number}", "1.00")
    return rows


def count(store: Store, table: str, source: str) -> int:
    with store.engine.connect() as connection:
        of = schema.metadata.tables[table]
        return connection.scalar(select(func.count()).select_from(of).where(of.c.source == source)) or 0


def indexes(store: Store) -> set[str]:
    names = store.read("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    return set(names["name"].to_pylist())


def beside(store: Store) -> list[str]:
    return sorted(path.name for path in store.path.parent.iterdir() if "load" in path.name)


def test_what_is_loaded_is_read_back(store: Store) -> None:
    rows = Rows()
    rows.company("1", "KWD")
    rows.customer("C1", country="KW", code="7")
    rows.item("I1", "1.234", document="=1+1 中文 '\"", currency="JPY", amount_document="-5", due_date=None)
    rows.item("I2", "-1.000", customer=None, remaining="-1", document_date=date(1900, 1, 1))
    rows.leg("A1", "I1", "0.001", amount_document="1", reversed_on=date(2200, 12, 31))
    rows.moved("0.234")
    load(store, 1, "erp", rows.chunks())
    items, legs = store.ledger_frames()
    first, second = items.sort_by("item").to_pylist()
    assert (first["document"], first["amount"], first["amount_document"]) == ("=1+1 中文 '\"", 1_234, -5)
    assert (first["due_date"], first["remaining"]) == (None, None)
    assert (second["customer"], second["remaining"], second["document_date"]) == (
        "",
        -1_000,
        date(1900, 1, 1),
    )
    assert legs.to_pylist()[0]["reversed_on"] == date(2200, 12, 31)
    assert store.read(select(schema.control.c.amount)).to_pylist() == [{"amount": 234}]
    customer = store.read(select(schema.customers)).to_pylist()[0]
    assert (customer["country"], customer["code"], customer["industry"]) == ("KW", "7", None)


def test_the_counts_are_those_of_the_store(store: Store) -> None:
    rows = generated()
    rows.item("placed", "1.00", company="0", customer="C99")
    result = load(store, 1, "erp", rows.chunks(7))
    assert result.queries.keys() == QUERIES.keys()
    for query, counted in result.queries.items():
        assert counted.read == len(rows.of[query])
        assert counted.loaded == count(store, query, "erp")
    assert result.queries["items"] == QueryCount(read=63, loaded=61, quarantined=2)
    placed = result.queries["customers"]
    assert (placed.loaded - placed.read, placed.quarantined) == (1, 1)
    assert result.quarantined == count(store, "quarantine", "erp") == 3
    assert result.read == sum(len(read) for read in rows.of.values())
    assert result.loaded == sum(count(store, query, "erp") for query in QUERIES)


@pytest.mark.parametrize("chunk", [7, 1000])
def test_loading_the_same_again_changes_nothing_but_the_run(store: Store, chunk: int) -> None:
    load(store, 1, "erp", generated().chunks())
    before = tables(store)
    load(store, 2, "erp", generated().chunks(chunk))
    assert tables(store) == before
    assert store.read("SELECT DISTINCT run FROM quarantine").to_pylist() == [{"run": 2}]


def test_amounts_whose_sum_leaves_64_bits_are_refused_and_change_nothing(store: Store) -> None:
    load(store, 1, "erp", small(3).chunks())
    wrong = small(3)
    for number in range(2):
        wrong.item(f"W{number}", "90000000000000000.00")  # each fits, together they would wrap
    with pytest.raises(SourceError, match=r"query items: the amounts in amount\w* add up to 1\.8e\+19"):
        load(store, 2, "erp", wrong.chunks())
    assert count(store, "items", "erp") == 3


def test_what_the_source_no_longer_has_goes(store: Store) -> None:
    load(store, 1, "erp", generated().chunks())
    load(store, 2, "erp", Rows().chunks())
    assert not any(tables(store).values())


@pytest.mark.parametrize("others", [1, 500], ids=["few other rows", "many other rows"])
def test_other_sources_stay_as_they_are(store: Store, others: int) -> None:
    """With few rows of others the indexes are made anew, with many they are kept."""
    before = indexes(store)
    load(store, 1, "other", small(others).chunks())
    kept = tables(store)
    load(store, 1, "erp", small(20).chunks())
    load(store, 2, "erp", small(3).chunks())
    assert indexes(store) == before
    assert count(store, "items", "erp") == 3
    assert {name: [r for r in rows if r[0] == "other"] for name, rows in tables(store).items()} == kept
    load(store, 2, "erp", Rows().chunks())
    assert tables(store) == kept


def failing(rows: Rows, query: str) -> dict[str, Any]:
    """Return what a reader gives whose connection breaks after some rows of a query."""

    def broken(chunks: list[Chunk]) -> Iterator[Chunk]:
        yield from chunks
        raise SourceError("source erp: the server closed the connection.")

    chunks: dict[str, Any] = dict(rows.chunks(5))
    return chunks | {query: broken(chunks[query])}


@pytest.mark.parametrize("query", QUERIES)
def test_a_source_that_fails_midway_leaves_the_old_state(store: Store, query: str) -> None:
    load(store, 1, "erp", generated(1).chunks())
    before = tables(store)
    with pytest.raises(SourceError, match="the server closed the connection"):
        load(store, 2, "erp", failing(generated(2), query))
    assert tables(store) == before
    assert beside(store) == []


def test_a_run_that_is_not_in_the_store_loads_nothing(store: Store) -> None:
    load(store, 1, "erp", small().chunks())
    before = tables(store)
    with pytest.raises(Exception, match="FOREIGN KEY constraint failed"):
        load(store, 99, "erp", generated().chunks())
    assert tables(store) == before
    assert beside(store) == []


def test_readers_see_the_old_state_until_the_end_and_then_the_new(store: Store) -> None:
    load(store, 1, "erp", small(3).chunks())
    seen: dict[str, set[int]] = defaultdict(set)

    def look(where: str) -> None:
        with closing(sqlite3.connect(store.path)) as reader:
            seen[where].add(reader.execute("SELECT count(*) FROM items").fetchone()[0])

    def watched(chunks: list[Chunk]) -> Iterator[Chunk]:
        for chunk in chunks:
            look("while it is read")
            yield chunk

    def before_statement(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        look("while it is taken over" if "INSERT INTO main" in statement else "otherwise")

    event.listen(store.engine, "before_cursor_execute", before_statement)
    load(store, 2, "erp", {query: watched(chunks) for query, chunks in small(8).chunks(2).items()})
    event.remove(store.engine, "before_cursor_execute", before_statement)
    look("afterwards")
    assert seen == {
        "otherwise": {3},
        "while it is read": {3},
        "while it is taken over": {3},
        "afterwards": {8},
    }


def test_the_store_can_be_written_while_a_source_is_read(store: Store) -> None:
    def slow(chunks: list[Chunk]) -> Iterator[Chunk]:
        begin_run(store, 3)
        yield from chunks

    chunks: dict[str, Any] = dict(small().chunks())
    load(store, 1, "erp", chunks | {"control": slow(chunks["control"])})
    assert store.read("SELECT count(*) AS n FROM runs").to_pylist() == [{"n": 3}]
    assert count(store, "items", "erp") == 1


def test_two_loads_of_a_source_at_once_do_not_mix(store: Store) -> None:
    """The second begins while the first reads, and takes its staging file from it."""

    def meanwhile(chunks: list[Chunk]) -> Iterator[Chunk]:
        load(store, 2, "erp", small(5).chunks())
        yield from chunks

    chunks: dict[str, Any] = dict(small(2).chunks())
    with pytest.raises(StoreError, match="source erp"):
        load(store, 1, "erp", chunks | {"control": meanwhile(chunks["control"])})
    assert count(store, "items", "erp") == 5
    assert beside(store) == []


def test_a_staging_file_left_behind_is_overwritten(store: Store) -> None:
    names: list[str] = []

    def look(chunks: list[Chunk]) -> Iterator[Chunk]:
        names.extend(beside(store))
        yield from chunks

    load(store, 1, "erp", {query: look(chunks) for query, chunks in small().chunks().items()})
    (name,) = set(names)
    store.path.with_name(name).write_bytes(b"half a database" * 1000)
    load(store, 2, "erp", small(4).chunks())
    assert count(store, "items", "erp") == 4
    assert beside(store) == []


def test_a_staging_file_that_cannot_be_made_is_told(store: Store) -> None:
    names: list[str] = []

    def look(chunks: list[Chunk]) -> Iterator[Chunk]:
        names.extend(beside(store))
        yield from chunks

    load(store, 1, "erp", {query: look(chunks) for query, chunks in small().chunks().items()})
    store.path.with_name(names[0]).mkdir()
    with pytest.raises(
        StoreError, match=r"source erp could not be staged beside it.*Look whether the disk is full"
    ):
        load(store, 2, "erp", small(4).chunks())
    assert count(store, "items", "erp") == 1
