"""The assessment of customers: score, terms, limit, exposure, alert, provision and what follows from them.

:func:`assess` takes what the ledger says of customers as columns and what else is known of each as facts, and
applies one policy to all of them. Each figure is that of the scalar rule it names; a test holds each column
against its rule. What cannot be worked out is null, never nothing.

What the ledger measures (payment index, days late, overdue, years of business) comes before a fact of the
same name. For a limit it is the other way round: what a person wrote down as expected sales or agreed terms
is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from duebook import alert_columns, limit_inputs, limit_methods
from duebook.alerts import LIMIT_USE
from duebook.calendar import add_months
from duebook.dunning import stage
from duebook.errors import DuebookError, InputError
from duebook.exposure import Part, top_of
from duebook.money import minor_digits
from duebook.provision_columns import provisions
from duebook.reviews import REVIEWS, reviews_due
from duebook.scorecard import card, folded
from duebook.scorecard_columns import scores
from duebook.terms import terms_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from duebook.alerts import Level
    from duebook.ledger_columns import Flags, Floats, Whole
    from duebook.policy import Policy

Value: TypeAlias = Decimal | date | str
Facts: TypeAlias = Mapping[str, Value]

AMOUNTS: Final = (
    "credit limit",
    "insured limit",
    "collateral",
    "orders",
    "unbilled",
    "bills",
    "disputed",
)
"""Facts that are amounts of the company's currency."""
COUNTS: Final = ("report changes", "event")
"""Facts that alerts look at: adverse changes in the credit report, and an event: 1 to watch, 2 grave."""
OWN_LOSS: Final = "individual loss rate"
"""The fact that a customer is provided for by a rate of its own, 0 to 1, or :data:`COLLECTIVE` again."""
COLLECTIVE: Final = "collective"
DATES: Final = ("disputed since", *(f"last {review}" for review in REVIEWS))
TEXTS: Final = ("segment", "parent", "industry", "country")
GRANTED_ON: Final = "limit granted on"
"""The fact that says since when a granted limit holds: the day from which it is known."""
GRANTED: Final = "granted"
EXPIRED: Final = "expired"
"""What a granted limit comes from after its last day: it stands until somebody decides again, and says so."""
_NEW: Final = "new"
_OTHER: Final = "other"
_YEAR: Final = 12
_NEED_DAYS: Final = 360  # twelve months of thirty days, as the rule of need has it
_NAN: Final = float("nan")
_MOST: Final = 2.0**60


@dataclass(frozen=True)
class Before:
    """What was said of customers when they were last looked at; NaN or None where nothing was.

    Attributes:
        gross_open: What was open before credits.
        gross_overdue: What of it was overdue.
        days_late: Average days late.
        score: The score.
        grade: The grade.
        cover: The insurer's limit, as it was known on that day, major units.
        levels: The level of each rule that was amber or red.
    """

    gross_open: Floats
    gross_overdue: Floats
    days_late: Floats
    score: Floats
    grade: Sequence[str | None]
    cover: Floats
    levels: Sequence[Mapping[str, Level]]


@dataclass(frozen=True)
class Customers:
    """What is known of the customers of one company under one policy: a value a customer in every column.

    Money is int64 minor units of the company's currency; numbers that may be unknown are float64, then NaN.

    Attributes:
        named: Whether it is a customer; where not, items that name none.
        open: What is open, credits too.
        unapplied: What of it is unapplied receipts and credits; zero or less.
        gross_open: What is open of items above zero.
        gross_overdue: What of that is overdue.
        annual_sales: Sales of twelve months.
        oldest_overdue: Days late of the oldest overdue item above zero.
        first_due: Days late of the item above zero that is due first; negative before it is due.
        days_late: Average days late.
        pay_index: The payment index.
        dso: Days of sales outstanding.
        months: Whole months since the first document.
        probability: The probability of serious delinquency.
        buckets: What is open of items above zero, a column a bucket of the policy's aging, without date last.
        late_amount_days: The sum over overdue items above zero of what is open times the days late beyond
            the policy's days of grace.
        industry: The industry, as the ERP names it; empty for none. A fact comes before it.
        facts: What else is known, by names; the same empty mapping for nothing.
        before: What was said when they were last looked at; None for never.
    """

    named: Flags
    open: Whole
    unapplied: Whole
    gross_open: Whole
    gross_overdue: Whole
    annual_sales: Whole
    oldest_overdue: Floats
    first_due: Floats
    days_late: Floats
    pay_index: Floats
    dso: Floats
    months: Floats
    probability: Floats
    buckets: Whole
    late_amount_days: Whole
    industry: Sequence[str]
    facts: Sequence[Facts]
    before: Before | None = None


def assess(  # noqa: PLR0913 - whom, by what, and when
    known: Customers,
    policy: Policy,
    *,
    as_of: date,
    currency: str,
    portfolio: int | None = None,
    loss_rates: Sequence[Decimal] | None = None,
) -> pa.Table:
    """Return what customers come to under a policy.

    - ``score``, ``grade``, ``confidence``: by :func:`duebook.scorecard.score` from the ledger's factors and
      the facts that are factors; null where the factors contradict each other or none is known.
    - ``term_days``, ``terms_tier``: by :func:`duebook.terms.terms_for` for industry and grade; an industry
      that the policy does not have is ``other``, a customer without a grade is ``new``.
    - ``credit_limit``: what a person granted, else the method ``policy`` of
      :func:`duebook.limit_methods.limit`; ``limit_method`` is ``granted`` or what bound it,
      ``limit_expires`` the last day of one that was granted. After it the limit stands until somebody decides
      again, and ``limit_method`` is ``expired``. The ledger gives the method need its sales of
      twelve months, where there are any, and the terms above, years of business, and a good record: paid on
      average not after the due date, and nothing overdue; and as open alerts those of
      :func:`duebook.alerts.before_limit`. Facts that are inputs come before these.
    - ``exposure``, ``mitigants``, ``net_exposure``: by :func:`duebook.exposure.exposure` of the parts that
      the policy includes. The insured part is the policy's insured share of what the insurer's limit covers.
    - ``uninsured``: what of the exposure less unapplied credits no insurer would pay, by
      :func:`duebook.insurance.insured_part`; collateral is no insurance and does not lessen it.
    - ``headroom``: limit less net exposure, negative when exceeded; ``limit_use``: net exposure / limit, 2
      for a limit of 0 that is used; ``over_limit``: whether the limit is exceeded.
    - ``dunning_stage``: by :func:`duebook.dunning.stage` for the item above zero that is due first.
    - ``alert``, ``alert_rule``, ``alert_reasons``: by :func:`duebook.alerts.alarm`, held against when they
      were last looked at; the reasons are as of :func:`duebook.alert_columns.told`.
    - ``provision``: the policy's fixed rates on what is open above zero, by bucket, rounded half up.
    - ``provision_matrix``: likewise the company's own loss rates times the policy's forward factor, each at
      most 1, as :func:`duebook.provision.expected_loss`; without a due date, the policy's rate of that. Null
      where something is open and the loss rates are not known.
    - ``provision_method``: ``individual`` where a fact gives the customer a loss rate of its own: both
      provisions are then that rate on all that is open above zero, and no forward factor moves it
      (:func:`duebook.provision.assess`); else ``matrix``, or ``fixed`` where loss rates are not known.
    - ``late_interest``: the policy's daily rate on what is overdue above zero, beyond the days of grace.
    - ``review_due``: the earliest of :func:`duebook.reviews.reviews_due`, of reviews whose last day is known.

    Args:
        known: The customers.
        policy: The policy, without exceptions: that which :meth:`duebook.policy.Policy.of` gives them.
        as_of: The day.
        currency: The currency of the company.
        portfolio: What is open of all customers of the company, minor units; None where nobody knows.
        loss_rates: The company's own loss rate of each bucket of the policy's aging, 0 to 1; None where its
            history says too little.

    Returns:
        A row a customer with these columns, money as int64 minor units; for items that name no customer only
        exposure, provisions and interest.
    """
    return _Assessment(known, policy, as_of, currency).table(portfolio, loss_rates)


class _Assessment:
    """One policy at work on customers: each step takes what the steps before it came to."""

    def __init__(self, known: Customers, policy: Policy, as_of: date, currency: str) -> None:
        self.known, self.policy, self.as_of = known, policy, as_of
        self.size = len(known.named)
        self.unit = 10 ** minor_digits(currency)
        self.told = [row for row, facts in enumerate(known.facts) if facts]
        self.by_name: dict[str, tuple[list[int], list[Value]]] = {}
        for row in self.told:
            for name, value in known.facts[row].items():
                if name not in self.by_name:
                    self.by_name[name] = ([], [])
                places, values = self.by_name[name]
                places.append(row)
                values.append(value)
        self.industry = self._industries()
        # Kept its terms: paid on average not after the due date, with nothing overdue.
        self.good_record = (known.days_late <= 0) & (known.gross_overdue == 0)

    def table(self, portfolio: int | None, loss_rates: Sequence[Decimal] | None) -> pa.Table:
        known = self.known
        score, grade, confidence = self._scores()
        days, tier = self._terms(grade)
        before = None if known.before is None else known.before.levels
        watched = self._measures(score, grade, portfolio)
        ranks = alert_columns.levels(watched, self.policy, before)
        alerts = np.zeros(self.size, dtype=np.int64)
        for each in ranks.values():
            alerts += each > 0
        limit, method, expires = self._limits(days, grade, alerts)
        gross, net, uninsured = self._exposure()
        own = {row: rate for row, rate in self._facts(OWN_LOSS) if isinstance(rate, Decimal)}
        provided = provisions(known.buckets, own, self.policy, loss_rates)
        limited = np.array([amount is not None for amount in limit], dtype=np.bool_)
        amount = np.array([0 if one is None else one for one in limit], dtype=np.int64)
        net_use = net.astype(np.float64)
        use = np.where(
            (amount == 0) & (net > 0), 2.0, alert_columns.share(net_use, amount.astype(np.float64))
        )
        use[~limited] = _NAN
        ranks |= alert_columns.levels({LIMIT_USE: use}, self.policy, before)
        alarms = alert_columns.alarms(watched | {LIMIT_USE: use}, self.policy, ranks)
        return pa.table(
            {
                "score": _nullable(score),
                "grade": pa.array(grade, pa.string()),
                "confidence": _nullable(confidence),
                "term_days": pa.array(days, pa.int64()),
                "terms_tier": pa.array(tier, pa.string()),
                "credit_limit": pa.array(limit, pa.int64()),
                "limit_method": pa.array(method, pa.string()),
                "limit_expires": pa.array(expires, pa.date32()),
                "exposure": pa.array(gross),
                "mitigants": pa.array(gross - net),
                "net_exposure": pa.array(net),
                "uninsured": pa.array(uninsured),
                "headroom": pa.array(amount - net, mask=~limited),
                "limit_use": _nullable(use),
                "over_limit": pa.array(net > amount, mask=~limited),
                "dunning_stage": pa.array(self._stages(), pa.string()),
                "alert": pa.array(alarms.level, pa.string(), mask=~known.named),
                "alert_rule": pa.array(alarms.rule, pa.string(), mask=~known.named),
                "alert_reasons": pc.if_else(pa.array(known.named), alarms.fired, None),
                "provision": pa.array(provided.fixed),
                "provision_matrix": pa.array(provided.matrix, mask=provided.unknown),
                "provision_method": pa.array(provided.ways, pa.string()),
                "late_interest": pa.array(self._late_interest()),
                "review_due": pa.array(self._reviews(), pa.date32()),
            }
        )

    def _industries(self) -> list[str]:
        """Return each industry as the facts or the ERP name it, empty where the policy does not have it."""
        names = list(self.known.industry)
        for row, value in self._facts("industry"):
            names[row] = str(value)
        fine = {name: name if name and self.policy.find_industry(name) else "" for name in set(names)}
        return [fine[name] for name in names]

    def _facts(self, name: str) -> Iterator[tuple[int, Value]]:
        """Give the rows of which a fact is known, and what it is."""
        return zip(*self.by_name.get(name, ([], [])), strict=True)

    def _amounts(self, name: str) -> Whole:
        """Return a fact that is an amount in minor units, 0 where it is not known."""
        found = np.zeros(self.size, dtype=np.int64)
        for row, value in self._facts(name):
            if isinstance(value, Decimal):
                found[row] = self._minor(value)
        return found

    def _numbers(self, name: str, scale: int = 1) -> Floats:
        """Return a fact that is a number, NaN where it is not known."""
        found: Floats = np.full(self.size, _NAN)
        for row, value in self._facts(name):
            if isinstance(value, Decimal):
                found[row] = float(value * scale)
        return found

    def _overdue_share(self) -> Floats:
        known = self.known
        share = alert_columns.share(
            known.gross_overdue.astype(np.float64), known.gross_open.astype(np.float64)
        )
        found: Floats = np.where(np.isnan(known.months), _NAN, share)
        return found

    def _oldest(self) -> Floats:
        """Return the days of the oldest overdue item: 0 where nothing is overdue, NaN for no dealings."""
        known = self.known
        found: Floats = np.where(
            np.isnan(known.months),
            _NAN,
            np.where(np.isnan(known.oldest_overdue), 0.0, known.oldest_overdue),
        )
        return found

    def _scores(self) -> tuple[Floats, list[str | None], Floats]:
        rules = card(self.policy)
        measured = {
            "pay index": self.known.pay_index,
            "days late": self.known.days_late,
            "overdue share": self._overdue_share(),
            "oldest overdue": self._oldest(),
            "years of cooperation": self.known.months / _YEAR,
        }
        columns: dict[int | str, list[object] | Floats] = {}
        for name, values in measured.items():
            place = _found(rules.find, name)
            if place is not None:
                columns[place] = values
        place = _found(rules.find, "industry")
        if isinstance(place, int) and rules.parts[place].factor.by_industry:
            columns[place] = [name or None for name in self.industry]
        for name in sorted(self.by_name):
            place = rules.names.get(folded(name))
            if not isinstance(place, int) or rules.parts[place].factor.by_industry:
                continue
            told = columns.get(place, [None] * self.size)
            columns[place] = column = _cells(told) if isinstance(told, np.ndarray) else told
            for row, value in self._facts(name):
                if column[row] is None and not isinstance(value, date):
                    column[row] = value
        factors = [rules.parts[place].factor.name for place in columns if isinstance(place, int)]
        found = scores(factors, list(columns.values()), self.policy, _exact)
        known = self.known.named & np.array([not isinstance(one, DuebookError) for one in found.scores])
        numbers = np.array(
            [one if isinstance(one, float) else _NAN for one in found.scores], dtype=np.float64
        )
        confidence = np.array([_NAN if one is None else one for one in found.confidences], dtype=np.float64)
        grades = [one if there else None for one, there in zip(found.grades, known.tolist(), strict=True)]
        return np.where(known, numbers, _NAN), grades, np.where(known, confidence, _NAN)

    def _terms(self, grades: Sequence[str | None]) -> tuple[list[int | None], list[str | None]]:
        decided = {
            pair: terms_for(pair[0] or _OTHER, pair[1] or _NEW, self.policy)
            for pair in set(zip(self.industry, grades, strict=True))
        }
        found = [decided[pair] for pair in zip(self.industry, grades, strict=True)]
        named = self.known.named.tolist()
        return (
            [one.days if there else None for one, there in zip(found, named, strict=True)],
            [one.tier if there else None for one, there in zip(found, named, strict=True)],
        )

    def _limits(
        self, term_days: Sequence[int | None], grades: Sequence[str | None], alerts: Whole
    ) -> tuple[list[int | None], list[str | None], list[date | None]]:
        amounts, methods = self._limits_by_need(term_days, alerts)
        expires: list[date | None] = [None] * self.size
        last = cache(partial(add_months, months=self.policy.limit.valid_months))
        for row in self.told:
            facts = self.known.facts[row]
            granted = facts.get("credit limit")
            if isinstance(granted, Decimal):
                amounts[row], methods[row] = self._minor(granted), GRANTED
                since = facts.get(GRANTED_ON)
                if isinstance(since, date):
                    until = expires[row] = last(since)
                    methods[row] = GRANTED if self.as_of <= until else EXPIRED
                continue
            inputs = {
                name: value
                for name, value in facts.items()
                if name not in TEXTS and not isinstance(value, date) and limit_inputs.input_of(name)
            }
            if inputs:
                amounts[row], methods[row] = self._limit_by_inputs(
                    row, inputs, term_days[row], grades[row], int(alerts[row])
                )
        return amounts, methods, expires

    def _limits_by_need(
        self, term_days: Sequence[int | None], alerts: Whole
    ) -> tuple[list[int | None], list[str | None]]:
        """Return what the policy's method of need gives from the ledger alone, in whole numbers."""
        rules, known = self.policy.limit, self.known
        if "need" not in rules.methods:
            return [None] * self.size, [None] * self.size
        floor, step = (int(amount * self.unit) for amount in (rules.floor, rules.rounding_step))
        years = np.where(self.good_record & ~np.isnan(known.months), known.months // _YEAR, 0).astype(int)
        steps = np.where(alerts > 0, -alerts, years)  # with an alert open nothing is stepped up
        factors = {
            count: (
                1 + min(rules.step.most_up, count * rules.step.up_each_year)
                if count >= 0
                else max(Decimal(0), 1 + count * rules.step.down_each_alert)
            ).as_integer_ratio()
            for count in set(steps.tolist())
        }
        rows = [row for row, days in enumerate(term_days) if days is not None and known.annual_sales[row] > 0]
        days = [days for days in term_days if days is not None]
        scale = max((more * of for more, of in factors.values()), default=1) * _NEED_DAYS
        largest = float(known.annual_sales.max(initial=0)) * max(days, default=0) + max(floor, step)
        kind = (
            np.int64 if 2 * largest * scale < _MOST else object
        )  # beyond 64 bits Python's own numbers go on
        more, of = (np.array([factors[count][at] for count in steps[rows].tolist()], kind) for at in (0, 1))
        parts = of * _NEED_DAYS
        exact = (
            known.annual_sales[rows].astype(kind) * np.array([term_days[row] for row in rows], kind) * more
        )
        least = floor * parts
        floored = (exact > 0) & (exact < least)
        exact = np.where(floored, least, exact)
        found = exact // (step * parts) * step if step else (2 * exact + parts) // (2 * parts)
        amounts: list[int | None] = [None] * self.size
        methods: list[str | None] = [None] * self.size
        for row, amount, bound in zip(rows, found.tolist(), floored.tolist(), strict=True):
            amounts[row], methods[row] = amount, "floor" if bound else "need"
        return amounts, methods

    def _limit_by_inputs(
        self,
        row: int,
        inputs: Mapping[str, Decimal | str],
        days: int | None,
        grade: str | None,
        alerts: int,
    ) -> tuple[int | None, str | None]:
        known = self.known
        pairs: dict[str, Decimal | str] = {}
        if known.annual_sales[row] > 0:
            pairs["sales"] = Decimal(int(known.annual_sales[row])) / self.unit
        if days is not None:
            pairs["term days"] = Decimal(days)
        if not np.isnan(known.months[row]):
            months = int(known.months[row])
            pairs |= {"months of business": Decimal(months), "years of business": Decimal(months // _YEAR)}
            pairs["good record"] = "yes" if self.good_record[row] else "no"
        pairs["open alerts"] = Decimal(alerts)
        if not np.isnan(known.probability[row]):
            pairs["probability of default"] = Decimal(repr(float(known.probability[row])))
        if grade is not None:
            pairs["grade"] = grade
        if self.industry[row]:
            pairs["industry"] = self.industry[row]
        pairs |= inputs
        try:
            decision = limit_methods.limit("policy", limit_inputs.Inputs(list(pairs.items()), self.policy))
        except DuebookError:  # an input that carries no limit: there is none before somebody looks at it
            return None, None
        return self._minor(decision.amount), decision.bound_by

    def _minor(self, amount: Decimal) -> int:
        return int((amount * self.unit).to_integral_value(ROUND_HALF_UP))

    def _exposure(self) -> tuple[Whole, Whole, Whole]:
        """Return gross and net exposure, as :func:`duebook.exposure.exposure` says, and what is uninsured."""
        known, include = self.known, self.policy.exposure.include

        def part(name: Part, amount: Whole) -> Whole:
            return amount if name in include else np.zeros(self.size, dtype=np.int64)

        gross = part(Part.OPEN, known.open - known.unapplied)
        for name in (Part.ORDERS, Part.UNBILLED, Part.BILLS):
            gross = gross + part(name, self._amounts(name))
        owed = gross - part(Part.UNAPPLIED, -known.unapplied)
        left = owed - np.minimum(part(Part.COLLATERAL, self._amounts("collateral")), np.maximum(0, owed))
        uninsured = np.maximum(0, owed)
        return gross, left - part(Part.INSURED, self._insured(left)), uninsured - self._insured(owed)

    def _insured(self, owed: Whole) -> Whole:
        """Return what the insurer would pay of what is owed and not disputed, rounded half up."""
        covered = np.minimum(self._amounts("insured limit"), np.maximum(0, owed - self._amounts("disputed")))
        part_of, whole = self.policy.insurance.insured_share.as_integer_ratio()
        largest = 2 * int(covered.max(initial=0)) * part_of + whole
        exact = covered.astype(np.int64 if largest < _MOST else object)  # as above
        found: Whole = ((2 * exact * part_of + whole) // (2 * whole)).astype(np.int64)
        return found

    def _stages(self) -> list[str | None]:
        late = self.known.first_due
        due = set(late[~np.isnan(late)].tolist())
        names = {days: stage(_back(self.as_of, int(days)), self.as_of, self.policy).name for days in due}
        return [names.get(days) for days in late.tolist()]

    def _measures(
        self, score: Floats, grade: Sequence[str | None], portfolio: int | None
    ) -> dict[str, Floats]:
        """Return what alerts look at beside the use of the limit, as :func:`duebook.alerts.measures` says.

        Shares of a customer are of what is open above zero; its share of the portfolio is of what is open
        there with all credits, so its own credits count as well.
        """
        known = self.known
        opened = known.gross_open.astype(np.float64)
        share, oldest = self._overdue_share(), self._oldest()
        disputed, cover = self._numbers("disputed", self.unit), self._numbers("insured limit")
        found = {
            "overdue share": share,
            "oldest overdue": oldest,
            "report change": self._numbers("report changes"),
            "dispute share": alert_columns.share(disputed, opened),
            "dispute age": self._days_since("disputed since"),
            "event": self._numbers("event"),
            "dso": known.dso,
            "probability of default": known.probability,
        }
        if portfolio is not None and portfolio > 0:
            found["concentration"] = np.maximum(0, known.open) / portfolio
        was = known.before
        if was is not None:
            ranks = {name: float(place) for place, name in enumerate(self.policy.grade.names)}
            placed, earlier = (
                np.array([ranks.get(name or "", _NAN) for name in names], dtype=np.float64)
                for names in (grade, was.grade)
            )
            before = alert_columns.share(was.gross_overdue, was.gross_open)
            found |= {
                "overdue rise": alert_columns.rise(before, share),
                "days late rise": alert_columns.rise(was.days_late, known.days_late),
                "score drop": alert_columns.rise(score, was.score),
                "grade drop": alert_columns.rise(earlier, placed),
                "cover cut": alert_columns.share(alert_columns.rise(cover, was.cover), was.cover),
            }
        return found

    def _days_since(self, name: str) -> Floats:
        found: Floats = np.full(self.size, _NAN)
        for row, since in self._facts(name):
            if isinstance(since, date) and since <= self.as_of:
                found[row] = (self.as_of - since).days
        return found

    def _late_interest(self) -> Whole:
        more, of = self.policy.interest.daily_rate.as_integer_ratio()
        return _rounded_share(self.known.late_amount_days[:, np.newaxis], np.array([more]), of)

    def _reviews(self) -> list[date | None]:
        last: dict[int, dict[str, date | None]] = {}
        for review in REVIEWS:
            for row, made in self._facts(f"last {review}"):
                if isinstance(made, date):
                    last.setdefault(row, {})[review] = made
        found: list[date | None] = [None] * self.size
        for row, own in last.items():
            found[row] = reviews_due(own, self.as_of, self.policy)[0].by
        return found


def group_exposures(
    customers: Sequence[str], parents: Mapping[str, str], net: Mapping[str, int]
) -> dict[str, tuple[str, int]]:
    """Return of each customer that has a parent or is one the head of its group and the group's exposure.

    Args:
        customers: The customers that are asked about.
        parents: The parent of each customer of the company that has one, without a circle.
        net: The net exposure of every customer of the groups, minor units; none counts nothing.
    """
    related = {*parents, *parents.values()}
    heads = {customer: top_of(customer, parents) for customer in related}
    sums: dict[str, int] = {}
    for customer, head in heads.items():
        sums[head] = sums.get(head, 0) + net.get(customer, 0)
    return {one: (heads[one], sums[heads[one]]) for one in customers if one in heads}


def _found(find: Callable[[str], int | str], name: str) -> int | str | None:
    try:
        return find(name)
    except InputError:
        return None


def _cells(values: Floats) -> list[object]:
    cells = values.astype(object)
    cells[np.isnan(values)] = None
    return list(cells)


def _exact(value: object) -> Decimal | str | None:
    if value is None or isinstance(value, str | Decimal):
        return value
    if isinstance(value, float) and np.isnan(value):
        return None
    return Decimal(repr(float(value) if isinstance(value, float) else value))


def _rounded_share(amounts: Whole, more: Whole, of: int) -> Whole:
    """Return the sum of each row's amounts times ``more``, divided by ``of``, rounded half up; 0 or more."""
    largest = float(amounts.max(initial=0)) * float(more.sum())
    if largest > _MOST:  # beyond 64 bits Python's own numbers go on
        amounts, more = amounts.astype(object), more.astype(object)
    found: Whole = ((2 * (amounts @ more) + of) // (2 * of)).astype(np.int64)
    return found


def _nullable(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _back(day: date, late: int) -> date:
    return date.fromordinal(day.toordinal() - late)
