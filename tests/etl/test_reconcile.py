"""What was loaded adds up on any day; what does not is found, and the items behind it are named."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from duebook.aging import labels
from duebook.ledger import open_amount
from duebook_etl import schema
from duebook_etl.answers import CompanyReport, Difference
from duebook_etl.load import load
from duebook_etl.reconcile import (
    ALLOCATION,
    CONTROL,
    NAMED,
    POSTING_DAY,
    QUARANTINE,
    REMAINING,
    UNKNOWN_CURRENCY,
    reconcile,
)
from duebook_etl.store import Store
from ledgers import DAYS, FIRST, random_ledger
from rows import POSTED, Rows, begin_run, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

EDGES = (0, 30, 60, 90)
NEXT = POSTED + timedelta(days=1)
AS_OF = date(2024, 6, 30)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as store:
        begin_run(store)
        yield store


def books() -> Rows:
    """Return two invoices, a receipt that settles part of the first, and the control account of both days."""
    rows = Rows()
    rows.company()
    rows.customer()
    rows.item("I1", "100.00", remaining="40.00")
    rows.item("I2", "7.00", posting_date=NEXT, remaining="7.00")
    rows.item("R1", "-60.00", kind="receipt", due_date=None, remaining="0")
    rows.leg("A1", "I1", "60.00")
    rows.leg("A1", "R1", "-60.00")
    rows.moved("40.00")
    rows.moved("7.00", NEXT)
    return rows


def reconciled(store: Store, rows: Rows, as_of: date = AS_OF) -> CompanyReport:
    load(store, 1, "erp", rows.chunks())
    (report,) = reconcile(store, 1, "erp", as_of, EDGES)
    return report


def difference(check: str, item: str | None, expected: int, found: int, **fields: object) -> Difference:
    named = {"document": item and f"INV-{item}", "customer": item and "C1", "posting_date": POSTED}
    return Difference(**{"check": check, "item": item, "expected": expected, "found": found} | named | fields)  # type: ignore[arg-type]


def total(control: int, found: int) -> Difference:
    return difference(CONTROL, None, control, found, posting_date=None)


def test_what_is_right_is_reconciled_and_recorded(store: Store) -> None:
    report = reconciled(store, books())
    assert report == CompanyReport(
        source="erp",
        company="1",
        currency="EUR",
        buckets=4_700,
        open=4_700,
        control_account=4_700,
        remaining=4_700,
        reconciled=True,
        differences=(),
    )
    (recorded,) = store.read(select(schema.run_companies)).to_pylist()
    assert recorded == {
        "run": 1,
        "source": "erp",
        "company": "1",
        "currency": "EUR",
        "buckets": 4_700,
        "open": 4_700,
        "control_account": 4_700,
        "remaining": 4_700,
        "reconciled": True,
    }


def test_an_erp_without_balances_has_none(store: Store) -> None:
    rows = books()
    for item in rows.of["items"]:
        item["remaining"] = None
    report = reconciled(store, rows)
    assert report.remaining is None
    assert report.reconciled


def test_a_day_before_the_first_document_is_all_nothing(store: Store) -> None:
    report = reconciled(store, books(), date(2000, 1, 1))
    assert (report.buckets, report.open, report.control_account, report.reconciled) == (0, 0, 0, True)
    assert report.remaining == 4_700, "the ERP's balances are of what is known now, whatever the day"


def test_a_company_without_items_is_reported(store: Store) -> None:
    rows = Rows()
    rows.company()
    assert reconciled(store, rows).reconciled


@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(0, 40), st.data())
def test_every_ledger_is_reconciled_on_every_day(random: Random, size: int, data: st.DataObject) -> None:
    """Also where the ERP states that an allocation took effect before its items were posted."""
    ledger = random_ledger(random, size)
    days = st.dates(FIRST - timedelta(days=40), FIRST + timedelta(days=DAYS + 300))
    stated = data.draw(st.lists(days, max_size=8))
    rows = rows_of(ledger, {"0": "EUR", "1": "JPY"}, stated=stated)
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/duebook.db") as store:
        begin_run(store)
        assert load(store, 1, "erp", rows.chunks(16)).quarantined == 0
        for as_of in data.draw(st.lists(days, min_size=1, max_size=4)):
            reports = reconcile(store, 1, "erp", as_of, EDGES)
            assert [report.company for report in reports] == ["0", "1"]
            for report in reports:
                assert report.differences == ()
                assert report.reconciled
                assert report.buckets == report.open == report.control_account
                if not stated:
                    expected = sum(
                        open_amount(item, legs, as_of)
                        for row, item, legs in ledger.scalar_items()
                        if row["company"] == report.company
                    )
                    assert report.open == expected


def test_an_item_that_the_general_ledger_lacks_is_named_alone(store: Store) -> None:
    rows = books()
    rows.item("X", "5.00")
    report = reconciled(store, rows)
    assert report.differences == (total(4_700, 5_200), difference(POSTING_DAY, "X", 4_000, 4_500))
    assert not report.reconciled


def test_a_movement_without_an_item_names_the_day_and_its_items(store: Store) -> None:
    rows = books()
    rows.moved("5.00", account="1201")
    assert reconciled(store, rows).differences == (
        total(5_200, 4_700),
        difference(POSTING_DAY, "I1", 4_500, 4_000),
        difference(POSTING_DAY, "R1", 4_500, 4_000),
    )


def test_a_movement_on_a_day_of_no_item_names_the_day(store: Store) -> None:
    rows = books()
    rows.moved("5.00", date(2024, 5, 5))
    assert reconciled(store, rows).differences == (
        total(5_200, 4_700),
        difference(POSTING_DAY, None, 500, 0, posting_date=date(2024, 5, 5)),
    )
    assert reconciled(store, rows, date(2024, 5, 4)).reconciled, "the day had not come"


def test_an_item_in_quarantine_is_named_and_its_day_accuses_no_other(store: Store) -> None:
    rows = books()
    rows.item("X", "5.00", kind="?")
    rows.moved("5.00", account="1201")
    assert reconciled(store, rows).differences == (
        total(5_200, 4_700),
        difference(POSTING_DAY, None, 4_500, 4_000),
        difference(QUARANTINE, "X", 500, 0),
    )


def test_what_cannot_be_read_of_a_row_in_quarantine_is_left_open(store: Store) -> None:
    rows = books()
    rows.item("X", "5.001", posting_date=None)
    rows.item(None, None)
    rows.moved("5.00")
    quarantined = [d for d in reconciled(store, rows).differences if d.check == QUARANTINE]
    assert quarantined == [
        difference(QUARANTINE, "X", 0, 0, posting_date=None),
        difference(QUARANTINE, None, 0, 0, document="INV-None", customer="C1"),
    ]


def test_quarantine_that_changes_no_figure_is_no_difference(store: Store) -> None:
    rows = books()
    rows.item("I1", "100.00")
    assert reconciled(store, rows).reconciled


def test_an_allocation_in_quarantine_is_a_difference_although_every_sum_agrees(store: Store) -> None:
    rows = books()
    rows.leg("A1", "I9", "0.00")
    report = reconciled(store, rows)
    assert (report.open, report.control_account, report.reconciled) == (4_700, 4_700, False)
    quarantined = [
        difference(QUARANTINE, item, amount, 0, document=None, customer=None)
        for item, amount in (("I1", 6_000), ("R1", -6_000), ("I9", 0))
    ]
    opened = [difference(REMAINING, "I1", 4_000, 10_000), difference(REMAINING, "R1", 0, -6_000)]
    assert report.differences == (*quarantined, *opened)


def test_an_allocation_in_quarantine_that_had_not_taken_effect_is_none(store: Store) -> None:
    rows = books()
    for item in rows.of["items"]:
        item["remaining"] = None
    rows.leg("A2", "I9", "0.00", effective_date=NEXT)
    assert not reconciled(store, rows, NEXT).reconciled
    assert reconciled(store, rows, POSTED).reconciled


def test_an_allocation_that_does_not_add_up_is_named_with_its_items(store: Store) -> None:
    rows = books()
    rows.leg("A2", "I1", "3.00", effective_date=NEXT)
    rows.leg("A2", "I2", "-2.00", effective_date=NEXT)
    for item, remaining in zip(rows.of["items"], ("37.00", "9.00", "0.00"), strict=True):
        item["remaining"] = type(item["amount"])(remaining)
    assert reconciled(store, rows).differences == (
        total(4_700, 4_600),
        difference(ALLOCATION, "I1", 0, 100, posting_date=NEXT),
        difference(ALLOCATION, "I2", 0, 100, posting_date=NEXT),
    )
    assert reconciled(store, rows, POSTED).reconciled, "it had not taken effect"


def test_a_balance_that_differs_from_the_erps_names_the_item(store: Store) -> None:
    rows = books()
    rows.item("X", "0.00", remaining="0.01", posting_date=NEXT)
    report = reconciled(store, rows, date(2000, 1, 1))
    assert report.differences == (difference(REMAINING, "X", 1, 0, posting_date=NEXT),)
    assert not report.reconciled


def test_a_company_whose_row_is_in_quarantine_is_not_forgotten(store: Store) -> None:
    rows = books()
    rows.of["companies"][0]["currency"] = "EURO"
    report = reconciled(store, rows)
    assert (report.company, report.currency, report.reconciled) == ("1", UNKNOWN_CURRENCY, False)
    assert {d.check for d in report.differences} == {QUARANTINE}


def test_only_so_many_of_a_kind_are_named(store: Store) -> None:
    rows = books()
    for number in range(NAMED + 10):
        rows.item(f"X{number}", "1.00", remaining="0.00")
    differences = reconciled(store, rows).differences
    assert len([d for d in differences if d.check == POSTING_DAY]) == NAMED
    assert len([d for d in differences if d.check == REMAINING]) == NAMED
    assert differences[0] == total(4_700, 4_700 + 100 * (NAMED + 10))


def test_another_day_replaces_what_the_run_recorded_of_the_source_alone(store: Store) -> None:
    rows = books()
    rows.item("X", "5.00", posting_date=NEXT)
    with store.write() as connection:
        values = {"run": 1, "source": "other", "company": "1", "currency": "EUR", "buckets": 0, "open": 0}
        connection.execute(
            insert(schema.run_companies), [values | {"control_account": 0, "reconciled": True}]
        )
    assert not reconciled(store, rows).reconciled
    recorded = store.read(select(schema.differences)).to_pylist()
    expected = {
        "run": 1,
        "source": "erp",
        "company": "1",
        "check": POSTING_DAY,
        "item": "X",
        "document": "INV-X",
    }
    assert recorded[1] == expected | {"customer": "C1", "posting_date": NEXT, "expected": 700, "found": 1_200}
    assert reconciled(store, rows, POSTED).reconciled
    assert store.read(select(schema.differences)).num_rows == 0
    companies = store.read(select(schema.run_companies).order_by(schema.run_companies.c.source)).to_pylist()
    assert [(row["source"], row["open"], row["reconciled"]) for row in companies] == [
        ("erp", 4_000, True),
        ("other", 0, True),
    ]


def test_the_buckets_are_those_of_the_policy(store: Store) -> None:
    load(store, 1, "erp", books().chunks())
    for edges in ((0,), (0, 15, 120)):
        assert len(labels(edges)) == len(edges) + 2
        assert [report.buckets for report in reconcile(store, 1, "erp", AS_OF, edges)] == [4_700]
