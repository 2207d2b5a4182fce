"""What every connector must keep, on the database of its own ERP."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pytest

from duebook.errors import InputError, SourceError
from duebook.ledger import Kind
from duebook.money import minor_digits
from duebook_connectors import CONNECTORS, connector, names
from duebook_connectors.base import QUERIES
from duebook_etl.cast import ARROW
from duebook_etl.extract import open_source
from erp import ERPS, Database, Ledger, read_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

# How each ERP is made to say that it is of another version.
OTHER_VERSION = {
    "odoo": "UPDATE ir_module_module SET latest_version = {} WHERE name = 'base'",
    "tryton": "UPDATE ir_configuration SET series = {}",
}


@pytest.fixture(scope="module")
def ledger(books: Database) -> Ledger:
    return read_ledger(books.source())


def test_every_connector_is_held_to_this_contract() -> None:
    assert names() == tuple(sorted(ERPS)) == tuple(sorted(CONNECTORS))


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_returns_the_ledgers_fields_in_its_types(books: Database, query: str) -> None:
    with open_source(books.source()) as reader:
        (chunk,) = reader.read(query)
    assert {field.name: field.type for field in chunk.batch.schema} == {
        field.name: ARROW[field.type] for field in QUERIES[query]
    }
    for field in QUERIES[query]:
        if field.required:
            assert chunk.batch[field.name].null_count == 0, field.name


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("companies", ("company",)),
        ("customers", ("company", "customer")),
        ("items", ("company", "item")),
        ("allocations", ("company", "allocation", "item")),
        ("control", ("company", "account", "posting_date")),
    ],
)
def test_a_key_names_one_row(ledger: Ledger, query: str, key: tuple[str, ...]) -> None:
    rows = getattr(ledger, query).to_pylist()
    several = {k: n for k, n in Counter(tuple(row[name] for name in key) for row in rows).items() if n > 1}
    assert rows
    assert several == {}


def test_the_legs_of_an_allocation_add_up_to_nothing(ledger: Ledger) -> None:
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for leg in ledger.allocations.to_pylist():
        sums[leg["company"], leg["allocation"]] += leg["amount"]
    assert sums
    assert set(sums.values()) == {0}


def test_a_leg_belongs_to_an_item_and_has_its_sign(ledger: Ledger) -> None:
    items = {(row["company"], row["item"]): row for row in ledger.items.to_pylist()}
    for leg in ledger.allocations.to_pylist():
        assert leg["amount"] * items[leg["company"], leg["item"]]["amount"] >= 0


def test_items_are_of_known_kinds_and_their_documents_of_known_currencies(ledger: Ledger) -> None:
    kinds = set(ledger.items["kind"].to_pylist())
    assert kinds <= {kind.value for kind in Kind}
    assert {Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT} <= kinds
    for table in (ledger.items, ledger.companies):
        assert all(minor_digits(currency) in {0, 2} for currency in table["currency"].to_pylist())


def test_both_amounts_agree_where_the_document_is_in_the_companys_currency(ledger: Ledger) -> None:
    own = {row["company"]: row["currency"] for row in ledger.companies.to_pylist()}
    items = ledger.items.to_pylist()
    foreign = [row for row in items if row["currency"] != own[row["company"]]]
    assert foreign
    assert all(row["amount_document"] == row["amount"] for row in items if row not in foreign)
    assert all(row["amount_document"] != row["amount"] for row in foreign)


def test_customers_are_those_who_have_items(ledger: Ledger) -> None:
    def keys(rows: list[dict[str, str]]) -> set[tuple[str, str]]:
        return {(row["company"], row["customer"]) for row in rows}

    named = ledger.items.filter(pc.is_valid(pc.field("customer")))
    assert keys(ledger.customers.to_pylist()) == keys(named.to_pylist())


def test_items_of_a_day_are_what_the_control_account_moved(ledger: Ledger) -> None:
    def by_day(rows: list[dict[str, object]]) -> Counter[tuple[object, object]]:
        sums: Counter[tuple[object, object]] = Counter()
        for row in rows:
            sums[row["company"], row["posting_date"]] += int(str(row["amount"]))
        return sums

    assert by_day(ledger.items.to_pylist()) == by_day(ledger.control.to_pylist())


def test_a_version_nobody_tried_is_refused(books: Database) -> None:
    other = books.copy()
    for version, told in (("'99.9'", "'99.9'"), ("NULL", "None")):
        other.run(OTHER_VERSION[books.erp].format(version))
        with (
            pytest.raises(SourceError, match=re.escape(f"connector {books.erp}: ")) as caught,
            open_source(other.source()),
        ):
            pass
        assert f"version {told}" in str(caught.value)
        assert ", ".join(connector(books.erp).versions) in str(caught.value)


def test_only_a_whole_part_of_a_version_is_known(books: Database) -> None:
    (known,) = connector(books.erp).versions
    connector(books.erp).check_version(f"{known}.7")
    with pytest.raises(SourceError):
        connector(books.erp).check_version(f"{known}7")


def test_columns_must_be_the_ledgers(books: Database) -> None:
    reads = connector(books.erp)
    right = [field.name for field in QUERIES["control"]]
    reads.check_columns("control", reversed(right))
    wrong: list[tuple[list[str], str]] = [
        (right[1:], "lacks column company;"),
        ([*right, "amont"], "has unknown column amont;"),
        ([*right, "amount"], "repeats column amount;"),
    ]
    for columns, problem in wrong:
        with pytest.raises(SourceError) as caught:
            reads.check_columns("control", columns)
        assert str(caught.value) == (
            f"connector {reads.name}, query control: {problem.rstrip(';')}; "
            "expected company, account, posting_date, amount."
        )


@pytest.mark.parametrize(
    ("name", "hint"), [("oddo", " Did you mean 'odoo'?"), ("Tryton", " Did you mean 'tryton'?"), ("sap", "")]
)
def test_an_unknown_connector_is_refused(name: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        connector(name)
    assert str(caught.value) == f"connector: {name!r} is none of odoo, tryton.{hint}"


def test_an_unknown_query_is_refused(restored: Callable[[str], Database]) -> None:
    with open_source(restored("tryton").source()) as reader, pytest.raises(InputError) as caught:
        next(reader.read("invoices"))
    assert (
        str(caught.value) == "query: 'invoices' is none of companies, customers, items, allocations, control."
    )
