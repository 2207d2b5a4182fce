"""What a policy decides: terms, collection, approval, alerts, reviews, diligence, sudden default."""

# ruff: noqa: E501, RUF001 - a case a line; Chinese punctuation
from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.alerts import Level, Watched, alarm, level_of, measures, parse_level
from duebook.approval import Outcome, Request, Vote, route, standing
from duebook.dunning import DisputeState, crisis_plan, dispute_state, stage
from duebook.errors import InputError, OutOfRangeError
from duebook.grading import diligence
from duebook.policy import default_policy, default_text, parse_policy
from duebook.reviews import keep_communications_since, reviews_due
from duebook.terms import terms_for

POLICY = default_policy()
D = Decimal
DUE = date(2026, 3, 31)
NINE = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - one clock


def own(old: str, new: str):
    return parse_policy(default_text().replace(old, new, 1), where="own.toml")


# Terms


@pytest.mark.parametrize("industry", [entry.name for entry in POLICY.terms.industry])
@pytest.mark.parametrize("grade", [*POLICY.grade.names, "new"])
def test_every_industry_and_grade_has_terms(industry: str, grade: str):
    rule = POLICY.find_industry(industry)
    found = terms_for(industry, grade, POLICY)

    assert rule is not None
    if found.condition == "prepayment":
        assert found.days == 0
    else:
        assert rule.least_days <= found.days <= rule.most_days
    assert all(found.reason)


@pytest.mark.parametrize("industry", [entry.name for entry in POLICY.terms.industry])
def test_a_better_grade_never_has_shorter_terms(industry: str):
    found = [terms_for(industry, grade, POLICY).days for grade in POLICY.grade.names]
    assert found == sorted(found, reverse=True)


@pytest.mark.parametrize(
    ("industry", "grade", "days", "condition"),
    [
        ("manufacturing", "A", 60, "none"),  # item 15: 30 to 60 days
        ("制造业", "b", 45, "none"),
        ("manufacturing", "D", 30, "guarantee"),
        ("retail", "A", 45, "none"),  # item 15: at most 45 days
        ("批发零售", "A", 45, "none"),
        ("machinery", "A", 120, "none"),  # item 52: 90 to 120 days
        ("FMCG", "A", 60, "none"),  # item 52: 30 to 60 days
        ("retail", "E", 0, "prepayment"),  # item 12
        ("retail", "新客户", 15, "guarantee"),  # item 52
    ],
)
def test_the_terms_of_the_guide(industry: str, grade: str, days: int, condition: str):
    found = terms_for(industry, grade, POLICY)
    assert (found.days, found.condition) == (days, condition)


def test_an_exception_for_an_industry_changes_its_terms():
    policy = parse_policy(
        default_text()
        + '\n[[exception]]\nwhere = { industry = ["retail"] }\nterms.industry = [{ name = "retail", most_days = 30 }]\n',
        where="own.toml",
    )
    assert terms_for("retail", "A", policy).days == 30
    assert terms_for("wholesale", "A", policy).days == 45


def test_an_unknown_industry_names_the_nearest():
    with pytest.raises(InputError) as caught:
        terms_for("manufacturng", "A", POLICY)
    assert str(caught.value) == (
        "industry: 'manufacturng' is no industry of the policy. Did you mean 'manufacturing'?"
    )
    with pytest.raises(InputError, match=r"grade: 'F' is no grade of the policy\. There are A, B, C, D, E\."):
        terms_for("retail", "F", POLICY)


# Collection


@pytest.mark.parametrize(
    ("late", "name"),
    [
        (-8, "none"),
        (-7, "reminder"),  # item 30
        (0, "reminder"),
        (2, "reminder"),
        (3, "overdue notice"),
        (14, "overdue notice"),
        (15, "demand"),
        (29, "demand"),
        (30, "legal"),  # item 31
        (89, "legal"),
        (90, "agency"),  # item 34
        (3000, "agency"),
    ],
)
def test_the_stages_of_collection(late: int, name: str):
    found = stage(DUE, DUE + timedelta(late), POLICY)

    assert (found.name, found.days_late) == (name, late)
    if name != "none":
        assert found.since is not None
        assert found.since <= DUE + timedelta(late)
        assert all(found.procedure)


@pytest.mark.parametrize(
    ("late", "name"), [(-7, "reminder"), (-1, "reminder"), (0, "disputed"), (100, "disputed")]
)
def test_a_disputed_item_leaves_the_stages(late: int, name: str):
    found = stage(DUE, DUE + timedelta(late), POLICY, disputed=True)
    assert found.name == name
    if name == "disputed":
        assert found.procedure[0] == (
            "Acknowledge in writing within 48 hours; resolve in 45 days, at the latest 90."
        )


def test_the_plan_for_a_sudden_default_keeps_its_order():
    names = [step.name for step in crisis_plan(DUE, POLICY, insolvent=True)]
    assert names == ["freeze orders", "site visit", "review guarantees", "notify insurer", "recover assets"]
    solvent = crisis_plan(DUE, POLICY, insolvent=False)
    assert [step.name for step in solvent] == [name for name in names if name != "notify insurer"]
    assert [step.number for step in solvent] == [1, 2, 3, 4]
    assert solvent[0].by == DUE
    with pytest.raises(OutOfRangeError, match="too late a day"):
        crisis_plan(date.max, POLICY, insolvent=True)


# Approval


def asked(limit: str, **more) -> Request:  # noqa: ANN003 - fields of a request
    given_ = {"score": D(85), "confidence": D("0.6"), **more}
    return Request(D(limit), "ana", NINE, **given_)


def test_a_small_limit_of_a_good_customer_is_granted_by_the_rules():
    found = route(asked("20000"), POLICY)
    assert (found.automatic, found.levels, found.against) == (True, (), ())
    assert standing(asked("20000"), [], NINE, POLICY).outcome is Outcome.GRANTED


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (asked("20001"), "the limit 20001 is above 20000"),
        (asked("1", score=None), "the customer has no score"),
        (asked("1", score=D("79.9")), "the score 79.9 is below 80"),
        (asked("1", confidence=D("0.49")), "the confidence 0.49 is below 0.5"),
        (asked("1", new_customer=True), "the customer is new"),
        (asked("1", alert="amber"), "an alert is amber"),
        (asked("1", over_proposal=True), "it is more than the policy's own limit"),
    ],
)
def test_what_keeps_the_rules_from_granting(request_: Request, reason: str):
    found = route(request_, POLICY)
    assert not found.automatic
    assert found.against == (reason,)
    assert len(found.against_zh) == 1
    assert "amber" not in found.against_zh[0]


@pytest.mark.parametrize(
    ("limit", "levels"),
    [
        ("50000", ("sales",)),
        ("50000.01", ("sales", "finance")),
        ("500000", ("sales", "finance")),
        ("500001", ("sales", "finance", "management")),
    ],
)
def test_every_level_up_to_the_one_that_may_grant_decides(limit: str, levels: tuple[str, ...]):
    assert route(asked(limit), POLICY).levels == levels


def test_a_new_customer_passes_all_levels():
    assert route(asked("100", new_customer=True), POLICY).levels == ("sales", "finance", "management")


def vote(level: str, by: str, hours: int, *, granted: bool = True) -> Vote:
    return Vote(level, by, NINE + timedelta(hours=hours), granted)


def test_a_request_goes_from_level_to_level():
    request_ = asked("100000")
    votes = [vote("sales", "bo", 24), vote("finance", "cy", 49)]

    first = standing(request_, [], NINE + timedelta(hours=24), POLICY)
    assert (first.outcome, first.level, first.decide_by) == (
        Outcome.WAITING,
        "sales",
        NINE + timedelta(hours=24),
    )
    assert first.late == ()
    assert standing(request_, [], NINE + timedelta(hours=24, seconds=1), POLICY).late == ("sales",)
    assert standing(request_, votes[:1], NINE, POLICY).level == "finance"
    last = standing(request_, votes, NINE, POLICY)
    assert (last.outcome, last.level, last.late) == (Outcome.GRANTED, None, ("finance",))
    refused = standing(request_, [vote("sales", "bo", 1, granted=False)], NINE, POLICY)
    assert (refused.outcome, refused.level) == (Outcome.REFUSED, None)


@pytest.mark.parametrize(
    ("votes", "message"),
    [
        ([vote("finance", "bo", 1)], "vote: 'finance' decides before 'sales'; levels keep their order."),
        ([vote("sales", " ", 1)], "vote: nobody decides at level 'sales'; a name is needed."),
        ([vote("sales", " ＡＮＡ ", 1)], "vote: ' ＡＮＡ ' asked for it or decided already; four eyes are needed."),
        ([vote("sales", "Bo  Li", 1), vote("finance", "bo li", 2)], "vote: 'bo li' asked for it or decided already; four eyes are needed."),
        ([vote("sales", "ana", 1)], "vote: 'ana' asked for it or decided already; four eyes are needed."),
        ([vote("sales", "bo", 1), vote("finance", "bo", 2)], "vote: 'bo' asked for it or decided already; four eyes are needed."),
        ([vote("sales", "bo", 1, granted=False), vote("finance", "cy", 2)], "vote: 'cy' decides on what was decided already."),
        ([vote("sales", "bo", 1), vote("finance", "cy", 2), vote("management", "di", 3)], "vote: 'di' decides on what was decided already."),
        ([vote("sales", "bo", -1)], "vote: 'bo' decides at 2026-03-02 08:00:00, before 2026-03-02 09:00:00."),
    ],
)  # fmt: skip
def test_what_no_one_may_decide(votes: list[Vote], message: str):
    with pytest.raises(InputError) as caught:
        standing(asked("100000"), votes, NINE, POLICY)
    assert str(caught.value) == message


def test_times_with_and_without_a_zone_are_not_compared():
    zoned = [Vote("sales", "bo", NINE.replace(tzinfo=UTC), granted=True)]
    with pytest.raises(InputError, match="some have a time zone and others none; all or none need one"):
        standing(asked("100000"), zoned, NINE, POLICY)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (asked("1", score=D(101)), "score: 101 is not between 0 and 100."),
        (asked("1", score=D(-1)), "score: -1 is not between 0 and 100."),
        (asked("1", confidence=D(60)), "confidence: 60 is not between 0 and 1. Write 0.5 for 50%."),
        (asked("-1"), "limit: -1 is negative; 0 or more is allowed."),
    ],
)
def test_a_request_that_cannot_be(request_: Request, message: str):
    with pytest.raises(OutOfRangeError) as caught:
        route(request_, POLICY)
    assert str(caught.value) == message


def test_one_person_may_decide_where_the_policy_asks_for_two_eyes_only():
    policy = own("four_eyes = true", "four_eyes = false")
    votes = [vote("sales", "ana", 1), vote("finance", "ana", 2)]
    assert standing(asked("100000"), votes, NINE, policy).outcome is Outcome.GRANTED


# Alerts

RULES = st.sampled_from(POLICY.alert.rule)
SHARE = next(rule for rule in POLICY.alert.rule if rule.name == "overdue share")


@given(RULES, st.decimals(0, 200, places=4), st.sampled_from(Level))
def test_a_constant_input_never_changes_the_alert(rule, value: Decimal, before: Level):  # noqa: ANN001 - drawn
    first = level_of(rule, value, before)
    assert level_of(rule, value, first) is first


@given(RULES, st.decimals(0, 200, places=4), st.decimals(0, 200, places=4), st.sampled_from(Level))
def test_more_is_never_less_grave(rule, one: Decimal, other: Decimal, before: Level):  # noqa: ANN001 - drawn
    low, high = sorted((one, other))
    assert level_of(rule, low, before).rank <= level_of(rule, high, before).rank


@pytest.mark.parametrize(
    ("value", "before", "level"),
    [
        ("0.1999", Level.GREEN, Level.GREEN),
        ("0.2", Level.GREEN, Level.AMBER),
        ("0.16", Level.AMBER, Level.AMBER),
        ("0.15", Level.AMBER, Level.GREEN),
        ("0.4", Level.GREEN, Level.RED),
        ("0.36", Level.RED, Level.RED),
        ("0.35", Level.RED, Level.AMBER),
        ("0.1", Level.RED, Level.GREEN),
    ],
)
def test_a_level_is_left_once_the_measure_has_come_back(value: str, before: Level, level: Level):
    assert level_of(SHARE, D(value), before) is level


@pytest.mark.parametrize(
    ("text", "level"), [(" RED ", Level.RED), ("黄", Level.AMBER), ("绿色", Level.GREEN)]
)
def test_a_level_is_read_in_both_languages(text: str, level: Level):
    assert parse_level(text) is level


def test_a_level_that_is_none():
    with pytest.raises(InputError, match="before: 'blue' is none of green, amber, red"):
        parse_level("blue")


def test_what_the_alerts_look_at():
    was = Watched(
        open=D(100),
        overdue=D(10),
        score=D(80),
        grade=D(0),
        cover=D(200),
        days_late=D(3),
        default_rate=D("0.02"),
    )
    now = Watched(
        open=D(200), overdue=D(100), disputed=D(20), limit=D(180), exposure=D(200), score=D(65), grade=D(1),
        cover=D(100), days_late=D(12), portfolio=D(1000), oldest_overdue=D(31), default_rate=D("0.04"), dso=D(94),
    )  # fmt: skip

    found = measures(now, was)

    assert found == {
        "overdue share": D("0.5"),
        "overdue rise": D("0.4"),
        "limit use": D(200) / D(180),
        "oldest overdue": 31,
        "days late rise": 9,
        "score drop": 15,
        "grade drop": 1,
        "dispute share": D("0.1"),
        "cover cut": D("0.5"),
        "concentration": D("0.2"),
        "default rate rise": D("0.02"),
        "dso": 94,
    }
    raised = alarm(found, POLICY)
    assert raised.level is Level.RED
    assert raised.collects
    levels = {finding.rule: finding.level.value for finding in raised.fired}
    assert levels == {
        "overdue share": "red",
        "overdue spike": "red",
        "limit breach": "red",
        "oldest item": "red",
        "behaviour trend": "amber",
        "score drop": "amber",
        "grade drop": "amber",
        "dispute share": "amber",
        "cover cut": "red",
        "concentration": "red",
        "default rate": "amber",
        "days of sales": "amber",
    }
    assert raised.findings[0].reason == ("50%: red from 40% on.", "50%：达到红色起点 40%。")
    kept = alarm({"overdue share": D("0.17")}, POLICY, before={"overdue share": Level.AMBER})
    assert kept.findings[0].reason[0] == "17%: amber until it is back at 15%."


def test_a_limit_that_is_just_used_up_is_amber_and_one_of_nothing_that_is_used_is_red():
    full = alarm(measures(Watched(limit=D(100), exposure=D(100))), POLICY)
    none = alarm(measures(Watched(limit=D(0), exposure=D(1))), POLICY)
    assert (full.level, none.level) == (Level.AMBER, Level.RED)


def test_nothing_known_is_green_and_says_nothing():
    assert alarm(measures(Watched()), POLICY).findings == ()
    with pytest.raises(OutOfRangeError, match=r"overdue: -1 is negative; 0 or more is allowed\."):
        measures(Watched(overdue=D(-1)))


# Reviews and diligence


def test_ratings_are_due_every_quarter_and_audits_every_year():
    last = {"rating": date(2026, 1, 15), "audit": date(2025, 4, 15), "training": None}

    found = reviews_due(last, date(2026, 4, 15), POLICY)

    assert [(due.review, due.by, due.overdue) for due in found] == [
        ("training", None, True),
        ("rating", date(2026, 4, 15), False),
        ("audit", date(2026, 4, 15), False),
    ]
    assert reviews_due(last, date(2026, 4, 16), POLICY)[1].overdue
    with pytest.raises(InputError, match="review: 'holiday' is none"):
        reviews_due({"holiday": None}, DUE, POLICY)
    assert keep_communications_since(date(2026, 8, 31), POLICY) == date(2026, 2, 28)


def test_the_quick_check_in_three_steps():
    day = date(2026, 1, 31)
    there = {
        "platform report": [day],
        "audit report": [date(2025, 3, 1), date(2024, 3, 1)],
        "bank reference": [day],
        "同行询问": [day],
    }

    found = diligence(there, date(2026, 2, 28), POLICY)

    assert found.passed
    assert [step.name for step in found.steps] == ["credit record", "audit and bank", "enquiry"]
    assert found.missing == ("business licence", "payment terms", "late-payment penalty", "highest credit")
    assert found.completeness == D(3) / 7
    one_year = diligence({**there, "audit report": [date(2025, 3, 1)]}, date(2026, 2, 28), POLICY)
    assert [step.passed for step in one_year.steps] == [True, False, True]
    assert one_year.steps[1].missing == ("audit report",)
    later = diligence(there, date(2027, 2, 1), POLICY)
    assert not later.passed
    assert "platform report" in later.outdated
    with pytest.raises(InputError, match="Did you mean 'bank reference'"):
        diligence({"bank referenc": [day]}, day, POLICY)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        (0, DisputeState.OPEN),
        (20, DisputeState.OPEN),
        (21, DisputeState.CRITICAL),
        (45, DisputeState.CRITICAL),
        (46, DisputeState.LATE),
        (90, DisputeState.LATE),
        (91, DisputeState.TOO_LATE),
    ],
)
def test_a_dispute_becomes_critical_and_late_as_the_guide_says(days: int, state: DisputeState) -> None:
    """Item 51: critical at 21 days, 45 to 90 days to resolve."""
    opened = date(2026, 1, 31)
    assert dispute_state(opened, opened + timedelta(days), default_policy()) is state


def test_a_dispute_is_not_older_than_today() -> None:
    with pytest.raises(OutOfRangeError, match=r"opened: 2026-02-01 is after 2026-01-31\."):
        dispute_state(date(2026, 2, 1), date(2026, 1, 31), default_policy())
