"""The policies that runs used: kept once, and in force from their first day."""

# ruff: noqa: E501 - a case a line
from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from duebook.errors import InputError
from duebook.policy import default_policy, default_text, parse_policy
from duebook_etl import policies, schema
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from duebook.policy import Policy


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", create=True) as opened:
        yield opened


def policy(valid_from: str, days: int) -> Policy:
    text = default_text().replace("2025-11-01", valid_from, 1).replace("days = 90", f"days = {days}", 1)
    return parse_policy(text, where="own.toml")


def used(store: Store, *found: Policy) -> None:
    for one in found:
        with store.write() as connection:
            row = {
                "started": datetime(2026, 1, 1),  # noqa: DTZ001 - as the store has it
                "as_of": date(2026, 1, 1),
                "status": "ok",
                "trigger": "command",
                "policy": f"{one.name} {one.version}",
                "policy_digest": one.digest,
            }
            connection.execute(insert(schema.runs), row)
            policies.keep(connection, one)


OLD, NEW, NEXT = policy("2024-01-01", 60), policy("2025-01-01", 70), policy("2027-01-01", 80)


def test_each_policy_is_kept_once_with_its_runs(store: Store) -> None:
    used(store, OLD, NEW, OLD)

    found = policies.kept(store)

    assert [(one.policy.turnover.days, one.first_run, one.last_run) for one in found] == [
        (60, 1, 3),
        (70, 2, 2),
    ]
    assert [one.policy.digest for one in found] == [OLD.digest, NEW.digest]


@pytest.mark.parametrize(
    ("day", "days"),
    [("2023-12-31", 80), ("2024-01-01", 60), ("2024-12-31", 60), ("2025-01-01", 70), ("2026-12-31", 70), ("2027-01-01", 80)],
)  # fmt: skip
def test_the_policy_of_a_day_is_the_latest_that_was_valid(store: Store, day: str, days: int) -> None:
    used(store, NEW, OLD)

    assert policies.in_force(store, NEXT, date.fromisoformat(day)).turnover.days == days


def test_of_two_from_one_day_the_configured_one_is_in_force(store: Store) -> None:
    other = policy("2025-01-01", 75)
    used(store, OLD, NEW)

    assert policies.in_force(store, other, date(2026, 1, 1)) is other
    used(store, other)
    assert policies.in_force(store, NEXT, date(2026, 1, 1)).turnover.days == 75


def test_without_runs_the_configured_policy_is_in_force(store: Store) -> None:
    assert policies.kept(store) == ()
    assert policies.in_force(store, default_policy(), date(2000, 1, 1)) is default_policy()


def test_a_policy_of_an_older_duebook_lacks_keys_and_means_those_that_ship(store: Store) -> None:
    text = OLD.text.replace("\ndays = 60", "\ndays = 61", 1)
    start = text.index("[default.points]")
    older = text[:start] + text[text.index("\n[", start + 1) + 1 :]
    older = older.replace("[behaviour]", "", 1).replace("\nmonths = 12", "", 1)
    with pytest.raises(InputError, match=r"months|behaviour|points"):
        parse_policy(older, where="older.toml")
    used(store, NEW)
    with store.write() as connection:
        kept = schema.policies.c
        connection.execute(update(schema.policies).where(kept.digest == NEW.digest).values(text=older))

    found = policies.in_force(store, NEXT, date(2026, 1, 1))

    assert found.turnover.days == 61
    assert found.behaviour.months == default_policy().behaviour.months
    assert found.default.points == default_policy().default.points


def test_a_kept_policy_that_says_what_is_not_allowed_is_an_error(store: Store) -> None:
    used(store, NEW)
    with store.write() as connection:
        wrong = NEW.text.replace("\ndays = 70", "\ndays = -1", 1)
        connection.execute(update(schema.policies).values(text=wrong))

    with pytest.raises(InputError, match=r"that the store keeps, line \d+: turnover.days"):
        policies.in_force(store, NEXT, date(2026, 1, 1))
