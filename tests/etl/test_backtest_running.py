"""A backtest over a store: which policies, which days, which companies, and what is said of a wrong one."""

# ruff: noqa: E501 - a case a line
from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from books import EAST, NORTH, Books
from duebook.errors import DuebookError, InputError, NoAnswerError, OutOfRangeError
from duebook.policy import default_policy, default_text, parse_policy
from duebook.release import Verdict
from duebook_etl import policies, schema
from duebook_etl.backtest.report import CREDIT
from duebook_etl.backtest.running import Named, backtest, kept_policy
from duebook_etl.book import Book
from duebook_etl.store import Store
from ledgers import FIRST
from replays import document, trading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duebook.policy import Policy
    from duebook_etl.backtest.report import Backtest

LAST = FIRST + timedelta(420)


def named(policy: Policy, asked: str = "current") -> Named:
    return Named(asked, policy)


def own(text: str, *changes: tuple[str, str]) -> Policy:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return parse_policy(text, where="own.toml")


BOLD = own(
    default_text(),
    ('name = "standard-2025-11"', 'name = "bold"'),
    ("first_share = 0.2 ", "first_share = 0.9 "),
    ("stops_orders = true", "stops_orders = false"),
)


def books() -> Books:
    """Return two companies with different currencies that trade with customers of the same ids."""
    found = Books()
    found.company(*NORTH, "North Ltd", "EUR")
    found.company(*EAST, "East KK", "JPY")
    for place, seed in ((NORTH, 1), (EAST, 2)):
        ledger = trading(Random(seed))  # noqa: S311 - nothing secret about it
        for customer in sorted({row["customer"] for row in ledger.items}):
            found.customer(
                place, customer, f"Customer {customer} of {place[1]}", code=f"K{customer}", country="DE"
            )
        head = {"source": place[0], "company": place[1]}
        more = {"reference": None, "remaining": None}
        found.items += [row | head | more | {"document": document(row)} for row in ledger.items]
        found.allocations += [leg | head for leg in ledger.legs]
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", create=True) as opened:
        books().save(opened, LAST)
        yield opened


def run(store: Store, new: Policy = BOLD, **asked: Any) -> Backtest:  # noqa: ANN401 - any of its options
    book = Book(store, default_policy())
    return backtest(
        store,
        book,
        new=named(new, "bold.toml"),
        current=named(default_policy()),
        **({"first": FIRST, "turnover_factor": Decimal(20)} | asked),
    )


def test_companies_stand_by_themselves_in_their_own_currency(store: Store) -> None:
    found = run(store)
    document_ = found.to_json()

    assert [(each.company.name, each.company.currency) for each in found.companies] == [
        ("North Ltd", "EUR"),
        ("East KK", "JPY"),
    ]
    assert (document_["from"], document_["until"]) == (FIRST.isoformat(), LAST.isoformat())
    north, east = document_["companies"]  # type: ignore[misc]
    allowed = found.companies[0].new.of(CREDIT)
    assert north["new"]["allowed"]["sales"] == f"{allowed.sales / 100:.2f}"
    assert "." not in east["new"]["allowed"]["sales"]  # yen have no hundredths
    assert north["decided_differently"] == [
        row for row in north["decided_differently"] if row["name"].endswith("of 1")
    ]
    assert north["decided_differently"]
    assert run(store, company="2").companies[0].to_json() == east


def test_a_company_without_documents_is_passed_over(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", create=True) as store:
        found = books()
        found.company("erp", "3", "Empty AG", "CHF")
        found.save(store, LAST)
        assert [each.company.company for each in run(store).companies] == ["1", "2"]
        with pytest.raises(NoAnswerError):
            run(store, company="3")


def test_a_policy_that_lets_more_through(store: Store) -> None:
    for company in run(store).companies:
        assert company.new.of(CREDIT).sales > company.current.of(CREDIT).sales
        for row in company.customers.to_pylist():
            parts = [row[f"new_{name}"] for name in ("allowed", "prepaid", "stopped")]
            assert sum(parts) == row["ordered"]
            assert row["code"] == f"K{row['customer']}"


def test_what_is_after_the_last_day_is_not_there(store: Store) -> None:
    until = FIRST + timedelta(200)
    orders = [row["day"] for each in run(store, until=until).companies for row in each.differing.to_pylist()]
    assert orders
    assert max(orders) <= until


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"first": date(2025, 1, 2), "until": date(2025, 1, 1)}, OutOfRangeError, "from: 2025-01-02 is after 2025-01-01, the last day."),
        ({"until": LAST + timedelta(1)}, OutOfRangeError, f"until: {LAST + timedelta(1)} is after the last refresh, which was as of {LAST}."),
        ({"first": date(2020, 1, 1), "until": date(2020, 12, 31)}, NoAnswerError, "No invoice to a customer was posted from 2020-01-01 to 2020-12-31."),
        ({"turnover_factor": Decimal(0)}, OutOfRangeError, "turnover_factor: 0 is none; above 0 and at most 1,000,000 is allowed."),
        ({"company": "9"}, NoAnswerError, "company: '9' is none of 1 (North Ltd), 2 (East KK)."),
    ],
)  # fmt: skip
def test_what_is_said_of_a_wrong_question(
    store: Store, asked: dict[str, object], error: type[DuebookError], message: str
) -> None:
    with pytest.raises(error) as raised:
        run(store, **asked)
    assert raised.value.message == message


def test_limits_of_balance_sheets_are_said_not_to_have_been_tried(store: Store) -> None:
    line = next(line for line in default_text().splitlines() if line.startswith("methods = "))
    blind = own(default_text(), (line, 'methods = ["net worth"]'))
    found = run(store, blind)
    assert (found.new.blind, found.current.blind) == (True, False)
    assert found.to_json()["new"]["limits_known"] is False  # type: ignore[index]


def test_the_credit_file_counts_from_the_day_it_is_known(store: Store) -> None:
    known = FIRST + timedelta(150)
    asked: dict[str, Any] = {"company": "1"}
    whole, earlier = run(store, **asked), run(store, **asked, until=known - timedelta(1))
    row = {"source": NORTH[0], "company": NORTH[1], "name": "net worth", "value": "-5", "row": 2}
    people = whole.companies[0].customers["customer"].to_pylist()
    facts = [row | {"customer": each, "known_from": known} for each in people]
    late = row | {"customer": people[0], "known_from": LAST + timedelta(1), "value": "1"}
    with store.write() as connection:
        connection.execute(insert(schema.credit_facts), [*facts, late])

    after = run(store, **asked).companies[0].new.by_verdict

    # Who owes more than it has gets no limit before a person looks at it, so fewer are over theirs.
    before = whole.companies[0].new.by_verdict
    assert 0 <= after[Verdict.OVER_LIMIT].orders < before[Verdict.OVER_LIMIT].orders
    assert run(store, **asked, until=known - timedelta(1)).to_json() == earlier.to_json()


def test_a_kept_policy_by_name_and_by_digest(store: Store) -> None:
    with store.write() as connection:
        policies.keep(connection, BOLD)
        connection.exec_driver_sql("UPDATE runs SET policy_digest = ?", (BOLD.digest,))

    assert kept_policy(store, "bold").digest == BOLD.digest
    assert kept_policy(store, BOLD.digest[:8].upper()).digest == BOLD.digest
    with pytest.raises(InputError) as raised:
        kept_policy(store, "bald")
    assert raised.value.message == "policy: 'bald' is no file, and no policy that a run used."
    assert raised.value.hint == "Give a file, 'current', 'default', or one of bold."
    with pytest.raises(InputError):
        kept_policy(store, BOLD.digest[:3])  # too short to mean one


def test_a_name_of_two_kept_policies_is_refused(store: Store) -> None:
    other = own(BOLD.text, ("days = 90", "days = 60"), ('version = "1"', 'version = "2"'))
    with store.write() as connection:
        policies.keep(connection, BOLD)
        policies.keep(connection, other)
        connection.exec_driver_sql("UPDATE runs SET policy_digest = ?", (BOLD.digest,))
        connection.exec_driver_sql(
            "INSERT INTO runs (run, started, as_of, status, trigger, policy, policy_digest) "
            "SELECT 2, started, as_of, status, trigger, policy, ? FROM runs",
            (other.digest,),
        )
    with pytest.raises(InputError) as raised:
        kept_policy(store, "bold")
    assert raised.value.message == "policy: 'bold' means 2 policies."
    assert other.digest[:12] in str(raised.value.hint)
    assert "version 2" in str(raised.value.hint)


def test_a_store_that_was_never_filled(tmp_path: Path) -> None:
    empty = Store.open(f"sqlite:///{tmp_path / 'empty.db'}", create=True)
    with empty, pytest.raises(NoAnswerError) as raised:
        run(empty)
    assert raised.value.hint == "Run `duebook refresh` first."
