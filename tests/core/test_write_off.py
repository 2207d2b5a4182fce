"""Proposals to write a debt off."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError, OutOfRangeError
from duebook.write_off import (
    BadDebt,
    Ground,
    Obstacle,
    WriteOffRules,
    parse_facts,
    propose_write_off,
)

RULES = WriteOffRules(small_amount=Decimal(1000), small_days=365)
debts = st.decimals(Decimal("0.01"), 10**9, places=2)


def amount(value: float | str) -> Decimal:
    return Decimal(str(value))


AS_OF = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("debt", "grounds", "proposed"),
    [
        (BadDebt(amount(900), date(2025, 6, 30), reminders=3), (Ground.SMALL_AND_OLD,), 900),
        (BadDebt(amount(900), date(2025, 7, 1), reminders=3), (), 0),
        (BadDebt(amount(1001), date(2025, 1, 1), reminders=3), (), 0),
        (BadDebt(amount(5000), date(2023, 6, 29), reminders=3), (Ground.STATUTE_BARRED,), 5000),
        (BadDebt(amount(5000), date(2023, 6, 30), reminders=3), (), 0),
        (BadDebt(amount(5000), date(2020, 1, 1), last_acknowledged=date(2024, 1, 1), reminders=3), (), 0),
        (
            BadDebt(
                amount(5000),
                date(2026, 1, 1),
                expected_recovery=amount(2000),
                grounds=frozenset({Ground.INSOLVENT}),
            ),
            (Ground.INSOLVENT,),
            3000,
        ),
        (
            BadDebt(
                amount(5000),
                date(2026, 1, 1),
                reminders=3,
                expected_recovery=amount(2000),
                collection_cost=amount(2001),
            ),
            (Ground.COST_EXCEEDS,),
            5000,
        ),
    ],
)
def test_grounds_to_write_a_debt_off(debt: BadDebt, grounds: tuple[Ground, ...], proposed: int) -> None:
    found = propose_write_off(debt, AS_OF, RULES)
    assert (found.grounds, found.amount) == (grounds, proposed)
    assert found.obstacles == ()


def test_an_obstacle_keeps_a_debt() -> None:
    debt = BadDebt(amount(900), date(2024, 1, 1), reminders=2, obstacles=frozenset({Obstacle.DISPUTED}))
    found = propose_write_off(debt, AS_OF, RULES)
    assert found.amount == 0
    assert found.grounds == (Ground.SMALL_AND_OLD,)
    assert found.obstacles == (Obstacle.DISPUTED, Obstacle.NOT_PURSUED)


@given(
    debts,
    debts,
    st.dates(date(2018, 1, 1), date(2027, 1, 1)),
    st.frozensets(st.sampled_from(list(Ground))),
    st.frozensets(st.sampled_from(list(Obstacle))),
)
def test_a_proposal_has_a_ground_and_no_obstacle(
    value: Decimal,
    expected: Decimal,
    due: date,
    grounds: frozenset[Ground],
    obstacles: frozenset[Obstacle],
) -> None:
    debt = BadDebt(value, due, reminders=3, expected_recovery=expected, grounds=grounds, obstacles=obstacles)
    found = propose_write_off(debt, AS_OF, RULES)
    assert 0 <= found.amount <= value
    assert found.amount == 0 or (found.grounds and not found.obstacles)
    assert grounds <= set(found.grounds)


def test_a_debt_that_is_negative() -> None:
    with pytest.raises(OutOfRangeError, match="collection_cost: -1 is negative; 0 or more is allowed"):
        propose_write_off(BadDebt(amount(1), AS_OF, collection_cost=amount(-1)), AS_OF, RULES)
    with pytest.raises(OutOfRangeError, match="reminders: -3 is negative; 0 or more is allowed"):
        propose_write_off(BadDebt(amount(1), AS_OF, reminders=-3), AS_OF, RULES)


def test_what_was_acknowledged_later_is_not_known_yet() -> None:
    later = AS_OF + timedelta(1)
    with pytest.raises(OutOfRangeError) as caught:
        propose_write_off(BadDebt(amount(1), date(2020, 1, 1), last_acknowledged=later), AS_OF, RULES)
    assert str(caught.value) == (
        f"last_acknowledged: {later} is after {AS_OF}, when nobody knew of it; a day by then is allowed."
    )
    known = BadDebt(amount(1), date(2020, 1, 1), last_acknowledged=AS_OF, reminders=3)
    assert Ground.STATUTE_BARRED not in propose_write_off(known, AS_OF, RULES).grounds


# Plans within a policy ------------------------------------------------------------------------------------


def test_what_is_known_of_a_debt_is_read_in_both_languages() -> None:
    english = ["Insolvent", "gone", "enforcement_ended", "disputed", "plan  kept", "claim-open", "related"]
    chinese = ["破产", "失联", "终结执行", "争议", "计划履行中", "索赔未结", "关联方"]
    grounds, obstacles = parse_facts(english)
    assert (grounds, obstacles) == parse_facts(chinese)
    assert grounds == {Ground.INSOLVENT, Ground.GONE, Ground.ENFORCEMENT_ENDED}
    assert obstacles == {Obstacle.DISPUTED, Obstacle.PLAN_KEPT, Obstacle.CLAIM_OPEN, Obstacle.RELATED}
    with pytest.raises(InputError, match="facts: 'rich' is none that is known"):
        parse_facts(["gone", "rich"])
