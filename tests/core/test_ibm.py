"""IBM's accounts receivable sample: aging, turnover and days late, to the cent as computed elsewhere.

2,466 paid invoices of 100 customers; the answers lie beside the data, which is not part of the repository.
"""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from duebook.aging import labels
from duebook.behaviour import average_days_late
from duebook.calendar import add_months, end_of_month, month_days
from duebook.ledger import Kind
from duebook.measures import aging, open_items, sales, settlements
from duebook.money import from_minor, to_minor
from duebook.turnover import cei, dso, dso_best, dso_countback, dso_delay
from ledgers import Ledger

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

EDGES = (0, 30, 60, 90)


def day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no zone


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def folder(shared: Path) -> Path:
    return shared / "data" / "ibm_late_payment"


@pytest.fixture(scope="module")
def invoices(folder: Path) -> list[dict[str, str]]:
    return rows_of(folder / "WA_Fn-UseC_-Accounts-Receivable.csv")


@pytest.fixture(scope="module")
def ledger(invoices: list[dict[str, str]]) -> Ledger:
    result = Ledger()
    for row in invoices:
        amount, settled = to_minor(row["InvoiceAmount"], "USD"), day(row["SettledDate"])
        key, customer = row["invoiceNumber"], row["customerID"]
        result.item(key, amount, day(row["InvoiceDate"]), day(row["DueDate"]), customer=customer)
        result.item(f"paid {key}", -amount, settled, settled, customer=customer, kind=Kind.RECEIPT)
        result.allocate({key: amount, f"paid {key}": -amount}, settled)
    return result


@pytest.mark.parametrize("as_of", [date(2012, 12, 31), date(2013, 6, 30), date(2013, 11, 30)])
def test_aging_by_customer(quick_engine: Engine, ledger: Ledger, folder: Path, as_of: date) -> None:
    items, allocations = (quick_engine.frame(table) for table in ledger.tables())
    frame = aging(open_items(items, allocations, as_of), as_of=as_of, edges=EDGES, by=["customer"])
    found = {
        row["customer"]: [from_minor(row[label], "USD") for label in (*labels(EDGES), "total")]
        for row in quick_engine.rows(frame)
    }
    expected = {}
    for row in rows_of(folder / "oracle" / f"ibm_aging_by_customer_{as_of}.csv"):
        buckets = [Decimal(row[name]) for name in ("current", "1-30", "31-60", "61-90", "90+")]
        expected[row["cust"]] = [*buckets, Decimal(0), sum(buckets)]
    assert found == expected
    assert len(expected) > 50


def test_turnover_of_each_month(ledger: Ledger, folder: Path) -> None:
    items, allocations = (pl.from_arrow(table) for table in ledger.tables())
    history: list[tuple[Decimal, int]] = []
    opening = Decimal(0)
    months = rows_of(folder / "oracle" / "ibm_monthly_dso_cei.csv")
    assert len(months) == 24
    for row in months:
        first = date.fromisoformat(f"{row['month']}-01")
        last = end_of_month(first)
        buckets = aging(open_items(items, allocations, last), as_of=last, edges=EDGES, by=["company"])
        (sold,) = sales(items, after=first - timedelta(1), until=last, by=["company"])["sales"]
        (closing,), (current,) = buckets["total"], buckets["not due"]
        amounts = [from_minor(value, "USD") for value in (sold, closing, current)]
        assert [opening, *amounts] == [
            Decimal(row[name]) for name in ("ar_begin", "sales", "ar_end", "ar_end_current")
        ]
        sold_, closing_, current_ = amounts
        days = month_days(first)
        history.insert(0, (sold_, days))
        assert round(dso(closing_, sold_, days), 4) == Decimal(row["dso_simple"])
        assert round(dso_countback(closing_, *zip(*history, strict=True)), 4) == Decimal(row["dso_countback"])
        assert round(cei(opening, sold_, closing_, current_), 4) == Decimal(row["cei_pct"])
        assert dso_delay(closing_, current_, sold_, days) == pytest.approx(
            dso(closing_, sold_, days) - dso_best(current_, sold_, days)
        )
        opening = closing_
        assert add_months(first, 1) == last + timedelta(1)


def test_days_late_by_customer(
    quick_engine: Engine, ledger: Ledger, invoices: list[dict[str, str]], folder: Path
) -> None:
    cut = date(2013, 12, 31)
    items, allocations = (quick_engine.frame(table) for table in ledger.tables())
    settled: dict[str, list[tuple[float, float]]] = {}
    for row in quick_engine.rows(settlements(items, allocations, cut)):
        settled.setdefault(row["customer"], []).append((row["settled"], row["days_late"]))
    expected = rows_of(folder / "oracle" / "ibm_days_late_by_customer_cut_2013-12-31.csv")
    assert settled.keys() == {row["cust"] for row in expected}
    for row in expected:
        paid = [
            invoice
            for invoice in invoices
            if invoice["customerID"] == row["cust"] and day(invoice["SettledDate"]) <= cut
        ]
        scalar = average_days_late(
            [day(invoice["DueDate"]) for invoice in paid],
            [day(invoice["SettledDate"]) for invoice in paid],
            [Decimal(invoice["InvoiceAmount"]) for invoice in paid],
        )
        weights = settled[row["cust"]]
        mean = sum(amount * late for amount, late in weights) / sum(amount for amount, _ in weights)
        assert round(scalar, 4) == Decimal(row["wavg_days_late_signed"])
        assert mean == pytest.approx(float(scalar))
        assert (len(weights), sum(amount for amount, _ in weights)) == (
            int(row["n"]),
            pytest.approx(float(row["amount"]) * 100),
        )
        assert max(late for _, late in weights) == int(row["max_days_late"])
