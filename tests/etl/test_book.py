"""The book on a real store: every answer to the cent, and every question without one refused."""

from __future__ import annotations

import random
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from books import EAST, NORTH, OTHER, Books, group_books
from duebook.errors import InputError, NoAnswerError
from duebook.ledger import Kind
from duebook.policy import default_policy
from duebook_etl import schema
from duebook_etl.answers import short_keys
from duebook_etl.book import MEASURES, PORTFOLIO_BY, Book
from duebook_etl.knowledge import knowledge
from duebook_etl.losses import Losses
from duebook_etl.profile import FIGURES, profiles
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Ask = Callable[[Book], object]

AS_OF = date(2026, 6, 30)
POLICY = default_policy()
NOW = datetime(2026, 7, 2)  # noqa: DTZ001 - the store keeps UTC without a zone
NEW_RUN = {"started": NOW, "status": "ok", "trigger": "command", "policy": "p", "policy_digest": "0"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as opened:
        yield opened


@pytest.fixture
def book(store: Store) -> Book:
    group_books().save(store, AS_OF)
    return Book(store, POLICY)


def test_the_aging_document_has_the_agreed_shape(book: Book):
    document = book.aging(AS_OF, company="North Ltd").to_json()
    assert document == {
        "as_of": "2026-06-30",
        "companies": [
            {
                "source": "erp",
                "company": "1",
                "name": "North Ltd",
                "currency": "EUR",
                "labels": ["not due", "1-30", "31-60", "61-90", "90+", "no date"],
                "rows": [
                    row("", "", "0.00", "-0.77", "0.00", "0.00", "0.00", "0.00", total="-0.77"),
                    row("7", "Acme", "50.00", "-32.50", "100.01", "0.00", "0.00", "0.00", total="117.51"),
                    row("8", "Birch", "0.00", "0.00", "0.00", "0.00", "0.00", "12.00", total="12.00"),
                ],
                "total": {
                    "amounts": ["50.00", "-33.27", "100.01", "0.00", "0.00", "12.00"],
                    "total": "128.74",
                },
                "control_account": "128.74",
            }
        ],
    }


def row(key: str, name: str, *amounts: str, total: str) -> dict[str, object]:
    return {"key": key, "name": name, "amounts": list(amounts), "total": total}


def test_every_company_is_there_and_one_with_nothing_open_has_no_rows(book: Book):
    parts = book.aging(date(2026, 1, 15)).companies
    assert [(part.company.source, part.company.company, part.total) for part in parts] == [
        (*NORTH, 900),
        (*EAST, 0),
        (*OTHER, 0),
    ]
    assert parts[1].to_json()["total"] == {"amounts": ["0"] * 6, "total": "0"}
    assert parts[1].to_json()["rows"] == []


@pytest.mark.parametrize("by", ["customer", "country", "industry", "currency"])
@pytest.mark.parametrize(
    "as_of", [date(2026, 1, 1), date(2026, 3, 10), date(2026, 5, 5), AS_OF, date(2027, 1, 1)]
)
def test_however_it_is_grouped_the_buckets_add_up_to_the_control_account(book: Book, by: str, as_of: date):
    for part in book.aging(as_of, by=by).companies:
        assert sum(part.amounts) == part.total == part.control_account
        assert all(sum(line.amounts) == line.total for line in part.rows)
        assert [line.key for line in part.rows] == sorted(line.key for line in part.rows)


def test_by_country_customers_without_one_stand_under_the_empty_key(book: Book):
    rows = book.aging(AS_OF, company="North Ltd", by="country").companies[0].rows
    assert [(line.key, line.name, line.total) for line in rows] == [
        ("", "", -77),
        ("DE", "DE", 11_751),
        ("FR", "FR", 1_200),
    ]


def test_document_currencies_are_kept_apart_and_have_no_control_account(book: Book):
    before = date(2026, 3, 4)  # Birch owes 100.00 dollars, booked as 90.00 euros
    parts = book.aging(before, company="North Ltd", currency="document").companies
    assert [(part.currency, part.total, part.control_account) for part in parts] == [
        ("EUR", 10_000, None),
        ("USD", 10_000, None),
    ]
    assert parts[1].to_json()["rows"] == [
        row("8", "Birch", "0.00", "100.00", "0.00", "0.00", "0.00", "0.00", total="100.00")
    ]
    assert parts[1].to_json()["control_account"] is None
    by_currency = book.aging(before, company="North Ltd", by="currency").companies
    assert [(part.currency, [(line.key, line.total) for line in part.rows]) for part in by_currency] == [
        ("EUR", [("EUR", 10_000), ("USD", 9_000)])
    ]


def test_an_item_settled_in_one_currency_only_counts_in_the_other_only(store: Store):
    books = Books()
    books.company(*NORTH, "North", "EUR")
    books.item(NORTH, "1", "7", Kind.INVOICE, date(2026, 5, 1), date(2026, 6, 1), 900, ("USD", 1_000))
    books.item(NORTH, "2", "7", Kind.RECEIPT, date(2026, 6, 5), date(2026, 6, 5), -850, ("USD", -1_000))
    books.allocate(NORTH, "A", date(2026, 6, 5), [("1", 850, 1_000), ("2", -850, -1_000)])
    books.save(store, AS_OF)
    book = Book(store, POLICY)
    assert [part.total for part in book.aging(AS_OF).companies] == [50]
    documents = book.aging(AS_OF, currency="document").companies
    assert [(part.currency, part.rows) for part in documents] == [("EUR", ())]


def test_the_aging_is_of_the_last_refresh_unless_a_day_is_named(book: Book):
    assert book.aging() == book.aging(AS_OF)


def test_edges_can_be_named_and_default_to_the_policy(book: Book):
    part = book.aging(AS_OF, company="Old GmbH", edges=(-1, 29)).companies[0]
    assert part.labels == ("not due", "0-29", "29+", "no date")
    assert [line.amounts for line in part.rows] == [(0, 4_400, 0, 0)]


def test_an_id_that_two_sources_share_means_both_and_a_name_means_one(book: Book):
    assert [c.name for c in book.companies("1")] == ["North Ltd", "Old GmbH"]
    assert [c.source for c in book.companies("Old GmbH")] == ["old"]


def test_open_items_have_the_fields_of_the_ledger(book: Book):
    document = book.items("C0007", AS_OF, company="North Ltd").to_json()
    assert [item["item"] for item in document["items"]] == ["a2", "a4", "a5", "a3"]
    assert document["items"][0] == {
        "source": "erp",
        "company": "1",
        "company_currency": "EUR",
        "item": "a2",
        "customer": "7",
        "kind": "invoice",
        "document": "D-a2",
        "reference": "",
        "document_date": "2026-04-01",
        "posting_date": "2026-04-01",
        "due_date": "2026-05-01",
        "days_late": 60,
        "currency": "EUR",
        "amount_document": "200.01",
        "open_document": "100.01",
        "amount": "200.01",
        "open": "100.01",
    }


def test_open_items_add_up_to_the_customers_aging_on_every_day(book: Book):
    for as_of in (date(2026, 2, 1), date(2026, 3, 10), date(2026, 5, 4), date(2026, 5, 5), AS_OF):
        parts = {(p.company.source, p.company.company): p for p in book.aging(as_of).companies}
        for key, place in (("1/7", NORTH), ("1/8", NORTH), ("2/7", EAST), ("old/1/8", OTHER)):
            items = [i for i in book.items(key, as_of).items if (i.source, i.company) == place]
            total = next((line.total for line in parts[place].rows if line.key == key[-1]), 0)
            assert sum(item.open for item in items) == total


def test_the_empty_key_asks_for_the_items_that_name_no_customer(book: Book):
    aged = {part.company.company: part for part in book.aging(AS_OF, company="North Ltd").companies}
    nameless = next(line.total for line in aged["1"].rows if not line.key)
    assert sum(item.open for item in book.items("", AS_OF, company="North Ltd").items) == nameless


def test_items_without_a_due_date_come_last(book: Book):
    items = book.items("C0008", AS_OF).items
    assert [(item.item, item.due_date is None) for item in items][-1] == ("b2", True)
    assert items[-1].days_late is None


def test_a_customer_of_several_companies_has_the_items_of_all(book: Book):
    found = {(item.company, item.company_currency) for item in book.items("7", AS_OF).items}
    assert found == {("1", "EUR"), ("2", "JPY")}


@pytest.mark.parametrize(
    ("key", "name"), [("1/7", "Acme"), ("2/7", "Acme Japan"), ("erp/2/7", "Acme Japan"), ("Z/1", "Zephyr")]
)
def test_a_customer_is_known_by_id_or_code_alone_or_behind_its_company(book: Book, key: str, name: str):
    assert [customer.name for customer in book.customers(key)] == [name]


def test_the_profile_document_has_the_fields_of_the_store(book: Book):
    document = book.profile("C0007", AS_OF).to_json()
    fields = [column.name for column in (*schema.customers.columns, *schema.profiles.columns)]
    assert set(document) == {*fields, "currency"} - {"run"}
    assert (document["customer"], document["name"], document["currency"]) == ("7", "Acme", "EUR")
    assert (document["as_of"], document["open"], document["unapplied"]) == ("2026-06-30", "117.51", "-32.50")
    assert document["oldest_overdue_days"] == 60


def test_a_profile_is_of_the_last_refresh_unless_a_day_is_named(book: Book):
    assert book.profile("C0007").as_of == AS_OF
    assert book.profile("C0007", date(2026, 3, 10)).overdue == 0


def test_amounts_have_the_decimals_of_the_companys_currency(book: Book):
    assert book.profile("2/7").to_json()["open"] == "500001"


def test_a_customer_with_nothing_posted_has_a_profile_of_nothing(book: Book):
    profile = book.profile("C0009")
    assert (profile.open, profile.sales, profile.dso, profile.average_days_late) == (0, 0, None, None)


def test_a_customer_of_several_companies_has_no_single_profile(book: Book):
    with pytest.raises(InputError) as caught:
        book.profile("7")
    assert str(caught.value) == "customer: '7' means 2 customers. Write erp/1/7 or erp/2/7."


def test_a_code_that_two_customers_of_a_company_share_means_neither(store: Store):
    books = Books()
    books.company(*NORTH, "North", "EUR")
    books.customer(NORTH, "1", "First", code="X")
    books.customer(NORTH, "2", "Second", code="X")
    books.item(NORTH, "1", "1", Kind.INVOICE, AS_OF, AS_OF, 100)
    books.save(store, AS_OF)
    for ask in (Book(store, POLICY).items, Book(store, POLICY).profile):
        with pytest.raises(InputError) as caught:
            ask("X")
        assert str(caught.value) == "customer: 'X' means 2 customers. Write erp/1/1 or erp/1/2."
    assert Book(store, POLICY).profile("erp/1/1").open == 100


def test_what_a_run_measured_answers_only_for_its_day_and_policy(store: Store):
    group_books().save(store, AS_OF)
    computed = Book(store, POLICY).profile("C0007")
    row = {name: getattr(computed, name) for name in FIGURES} | {"open": 1, "run": 1, "as_of": AS_OF}
    with store.write() as connection:
        key = {"source": "erp", "company": "1", "customer": "7"}
        connection.execute(insert(schema.profiles), row | key)
    assert Book(store, POLICY).profile("C0007") == computed  # the run was under another policy
    with store.write() as connection:
        connection.execute(update(schema.runs).values(policy_digest=POLICY.digest))
    assert Book(store, POLICY).profile("C0007").open == 1
    assert Book(store, POLICY).profile("C0007", date(2026, 6, 29)).open == computed.open
    with store.write() as connection:  # a later run was killed while it loaded
        connection.execute(insert(schema.runs), NEW_RUN | {"run": 2, "as_of": AS_OF, "status": "failed"})
        values = {"run": 2, "source": "erp", "connector": "odoo", "read": 0, "quarantined": 0, "seconds": 0}
        connection.execute(insert(schema.run_sources), values | {"status": "interrupted"})
    assert Book(store, POLICY).profile("C0007") == computed


def test_the_quarantine_is_counted_by_reason(book: Book, store: Store):
    row = {"run": 1, "source": "erp", "query": "items", "company": "1", "raw": '{"item": "x"}'}
    with store.write() as connection:
        connection.execute(
            insert(schema.quarantine),
            [
                row | {"key": key, "reason": reason}
                for key, reason in (("a", "no date"), ("b", "no date"), ("c", "?"))
            ],
        )
    assert [(c.query, c.company, c.reason, c.rows) for c in book.quarantine_counts()] == [
        ("items", "1", "?", 1),
        ("items", "1", "no date", 2),
    ]
    document = book.quarantine("erp")[0].to_json()
    assert document == row | {"key": "a", "reason": "no date", "raw": {"item": "x"}}
    assert book.quarantine("old") == ()


def test_the_profile_of_one_is_its_row_among_all(store: Store):
    books = Books()
    books.company(*NORTH, "North", "EUR")
    rng = random.Random(5)  # noqa: S311 - no secret
    for n in range(6):
        books.customer(NORTH, str(n), f"Customer {n}")
    for n in range(300):
        posted = date(2026, 1 + rng.randrange(6), 1 + rng.randrange(28))
        kind = Kind.RECEIPT if n % 3 == 2 else Kind.INVOICE
        amount = rng.randrange(1, 9_000) * (-1 if kind is Kind.RECEIPT else 1)
        books.item(NORTH, str(n), str(rng.randrange(6)), kind, posted, posted, amount)
    for n in range(0, 240, 3):  # a receipt over two invoices, often of other customers
        part = -int(str(books.items[n + 2]["amount"])) // 2
        legs = [(str(n), part), (str(n + 1), part), (str(n + 2), -2 * part)]
        books.allocate(NORTH, f"A{n}", date(2026, 6, 28), legs)
    books.save(store, AS_OF)
    book = Book(store, POLICY)
    losses = Losses(lambda *_: (books.items_frame(), books.allocations_frame()), AS_OF)
    known = knowledge(store, book.companies(), AS_OF, loss_rates=losses.on(AS_OF))
    table = profiles(
        books.items_frame(), books.allocations_frame(), as_of=AS_OF, policy=POLICY, knowledge=known
    )
    assert table.num_rows == 6
    assert table["provision_matrix"].null_count == 0
    for expected in table.to_pylist():
        profile = book.profile(expected["customer"], AS_OF)
        for name in FIGURES:
            assert getattr(profile, name) == pytest.approx(expected[name]), name


def test_the_portfolio_adds_up_companies_of_one_currency_only(book: Book):
    portfolio = book.portfolio("open", AS_OF)
    assert [(line.key, line.currency, line.value) for line in portfolio.rows] == [
        ("", "EUR", 12_874 + 4_400),
        ("", "JPY", 500_001),
    ]
    assert portfolio.to_json() == {
        "measure": "open",
        "as_of": "2026-06-30",
        "by": None,
        "rows": [
            {"key": "", "name": "", "currency": "EUR", "value": "172.74"},
            {"key": "", "name": "", "currency": "JPY", "value": "500001"},
        ],
    }


@pytest.mark.parametrize("by", PORTFOLIO_BY)
@pytest.mark.parametrize(
    "measure", ["open", "overdue", "not due", "no date", "unapplied", "sales", "settled"]
)
def test_a_measure_of_money_adds_up_however_it_is_grouped(book: Book, measure: str, by: str):
    whole = {line.currency: line.value for line in book.portfolio(measure, AS_OF).rows}
    parts = book.portfolio(measure, AS_OF, by).rows
    for currency, value in whole.items():
        assert sum(line.value for line in parts if line.currency == currency) == value


def test_the_portfolio_by_company_and_by_customer_bears_names(book: Book):
    by_company = [
        (line.key, line.name, line.currency) for line in book.portfolio("open", AS_OF, "company").rows
    ]
    assert by_company == [
        ("2", "East KK", "JPY"),
        ("erp/1", "North Ltd", "EUR"),
        ("old/1", "Old GmbH", "EUR"),
    ]
    by_customer = [(line.key, line.name) for line in book.portfolio("open", AS_OF, "customer").rows]
    assert by_customer == [
        ("1/7", "Acme"),
        ("2/7", "Acme Japan"),
        ("erp/1/", ""),
        ("erp/1/8", "Birch"),
        ("old/1/8", "Zephyr"),
    ]
    by_person = [(line.key, line.currency) for line in book.portfolio("open", AS_OF, "salesperson").rows]
    assert by_person == [("", "EUR"), ("", "JPY"), ("Ann", "EUR")]


def test_what_a_portfolio_calls_a_company_or_customer_asks_for_it(book: Book):
    for line in book.portfolio("open", AS_OF, "company").rows:
        assert [company.name for company in book.companies(line.key)] == [line.name]
    for line in book.portfolio("open", AS_OF, "customer").rows:
        if line.name:
            assert [customer.name for customer in book.customers(line.key)] == [line.name]


def test_a_key_is_as_short_as_it_can_be():
    assert short_keys([("erp", "1", "7"), ("erp", "1", "8"), ("old", "2", "9")]) == {
        ("erp", "1", "7"): "7",
        ("erp", "1", "8"): "8",
        ("old", "2", "9"): "9",
    }
    assert short_keys([("erp", "1"), ("old", "1"), ("old", "2")]) == {
        ("erp", "1"): "erp/1",
        ("old", "1"): "old/1",
        ("old", "2"): "2",
    }
    assert short_keys([]) == {}


def test_measures_that_are_no_money_are_made_of_the_whole_group(book: Book):
    def of(measure: str) -> list[float | None]:
        return [line.value for line in book.portfolio(measure, AS_OF).rows]

    assert of("customers") == [3, 1]
    assert of("oldest overdue") == [121, 30]
    open_eur, sales_eur = 12_874 + 4_400, 5_000 - 250 + 1_200 + 4_400
    assert of("DSO") == [pytest.approx(open_eur / sales_eur * 90), pytest.approx(90)]
    overdue_eur = 12_874 + 4_400 - 5_000 - 1_200
    assert of("overdue_share") == [pytest.approx(100 * overdue_eur / open_eur), pytest.approx(100 / 500_001)]
    settled = {10: 10_600 + 300, 40: 10_000}
    late = sum(days * amount for days, amount in settled.items()) / sum(settled.values())
    assert of("average days late") == [pytest.approx(late), None]
    assert of("average terms") == [pytest.approx(30), None]
    assert of("pay index")[1] is None


def test_every_measure_answers_and_names_its_unit(book: Book):
    for measure, unit in MEASURES.items():
        portfolio = book.portfolio(measure, AS_OF)
        assert (portfolio.measure, portfolio.unit, len(portfolio.rows)) == (measure, unit, 2)


def test_a_new_run_outdates_a_summary(book: Book, store: Store):
    before = book.portfolio("open").rows[1].value
    with store.write() as connection:
        connection.execute(schema.items.update().where(schema.items.c.item == "j2").values(amount=5))
    assert book.portfolio("open").rows[1].value == before
    with store.write() as connection:
        connection.execute(insert(schema.runs), NEW_RUN | {"run": 2, "as_of": AS_OF})
        connection.execute(
            insert(schema.run_sources),
            {
                "run": 2,
                "source": "erp",
                "connector": "odoo",
                "read": 1,
                "quarantined": 0,
                "seconds": 1,
                "status": "ok",
            },
        )
    assert book.portfolio("open").rows[1].value == before + 4


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda b: b.aging(AS_OF, by="contry"),
            "by: 'contry' is none of customer, country, industry, currency. Did you mean 'country'?",
        ),
        (
            lambda b: b.aging(AS_OF, currency="documents"),
            "currency: 'documents' is none of company, document. Did you mean 'document'?",
        ),
        (
            lambda b: b.aging(AS_OF, edges=(30, 0)),
            "edges: 30, 0 do not increase. Write increasing whole numbers of days, such as 0, 30, 60, 90.",
        ),
        (
            lambda b: b.portfolio("opened"),
            f"measure: 'opened' is none of {', '.join(MEASURES)}. Did you mean 'open'?",
        ),
        (
            lambda b: b.portfolio("open", by="customers"),
            f"by: 'customers' is none of {', '.join(PORTFOLIO_BY)}. Did you mean 'customer'?",
        ),
    ],
)
def test_a_wrong_option_is_refused_with_what_is_allowed(book: Book, ask: Ask, message: str):
    with pytest.raises(InputError) as caught:
        ask(book)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda b: b.aging(date(2025, 12, 31)),
            "as_of: 2025-12-31 is before the first document, which was posted on 2026-01-01.",
        ),
        (
            lambda b: b.aging(date(2026, 4, 30), company="East KK"),
            "as_of: 2026-04-30 is before the first document, which was posted on 2026-05-01.",
        ),
        (
            lambda b: b.profile("C0007", date(2020, 1, 1)),
            "as_of: 2020-01-01 is before the first document, which was posted on 2026-01-01.",
        ),
        (
            lambda b: b.aging(AS_OF, company="3"),
            "company: '3' is none of erp/1 (North Ltd), 2 (East KK), old/1 (Old GmbH).",
        ),
        (
            lambda b: b.aging(AS_OF, company="north ltd"),
            (
                "company: 'north ltd' is none of erp/1 (North Ltd), 2 (East KK), old/1 (Old GmbH). "
                "Did you mean 'North Ltd'?"
            ),
        ),
        (lambda b: b.items("C008", AS_OF), "customer: 'C008' is not known. Did you mean '8' (C0008, Birch)?"),
        (
            lambda b: b.profile("Zefyr", AS_OF),
            "customer: 'Zefyr' is not known. Did you mean '8' (Z/1, Zephyr)?",
        ),
        (lambda b: b.profile("nobody at all", AS_OF), "customer: 'nobody at all' is not known."),
        (lambda b: b.profile("", AS_OF), "customer: '' is not known."),
    ],
)
def test_a_question_without_an_answer_says_why(book: Book, ask: Ask, message: str):
    with pytest.raises(NoAnswerError) as caught:
        ask(book)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "ask",
    [
        lambda b: b.companies(),
        lambda b: b.aging(AS_OF),
        lambda b: b.items("7", AS_OF),
        lambda b: b.profile("7"),
        lambda b: b.portfolio("open"),
    ],
)
def test_an_empty_store_says_to_refresh_first(store: Store, ask: Ask):
    with pytest.raises(NoAnswerError) as caught:
        ask(Book(store, POLICY))
    assert str(caught.value) == "The store holds no ledger yet. Run `duebook refresh` first."


def test_an_empty_store_has_no_runs_and_no_quarantine(store: Store):
    book = Book(store, POLICY)
    assert (book.last_run(), book.status(), book.quarantine()) == (None, (), ())
