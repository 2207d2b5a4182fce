"""Our figures against the ERP's own aged report, cell by cell."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pytest

import duebook_demo.data
from duebook import aging, measures
from erp import ERPS, Database, Ledger, minor, oracle, read_ledger

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def ledger(books: Database) -> Ledger:
    return read_ledger(books.source())


@pytest.mark.parametrize("books", ERPS, indirect=True)
def test_every_customer_and_bucket_by_the_plain_rule(books: Database, ledger: Ledger, shared: Path) -> None:
    report = oracle(books.erp, shared)
    names = {row["customer"]: row["name"] for row in ledger.customers.to_pylist()}
    items = ledger.items.to_pylist()
    labels = [label for label in aging.labels(report.edges) if label != aging.NO_DATE][report.first :]
    for day, expected in report.days.items():
        still = ledger.open_by_item(day)
        cells: dict[str, Counter[str]] = defaultdict(Counter)
        for item in items:
            due = item["due_date"]
            late = None if due is None else aging.days_late(due, day)
            cells[names[item["customer"]]][aging.bucket(late, report.edges)] += still[item["item"]]
        found = {
            name: [row.total(), *(row[label] for label in labels)]
            for name, row in cells.items()
            if any(row.values())
        }
        assert found == expected, day


@pytest.mark.parametrize("books", ERPS, indirect=True)
def test_every_customer_and_bucket_by_the_measure_over_frames(
    books: Database, ledger: Ledger, shared: Path
) -> None:
    report = oracle(books.erp, shared)
    names = {row["customer"]: row["name"] for row in ledger.customers.to_pylist()}
    labels = [label for label in aging.labels(report.edges) if label != aging.NO_DATE][report.first :]
    for day, expected in report.days.items():
        still = measures.open_items(ledger.items, ledger.allocations, day)
        frame = measures.aging(still, as_of=day, by=["customer"], edges=report.edges)
        found = {
            names[row["customer"]]: [row["total"], *(row[label] for label in labels)]
            for row in frame.to_pylist()
        }
        assert found == expected, day


def test_every_open_line_that_odoo_lists(odoo: Database, shared: Path) -> None:
    ledger = read_ledger(odoo.source())
    items = ledger.items.to_pylist()
    for day, expected in oracle("odoo", shared).lines.items():
        still = ledger.open_by_item(day)
        found = sorted(
            (row["document"], str(row["due_date"]), str(row["posting_date"]), still[row["item"]])
            for row in items
            if still[row["item"]]
        )
        assert found == expected, day


@pytest.mark.parametrize("books", ["company"], indirect=True)
def test_every_customer_account_and_bucket_of_the_demo_company(ledger: Ledger) -> None:
    """What Tryton says of it, by company and the customer's id, since names repeat; its bounds as above."""
    edges = (-1, 29, 59, 89)
    labels = aging.labels(edges)[1:-1]
    cells = 0
    for company, told in duebook_demo.data.figures()["companies"].items():
        for day, expected in told["dates"].items():
            as_of = date.fromisoformat(day)
            items, still = ledger.items.filter(pc.field("company") == company), ledger.open_by_item(as_of)
            found: dict[str, Counter[str]] = defaultdict(Counter)
            for row in items.filter(pc.is_valid(pc.field("customer"))).to_pylist():
                bucket = aging.bucket(aging.days_late(row["due_date"], as_of), edges)
                found[row["customer"]][bucket] += still[row["item"]]
            aged = {
                customer: [row.total(), *(row[label] for label in labels)]
                for customer, row in found.items()
                if any(row.values())
            }
            known = {key: [minor(cell) for cell in row["figures"]] for key, row in expected["aged"].items()}
            assert aged == {key: row for key, row in known.items() if any(row)}, (company, day)
            moved: Counter[str] = Counter()
            for row in ledger.control.filter(pc.field("company") == company).to_pylist():
                moved[row["account"]] += row["amount"] * (row["posting_date"] <= as_of)
            assert moved.total() == minor(expected["ledger_total"]), (company, day)
            cells += 5 * len(aged)
    assert cells > 500


def test_open_items_equal_the_control_account_at_the_end_of_every_day(ledger: Ledger) -> None:
    control = ledger.control.to_pylist()
    companies = {row["item"]: row["company"] for row in ledger.items.to_pylist()}
    for day in every_day(ledger):
        still = Counter[str]()
        for item, amount in ledger.open_by_item(day).items():
            still[companies[item]] += amount
        for row in control:
            still[row["company"]] -= row["amount"] * (row["posting_date"] <= day)
        assert not any(still.values()), day


def test_what_is_open_in_the_end_is_what_the_erp_says_remains(ledger: Ledger) -> None:
    last = max(every_day(ledger))
    assert ledger.open_by_item(last) == {row["item"]: row["remaining"] for row in ledger.items.to_pylist()}


def test_no_allocation_takes_effect_before_its_items_are_posted(ledger: Ledger) -> None:
    """What load does about such dates changes nothing on these books, so the report stays the measure."""
    posted = {row["item"]: row["posting_date"] for row in ledger.items.to_pylist()}
    legs = ledger.allocations.to_pylist()
    last: dict[tuple[str, str], date] = defaultdict(lambda: date.min)
    for leg in legs:
        key = leg["company"], leg["allocation"]
        last[key] = max(last[key], posted[leg["item"]])
    assert [leg for leg in legs if leg["effective_date"] < last[leg["company"], leg["allocation"]]] == []


def every_day(ledger: Ledger) -> list[date]:
    """Return every day on which anything changes, with the day before and the day after."""
    days = {*ledger.items["posting_date"].to_pylist(), *ledger.allocations["effective_date"].to_pylist()}
    return sorted({day + timedelta(n) for day in days for n in (-1, 0, 1)})
