"""The limit of a policy from what a ledger knows, for a replay that sets hundreds of thousands of them.

A ledger knows what a customer buys, since when and how it pays, and no balance sheet. So of the methods that
a policy combines those remain that ask no more: the progressive limit, the share of sales, what is needed in
its terms, and the cap by sales and terms. :class:`LedgerLimit` gives the amount of ``limit("policy", ...)``
of :mod:`duebook.limit_methods` for those inputs, in whole numbers of minor units; a test holds the two
against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from duebook.limit_methods import CEILINGS

if TYPE_CHECKING:
    from decimal import Decimal

    from duebook.policy import Policy

KNOWN_METHODS: Final = ("progressive", "sales", "need", "dso cap")
"""The methods that ask nothing but what a ledger knows."""
_PLACES: Final = 12  # no share of a policy is written with more decimals
_ONE: Final = 10**_PLACES
_MONTH: Final = 30


@dataclass(frozen=True)
class Buyer:
    """What a ledger knows of a customer.

    Attributes:
        sales: Mean monthly sales to it, minor units.
        turnover: Its own mean monthly turnover, minor units; None where nobody knows it, and then the
            progressive limit is not tried.
        months: Whole months since its first order.
        good_record: Whether it has kept its terms.
        alerts: How many alerts are open.
        term_days: The days of its terms.
        seller_sales: The seller's annual sales, minor units; None where a year of them is not known.
    """

    sales: int
    turnover: int | None
    months: int
    good_record: bool
    alerts: int
    term_days: int
    seller_sales: int | None = None


def without_progressive(policy: Policy) -> Policy:
    """Return a policy whose limit does not try the progressive method, for a turnover that nobody knows.

    Asked for it by :mod:`duebook.limit_methods`, the method would take monthly sales for a turnover.
    """
    methods = tuple(name for name in policy.limit.methods if name != "progressive")
    return policy.model_copy(update={"limit": policy.limit.model_copy(update={"methods": methods})})


class LedgerLimit:
    """The limit rule of a policy, ready to be asked many times."""

    def __init__(self, policy: Policy, digits: int) -> None:
        """Take the numbers of a policy, as whole numbers.

        Args:
            policy: The policy, without exceptions.
            digits: The decimals of the currency that amounts are in.
        """
        rules = policy.limit
        self.methods = tuple(name for name in rules.methods if name in KNOWN_METHODS)
        self._mean = rules.combine == "mean"
        self._first = _whole(rules.progressive.first_share)
        self._raised = _whole(rules.progressive.raised_share)
        self._after = rules.progressive.raised_after_months
        self._sales = _whole(rules.sales_share)
        self._tolerance = rules.tolerance_days
        self._seller = _whole(rules.seller_share)
        self._up, self._most_up = _whole(rules.step.up_each_year), _whole(rules.step.most_up)
        self._down = _whole(rules.step.down_each_alert)
        self._floor = _whole(rules.floor.scaleb(digits))
        self._step = _whole(rules.rounding_step.scaleb(digits))

    def limit(self, buyer: Buyer) -> int | None:
        """Return the limit of a customer, rounded down to the minor unit.

        Args:
            buyer: What is known of it.

        Returns:
            Minor units, 0 or more; None where the policy has no method that a ledger can answer.
        """
        # Everything over one divisor: the twelve decimals of a share, those of a step, and a month's days.
        divisor = _ONE * _ONE * _MONTH
        cap = buyer.sales * (buyer.term_days + self._tolerance) * _ONE * _ONE
        raised = buyer.good_record and buyer.months >= self._after
        by_method = {
            "sales": buyer.sales * self._sales * _MONTH * _ONE,
            "need": buyer.sales * buyer.term_days * _ONE * _ONE,
            "dso cap": cap,
        }
        if buyer.turnover is not None:
            share = self._raised if raised else self._first
            by_method["progressive"] = buyer.turnover * share * _MONTH * _ONE
        found = {name: by_method[name] for name in self.methods if name in by_method}
        if not found:
            return None
        times = self._stepped(buyer)
        if self._mean:
            divisor *= len(found)
            cap *= len(found)
            amount = sum(found.values()) * times // _ONE
        else:
            amount = min(
                each * (min(times, _ONE) if name in CEILINGS else times) // _ONE
                for name, each in found.items()
            )
        scale = divisor // _ONE
        if 0 < amount < self._floor * scale:
            amount = self._floor * scale
        if buyer.seller_sales is not None:
            amount = min(amount, buyer.seller_sales * self._seller * scale)
        amount = min(amount, cap)
        if self._step:
            step = self._step * scale
            amount = amount // step * step
        return amount // divisor

    def _stepped(self, buyer: Buyer) -> int:
        """Return what years of business and open alerts multiply the limit by, in parts of ``_ONE``."""
        if buyer.alerts:
            return max(0, _ONE - buyer.alerts * self._down)
        if buyer.good_record:
            return _ONE + min(self._most_up, buyer.months // 12 * self._up)
        return _ONE


def _whole(number: Decimal) -> int:
    return int(number.scaleb(_PLACES))
