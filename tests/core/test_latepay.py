"""Late-payment interest by law and on part payments, and the price of a discount not taken."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.calendar import parse_terms
from duebook.errors import InputError, NoAnswerError, NothingToDivideError, OutOfRangeError
from duebook.interest import Rounding, interest
from duebook.latepay import (
    EU,
    IRELAND,
    UK,
    Priority,
    Regime,
    claim,
    compensation,
    court_rate,
    in_force,
    sme_rate,
    statutory_rate,
)
from duebook.terms import discount, discount_cost

dates = st.dates(date(2020, 1, 1), date(2030, 1, 1))
rates = st.decimals(0, 1, places=4)
money = st.decimals(0, 10**6, places=2)
BASE = (
    (date(2023, 8, 3), Decimal("0.0525")),
    (date(2024, 8, 1), Decimal("0.05")),
    (date(2025, 5, 8), Decimal("0.0425")),
)
ECB = (
    (date(2023, 9, 20), Decimal("0.045")),
    (date(2024, 6, 12), Decimal("0.0425")),
    (date(2024, 12, 18), Decimal("0.0315")),
)


def number(value: float | str) -> Decimal:
    return Decimal(str(value))


def test_the_rate_of_a_british_chamber_of_commerce() -> None:
    """East Midlands Chamber, June 2005: base rate 4.75% on 30 June, so 12.75% from 1 July."""
    base = ((date(2004, 8, 5), number("0.0475")), (date(2005, 8, 4), number("0.045")))
    for due in (date(2005, 6, 30), date(2005, 12, 30)):
        assert statutory_rate(UK, base, due, date(2006, 3, 1)) == ((due + timedelta(1), number("0.1275")),)
    assert statutory_rate(UK, base, date(2005, 12, 31), date(2006, 3, 1))[0][1] == number("0.125")


def test_a_british_debt_keeps_the_rate_it_began_with() -> None:
    """T27: 2,000 at 13.25%, base rate 5.25% on 31 December 2023, for 45 days."""
    due, paid = date(2024, 6, 15), date(2024, 7, 30)
    found = interest(number(2000), due, paid, statutory_rate(UK, BASE, due, paid), rounding=Rounding.TOTAL)
    assert found == number("32.67")


def test_a_british_claim_with_its_compensation() -> None:
    """5,000 at 12.25% for 101 days: 169.49, or 169.68 where the day is rounded, and 70 pounds."""
    due = date(2025, 7, 31)
    rate = statutory_rate(UK, BASE, due, due + timedelta(101))
    assert interest(number(5000), due, due + timedelta(101), rate, rounding=Rounding.TOTAL) == number(
        "169.49"
    )
    assert interest(number(5000), due, due + timedelta(101), rate, rounding=Rounding.DAILY) == number(
        "169.68"
    )
    assert compensation(UK, number(5000)) == 70


@pytest.mark.parametrize(
    ("debt", "fee"), [("0.01", 40), ("999.99", 40), (1000, 70), ("9999.99", 70), (10_000, 100), (10**9, 100)]
)
def test_compensation_by_the_size_of_the_debt(debt: str | int, fee: int) -> None:
    """late-payment-law.co.uk: 40 up to 999.99, 70 up to 9,999.99, 100 from 10,000."""
    assert compensation(UK, number(debt)) == fee
    assert compensation(EU, number(debt)) == compensation(IRELAND, number(debt)) == 40


def test_there_is_no_compensation_without_a_debt() -> None:
    with pytest.raises(OutOfRangeError, match=r"debt: 0 is no debt; above 0 is allowed\."):
        compensation(UK, number(0))


def test_the_european_rate_changes_every_half_year() -> None:
    """Directive 2011/7/EU, article 2 (7): the ECB's rate on 1 January and 1 July, and 8 points."""
    found = statutory_rate(EU, ECB, date(2024, 6, 14), date(2025, 2, 1))
    assert found == (
        (date(2024, 1, 1), number("0.125")),
        (date(2024, 7, 1), number("0.1225")),
        (date(2025, 1, 1), number("0.1115")),
    )


def test_the_irish_rate_is_that_of_the_payment() -> None:
    """Official for the second half of 2024: 12.25%, whatever the debt bore before."""
    found = statutory_rate(IRELAND, ECB, date(2024, 3, 1), date(2024, 8, 1))
    assert found == ((date(2024, 3, 2), number("0.1225")),)


def test_a_rate_in_force_all_the_time() -> None:
    assert {
        rate for _, rate in statutory_rate(EU, number("0.0215"), date(2025, 12, 1), date(2026, 8, 1))
    } == {number("0.1015")}


@given(st.sampled_from([EU, UK, IRELAND]), dates, st.integers(-40, 2000))
def test_the_rates_of_a_law_cover_every_late_day(law: Regime, due: date, late: int) -> None:
    paid = due + timedelta(late)
    found = statutory_rate(law, number("0.02"), due, paid)
    assert interest(number(365), due, paid, found) == max(0, late) * number("0.10")


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31), date(9999, 6, 30)])
def test_the_ends_of_the_calendar_have_a_rate(day: date) -> None:
    for law in (EU, UK, IRELAND):
        assert statutory_rate(law, number("0.02"), day, date.max)[0][1] == number("0.1")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ((), "reference: no rate is in force on 2024-06-30; the series is empty."),
        (
            ((date(2024, 7, 1), number(0)),),
            "reference: no rate is in force on 2024-06-30; the first is of 2024-07-01.",
        ),
        (
            ((date(2024, 7, 1), number(0)), (date(2023, 7, 1), number(0))),
            "reference: the rate of 2023-07-01 comes after 2024-07-01; list every day once, oldest first.",
        ),
        (
            ((date(2023, 7, 1), number(0)), (date(2023, 7, 1), number(0))),
            "reference: the rate of 2023-07-01 stands twice; list every day once, oldest first.",
        ),
    ],
)
def test_a_series_that_does_not_serve(reference: tuple[tuple[date, Decimal], ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        statutory_rate(UK, reference, date(2024, 7, 1), date(2024, 8, 1))
    assert str(caught.value) == message


LPR = (
    (date(2018, 1, 1), number("0.0435")),
    (date(2019, 8, 20), number("0.0425")),
    (date(2025, 5, 20), number("0.03")),
)


def test_a_breach_in_china_keeps_the_rate_of_its_day() -> None:
    """Judicial interpretation on sales contracts (2020), article 18: LPR at the breach, plus 30 to 50%."""
    assert court_rate(LPR, date(2025, 5, 18)) == number("0.06375")
    assert court_rate(LPR, date(2025, 5, 19), multiple=number("1.3")) == number("0.039")
    assert court_rate(number("0.03"), date(2018, 5, 19)) == number("0.045")


def test_a_breach_before_the_reform_bears_the_benchmark_of_each_day() -> None:
    found = court_rate(LPR, date(2019, 8, 18))
    assert isinstance(found, tuple)
    assert [rate for _, rate in found] == [number("0.06525"), number("0.06375"), number("0.045")]
    assert court_rate(LPR, date(2019, 8, 19)) == number("0.06375")


def test_the_multiple_of_the_court_has_bounds() -> None:
    with pytest.raises(OutOfRangeError, match=r"multiple: 1.6 is not between 1.3 and 1.5\."):
        court_rate(LPR, date(2025, 5, 18), multiple=number("1.6"))


def test_payments_to_small_firms_in_china() -> None:
    """Order 802, article 17: 0.05% a day without agreement; 1,000,000 for 30 days are 15,000."""
    signed = date(2025, 6, 1)
    rate = sme_rate(None, LPR, signed)
    assert interest(number(1_000_000), signed, signed + timedelta(30), rate) == 15_000
    assert sme_rate(number("0.05"), LPR, signed) == number("0.05")
    assert sme_rate(number("0.01"), LPR, signed) == in_force(LPR, signed) == number("0.03")


DUE = date(2026, 1, 31)


def test_interest_steps_at_a_part_payment_and_at_a_change_of_rate() -> None:
    """ERPNext issues 49621 and 58220: it runs on what is left, and stays when the principal is paid."""
    series = [(date(2026, 1, 1), number("0.1")), (date(2026, 3, 1), number("0.2"))]
    found = claim(
        number(73_000),
        DUE,
        date(2026, 3, 31),
        series,
        payments=[(date(2026, 3, 10), number(36_500)), (date(2026, 2, 10), number(36_500))],
        priority=Priority.PRINCIPAL_FIRST,
    )
    assert [(stretch.until, stretch.interest) for stretch in found.stretches] == [
        (date(2026, 2, 10), 10 * 20),
        (date(2026, 3, 10), 18 * 10 + 10 * 20),
    ]
    assert (found.principal, found.interest, found.accrued, found.unapplied) == (0, 580, 580, 0)


def test_what_a_payment_pays_first() -> None:
    """ERPNext issue 36279: costs, then interest, then principal; or the principal first."""
    payment = [(date(2026, 2, 10), number(1_000))]
    first = claim(number(36_500), DUE, date(2026, 2, 10), number("0.1"), payments=payment, costs=number(40))
    assert (first.costs, first.interest, first.principal) == (0, 0, 36_500 - 860)
    last = claim(
        number(36_500),
        DUE,
        date(2026, 2, 10),
        number("0.1"),
        payments=payment,
        costs=number(40),
        priority=Priority.PRINCIPAL_FIRST,
    )
    assert (last.costs, last.interest, last.principal) == (40, 100, 35_500)


@pytest.mark.parametrize("order", Priority)
def test_what_is_paid_in_time_pays_no_costs_of_being_late(order: Priority) -> None:
    """500 of 1,000 a week before the due date leave 500 to be late; the 40 pounds are owed for these."""
    early = ((DUE - timedelta(7), number(500)), (DUE, number(100)))
    found = claim(
        number(1000),
        DUE,
        DUE + timedelta(73),
        number("0.1"),
        payments=early,
        costs=number(40),
        priority=order,
        grace_days=3,
    )
    assert (found.principal, found.interest, found.costs) == (
        400,
        number("7.671232876712328767123287671"),
        40,
    )

    late = (*early, (DUE + timedelta(1), number(45)))
    after = claim(
        number(1000), DUE, DUE + timedelta(1), number("0.1"), payments=late, costs=number(40), priority=order
    )
    assert after.principal == (
        355 if order is Priority.PRINCIPAL_FIRST else number("395.1095890410958904109589041")
    )


def test_a_payment_by_the_due_date_bears_no_interest() -> None:
    found = claim(number(365), DUE, DUE + timedelta(10), number("0.1"), payments=[(DUE, number(300))])
    assert found.accrued == number("0.1") * 65 * 10 / 365
    assert claim(number(365), DUE, DUE, number("0.1")).stretches == ()


def test_what_is_paid_too_much_is_shown() -> None:
    found = claim(number(100), DUE, DUE + timedelta(5), number(0), payments=[(DUE, number(120))])
    assert (found.principal, found.unapplied) == (0, 20)


@given(
    money,
    st.lists(st.tuples(dates, money), max_size=4),
    dates,
    rates,
    money,
    st.sampled_from(list(Priority)),
)
def test_a_claim_adds_up(  # noqa: PLR0913, PLR0917 - a debt and its terms
    principal: Decimal,
    payments: list[tuple[date, Decimal]],
    as_of: date,
    rate: Decimal,
    costs: Decimal,
    priority: Priority,
) -> None:
    due = date(2024, 1, 1)
    found = claim(
        principal,
        due,
        as_of,
        rate,
        payments=payments,
        costs=costs,
        priority=priority,
        rounding=Rounding.TOTAL,
    )
    paid = sum(amount for day, amount in payments if day <= as_of)
    left = found.principal + found.interest + found.costs
    assert left + paid == principal + costs + found.accrued + found.unapplied
    assert min(found.principal, found.interest, found.costs, found.unapplied) >= 0
    assert found.unapplied == 0 or left == 0
    without = claim(principal, due, as_of, rate, rounding=Rounding.TOTAL)
    assert found.accrued <= without.accrued + len(found.stretches) * number("0.01")


def test_a_claim_of_nothing_negative() -> None:
    with pytest.raises(OutOfRangeError, match="payments: -1 is negative"):
        claim(number(1), DUE, DUE, number(0), payments=[(DUE, number(-1))])
    with pytest.raises(OutOfRangeError, match="principal: -1 is negative"):
        claim(number(-1), DUE, DUE, number(0))


def test_the_price_of_a_discount_not_taken() -> None:
    """The textbook's 2/10 net 30: 37.2% a year of 365 days, 36.7% of 360, 44.6% compounded."""
    terms = parse_terms("2/10 Net 30")
    assert round(discount_cost(terms), 4) == number("0.3724")
    assert round(discount_cost(terms, basis=360), 4) == number("0.3673")
    assert round(discount_cost(terms, compound=True), 4) == number("0.4459")


@given(st.integers(1, 50), st.integers(0, 60), st.integers(1, 120))
def test_more_discount_and_fewer_days_cost_more(percent: int, discount: int, more: int) -> None:
    cost = discount_cost(parse_terms(f"{percent}/{discount} Net {discount + more}"))
    assert discount_cost(parse_terms(f"{percent + 1}/{discount} Net {discount + more}")) > cost
    assert discount_cost(parse_terms(f"{percent}/{discount} Net {discount + more + 1}")) < cost
    assert discount_cost(parse_terms(f"{percent}/{discount} Net {discount + more}"), compound=True) > 0


def test_terms_without_a_price() -> None:
    with pytest.raises(
        NoAnswerError, match=r"terms: they give no discount\. Write, for example, 2/10 Net 30\."
    ):
        discount_cost(parse_terms("Net 30"))
    with pytest.raises(NothingToDivideError, match="the discount ends when payment is due, after 30 days"):
        discount_cost(parse_terms("2/30 Net 30"))
    with pytest.raises(OutOfRangeError, match="basis: 364 is no number of days of a year; 360, 365, 366 are"):
        discount_cost(parse_terms("2/10 Net 30"), basis=364)


@pytest.mark.parametrize(
    ("paid", "taken"), [(date(2026, 1, 1), 20), (date(2026, 1, 11), 20), (date(2026, 1, 12), 0)]
)
def test_a_discount_is_earned_until_its_last_day(paid: date, taken: int) -> None:
    """2/10 Net 30 on 1,000."""
    assert discount(Decimal(1000), date(2026, 1, 1), paid, parse_terms("2/10 Net 30")) == taken


def test_a_discount_is_of_a_debt_and_of_terms_that_give_one() -> None:
    assert discount(Decimal(1000), date(2026, 1, 1), date(2026, 1, 1), parse_terms("Net 30")) == 0
    with pytest.raises(OutOfRangeError, match=r"amount: -1 is negative; 0 or more is allowed\."):
        discount(Decimal(-1), date(2026, 1, 1), date(2026, 1, 1), parse_terms("2/10 Net 30"))


def test_days_of_grace_bear_no_interest() -> None:
    """36,500 at 10% a year is 10 a day; of 30 days late 5 are free, also where part is paid meanwhile."""
    due = date(2026, 1, 31)
    late = due + timedelta(30)
    free = claim(Decimal(36_500), due, late, Decimal("0.1"), grace_days=5)
    assert (free.principal, free.interest) == (36_500, 250)
    paid = [(due + timedelta(3), Decimal(18_250))]
    assert claim(Decimal(36_500), due, late, Decimal("0.1"), payments=paid, grace_days=5).interest == 125
    assert claim(Decimal(36_500), due, due + timedelta(5), Decimal("0.1"), grace_days=5).interest == 0
    with pytest.raises(OutOfRangeError, match=r"grace_days: -1; 0 or more is allowed\."):
        claim(Decimal(1), due, late, Decimal("0.1"), grace_days=-1)
