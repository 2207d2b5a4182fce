"""Databases of real ERPs, restored from dumps, and what our connectors read from them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
import pytest

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
def restored(postgres: Postgres, shared: Path) -> Callable[[str], Database]:
    """Return an ERP's database by the name of its connector, restored when it is first asked for."""
    databases: dict[str, Database] = {}

    def restore(erp: str) -> Database:
        if erp not in databases:
            name = postgres.restore(erp, shared / "data" / "erp" / erp / "dump.sql.gz")
            databases[erp] = Database(erp, postgres, name)
        return databases[erp]

    return restore


@pytest.fixture(scope="session", params=ERPS)
def database(request: pytest.FixtureRequest, restored: Callable[[str], Database]) -> Database:
    """Return each ERP's database, never to be changed."""
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
            name: [_minor(cell) for cell in cells] for name, cells in answer["customers"].items()
        }
        for day, answer in told.items()
    }
    lines = {
        date.fromisoformat(day): sorted(
            (line["entry"], str(line["due"]), line["date"], _minor(line["residual"]))
            for line in answer["lines"]
        )
        for day, answer in told.items()
        if "lines" in answer
    }
    return Oracle(edges, first, days, lines)


def _minor(amount: str) -> int:
    units, _, cents = amount.partition(".")
    return int(units + (cents + "00")[:2])


@dataclass(frozen=True)
class Ledger:
    """What a connector read of a database whose currencies all have two decimals: amounts in minor units."""

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
        legs: dict[str, list[Leg]] = defaultdict(list)
        for row in self.allocations.to_pylist():
            leg = Leg(row["item"], row["effective_date"], row["amount"], row["reversed_on"])
            legs[leg.item].append(leg)
        return {
            row["item"]: open_amount(
                Item(row["item"], row["posting_date"], row["amount"]), legs[row["item"]], as_of
            )
            for row in self.items.to_pylist()
        }


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
