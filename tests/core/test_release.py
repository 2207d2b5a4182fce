"""Letting an order through: what a policy says to it, and which of its reasons comes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.policy import default_policy, default_text, parse_policy
from duebook.release import Verdict, release, stops_from


def decided(adds: int = 100, **known: object) -> Verdict:
    given_: dict[str, object] = {
        "exposure": 0,
        "limit": 1_000,
        "oldest_overdue": 0,
        "stops_from": 30,
        "condition": "none",
    }
    return release(adds, **(given_ | known))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        ({}, Verdict.ALLOWED),
        ({"exposure": 900}, Verdict.ALLOWED),  # a limit that is just used up holds
        ({"exposure": 901}, Verdict.OVER_LIMIT),
        ({"exposure": -5_000, "adds": 6_000}, Verdict.ALLOWED),  # in credit: there is more room
        ({"limit": 0}, Verdict.OVER_LIMIT),
        ({"limit": None}, Verdict.NO_LIMIT),
        ({"oldest_overdue": 29}, Verdict.ALLOWED),
        ({"oldest_overdue": 30}, Verdict.OVERDUE),  # inclusive, as stages are
        ({"oldest_overdue": 400, "stops_from": None}, Verdict.ALLOWED),
        ({"oldest_overdue": 0, "stops_from": -7}, Verdict.ALLOWED),  # a stage before due stops nobody in time
        ({"oldest_overdue": 1, "stops_from": -7}, Verdict.OVERDUE),
        ({"condition": "prepayment"}, Verdict.PREPAYMENT),
        ({"condition": "prepayment", "exposure": 5_000}, Verdict.PREPAYMENT),
        ({"condition": "prepayment", "limit": None}, Verdict.PREPAYMENT),
        ({"condition": "prepayment", "oldest_overdue": 30}, Verdict.OVERDUE),
        ({"condition": "guarantee"}, Verdict.GUARANTEED),
        ({"condition": "guarantee", "limit": None}, Verdict.GUARANTEED),
        ({"condition": "guarantee", "exposure": 901}, Verdict.OVER_LIMIT),
        ({"adds": 0, "exposure": 5_000}, Verdict.ALLOWED),  # paid already: it adds nothing
        ({"adds": 0, "condition": "prepayment"}, Verdict.ALLOWED),
        ({"adds": 0, "oldest_overdue": 30}, Verdict.OVERDUE),
    ],
)
def test_what_becomes_of_an_order(known: dict[str, int], verdict: Verdict) -> None:
    assert decided(**known) is verdict  # type: ignore[arg-type]


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 5_000))
def test_a_higher_limit_never_stops_what_a_lower_one_lets_through(
    adds: int, exposure: int, limit: int, more: int
) -> None:
    before = decided(adds, exposure=exposure, limit=limit)
    after = decided(adds, exposure=exposure, limit=limit + more)
    assert after.on_credit or not before.on_credit


def test_every_verdict_is_on_credit_for_cash_or_stopped() -> None:
    ways = {verdict: (verdict.on_credit, verdict.stopped) for verdict in Verdict}
    assert [v for v, way in ways.items() if way == (False, False)] == [Verdict.PREPAYMENT]
    assert (True, True) not in ways.values()


def test_the_first_stage_that_says_so_stops_orders() -> None:
    text = default_text()
    assert stops_from(default_policy()) == 30  # "stop deliveries" is what the stage's procedure says
    earlier = parse_policy(
        text.replace('channels = ["phone", "letter"]', 'channels = ["phone"]\nstops_orders = true'),
        where="own.toml",
    )
    assert stops_from(earlier) == 15
    never = parse_policy(text.replace("stops_orders = true", "stops_orders = false"), where="own.toml")
    assert stops_from(never) is None
