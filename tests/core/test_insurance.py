"""Trade credit insurance: indemnities, deadlines and limits, against published cases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import DuebookError, InputError, NoAnswerError, NothingToDivideError, OutOfRangeError
from duebook.insurance import (
    FIRST_LOSS_FIRST,
    PERCENTAGE_FIRST,
    Cause,
    Cover,
    Deduction,
    Discretionary,
    LimitDecision,
    Period,
    cash_ratio,
    days_sales,
    deadlines,
    eligible_debt,
    indemnity,
    insured_part,
    limit_at,
    parse_cause,
    parse_order,
    plan_cover,
    share_recovery,
)

money = st.decimals(0, 10**9, places=2)
shares = st.decimals(0, 1, places=2)
orders = st.permutations(list(Deduction))
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
EXIM = Cover(
    waiting={
        Cause.PROTRACTED_DEFAULT: Period(months=3),
        Cause.INSOLVENCY: Period(),
        Cause.WAR: Period(months=3),
    },
    file_within=Period(months=8),
    pay_within=Period(months=2),
)


def amount(value: float | str) -> Decimal:
    return Decimal(str(value))


def test_the_limit_bounds_what_is_insured() -> None:
    """accountsreceivableinsurance.net: 500,000 owed, limit 300,000; at 90% the insurer pays 270,000."""
    found = indemnity(amount(500_000), amount(300_000), amount(0.9))
    assert (found.paid, found.retained) == (270_000, 230_000)
    assert found.steps == (
        ("limit", 300_000),
        ("percentage", 270_000),
        ("deductible", 270_000),
        ("first loss", 270_000),
    )


def test_the_order_of_deductions_matters() -> None:
    """Coface's glossary: the percentage of the loss, less the deductible. Others: the first loss first."""
    debt, limit, share, deductible, first_loss = map(amount, (100_000, 200_000, 0.9, 5_000, 20_000))
    coface = indemnity(debt, limit, share, deductible=deductible, first_loss=first_loss)
    other = indemnity(
        debt, limit, share, deductible=deductible, first_loss=first_loss, order=FIRST_LOSS_FIRST
    )
    assert coface.paid == 90_000 - 5_000 - 20_000
    assert other.paid == 80_000 * amount(0.9) - 5_000
    last = (Deduction.PERCENTAGE, Deduction.LIMIT, Deduction.DEDUCTIBLE, Deduction.FIRST_LOSS)
    assert indemnity(amount(300_000), limit, share, order=last).paid == 200_000


def test_an_aggregate_first_loss_is_used_up() -> None:
    first = indemnity(amount(10_000), amount(50_000), amount(0.9), first_loss=amount(12_000))
    assert (first.paid, first.first_loss_left) == (0, 3_000)
    assert first.reason == "nothing is left after first loss"
    second = indemnity(amount(10_000), amount(50_000), amount(0.9), first_loss=first.first_loss_left)
    assert (second.paid, second.first_loss_left, second.reason) == (6_000, 0, "")


def test_the_maximum_liability_is_used_up() -> None:
    found = indemnity(amount(1_000), amount(1_000), amount(0.9), max_liability=amount(500))
    assert (found.paid, found.max_liability_left) == (500, 0)
    assert found.steps[-1] == ("maximum liability", 500)
    again = indemnity(amount(1_000), amount(1_000), amount(0.9), max_liability=found.max_liability_left)
    assert (again.paid, again.reason) == (0, "nothing is left after maximum liability")


def test_a_small_debt_is_no_claim() -> None:
    found = indemnity(amount(999), amount(5_000), amount(0.9), claim_threshold=amount(1_000))
    assert (found.paid, found.retained) == (0, 999)
    assert found.reason == "the debt 999 is below the claim threshold 1000"
    assert indemnity(amount(1_000), amount(5_000), amount(0.9), claim_threshold=amount(1_000)).paid == 900


@given(money, money, shares, money, money, st.none() | money, orders)
def test_an_indemnity_is_within_all_bounds(  # noqa: PLR0913, PLR0917 - one condition each
    debt: Decimal,
    limit: Decimal,
    share: Decimal,
    deductible: Decimal,
    first_loss: Decimal,
    most: Decimal | None,
    order: list[Deduction],
) -> None:
    found = indemnity(
        debt, limit, share, deductible=deductible, first_loss=first_loss, max_liability=most, order=order
    )
    assert 0 <= found.paid <= min(debt, limit)
    assert found.paid <= debt * share
    assert most is None or found.paid <= most
    assert found.paid + found.retained == debt
    assert 0 <= found.first_loss_left <= first_loss
    assert bool(found.reason) is (found.paid == 0)
    more = indemnity(
        debt + 1, limit, share, deductible=deductible, first_loss=first_loss, max_liability=most, order=order
    )
    assert more.paid >= found.paid


def test_an_order_as_text() -> None:
    assert parse_order("percentage, deductible, first loss") == PERCENTAGE_FIRST
    assert parse_order("limit, First  Loss,percentage ,deductible") == FIRST_LOSS_FIRST
    for text in (
        "first_loss, percentage, deductible",
        "first-loss > percentage > deductible",
        "First Loss -> insured percentage -> deductible",
        "limit/first loss/percentage/deductible",
        "percentage; deductible; first loss",
        "首损、赔付比例、免赔额",
    ):
        assert parse_order(text) == (PERCENTAGE_FIRST if text.startswith("percentage") else FIRST_LOSS_FIRST)
    for text in (
        "",
        "percentage",
        "percentage, deductible, deductible",
        "percentage deductible first loss",
    ):
        with pytest.raises(InputError) as caught:
            parse_order(text)
        assert str(caught.value) == (
            f"order: {text!r} is no order of deductions. "
            "Write percentage, deductible and first loss once each, in their order, parted by commas."
        )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"debt": -1}, "debt: -1 is negative; 0 or more is allowed."),
        ({"limit": -1}, "limit: -1 is negative; 0 or more is allowed."),
        ({"deductible": -1}, "deductible: -1 is negative; 0 or more is allowed."),
        ({"max_liability": -1}, "max_liability: -1 is negative; 0 or more is allowed."),
        ({"insured_share": 90}, "insured_pct: 90 is not between 0 and 1. Write 0.9 for 90%."),
    ],
)
def test_conditions_out_of_range(changed: dict[str, int], message: str) -> None:
    conditions = {"debt": 1, "limit": 1, "insured_share": 1} | changed
    with pytest.raises(OutOfRangeError) as caught:
        indemnity(**{name: Decimal(value) for name, value in conditions.items()})
    assert str(caught.value) == message


def test_only_what_can_be_claimed_is_insured() -> None:
    left = eligible_debt(amount(100), disputed=amount(30), received=amount(20), credits_=amount(10))
    assert left == 40
    assert eligible_debt(amount(10), received=amount(50)) == 0
    assert insured_part(amount(100), amount(500), amount(0.9), disputed=amount(20)) == (72, 28)
    assert insured_part(amount(100), amount(50), amount(0.9)) == (45, 55)


def test_recoveries_after_the_loss_are_shared_as_the_loss_was() -> None:
    assert share_recovery(amount(110), debt=amount(500), paid=amount(270), costs=amount(10)) == (54, 46)
    assert share_recovery(amount(5), debt=amount(500), paid=amount(270), costs=amount(10)) == (0, 0)
    with pytest.raises(OutOfRangeError, match=r"paid: 6 is more than the debt 5, or there was none\."):
        share_recovery(amount(1), debt=amount(5), paid=amount(6))


def test_the_dates_of_a_claim() -> None:
    """EXIM: due 31 July, a claim can be filed from 31 October, and is paid by 31 December."""
    found = deadlines(date(2025, 7, 31), Cause.PROTRACTED_DEFAULT, EXIM)
    assert found.file_from == date(2025, 10, 31)
    assert found.pay_by == date(2025, 12, 31)
    assert found.file_by == date(2026, 3, 31)
    assert found.report_by == date(2025, 9, 30)
    assert found.stop_deliveries == date(2025, 10, 1)


def test_a_claim_may_run_in_days() -> None:
    """EXIM writes 240 days as well; ICISA speaks of a usual waiting period of 60 days."""
    cover = Cover(waiting={Cause.PROTRACTED_DEFAULT: Period(days=60)}, file_within=Period(days=240))
    found = deadlines(date(2025, 1, 1), Cause.PROTRACTED_DEFAULT, cover)
    assert (found.file_from, found.file_by) == (date(2025, 3, 2), date(2025, 8, 29))


def test_an_insolvency_waits_for_nothing() -> None:
    found = deadlines(date(2025, 7, 31), Cause.INSOLVENCY, EXIM, insolvent_on=date(2025, 6, 15))
    assert found.file_from == date(2025, 6, 15)
    assert deadlines(date(2025, 7, 31), Cause.INSOLVENCY, EXIM).file_from == date(2025, 7, 31)


@pytest.mark.parametrize("insolvent_on", [date(2025, 6, 15), date(2025, 12, 1), date(2026, 3, 31), None])
def test_a_claim_is_filed_by_the_original_due_date_whatever_the_cause(insolvent_on: date | None) -> None:
    found = deadlines(date(2025, 7, 31), Cause.INSOLVENCY, EXIM, insolvent_on=insolvent_on)
    assert found.file_by == deadlines(date(2025, 7, 31), Cause.WAR, EXIM).file_by == date(2026, 3, 31)


def test_an_insolvency_after_the_last_day_to_file() -> None:
    with pytest.raises(OutOfRangeError) as caught:
        deadlines(date(2025, 7, 31), Cause.INSOLVENCY, EXIM, insolvent_on=date(2026, 4, 1))
    assert str(caught.value) == (
        "insolvent_on: 2026-04-01 is after 2026-03-31, the last day to file a claim for a debt due on "
        "2025-07-31. By then it was to be claimed as a protracted default."
    )


def test_a_cause_that_is_not_covered() -> None:
    with pytest.raises(NoAnswerError) as caught:
        deadlines(date(2025, 7, 31), Cause.CARGO, EXIM)
    assert str(caught.value) == "cause: cargo damage is not covered; protracted default, insolvency, war is."
    with pytest.raises(NoAnswerError, match="cause: war is not covered; nothing is"):
        deadlines(date(2025, 7, 31), Cause.WAR, Cover(waiting={}))


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Protracted_Default", Cause.PROTRACTED_DEFAULT),
        ("恶意拖欠", Cause.PROTRACTED_DEFAULT),
        ("malicious default", Cause.PROTRACTED_DEFAULT),
        ("长期拖欠", Cause.PROTRACTED_DEFAULT),
        ("丧失偿付能力", Cause.INSOLVENCY),
        (" 破产 ", Cause.INSOLVENCY),
        ("exchange control", Cause.TRANSFER),
        ("外汇管制", Cause.TRANSFER),
        ("战争", Cause.WAR),
        ("cargo", Cause.CARGO),
    ],
)
def test_a_cause_by_the_names_of_the_trade(text: str, cause: Cause) -> None:
    """Items 40 to 42 of the trade-credit guide: 破产, 恶意/长期拖欠; 外汇管制, 战争; 货物运输风险."""
    assert parse_cause(text) is cause


def test_a_cause_that_is_none_is_answered_in_its_language() -> None:
    with pytest.raises(InputError, match=r"cause: 'rain' is none that is known\. There are insolvency, "):
        parse_cause("rain")
    with pytest.raises(InputError, match=r"cause: '下雨' is none that is known\. There are 破产, 长期拖欠, "):
        parse_cause("下雨")


def test_causes_are_commercial_or_political() -> None:
    assert {cause.label for cause in Cause if cause.political} == {
        "transfer delay",
        "war",
        "government act",
        "force majeure",
    }
    assert Cause.TRANSFER.chinese == "外汇管制"


def test_a_waiting_period_longer_than_the_time_to_file() -> None:
    cover = Cover(waiting={Cause.WAR: Period(months=9)}, file_within=Period(months=8))
    with pytest.raises(InputError) as caught:
        deadlines(date(2025, 1, 1), Cause.WAR, cover)
    assert str(caught.value) == (
        "cover: the waiting period ends on 2025-10-01, after the last day to file, 2025-09-01. "
        "file_within is to be longer than every waiting period."
    )


def test_a_period_outside_the_calendar() -> None:
    with pytest.raises(OutOfRangeError, match="period: 9 days after 9999-12-31 is outside the calendar"):
        Period(days=9).after(date(9999, 12, 31))


def test_a_plan_longer_than_cover_allows_needs_consent() -> None:
    """Atradius: past the maximum extension period, usually two months, a plan needs consent."""
    plan = [date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31)]
    found = plan_cover(date(2025, 2, 28), plan, EXIM)
    assert (found.covered_until, found.beyond, found.needs_consent) == (date(2025, 4, 28), (2, 3), True)
    assert not plan_cover(date(2025, 3, 31), plan, EXIM).needs_consent


def test_a_plan_without_instalments_says_nothing_of_cover() -> None:
    with pytest.raises(NoAnswerError, match="instalment_date: none given; the dates of the plan are needed"):
        plan_cover(date(2025, 2, 28), [], EXIM)


def test_a_cut_counts_once_its_notice_is_over_and_shipped_goods_stay_covered() -> None:
    """Atradius: cuts bite 30 days after notice; what was shipped before stays covered."""
    decisions = [
        LimitDecision(date(2025, 6, 1), amount(20)),
        LimitDecision(date(2025, 1, 1), amount(100)),
        LimitDecision(date(2025, 3, 1), amount(150)),
    ]
    limits = {
        date(2024, 12, 31): 0,
        date(2025, 1, 1): 100,
        date(2025, 3, 1): 150,
        date(2025, 6, 30): 150,
        date(2025, 7, 1): 20,
    }
    for shipped, limit in limits.items():
        assert limit_at(shipped, decisions, EXIM).amount == limit


def test_a_cancelled_or_expired_limit_is_none() -> None:
    decisions = [LimitDecision(date(2025, 1, 1), amount(100), expires=date(2025, 12, 31))]
    assert limit_at(date(2025, 12, 31), decisions, EXIM).kind == "named"
    assert limit_at(date(2026, 1, 1), decisions, EXIM) == limit_at(date(2024, 1, 1), [], EXIM)
    cancelled = [*decisions, LimitDecision(date(2025, 2, 1), amount(0))]
    assert (
        limit_at(date(2025, 3, 3), cancelled, EXIM, Discretionary(amount(50), date(2025, 3, 1))).kind
        == "none"
    )


def test_a_discretionary_limit_stands_only_without_a_decision_and_with_a_fresh_report() -> None:
    own = Discretionary(amount(50), date(2025, 1, 15))
    assert limit_at(date(2026, 1, 15), [], EXIM, own).amount == 50
    assert limit_at(date(2026, 1, 15), [], EXIM, own).kind == "discretionary"
    assert limit_at(date(2026, 1, 16), [], EXIM, own).amount == 0
    assert limit_at(date(2025, 1, 14), [], EXIM, own).amount == 0
    assert limit_at(date(2025, 2, 1), [], EXIM, Discretionary(amount(50), None)).amount == 0
    decided = [LimitDecision(date(2025, 6, 1), amount(0))]
    assert limit_at(date(2025, 6, 1), decided, EXIM, own).amount == 0


@pytest.mark.parametrize("decided", [0, 10, 500])
def test_what_the_insurer_decides_later_takes_no_cover_from_what_was_shipped(decided: int) -> None:
    own = Discretionary(amount(50), date(2025, 1, 15))
    later = [LimitDecision(date(2025, 6, 1), amount(decided))]
    assert limit_at(date(2025, 5, 31), later, EXIM, own) == limit_at(date(2025, 5, 31), [], EXIM, own)
    assert limit_at(date(2025, 5, 31), later, EXIM, own).amount == 50


def test_after_a_limit_has_expired_a_lower_one_is_no_cut() -> None:
    first = LimitDecision(date(2025, 1, 1), amount(100), expires=date(2025, 6, 30))
    again = [first, LimitDecision(date(2025, 7, 15), amount(40))]
    in_time = [first, LimitDecision(date(2025, 6, 15), amount(40))]
    assert [limit_at(date(2025, 7, day), again, EXIM).amount for day in (14, 15, 20)] == [0, 40, 40]
    assert limit_at(date(2025, 6, 30), in_time, EXIM).amount == 100
    assert limit_at(date(2025, 7, 1), in_time, EXIM).amount == 40


def test_limits_that_are_wrong() -> None:
    with pytest.raises(
        InputError, match=r"decisions: two were notified on 2025-01-01; give the one that counts\."
    ):
        limit_at(date(2025, 2, 1), [LimitDecision(date(2025, 1, 1), amount(x)) for x in (1, 2)], EXIM)
    with pytest.raises(OutOfRangeError, match="decisions: -1 of 2025-01-01 is negative"):
        limit_at(date(2025, 2, 1), [LimitDecision(date(2025, 1, 1), amount(-1))], EXIM)


@given(st.lists(st.builds(LimitDecision, days, money), max_size=4, unique_by=lambda one: one.notified), days)
def test_a_limit_is_one_of_the_insurer_s(decisions: list[LimitDecision], shipped: date) -> None:
    found = limit_at(shipped, decisions, EXIM).amount
    assert found in {decision.amount for decision in decisions if decision.notified <= shipped} | {0}
    if decisions and all(one.notified + timedelta(30) <= shipped for one in decisions):
        assert found == max(decisions, key=lambda one: one.notified).amount


def test_what_insurance_does_to_liquidity() -> None:
    """Cash ratio = (cash + equivalents + marketable securities) / current liabilities."""
    ratio = cash_ratio(amount(100), amount(400), amount(60))
    assert (ratio.without, ratio.insured) == (amount(0.25), amount(0.4))
    found = days_sales(amount(300), amount(1000), 90, amount(100))
    assert (found.without, found.insured) == (27, 18)


@pytest.mark.parametrize(
    ("figures", "error", "message"),
    [
        ((1, 0, 1), NothingToDivideError, "current_liabilities: 0, so there is nothing to divide by."),
        ((1, -1, 1), OutOfRangeError, "current_liabilities: -1 is negative; 0 or more is allowed."),
    ],
)
def test_a_cash_ratio_without_an_answer(
    figures: tuple[int, ...], error: type[DuebookError], message: str
) -> None:
    with pytest.raises(error) as caught:
        cash_ratio(*map(Decimal, figures))
    assert str(caught.value) == message


def test_claims_beyond_the_receivables() -> None:
    with pytest.raises(OutOfRangeError, match=r"claims: 301 is not between 0 and the receivables 300\."):
        days_sales(amount(300), amount(1000), 90, amount(301))
