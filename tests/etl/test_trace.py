"""Every figure of a profile leads to its rule, its policy and its documents, which make the figure again."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from books import NORTH, Books, group_books, keep_used_policy
from duebook.errors import InputError, NoAnswerError
from duebook.fitted import Binned, Scorecard
from duebook.ledger import Leg
from duebook.policy import default_policy, default_text, parse_policy
from duebook_etl import schema
from duebook_etl.answers import Customer, Profile
from duebook_etl.book import Book
from duebook_etl.case import Case, read_case
from duebook_etl.dealings import Dealings, Document, Settling
from duebook_etl.profile import FIGURES, LEDGER_FIGURES, profiles
from duebook_etl.store import Store
from duebook_etl.trace import EXPLANATIONS, explained, trace
from ledgers import DAYS, FIRST, random_ledger, seeded_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from duebook_etl.trace import Trace
    from ledgers import Ledger

AS_OF = date(2026, 6, 30)
POLICY = default_policy()
FACTS = (
    ("C1", "credit limit", "12000.50"),
    ("C1", "industry", "machinery"),
    ("C1", "collateral", "3000"),
    ("C1", "insured limit", "5000"),
    ("C1", "disputed", "100.25"),
    ("C1", "orders", "77.77"),
    ("C1", "last rating", "2024-02-29"),
    ("C1", "last audit", "2024-03-31"),
    ("C2", "current ratio", "1.4"),
    ("C2", "net worth", "250000"),
    ("C2", "parent", "C1"),
    ("C2", "event", "2"),
    ("C2", "report changes", "1"),
    ("C2", "individual loss rate", "0.35"),
    ("C3", "insured limit", "3333.33"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as opened:
        yield opened


@pytest.fixture
def book(store: Store) -> Book:
    group_books().save(store, AS_OF)
    return Book(store, POLICY)


def random_book(store: Store, seed: int) -> Book:
    """Keep the books of a random ledger and a credit file."""
    books = Books()
    for company in ("0", "1"):
        books.company("erp", company, f"Company {company}", "EUR")
        for customer in ("C1", "C2", "C3"):
            books.customer(("erp", company), customer, customer, industry="Machinery")
    ledger = seeded_ledger(seed, 60)
    books.ledger("erp", ledger)
    books.save(store, FIRST + timedelta(DAYS))
    keep_facts(store, ("erp", "0"), FIRST)
    return Book(store, POLICY)


def keep_facts(store: Store, place: tuple[str, str], known_from: date) -> None:
    rows = [
        {"source": place[0], "company": place[1], "customer": customer, "name": name, "value": value}
        | {"known_from": known_from, "row": number, "told_by": "bank", "note": None}
        for number, (customer, name, value) in enumerate(FACTS, start=2)
    ]
    with store.write() as connection:
        connection.execute(insert(schema.credit_facts), rows)


def keep_profiles(store: Store, book: Book, day: date) -> None:
    """Keep what the run said of every customer, for later days to be held against."""
    rows = [
        row | {"run": 1} for each in book.companies() for row in book.measured(day, each).figures.to_pylist()
    ]
    with store.write() as connection:
        connection.execute(insert(schema.profiles), rows)


def check(case: Case, figure: str) -> Trace:
    """Make a figure again of nothing but what its trace lists, and hold it against the profile."""
    found = explained(case, figure)
    made, value = found.remade(case), getattr(case.profile, figure)
    where = (case.profile.customer.company, case.profile.customer.customer, case.as_of, figure)
    if figure == "alert_reasons" and value is not None:
        assert isinstance(made, str), where
        ours, theirs = json.loads(made), json.loads(value)
        assert ours.keys() == theirs.keys(), where
        for rule, (level, measure) in ours.items():
            assert theirs[rule] == [level, pytest.approx(measure)], where
    elif figure == "settled":
        assert isinstance(made, int | Fraction), where
        assert abs(made - value) <= Fraction(1, 2) + Fraction(1, 10**6), (
            where
        )  # the sum is rounded to the cent
    elif isinstance(value, float):
        assert isinstance(made, int | Fraction), where
        assert float(made) == pytest.approx(value, abs=1e-9), where
    else:
        assert made == value, where
    return found


def test_every_figure_of_a_profile_has_a_rule():
    assert list(EXPLANATIONS) == list(FIGURES)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_listed_makes_every_figure_again(store: Store, seed: int):
    book = random_book(store, seed)
    keep_profiles(store, book, FIRST + timedelta(DAYS))
    for days in (60 + 7 * seed, 230, DAYS + 90):
        for company in ("0", "1"):
            for customer in ("C1", "C2", "C3"):
                case = read_case(book, customer, FIRST + timedelta(days), company=company)
                for figure in FIGURES:
                    check(case, figure)


def cases(ledger: Ledger, day: date) -> Iterator[Case]:
    """Give the case of each customer of a random ledger, of the ledger alone."""
    items, legs = (
        table.append_column("source", pa.array(["erp"] * len(table), pa.string()))
        for table in ledger.tables()
    )
    posted = [row for row in ledger.items if row["posting_date"] <= day]
    effective = [leg for leg in ledger.legs if leg["effective_date"] <= day]
    for row in profiles(items, legs, as_of=day, policy=POLICY).to_pylist():
        customer = Customer("erp", row["company"], row["customer"], *[""] * 6)
        dealings = Dealings(
            [
                Document(
                    *(one[name] for name in ("item", "customer", "kind", "item")),
                    None,
                    *(one[name] for name in ("document_date", "posting_date", "due_date", "amount")),
                )
                for one in posted
                if one["company"] == row["company"]
            ],
            [
                Settling(
                    leg["allocation"],
                    Leg(leg["item"], leg["effective_date"], leg["amount"], leg["reversed_on"]),
                )
                for leg in effective
                if leg["company"] == row["company"]
            ],
            customer=row["customer"],
            as_of=day,
            policy=POLICY,
            own=POLICY,
        )
        figures = {name: row[name] for name in FIGURES}
        yield Case(Profile(customer, "EUR", day, **figures), POLICY, POLICY, dealings)


@settings(max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(0, 50), st.integers(0, DAYS + 400))
def test_on_any_day_the_documents_of_any_ledger_make_its_figures_again(seed: Random, size: int, day: int):
    for case in cases(random_ledger(seed, size), FIRST + timedelta(day)):
        for figure in LEDGER_FIGURES:
            check(case, figure)


def test_the_trace_of_days_late_names_invoice_receipt_and_share(book: Book):
    case = read_case(book, "7", company="North Ltd")
    found = check(case, "average_days_late")
    assert [key.name for key in found.keys] == ["behaviour.months"]
    assert [(part.document.document, part.counted, part.days, part.paid_by) for part in found.parts] == [
        ("D-s1", 600, 10, ("D-s3",)),
        ("D-a1", 10_000, 10, ("D-a1r",)),
        ("D-a2", 10_000, 40, ("D-a2r",)),
    ]


def test_a_figure_of_figures_is_traced_to_their_documents(book: Book):
    found = trace(book, "7", "DSO", company="North Ltd").trace
    assert [(depth, one.figure.name) for depth, one in found.walk()] == [
        (0, "dso"),
        (1, "open"),
        (1, "sales"),
    ]
    assert [(key.name, key.value) for key in found.keys] == [("turnover.days", 90)]
    assert found.parts == ()
    assert sum(part.counted for part in found.terms[0].parts) == found.terms[0].value == 11_751


def test_a_score_lists_its_factors_with_points_and_reasons(store: Store, book: Book):
    with store.write() as connection:
        connection.execute(
            insert(schema.credit_facts),
            [
                {"source": "erp", "company": "1", "customer": "7", "name": "current ratio", "value": "1.4"}
                | {"known_from": date(2026, 1, 5), "row": 9, "told_by": "annual report", "note": None}
            ],
        )
    case = read_case(book, "7", company="North Ltd")
    found = check(case, "score")
    lines = {line.name: line for line in found.lines}
    assert {"days late", "overdue share", "oldest overdue", "current ratio"} <= lines.keys()
    assert float(sum(line.counted or 0 for line in found.lines)) == pytest.approx(
        case.profile.score, abs=0.05
    )
    assert "Known from 2026-01-05; row 9 of the credit file: annual report." in lines["current ratio"].told.en
    assert {term.figure.name for term in found.terms} >= {"gross_overdue", "oldest_overdue_days"}
    assert {f"score.factor.{name}.weight" for name in lines} <= {key.name for key in found.keys}


def test_a_granted_limit_is_the_row_of_the_credit_file(store: Store, book: Book):
    keep_facts(store, NORTH, date(2026, 2, 1))
    rows = [
        {"source": "erp", "company": "1", "customer": "7", "name": "credit limit", "value": "500"}
        | {"known_from": date(2026, 3, 1), "row": 3, "told_by": None, "note": None}
    ]
    with store.write() as connection:
        connection.execute(insert(schema.credit_facts), rows)
    case = read_case(book, "7", company="North Ltd")
    assert (check(case, "credit_limit").value, check(case, "limit_method").value) == (50_000, "granted")
    (line,) = check(case, "limit_expires").lines
    assert line.told.en == "Known from 2026-03-01; row 3 of the credit file."
    before = read_case(book, "7", date(2026, 2, 15), company="North Ltd")
    assert check(before, "limit_expires").value is None
    after = read_case(book, "7", date(2027, 3, 2), company="North Ltd")
    assert (check(after, "credit_limit").value, check(after, "limit_method").value) == (50_000, "expired")


def test_a_limit_lists_the_alerts_that_step_it_down(store: Store, book: Book):
    before = read_case(book, "7", company="North Ltd")
    open_before = [one.rule for one in before.stepping]
    rows = [
        {"source": "erp", "company": "1", "customer": "7", "name": "event", "value": "2"}
        | {"known_from": date(2026, 3, 1), "row": 3, "told_by": None, "note": None}
    ]
    with store.write() as connection:
        connection.execute(insert(schema.credit_facts), rows)
    case = read_case(book, "7", company="North Ltd")
    found = check(case, "credit_limit")
    lines = {line.name: line for line in found.lines}
    assert lines["open alerts"].value == str(len(open_before) + 1)
    assert lines["event"].told.en == "2: red from 2 on."
    assert {"limit.step.down_each_alert", "alert.rule.event.red"} <= {key.name for key in found.keys}
    assert "limit breach" not in lines


def test_half_a_cent_that_is_insured_counts_as_a_cent(store: Store, book: Book):
    rows = [
        {"source": "erp", "company": "1", "customer": "7", "name": "insured limit", "value": "0.05"}
        | {"known_from": date(2026, 3, 1), "row": 3, "told_by": None, "note": None}
    ]
    with store.write() as connection:
        connection.execute(insert(schema.credit_facts), rows)
    case = read_case(book, "7", company="North Ltd")
    lines = check(case, "mitigants").lines
    assert [line.counted for line in lines] == [5]  # nine tenths of five cents are 4.5
    found = check(case, "uninsured")
    assert found.value == case.profile.exposure + case.profile.unapplied - 5
    assert sum(part.counted for part in found.parts) + sum(line.counted or 0 for line in found.lines) == (
        found.value
    )


def test_the_document_holds_nothing_but_texts_and_numbers(book: Book):
    for figure in FIGURES:
        document = trace(book, "7", figure, company="North Ltd").to_json()
        assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_a_past_day_is_traced_by_the_policy_of_that_day(store: Store):
    group_books().save(store, AS_OF)
    used = keep_used_policy(store, "2025-12-01", 60)
    later = Book(store, POLICY.model_copy(update={"valid_from": date(2026, 5, 1)}))
    found = trace(later, "7", "dso", date(2026, 4, 30), company="North Ltd")
    assert found.case.policy == used
    assert [(key.name, key.value) for key in found.trace.keys] == [("turnover.days", 60)]
    assert found.trace.terms[1].value == sum(part.counted for part in found.trace.terms[1].parts)
    now = trace(later, "7", "dso", AS_OF, company="North Ltd").trace
    assert [(key.name, key.value) for key in now.keys] == [("turnover.days", 90)]


MODEL = Scorecard(
    "late",
    (
        Binned("overdue items", (0.5, 1.5), (-1.0, 0.5, 1.5), 0.0),
        Binned("quiet days", (30.0,), (0.0, 1.0), 0.3),
    ),
    -2.0,
    lookback_days=180,
    fitted={"known_until": "2026-04-30"},
)


def test_a_fitted_model_is_named_with_its_reasons_and_foresees_no_day_that_it_knew(store: Store):
    group_books().save(store, AS_OF)
    book = Book(store, POLICY, lambda: MODEL)
    case = read_case(book, "7", company="North Ltd")
    assert check(case, "default_model").value == f"fitted model {MODEL.digest[:12]}"
    found = check(case, "default_probability")
    assert {line.name for line in found.lines} >= {"overdue items", "quiet days"}
    before = read_case(book, "7", date(2026, 4, 29), company="North Ltd")
    assert check(before, "default_model").value == "expert points"
    fixed = check(before, "default_probability")
    assert fixed.value != found.value
    points = {key.name for key in fixed.keys if key.name.startswith("default.points.")}
    assert {"default.points.no_history", "default.points.probabilities.1.points"} & points
    assert not any(key.name.startswith("default.points.") for key in found.keys)


def test_an_exception_of_the_policy_shows_in_what_it_decides(store: Store):
    group_books().save(store, AS_OF)
    text = (
        f"{default_text()}\n[[exception]]\nwhere = {{ company = ['1'] }}\ninterest = {{ grace_days = 55 }}\n"
    )
    excepted = parse_policy(text, where="own.toml")
    case = read_case(Book(store, excepted), "7", company="North Ltd")
    for figure in FIGURES:
        check(case, figure)
    found = check(case, "late_interest")
    assert ("interest.grace_days", 55) in [(key.name, key.value) for key in found.keys]
    assert [part.days for part in found.parts] == [5]  # 60 days late, 55 without interest
    assert found.value == 25  # 100.01 for 5 days at 0.05% a day
    plain = read_case(Book(store, POLICY), "7", company="North Ltd")
    assert check(plain, "late_interest").value > found.value


def test_an_unknown_figure_or_customer_is_refused(book: Book):
    with pytest.raises(InputError, match="figure: 'opened' is none of open, not_due"):
        trace(book, "7", "opened")
    with pytest.raises(NoAnswerError, match="customer: 'nobody' is not known"):
        trace(book, "nobody", "open")
