"""What a policy makes of customers: their score and grade, terms and limit, from what a ledger knows of them.

A policy may differ by company, country, industry and segment, so customers fall into groups that have one
policy each, without exceptions. The rules are the core's: the scorecard column-wise, the terms by industry
and grade, the limit by :class:`duebook.ledger_limits.LedgerLimit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import isnan
from typing import TYPE_CHECKING, Final

import numpy as np

from duebook import limit_inputs, limit_methods
from duebook.errors import DuebookError
from duebook.ledger_limits import Buyer, LedgerLimit, without_progressive
from duebook.policy.credit import NEW
from duebook.release import stops_from
from duebook.scorecard import card, folded
from duebook.scorecard_columns import scores
from duebook.terms import terms_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duebook.policy import Policy
    from duebook.policy.watch import AlertRule
    from duebook.terms import TermsDecision
    from duebook_etl.backtest.facts import Value
    from duebook_etl.backtest.ledger import Flags, Floats, Ints

MEASURES: Final = ("overdue share", "overdue rise", "oldest overdue", "days late rise")
"""The measures of alerts that a ledger answers by itself, whose rules a replay looks at."""
OTHER: Final = "other"
"""The industry whose terms stand for one that the policy does not know."""
DECIMALS: Final = 6
"""Shares and mean days are taken to six decimals, so that no order of adding moves one across a bound."""
NO_LIMIT: Final = -1
_YEAR: Final = 12


@dataclass(frozen=True, eq=False)
class Seen:
    """What is seen of some customers before their orders of a day, in one world.

    Attributes:
        customer: Their numbers.
        dealt: Whether anything was sold to them on credit before.
        share: The overdue share of what is open, 0 to 1; 0 where nothing is open.
        oldest: Days late of the oldest open item; 0 where none is late.
        late: Average days late of what they paid; NaN where they paid nothing.
        sales: Mean monthly sales, minor units; 0 where there were none.
        months: Whole months since the first order.
    """

    customer: Ints
    dealt: Flags
    share: Floats
    oldest: Ints
    late: Floats
    sales: Ints
    months: Ints

    @property
    def good_record(self) -> Flags:
        """Whether they kept their terms: paid on average not after the due date, with nothing overdue."""
        good: Flags = (self.late <= 0) & (self.oldest == 0)
        return good

    def of(self, places: Ints) -> Seen:
        """Return what is seen of some of them."""
        return Seen(*(getattr(self, name)[places] for name in Seen.__dataclass_fields__))


@dataclass(frozen=True)
class Rating:
    """What a policy grants a customer.

    Attributes:
        grade: Its grade; ``new`` where it has no score.
        condition: ``none``, ``guarantee`` or ``prepayment``.
        limit: The limit, minor units; :data:`NO_LIMIT` where none is known.
    """

    grade: str
    condition: str
    limit: int


class Rater:
    """Rates customers by one policy without exceptions."""

    def __init__(self, policy: Policy, digits: int, turnover_factor: Decimal | None) -> None:
        """Take a policy.

        Args:
            policy: The policy, without exceptions.
            digits: The decimals of the company's currency.
            turnover_factor: How many times its purchases here a customer's own turnover is taken to be where
                no fact says it; None for no guess.
        """
        self.policy = policy
        self._without_progressive = without_progressive(policy)
        self.stops_from = stops_from(policy)
        self.rules: tuple[AlertRule, ...] = tuple(
            rule for rule in policy.alert.rule if rule.measure in MEASURES
        )
        self.limits = LedgerLimit(policy, digits)
        self._digits = digits
        self.review_months = min(policy.review.rating_months, policy.limit.valid_months)
        self._factor = turnover_factor
        self._terms: dict[tuple[str, str], TermsDecision] = {}
        rules = card(policy)
        found = {name: rules.names.get(folded(name)) for name in _FACTORS}
        self._factors = [
            name
            for name, place in found.items()
            if isinstance(place, int) and rules.parts[place].factor.by_industry == (name == _INDUSTRY)
        ]
        anchors = policy.pay_index.anchors
        self._days = [float(anchor.days_late) for anchor in anchors]
        self._points = [float(anchor.points) for anchor in anchors]

    def levels(self, seen: Seen, base: tuple[Floats, Floats], before: Ints) -> Ints:
        """Return the level of each alert rule, 0 green to 2 red: a row a rule, a column a customer.

        Args:
            seen: What is seen now.
            base: Overdue share and days late when the customer was rated last; NaN where it never was.
            before: The levels at the last look.
        """
        share, late = base
        values = {
            "overdue share": seen.share,
            "overdue rise": np.maximum(0.0, np.round(seen.share - share, DECIMALS)),
            "oldest overdue": seen.oldest.astype(np.float64),
            "days late rise": np.maximum(0.0, np.round(seen.late - late, DECIMALS)),
        }
        found = np.zeros((len(self.rules), seen.customer.size), dtype=np.int64)
        for number, rule in enumerate(self.rules):
            value, was = values[rule.measure], before[number]
            amber, red = (
                (value >= float(bound)) | ((was >= level) & (value > float(bound - rule.back)))
                for level, bound in ((1, rule.amber), (2, rule.red))
            )
            found[number] = np.where(red, 2, np.where(amber, 1, 0))
        return found

    def rate(
        self,
        seen: Seen,
        industries: Sequence[str],
        facts: Sequence[Mapping[str, Value]],
        alerts: Ints,
        seller_sales: int | None,
    ) -> list[Rating]:
        """Return the rating of each customer.

        Args:
            seen: What is seen of them.
            industries: The industry of each, as the policy names it; empty where it knows none.
            facts: What else is known of each, by name: factors of the scorecard, which count where the ledger
                says nothing, and inputs of the limit, which count before what the ledger says.
            alerts: How many alerts of each are open.
            seller_sales: The seller's annual sales, minor units; None where a year of them is not known.
        """
        grades = self._grades(seen, industries, facts)
        columns = (seen.sales, seen.months, alerts, seen.good_record)
        rows = zip(*(column.tolist() for column in columns), industries, grades, facts, strict=True)
        found = []
        for sales, months, open_alerts, record, industry, grade, told in rows:
            terms = self._terms_of(industry, grade)
            buyer = Buyer(sales, self._turnover(sales), months, record, open_alerts, terms.days, seller_sales)
            inputs = {limit_inputs.input_of(name): value for name, value in told.items()} if told else {}
            if inputs.keys() - _NO_INPUTS:
                limit = self._limit_by_inputs(buyer, inputs, industry, grade if grade != NEW else None)
            else:
                limit = self.limits.limit(buyer) if sales > 0 else None
            found.append(Rating(grade, terms.condition, NO_LIMIT if limit is None else limit))
        return found

    def _turnover(self, sales: int) -> int | None:
        return None if self._factor is None else int(sales * self._factor)

    def _limit_by_inputs(
        self, buyer: Buyer, told: Mapping[str | None, Value], industry: str, grade: str | None
    ) -> int | None:
        """Return the policy's limit where more is known than a ledger knows; None where it cannot be set."""
        pairs: dict[str, Value] = {
            "months of business": Decimal(buyer.months),
            "good record": "yes" if buyer.good_record else "no",
            "years of business": Decimal(buyer.months // _YEAR),
            "open alerts": Decimal(buyer.alerts),
            "term days": Decimal(buyer.term_days),
        }
        if buyer.sales > 0:
            pairs["monthly sales"] = self._major(buyer.sales)
            if buyer.turnover is not None:
                pairs["monthly turnover"] = self._major(buyer.turnover)
            if "sales" not in told:
                pairs |= {"sales": self._major(buyer.sales), "months of sales": Decimal(1)}
        if buyer.seller_sales is not None:
            pairs["seller annual sales"] = self._major(buyer.seller_sales)
        if industry:
            pairs["industry"] = industry
        if grade is not None:
            pairs["grade"] = grade
        pairs |= {name: value for name, value in told.items() if name is not None and name not in _NO_INPUTS}
        policy = self.policy if "monthly turnover" in pairs else self._without_progressive
        try:
            amount = limit_methods.limit("policy", limit_inputs.Inputs(list(pairs.items()), policy)).amount
        except DuebookError:  # a figure that carries no limit, or that is missing: a person decides
            return None
        return int(amount.scaleb(self._digits) // 1)

    def _major(self, minor: int) -> Decimal:
        return Decimal(minor).scaleb(-self._digits)

    def _terms_of(self, industry: str, grade: str) -> TermsDecision:
        found = self._terms.get((industry, grade))
        if found is None:
            found = self._terms[industry, grade] = terms_for(industry or OTHER, grade, self.policy)
        return found

    def _grades(
        self, seen: Seen, industries: Sequence[str], facts: Sequence[Mapping[str, Value]]
    ) -> list[str]:
        """Grade those that were dealt with before or are told of; of others nothing is known."""
        grades = [NEW] * seen.customer.size
        told_of = np.fromiter(map(bool, facts), dtype=np.bool_, count=len(facts))
        places = np.flatnonzero(seen.dealt | told_of).tolist()
        if not places:
            return grades
        columns = self._columns(seen.of(np.array(places)), [industries[place] for place in places])
        rules = card(self.policy)
        for row, place in enumerate(places):
            for name, value in facts[place].items():
                number = rules.names.get(folded(name))
                if isinstance(number, int) and not rules.parts[number].factor.by_industry:
                    factor = rules.parts[number].factor.name
                    column = columns.setdefault(factor, [None] * len(places))
                    column[row] = value if column[row] is None else column[row]
        if not columns:
            return grades
        answer = scores(list(columns), list(columns.values()), self.policy, _read)
        for place, grade in zip(places, answer.grades, strict=True):
            if grade is not None:
                grades[place] = grade
        return grades

    def _columns(self, seen: Seen, industries: Sequence[str]) -> dict[str, list[object]]:
        """Return the factors that the ledger answers; of those never dealt with only the industry."""
        dealt = seen.dealt.tolist()
        index = np.round(np.interp(seen.late, self._days, self._points), DECIMALS)
        measured = {
            "pay index": index.tolist(),
            "days late": seen.late.tolist(),
            "overdue share": seen.share.tolist(),
            "oldest overdue": seen.oldest.tolist(),
            "years of cooperation": (seen.months / _YEAR).tolist(),
        }
        columns: dict[str, list[object]] = {
            name: [
                value if there and not isnan(value) else None
                for there, value in zip(dealt, measured[name], strict=True)
            ]
            for name in self._factors
            if name != _INDUSTRY
        }
        if _INDUSTRY in self._factors:
            columns[_INDUSTRY] = [name or None for name in industries]
        return columns


_NO_INPUTS: Final = frozenset({None, "company", "country", "industry", "segment"})
"""What a fact may mean that no limit is set by."""
_INDUSTRY: Final = "industry"
_FACTORS: Final = (
    "pay index",
    "days late",
    "overdue share",
    "oldest overdue",
    "years of cooperation",
    _INDUSTRY,
)
"""The factors of a scorecard that a ledger answers, as the policy that ships names them."""


def _read(value: object) -> Decimal | str | None:
    return value if value is None or isinstance(value, str) else Decimal(repr(value))
