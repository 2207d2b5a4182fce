"""The policies that runs used: each is kept, so that a past day is answered by the policy of that day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from duebook.policy import default_policy, parse_policy
from duebook_etl import schema

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from duebook.policy import Policy
    from duebook_etl.store import Store


@dataclass(frozen=True)
class Kept:
    """A policy that runs used.

    Attributes:
        policy: The policy.
        first_run: The first run that used it.
        last_run: The last one.
    """

    policy: Policy
    first_run: int
    last_run: int


def keep(connection: Connection, policy: Policy) -> None:
    """Keep a policy that a run uses; one that comes from no file is not kept.

    Args:
        connection: A connection in a transaction that may write.
        policy: The policy.
    """
    table = schema.policies
    if not policy.text or connection.scalar(select(table.c.digest).where(table.c.digest == policy.digest)):
        return
    row = {
        "digest": policy.digest,
        "name": policy.name,
        "version": policy.version,
        "valid_from": policy.valid_from,
        "text": policy.text,
    }
    connection.execute(insert(table), row)


def kept(store: Store) -> tuple[Kept, ...]:
    """Return the policies that runs used, the one used last first.

    Raises:
        InputError: A kept policy says what this version of Duebook does not allow.
    """
    table, runs = schema.policies, schema.runs
    found = (
        select(
            table.c.digest,
            table.c.text,
            func.min(runs.c.run).label("first"),
            func.max(runs.c.run).label("last"),
        )
        .join(runs, runs.c.policy_digest == table.c.digest)
        .group_by(table.c.digest, table.c.text)
    )
    with store.engine.connect() as connection:
        rows = connection.execute(found.order_by(func.max(runs.c.run).desc())).all()
    return tuple(Kept(_parsed(row.text, row.digest), row.first, row.last) for row in rows)


def in_force(store: Store, configured: Policy, day: date) -> Policy:
    """Return the policy that was valid on a day.

    It is the one that is valid from the latest day up to then, of those that runs used and the configured
    one; of two that are valid from the same day, the configured one, else the one used last. Before all of
    them it is the configured one.

    Args:
        store: The store.
        configured: The policy that the configuration names.
        day: The day.

    Raises:
        InputError: A kept policy says what this version of Duebook does not allow.
    """
    table, runs = schema.policies, schema.runs
    latest = (
        select(table.c.digest, table.c.text, table.c.valid_from)
        .join(runs, runs.c.policy_digest == table.c.digest)
        .where(table.c.valid_from <= day)
        .order_by(table.c.valid_from.desc(), runs.c.run.desc())
        .limit(1)
    )
    with store.engine.connect() as connection:
        row = connection.execute(latest).one_or_none()
    if row is None or row.digest == configured.digest or row.valid_from <= configured.valid_from <= day:
        return configured
    return _parsed(row.text, row.digest)


@lru_cache(maxsize=16)
def _parsed(text: str, digest: str) -> Policy:
    # A run of an older Duebook knew fewer keys; what its policy does not say is what ships with this one.
    return parse_policy(text, where=f"the policy {digest[:12]} that the store keeps", unsaid=default_policy())
