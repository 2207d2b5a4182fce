"""Allowances month by month: those of the profiles of each day, and with write-offs a movement."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from books import EAST, NORTH, Books, group_books
from duebook.calendar import add_months, end_of_month
from duebook.ledger import Kind
from duebook.policy import default_policy, default_text, parse_policy
from duebook.provision import movement
from duebook_etl.book import Book
from duebook_etl.credit_file import Row, keep_facts
from duebook_etl.history import history
from duebook_etl.store import Store
from ledgers import DAYS, FIRST, seeded_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duebook.policy import Policy

AS_OF = date(2026, 6, 30)
POLICY = default_policy()
EXCEPTIONS = parse_policy(
    default_text()
    + """
[[exception]]
where = { country = ["DE"] }
provision.no_date_rate = 0.5
provision.fixed_rates = [0.1, 0.2, 0.3]
aging.edges = [0, 30]

[[exception]]
where = { segment = ["key"] }
provision.forward_factor = 1.3
""",
    where="own.toml",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as opened:
        yield opened


def tell(store: Store, *facts: tuple[str, str, str, str]) -> None:
    rows = [
        Row(number, dict(zip(("customer", "name", "value", "known_from"), fact, strict=True)))
        for number, fact in enumerate(facts, start=2)
    ]
    assert keep_facts(store, 1, rows, policy=POLICY, shown="credit.csv").quarantined == 0


@pytest.mark.parametrize("policy", [POLICY, EXCEPTIONS], ids=["standard", "exceptions"])
@pytest.mark.parametrize("seed", range(2))
def test_each_month_has_what_the_profiles_of_its_last_day_come_to(store: Store, policy: Policy, seed: int):
    books = Books()
    ledger = seeded_ledger(seed, 160)
    for company in ("0", "1"):
        books.company("erp", company, f"Company {company}", "EUR")
        books.customer(("erp", company), "C1", "One", country="DE")
        books.customer(("erp", company), "C2", "Two", country="FR")
        books.customer(("erp", company), "C3", "Three")
    books.ledger("erp", ledger)
    last = end_of_month(FIRST + timedelta(DAYS))
    books.save(store, last)
    middle = (FIRST + timedelta(DAYS // 2)).isoformat()
    tell(
        store,
        ("0/C1", "individual loss rate", "0.4321", middle),
        ("1/C3", "individual loss rate", "1", middle),
        ("1/C2", "segment", "key", middle),
    )
    book = Book(store, policy)
    found = {
        (measure, by): history(book, measure, last, months=14, by=by)
        for measure in ("provision", "provision matrix")
        for by in ("customer", "company", None)
    }
    assert any(one.values[-1] for one in found["provision matrix", "customer"].series)
    for place, day in enumerate(found["provision", None].days):
        rows = [row for c in book.companies() for row in book.measured(day, c).figures.to_pylist()]
        for (measure, by), told in found.items():
            figure, sums = measure.replace(" ", "_"), dict[str, int | None]()
            for row in rows:
                if row["months_of_business"] is None:
                    continue  # nothing posted yet
                key = {
                    None: "",
                    "company": row["company"],
                    "customer": f"{row['company']}/{row['customer']}",
                }[by]
                before = sums.get(key, 0)
                value = row[figure]
                sums[key] = None if before is None or value is None else before + value
            values = {one.key: one.values[place] for one in told.series if one.values[place] is not None}
            assert values == {key: value for key, value in sums.items() if value is not None}, (
                measure,
                by,
                day,
            )


def test_a_foreign_currency_of_books_is_never_added(store: Store):
    group_books().save(store, AS_OF)
    found = history(Book(store, POLICY), "provision", AS_OF, months=1)
    assert [one.currency for one in found.series] == ["EUR", "JPY"]
    assert found.to_json()["unit"] == "money"


def test_provisions_and_write_offs_of_customers_move_an_allowance(store: Store):
    books = Books()
    books.company(*NORTH, "North", "EUR")
    books.company(*EAST, "East", "EUR")
    books.customer(NORTH, "7", "Seven")
    books.customer(NORTH, "8", "Eight")
    books.item(NORTH, "a", "7", Kind.INVOICE, date(2026, 1, 1), date(2026, 1, 31), 1_000_00)
    books.item(NORTH, "b", "8", Kind.INVOICE, date(2026, 5, 1), date(2026, 7, 31), 2_000_00)
    books.item(NORTH, "c", "8", Kind.INVOICE, date(2026, 6, 1), None, 500_00)
    books.item(NORTH, "x", "7", Kind.JOURNAL_ENTRY, date(2026, 6, 20), None, -400_00)
    books.allocate(NORTH, "x", date(2026, 6, 20), [("a", 400_00), ("x", -400_00)])
    books.item(NORTH, "y", "8", Kind.JOURNAL_ENTRY, date(2026, 6, 25), None, -100_00)
    books.allocate(NORTH, "y", date(2026, 6, 25), [("c", 100_00), ("y", -100_00)])
    books.save(store, AS_OF)
    book = Book(store, POLICY)

    def column(measure: str, place: int) -> dict[str, Decimal]:
        found = history(book, measure, AS_OF, months=2, by="customer").series
        return {one.key: Decimal(one.values[place] or 0) / 100 for one in found}

    assert column("provision", 0) == {"7": 106, "8": 6}  # 1,000 over 90 days, 2,000 not due
    assert column("provision", 1) == {"7": Decimal("63.6"), "8": Decimal("48.4")}
    assert column("written off", 1) == {"7": 400, "8": 100}  # without a due date as well
    assert column("written off", 0) == {"7": 0, "8": 0}
    lines, total = movement(
        column("provision", 0), column("provision", 1), written_off=column("written off", 1)
    )
    assert lines["7"].charge == Decimal("357.6")
    assert total.opening + total.charge - total.release - total.written_off == total.closing == 112
    before = history(book, "provision", add_months(AS_OF, -1), months=6).series[0].values
    assert before[0] is None  # December: nothing was posted yet
