"""Customers by the policy they get: each company's customers of one policy are assessed together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from duebook.alert_columns import levels_before
from duebook.assessment import Before, Customers, assess, group_exposures
from duebook.default import ExpertPoints
from duebook.default_columns import expert_probabilities, scorecard_probabilities
from duebook_etl.figures import ASSESSED, Unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from duebook.assessment import Facts
    from duebook.ledger_columns import Flags, Floats, Whole
    from duebook.policy import Policy
    from duebook_etl.knowledge import Key, Knowledge, Place

EXPERT: Final = "expert points"
_TYPES: Final = {
    Unit.MONEY: pa.int64(),
    Unit.DAYS: pa.int64(),
    Unit.TEXT: pa.string(),
    Unit.DATE: pa.date32(),
    Unit.FLAG: pa.bool_(),
}
_SCHEMA: Final = pa.schema([(figure.name, _TYPES.get(figure.unit, pa.float64())) for figure in ASSESSED])


@dataclass(frozen=True)
class Rows:
    """What the ledger says of customers, a row each.

    Attributes:
        keys: Source, company and customer of each; an empty customer for items that name none.
        money: Its amounts by name, minor units.
        numbers: Its other figures by name, and ``first_due``; NaN for nothing.
        factors: The factors of serious delinquency.
        buckets: Gives what is open of items above zero by the edges of buckets, without date last.
        late_amount_days: Gives, by the days of grace, the sum over overdue items above zero of what is open
            times the days late beyond them.
    """

    keys: Sequence[Key]
    money: Mapping[str, Whole]
    numbers: Mapping[str, Floats]
    factors: Mapping[str, Floats]
    buckets: Callable[[Sequence[int]], Whole]
    late_amount_days: Callable[[int], Whole]


def model_name(knowledge: Knowledge) -> str:
    """Return what the probability of serious delinquency is told to come from."""
    return EXPERT if knowledge.model is None else f"fitted model {knowledge.model.digest[:12]}"


def policy_for(key: Key, policy: Policy, knowledge: Knowledge) -> Policy:
    """Return the policy for a customer: by its company, and by country, industry and segment as known."""
    facts = knowledge.facts.get(key, {})
    country, industry = knowledge.described.get(key, ("", ""))
    return policy.of(
        company=key[1],
        country=str(facts.get("country", country)),
        industry=str(facts.get("industry", industry)),
        segment=str(facts.get("segment", "")),
    )


def assessed(rows: Rows, policy: Policy, knowledge: Knowledge, as_of: date) -> pa.Table:
    """Return the figures of :data:`duebook_etl.figures.ASSESSED` of customers.

    Args:
        rows: What the ledger says of them.
        policy: The policy; its exceptions apply by company, country, industry and segment.
        knowledge: What else is known; customers of a company whose currency is not known are not assessed.
        as_of: The day.

    Returns:
        A row a customer, in their order; null where nothing can be worked out.
    """
    parts: list[pa.Table] = []
    order: list[Whole] = []
    for (place, _), (own, places) in _by_policy(rows, policy, knowledge).items():
        order.append(places)
        currency = knowledge.currencies.get(place)
        if currency is None:
            parts.append(_SCHEMA.empty_table() if not places.size else _unknown(places.size))
            continue
        parts.append(_of_one_policy(rows, places, own, knowledge, place, currency, as_of))
    if not parts:
        return _SCHEMA.empty_table()
    table = pa.concat_tables(parts)
    if len(parts) > 1:
        back = np.empty(len(rows.keys), dtype=np.int64)
        back[np.concatenate(order)] = np.arange(len(rows.keys))
        table = table.take(pa.array(back))
    return _with_groups(table, rows.keys, knowledge)


def _unknown(size: int) -> pa.Table:
    return pa.table([pa.nulls(size, field.type) for field in _SCHEMA], schema=_SCHEMA)


def _by_policy(
    rows: Rows, policy: Policy, knowledge: Knowledge
) -> dict[tuple[Place, int], tuple[Policy, Whole]]:
    """Return the rows of each company and policy."""
    if not policy.exception and len({key[:2] for key in rows.keys}) == 1:
        return {(rows.keys[0][:2], id(policy)): (policy, np.arange(len(rows.keys)))}
    found: dict[tuple[Place, int], tuple[Policy, list[int]]] = {}
    whose = policy
    for row, key in enumerate(rows.keys):
        if policy.exception:
            whose = policy_for(key, policy, knowledge)
        found.setdefault((key[:2], id(whose)), (whose, []))[1].append(row)
    return {key: (own, np.array(places, dtype=np.int64)) for key, (own, places) in found.items()}


def _of_one_policy(  # noqa: PLR0913, PLR0917 - whom, by what, and when
    rows: Rows,
    places: Whole,
    policy: Policy,
    knowledge: Knowledge,
    place: Place,
    currency: str,
    as_of: date,
) -> pa.Table:
    keys = [rows.keys[at] for at in places.tolist()]
    money = {name: values[places] for name, values in rows.money.items()}
    numbers = {name: values[places] for name, values in rows.numbers.items()}
    named = np.array([key[2] != "" for key in keys], dtype=np.bool_)
    probability = _probability(rows, places, named, policy, knowledge)
    nothing: Facts = {}
    nobody = ("", "")
    found = assess(
        Customers(
            named=named,
            open=money["open"],
            unapplied=money["unapplied"],
            gross_open=money["gross_open"],
            gross_overdue=money["gross_overdue"],
            annual_sales=money["annual_sales"],
            oldest_overdue=numbers["oldest_overdue_days"],
            first_due=numbers["first_due"],
            days_late=numbers["average_days_late"],
            pay_index=numbers["pay_index"],
            dso=numbers["dso"],
            months=numbers["months_of_business"],
            probability=probability,
            buckets=rows.buckets(policy.aging.edges)[places],
            late_amount_days=rows.late_amount_days(policy.interest.grace_days)[places],
            industry=[knowledge.described.get(key, nobody)[1] for key in keys],
            facts=[knowledge.facts.get(key, nothing) for key in keys],
            before=_before(keys, knowledge),
        ),
        policy,
        as_of=as_of,
        currency=currency,
        portfolio=knowledge.portfolio.get(place),
        loss_rates=knowledge.loss_rates(place, policy),
    )
    unknown = np.isnan(probability)
    model = pa.array([model_name(knowledge)] * len(keys), pa.string(), mask=unknown)
    found = found.append_column("default_probability", pa.array(probability, mask=unknown))
    found = found.append_column("default_model", model)
    for name in ("group_head", "group_exposure"):
        found = found.append_column(name, pa.nulls(len(keys), _SCHEMA.field(name).type))
    return found.select(_SCHEMA.names).cast(_SCHEMA)


def _probability(rows: Rows, places: Whole, named: Flags, policy: Policy, knowledge: Knowledge) -> Floats:
    own = {name: values[places] for name, values in rows.factors.items()}
    if not own:
        return np.full(places.size, np.nan)
    model = knowledge.model
    found = (
        expert_probabilities(ExpertPoints.of(policy), own)
        if model is None
        else scorecard_probabilities(model, own)
    )
    known: Floats = np.where(named, found, np.nan)
    return known


def _before(keys: Sequence[Key], knowledge: Knowledge) -> Before | None:
    if not knowledge.said:
        return None
    said = [knowledge.said.get(key) for key in keys]
    if not any(said):
        return None

    def number(name: str) -> Floats:
        values = [None if one is None else getattr(one, name) for one in said]
        return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)

    return Before(
        gross_open=number("gross_open"),
        gross_overdue=number("gross_overdue"),
        days_late=number("days_late"),
        score=number("score"),
        grade=[None if one is None else one.grade for one in said],
        cover=number("cover"),
        levels=[levels_before(None if one is None else one.fired) for one in said],
    )


def _with_groups(table: pa.Table, keys: Sequence[Key], knowledge: Knowledge) -> pa.Table:
    """Give the customers of groups the head and the net exposure of their group."""
    if not knowledge.parents:
        return table
    net = dict(zip(keys, table["net_exposure"].to_pylist(), strict=True))
    heads: list[str | None] = [None] * len(keys)
    sums: list[int | None] = [None] * len(keys)
    of: dict[Place, dict[str, tuple[str, int]]] = {}
    for place, parents in knowledge.parents.items():
        own = {key[2]: amount or 0 for key, amount in net.items() if key[:2] == place}
        of[place] = group_exposures(list(own), parents, own)
    for row, key in enumerate(keys):
        if key[2] and key[2] in of.get(key[:2], {}):
            heads[row], sums[row] = of[key[:2]][key[2]]
    for name, values in (("group_head", heads), ("group_exposure", sums)):
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array(values, _SCHEMA.field(name).type))
    return table
