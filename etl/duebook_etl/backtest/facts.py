"""What the credit file says of customers beyond the ledger, each fact from the day on which it is known."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from sqlalchemy import select

from duebook_etl import schema
from duebook_etl.backtest.ledger import day_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from duebook_etl.answers import Company
    from duebook_etl.store import Store

Value: TypeAlias = Decimal | str
Told: TypeAlias = tuple[int, str, Value]  # since which day, what, how much

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_NOTHING: Final[Mapping[str, Value]] = {}


@dataclass(frozen=True)
class Facts:
    """What is known of customers beyond the ledger.

    Attributes:
        told: By customer's id: facts in the sequence in which they became known.
    """

    told: Mapping[str, Sequence[Told]] = field(default_factory=dict)

    def on(self, customer: str, day: int) -> Mapping[str, Value]:
        """Return what was known of a customer on a day: of each fact the newest."""
        told = self.told.get(customer)
        if told is None:
            return _NOTHING
        return {name: value for since, name, value in told if since <= day}


def read_facts(store: Store, company: Company, until: date) -> Facts:
    """Read what the store keeps of the credit file about a company's customers.

    Args:
        store: The store.
        company: The company.
        until: The last day; what becomes known later is not there.
    """
    table = schema.credit_facts.c
    wanted = (
        select(table.customer, table.name, table.value, table.known_from)
        .where(table.source == company.source, table.company == company.company, table.known_from <= until)
        .order_by(table.known_from, table.row)
    )
    told: dict[str, list[Told]] = {}
    with store.engine.connect() as connection:
        for row in connection.execute(wanted):
            value = Decimal(row.value) if _NUMBER.fullmatch(row.value) else row.value
            told.setdefault(row.customer, []).append((day_number(row.known_from), row.name, value))
    return Facts(told)
