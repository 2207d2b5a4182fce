"""The store opens what it should, refuses what it should in clear words, and reads back what was written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, create_engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from duebook.errors import InputError, NoAnswerError, StoreError
from duebook_etl import schema
from duebook_etl.store import HEAD, Store
from rows import POSTED, begin_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "due book.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{path}") as store:
        yield store


@pytest.fixture
def broken(path: Path) -> Iterator[Store]:
    """Return a store that was whole when it was opened."""
    with Store.open(f"sqlite:///{path}") as store:
        content = path.read_bytes()
        path.write_bytes(b"x" * len(content))
        yield store


def item(number: int, **fields: object) -> dict[str, object]:
    row = {"source": "erp", "company": "1", "item": str(number), "customer": "C1", "kind": "invoice"}
    row |= {"document": f"D{number}", "document_date": POSTED, "posting_date": POSTED, "currency": "EUR"}
    return (
        row
        | {
            "amount_document": number,
            "amount": number,
            "reference": None,
            "due_date": None,
            "remaining": None,
        }
        | fields
    )


def leg(number: int, **fields: object) -> dict[str, object]:
    row = {"source": "erp", "company": "1", "allocation": "A", "item": str(number), "effective_date": POSTED}
    return row | {"amount_document": 1, "amount": 1, "reversed_on": None} | fields


def write(store: Store, table: str, *rows: dict[str, object]) -> None:
    with store.write() as connection:
        connection.execute(insert(schema.metadata.tables[table]), list(rows))


def test_an_absent_file_becomes_a_store_with_write_ahead_log(store: Store, path: Path) -> None:
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
    assert path.exists()


def test_opening_again_keeps_what_is_there(store: Store, path: Path) -> None:
    write(store, "items", item(1))
    with Store.open(f"sqlite:///{path}") as again:
        assert again.ledger_frames()[0]["item"].to_pylist() == ["1"]


def test_migrations_make_exactly_the_tables_of_the_schema(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_the_head_that_the_store_knows_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "duebook_etl:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_store_of_revision_0003_keeps_its_profiles_and_gets_the_new_columns(path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", "duebook_etl:migrations")
    engine = create_engine(f"sqlite:///{path}")
    new = {"uninsured", "provision_matrix", "provision_method"}
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        profiles = Table("profiles", MetaData(), autoload_with=connection)
        assert not new & set(profiles.columns.keys())
        run = {"run": 1, "started": datetime(2026, 7, 1), "as_of": POSTED, "status": "ok"}  # noqa: DTZ001 - UTC
        run |= {"trigger": "command", "policy": "standard", "policy_digest": "0"}
        connection.execute(insert(schema.runs), run)
        said = {column.name: 5 for column in profiles.columns if not column.nullable} | {"as_of": POSTED}
        connection.execute(insert(profiles), said)
    engine.dispose()
    with Store.open(f"sqlite:///{path}") as store, store.engine.connect() as connection:
        (row,) = connection.execute(select(schema.profiles)).all()
        assert (row.open, row.settled, row.as_of) == (5, 5, POSTED)
        assert {getattr(row, name) for name in new} == {None}


def test_opening_and_asking_a_little_imports_nothing_slow(store: Store, path: Path) -> None:
    store.close()
    program = (
        "import sys; from duebook_etl.store import Store; from sqlalchemy import text\n"
        "with Store.open(sys.argv[1]) as store, store.engine.connect() as connection:\n"
        "    assert connection.scalar(text('SELECT count(*) FROM items')) == 0\n"
        "print(sorted({'alembic', 'pyarrow', 'adbc_driver_manager', 'pandas'} & sys.modules.keys()))"
    )
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program, f"sqlite:///{path}"],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout == "[]\n"


def test_two_programs_may_make_the_store_at_once(path: Path) -> None:
    program = "import sys; from duebook_etl.store import Store; Store.open(sys.argv[1]).close()"
    command = [sys.executable, "-c", program, f"sqlite:///{path}"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    running = [subprocess.Popen(command, env=environment) for _ in range(3)]  # noqa: S603
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql+psycopg://me:hidden@host/db", "a store on postgresql is not built in this version"),
        ("sqlite://", "store: its URL names no file."),
        ("sqlite:///:memory:", "store: its URL names no file."),
        ("duebook.db", "store: its URL is none. Write sqlite:///FILE."),
    ],
)
def test_a_url_of_no_store_is_refused(url: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        Store.open(url)
    assert said in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_a_store_of_a_newer_version_is_refused(store: Store, path: Path) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match=r"newer Duebook: its revision is '9999'.* Update Duebook\."):
        Store.open(f"sqlite:///{path}")


def test_a_file_that_is_no_database_is_refused_and_kept(path: Path) -> None:
    path.write_text("customer;amount\n" * 100)
    with pytest.raises(StoreError, match=r"file is not a database\. Name another file"):
        Store.open(f"sqlite:///{path}")
    assert path.read_text() == "customer;amount\n" * 100


def test_a_database_of_something_else_is_refused_and_kept(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="a SQLite database of something else"):
        Store.open(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_question_makes_no_store(path: Path) -> None:
    with pytest.raises(NoAnswerError, match=r"nothing has been read yet\. Run `duebook refresh` first"):
        Store.open(f"sqlite:///{path}", create=False)
    assert not path.exists()


def test_a_folder_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no folder .*absent\. Make it first\."):
        Store.open(f"sqlite:///{tmp_path}/absent/duebook.db")


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"it is a folder\. Name a file in it\."):
        Store.open(f"sqlite:///{tmp_path}")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_that_cannot_be_written_is_refused(store: Store, path: Path) -> None:
    store.close()
    path.chmod(0o400)
    with pytest.raises(StoreError, match="is not writable"):
        Store.open(f"sqlite:///{path}")


def test_a_store_that_another_program_writes_is_locked(store: Store, path: Path) -> None:
    impatient = Store(path, busy_seconds=0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"database is locked\. Another program is writing to it"):
            write(impatient, "items", item(1))
    assert store.ledger_frames()[0].num_rows == 0


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    with pytest.raises(IntegrityError):
        write(store, "items", item(1), item(2), item(1))
    assert store.read("SELECT count(*) AS n FROM items").to_pylist() == [{"n": 0}]


def test_frames_have_the_ledgers_types_even_without_rows(store: Store) -> None:
    text, day, money = pa.string(), pa.date32(), pa.int64()
    items, legs = store.ledger_frames()
    assert items.schema.types == [text] * 7 + [day] * 3 + [text] + [money] * 3
    assert items.schema.names == schema.items.c.keys()
    assert legs.schema.types == [text] * 4 + [day] + [money] * 2 + [day]
    assert legs.schema.names == schema.allocations.c.keys()


def test_values_that_first_come_late_are_read_as_written(store: Store) -> None:
    """ADBC decides on a column's type by its first rows; here they are all NULL."""
    late = item(70_000, due_date=date(2024, 4, 30), reference="PO 7", remaining=-5)
    write(store, "items", *(item(n) for n in range(70_000)), late)
    items = store.ledger_frames()[0].sort_by("amount")
    assert items.num_rows == 70_001
    assert items["due_date"].null_count == items["reference"].null_count == 70_000
    assert items.slice(70_000).to_pylist() == [late]
    selected = store.read(
        select(schema.items.c.due_date, schema.items.c.reference).order_by(schema.items.c.amount)
    )
    assert selected.slice(69_999).to_pylist() == [
        {"due_date": None, "reference": None},
        {"due_date": date(2024, 4, 30), "reference": "PO 7"},
    ]


def test_frames_are_of_the_source_company_and_customer_asked_for(store: Store) -> None:
    write(
        store,
        "items",
        item(1),
        item(2, customer="it's"),
        item(3, company="2", customer="it's"),
        item(2, source="other", customer="it's"),
    )
    write(store, "allocations", leg(1), leg(2), leg(3, company="2"), leg(2, source="other"))

    def asked(**what: str) -> list[list[tuple[str, ...]]]:
        key = ("source", "company", "item")
        return [
            sorted(tuple(row[name] for name in key) for row in frame.to_pylist())
            for frame in store.ledger_frames(**what)
        ]

    everything = [("erp", "1", "1"), ("erp", "1", "2"), ("erp", "2", "3"), ("other", "1", "2")]
    assert asked() == [everything] * 2
    assert asked(source="erp") == [everything[:3]] * 2
    assert asked(company="2") == [[("erp", "2", "3")]] * 2
    assert asked(customer="it's") == [everything[1:]] * 2
    assert asked(source="erp", company="1", customer="it's") == [[("erp", "1", "2")]] * 2
    assert asked(customer="nobody") == [[], []]


def test_a_selection_has_the_types_of_its_columns(store: Store) -> None:
    begin_run(store)
    table = schema.runs.c
    empty = store.read(select(table.finished, table.as_of, table.message, table.run))
    assert empty.schema.types == [pa.timestamp("us"), pa.date32(), pa.string(), pa.int64()]
    assert empty.to_pylist() == [{"finished": None, "as_of": POSTED, "message": None, "run": 1}]
    with store.write() as connection:
        connection.execute(update(schema.runs).values(finished=datetime(2024, 5, 6, 7, 8, 9, 10)))  # noqa: DTZ001
    chosen = store.read(select(table.finished).where(table.as_of == POSTED, table.run.in_([1, 2])))
    assert chosen.to_pylist() == [{"finished": datetime(2024, 5, 6, 7, 8, 9, 10)}]  # noqa: DTZ001


def test_sql_text_takes_values_apart_from_its_words(store: Store) -> None:
    write(store, "items", item(1, document="x' OR '1'='1"), item(2))
    found = store.read("SELECT item FROM items WHERE document = ?", ["x' OR '1'='1"])
    assert found.to_pylist() == [{"item": "1"}]


def test_a_question_the_store_cannot_answer_is_an_error_of_the_store(store: Store) -> None:
    with pytest.raises(StoreError, match="no such table: absent"):
        store.read("SELECT * FROM absent")


def test_one_thread_does_not_have_both_libraries_in_the_file(store: Store) -> None:
    with store.engine.connect(), pytest.raises(RuntimeError, match="close the SQLAlchemy connection"):
        store.ledger_frames()
    assert store.ledger_frames()[0].num_rows == 0


def test_a_bulk_read_waits_for_the_other_threads_write(store: Store, path: Path) -> None:
    """Another store object on the file, however its path is written, is the same file."""
    twin = Store.open(f"sqlite:///{path.parent}/../{path.parent.name}/{path.name}")
    with ThreadPoolExecutor(1) as pool:
        with store.write() as connection:
            connection.execute(insert(schema.items), [item(1)])
            reading = pool.submit(twin.ledger_frames)
            assert not reading.done()
            connection.execute(insert(schema.items), [item(2)])
        assert reading.result(timeout=60)[0].num_rows == 2


def test_a_bulk_read_does_not_wait_for_ever(path: Path) -> None:
    impatient = Store.open(f"sqlite:///{path}", busy_seconds=0.01)
    with ThreadPoolExecutor(1) as pool, impatient.engine.connect():
        reading = pool.submit(impatient.ledger_frames)
        with pytest.raises(StoreError, match=r"this program has used it elsewhere for 0\.01 s"):
            reading.result(timeout=60)


def test_a_read_that_failed_leaves_nothing_behind_that_the_next_one_waits_for(path: Path, broken: Store):
    """Neither library is locked out by a connection that could not be made."""
    whole = path.with_name("whole.db")
    with Store.open(f"sqlite:///{whole}"):
        pass
    for _ in range(2):
        with (
            pytest.raises(StoreError, match="file is not a database") as refused,
            broken.engine.connect() as one,
        ):
            one.execute(select(schema.runs)).all()
        assert refused.value.hint == "Name another file, or restore the store from a backup."
        with pytest.raises(StoreError, match="file is not a database"):
            broken.read(select(schema.runs))
    path.write_bytes(whole.read_bytes())
    assert broken.read(select(schema.runs)).num_rows == 0


def test_an_error_of_the_database_names_no_values(store: Store):
    wrong = item(1, document="Secret & Sons") | {"kind": None}
    with pytest.raises(IntegrityError) as refused, store.write() as connection:
        connection.execute(insert(schema.items), [wrong])
    assert "Secret" not in str(refused.value)
