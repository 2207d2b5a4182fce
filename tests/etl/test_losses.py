"""The loss rates of a company: those of its history on any day, as known then, from few readings."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from books import EAST, NORTH, Books
from duebook.ledger import Kind
from duebook.policy import default_policy, default_text, parse_policy
from duebook_etl.book import Book
from duebook_etl.case import read_case
from duebook_etl.credit_file import Row, keep_facts
from duebook_etl.history import history
from duebook_etl.losses import Losses
from duebook_etl.store import Store
from duebook_etl.trace import explained
from ledgers import DAYS, FIRST, seeded_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

POLICY = default_policy()
SHORT = parse_policy(default_text().replace("history_months = 36", "history_months = 4", 1), where="own.toml")
FORWARD = parse_policy(
    default_text().replace("forward_factor = 1 ", "forward_factor = 1.2 ", 1), where="own.toml"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as opened:
        yield opened


def rolling(months: int = 6) -> Books:
    """Return a ledger in which 100.00 falls due each month, on the 15th, from February on.

    Of it 40 stand at the end of that month, 20 a month later, 10 after another, and of these 5 are written
    off in the next; nothing else ever comes in.
    """
    books = Books()
    books.company(*NORTH, "North", "EUR")
    books.company(*EAST, "East", "EUR")
    for customer in ("7", "8"):
        books.customer(NORTH, customer, f"Customer {customer}")
    books.customer(EAST, "9", "Customer 9")
    for number in range(months):
        key, due = f"i{number}", date(2025, 2 + number, 15)
        customer = "7" if number % 2 else "8"
        books.item(NORTH, key, customer, Kind.INVOICE, date(2025, 1 + number, 1), due, 100_00)
        gone = ((5, Kind.RECEIPT, 60_00), (30, Kind.RECEIPT, 20_00), (60, Kind.RECEIPT, 10_00))
        for days, kind, amount in (*gone, (90, Kind.JOURNAL_ENTRY, 5_00)):
            on, other = due + timedelta(days), f"{key}-{days}"
            books.item(NORTH, other, customer, kind, on, on, -amount)
            books.allocate(NORTH, other, on, [(key, amount), (other, -amount)])
    books.item(EAST, "e", "9", Kind.INVOICE, date(2025, 6, 1), date(2025, 6, 20), 80_00)
    return books


def test_what_rolled_makes_the_rates_and_a_write_off_counts_as_rolled_on(store: Store):
    rolling(10).save(store, date(2025, 12, 31))
    book = Book(store, POLICY)
    rates = book.known([], date(2025, 12, 31)).loss_rates(NORTH, POLICY)
    # Of 100 roll 40, of these 20, of these 10; of the 10 nothing came in: 5 stay, 5 were written off.
    assert rates == tuple(map(Decimal, ("0.1", "0.25", "0.5", "1", "1")))


def test_what_was_ninety_days_late_rolls_on_in_a_month_of_31_days(store: Store):
    books = Books()
    books.company(*NORTH, "North", "EUR")
    books.customer(NORTH, "7", "Customer 7")
    # 90 days late at the end of April, 121 at the end of May.
    books.item(NORTH, "i", "7", Kind.INVOICE, date(2024, 12, 15), date(2025, 1, 30), 100_00)
    books.save(store, date(2025, 5, 31))
    rates = Book(store, POLICY).known([], date(2025, 5, 31)).loss_rates(NORTH, POLICY)
    assert rates is not None
    assert rates[2:] == (1, 1, 1)


@pytest.mark.parametrize("policy", [POLICY, SHORT], ids=["36 months", "4 months"])
@pytest.mark.parametrize("seed", range(3))
def test_on_any_day_they_are_those_of_the_history_by_company(store: Store, policy: object, seed: int):
    books = Books()
    ledger = seeded_ledger(seed, 240)
    for company in ("0", "1"):
        books.company("erp", company, f"Company {company}", "EUR")
        for customer in ("C1", "C2", "C3"):
            books.customer(("erp", company), customer, customer)
    books.ledger("erp", ledger)
    last = FIRST + timedelta(DAYS)
    books.save(store, last)
    book = Book(store, policy)
    seen = 0
    for days in (DAYS, 40, 95, DAYS + 70, 200, DAYS - 31, 300):
        day = FIRST + timedelta(days)
        found = {
            (one.key, one.bucket): one.values[-1]
            for one in history(Book(store, policy), "loss rates", day, months=1, by="company").series
        }
        for company in ("0", "1"):
            rates = book.known([], day).loss_rates(("erp", company), policy)
            expected = [value for (key, _), value in found.items() if key == company]
            assert rates is None or len(rates) == len(expected) == 5
            own = [None] * len(expected) if rates is None else [float(100 * rate) for rate in rates]
            assert own == expected, day
            seen += rates is not None
    assert seen > 4


def test_what_was_known_on_a_day_decides(store: Store, tmp_path: Path):
    day = date(2025, 8, 15)
    books = rolling(10)
    books.save(store, date(2025, 12, 31))
    cut = rolling(10)
    cut.items = [row for row in cut.items if row["posting_date"] <= day]
    cut.allocations = [row for row in cut.allocations if row["effective_date"] <= day]
    with Store.open(f"sqlite:///{tmp_path / 'cut.db'}") as then:
        cut.save(then, day)
        expected = Book(then, POLICY).known([], day).loss_rates(NORTH, POLICY)
    assert expected is not None
    assert Book(store, POLICY).known([], day).loss_rates(NORTH, POLICY) == expected


def test_a_new_run_brings_new_rates(store: Store):
    day = date(2025, 12, 31)
    rolling(10).save(store, day)
    book = Book(store, POLICY)
    before = book.known([], day).loss_rates(NORTH, POLICY)
    more = Books()
    more.company(*NORTH, "North", "EUR")
    more.item(NORTH, "late", "7", Kind.INVOICE, date(2025, 1, 1), date(2025, 2, 1), 50_00)
    more.companies[0] |= {"company": "3"}  # that of the first run is there already
    more.save(store, day, run=2)
    after = book.known([], day).loss_rates(NORTH, POLICY)
    assert before != after == Book(store, POLICY).known([], day).loss_rates(NORTH, POLICY)


def test_too_little_history_gives_no_rates(store: Store):
    rolling().save(store, date(2025, 12, 31))
    book = Book(store, POLICY)
    days = (date(2024, 12, 31), date(2025, 2, 27), date(2025, 4, 30), date(2025, 5, 31))
    found = [book.known([], day).loss_rates(NORTH, POLICY) for day in days]
    # The first stands in 31-60 in March, in 61-90 in April: only in May is it seen how that bucket rolls.
    assert [rates is not None for rates in found] == [False, False, False, True]
    assert book.known([], date(2025, 12, 31)).loss_rates(EAST, POLICY) is None
    wide = parse_policy(
        default_text()
        .replace("edges = [0, 30, 60, 90]", "edges = [0, 15, 60, 90]", 1)
        .replace("0, 30, 60, 90", "0, 15, 60, 90"),
        where="own.toml",
    )
    assert wide.aging.edges == (0, 15, 60, 90)
    assert book.known([], date(2025, 5, 31)).loss_rates(NORTH, wide) is None


def test_the_ledger_is_read_once_for_many_days():
    books, read = rolling(10), list[date]()

    def ledger(place: tuple[str, str], day: date) -> tuple[pa.Table, pa.Table]:
        assert place == NORTH
        read.append(day)
        return books.items_frame(), books.allocations_frame()

    losses = Losses(ledger, date(2026, 1, 15))
    every = [losses.on(date(2025, month, 28))(NORTH, POLICY) for month in (12, 11, 6, 3, 12)]
    assert read == [date(2025, 12, 31)]
    assert every[0] == every[-1]
    assert losses.on(date(2026, 2, 1))(NORTH, POLICY) is not None
    assert read == [date(2025, 12, 31), date(2026, 1, 31)]


def test_a_ledger_that_was_read_already_is_not_read_again():
    books = rolling(10)

    def ledger(*_: object) -> tuple[pa.Table, pa.Table]:
        raise AssertionError

    losses = Losses(ledger, date(2025, 12, 31))
    losses.take(NORTH, books.items_frame(), books.allocations_frame(), date(2025, 12, 31), POLICY)
    own = Losses(lambda *_: (books.items_frame(), books.allocations_frame()), date(2025, 12, 31))
    for day in (date(2025, 12, 31), date(2025, 11, 1), date(2025, 6, 30), date(2025, 1, 1)):
        assert losses.on(day)(NORTH, POLICY) == own.on(day)(NORTH, POLICY)


def test_a_day_before_what_was_followed_has_all_its_months_too():
    books = rolling(10)

    def ledger(*_: object) -> tuple[pa.Table, pa.Table]:
        return books.items_frame(), books.allocations_frame()

    losses = Losses(ledger, date(2027, 12, 31))
    losses.take(NORTH, *ledger(), date(2027, 12, 31), SHORT)
    for day in (date(2025, 10, 31), date(2025, 6, 30)):
        rates = Losses(ledger, day).on(day)(NORTH, SHORT)
        assert rates is not None
        assert losses.on(day)(NORTH, SHORT) == rates


def test_a_profile_has_both_provisions_and_the_documents_behind_them(store: Store):
    day = date(2025, 12, 31)
    books = rolling(10)
    books.item(NORTH, "x", "7", Kind.INVOICE, date(2025, 12, 1), date(2026, 1, 15), 1_000_00)
    books.item(NORTH, "y", "7", Kind.INVOICE, date(2025, 12, 1), None, 10_00)
    books.save(store, day)
    plain, moved = Book(store, POLICY).profile("7", day), Book(store, FORWARD).profile("7", day)
    # At the whole 5 each of March, May, July and September, at half the 20 of November, 46 days late; at a
    # tenth the 1,000 that are not due; at the policy's 10.6% the 10 without a date: 20 + 10 + 100 + 1.06.
    assert (plain.provision_matrix, plain.provision_method) == (131_06, "matrix")
    # A fifth more, but never more than the whole: 20 + 12 + 120 + 1.06.
    assert (moved.provision_matrix, moved.provision) == (153_06, plain.provision)
    case = read_case(Book(store, FORWARD), "7", day)
    found = explained(case, "provision_matrix")
    assert found.remade(case) == 153_06
    assert [(part.document.item, part.counted, part.rate) for part in found.parts] == [
        *((f"i{number}", 5_00, 1) for number in (1, 3, 5, 7)),
        ("i9", 20_00, Decimal("0.6")),
        ("x", 1_000_00, Decimal("0.12")),
        ("y", 10_00, Decimal("0.106")),
    ]
    assert [Decimal(line.value) for line in found.lines] == [*map(Decimal, ("0.1", "0.25", "0.5", "1", "1"))]
    assert {"provision.forward_factor", "provision.history_months"} <= {key.name for key in found.keys}


def test_a_customer_named_in_the_credit_file_is_assessed_on_its_own_from_that_day(store: Store):
    day = date(2025, 12, 31)
    rolling(10).save(store, day)
    told = [
        ("7", "individual loss rate", "40%", "2025-11-15"),
        ("7", "单项计提比例", "组合计提", "2025-12-30"),
        ("8", "单项计提比例", "0.25", "2025-12-01"),
        ("9", "individual loss rate", "1", "2025-12-01"),
    ]
    rows = [
        Row(number, dict(zip(("customer", "name", "value", "known_from"), fact, strict=True)))
        for number, fact in enumerate(told, start=2)
    ]
    assert keep_facts(store, 1, rows, policy=POLICY, shown="credit.csv").quarantined == 0
    book = Book(store, POLICY)
    days = (date(2025, 11, 14), date(2025, 11, 15), day)
    ways = [book.profile("7", each).provision_method for each in days]
    assert ways == ["matrix", "individual", "matrix"]
    own = book.profile("7", date(2025, 11, 15))
    assert own.provision == own.provision_matrix == round(own.gross_open * Decimal("0.4"))
    eight = book.profile("8", day)
    assert eight.provision == eight.provision_matrix == round(eight.gross_open * Decimal("0.25"))
    # East has no history, and a customer assessed on its own needs none.
    nine = book.profile("9", day)
    assert (nine.provision_matrix, nine.provision_method) == (80_00, "individual")
    before = book.profile("9", date(2025, 11, 30))
    assert (before.provision_matrix, before.provision_method) == (None, "fixed")
    for customer in ("7", "8", "9"):
        case = read_case(book, customer, day)
        for figure in ("provision", "provision_matrix", "provision_method"):
            assert explained(case, figure).remade(case) == getattr(case.profile, figure), (customer, figure)
