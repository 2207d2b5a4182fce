"""The limit from what a ledger knows equals the limit of the policy from the same inputs."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.ledger_limits import KNOWN_METHODS, Buyer, LedgerLimit, without_progressive
from duebook.limit_inputs import Inputs
from duebook.limit_methods import limit
from duebook.policy import Policy, default_policy, default_text, parse_policy

METHODS = 'methods = ["progressive", "net worth", "working capital"'


def changed(**keys: str) -> Policy:
    text = default_text()
    if "methods" in keys:
        text = text.replace(METHODS, f'methods = [{keys.pop("methods")}, "net worth"', 1)
    for key, value in keys.items():
        line = next(line for line in text.splitlines() if line.startswith(f"{key} = "))
        text = text.replace(line, f"{key} = {value}", 1)
    return parse_policy(text, where="own.toml")


POLICIES = {
    "default": default_policy(),
    "cap alone": changed(methods='"dso cap"', rounding_step="0"),
    "mean": changed(methods='"progressive", "sales", "dso cap"', combine='"mean"', rounding_step="0.5"),
    "floor": changed(methods='"sales", "progressive"', floor="2500.5", up_each_year="0.07", most_up="0.33"),
    "alerts": changed(down_each_alert="0.333", first_share="0.125", raised_share="0.875", rounding_step="10"),
}
BUYERS = st.builds(
    Buyer,
    sales=st.integers(1, 10**10),
    turnover=st.none() | st.integers(1, 10**12),
    months=st.integers(0, 150),
    good_record=st.booleans(),
    alerts=st.integers(0, 5),
    term_days=st.integers(0, 120),
    seller_sales=st.none() | st.integers(0, 10**11),
)


def by_the_policy(buyer: Buyer, policy: Policy, digits: int) -> int:
    def major(minor: int) -> Decimal:
        return Decimal(minor).scaleb(-digits)

    pairs: list[tuple[str, Decimal | str]] = [
        ("monthly sales", major(buyer.sales)),
        ("sales", major(buyer.sales)),
        ("months of sales", Decimal(1)),
        ("months of business", Decimal(buyer.months)),
        ("good record", "yes" if buyer.good_record else "no"),
        ("years of business", Decimal(buyer.months // 12)),
        ("open alerts", Decimal(buyer.alerts)),
        ("term days", Decimal(buyer.term_days)),
    ]
    if buyer.seller_sales is not None:
        pairs.append(("seller annual sales", major(buyer.seller_sales)))
    if buyer.turnover is not None:
        pairs.append(("monthly turnover", major(buyer.turnover)))
    else:
        policy = without_progressive(policy)
    return int(limit("policy", Inputs(pairs, policy)).amount.scaleb(digits) // 1)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@given(BUYERS, st.sampled_from((0, 2, 3)))
def test_it_is_the_amount_of_the_policys_own_limit(policy: Policy, buyer: Buyer, digits: int) -> None:
    assert LedgerLimit(policy, digits).limit(buyer) == by_the_policy(buyer, policy, digits)


def test_the_figures_of_the_guide() -> None:
    """At first 20% of a month's turnover, after six good months 50% and no more (guide, items 13, 14)."""
    policy = changed(rounding_step="0")
    rule = LedgerLimit(policy, 2)
    new = Buyer(sales=10**9, turnover=100_000_00, months=0, good_record=False, alerts=0, term_days=30)
    proven = Buyer(sales=10**9, turnover=100_000_00, months=6, good_record=True, alerts=0, term_days=30)
    assert rule.limit(new) == 20_000_00
    assert rule.limit(proven) == 50_000_00
    assert rule.limit(replace(proven, months=36)) == 50_000_00


def test_a_policy_of_balance_sheets_says_nothing() -> None:
    text = default_text()
    line = next(line for line in text.splitlines() if line.startswith("methods = "))
    policy = parse_policy(text.replace(line, 'methods = ["net worth", "insured"]'), where="own.toml")
    rule = LedgerLimit(policy, 2)
    assert rule.methods == ()
    assert rule.limit(Buyer(1, 1, 1, good_record=True, alerts=0, term_days=30)) is None
    assert LedgerLimit(default_policy(), 2).methods == ("progressive", "need")
    assert set(KNOWN_METHODS) == {"progressive", "sales", "need", "dso cap"}
