"""The collector's next task: what the policy's stages say, and what holds them up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.dunning import stage
from duebook.errors import OutOfRangeError
from duebook.policy import default_policy
from duebook.worklist import Task, task

POLICY = default_policy()
AS_OF = date(2026, 6, 30)


def days(count: int) -> date:
    """Return the day so many days before the day asked about."""
    return AS_OF - timedelta(count)


@pytest.mark.parametrize(
    ("late", "name", "since", "then", "on", "rank"),
    [
        (-8, "none", None, "Friendly reminder", 1, 0),
        (-7, "reminder", 0, "Overdue notice", 10, 1),
        (3, "overdue notice", 0, "Demand", 12, 2),
        (15, "demand", 0, "Legal", 15, 3),
        (31, "legal", -1, "Collection agency", 59, 4),
        (90, "agency", 0, "", None, 5),
    ],
)
def test_each_stage_of_the_policy_has_its_step_its_day_and_what_comes_next(  # noqa: PLR0913, PLR0917 - a row of a table
    late: int, name: str, since: int | None, then: str, on: int | None, rank: int
):
    found = task(days(late), AS_OF, POLICY, overdue=1)
    now = stage(days(late), AS_OF, POLICY)
    assert (found.stage, found.label, found.procedure) == (name, now.label, now.procedure)
    assert found.due == (None if since is None else AS_OF + timedelta(since))
    assert found.then[0] == then
    assert found.then_on == (None if on is None else AS_OF + timedelta(on))
    assert found.rank == rank


def test_without_a_debt_there_is_nothing_to_do():
    assert task(None, AS_OF, POLICY, overdue=0) == Task(
        "none", ("None", "无需催收"), ("", ""), None, ("", ""), None, 0
    )


def test_credits_that_cover_what_is_overdue_are_to_be_cleared_first():
    found = task(days(40), AS_OF, POLICY, overdue=0, promised_for=AS_OF, disputed=5)
    assert (found.stage, found.label[0], found.due, found.rank) == ("covered", "Covered by credits", None, -1)
    assert found.procedure[1] == "将未清的收款与贷项同逾期单据清账：贷项足以抵扣。"  # noqa: RUF001 - Chinese
    # What is not late yet is not covered by a credit that is due: the customer is reminded.
    assert task(days(-3), AS_OF, POLICY, overdue=-100).stage == "reminder"


def test_a_dispute_about_all_that_is_overdue_is_to_be_resolved_within_the_policys_days():
    found = task(days(20), AS_OF, POLICY, overdue=500, disputed=500, disputed_since=days(10))
    rules = POLICY.dispute
    assert (found.stage, found.label, found.rank) == ("disputed", ("Disputed", "争议"), -2)
    assert found.procedure[0].startswith("Acknowledge in writing within 48 hours")
    assert found.due == days(10) + timedelta(rules.resolve_days)
    assert found.then == ("Latest day to resolve", "最晚解决日")
    assert found.then_on == days(10) + timedelta(rules.latest_days)
    unknown = task(days(20), AS_OF, POLICY, overdue=500, disputed=900)
    assert (unknown.stage, unknown.due, unknown.then, unknown.then_on) == ("disputed", None, ("", ""), None)


def test_of_a_dispute_about_less_the_rest_is_collected():
    assert task(days(20), AS_OF, POLICY, overdue=501, disputed=500).stage == "demand"


def test_a_disputed_item_that_is_not_late_yet_is_still_reminded_of():
    assert task(days(-3), AS_OF, POLICY, overdue=0, disputed=500).stage == "reminder"
    assert task(days(-30), AS_OF, POLICY, overdue=0, disputed=500).stage == "disputed"
    assert task(None, AS_OF, POLICY, overdue=0, disputed=500).stage == "disputed"


def test_a_promise_holds_collection_until_its_day_has_passed():
    kept = task(days(20), AS_OF, POLICY, overdue=500, promised_for=AS_OF)
    assert (kept.stage, kept.label, kept.due, kept.rank) == (
        "promised",
        ("Promised", "已承诺付款"),
        AS_OF,
        -3,
    )
    assert (kept.then, kept.then_on) == (("Demand", "催款函"), AS_OF + timedelta(1))
    assert task(days(20), AS_OF, POLICY, overdue=500, promised_for=days(1)).stage == "demand"
    early = task(days(-60), AS_OF, POLICY, overdue=0, promised_for=AS_OF)
    assert (early.stage, early.then, early.then_on) == ("promised", ("", ""), None)


def test_a_day_at_the_end_of_the_calendar_is_refused():
    with pytest.raises(OutOfRangeError) as refused:
        task(days(20), AS_OF, POLICY, overdue=5, disputed=5, disputed_since=date.max)
    assert str(refused.value) == "a due date, dispute or promise lies too near the calendar's end."


@given(
    late=st.integers(-400, 2000),
    more=st.integers(0, 400),
    overdue=st.integers(1, 10**12),
    disputed=st.integers(0, 10**12),
    promised=st.none() | st.integers(-100, 100),
)
def test_who_is_later_is_never_less_urgent_and_every_task_is_told_in_both_languages(
    late: int, more: int, overdue: int, disputed: int, promised: int | None
):
    known = {"overdue": overdue, "disputed": disputed}
    on = None if promised is None else AS_OF + timedelta(promised)
    first = task(days(late), AS_OF, POLICY, promised_for=on, **known)
    second = task(days(late + more), AS_OF, POLICY, promised_for=on, **known)
    assert all(first.label)
    assert all(first.procedure) == (first.rank != 0)
    assert all(first.then) == any(first.then) == (first.then_on is not None)
    if first.rank >= 0 and second.rank >= 0:
        assert first.rank <= second.rank
        assert first.due is None or first.due <= AS_OF
        assert first.then_on is None or first.then_on > AS_OF
