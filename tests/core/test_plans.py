"""Payment plans, and how they stand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import DuebookError, InputError, NoAnswerError, OutOfRangeError
from duebook.plans import (
    Method,
    agreed,
    debt_plan,
    monthly,
    order_plan,
    parse_method,
    staged,
    standing,
)

FIRST = date(2026, 1, 31)
debts = st.decimals(Decimal("0.01"), 10**9, places=2)
rates = st.decimals(0, 1, places=4)
methods = st.sampled_from(list(Method))
counts = st.integers(1, 60)


def amount(value: float | str) -> Decimal:
    return Decimal(str(value))


def test_a_level_plan_is_the_annuity_of_the_textbook() -> None:
    """10,000 over 12 months at 12% a year: 888.49 a month."""
    lines = monthly(amount(10_000), 12, FIRST, annual_rate=amount(0.12))
    assert {line.payment for line in lines[:-1]} == {amount("888.49")}
    assert lines[-1].payment == amount("888.47")
    assert [line.interest for line in lines[:3]] == [100, amount("92.12"), amount("84.15")]


@pytest.mark.parametrize("rate", ["0", "1E-300", "1E-58", "1E-12"])
def test_next_to_no_interest_is_none(rate: str) -> None:
    assert [line.payment for line in monthly(amount(200), 3, FIRST, annual_rate=amount(rate))] == [
        amount("66.67"),
        amount("66.67"),
        amount("66.66"),
    ]


def test_equal_principal_bears_falling_interest() -> None:
    lines = monthly(amount(12_000), 4, FIRST, annual_rate=amount(0.12), method=Method.EQUAL_PRINCIPAL)
    assert [line.principal for line in lines] == [3_000] * 4
    assert [line.interest for line in lines] == [120, 90, 60, 30]
    assert [line.balance for line in lines] == [9_000, 6_000, 3_000, 0]


def test_the_last_line_takes_what_rounding_left() -> None:
    assert [line.payment for line in monthly(amount(100), 3, FIRST)] == [
        amount("33.33"),
        amount("33.33"),
        amount("33.34"),
    ]
    assert [line.payment for line in monthly(amount(200), 3, FIRST)][-1] == amount("66.66")
    yen = monthly(amount(100), 3, FIRST, minor_digits=0)
    assert [line.payment for line in yen] == [33, 33, 34]


def test_a_debt_smaller_than_its_lines() -> None:
    lines = monthly(amount("0.05"), 10, FIRST)
    assert [line.payment for line in lines] == [amount("0.01")] * 5 + [0] * 5


def test_the_day_of_the_month_stays() -> None:
    days = [line.due for line in monthly(amount(100), 4, FIRST)]
    assert days == [FIRST, date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


@given(debts, counts, rates, methods)
def test_principal_is_the_debt_exactly(debt: Decimal, count: int, rate: Decimal, method: Method) -> None:
    lines = monthly(debt, count, FIRST, annual_rate=rate, method=method)
    assert [line.number for line in lines] == list(range(1, count + 1))
    assert sum(line.principal for line in lines) == debt
    left = debt
    for line in lines:
        assert line.payment == line.principal + line.interest
        assert line.balance == left - line.principal
        assert line.principal >= 0
        assert line.interest >= 0
        left = line.balance
    assert left == 0


@given(debts, st.integers(2, 60), rates)
def test_a_level_plan_costs_at_least_as_much_as_equal_principal(
    debt: Decimal, count: int, rate: Decimal
) -> None:
    level, equal = (
        sum(line.interest for line in monthly(debt, count, FIRST, annual_rate=rate, method=method))
        for method in (Method.LEVEL, Method.EQUAL_PRINCIPAL)
    )
    assert level >= equal - count * amount("0.01")


def test_stages_of_a_contract() -> None:
    """A Chinese insurer's page: 30% deposit, 50% on progress, 20% final."""
    days = [date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)]
    lines = staged(amount("1000.01"), parse_shares("30/50/20"), days)
    assert [line.payment for line in lines] == [300, amount("500.01"), 200]
    assert [line.balance for line in lines] == [amount("700.01"), 200, 0]


def parse_shares(text: str) -> tuple[Decimal, ...]:
    found = parse_method(text)
    assert isinstance(found, tuple)
    return found


@given(debts, st.sampled_from(["30/50/20", "30/30/40", "100", "33.3/33.3/33.4", "50/50"]))
def test_stages_are_the_amount_exactly(debt: Decimal, text: str) -> None:
    shares = (Decimal(1),) if text == "100" else parse_shares(text)
    lines = staged(debt, shares, [FIRST + timedelta(30 * number) for number in range(len(shares))])
    assert sum(line.payment for line in lines) == debt
    assert all(line.payment >= 0 for line in lines)


def test_a_method_in_every_spelling() -> None:
    assert parse_method(" Level ") is parse_method("等额本息") is Method.LEVEL
    assert parse_method("Equal  principal") is parse_method("等额本金") is Method.EQUAL_PRINCIPAL
    assert parse_method("30 / 50 / 20") == (amount("0.3"), amount("0.5"), amount("0.2"))
    assert parse_method("equal_principal") is parse_method("Equal-Principal") is Method.EQUAL_PRINCIPAL
    for text in ("30-50-20", "30%/50%/20%", "30:50:20", "3-5-2", "0.3/0.5/0.2", "30％/50％/20％"):  # noqa: RUF001
        assert parse_method(text) == (amount("0.3"), amount("0.5"), amount("0.2"))
    assert parse_method("3/3/4") == (amount("0.3"), amount("0.3"), amount("0.4"))
    assert parse_method("三三四") == parse_method("3-3-4")
    assert parse_method("三七") == (amount("0.3"), amount("0.7"))
    with pytest.raises(InputError, match="method: 30/30/30 add up to 90%"):
        parse_method("三三三")
    with pytest.raises(InputError, match="method: 30/50/10 add up to 90%"):
        parse_method("0.3/0.5/0.1")
    with pytest.raises(InputError, match="add up to 10%"):
        parse_method("3%/3%/4%")
    with pytest.raises(InputError) as caught:
        parse_method("bullet")
    assert str(caught.value) == (
        "method: 'bullet' is not allowed; level and equal principal are, and shares such as 30/50/20."
    )
    for shares in ("30/50/30", "0/100"):
        with pytest.raises(
            InputError, match=rf"method: {shares} add up to .*; each is to be above 0 and all together 100%\."
        ):
            parse_method(shares)


@pytest.mark.parametrize("count", [3, 6, 7, 9, 11, 13])
def test_equal_parts_in_cells_are_the_whole(count: int) -> None:
    """A cell of =1/3 holds 0.3333333333333333, and three of them are less than 1."""
    shares = parse_method([Decimal(repr(1 / count))] * count)
    assert isinstance(shares, tuple)
    assert sum(shares) == 1
    assert max(shares) - min(shares) < amount("1e-9")


@pytest.mark.parametrize(
    ("debt", "count", "rate", "message"),
    [
        (0, 1, "0", "amount: 0 is no debt; above 0 is allowed."),
        (-5, 1, "0", "amount: -5 is no debt; above 0 is allowed."),
        (1, 0, "0", "instalments: 0 is not between 1 and 1200."),
        (1, 1201, "0", "instalments: 1201 is not between 1 and 1200."),
        (1, 1, "5", "annual_rate: 5 is not between 0 and 1. Write 0.08 for 8%."),
    ],
)
def test_plans_out_of_range(debt: int, count: int, rate: str, message: str) -> None:
    with pytest.raises(OutOfRangeError) as caught:
        monthly(amount(debt), count, FIRST, annual_rate=amount(rate))
    assert str(caught.value) == message


def test_stages_that_are_wrong() -> None:
    with pytest.raises(InputError, match=r"shares: 2 for 1 dates; both need equally many\."):
        staged(amount(1), [amount(0.5), amount(0.5)], [FIRST])
    with pytest.raises(InputError, match="payment_date: 2026-01-30 comes after 2026-01-31"):
        staged(amount(1), [amount(0.5), amount(0.5)], [FIRST, date(2026, 1, 30)])
    with pytest.raises(OutOfRangeError, match="amount: 0 is no debt"):
        staged(amount(0), [amount(1)], [FIRST])


PLAN = monthly(amount(300), 3, FIRST)
ORIGINAL = date(2025, 10, 1)


def test_the_original_due_date_goes_on_to_age_the_debt() -> None:
    found = standing(PLAN, [], date(2026, 1, 30), original_due=ORIGINAL)
    assert found.days_late == 121
    assert (found.missed, found.arrears, found.due_now, found.outstanding) == ((), 0, 0, 300)


def test_missed_instalments_may_make_all_due() -> None:
    receipts = [(date(2026, 1, 31), amount(40))]
    kept = standing(PLAN, receipts, date(2026, 3, 1), original_due=ORIGINAL, accelerate_after=3)
    assert (kept.missed, kept.arrears, kept.due_now, kept.accelerated) == ((1, 2), 160, 160, False)
    broken = standing(PLAN, receipts, date(2026, 3, 1), original_due=ORIGINAL, accelerate_after=2)
    assert (broken.accelerated, broken.due_now, broken.outstanding) == (True, 260, 260)


def test_an_instalment_is_missed_after_the_days_of_grace() -> None:
    for day, missed in ((date(2026, 1, 31), ()), (date(2026, 2, 5), ()), (date(2026, 2, 6), (1,))):
        assert standing(PLAN, [], day, original_due=ORIGINAL, grace_days=5).missed == missed
    assert standing(PLAN, [], FIRST, original_due=ORIGINAL).due_now == 100


def test_acceleration_waives_interest_that_is_not_due() -> None:
    plan = monthly(amount(1000), 2, FIRST, annual_rate=amount(0.12), method=Method.EQUAL_PRINCIPAL)
    found = standing(plan, [], date(2026, 2, 1), original_due=ORIGINAL, accelerate_after=1)
    assert found.due_now == 510 + 500
    assert found.outstanding == 1000


def test_a_receipt_settles_interest_first_and_the_oldest_instalment_first() -> None:
    plan = monthly(amount(1000), 2, FIRST, annual_rate=amount(0.12), method=Method.EQUAL_PRINCIPAL)
    found = standing(plan, [(FIRST, amount(10))], date(2026, 2, 1), original_due=ORIGINAL)
    assert (found.outstanding, found.arrears) == (1000, 500)
    paid = standing(plan, [(FIRST, amount(2000))], date(2026, 2, 1), original_due=ORIGINAL)
    assert (paid.outstanding, paid.missed, paid.unapplied) == (0, (), 2000 - 1015)


def test_later_receipts_are_not_known_yet() -> None:
    late = [(date(2026, 2, 2), amount(100))]
    assert standing(PLAN, late, date(2026, 2, 1), original_due=ORIGINAL).missed == (1,)
    assert standing(PLAN, late, date(2026, 2, 2), original_due=ORIGINAL).missed == ()


@given(
    st.lists(st.tuples(st.dates(date(2025, 1, 1), date(2028, 1, 1)), debts), max_size=4),
    st.dates(date(2025, 1, 1), date(2028, 1, 1)),
    rates,
)
def test_what_was_paid_is_somewhere(receipts: list[tuple[date, Decimal]], as_of: date, rate: Decimal) -> None:
    plan = monthly(amount(5_000), 7, FIRST, annual_rate=rate)
    found = standing(plan, receipts, as_of, original_due=ORIGINAL, accelerate_after=1)
    paid = sum(value for day, value in receipts if day <= as_of)
    total = sum(line.payment for line in plan)
    assert found.unapplied == max(0, paid - total)
    assert 0 <= found.outstanding <= 5_000
    assert found.arrears <= found.due_now <= total - (paid - found.unapplied)
    assert found.accelerated is bool(found.missed)


@given(debts, counts, rates, methods)
def test_a_plan_is_read_back_as_it_was_made(debt: Decimal, count: int, rate: Decimal, method: Method) -> None:
    plan = monthly(debt, count, FIRST, annual_rate=rate, method=method)
    columns = [[getattr(line, name) for line in plan] for name in ("due", "payment", "interest")]
    assert agreed(*columns) == plan


@pytest.mark.parametrize(
    ("dates", "payments", "interest", "error", "message"),
    [
        ([], [], [], NoAnswerError, "instalment_date: none given; the lines of the plan are needed."),
        ([FIRST], [-1], [0], OutOfRangeError, "payment: -1 of 2026-01-31 is negative; 0 or more is allowed."),
        ([FIRST], [5], [6], OutOfRangeError, "interest: 6 of 2026-01-31 is not between 0 and the payment 5."),
        (
            [FIRST],
            [5],
            [-1],
            OutOfRangeError,
            "interest: -1 of 2026-01-31 is not between 0 and the payment 5.",
        ),
        (
            [FIRST, date(2026, 1, 30)],
            [5, 5],
            [0, 0],
            InputError,
            "instalment_date: 2026-01-30 comes after 2026-01-31; list the plan in its order.",
        ),
        (
            [FIRST],
            [5],
            [],
            InputError,
            "instalment_date, payment, interest: 1, 1 and 0 values; all need equally many.",
        ),
    ],
)
def test_a_plan_that_was_not_agreed(
    dates: list[date], payments: list[int], interest: list[int], error: type[DuebookError], message: str
) -> None:
    with pytest.raises(error) as caught:
        agreed(dates, [*map(Decimal, payments)], [*map(Decimal, interest)])
    assert str(caught.value) == message


def test_standings_that_are_wrong() -> None:
    with pytest.raises(OutOfRangeError, match=r"accelerate_after: 0; 1 or more is allowed\."):
        standing(PLAN, [], FIRST, original_due=ORIGINAL, accelerate_after=0)
    with pytest.raises(OutOfRangeError, match="paid_amount: -1 of 2026-01-31 is negative"):
        standing(PLAN, [(FIRST, amount(-1))], FIRST, original_due=ORIGINAL)
    with pytest.raises(OutOfRangeError, match="grace_days: -1 is negative; 0 or more is allowed"):
        standing(PLAN, [], FIRST, original_due=ORIGINAL, grace_days=-1)


BOUNDS: dict[str, Decimal] = {"least_deposit": amount("0.3"), "most_deposit": amount("0.5")}
SHARES = (amount("0.3"), amount("0.5"), amount("0.2"))


def test_an_order_is_paid_as_the_guide_says() -> None:
    """Deposit, progress and final payment of item 47, the last one 90 days after delivery."""
    delivery = date(2026, 4, 30)
    dates = [date(2026, 1, 15), date(2026, 3, 15), delivery + timedelta(90)]
    lines = order_plan(amount(100_000), SHARES, dates, delivery, last_payment_days=90, **BOUNDS)
    assert [line.payment for line in lines] == [30_000, 50_000, 20_000]
    assert [line.due for line in lines] == dates
    assert lines[-1].balance == 0


@pytest.mark.parametrize(
    ("shares", "last", "said"),
    [
        (("0.29", "0.71"), 90, "shares: the deposit of 29% is not between 30% and 50%."),
        (("0.51", "0.49"), 90, "shares: the deposit of 51% is not between 30% and 50%."),
        (
            ("0.4", "0.6"),
            91,
            "payment_date: the last part is paid 91 days after delivery on 2026-01-31; up to 90",
        ),
    ],
)
def test_an_order_keeps_to_the_bounds(shares: tuple[str, ...], last: int, said: str) -> None:
    dates = [FIRST, FIRST + timedelta(last)]
    with pytest.raises(OutOfRangeError, match=said):
        order_plan(amount(10), [*map(amount, shares)], dates, FIRST, last_payment_days=90, **BOUNDS)


def test_a_deposit_is_paid_before_the_goods() -> None:
    dates = [FIRST, FIRST + timedelta(30)]
    shares = [amount("0.3"), amount("0.7")]
    assert order_plan(amount(10), shares, dates, FIRST, last_payment_days=90, **BOUNDS)[0].due == FIRST
    with pytest.raises(OutOfRangeError) as caught:
        order_plan(amount(10), shares, dates, FIRST - timedelta(1), last_payment_days=90, **BOUNDS)
    assert str(caught.value) == (
        "payment_date: the deposit is paid on 2026-01-31, after delivery on 2026-01-30; by then is allowed."
    )


@given(debts, rates, methods, counts)
def test_a_debt_plan_is_a_plan_of_no_more_instalments(
    debt: Decimal, rate: Decimal, method: Method, most: int
) -> None:
    whole = debt_plan(debt, FIRST, most_instalments=most, method=method, annual_rate=rate)
    assert whole == monthly(debt, most, FIRST, annual_rate=rate, method=method)
    with pytest.raises(OutOfRangeError, match=f"instalments: {most + 1} are more than the {most} allowed."):
        debt_plan(debt, FIRST, most_instalments=most, method=method, instalments=most + 1)
