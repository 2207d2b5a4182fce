"""Databases of real ERPs, restored from dumps, and what our connectors read from them.

Two dumps are shared data, which a machine may lack; the demo company, made with Tryton, is the project's own.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import duebook_demo.data
from duebook.ledger import Item, Leg, Type, open_amount
from duebook.money import to_minor
from duebook_connectors.base import QUERIES
from duebook_etl.extract import Source, open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sqlalchemy import URL

    from servers import Postgres

ERPS: Final = ("odoo", "tryton")
BOOKS: Final = (*ERPS, "company")
COPY_ROW: Final = """
-- pg_temp.copy('table', id, 'column = value, ...') inserts a copy of a row with some columns changed.
CREATE FUNCTION pg_temp.copy(source text, old int, changes text) RETURNS void AS $$
BEGIN
    EXECUTE format('CREATE TEMP TABLE copied AS SELECT * FROM %I WHERE id = %s', source, old);
    EXECUTE 'UPDATE copied SET ' || changes;
    EXECUTE format('INSERT INTO %I SELECT * FROM copied', source);
    DROP TABLE copied;
END $$ LANGUAGE plpgsql;
"""
_NUMBER: Final = count()


@dataclass(frozen=True)
class Database:
    """An ERP's database.

    Attributes:
        erp: The name of its connector.
        postgres: The server it is on.
        name: Its name there.
    """

    erp: str
    postgres: Postgres
    name: str

    def copy(self) -> Database:
        """Return a copy, to be changed."""
        name = f"{self.name}_{next(_NUMBER)}"
        return Database(self.erp, self.postgres, self.postgres.create(name, template=self.name))

    def run(self, *sql: str) -> None:
        """Run statements in it, all or none."""
        with self.postgres.connect(self.name) as connection:
            connection.execute("\n".join(sql).encode())

    def source(self, url: URL | None = None, companies: tuple[str, ...] = ("*",)) -> Source:
        """Return it as a source, by ADBC where no URL says otherwise."""
        url = url or self.postgres.url(self.name)
        return Source("books", self.erp, url.render_as_string(hide_password=False), companies)


@pytest.fixture(scope="session")
def restored(postgres: Postgres, request: pytest.FixtureRequest) -> Callable[[str], Database]:
    """Return a database by its name in BOOKS, restored when it is first asked for."""
    databases: dict[str, Database] = {}

    def restore(name: str) -> Database:
        if name not in databases:
            if name == "company":
                sql = gzip.decompress(duebook_demo.data.dump().read_bytes())
            else:
                shared: Path = request.getfixturevalue("shared")
                sql = gzip.decompress((shared / "data" / "erp" / name / "dump.sql.gz").read_bytes())
            erp = "tryton" if name == "company" else name
            databases[name] = Database(erp, postgres, postgres.restore(name, sql))
        return databases[name]

    return restore


@pytest.fixture(scope="session", params=BOOKS)
def books(request: pytest.FixtureRequest, restored: Callable[[str], Database]) -> Database:
    """Return each of the databases, never to be changed."""
    return restored(request.param)


@pytest.fixture(scope="session", params=ERPS)
def database(request: pytest.FixtureRequest, restored: Callable[[str], Database]) -> Database:
    """Return each database with an oracle, never to be changed."""
    return restored(request.param)


@pytest.fixture(scope="session")
def odoo(restored: Callable[[str], Database]) -> Database:
    """Return Odoo's database, never to be changed."""
    return restored("odoo")


@pytest.fixture(scope="session")
def tryton(restored: Callable[[str], Database]) -> Database:
    """Return Tryton's database, never to be changed."""
    return restored("tryton")


@dataclass(frozen=True)
class Oracle:
    """What the ERP's own aged report says.

    Attributes:
        edges: The last day of each of its buckets but the last.
        first: The first bucket it has a column for.
        days: For each date and customer's name, the balance and its columns, in minor units.
        lines: For each date, the open lines: document, due date, posting date and what is open.
    """

    edges: tuple[int, ...]
    first: int
    days: dict[date, dict[str, list[int]]]
    lines: dict[date, list[tuple[str, str, str, int]]]


def oracle(erp: str, shared: Path) -> Oracle:
    """Return the ERP's own aged report. Its bounds are those that the data's description tells."""
    told = json.loads((shared / "data" / "erp" / erp / "oracle.json").read_text())["dates"]
    # Tryton's first column begins with what is due on the day; the rest stands in the balance alone.
    edges, first = {"odoo": ((0, 30, 60, 90, 120), 0), "tryton": ((-1, 29, 59, 89), 1)}[erp]
    days = {
        date.fromisoformat(day): {
            name: [minor(cell) for cell in cells] for name, cells in answer["customers"].items()
        }
        for day, answer in told.items()
    }
    lines = {
        date.fromisoformat(day): sorted(
            (line["entry"], str(line["due"]), line["date"], minor(line["residual"]))
            for line in answer["lines"]
        )
        for day, answer in told.items()
        if "lines" in answer
    }
    return Oracle(edges, first, days, lines)


def minor(amount: str) -> int:
    """Return hundredths of an amount written with at most two decimals."""
    units, _, cents = amount.partition(".")
    return int(units + (cents + "00")[:2])


@dataclass(frozen=True)
class Ledger:
    """What a connector read of a database, amounts in hundredths of any currency."""

    companies: pa.Table
    customers: pa.Table
    items: pa.Table
    allocations: pa.Table
    control: pa.Table

    def item(self, item: str) -> dict[str, object]:
        """Return one item."""
        (row,) = self.items.filter(pc.field("item") == item).to_pylist()
        return dict(row)

    def open_by_item(self, as_of: date) -> dict[str, int]:
        """Return what is open of each item at the end of a day, by the one plain rule."""
        items, legs = self._plain
        return {item.item: open_amount(item, legs[item.item], as_of) for item in items}

    @cached_property
    def _plain(self) -> tuple[list[Item], dict[str, list[Leg]]]:
        items = [Item(row["item"], row["posting_date"], row["amount"]) for row in self.items.to_pylist()]
        legs: dict[str, list[Leg]] = defaultdict(list)
        for row in self.allocations.to_pylist():
            leg = Leg(row["item"], row["effective_date"], row["amount"], row["reversed_on"])
            legs[leg.item].append(leg)
        return items, legs


def read_ledger(source: Source) -> Ledger:
    """Read all of a source; no row may be put aside."""
    tables = {}
    with open_source(source) as reader:
        for query, fields in QUERIES.items():
            chunks = list(reader.read(query))
            assert not any(chunk.rejected for chunk in chunks)
            table = pa.Table.from_batches(chunk.batch for chunk in chunks)
            amounts = [field.name for field in fields if field.type is Type.AMOUNT]
            tables[query] = _in_minor_units(table, amounts)
    return Ledger(**tables)


def _in_minor_units(table: pa.Table, amounts: Iterable[str]) -> pa.Table:
    for name in amounts:
        cents = [None if amount is None else to_minor(amount, "USD") for amount in table[name].to_pylist()]
        table = table.set_column(table.column_names.index(name), name, pa.array(cents, pa.int64()))
    return table
