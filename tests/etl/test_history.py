"""The portfolio month by month: equal to the portfolio on each day, and to what was computed elsewhere."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from books import NORTH, Books, group_books, keep_used_policy
from duebook.calendar import end_of_month
from duebook.errors import InputError, NoAnswerError, OutOfRangeError
from duebook.ledger import Kind
from duebook.money import to_minor
from duebook.policy import default_policy
from duebook.provision import loss_rates
from duebook_etl.book import MEASURES, PORTFOLIO_BY, Book
from duebook_etl.history import HISTORY_MEASURES, history
from duebook_etl.store import Store
from ledgers import seeded_ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from duebook.policy import Policy
    from duebook_etl.history import History

AS_OF = date(2026, 6, 30)
POLICY = default_policy()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as opened:
        yield opened


@pytest.fixture
def book(store: Store) -> Book:
    group_books().save(store, AS_OF)
    return Book(store, POLICY)


def random_books(seed: int, size: int) -> Books:
    """Return the books of a random ledger, each customer with attributes or without."""
    books = Books()
    ledger = seeded_ledger(seed, size)
    for company in ("0", "1"):
        books.company("erp", company, f"Company {company}", "EUR")
        books.customer(("erp", company), "C1", "One", country="DE", industry="Steel", salesperson="Ann")
        books.customer(("erp", company), "C2", "Two", country="FR", industry="Steel")
        books.customer(("erp", company), "C3", "Three")
    for row in ledger.items:
        books.items.append(
            row | {"source": "erp", "document": row["item"], "reference": None, "remaining": None}
        )
    books.allocations.extend(leg | {"source": "erp"} for leg in ledger.legs)
    return books


def turnover_of(days: int, policy: Policy = POLICY) -> Policy:
    return policy.model_copy(update={"turnover": policy.turnover.model_copy(update={"days": days})})


def values(found: History) -> dict[tuple[str, str, str, str], tuple[object, ...]]:
    return {(one.key, one.name, one.currency, one.bucket): one.values for one in found.series}


@pytest.mark.parametrize("by", [None, *PORTFOLIO_BY])
def test_every_month_end_is_the_portfolio_of_that_day(book: Book, by: str | None):
    check_against_the_portfolio(book, by, AS_OF, months=6)


def check_against_the_portfolio(book: Book, by: str | None, until: date, *, months: int) -> None:
    for measure, unit in MEASURES.items():
        found = history(book, measure, until, months=months, by=by)
        assert (found.measure, found.unit, found.by, len(found.days)) == (measure, unit, by, months)
        for place, day in enumerate(found.days):
            rows = {(r.key, r.name, r.currency): r.value for r in book.portfolio(measure, day, by).rows}
            for one in found.series:
                expected = rows.pop((one.key, one.name, one.currency), None)
                close = pytest.approx(expected) if isinstance(expected, float) else expected
                assert one.values[place] == close, (measure, day)
            assert not rows


@pytest.mark.parametrize("seed", range(2))
def test_random_ledgers_have_the_portfolio_of_every_month_end(store: Store, seed: int):
    random_books(seed, 40).save(store, date(2025, 3, 31))
    book = Book(store, POLICY)
    for by in (None, "customer", "currency"):
        check_against_the_portfolio(book, by, date(2025, 3, 31), months=14)


def test_each_month_is_measured_by_the_policy_of_its_day(store: Store):
    group_books().save(store, AS_OF)
    keep_used_policy(store, "2025-12-01", 60)
    configured = POLICY.model_copy(update={"valid_from": date(2026, 5, 1)})
    book = Book(store, configured)
    check_against_the_portfolio(book, None, AS_OF, months=6)
    found = history(book, "dso", date(2026, 5, 31), months=2).series[0].values
    always = POLICY.model_copy(update={"valid_from": date(2025, 12, 2)})
    by_ninety = history(Book(store, always), "dso", date(2026, 5, 31), months=2).series[0].values
    assert found[1] == by_ninety[1]
    assert found[0] != by_ninety[0]


def test_a_month_before_the_first_document_is_missing_and_not_zero(book: Book):
    found = history(book, "open", AS_OF, months=8)
    euro, yen = found.series
    assert (euro.currency, yen.currency) == ("EUR", "JPY")
    assert found.days[0] == date(2025, 11, 30)
    assert euro.values[:2] == (None, None)
    assert euro.values[2] is not None
    customers = values(history(book, "customers", AS_OF, months=8, by="customer"))
    assert all(set(row) <= {None, 0, 1} for row in customers.values())
    assert {row[0] for row in customers.values()} == {None}


def test_within_a_month_the_last_month_end_counts(book: Book):
    assert history(book, "open", date(2026, 6, 29), months=2).days == (date(2026, 4, 30), date(2026, 5, 31))
    assert history(book, "open", months=1).days == (AS_OF,)


def test_the_document_has_decimals_of_the_currency(book: Book):
    assert history(book, "Not_Due", date(2026, 5, 31), months=2).to_json() == {
        "measure": "not due",
        "unit": "money",
        "by": None,
        "days": ["2026-04-30", "2026-05-31"],
        "rows": [
            {"key": "", "name": "", "currency": "EUR", "values": ["200.01", "44.00"]},
            {"key": "", "name": "", "currency": "JPY", "values": [None, "1"]},
        ],
    }


def test_a_new_run_outdates_what_was_kept(book: Book, store: Store):
    before = history(book, "open", AS_OF, months=1, by="company")
    assert history(book, "open", AS_OF, months=1, by="company") == before
    more = Books()
    more.company("erp", "9", "Later", "EUR")
    more.item(("erp", "9"), "x", "1", Kind.INVOICE, date(2026, 6, 1), None, 7)
    more.save(store, AS_OF, run=2)
    assert len(history(book, "open", AS_OF, months=1, by="company").series) == len(before.series) + 1


@pytest.fixture
def rolling(store: Store) -> Book:
    """Two months: of 100 in 1-30, 50 rolled on and 20 were written off; of 40 not due, 10 rolled."""
    books = Books()
    books.company(*NORTH, "North", "EUR")
    items = (
        ("old", date(2026, 1, 10), 10_000),
        ("new", date(2026, 2, 10), 1_000),
        ("paid", date(2026, 2, 10), 3_000),
    )
    for item, due, amount in items:
        books.item(NORTH, item, "7", Kind.INVOICE, date(2025, 12, 15), due, amount)
    books.item(NORTH, "cash", "7", Kind.RECEIPT, date(2026, 2, 20), None, -6_000)
    books.item(NORTH, "gone", "7", Kind.JOURNAL_ENTRY, date(2026, 2, 20), None, -2_000)
    books.item(NORTH, "early", "7", Kind.RECEIPT, date(2026, 1, 2), None, -555)  # no exposure
    day = date(2026, 2, 20)
    books.allocate(NORTH, "A", day, [("old", 3_000), ("cash", -3_000)])
    books.allocate(NORTH, "B", day, [("paid", 3_000), ("cash", -3_000)])
    books.allocate(NORTH, "C", day, [("old", 2_000), ("gone", -2_000)])
    books.save(store, date(2026, 2, 28))
    return Book(store, POLICY)


def test_what_is_written_off_counts_as_rolled(rolling: Book):
    found = history(rolling, "roll rates", months=1)
    assert {key[3]: row for key, row in values(found).items()} == {
        "not due": (25.0,),
        "1-30": (70.0,),  # of 100, 50 roll and 20 are written off: Beijing Institute of CPAs, 2020-3
        "31-60": (None,),
        "61-90": (None,),
    }


def test_loss_rates_are_those_of_the_core_rule(store: Store):
    books = Books()
    books.company(*NORTH, "North", "EUR")
    # One item ages through every bucket, and a part of it is paid in each month.
    books.item(NORTH, "1", "7", Kind.INVOICE, date(2025, 12, 1), date(2026, 1, 31), 10_000)
    for month, paid in ((2, 2_000), (3, 4_000), (4, 1_000), (5, 1_500)):
        day = end_of_month(date(2026, month, 1))
        books.item(NORTH, f"r{month}", "7", Kind.RECEIPT, day, None, -paid)
        books.allocate(NORTH, f"A{month}", day, [("1", paid), (f"r{month}", -paid)])
    books.save(store, date(2026, 5, 31))
    found = history(Book(store, POLICY), "loss rates", months=2)
    balances = [
        [
            Decimal(100),
            Decimal(0),
            Decimal(0),
            Decimal(0),
            Decimal(0),
        ],  # December: 31 January is not late yet
        [Decimal(100), Decimal(0), Decimal(0), Decimal(0), Decimal(0)],
        [Decimal(0), Decimal(80), Decimal(0), Decimal(0), Decimal(0)],
        [Decimal(0), Decimal(0), Decimal(40), Decimal(0), Decimal(0)],
        [Decimal(0), Decimal(0), Decimal(0), Decimal(30), Decimal(0)],
        [Decimal(0), Decimal(0), Decimal(0), Decimal(0), Decimal(15)],
    ]
    expected = [float(100 * rate) for rate in loss_rates(balances)]
    assert [one.bucket for one in found.series] == ["not due", "1-30", "31-60", "61-90", "90+"]
    assert [one.values for one in found.series] == [(None, pytest.approx(rate)) for rate in expected]
    assert expected == pytest.approx([7.5, 18.75, 37.5, 50.0, 100.0])


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda b: history(b, "opened"), InputError, "measure: 'opened' is none of open, not due"),
        (lambda b: history(b, "open", by="customers"), InputError, "Did you mean 'customer'?"),
        (lambda b: history(b, "open", months=0), OutOfRangeError, "months: 0 is given; 1 to 600 is allowed."),
        (lambda b: history(b, "open", date(2025, 12, 31)), NoAnswerError, "is before the first document"),
    ],
)
def test_a_wrong_question_is_refused(
    book: Book, ask: Callable[[Book], object], error: type[Exception], message: str
):
    with pytest.raises(error) as raised:
        ask(book)
    assert message in str(raised.value)


def test_buckets_that_are_no_month_wide_have_no_roll_rates(book: Book, store: Store):
    del book
    wide = POLICY.model_copy(update={"aging": POLICY.aging.model_copy(update={"edges": (0, 15, 90)})})
    with pytest.raises(NoAnswerError) as raised:
        history(Book(store, wide), "roll rates", AS_OF)
    assert str(raised.value) == (
        "roll rates: the buckets of aging.edges 0, 15, 90 are not a month wide, so nothing says what "
        "rolls in a month. A policy with edges 0, 30, 60, 90 has roll rates."
    )


def test_every_measure_has_a_value_somewhere(rolling: Book):
    for measure, unit in HISTORY_MEASURES.items():
        found = history(rolling, measure, months=2)
        assert found.unit == unit
        assert len(found.days) == 2, measure


def day(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no zone


def test_ibm_s_sample_has_the_turnover_that_was_computed_elsewhere(store: Store, shared: Path):
    """2,466 paid invoices of 100 customers, and for each month what is open, sold and collected of them."""
    folder = shared / "data" / "ibm_late_payment"
    books = Books()
    books.company(*NORTH, "North", "USD")
    with (folder / "WA_Fn-UseC_-Accounts-Receivable.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key, amount = row["invoiceNumber"], to_minor(row["InvoiceAmount"], "USD")
            dated, due, paid = (day(row[name]) for name in ("InvoiceDate", "DueDate", "SettledDate"))
            books.item(NORTH, key, row["customerID"], Kind.INVOICE, dated, due, amount)
            books.item(NORTH, f"paid {key}", row["customerID"], Kind.RECEIPT, paid, paid, -amount)
            books.allocate(NORTH, key, paid, [(key, amount), (f"paid {key}", -amount)])
    last = date(2013, 12, 31)
    books.save(store, last)
    with (folder / "oracle" / "ibm_monthly_dso_cei.csv").open(encoding="utf-8", newline="") as file:
        months = list(csv.DictReader(file))
    assert len(months) == 24
    book = Book(store, turnover_of(31))

    def found(measure: str) -> tuple[object, ...]:
        (series,) = history(book, measure, last, months=24).series
        return series.values

    assert found("open") == tuple(to_minor(row["ar_end"], "USD") for row in months)
    assert found("not due") == tuple(to_minor(row["ar_end_current"], "USD") for row in months)
    for measure, column in (("cei", "cei_pct"), ("countback dso", "dso_countback")):
        assert [round(float(str(value)), 4) for value in found(measure)] == [
            float(row[column]) for row in months
        ], measure
    of_31_days = [place for place, row in enumerate(months) if row["month"][-2:] in {"01", "03", "05", "07"}]
    dso = found("dso")
    for place in of_31_days:
        assert round(float(str(dso[place])), 4) == float(months[place]["dso_simple"])
    for place, row in enumerate(months):
        opening, closing, sold = (float(row[name]) for name in ("ar_begin", "ar_end", "sales"))
        assert found("turnover")[place] == pytest.approx(sold / ((opening + closing) / 2))
    delay = [float(str(d)) - float(str(b)) for d, b in zip(dso, found("best possible dso"), strict=True)]
    assert found("average days delinquent") == pytest.approx(tuple(delay))
