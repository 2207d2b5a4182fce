"""The assessment of customers: every column is what its scalar rule says of the row, for any customers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_DOWN, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.alert_columns import levels_before, told
from duebook.alerts import Watched, alarm, before_limit, measures
from duebook.assessment import COLLECTIVE, GRANTED_ON, OWN_LOSS, Before, Customers, assess, group_exposures
from duebook.calendar import add_months
from duebook.dunning import stage
from duebook.errors import DuebookError
from duebook.exposure import Part, exposure, groups
from duebook.grading import grade
from duebook.insurance import insured_part
from duebook.interest import interest
from duebook.limit_inputs import Inputs
from duebook.limit_methods import limit
from duebook.policy import default_policy, default_text, parse_policy
from duebook.provision import assess as provide
from duebook.provision import expected_loss, loss_rates
from duebook.reviews import reviews_due
from duebook.scorecard import score
from duebook.terms import terms_for

if TYPE_CHECKING:
    from random import Random

    from hypothesis.strategies import DrawFn

    from duebook.policy import Policy

    Row = dict[str, Any]

AS_OF = date(2026, 6, 30)
POLICY = default_policy()
STEPLESS = parse_policy(
    default_text()
    .replace("rounding_step = 1000", "rounding_step = 0", 1)
    .replace("floor = 0 ", "floor = 500 ", 1)
    .replace("grace_days = 0", "grace_days = 10", 1)
    .replace('"open", "orders",', '"open",', 1)
    .replace("forward_factor = 1 ", "forward_factor = 1.7 ", 1),
    where="own.toml",
)
PORTFOLIO = 50_000_000
HISTORY = ((700, 300, 190, 110, 90), (800, 310, 111, 97, 77), (750, 333, 123, 61, 31))
RATES = loss_rates([[Decimal(amount) for amount in month] for month in HISTORY])
"""Loss rates with all the digits that a mean of roll rates has."""
HALF = Decimal("0.5")
NAN = float("nan")
AMOUNTS = ("insured limit", "collateral", "orders", "unbilled", "bills", "disputed")
money = st.integers(0, 10_000_000)
facts_of = st.fixed_dictionaries(
    {},
    optional={
        "credit limit": st.integers(0, 90_000).map(Decimal),
        **{name: st.integers(0, 9_000_000).map(lambda cents: Decimal(cents) / 100) for name in AMOUNTS},
        OWN_LOSS: st.sampled_from([*map(Decimal, ("0", "0.3333", "1")), COLLECTIVE]),
        "litigation": st.sampled_from(["none", "major", "insolvency"]),
        "current ratio": st.integers(0, 30).map(lambda tenths: Decimal(tenths) / 10),
        "cash ratio": st.integers(0, 30).map(lambda tenths: Decimal(tenths) / 10),
        "net worth": st.integers(-100, 100_000).map(Decimal),
        "working capital": st.integers(0, 100_000).map(Decimal),
        "good record": st.sampled_from(["yes", "no"]),
        "sales": st.integers(0, 900_000).map(Decimal),
        "report changes": st.integers(0, 4).map(Decimal),
        "event": st.integers(0, 2).map(Decimal),
        "disputed since": st.integers(0, 100).map(lambda days: AS_OF - timedelta(days)),
        "last rating": st.integers(0, 900).map(lambda days: AS_OF - timedelta(days)),
        "last audit": st.integers(0, 900).map(lambda days: AS_OF - timedelta(days)),
        "industry": st.sampled_from(["retail", "机械", "unheard of"]),
    },
)


@st.composite
def rows(draw: DrawFn) -> Row:
    """Return what the ledger and the credit file say of one customer."""
    months = draw(st.none() | st.integers(0, 80))
    gross = draw(money) if months is not None else 0
    overdue = draw(st.integers(0, gross))
    late = draw(st.integers(1, 120)) if overdue else None
    unapplied = -draw(st.integers(0, 100_000)) if months is not None else 0
    other = draw(st.integers(0, 100_000)) if months is not None else 0
    parts = sorted(draw(st.lists(st.integers(0, gross), min_size=5, max_size=5)))
    facts = draw(facts_of)
    if "credit limit" in facts:
        facts[GRANTED_ON] = AS_OF - timedelta(draw(st.integers(0, 500)))
    return {
        "months": months,
        "gross_open": gross,
        "gross_overdue": overdue,
        "open": gross + unapplied - other,
        "unapplied": unapplied,
        "oldest_overdue": late,
        "first_due": late if late is not None else draw(st.integers(-60, 0)) if gross else None,
        "buckets": [high - low for low, high in zip([0, *parts], [*parts, gross], strict=True)],
        "annual_sales": draw(st.integers(-1_000, 99_000_000)) if months is not None else 0,
        "days_late": draw(st.none() | st.integers(-60, 200).map(lambda quarters: quarters / 4)),
        "pay_index": draw(st.none() | st.integers(0, 100).map(float)),
        "dso": draw(st.none() | st.integers(0, 2000).map(lambda tenths: tenths / 10)),
        "probability": draw(st.none() | st.integers(0, 1000).map(lambda mills: mills / 1000)),
        "erp_industry": draw(st.sampled_from(["", "Retail", "制造业", "Steel"])),
        "facts": facts,
        "before": draw(st.none() | befores()),
    }


def befores() -> st.SearchStrategy[Row]:
    """Return what was said of a customer before; shares of then have few decimals."""
    return st.fixed_dictionaries(
        {
            "gross_open": st.just(1000),
            "gross_overdue": st.integers(0, 1000),
            "days_late": st.integers(-60, 200).map(lambda quarters: quarters / 4),
            "score": st.integers(0, 1000).map(lambda tenths: tenths / 10),
            "grade": st.sampled_from([*POLICY.grade.names, None]),
            "cover": st.none() | st.integers(0, 50_000).map(Decimal),
            "fired": st.sampled_from(
                [
                    None,
                    '{"overdue share": ["amber", 0.2], "limit breach": ["red", 2.0]}',
                    '{"event": ["red", 2.0]}',
                ]
            ),
        }
    )


def columns(found: list[Row], policy: Policy) -> Customers:
    def floats(name: str) -> np.ndarray[Any, Any]:
        return np.array([NAN if row[name] is None else float(row[name]) for row in found])

    def whole(name: str) -> np.ndarray[Any, Any]:
        return np.array([row[name] for row in found], dtype=np.int64)

    befores_ = [row["before"] for row in found]

    def was(name: str) -> np.ndarray[Any, Any]:
        return np.array([NAN if one is None or one[name] is None else float(one[name]) for one in befores_])

    return Customers(
        named=np.ones(len(found), dtype=bool),
        open=whole("open"),
        unapplied=whole("unapplied"),
        gross_open=whole("gross_open"),
        gross_overdue=whole("gross_overdue"),
        annual_sales=whole("annual_sales"),
        oldest_overdue=floats("oldest_overdue"),
        first_due=floats("first_due"),
        days_late=floats("days_late"),
        pay_index=floats("pay_index"),
        dso=floats("dso"),
        months=floats("months"),
        probability=floats("probability"),
        buckets=np.array([row["buckets"] for row in found], dtype=np.int64).reshape(len(found), 6),
        late_amount_days=np.array([late_amount_days(row, policy) for row in found], dtype=np.int64),
        industry=[row["erp_industry"] for row in found],
        facts=[row["facts"] for row in found],
        before=None
        if not any(befores_)
        else Before(
            gross_open=was("gross_open"),
            gross_overdue=was("gross_overdue"),
            days_late=was("days_late"),
            score=was("score"),
            grade=[None if one is None else one["grade"] for one in befores_],
            cover=was("cover"),
            levels=[levels_before(None if one is None else one["fired"]) for one in befores_],
        ),
    )


def late_amount_days(row: Row, policy: Policy) -> int:
    """Return what all that is overdue, as one item, comes to."""
    late = max(0, (row["oldest_overdue"] or 0) - policy.interest.grace_days)
    return int(row["gross_overdue"] * late)


def minor(amount: Decimal) -> int:
    return int((amount * 100 + HALF) // 1)


def scalar(row: Row, policy: Policy, rates: tuple[Decimal, ...] | None) -> Row:
    """Return the figures of one customer by the scalar rules alone."""
    facts = row["facts"]
    industry = facts.get("industry", row["erp_industry"])
    industry = industry if industry and policy.find_industry(industry) else ""
    dealings = row["months"] is not None
    gross, overdue = Decimal(row["gross_open"]) / 100, Decimal(row["gross_overdue"]) / 100
    share = (overdue / gross if gross else Decimal(0)) if dealings else None
    oldest = Decimal(row["oldest_overdue"] or 0) if dealings else None
    found: Row = scored(row, policy, share, oldest, industry)
    terms = terms_for(industry or "other", found["grade"] or "new", policy)
    found |= {"term_days": terms.days, "terms_tier": terms.tier}
    found |= exposed(row, policy)
    watched = looked_at(row, found, share)
    levels = levels_before(None if row["before"] is None else row["before"]["fired"])
    alerts = len(before_limit(watched, policy, levels).fired)
    found |= limited(row, policy, found, industry, alerts)
    amount, net = found["credit_limit"], found["net_exposure"]
    found["headroom"] = None if amount is None else amount - net
    found["over_limit"] = None if amount is None else net > amount
    limit_ = None if amount is None else Decimal(amount)
    watched |= measures(Watched(limit=limit_, exposure=Decimal(net)))
    alert = alarm(watched, policy, before=levels)
    worst = [rule.name for rule in policy.alert.rule if alert.levels.get(rule.name) == alert.level]
    found["alert"] = alert.level.value
    found["alert_rule"] = worst[0] if alert.fired else None
    found["fired"] = {one.rule: one.level for one in alert.fired}
    found |= provided(row, policy, rates)
    found["late_interest"] = minor(owed(row, policy))
    late = row["first_due"]
    found["dunning_stage"] = None if late is None else stage(AS_OF - timedelta(late), AS_OF, policy).name
    last = {name: facts[f"last {name}"] for name in ("rating", "audit") if f"last {name}" in facts}
    found["review_due"] = reviews_due(last, AS_OF, policy)[0].by if last else None
    return found


def looked_at(row: Row, found: Row, share: Decimal | None) -> dict[str, Decimal]:
    """Return what alerts look at, before there is a limit."""
    facts = row["facts"]
    now = Watched(
        open=Decimal(row["gross_open"]) / 100,
        overdue=None if share is None else Decimal(row["gross_overdue"]) / 100,
        disputed=facts.get("disputed"),
        oldest_overdue=None if share is None else Decimal(row["oldest_overdue"] or 0),
        oldest_dispute=Decimal((AS_OF - facts["disputed since"]).days) if "disputed since" in facts else None,
        days_late=exact(row["days_late"]),
        score=exact(found["score"]),
        grade=rank(found["grade"], POLICY),
        cover=facts.get("insured limit"),
        portfolio=Decimal(PORTFOLIO) / 100,
        dso=exact(row["dso"]),
        probability_of_default=exact(row["probability"]),
        report_changes=facts.get("report changes"),
        event=facts.get("event"),
    )
    was = row["before"]
    earlier = None
    if was is not None:
        earlier = Watched(
            open=Decimal(was["gross_open"]),
            overdue=Decimal(was["gross_overdue"]),
            days_late=exact(was["days_late"]),
            score=exact(was["score"]),
            grade=rank(was["grade"], POLICY),
            cover=was["cover"],
        )
    found_ = measures(now, earlier)
    found_["concentration"] = Decimal(max(0, row["open"])) / PORTFOLIO  # both with all credits
    return found_


def provided(row: Row, policy: Policy, rates: tuple[Decimal, ...] | None) -> Row:
    """Return both provisions and the way; what has no due date is a bucket of its own, moved by nothing."""
    rules, own = policy.provision, row["facts"].get(OWN_LOSS)
    *dated, without = [Decimal(amount) / 100 for amount in row["buckets"]]
    if isinstance(own, Decimal):
        found = provide({"it": [*dated, without]}, [Decimal(0)] * len(row["buckets"]), individual={"it": own})
        loss = minor(found.by_customer["it"])
        return {"provision": loss, "provision_matrix": loss, "provision_method": "individual"}
    rest = without * rules.no_date_rate
    by_matrix = None if row["gross_open"] else 0
    if rates is not None:
        matrix = expected_loss(dated, rates, forward_factor=rules.forward_factor)
        by_matrix = minor(matrix.total.loss + rest)
    return {
        "provision": minor(expected_loss(dated, rules.fixed_rates).total.loss + rest),
        "provision_matrix": by_matrix,
        "provision_method": "fixed" if rates is None else "matrix",
    }


def exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(value))


def rank(name: str | None, policy: Policy) -> Decimal | None:
    return None if name is None else Decimal(policy.grade.names.index(name))


def owed(row: Row, policy: Policy) -> Decimal:
    """Return the interest of what is overdue, all of it as old as the oldest, after the days of grace."""
    if row["oldest_overdue"] is None:
        return Decimal(0)
    rules = policy.interest
    due = AS_OF - timedelta(row["oldest_overdue"] - rules.grace_days)
    return interest(
        Decimal(row["gross_overdue"]) / 100, due, AS_OF, rules.daily_rate * rules.basis, basis=rules.basis
    )


def scored(row: Row, policy: Policy, share: Decimal | None, oldest: Decimal | None, industry: str) -> Row:
    facts, months = row["facts"], row["months"]
    inputs = {
        "pay index": exact(row["pay_index"]),
        "days late": exact(row["days_late"]),
        "overdue share": share,
        "oldest overdue": oldest,
        "years of cooperation": None if months is None else Decimal(months) / 12,
        "industry": industry or None,
        **{name: facts[name] for name in ("litigation", "current ratio", "cash ratio") if name in facts},
    }
    try:
        one = score(inputs.items(), policy)
    except DuebookError:
        return {"score": None, "grade": None, "confidence": None}
    return {
        "score": float(one.score),
        "grade": grade(one.score, policy).name,
        "confidence": float(one.confidence),
    }


def limited(row: Row, policy: Policy, found: Row, industry: str, alerts: int) -> Row:
    facts, months = row["facts"], row["months"]
    if "credit limit" in facts:
        until = add_months(facts[GRANTED_ON], policy.limit.valid_months)
        return {
            "credit_limit": minor(facts["credit limit"]),
            "limit_method": "granted" if until >= AS_OF else "expired",
            "limit_expires": until,
        }
    good = row["days_late"] is not None and row["days_late"] <= 0 and row["gross_overdue"] == 0
    inputs: dict[str, Decimal | str] = {"term days": Decimal(found["term_days"])}
    inputs["open alerts"] = Decimal(alerts)
    if row["annual_sales"] > 0:
        inputs["sales"] = Decimal(row["annual_sales"]) / 100
    if months is not None:
        inputs |= {"months of business": Decimal(months), "years of business": Decimal(months // 12)}
        inputs["good record"] = "yes" if good else "no"
    if row["probability"] is not None:
        inputs["probability of default"] = Decimal(repr(row["probability"]))
    if found["grade"]:
        inputs["grade"] = found["grade"]
    if industry:
        inputs["industry"] = industry
    named = ("net worth", "working capital", "good record", "sales", "insured limit")
    inputs |= {name: facts[name] for name in named if name in facts}
    try:
        decision = limit("policy", Inputs(list(inputs.items()), policy))
    except DuebookError:
        return {"credit_limit": None, "limit_method": None, "limit_expires": None}
    return {
        "credit_limit": minor(decision.amount),
        "limit_method": decision.bound_by,
        "limit_expires": None,
    }


def exposed(row: Row, policy: Policy) -> Row:
    facts = row["facts"]
    parts = {
        Part.OPEN: Decimal(row["open"] - row["unapplied"]),
        Part.UNAPPLIED: Decimal(-row["unapplied"]),
        **{
            Part(name): facts[name] * 100
            for name in ("orders", "unbilled", "bills", "collateral")
            if name in facts
        },
    }
    include = frozenset(map(Part, policy.exposure.include))
    disputed = facts.get("disputed", Decimal(0)) * 100
    left = exposure(parts, include=include).net
    covered = min(facts.get("insured limit", Decimal(0)) * 100, max(Decimal(0), left - disputed))
    insured = Decimal((covered * policy.insurance.insured_share + HALF) // 1)
    one = exposure(parts | {Part.INSURED: insured}, disputed=disputed, include=include)
    owed = exposure({p: a for p, a in parts.items() if p is not Part.COLLATERAL}, include=include).net
    _, uninsured = insured_part(
        max(Decimal(0), owed),
        facts.get("insured limit", Decimal(0)) * 100,
        policy.insurance.insured_share,
        disputed=disputed,
    )
    return {
        "exposure": int(one.gross),
        "mitigants": int(one.mitigants),
        "net_exposure": int(one.net),
        "uninsured": int(uninsured.to_integral_value(ROUND_HALF_DOWN)),  # what is insured goes half up
    }


@pytest.mark.parametrize("policy", [POLICY, STEPLESS], ids=["standard", "own"])
@settings(max_examples=150)
@given(st.lists(rows(), min_size=1, max_size=8), st.sampled_from([None, RATES]))
def test_each_column_is_what_the_scalar_rules_say_of_its_row(
    policy: Policy, found: list[Row], rates: tuple[Decimal, ...] | None
):
    table = assess(
        columns(found, policy),
        policy,
        as_of=AS_OF,
        currency="EUR",
        portfolio=PORTFOLIO,
        loss_rates=rates,
    )
    for row, answer in zip(found, table.to_pylist(), strict=True):
        expected = scalar(row, policy, rates)
        fired = expected.pop("fired")
        assert levels_before(answer["alert_reasons"]) == fired
        assert {name: answer[name] for name in expected} == expected


@settings(max_examples=50)
@given(st.lists(rows(), min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_a_customers_assessment_does_not_depend_on_the_others(found: list[Row], seed: Random):
    def assessed(some: list[Row]) -> list[Row]:
        table = assess(columns(some, POLICY), POLICY, as_of=AS_OF, currency="EUR", portfolio=PORTFOLIO)
        return list(table.to_pylist())

    every = assessed(found)
    order = list(range(len(found)))
    seed.shuffle(order)
    assert assessed([found[place] for place in order]) == [every[place] for place in order]
    assert assessed(found[:1]) == every[:1]


CALM: Row = {
    "months": 30,
    "gross_open": 1_000_00,
    "gross_overdue": 0,
    "open": 1_000_00,
    "unapplied": 0,
    "oldest_overdue": None,
    "first_due": -5,
    "buckets": [1_000_00, 0, 0, 0, 0, 0],
    "annual_sales": 36_000_00,
    "days_late": -1.0,
    "pay_index": 82.0,
    "dso": 10.0,
    "probability": 0.02,
    "erp_industry": "retail",
    "facts": {},
    "before": None,
}


def one(policy: Policy = POLICY, currency: str = "EUR", **changes: object) -> Row:
    answer = assess(columns([CALM | changes], policy), policy, as_of=AS_OF, currency=currency)
    return dict(answer.to_pylist()[0])


def test_without_a_granted_limit_the_customer_gets_what_it_needs_more_for_each_good_year():
    # 36,000 a year at 45 days (retail, flexible) are 4,500; two good years make it a fifth more: 5,400.
    found = one()
    assert (found["grade"], found["term_days"]) == ("A", 45)
    assert (found["credit_limit"], found["limit_method"], found["limit_expires"]) == (5_000_00, "need", None)
    assert one(STEPLESS)["credit_limit"] == 5_400_00
    assert one(STEPLESS, annual_sales=3_000_00)["credit_limit"] == 500_00
    assert one(STEPLESS, annual_sales=3_000_00)["limit_method"] == "floor"


def test_a_good_record_is_to_have_paid_on_time_on_average_and_to_owe_nothing_overdue():
    assert one(STEPLESS, days_late=0.0)["credit_limit"] == 5_400_00
    assert one(STEPLESS, days_late=0.25)["credit_limit"] == 4_500_00
    assert one(STEPLESS, days_late=None)["credit_limit"] == 4_500_00
    # A cent that is overdue costs no grade, but the record.
    overdue = one(STEPLESS, gross_overdue=1, oldest_overdue=1, first_due=1)
    assert (overdue["grade"], overdue["credit_limit"]) == ("A", 4_500_00)


def test_no_sales_give_no_limit_rather_than_a_limit_of_nothing():
    found = one(annual_sales=0)
    assert (found["credit_limit"], found["limit_method"], found["headroom"]) == (None, None, None)
    assert (found["limit_use"], found["over_limit"]) == (None, None)


def test_a_granted_limit_holds_for_the_months_of_the_policy_and_may_be_exceeded():
    facts = {"credit limit": Decimal(800), GRANTED_ON: date(2026, 1, 31)}
    found = one(facts=facts)
    assert (found["credit_limit"], found["limit_method"]) == (800_00, "granted")
    assert found["limit_expires"] == date(2027, 1, 31)
    assert (found["headroom"], found["limit_use"], found["over_limit"]) == (-200_00, 1.25, True)
    assert (found["alert"], found["alert_rule"]) == ("red", "limit breach")


def test_a_granted_limit_says_from_the_day_after_its_last_that_it_has_expired():
    days = (date(2025, 6, 30), date(2025, 6, 29))
    last, late = (one(facts={"credit limit": Decimal(800), GRANTED_ON: day}) for day in days)
    assert (last["limit_method"], last["limit_expires"]) == ("granted", AS_OF)
    assert (late["limit_method"], late["limit_expires"]) == ("expired", date(2026, 6, 29))
    assert last["credit_limit"] == late["credit_limit"] == 800_00


def test_a_negative_net_worth_carries_no_limit():
    assert one(facts={"net worth": Decimal(-5)})["credit_limit"] is None


def test_contradictory_facts_give_no_score_and_the_terms_of_a_new_customer():
    found = one(facts={"cash ratio": Decimal(2), "current ratio": Decimal(1)})
    assert (found["score"], found["grade"], found["confidence"]) == (None, None, None)
    assert found["terms_tier"] == "guarantee"


def test_of_what_is_insured_the_policys_share_counts():
    found = one(facts={"insured limit": Decimal(600)})
    assert (found["exposure"], found["mitigants"], found["net_exposure"]) == (1_000_00, 540_00, 460_00)


def test_amounts_of_facts_have_the_decimals_of_the_currency():
    assert one(currency="JPY", facts={"orders": Decimal(500)})["exposure"] == 1_000_00 + 500


def test_an_alert_is_left_only_once_the_measure_has_come_back():
    overdue = {"gross_overdue": 180_00, "oldest_overdue": 1, "first_due": 1}
    assert one(**overdue)["alert"] == "green"
    before = {
        "gross_open": None,
        "gross_overdue": None,
        "days_late": None,
        "score": None,
        "grade": None,
        "cover": None,
        "fired": '{"overdue share": ["amber", 0.2]}',
    }
    held = one(**overdue, before=before)
    assert (held["alert"], held["alert_rule"]) == ("amber", "overdue share")
    assert one(**overdue | {"gross_overdue": 150_00}, before=before)["alert"] == "green"
    assert one(**overdue | {"gross_overdue": 150_01}, before=before)["alert"] == "amber"
    (reason,) = told(held["alert_reasons"], POLICY)
    assert reason.reason[0] == "18%: amber until it is back at 15%."
    assert reason.reason[1] == "18%：回落至 15% 前维持黄色。"  # noqa: RUF001 - Chinese punctuation


def test_items_that_name_no_customer_have_exposure_and_provision_and_nothing_else():
    nobody = replace(columns([CALM], POLICY), named=np.array([False]))
    (found,) = assess(nobody, POLICY, as_of=AS_OF, currency="EUR").to_pylist()
    assert (found["exposure"], found["provision"], found["late_interest"]) == (1_000_00, 3_00, 0)
    unknown = ("score", "grade", "term_days", "credit_limit", "alert", "alert_reasons")
    assert [found[name] for name in unknown] == [None] * len(unknown)


def test_provisions_beyond_64_bits_are_exact():
    large = 2**61 + 1
    found = one(gross_open=large, open=large, buckets=[0, 0, 0, 0, 0, large])
    assert found["provision"] == minor(Decimal(large) * Decimal("0.106") / 100)


@pytest.mark.parametrize(
    ("rate", "provision"),
    [("0.5", 1), ("0.4999999999999999999999999999", 0), ("0.5000000000000000000000000001", 1)],
)
def test_a_loss_rate_counts_to_its_last_digit(rate: str, provision: int):
    found = provided_at([Decimal(rate)] * 4 + [Decimal(1)], buckets=[1, 0, 0, 0, 0, 0])
    assert found["provision_matrix"] == provision


def provided_at(rates: list[Decimal] | None, policy: Policy = POLICY, **changes: object) -> Row:
    customers = columns([CALM | changes], policy)
    (found,) = assess(customers, policy, as_of=AS_OF, currency="EUR", loss_rates=rates).to_pylist()
    return dict(found)


AGED = [1_000_00, 200_00, 0, 0, 10_00, 5_00]
OWN_RATES = [*map(Decimal, ("0.01", "0.10", "0.4", "0.7", "1"))]


def test_the_provision_by_own_loss_rates_stands_beside_that_at_fixed_rates():
    # 1,000 at 1%, 200 at 10%, 10 at 100%, and 5 without a date at the policy's 10.6%: 10 + 20 + 10 + 0.53.
    found = provided_at(OWN_RATES, buckets=AGED)
    assert (found["provision_matrix"], found["provision_method"]) == (40_53, "matrix")
    # By the fixed rates: 3 + 3.20 + 1.06 + 0.53.
    assert found["provision"] == 7_79
    # Times 1.7, at most the whole: 17 + 34 + 10 + 0.53.
    assert provided_at(OWN_RATES, STEPLESS, buckets=AGED)["provision_matrix"] == 61_53


def test_without_loss_rates_a_provision_by_them_is_missing_unless_nothing_is_open():
    found = provided_at(None, buckets=AGED)
    assert (found["provision"], found["provision_matrix"], found["provision_method"]) == (7_79, None, "fixed")
    assert provided_at(None, gross_open=0, buckets=[0] * 6)["provision_matrix"] == 0


@pytest.mark.parametrize("rates", [OWN_RATES, None])
def test_a_customer_assessed_on_its_own_leaves_both_matrix_and_fixed_rates(rates: list[Decimal] | None):
    facts = {OWN_LOSS: Decimal("0.4")}
    found = provided_at(rates, STEPLESS, buckets=AGED, facts=facts)
    assert (found["provision"], found["provision_matrix"]) == (486_00, 486_00)
    assert found["provision_method"] == "individual"
    again = provided_at(rates, STEPLESS, buckets=AGED, facts={OWN_LOSS: COLLECTIVE})
    assert again == provided_at(rates, STEPLESS, buckets=AGED)


def test_each_open_alert_steps_a_limit_down_and_takes_what_years_would_add():
    assert one(STEPLESS)["credit_limit"] == 5_400_00  # 4,500, and a fifth more for two good years
    event = one(STEPLESS, facts={"event": Decimal(1)})
    assert (event["alert"], event["credit_limit"]) == ("amber", 3_375_00)  # a quarter less
    both = one(STEPLESS, facts={"event": Decimal(2), "report changes": Decimal(1)})
    assert both["credit_limit"] == 2_250_00  # red or amber, each is one
    four = {"event": Decimal(2), "report changes": Decimal(1), "disputed": Decimal(900)}
    none = one(STEPLESS, facts=four | {"disputed since": date(2026, 1, 1)})
    assert (none["credit_limit"], none["limit_use"], none["over_limit"]) == (0, 2.0, True)


def test_the_alert_of_the_limit_itself_does_not_step_it_down():
    used = one(STEPLESS, open=5_000_00)
    assert (used["alert_rule"], used["credit_limit"]) == ("limit breach", 5_400_00)


def test_alerts_step_down_no_limit_that_a_person_granted():
    facts = {"credit limit": Decimal(800), GRANTED_ON: date(2026, 1, 31), "event": Decimal(2)}
    assert one(facts=facts)["credit_limit"] == 800_00


def test_what_is_uninsured_is_told_before_collateral():
    facts = {"insured limit": Decimal(600), "collateral": Decimal(900), "disputed": Decimal(500)}
    found = one(facts=facts, unapplied=-100_00, open=900_00)
    # 1,000 less credits of 100, of which 500 are in dispute; of the other 400 the insurer pays nine tenths.
    assert found["uninsured"] == 540_00
    assert one()["uninsured"] == 1_000_00
    assert one(open=-5_00, unapplied=-5_00, gross_open=0, buckets=[0] * 6)["uninsured"] == 0


def test_a_group_is_its_head_and_all_below_it():
    parents = {"2": "1", "3": "2", "9": "8"}
    net = {"1": 100, "2": 20, "3": 3, "4": 4}
    found = group_exposures(["1", "3", "4", "9"], parents, net)
    assert found == {"1": ("1", 123), "3": ("1", 123), "9": ("8", 0)}
    rule = groups({name: Decimal(amount) for name, amount in net.items()}, parents)
    assert found["1"][1] == rule["1"].exposure
