"""The book that reads a store once answers what a book that reads it every time answers."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from books import EAST, NORTH, OTHER, Books, group_books
from duebook.errors import DuebookError
from duebook.ledger import Kind
from duebook.policy import default_policy
from duebook_etl import schema
from duebook_etl.book import Book
from duebook_etl.kept import KeptBook
from duebook_etl.profile import CUSTOMER_KEY, FIGURES
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AS_OF = date(2026, 6, 30)
DAYS = (None, date(2026, 5, 5), date(2025, 1, 1))
POLICY = default_policy()
PEOPLE = 20


def large_books() -> Books:
    """The small group, and more customers: some without dealings, some who share a code or a payment."""
    chance = random.Random(3)  # noqa: S311 - no secret
    books = group_books()
    for number in range(PEOPLE):
        place = chance.choice([NORTH, EAST, OTHER])
        key = str(100 + number)
        books.customer(place, key, f"Name {number}", code="TWICE" if number < 6 else f"K{number}")
        for line in range(chance.randrange(5)):
            posted = date(2026, 1, 1) + timedelta(chance.randrange(170))
            due = None if line == 3 else posted + timedelta(30)
            books.item(place, f"{key}-{line}", key, Kind.INVOICE, posted, due, chance.randrange(1, 99_999))
        if chance.random() < 0.5:
            amount = chance.randrange(3, 900)
            paid = date(2026, 4, 1) + timedelta(chance.randrange(60))
            books.item(place, f"{key}-i", key, Kind.INVOICE, paid, paid - timedelta(3), amount)
            books.item(place, f"{key}-r", key, Kind.RECEIPT, paid, paid, -amount)
            books.allocate(place, f"{key}-a", paid, [(f"{key}-i", amount), (f"{key}-r", -amount)])
    return books


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as opened:
        large_books().save(opened, AS_OF)
        yield opened


def keep_measured(store: Store, *, least: int = 0) -> None:
    """Keep what a run would have measured of those who owe so much, a cent more, so that it is told apart."""
    book = Book(store, POLICY)
    rows = [
        row | {"run": 1, "open": row["open"] + 1}
        for company in book.companies()
        for row in book.measured(AS_OF, company).figures.to_pylist()
        if row["open"] >= least
    ]
    assert set(rows[0]) == {*CUSTOMER_KEY, "as_of", "run", *FIGURES}
    with store.write() as connection:
        connection.execute(insert(schema.profiles), rows)
        connection.execute(update(schema.runs).values(policy_digest=POLICY.digest))


def test_what_an_earlier_duebook_measured_is_measured_anew(store: Store) -> None:
    keep_measured(store)
    kept = Book(store, POLICY).profile("erp/1/7")
    with store.write() as connection:
        connection.execute(update(schema.profiles).values(uninsured=None))
    anew = Book(store, POLICY).profile("erp/1/7")
    assert kept.open == anew.open + 1
    assert anew.uninsured == kept.uninsured


def questions() -> list[Callable[[Book], object]]:
    """Every customer by every key there is, and what is no customer, on several days; and the portfolio."""
    people = large_books().customers
    ways = (lambda c: c["customer"], lambda c: c["code"], lambda c: f"{c['company']}/{c['customer']}")
    keys = {str(ways[number % 3](c)) for number, c in enumerate(people)}
    keys |= {"7", "C0007", "erp/1/7", "old/1/8", "C0009", "TWICE", "nobody", "Z/1", ""}
    asked: list[Callable[[Book], object]] = [
        ask
        for day in DAYS
        for key in sorted(keys)
        for ask in (lambda b, k=key, d=day: b.profile(k, d), lambda b, k=key, d=day: b.items(k, d))
    ]
    asked += [
        lambda b, m=measure, d=day, y=by: b.portfolio(m, d, y)
        for day in DAYS
        for measure in ("open", "dso", "owed")
        for by in (None, "customer", "company", "nothing")
    ]
    asked += [lambda b: b.companies(), lambda b: b.company_keys(), lambda b: b.unreconciled()]
    asked += [lambda b: b.last_day(), lambda b: b.first_day(), lambda b: b.companies("3")]
    random.Random(5).shuffle(asked)  # noqa: S311 - no secret
    return asked


def answered(ask: Callable[[Book], object], book: Book) -> object:
    """Return an answer, or the refusal in its place."""
    try:
        return ask(book)
    except DuebookError as error:
        return type(error), str(error), error.hint


@pytest.mark.parametrize("least", [None, 5_000])
def test_it_answers_and_refuses_what_the_book_does_and_reads_the_store_once(store: Store, least: int | None):
    if least is not None:
        keep_measured(store, least=least)
    asked = questions()
    expected = [answered(ask, Book(store, POLICY)) for ask in asked]
    book = KeptBook(store, POLICY)

    assert [answered(ask, book) for ask in asked] == expected
    store.path.rename(store.path.with_name("elsewhere"))
    assert [answered(ask, book) for ask in asked] == expected


def test_an_empty_store_is_refused_every_time(tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path / 'empty.db'}") as store:
        book = KeptBook(store, POLICY)
        for _ in range(2):
            assert answered(lambda b: b.profile("7"), book) == answered(
                lambda b: b.profile("7"), Book(store, POLICY)
            )
