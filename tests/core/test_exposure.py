"""Exposure: parts that add up, orders that break a limit, groups and levels."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError, OutOfRangeError
from duebook.exposure import (
    Headroom,
    Level,
    Order,
    Part,
    breach,
    exceeded,
    exposure,
    groups,
    headroom,
    in_horizon,
    top_of,
)

money = st.decimals(0, 10**6, places=2)
names = st.sampled_from("ABCDEF")
AS_OF = date(2026, 6, 30)


def amount(value: float) -> Decimal:
    return Decimal(str(value))


def parts(**amounts: float) -> dict[Part, Decimal]:
    return {Part(name): amount(value) for name, value in amounts.items()}


def test_parts_make_gross_mitigants_and_net() -> None:
    found = exposure(
        parts(open=1000, orders=200, unbilled=100, bills=50, unapplied=150, collateral=300, insured=500)
    )
    assert (found.gross, found.mitigants, found.net) == (1350, 950, 400)


def test_what_is_disputed_is_never_counted_as_insured() -> None:
    found = exposure(parts(open=1000, insured=900), disputed=amount(250))
    assert (found.counted[Part.INSURED], found.net) == (750, 250)
    assert exposure(parts(open=100, insured=100), disputed=amount(150)).net == 100


def test_collateral_and_insurance_take_off_no_more_than_is_left() -> None:
    found = exposure(parts(open=100, collateral=80, insured=500))
    assert (found.counted[Part.COLLATERAL], found.counted[Part.INSURED], found.net) == (80, 20, 0)
    assert exposure(parts(open=100, unapplied=150, collateral=80)).net == -50


def test_a_part_may_be_left_out() -> None:
    everything = parts(open=100, orders=50, insured=30)
    found = exposure(everything, include=frozenset({Part.OPEN, Part.INSURED}))
    assert (found.gross, found.net) == (100, 70)
    assert found.parts[Part.ORDERS] == 50
    assert found.counted[Part.ORDERS] == 0


def test_a_part_may_have_a_limit_of_its_own() -> None:
    """OCA account_financial_risk: a part over its own limit is an exception, whatever the total says."""
    found = exposure(parts(open=100, orders=50), include=frozenset({Part.OPEN}))
    assert exceeded(found, parts(open=100, orders=49)) == (Part.ORDERS,)
    assert exceeded(found, {}) == ()


@given(st.fixed_dictionaries(dict.fromkeys(Part, money)), money, st.frozensets(st.sampled_from(list(Part))))
def test_exposure_adds_up(given_: dict[Part, Decimal], disputed: Decimal, include: frozenset[Part]) -> None:
    found = exposure(given_, disputed=disputed, include=include)
    adding = (Part.OPEN, Part.ORDERS, Part.UNBILLED, Part.BILLS)
    assert found.gross == sum(found.counted[part] for part in adding)
    assert found.mitigants == sum(found.counted[part] for part in Part if part not in adding)
    assert found.net == found.gross - found.mitigants
    assert found.net >= min(0, found.gross - found.counted[Part.UNAPPLIED])
    assert all(0 <= found.counted[part] <= given_[part] for part in Part)
    more = exposure({**given_, Part.OPEN: given_[Part.OPEN] + 1}, disputed=disputed, include=include)
    assert more.net >= found.net


def test_a_customer_in_credit_has_a_negative_open_part_and_no_other() -> None:
    assert exposure(parts(open=-50, orders=20)).net == -30
    with pytest.raises(OutOfRangeError, match=r"insured: -1 is negative; 0 or more is allowed\."):
        exposure(parts(insured=-1))
    with pytest.raises(OutOfRangeError, match="disputed: -1 is negative"):
        exposure({}, disputed=amount(-1))


ORDERS = (
    Order("S1", amount(100), date(2026, 7, 10)),
    Order("S2", amount(200), date(2026, 7, 30)),
    Order("S3", amount(50), date(2026, 7, 31)),
    Order("S4", amount(25)),
)


def test_orders_beyond_the_horizon_do_not_count() -> None:
    near, far = in_horizon(ORDERS, AS_OF, 30)
    assert [order.number for order in near] == ["S1", "S2", "S4"]
    assert [order.number for order in far] == ["S3"]
    assert in_horizon(ORDERS, AS_OF, None) == (ORDERS, ())
    assert in_horizon(ORDERS, date.max, 30) == (ORDERS, ())
    with pytest.raises(OutOfRangeError, match="horizon: -1 days; 0 or more is allowed"):
        in_horizon(ORDERS, AS_OF, -1)


def test_the_order_that_broke_the_limit() -> None:
    found = breach(amount(1000), amount(750), ORDERS)
    assert found is not None
    assert found.order is not None
    assert (found.over, found.order.number) == (125, "S2")
    assert breach(amount(1125), amount(750), ORDERS) is None
    before = breach(amount(700), amount(750), ORDERS)
    assert before is not None
    assert (before.over, before.order) == (425, None)


@given(money, money, st.lists(st.builds(Order, st.just("S"), money), max_size=5))
def test_a_breach_is_what_exceeds_the_limit(limit: Decimal, owed: Decimal, orders: list[Order]) -> None:
    found = breach(limit, owed, orders)
    total = owed + sum(order.amount for order in orders)
    assert (found.over if found else 0) == max(0, total - limit)
    assert (found is not None and found.order is None) is (owed > limit)


def test_parents_and_children_are_one_group() -> None:
    found = groups(
        {"A": amount(10), "B": amount(20), "C": amount(30), "D": amount(5)}, {"B": "A", "C": "B", "D": "H"}
    )
    assert (found["A"].members, found["A"].exposure) == (("A", "B", "C"), 60)
    assert (found["H"].members, found["H"].exposure) == (("D",), 5)


def test_a_group_that_goes_round_in_a_circle_is_an_error() -> None:
    with pytest.raises(InputError, match=r"parent: B -> C -> B is a circle; a group has one head\."):
        top_of("A", {"A": "B", "B": "C", "C": "B"})
    with pytest.raises(InputError, match="parent: A -> A is a circle"):
        groups({"A": amount(1)}, {"A": "A"})


@given(st.dictionaries(names, money), st.dictionaries(names, names))
def test_groups_add_up_to_the_customers(exposures: dict[str, Decimal], parents: dict[str, str]) -> None:
    try:
        found = groups(exposures, parents)
    except InputError:
        assert any(_circles(name, parents) for name in exposures)
        return
    assert sum(group.exposure for group in found.values()) == sum(exposures.values())
    members = [name for group in found.values() for name in group.members]
    assert sorted(members) == sorted(exposures)
    assert all(head not in parents for head in found)


def _circles(name: str, parents: dict[str, str]) -> bool:
    for _ in range(len(parents) + 1):
        if name not in parents:
            return False
        name = parents[name]
    return True


def test_the_tightest_level_binds() -> None:
    levels = [
        Level("company", amount(100), amount(90)),
        Level("customer", None, amount(500)),
        Level("group", amount(1000), amount(995)),
    ]
    assert headroom(levels) == Headroom(amount(5), "group")
    assert headroom(levels[:2]) == Headroom(amount(10), "company")
    assert headroom(levels[1:2]) == Headroom(None, "")
    assert headroom([Level("company", amount(10), amount(30))]).amount == -20
    with pytest.raises(OutOfRangeError, match=r"group: the limit -1 is negative; 0 or more is allowed\."):
        headroom([Level("group", amount(-1), amount(0))])
