"""What stands behind the figures of one customer on a day: its dealings, the credit file, the policies."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import cached_property
from math import isnan
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from duebook.alert_columns import levels_before
from duebook.alerts import Alarm, Watched, alarm, before_limit, measures
from duebook.default import ExpertPoints
from duebook.errors import DuebookError, NoAnswerError
from duebook.exposure import top_of
from duebook.ledger import Leg
from duebook.limit_inputs import Inputs, input_of
from duebook.limit_methods import limit
from duebook.money import minor_digits
from duebook.policy.changes import keys
from duebook.scorecard import Card, Scored, card, score
from duebook_etl.assessed import policy_for
from duebook_etl.credit_file import Fact, facts_as_of
from duebook_etl.dealings import Dealings, Document, Settling
from duebook_etl.foreseen import lookback
from duebook_etl.model.features import day_number, history, known
from duebook_etl.profile import CUSTOMER_KEY, ITEM_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from duebook.alerts import Finding, Level
    from duebook.default import Probability
    from duebook.fitted import Scorecard
    from duebook.limits import Decision
    from duebook.policy import Policy
    from duebook.policy.changes import Key
    from duebook_etl.answers import Customer, Profile
    from duebook_etl.book import Book
    from duebook_etl.knowledge import Key as CustomerKey
    from duebook_etl.knowledge import Said

_DETAILS: Final = ("document", "reference")
_YEAR: Final = 12


@dataclass(frozen=True)
class Case:
    """A customer on a day.

    Attributes:
        profile: Its figures.
        policy: The policy that was valid on the day.
        own: The same with the exceptions that apply to the customer.
        dealings: Its items and allocations.
        facts: What the credit file says of it.
        industry: Its industry, as facts or ERP name it.
        factors: The factors of serious delinquency; one that is not known is not there.
        model: The fitted model; None where fixed points stand.
        said: What its last profile of an earlier day said.
        portfolio: What is open of all customers of its company, minor units.
        group: The net exposure of each customer of its group, minor units; empty for none.
        parents: The parent of each customer of the group that has one.
        loss_rates: The company's own loss rate of each bucket; None where its history says too little.
    """

    profile: Profile
    policy: Policy
    own: Policy
    dealings: Dealings
    facts: Mapping[str, Fact] = field(default_factory=dict)
    industry: str = ""
    factors: Mapping[str, float] = field(default_factory=dict)
    model: Scorecard | None = None
    said: Said | None = None
    portfolio: int | None = None
    group: Mapping[str, int] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    loss_rates: tuple[Decimal, ...] | None = None

    @property
    def as_of(self) -> date:
        """The day."""
        return self.profile.as_of

    @property
    def known(self) -> bool:
        """Whether anything is known of the customer: a document or a fact; else nothing is assessed."""
        return bool(self.dealings.documents or self.facts)

    @cached_property
    def policy_keys(self) -> Mapping[str, Key]:
        """All that the policy of the day says, by name."""
        return {key.name: key for key in keys(self.policy)}

    @cached_property
    def own_keys(self) -> Mapping[str, Key]:
        """All that the customer's policy says, by name."""
        return self.policy_keys if self.own is self.policy else {key.name: key for key in keys(self.own)}

    @property
    def unit(self) -> int:
        """How many minor units the currency has."""
        return int(10 ** minor_digits(self.profile.currency))

    def minor(self, fact: str) -> int:
        """Return a fact that is an amount in minor units, half up; 0 where it is not known."""
        found = self.number(fact)
        return 0 if found is None else _half_up(found * self.unit)

    def number(self, fact: str) -> Decimal | None:
        """Return a fact that is a number; None where it is not known."""
        found = self.facts[fact].value if fact in self.facts else None
        return found if isinstance(found, Decimal) else None

    @cached_property
    def overdue_share(self) -> Decimal | None:
        """Of what is owed, the part that is overdue; None without dealings."""
        profile = self.profile
        if profile.months_of_business is None:
            return None
        if profile.gross_open <= 0:
            return Decimal(0)
        return _exact(profile.gross_overdue / profile.gross_open)

    @property
    def oldest_overdue(self) -> Decimal | None:
        """The days late of the oldest overdue item, 0 where nothing is overdue; None without dealings."""
        if self.profile.months_of_business is None:
            return None
        return Decimal(self.profile.oldest_overdue_days or 0)

    @cached_property
    def scored(self) -> Scored | None:
        """The customer's score by the scalar rule; None where there is none."""
        if not self.known:
            return None
        rules = card(self.own)
        months = self.profile.months_of_business
        measured: dict[str, Decimal | str | None] = {
            "pay index": _exact(self.profile.pay_index),
            "days late": _exact(self.profile.average_days_late),
            "overdue share": self.overdue_share,
            "oldest overdue": self.oldest_overdue,
            "years of cooperation": None if months is None else _exact(months / _YEAR),
            "industry": self.industry or None,
        }
        values: dict[str, Decimal | str] = {}
        for name, value in measured.items():
            factor = _factor(rules, name)
            if factor is not None and value is not None:
                values[factor] = value
        for name, fact in self.facts.items():
            factor = _factor(rules, name)
            if factor is not None and isinstance(fact.value, Decimal | str) and name != "industry":
                values.setdefault(factor, fact.value)
        try:
            return score(list(values.items()), self.own)
        except DuebookError:
            return None

    @cached_property
    def limit_inputs(self) -> Sequence[tuple[str, Decimal | str]]:
        """What the policy's methods of setting limits are given of the customer.

        The ledger alone gives what the method of need asks, and the alerts that do not look at the limit
        itself step it down; where the credit file has inputs of limits, all
        else that is known joins them, and what the file says comes before it.
        """
        profile = self.profile
        pairs: dict[str, Decimal | str] = {}
        if profile.annual_sales > 0:
            pairs["sales"] = Decimal(profile.annual_sales) / self.unit
        if profile.term_days is not None:
            pairs["term days"] = Decimal(profile.term_days)
        pairs["open alerts"] = Decimal(len(self.stepping))
        if profile.months_of_business is not None:
            late = profile.average_days_late
            good = late is not None and late <= 0 and profile.gross_overdue == 0
            pairs["years of business"] = Decimal(profile.months_of_business // _YEAR)
            pairs["good record"] = "yes" if good else "no"
        told = {
            found: fact.value
            for name, fact in self.facts.items()
            if (found := input_of(name)) and found != "industry" and isinstance(fact.value, Decimal | str)
        }
        if any(input_of(name) for name in self.facts):
            more = {
                "months of business": _whole(profile.months_of_business),
                "probability of default": _exact(profile.default_probability),
                "grade": profile.grade,
                "industry": self.industry or None,
            }
            pairs |= {name: value for name, value in more.items() if value is not None}
        return list((pairs | told).items())

    @cached_property
    def decision(self) -> Decision | None:
        """The limit by the policy, and how it came about; None where there is none."""
        try:
            return limit("policy", Inputs(self.limit_inputs, self.own))
        except DuebookError:
            return None

    @cached_property
    def foreseen(self) -> Probability | None:
        """The probability of serious delinquency with its reasons; None where nothing is known."""
        try:
            return (self.model or ExpertPoints.of(self.own)).score(self.factors)
        except NoAnswerError:
            return None

    @cached_property
    def watched(self) -> Mapping[str, Decimal]:
        """What the rules of alerts look at."""
        profile, said = self.profile, self.said
        disputed, since = self.facts.get("disputed"), self.facts.get("disputed since")
        dealt = profile.months_of_business is not None
        now = Watched(
            open=Decimal(profile.gross_open) if dealt else None,
            overdue=Decimal(profile.gross_overdue) if dealt else None,
            disputed=None if disputed is None else Decimal(self.minor("disputed")),
            limit=_whole(profile.credit_limit),
            exposure=Decimal(profile.net_exposure),
            oldest_overdue=self.oldest_overdue,
            oldest_dispute=None if since is None else _days_between(since.value, self.as_of),
            days_late=_exact(profile.average_days_late),
            score=_exact(profile.score),
            grade=self._place(profile.grade),
            cover=self.number("insured limit"),
            dso=None if profile.dso is None or profile.dso < 0 else _exact(profile.dso),  # in credit
            probability_of_default=_exact(profile.default_probability),
            report_changes=self.number("report changes"),
            event=self.number("event"),
        )
        before = None
        if said is not None:
            before = Watched(
                open=_whole(said.gross_open),
                overdue=_whole(said.gross_overdue),
                days_late=_exact(said.days_late),
                score=_exact(said.score),
                grade=self._place(said.grade),
                cover=said.cover,
            )
        found = measures(now, before)
        if self.portfolio is not None and self.portfolio > 0:
            # What is open of all has every credit in it, so that of the customer has its own.
            found["concentration"] = Decimal(max(0, profile.open)) / self.portfolio
        return found

    @cached_property
    def alarm(self) -> Alarm:
        """What the rules of alerts find, by the scalar rule."""
        return alarm(self.watched, self.own, before=self._levels)

    @cached_property
    def stepping(self) -> Sequence[Finding]:
        """The alerts that step a limit down."""
        return before_limit(self.watched, self.own, self._levels).fired

    @property
    def _levels(self) -> Mapping[str, Level]:
        return levels_before(None if self.said is None else self.said.fired)

    def _place(self, grade: str | None) -> Decimal | None:
        names = self.own.grade.names
        return Decimal(names.index(grade)) if grade in names else None


def read_case(book: Book, customer: str, as_of: date | None = None, *, company: str | None = None) -> Case:
    """Read all that stands behind the figures of a customer.

    Args:
        book: The book that is asked.
        customer: The customer, as in :meth:`duebook_etl.book.Book.customers`.
        as_of: The day; left out, the day of the last refresh.
        company: Only in the companies of this id or name.

    Raises:
        InputError: The key means several customers with dealings.
        NoAnswerError: No refresh yet, no such company or customer, or a day before the first document.
    """
    profile = book.profile(customer, as_of, company=company)
    one, day = profile.customer, profile.as_of
    key, place = (one.source, one.company, one.customer), (one.source, one.company)
    told = book.known([one], day)
    facts = facts_as_of(book.store, day, customers=[key]).get(key, {})
    policy = book.policy_on(day)
    own = policy_for(key, policy, told)
    columns = tuple(dict.fromkeys((*ITEM_COLUMNS, *_DETAILS)))
    items, legs = book.ledger((), day, columns=columns, customers=[one], siblings=True)
    documents = [_document(row) for row in items.to_pylist()]
    settlings = [
        Settling(
            row["allocation"], Leg(row["item"], row["effective_date"], row["amount"], row["reversed_on"])
        )
        for row in legs.to_pylist()
    ]
    industry = str(facts["industry"].value) if "industry" in facts else one.industry
    parents = told.parents.get(place, {})
    return Case(
        profile=profile,
        policy=policy,
        own=own,
        dealings=Dealings(documents, settlings, customer=one.customer, as_of=day, policy=policy, own=own),
        facts=facts,
        industry=industry if industry and own.find_industry(industry) else "",
        factors=_factors(items, legs, key, day, lookback(told.model)),
        model=told.model,
        said=told.said.get(key),
        portfolio=told.portfolio.get(place),
        group=_group(book, one, day, parents),
        parents=parents,
        loss_rates=told.loss_rates(place, own),
    )


def _document(row: dict[str, Any]) -> Document:
    return Document(**{field.name: row[field.name] for field in fields(Document)})


def _factors(items: pa.Table, legs: pa.Table, key: CustomerKey, day: date, days: int) -> dict[str, float]:
    """Return the factors of serious delinquency of a customer, by the function that models are fitted with.

    The factors of all customers are made faster by :mod:`duebook_etl.foreseen`; these are the same.
    """
    past = history(items, legs, last=day)
    found = known(past, day_number(day), lookback=days)
    customers = past.customers.take(pa.array(found.customer)).select(list(CUSTOMER_KEY)).to_pylist()
    keys = [tuple(row.values()) for row in customers]
    if key not in keys:
        return {}
    place = keys.index(key)
    values = {name: float(column[place]) for name, column in found.columns.items()}
    return {name: value for name, value in values.items() if not isnan(value)}


def _group(book: Book, one: Customer, day: date, parents: Mapping[str, str]) -> dict[str, int]:
    """Return the net exposure of each customer of a customer's group."""
    related = {*parents, *parents.values()}
    if one.customer not in related:
        return {}
    head = top_of(one.customer, parents)
    found: dict[str, int] = {}
    for member in sorted(related):
        if top_of(member, parents) != head:
            continue
        try:
            other = book.profile(f"{one.source}/{one.company}/{member}", day)
            found[member] = other.net_exposure
        except NoAnswerError:  # a parent that is no customer
            found[member] = 0
    return found


def _factor(rules: Card, name: str) -> str | None:
    """Return the factor of a scorecard that a name means; None for none."""
    place = rules.names.get(name)
    return rules.parts[place].factor.name if isinstance(place, int) else None


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(value))


def _whole(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding="ROUND_HALF_UP"))


def _days_between(since: object, day: date) -> Decimal | None:
    return Decimal((day - since).days) if isinstance(since, date) and since <= day else None
