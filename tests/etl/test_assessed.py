"""Customers assessed from a store: one as all, on any day by what was known then, each by its own policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from books import EAST, NORTH, OTHER, Books, group_books
from duebook.default import ExpertPoints
from duebook.default_columns import expert_probabilities
from duebook.fitted import Binned, Scorecard
from duebook.ledger import Kind
from duebook.policy import default_policy, default_text, parse_policy
from duebook_etl import schema
from duebook_etl.book import Book
from duebook_etl.case import read_case
from duebook_etl.credit_file import Row, keep_facts
from duebook_etl.figures import ASSESSED, FIGURES
from duebook_etl.knowledge import Knowledge, knowledge
from duebook_etl.model.features import day_number, history, known
from duebook_etl.profile import CUSTOMER_KEY, profiles
from duebook_etl.store import Store
from ledgers import DAYS, FIRST, random_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from duebook.policy import Policy

AS_OF = date(2026, 6, 30)
NOW = datetime(2026, 7, 2)  # noqa: DTZ001 - the store keeps UTC without a zone
POLICY = default_policy()
EXCEPTIONS = parse_policy(
    default_text()
    + """
[[exception]]
where = { country = ["DE"] }
provision.no_date_rate = 0.5
provision.fixed_rates = [0.1, 0.2, 0.3]
aging.edges = [0, 45]

[[exception]]
where = { segment = ["key"] }
terms.industry = [{ name = "other", least_days = 55, most_days = 55 }]
""",
    where="own.toml",
)
FACTS = (
    ("1/7", "credit limit", "120", "2026-03-01"),
    ("1/7", "insured limit", "50", "2026-06-01"),
    ("1/7", "litigation", "major", "2026-06-01"),
    ("erp/1/8", "parent", "7", "2026-02-01"),
    ("erp/1/8", "segment", "key", "2026-01-01"),
    ("1/9", "credit limit", "75", "2026-06-30"),
    ("1/9", "orders", "30", "2026-06-30"),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as opened:
        group_books().save(opened, AS_OF)
        told = [
            Row(number, dict(zip(("customer", "name", "value", "known_from"), fact, strict=True)))
            for number, fact in enumerate(FACTS, start=2)
        ]
        assert keep_facts(opened, 1, told, policy=POLICY, shown="credit.csv").quarantined == 0
        yield opened


def keep_run(store: Store, run: int, as_of: date, policy: Policy = POLICY) -> None:
    """Keep what a run measured for a day."""
    book = Book(store, policy)
    rows = [
        row | {"run": run}
        for company in book.companies()
        for row in book.measured(as_of, company).figures.to_pylist()
    ]
    with store.write() as connection:
        head = {
            "run": run,
            "started": NOW,
            "as_of": as_of,
            "status": "ok",
            "trigger": "command",
            "policy": "p",
        }
        connection.execute(insert(schema.runs), head | {"policy_digest": policy.digest})
        connection.execute(insert(schema.profiles), rows)


@pytest.mark.parametrize("policy", [POLICY, EXCEPTIONS], ids=["standard", "exceptions"])
@pytest.mark.parametrize("day", [date(2026, 3, 10), date(2026, 5, 6), AS_OF, date(2027, 1, 31)])
def test_the_profile_of_one_is_its_row_among_all(store: Store, policy: Policy, day: date):
    book = Book(store, policy)
    every = [row for company in book.companies() for row in book.measured(day, company).figures.to_pylist()]
    for row in every:
        if not row["customer"]:
            continue
        key = "/".join(row[name] for name in CUSTOMER_KEY)
        profile = book.profile(key, day)
        for name in FIGURES:
            assert getattr(profile, name) == pytest.approx(row[name]), (key, name)


def test_on_a_past_day_the_facts_of_that_day_count(store: Store):
    book = Book(store, POLICY)
    days = (date(2026, 2, 28), date(2026, 3, 1), AS_OF)
    found = [book.profile("1/7", day) for day in days]
    assert [(one.credit_limit, one.limit_method) for one in found[1:]] == [(12_000, "granted")] * 2
    assert found[0].limit_method != "granted"
    assert found[1].limit_expires == date(2027, 3, 1)
    assert [one.group_head for one in found] == ["7", "7", "7"]
    assert book.profile("1/7", date(2026, 1, 31)).group_head is None
    # Open is 117.51 with credits of 32.50 and covered at nine tenths of 50.00 from June on.
    assert (found[2].exposure, found[2].mitigants, found[2].net_exposure) == (15_001, 7_750, 7_251)


def test_a_customer_of_whom_only_facts_are_known_is_assessed(store: Store):
    book = Book(store, POLICY)
    found = book.profile("1/9", AS_OF)
    assert (found.open, found.exposure, found.headroom, found.limit_use) == (0, 3_000, 4_500, 0.4)
    assert (found.score, found.terms_tier, found.default_probability) == (None, "guarantee", None)
    assert book.profile("1/9", date(2026, 6, 29)).credit_limit is None
    rows = book.measured(AS_OF, book.companies("North Ltd")[0]).figures["customer"].to_pylist()
    assert rows == ["", "7", "8", "9"]


def test_a_group_has_the_exposure_of_all_its_members(store: Store):
    book = Book(store, POLICY)
    parent, child = book.profile("1/7", AS_OF), book.profile("erp/1/8", AS_OF)
    assert parent.group_head == child.group_head == "7"
    assert parent.group_exposure == child.group_exposure == parent.net_exposure + child.net_exposure
    assert book.profile("old/1/8", AS_OF).group_head is None


def test_exceptions_of_the_policy_apply_to_those_they_are_for(store: Store):
    standard, own = Book(store, POLICY), Book(store, EXCEPTIONS)
    acme, birch = own.profile("1/7", AS_OF), own.profile("erp/1/8", AS_OF)
    # Acme is in Germany: 50.00 not due at a tenth, 100.01 of 60 days at 30%.
    assert acme.provision == 500 + 3_000
    assert standard.profile("1/7", AS_OF).provision == 15 + 360
    assert birch.provision == standard.profile("erp/1/8", AS_OF).provision == 1_081  # 102.00 at 10.6%
    # A key account gets terms of its own, though its industry is not in the policy.
    assert (birch.term_days, standard.profile("erp/1/8", AS_OF).term_days) == (55, 30)


def test_an_alert_is_held_against_the_last_profile_of_an_earlier_day(store: Store):
    book = Book(store, POLICY)
    before = book.profile("1/7", date(2026, 6, 9))
    assert "days late rise" not in {one.rule for one in before.reasons}
    keep_run(store, 2, date(2026, 5, 31))
    now = book.profile("1/7", AS_OF)
    alone = {one.rule: one.value for one in now.reasons}
    rise = alone["behaviour trend"]
    # 10 days late until the end of May; with the payment of 10 June, 40 days late, 24.56.
    assert float(rise) == pytest.approx(now.average_days_late - 10)
    # The same day measured again is held against that earlier day as before.
    keep_run(store, 3, AS_OF)
    assert book.profile("1/7", AS_OF).reasons == now.reasons
    assert [row for row in now.to_json()["alert_reasons"] if row["rule"] == "behaviour trend"] == [
        {
            "rule": "behaviour trend",
            "level": "amber",
            "value": float(rise),
            "en": "Pays later than before: 14.56 days: amber from 7 days on.",
            "zh": "付款行为恶化：14.56 天：达到黄色起点 7 天。",  # noqa: RUF001 - Chinese punctuation
        }
    ]


OF_LEDGER = {name for name in FIGURES if name not in {figure.name for figure in ASSESSED}}
BY_0003 = set(FIGURES) - {"uninsured", "provision_matrix", "provision_method"}


@pytest.mark.parametrize("names", [OF_LEDGER - {"gross_open"}, BY_0003], ids=["0002", "0003"])
def test_what_was_kept_before_customers_were_assessed_as_now_is_measured_anew(store: Store, names: set[str]):
    book = Book(store, POLICY)
    computed = book.profile("1/7", AS_OF)
    row = {name: getattr(computed, name) for name in sorted(names)} | {
        "run": 1,
        "as_of": AS_OF,
        "source": "erp",
        "company": "1",
        "customer": "7",
    }
    with store.write() as connection:
        connection.execute(insert(schema.profiles), row)
        connection.execute(schema.runs.update().values(policy_digest=POLICY.digest))
    assert book.profile("1/7", AS_OF) == computed


MODEL = Scorecard(
    "late",
    (
        Binned("overdue items", (0.5, 1.5), (-1.0, 0.5, 1.5), 0.0),
        Binned("quiet days", (30.0,), (0.0, 1.0), 0.3),
    ),
    -2.0,
    lookback_days=180,
    fitted={"known_until": "2026-06-01"},
)


@pytest.mark.parametrize("model", [None, MODEL])
@settings(max_examples=40)
@given(st.randoms(use_true_random=False), st.integers(1, 60), st.integers(0, DAYS + 100))
def test_the_probability_is_that_of_the_models_own_factors(
    model: Scorecard | None, seed: Random, size: int, day: int
):
    ledger = random_ledger(seed, size)
    items, legs = (
        table.append_column("source", pa.array(["erp"] * len(table), pa.string()))
        for table in ledger.tables()
    )
    as_of = FIRST + timedelta(day)
    days = 365 if model is None else model.lookback_days
    past = history(items, legs, last=FIRST + timedelta(2000))
    then = known(past.until(day_number(as_of)), day_number(as_of), lookback=days)
    keys = past.customers.take(then.customer).to_pylist()
    expected = {
        (row["company"], row["customer"]): MODEL.score(
            {
                name: None if column[place] != column[place] else float(column[place])
                for name, column in then.columns.items()
            }
        ).probability
        if model is not None
        else float(expert_probabilities(ExpertPoints.of(POLICY), then.columns)[place])
        for place, row in enumerate(keys)
    }
    places = {("erp", company): "EUR" for company in "01"}
    table = profiles(
        items, legs, as_of=as_of, policy=POLICY, knowledge=Knowledge(currencies=places, model=model)
    )
    known_ = table.filter(pc.is_valid(table["default_probability"]))
    found = {(row["company"], row["customer"]): row["default_probability"] for row in known_.to_pylist()}
    assert found == pytest.approx(expected)
    name = "expert points" if model is None else f"fitted model {model.digest[:12]}"
    assert set(known_["default_model"].to_pylist()) <= {name}


def test_a_customer_whose_invoices_were_only_credited_is_foreseen_for_as_long_as_they_are_looked_back_on():
    books = Books()
    books.company(*NORTH, "North", "EUR")
    books.item(NORTH, "1", "7", Kind.INVOICE, date(2026, 1, 1), date(2026, 1, 31), 100)
    books.item(NORTH, "2", "7", Kind.CREDIT_NOTE, date(2026, 1, 5), date(2026, 1, 5), -100)
    books.allocate(NORTH, "A", date(2026, 1, 5), [("1", 100), ("2", -100)])
    items, legs = books.items_frame(), books.allocations_frame()
    known_ = Knowledge(currencies={NORTH: "EUR"})
    found = [
        profiles(items, legs, as_of=day, policy=POLICY, knowledge=known_)["default_probability"].to_pylist()
        for day in (date(2026, 12, 31), date(2027, 1, 1))
    ]
    nothing_but_new = ExpertPoints.of(POLICY).score(
        {"overdue": 0.0, "oldest overdue": 0.0, "overdue share": 0.0}
    )
    assert found == [[nothing_but_new.probability], [None]]


def test_the_fixed_points_are_those_of_each_customers_policy(store: Store):
    text = default_text().replace("{ above = 30, points = 30 }", "{ above = 30, points = 33 }", 1)
    text += """
[[exception]]
where = { segment = ["key"] }
default.points.no_history = 90
default.points.overdue = [{ above = 0, points = 95 }]
"""
    own = parse_policy(text, where="ours.toml")
    shipped, changed = (Book(store, policy) for policy in (POLICY, own))
    points = {"erp/1/7": own, "erp/1/8": own.of(segment="key")}
    for customer, policy in points.items():
        case = read_case(changed, customer, AS_OF)
        probability = ExpertPoints.of(policy).score(case.factors).probability
        assert case.profile.default_probability == probability
        assert case.foreseen is not None
        assert case.foreseen.probability == probability
        assert probability > shipped.profile(customer, AS_OF).default_probability


def test_a_model_foresees_no_day_before_the_last_it_was_fitted_to(store: Store):
    book = Book(store, POLICY, lambda: MODEL)
    assert book.profile("1/7", AS_OF).default_model == f"fitted model {MODEL.digest[:12]}"
    assert book.profile("1/7", date(2026, 5, 31)).default_model == "expert points"


def test_without_knowledge_nobody_is_assessed_and_the_ledger_is_measured_all_the_same():
    books = group_books()
    table = profiles(books.items_frame(), books.allocations_frame(), as_of=AS_OF, policy=POLICY)
    assert {figure.name for figure in ASSESSED if table[figure.name].null_count < table.num_rows} == set()
    assert sum(table["open"].to_pylist()) == 11_751 + 1_200 - 77 + 500_001 + 4_400


def test_the_knowledge_of_a_customer_is_its_part_of_what_is_known_of_all(store: Store):
    keep_run(store, 2, date(2026, 5, 31))
    companies = Book(store, POLICY).companies()
    every = knowledge(store, companies, AS_OF)
    assert set(every.said) > {(*NORTH, "7"), (*EAST, "7"), (*OTHER, "8")}
    assert every.portfolio == {NORTH: 12_874, EAST: 500_001, OTHER: 4_400}
    for key in every.described:
        own = knowledge(store, companies, AS_OF, customers=[key])
        assert own == replace(
            every,
            described={k: v for k, v in every.described.items() if k == key},
            facts={k: v for k, v in every.facts.items() if k == key},
            said={k: v for k, v in every.said.items() if k == key},
        )
