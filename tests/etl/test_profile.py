"""The figures of customers: each as defined, the same alone and among all, true for random ledgers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from books import EAST, NORTH, OTHER, Books, group_books
from duebook.behaviour import pay_index
from duebook.ledger import Kind, open_amount
from duebook.policy import default_policy
from duebook_etl import schema
from duebook_etl.profile import CUSTOMER_KEY, profiles, summary
from ledgers import DAYS, FIRST, random_ledger

if TYPE_CHECKING:
    from random import Random

    from ledgers import Ledger

AS_OF = date(2026, 6, 30)
POLICY = default_policy()
NEGATIVE = {Kind.RECEIPT, Kind.ADVANCE, Kind.CREDIT_NOTE}


def rows_of(books: Books, as_of: date = AS_OF) -> dict[tuple[str, ...], dict[str, object]]:
    table = profiles(books.items_frame(), books.allocations_frame(), as_of=as_of, policy=POLICY)
    return {tuple(row[key] for key in CUSTOMER_KEY): row for row in table.to_pylist()}


def frames(ledger: Ledger) -> tuple[pa.Table, pa.Table]:
    return tuple(
        table.append_column("source", pa.array(["erp"] * len(table), pa.string()))
        for table in ledger.tables()
    )


def test_the_columns_are_those_of_the_store_and_the_rows_are_sorted():
    books = group_books()
    table = profiles(books.items_frame(), books.allocations_frame(), as_of=AS_OF, policy=POLICY)
    assert ["run", *table.column_names] == [column.name for column in schema.profiles.columns]
    keys = [tuple(row.values()) for row in table.select(list(CUSTOMER_KEY)).to_pylist()]
    assert keys == [(*NORTH, ""), (*NORTH, "7"), (*NORTH, "8"), (*EAST, "7"), (*OTHER, "8")]


def test_every_figure_of_a_customer_is_what_its_definition_says():
    row = rows_of(group_books())[*NORTH, "7"]
    assert row["open"] == 10_001 + 5_000 - 3_000 - 250
    assert row["not_due"] == 5_000
    assert row["overdue"] == 10_001 - 3_000 - 250
    assert row["no_date"] == 0
    assert row["unapplied"] == -3_000 - 250
    assert row["oldest_overdue_days"] == (AS_OF - date(2026, 5, 1)).days
    # 10,000 paid 10 days late, 10,000 paid 40 days late, 600 paid 10 days late with another customer's 300.
    late = (10_000 * 10 + 10_000 * 40 + 600 * 10) / 20_600
    assert row["average_days_late"] == pytest.approx(late)
    assert row["average_terms"] == pytest.approx(30)
    assert row["settled"] == 20_600
    assert row["sales"] == 5_000 - 250  # of the last 90 days: a2 of 1 April is a day too old
    assert row["dso"] == pytest.approx(11_751 / 4_750 * 90)
    assert row["pay_index"] == pytest.approx(float(pay_index(round(late), POLICY.pay_index.anchors)), abs=1)


def test_what_cannot_be_measured_is_null_and_not_nothing():
    rows = rows_of(group_books())
    nobody = rows[*NORTH, ""]
    assert (nobody["open"], nobody["overdue"], nobody["unapplied"], nobody["sales"]) == (-77, -77, 0, 0)
    unknown = ("oldest_overdue_days", "average_days_late", "average_terms", "dso", "pay_index")
    assert [nobody[name] for name in unknown] == [None] * 5
    assert rows[*OTHER, "8"]["oldest_overdue_days"] == 1


def test_sales_that_credit_notes_exceed_give_no_days_of_sales():
    books = Books()
    books.company(*NORTH, "North", "EUR")
    books.item(NORTH, "1", "7", Kind.INVOICE, date(2026, 6, 1), date(2026, 7, 1), 100)
    books.item(NORTH, "2", "7", Kind.CREDIT_NOTE, date(2026, 6, 2), date(2026, 6, 2), -100)
    row = rows_of(books)[*NORTH, "7"]
    assert (row["sales"], row["dso"]) == (0, None)


def test_payments_older_than_the_policy_looks_back_do_not_count():
    books = group_books()
    assert rows_of(books, date(2027, 4, 9))[*NORTH, "7"]["settled"] == 20_000  # the 600 of February are out
    assert rows_of(books, date(2027, 4, 10))[*NORTH, "7"]["settled"] == 10_000  # of 10 April 2026: a year ago
    last = rows_of(books, date(2027, 6, 10))[*NORTH, "7"]
    assert (last["settled"], last["average_days_late"], last["pay_index"]) == (0, None, None)


def test_a_day_before_the_first_document_has_no_rows():
    assert rows_of(group_books(), date(2025, 12, 31)) == {}


def test_by_anything_else_money_adds_up_to_the_same():
    books = group_books()
    items, allocations = books.items_frame(), books.allocations_frame()
    by_customer = summary(items, allocations, by=CUSTOMER_KEY, as_of=AS_OF, policy=POLICY).to_pylist()
    by_company = summary(items, allocations, by=("source", "company"), as_of=AS_OF, policy=POLICY).to_pylist()
    for row in by_company:
        own = [r for r in by_customer if (r["source"], r["company"]) == (row["source"], row["company"])]
        for name in ("open", "not_due", "overdue", "no_date", "unapplied", "settled", "sales", "customers"):
            assert row[name] == sum(r[name] for r in own), name
    assert [row["customers"] for row in by_company] == [2, 1, 1]
    by_currency = summary(
        items, allocations, by=("currency", "company"), as_of=AS_OF, policy=POLICY
    ).to_pylist()
    assert [(r["currency"], r["company"], r["open"]) for r in by_currency][-1] == ("USD", "1", 9_000 - 9_000)


@settings(max_examples=50)
@given(st.randoms(use_true_random=False), st.integers(0, 60), st.integers(-10, DAYS + 100))
def test_the_figures_of_random_ledgers_hold_to_the_scalar_rules(seed: Random, size: int, day: int):
    ledger = random_ledger(seed, size)
    as_of = FIRST + timedelta(day)
    table = profiles(*frames(ledger), as_of=as_of, policy=POLICY)
    figures = {(row["company"], row["customer"]): row for row in table.to_pylist()}
    expected: dict[tuple[str, str], list[tuple[dict[str, object], int]]] = {}
    for row, item, legs in ledger.scalar_items():
        if item.posting_date <= as_of:
            expected.setdefault((row["company"], row["customer"]), []).append(
                (row, open_amount(item, legs, as_of))
            )
    assert set(figures) == set(expected)
    for key, found in figures.items():
        own = expected[key]
        assert found["open"] == sum(amount for _, amount in own)
        assert found["open"] == found["not_due"] + found["overdue"] + found["no_date"]
        assert found["no_date"] == sum(amount for row, amount in own if row["due_date"] is None)
        assert found["overdue"] == sum(a for row, a in own if row["due_date"] and row["due_date"] < as_of)
        assert found["unapplied"] == sum(a for row, a in own if a < 0 and row["kind"] in NEGATIVE)
        late = [row["due_date"] for row, a in own if a > 0 and row["due_date"] and row["due_date"] < as_of]
        assert found["oldest_overdue_days"] == ((as_of - min(late)).days if late else None)


@settings(max_examples=30)
@given(st.randoms(use_true_random=False), st.integers(2, 60), st.integers(0, DAYS + 100))
def test_a_single_customer_has_the_figures_it_has_among_all(seed: Random, size: int, day: int):
    items, allocations = frames(random_ledger(seed, size))
    as_of = FIRST + timedelta(day)
    every = profiles(items, allocations, as_of=as_of, policy=POLICY).to_pylist()
    assume(every)
    row = seed.choice(every)
    company, customer = row["company"], row["customer"]
    rows = [item for item in items.to_pylist() if item["company"] == company]
    own = {item["item"] for item in rows if item["customer"] == customer}
    legs = [leg for leg in allocations.to_pylist() if leg["company"] == company]
    shared = {leg["allocation"] for leg in legs if leg["item"] in own}
    legs = [leg for leg in legs if leg["allocation"] in shared]
    own |= {leg["item"] for leg in legs}
    alone = profiles(
        pa.Table.from_pylist([item for item in rows if item["item"] in own], items.schema),
        pa.Table.from_pylist(legs, allocations.schema),
        as_of=as_of,
        policy=POLICY,
    )
    found = next(other for other in alone.to_pylist() if other["customer"] == customer)
    assert found.keys() == row.keys()
    for name, value in row.items():
        assert found[name] == (pytest.approx(value) if isinstance(value, float) else value), name
