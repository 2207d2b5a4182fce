"""The portfolio measures: one implementation, the same answers on every engine, a ledger's invariants.

Where an invariant stands for a bug that users of accounting software reported, the issue is named.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.aging import age, labels
from duebook.errors import InputError, OutOfRangeError
from duebook.ledger import Kind, open_amount
from duebook.measures import aging, open_items, sales, settlements
from ledgers import DAYS, FIRST, Ledger, random_ledger, seeded_ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from conftest import Engine

EDGES = (0, 30, 60, 90)
BY = ("company", "customer")

ledgers = st.builds(random_ledger, st.randoms(use_true_random=False), st.integers(0, 24))
days = st.integers(-5, DAYS + 200).map(lambda offset: FIRST + timedelta(offset))
edge_lists = st.lists(st.integers(-40, 200), min_size=1, max_size=6, unique=True).map(sorted)
few = settings(max_examples=12)

Row = dict[str, Any]


def open_rows(engine: Engine, ledger: Ledger, as_of: date) -> list[Row]:
    items, allocations = (engine.frame(table) for table in ledger.tables())
    return engine.rows(open_items(items, allocations, as_of))


def aged(
    engine: Engine, ledger: Ledger, as_of: date, *, edges: Sequence[int] = EDGES, amount: str = "open"
) -> list[Row]:
    items, allocations = (engine.frame(table) for table in ledger.tables())
    frame = open_items(items, allocations, as_of)
    return engine.rows(aging(frame, as_of=as_of, edges=edges, by=BY, amount=amount))


def keyed(rows: Iterable[Row], key: Sequence[str]) -> dict[tuple[str, ...], Row]:
    return {tuple(row[name] for name in key): row for row in rows}


def expected_open(ledger: Ledger, as_of: date) -> dict[tuple[str, str], int]:
    return {
        (row["company"], row["item"]): amount
        for row, item, legs in ledger.scalar_items()
        if (amount := open_amount(item, legs, as_of))
    }


def expected_aging(ledger: Ledger, as_of: date, edges: Sequence[int] = EDGES) -> dict[tuple[str, ...], Row]:
    groups: dict[tuple[str, ...], list[tuple[date | None, int]]] = defaultdict(list)
    shown = {(row["company"], row["item"]) for row in document_open(ledger, as_of)}
    for row, item, legs in ledger.scalar_items():
        amount = open_amount(item, legs, as_of)
        if amount or (row["company"], row["item"]) in shown:
            groups[row["company"], row["customer"]].append((row["due_date"], amount))
    result = {}
    for key, entries in groups.items():
        sums = age([due for due, _ in entries], [amount for _, amount in entries], as_of, edges)
        buckets = dict(zip(labels(edges), map(int, sums), strict=True))
        result[key] = {**dict(zip(BY, key, strict=True)), **buckets, "total": int(sum(sums))}
    return result


def document_open(ledger: Ledger, as_of: date) -> list[Row]:
    """Return the items that are open in the document's currency."""
    result = []
    for row in ledger.items:
        taken = sum(
            leg["amount_document"]
            for leg in ledger.legs
            if (leg["company"], leg["item"]) == (row["company"], row["item"])
            and leg["effective_date"] <= as_of
            and (leg["reversed_on"] is None or leg["reversed_on"] > as_of)
        )
        if row["posting_date"] <= as_of and row["amount_document"] != taken:
            result.append({**row, "open_document": row["amount_document"] - taken})
    return result


def check_against_the_scalar_rules(engine: Engine, ledger: Ledger, as_of: date, edges: Sequence[int]) -> None:
    rows = open_rows(engine, ledger, as_of)
    assert {(r["company"], r["item"]): r["open"] for r in rows if r["open"]} == expected_open(ledger, as_of)
    assert {(r["company"], r["item"]): r["open_document"] for r in rows if r["open_document"]} == {
        (r["company"], r["item"]): r["open_document"] for r in document_open(ledger, as_of)
    }
    assert keyed(aged(engine, ledger, as_of, edges=edges), BY) == expected_aging(ledger, as_of, edges)


@few
@given(ledger=ledgers, as_of=days, edges=edge_lists)
def test_frames_say_what_the_scalar_rules_say(
    quick_engine: Engine, ledger: Ledger, as_of: date, edges: list[int]
) -> None:
    check_against_the_scalar_rules(quick_engine, ledger, as_of, edges)


@pytest.mark.parametrize("offset", [90, 250, DAYS + 100])
def test_every_engine_says_what_the_scalar_rules_say(engine: Engine, offset: int) -> None:
    ledger = seeded_ledger(offset, 300)
    check_against_the_scalar_rules(engine, ledger, FIRST + timedelta(offset), EDGES)


@few
@given(ledger=ledgers, as_of=days)
def test_buckets_open_items_and_control_account_are_equal_on_any_day(
    quick_engine: Engine, ledger: Ledger, as_of: date
) -> None:
    """ERPNext 51596, 49262, 28748, OCA account-payment 386: the buckets did not add up to the balance."""
    control: dict[str, int] = defaultdict(int)
    for row in ledger.items:
        if row["posting_date"] <= as_of:
            control[row["company"]] += row["amount"]
    for company in "01":
        rows = [row for row in open_rows(quick_engine, ledger, as_of) if row["company"] == company]
        table = [row for row in aged(quick_engine, ledger, as_of) if row["company"] == company]
        assert sum(row["open"] for row in rows) == control[company]
        assert sum(row["total"] for row in table) == control[company]
        assert sum(row[label] for row in table for label in labels(EDGES)) == control[company]


@few
@given(ledger=ledgers, as_of=days, later=st.integers(1, 60))
def test_facts_of_later_days_change_no_earlier_day(
    quick_engine: Engine, ledger: Ledger, as_of: date, later: int
) -> None:
    """OCA account-financial-reporting 707, Odoo 16016: a report dropped what was paid or redone later."""
    before = keyed(open_rows(quick_engine, ledger, as_of), ("company", "item"))
    day = max(as_of, FIRST) + timedelta(later)
    ledger.item("new", -500, day, day, kind=Kind.RECEIPT, company="0")
    for leg in ledger.legs:  # what is in force is undone, what was never undone stays
        if leg["effective_date"] <= as_of and (leg["reversed_on"] is None or leg["reversed_on"] > as_of):
            leg["reversed_on"] = day
    for row in [row for row in ledger.items if row["company"] == "0" and row["item"] != "new"]:
        ledger.allocate(
            {row["item"]: row["amount"], "new": -row["amount"]}, max(day, row["posting_date"]), company="0"
        )
    assert keyed(open_rows(quick_engine, ledger, as_of), ("company", "item")) == before


@few
@given(ledger=ledgers, as_of=days, random=st.randoms(use_true_random=False), factor=st.integers(-9, 9))
def test_order_does_not_matter_and_amounts_scale(
    quick_engine: Engine, ledger: Ledger, as_of: date, random: Random, factor: int
) -> None:
    table = keyed(aged(quick_engine, ledger, as_of), BY)
    random.shuffle(ledger.items)
    random.shuffle(ledger.legs)
    assert keyed(aged(quick_engine, ledger, as_of), BY) == table
    for row in (*ledger.items, *ledger.legs):
        row["amount"] *= factor
        row["amount_document"] *= factor
    names = (*labels(EDGES), "total")
    scaled = keyed(aged(quick_engine, ledger, as_of), BY)
    assert all(scaled[key][name] == factor * table[key][name] for key in scaled for name in names)
    assert scaled.keys() == (table.keys() if factor else set())


@few
@given(ledger=ledgers, as_of=days, edges=edge_lists)
def test_the_last_bucket_has_no_end(
    quick_engine: Engine, ledger: Ledger, as_of: date, edges: list[int]
) -> None:
    """ERPNext 35491: what was more than 120 days late was lost."""
    fine, coarse = labels(edges), labels(edges[:1])
    wide = keyed(aged(quick_engine, ledger, as_of, edges=edges[:1]), BY)
    for key, row in keyed(aged(quick_engine, ledger, as_of, edges=edges), BY).items():
        assert sum(row[label] for label in fine[1:-1]) == wide[key][coarse[1]]
        assert row["not due"] == wide[key]["not due"]
        assert row["no date"] == wide[key]["no date"]


def test_part_payments_are_taken_off_and_the_rest_ages_by_the_due_date(engine: Engine) -> None:
    """Odoo 16235: 10,000 due 2017-02-28, paid 1,500 + 1,000 + 2,000: on 2017-04-04 5,500 is 35 days late."""
    ledger = Ledger()
    ledger.item("invoice", 10_000_00, date(2017, 1, 29), date(2017, 2, 28))
    for number, (amount, day) in enumerate(((1500_00, 1), (1000_00, 10), (2000_00, 20))):
        paid = date(2017, 3, day)
        ledger.item(f"receipt {number}", -amount, paid, paid, kind=Kind.RECEIPT)
        ledger.allocate({"invoice": amount, f"receipt {number}": -amount}, paid)
    assert [(r["item"], r["open"]) for r in open_rows(engine, ledger, date(2017, 4, 4))] == [
        ("invoice", 5500_00)
    ]
    assert aged(engine, ledger, date(2017, 4, 4)) == [
        {
            "company": "1",
            "customer": "C1",
            "not due": 0,
            "1-30": 0,
            "31-60": 5500_00,
            "61-90": 0,
            "90+": 0,
            "no date": 0,
            "total": 5500_00,
        }
    ]


def test_instalments_are_settled_one_by_one(quick_engine: Engine) -> None:
    """ERPNext 36574: 30,000 of which 15,000 in advance, then 7,500 + 7,500; 8,500 paid leaves 0 and 6,500."""
    ledger = Ledger()
    posted = date(2023, 8, 1)
    for name, amount, due in (("advance", 15_000, 1), ("first", 7_500, 15), ("second", 7_500, 30)):
        ledger.item(name, amount, posted, date(2023, 8, due))
    ledger.item("deposit", -15_000, posted, posted, kind=Kind.ADVANCE)
    ledger.item("receipt", -8_500, date(2023, 8, 20), date(2023, 8, 20), kind=Kind.RECEIPT)
    ledger.allocate({"advance": 15_000, "deposit": -15_000}, posted)
    ledger.allocate({"first": 7_500, "second": 1_000, "receipt": -8_500}, date(2023, 8, 20))
    rows = open_rows(quick_engine, ledger, date(2023, 8, 31))
    assert [(row["item"], row["open"]) for row in rows] == [("second", 6_500)]


def test_each_instalment_ages_by_its_own_due_date(quick_engine: Engine) -> None:
    """ERPNext 13007, 26969: an invoice with several due dates was aged by the last one only."""
    ledger = Ledger()
    for number, due in enumerate((date(2024, 1, 31), date(2024, 3, 1), date(2024, 5, 1))):
        ledger.item(f"instalment {number}", 100, date(2024, 1, 1), due)
    (row,) = aged(quick_engine, ledger, date(2024, 3, 31))
    assert (row["not due"], row["1-30"], row["31-60"], row["total"]) == (100, 100, 100, 300)


def test_an_invoice_paid_later_is_still_open_before(engine: Engine) -> None:
    """OCA account-financial-reporting 707: invoice of 30 April, paid on 30 June, is open on 31 May."""
    ledger = Ledger()
    ledger.item("invoice", 100, date(2020, 4, 30), date(2020, 5, 30))
    ledger.item("receipt", -100, date(2020, 6, 30), date(2020, 6, 30), kind=Kind.RECEIPT)
    ledger.allocate({"invoice": 100, "receipt": -100}, date(2020, 6, 30))
    assert [row["open"] for row in open_rows(engine, ledger, date(2020, 5, 31))] == [100]
    assert open_rows(engine, ledger, date(2020, 6, 30)) == []


def test_credits_and_receipts_stand_negative_in_the_bucket_of_their_own_date(quick_engine: Engine) -> None:
    """ERPNext 40347, 55916: a credit note on its own was shown as a payment."""
    ledger = Ledger()
    ledger.item("invoice", 100, date(2024, 1, 1), date(2024, 5, 30))
    ledger.item("credit note", -30, date(2024, 4, 15), date(2024, 4, 15), kind=Kind.CREDIT_NOTE)
    ledger.item("receipt", -50, date(2024, 2, 20), date(2024, 2, 20), kind=Kind.RECEIPT)
    ledger.item("advance", -5, date(2024, 2, 1), kind=Kind.ADVANCE)
    (row,) = aged(quick_engine, ledger, date(2024, 4, 30))
    assert {name: row[name] for name in labels(EDGES)} == {
        "not due": 100,
        "1-30": -30,
        "31-60": 0,
        "61-90": -50,
        "90+": 0,
        "no date": -5,
    }


def test_a_day_to_come_ages_to_that_day(quick_engine: Engine) -> None:
    """ERPNext 47580, 48036, 48540: a report of a future date was aged by the day it was run."""
    ledger = Ledger()
    ledger.item("invoice", 100, date(2024, 1, 1), date(2024, 1, 31))
    assert [row["90+"] for row in aged(quick_engine, ledger, date(2999, 1, 1))] == [100]


def test_an_allocation_counts_from_its_day_to_the_day_it_is_undone(quick_engine: Engine) -> None:
    ledger = Ledger()
    ledger.item("invoice", 100, date(2024, 1, 1))
    ledger.item("receipt", -100, date(2024, 1, 10), kind=Kind.RECEIPT)
    ledger.allocate({"invoice": 100, "receipt": -100}, date(2024, 1, 10), reversed_on=date(2024, 2, 1))
    counts = [
        len(open_rows(quick_engine, ledger, date(2024, *day))) for day in ((1, 9), (1, 10), (1, 31), (2, 1))
    ]
    assert counts == [1, 0, 0, 2]


def test_no_amount_passes_through_floating_point(engine: Engine) -> None:
    """Two to the power of 53 and one is the first integer that a double cannot hold."""
    ledger = Ledger()
    large = 2**53 + 1
    ledger.item("untouched", large, date(2024, 1, 1), date(2024, 2, 1))
    ledger.item("touched", large + 2, date(2024, 1, 1), date(2024, 2, 1))
    ledger.item("receipt", -2, date(2024, 1, 5), date(2024, 2, 1), kind=Kind.RECEIPT)
    ledger.allocate({"touched": 2, "receipt": -2}, date(2024, 1, 5))
    as_of = date(2024, 2, 29)
    assert {row["item"]: row["open"] for row in open_rows(engine, ledger, as_of)} == {
        "touched": large,
        "untouched": large,
    }
    (row,) = aged(engine, ledger, as_of)
    assert (row["1-30"], row["total"]) == (2 * large, 2 * large)
    items = engine.frame(ledger.tables()[0])
    (sold,) = engine.rows(sales(items, after=date(2023, 12, 31), until=as_of, by=["company"]))
    assert sold["sales"] == 2 * large + 2


def test_items_of_two_sources_with_the_same_keys_stay_apart(quick_engine: Engine) -> None:
    ledger = Ledger()
    ledger.item("1", 100, date(2024, 1, 1), date(2024, 1, 31))
    ledger.item("1", 40, date(2024, 1, 1), date(2024, 1, 31))
    ledger.item("2", -30, date(2024, 1, 2), kind=Kind.RECEIPT)
    ledger.allocate({"1": 30, "2": -30}, date(2024, 1, 2))
    items, allocations = ledger.tables()
    items = items.append_column("source", pa.array(["north", "south", "south"]))
    allocations = allocations.append_column("source", pa.array(["south", "south"]))
    frames = [quick_engine.frame(table) for table in (items, allocations)]
    rows = quick_engine.rows(open_items(*frames, date(2024, 1, 31)))
    assert {(row["source"], row["open"]) for row in rows} == {("north", 100), ("south", 10)}
    paid = quick_engine.rows(settlements(*frames, date(2024, 1, 31)))
    assert [(row["source"], row["settled"]) for row in paid] == [("south", 30)]


def test_the_documents_currency_is_aged_too(quick_engine: Engine) -> None:
    ledger = Ledger()
    ledger.item("invoice", 100, date(2024, 1, 1), date(2024, 1, 31), currency="USD", amount_document=110)
    (row,) = aged(quick_engine, ledger, date(2024, 2, 1), amount="open_document")
    assert (row["1-30"], row["total"]) == (110, 110)


def test_an_item_open_in_one_currency_only_is_kept(quick_engine: Engine) -> None:
    """An exchange difference that is not booked yet must not hide what is open in the other currency."""
    ledger = Ledger()
    ledger.item("rest", 100, date(2024, 1, 1), currency="USD", amount_document=110)
    ledger.item("receipt", -100, date(2024, 1, 1), kind=Kind.RECEIPT)
    ledger.allocate({"rest": 100, "receipt": -100}, date(2024, 1, 1))
    rows = open_rows(quick_engine, ledger, date(2024, 1, 1))
    assert [(row["item"], row["open"], row["open_document"]) for row in rows] == [("rest", 0, 10)]


def test_answers_come_lazy_from_lazy_frames(quick_engine: Engine) -> None:
    items, allocations = (quick_engine.frame(table) for table in seeded_ledger(1, 20).tables())
    as_of = date(2024, 6, 30)
    frame = open_items(items, allocations, as_of)
    for answer in (
        frame,
        aging(frame, as_of=as_of, by=BY),
        settlements(items, allocations, as_of),
        sales(items, after=date(2024, 1, 1), until=as_of, by=BY),
    ):
        assert type(answer) is type(items)


def test_pandas_dates_with_a_time_of_day_count_as_their_day() -> None:
    ledger = Ledger()
    ledger.item("invoice", 100, date(2024, 1, 10), date(2024, 1, 31))
    items, allocations = (table.to_pandas() for table in ledger.tables())
    for name in ("document_date", "posting_date", "due_date"):
        items[name] = pd.to_datetime(items[name]) + pd.Timedelta(hours=15)
    for name in ("effective_date", "reversed_on"):
        allocations[name] = pd.to_datetime(allocations[name])
    assert len(open_items(items, allocations, date(2024, 1, 9))) == 0
    frame = open_items(items, allocations, date(2024, 1, 10))
    assert frame["open"].tolist() == [100]
    assert aging(frame, as_of=date(2024, 1, 31), by=["company"])["not due"].tolist() == [100]
    assert aging(frame, as_of=date(2024, 2, 1), by=["company"])["1-30"].tolist() == [100]
    sold = sales(items, after=date(2024, 1, 9), until=date(2024, 1, 10), by=["company"])
    assert sold["sales"].tolist() == [100]
    assert len(sales(items, after=date(2024, 1, 10), until=date(2024, 1, 11), by=["company"])) == 0


def expected_settlements(ledger: Ledger, as_of: date) -> set[tuple[Any, ...]]:
    rows = {(row["company"], row["item"]): row for row in ledger.items}
    groups: dict[tuple[str, str], list[tuple[Row, int]]] = defaultdict(list)
    for leg in ledger.legs:
        if leg["effective_date"] <= as_of and (leg["reversed_on"] is None or leg["reversed_on"] > as_of):
            row = rows[leg["company"], leg["item"]]
            groups[leg["company"], leg["allocation"]].append((row, leg["amount"]))
    result = set()
    for legs in groups.values():
        debit = sum(amount for _, amount in legs if amount > 0)
        paid = [
            (row, -amount) for row, amount in legs if row["kind"] in ("receipt", "advance") and amount < 0
        ]
        received = sum(amount for _, amount in paid)
        if not received:
            continue
        paid_day = Fraction(sum(row["posting_date"].toordinal() * amount for row, amount in paid), received)
        for row, amount in legs:
            if row["kind"] == "invoice" and amount > 0:
                due = row["due_date"] and row["due_date"].toordinal()
                result.add(
                    (
                        row["company"],
                        row["item"],
                        row["customer"],
                        row["document_date"],
                        row["due_date"],
                        round(float(Fraction(amount * received, debit)), 3),
                        None if due is None else round(float(paid_day - due), 6),
                        None if due is None else due - row["document_date"].toordinal(),
                    )
                )
    return result


def settled(engine: Engine, ledger: Ledger, as_of: date, since: date | None = None) -> list[Row]:
    items, allocations = (engine.frame(table) for table in ledger.tables())
    return engine.rows(settlements(items, allocations, as_of, since=since))


def check_settlements(engine: Engine, ledger: Ledger, as_of: date) -> None:
    found = {
        (
            *(row[name] for name in ("company", "item", "customer", "document_date", "due_date")),
            round(row["settled"], 3),
            None if row["days_late"] is None else round(row["days_late"], 6),
            row["term_days"],
        )
        for row in settled(engine, ledger, as_of)
    }
    assert found == expected_settlements(ledger, as_of)


@few
@given(ledger=ledgers, as_of=days)
def test_settlements_share_receipts_in_proportion(quick_engine: Engine, ledger: Ledger, as_of: date) -> None:
    check_settlements(quick_engine, ledger, as_of)


def test_every_engine_shares_receipts_in_proportion(engine: Engine) -> None:
    check_settlements(engine, seeded_ledger(3, 300), FIRST + timedelta(300))


def test_receipts_settle_and_credit_notes_and_write_offs_do_not(quick_engine: Engine) -> None:
    """100 + 300 against receipts of 120 and 200, a credit note of 60 and a write-off of 20: 80% was paid."""
    ledger = Ledger()
    ledger.item("small", 100, date(2024, 1, 1), date(2024, 1, 31))
    ledger.item("large", 300, date(2024, 1, 1), None)
    ledger.item("early", -120, date(2024, 1, 21), kind=Kind.RECEIPT)
    ledger.item("late", -200, date(2024, 2, 20), kind=Kind.ADVANCE)
    ledger.item("returned", -60, date(2024, 1, 5), kind=Kind.CREDIT_NOTE)
    ledger.item("written off", -20, date(2024, 3, 1), kind=Kind.JOURNAL_ENTRY)
    ledger.allocate(
        {"small": 100, "large": 300, "early": -120, "late": -200, "returned": -60, "written off": -20},
        date(2024, 3, 1),
    )
    rows = keyed(settled(quick_engine, ledger, date(2024, 3, 1)), ("item",))
    assert {key: row["settled"] for key, row in rows.items()} == {("small",): 80, ("large",): 240}
    # Paid on the mean of 21 January (120) and 20 February (200), which is 8.75 days after 31 January.
    assert rows["small",]["days_late"] == pytest.approx(8.75)
    assert rows["small",]["term_days"] == 30
    assert (rows["large",]["days_late"], rows["large",]["term_days"]) == (None, None)


def test_settlements_look_back_to_a_day_that_no_longer_counts(quick_engine: Engine) -> None:
    ledger = Ledger()
    for number, day in enumerate((10, 11)):
        ledger.item(f"invoice {number}", 100, date(2024, 1, 1), date(2024, 1, 5))
        ledger.item(f"receipt {number}", -100, date(2024, 1, day), kind=Kind.RECEIPT)
        ledger.allocate({f"invoice {number}": 100, f"receipt {number}": -100}, date(2024, 2, 1))
    rows = settled(quick_engine, ledger, date(2024, 2, 1), since=date(2024, 1, 10))
    assert [(row["item"], row["days_late"]) for row in rows] == [("invoice 1", 6)]
    assert settled(quick_engine, ledger, date(2024, 1, 31)) == []


def test_sales_are_invoices_less_credit_notes_by_document_date(engine: Engine) -> None:
    ledger = Ledger()
    ledger.item("before", 1, date(2024, 3, 31))
    ledger.item("first", 10, date(2024, 5, 5), document_date=date(2024, 4, 1))
    ledger.item("last", 100, date(2024, 6, 30))
    ledger.item("after", 1000, date(2024, 7, 1))
    ledger.item("returned", -30, date(2024, 5, 1), kind=Kind.CREDIT_NOTE)
    ledger.item("elsewhere", 7, date(2024, 5, 1), customer="C2")
    ledger.item("receipt", -50, date(2024, 5, 1), kind=Kind.RECEIPT)
    ledger.item("entry", 900, date(2024, 5, 1), kind=Kind.JOURNAL_ENTRY)
    rows = engine.rows(
        sales(
            engine.frame(ledger.tables()[0]),
            after=date(2024, 3, 31),
            until=date(2024, 6, 30),
            by=["customer"],
        )
    )
    assert {row["customer"]: row["sales"] for row in rows} == {"C1": 80, "C2": 7}


def test_a_missing_column_is_named(quick_engine: Engine) -> None:
    items, allocations = (quick_engine.frame(table) for table in Ledger().tables())
    lacking = quick_engine.frame(Ledger().tables()[0].drop_columns(["posting_date"]))
    with pytest.raises(InputError, match=r"^items: column posting_date is missing; there is company, item, "):
        open_items(lacking, allocations, date(2024, 1, 1))
    with pytest.raises(InputError, match=r"^open items: column open is missing"):
        aging(items, as_of=date(2024, 1, 1), by=["company"])


def test_text_is_no_date() -> None:
    items, allocations = Ledger().tables()
    texts = pl.from_arrow(items).with_columns(pl.lit("2024-01-01").alias("posting_date"))
    with pytest.raises(InputError, match=r"^items: column posting_date holds String, which is no date\."):
        open_items(texts, pl.from_arrow(allocations), date(2024, 1, 1))


@pytest.mark.parametrize("by", [[], ["company", "total"], ["1-30"]])
def test_groups_must_be_named_and_no_bucket(by: list[str]) -> None:
    frame = pl.DataFrame(
        {"due_date": [date(2024, 1, 1)], "open": [1], "company": "1", "total": "x", "1-30": "x"}
    )
    with pytest.raises(InputError, match=r"^by: .* name columns that are no bucket's label\.$"):
        aging(frame, as_of=date(2024, 1, 1), by=by)
    with pytest.raises(InputError, match=r"^by: nothing is given; name at least one column\.$"):
        sales(frame, after=date(2024, 1, 1), until=date(2024, 1, 1), by=[])


def test_a_day_beyond_the_calendar_is_refused() -> None:
    frame = pl.DataFrame({"due_date": [date(2024, 1, 1)], "open": [1], "company": "1"})
    with pytest.raises(
        OutOfRangeError, match=r"^as_of: 0001-01-01 moved by -30 days is outside the calendar\.$"
    ):
        aging(frame, as_of=date.min, by=["company"])
