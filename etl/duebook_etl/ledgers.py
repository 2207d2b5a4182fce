"""Reads the ledger out of the store, and gives its items what companies and customers say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import and_, false, or_, select, tuple_

from duebook_etl import schema
from duebook_etl.profile import ALLOCATION_COLUMNS, CUSTOMER_KEY, ITEM_COLUMNS, ITEM_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Table

    from duebook_etl.answers import Company, Customer
    from duebook_etl.store import Store

PLACE: Final = ("source", "company")
COMPANY_CURRENCY: Final = "company_currency"


def within(table: Table, companies: Sequence[Company]) -> ColumnElement[bool]:
    """Return the condition that a row is of one of the companies."""
    return or_(false(), *(and_(table.c.source == c.source, table.c.company == c.company) for c in companies))


def read_ledger(  # noqa: PLR0913 - what to read is said in full
    store: Store,
    companies: Sequence[Company],
    as_of: date,
    *,
    columns: Sequence[str] = ITEM_COLUMNS,
    customers: Sequence[Customer] | None = None,
    siblings: bool = False,
) -> tuple[pa.Table, pa.Table]:
    """Read items posted by a day and the legs on them that were effective by then.

    Args:
        store: The store.
        companies: The companies whose ledgers are read, where no customers are named.
        as_of: The day.
        columns: The columns of the items.
        customers: Only the items of these.
        siblings: Whether the legs that settle the customers' items together with others come too, and these
            other items.

    Returns:
        Items, and legs with :data:`~duebook_etl.profile.ALLOCATION_COLUMNS`.
    """
    items, legs = schema.items, schema.allocations
    on_item = and_(*(legs.c[name] == items.c[name] for name in ITEM_KEY))
    by_then = items.c.posting_date <= as_of
    effective = legs.c.effective_date <= as_of
    wanted_items = select(*(items.c[name] for name in columns)).where(by_then)
    wanted_legs = select(*(legs.c[name] for name in ALLOCATION_COLUMNS)).where(effective)
    if customers is None:
        chosen = (
            wanted_items.where(within(items, companies)),
            wanted_legs.where(within(legs, companies)),
        )
    else:
        own = or_(*(and_(*(items.c[k] == getattr(c, k) for k in CUSTOMER_KEY)) for c in customers))
        if siblings:
            together = tuple_(legs.c.source, legs.c.company, legs.c.allocation)
            shared = together.in_(
                select(legs.c.source, legs.c.company, legs.c.allocation).join(items, on_item).where(own)
            )
            item = tuple_(*(items.c[name] for name in ITEM_KEY))
            theirs = item.in_(select(*(legs.c[name] for name in ITEM_KEY)).where(shared))
            chosen = wanted_items.where(or_(own, theirs)), wanted_legs.where(shared)
        else:
            chosen = wanted_items.where(own), wanted_legs.join(items, on_item).where(own)
    return store.read(chosen[0]), store.read(chosen[1])


def described(
    items: pa.Table, companies: Sequence[Company], customers: pa.Table, attributes: Sequence[str]
) -> pa.Table:
    """Give items :data:`COMPANY_CURRENCY` and attributes of their customer.

    Args:
        items: The items.
        companies: Their companies; items of others are left out.
        customers: The companies' customers.
        attributes: Fields of a customer; empty text where it is not known.
    """
    books = pa.table(
        {
            "source": pa.array([c.source for c in companies], pa.string()),
            "company": pa.array([c.company for c in companies], pa.string()),
            COMPANY_CURRENCY: pa.array([c.currency for c in companies], pa.string()),
        }
    )
    items = items.join(books, keys=list(PLACE), join_type="inner")
    if not attributes:
        return items
    known = customers.select([*CUSTOMER_KEY, *attributes])
    items = items.join(known, keys=list(CUSTOMER_KEY), join_type="left outer")
    filled = {name: pc.fill_null(items[name], "") for name in attributes}
    return pa.table({name: filled.get(name, items[name]) for name in items.column_names})
