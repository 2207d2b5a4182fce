"""The credit policy: its default, its digest, and what is said about a wrong one."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest
from pydantic import ValidationError

from duebook.errors import InputError
from duebook.policy import default_policy, parse_policy

TEXT = files("duebook").joinpath("default_policy.toml").read_text(encoding="utf-8")


def line_of(fragment: str) -> int:
    return TEXT[: TEXT.index(fragment)].count("\n") + 1


def test_the_default_policy() -> None:
    policy = default_policy()
    assert (policy.name, policy.valid_from) == ("standard-2025-11", date(2025, 11, 1))
    assert policy.aging.edges == (0, 30, 60, 90)
    assert policy.turnover.days == 90
    assert policy.behaviour.months == 12
    assert (policy.pay_index.anchors[0].points, policy.pay_index.anchors[0].days_late) == (100, -30)


def test_a_policy_cannot_be_changed_after_reading() -> None:
    with pytest.raises(ValidationError):
        default_policy().name = "other"  # type: ignore[misc]


def test_the_digest_is_of_the_content_and_not_of_the_layout() -> None:
    again = parse_policy("# a remark\n" + TEXT.replace("days = 90", "days   =   90  # a quarter"), where="x")
    assert again.digest == default_policy().digest
    other = parse_policy(TEXT.replace("days = 90", "days = 91"), where="x")
    assert other.digest != again.digest
    assert len(other.digest) == 64


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        (
            "days = 90",
            "dyas = 90",
            "policy.toml, line {line}: 'turnover.dyas' is no key of a policy.",
            "Did you mean 'days'?",
        ),
        (
            "[turnover]",
            "[turnovr]",
            "policy.toml, line {line}: 'turnovr' is no key of a policy.",
            "Did you mean 'turnover'?",
        ),
        (
            "days = 90",
            "days = 0",
            "policy.toml, line {line}: turnover.days = 0 is not allowed.",
            "Allowed: A whole number of days, 1 to 3660.",
        ),
        (
            "months = 12",
            'months = "12"',
            'policy.toml, line {line}: behaviour.months = "12" is not allowed.',
            "Allowed: A whole number of months, 1 to 120.",
        ),
        (
            "edges = [0, 30, 60, 90]",
            "edges = [0, 30, 30]",
            "policy.toml, line {line}: aging.edges = [0, 30, 30] is not allowed: 0, 30, 30 do not increase.",
            "Allowed: Increasing whole numbers of days, such as [0, 30, 60, 90].",
        ),
        (
            "edges = [0, 30, 60, 90]",
            "edges = []",
            "policy.toml, line {line}: aging.edges = [] is not allowed.",
            "Allowed: Increasing whole numbers of days, such as [0, 30, 60, 90].",
        ),
        (
            "valid_from = 2025-11-01",
            'valid_from = "2025-11-01"',
            'policy.toml, line {line}: valid_from = "2025-11-01" is not allowed.',
            "Allowed: A date without quotes, such as 2025-11-01.",
        ),
        (
            'version = "1"',
            'version = ""',
            'policy.toml, line {line}: version = "" is not allowed.',
            'Allowed: A short text, such as "1".',
        ),
        (
            "{ points = 80, days_late = 0 }",
            "{ points = 80, day_late = 0 }",
            "policy.toml, line {anchors}, entry 3: 'pay_index.anchors.day_late' is no key of a policy.",
            "Did you mean 'days_late'?",
        ),
        (
            "{ points = 80, days_late = 0 }",
            "{ points = 180, days_late = 0 }",
            "policy.toml, line {anchors}, entry 3: pay_index.anchors.points = 180 is not allowed.",
            "Allowed: Points of the index, 0 to 100.",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_what_is_allowed(
    old: str, new: str, message: str, hint: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse_policy(TEXT.replace(old, new), where="policy.toml")
    lines = {"line": line_of(old), "anchors": line_of("anchors = [")}
    assert caught.value.message == message.replace("{line}", f"{lines['line']}").replace(
        "{anchors}", f"{lines['anchors']}"
    )
    assert caught.value.hint == hint


def test_a_missing_key_is_named_with_the_line_of_its_table() -> None:
    with pytest.raises(InputError) as caught:
        parse_policy(TEXT.replace("months = 12", ""), where="p.toml")
    assert caught.value.message == f"p.toml, line {line_of('[behaviour]')}: behaviour.months is missing."
    assert caught.value.hint == "Allowed: A whole number of months, 1 to 120."


def test_a_missing_table_is_named_with_its_keys() -> None:
    text = TEXT[: TEXT.index("[pay_index]")]
    with pytest.raises(InputError) as caught:
        parse_policy(text, where="p.toml")
    assert (caught.value.message, caught.value.hint) == (
        "p.toml: pay_index is missing.",
        "Allowed: A table with anchors.",
    )


def test_an_unknown_key_without_a_near_one_lists_those_there_are() -> None:
    with pytest.raises(InputError) as caught:
        parse_policy(TEXT.replace("months = 12", "months = 12\nzzz = 1"), where="p.toml")
    assert caught.value.hint == "Allowed: months."


def test_points_must_fall_while_days_rise() -> None:
    text = TEXT.replace("{ points = 80, days_late = 0 }", "{ points = 95, days_late = 0 }")
    with pytest.raises(InputError) as caught:
        parse_policy(text, where="p.toml")
    assert caught.value.message.startswith(f"p.toml, line {line_of('anchors = [')}: pay_index.anchors = [")
    assert caught.value.message.endswith(
        "is not allowed: from 90 points at -20 days to 95 points at 0 days, points must fall and days rise."
    )


def test_what_is_no_toml_is_named_with_its_line() -> None:
    with pytest.raises(InputError, match=r"^p\.toml: not valid TOML: .*line 1"):
        parse_policy("name = = 1", where="p.toml")
