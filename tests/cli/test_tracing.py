"""`duebook trace` and `duebook history`: what a person reads, what a script reads, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from books import group_books
from duebook.policy import default_policy
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Answer

    Run = Callable[..., Answer]

AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small group that was refreshed."""
    folder = tmp_path_factory.mktemp("group")
    (folder / "duebook.toml").write_text('[store]\nurl = "sqlite:///duebook.db"\n', encoding="utf-8")
    with Store.open(f"sqlite:///{folder / 'duebook.db'}", create=True) as store:
        group_books().save(store, AS_OF)
    return folder


def test_a_figure_leads_to_rule_policy_key_and_documents(group: Path, duebook: Run) -> None:
    answer = duebook(group, "trace", "1/7", "dso", "--company", "erp/1")
    assert answer.code == 0
    policy = default_policy()
    assert (
        f"policy standard-2025-11, version 1, valid from 2025-11-01, digest {policy.digest[:12]}"
        in answer.out
    )
    assert "Acme: Days of sales outstanding at the end of 2026-06-30 = 222.7" in answer.out
    assert "formula: dso = open ÷ sales" in answer.out
    assert "turnover.days" in answer.out
    assert "Acme: Open at the end of 2026-06-30 = 117.51 EUR" in answer.out
    assert "D-a2" in answer.out


def test_in_chinese_rule_and_headings_are_chinese(group: Path, duebook: Run) -> None:
    answer = duebook(group, "trace", "1/7", "未清金额", "--company", "erp/1", "--lang", "zh")
    assert "Acme：2026-06-30 日终的未清金额 = 117.51 EUR" in answer.out  # noqa: RUF001
    assert "规则" in answer.out
    assert "单据号" in answer.out
    assert "rule" not in answer.out


def test_the_documents_in_the_json_add_up_to_the_figure(group: Path, duebook: Run) -> None:
    document = duebook(group, "trace", "1/7", "overdue", "--company", "erp/1", "--json").document
    assert document["policy"]["digest"] == default_policy().digest
    found = document["trace"]
    assert (found["figure"], found["unit"], found["value"]) == ("overdue", "money", "67.51")
    assert found["keys"] == {"aging.edges.1": 0}
    assert sum(Decimal(part["counted"]) for part in found["parts"]) == Decimal(found["value"])
    assert {part["document"] for part in found["parts"]} == {"D-a2", "D-a4", "D-a5"}
    assert found["parts"][0]["due_date"] == "2026-05-01"


def test_an_unknown_figure_is_refused_with_the_nearest(group: Path, duebook: Run) -> None:
    answer = duebook(group, "trace", "1/7", "dsoo", "--company", "erp/1")
    assert answer.code == 2
    assert "figure: 'dsoo' is none of open, not_due," in answer.err
    assert "Did you mean 'dso'?" in answer.err


def test_a_measure_stands_month_by_month(group: Path, duebook: Run) -> None:
    answer = duebook(group, "history", "open", "--months", "3", "--by", "company")
    assert answer.code == 0
    lines = [line.split() for line in answer.out.splitlines() if line.strip().startswith("2026")]
    assert [line[0] for line in lines] == ["2026-04-30", "2026-05-31", "2026-06-30"]
    assert "North Ltd EUR" in answer.out
    assert "128.74" in lines[-1]


def test_many_series_stand_below_each_other(group: Path, duebook: Run) -> None:
    answer = duebook(group, "history", "roll rates", "--months", "1")
    assert answer.out.count("roll rates, percent") == 2  # eight series, six beside each other


def test_the_json_of_a_history_has_a_value_a_month(group: Path, duebook: Run) -> None:
    document = duebook(group, "history", "dso", "--until", "2026-03-15", "--months", "2", "--json").document
    assert document["days"] == ["2026-01-31", "2026-02-28"]
    assert (document["measure"], document["unit"], document["by"]) == ("dso", "days", None)
    assert all(len(row["values"]) == 2 for row in document["rows"])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("history", "opn"), 2, "Did you mean 'open'?"),
        (("history", "open", "--months", "0"), 2, "months: 0 is given; 1 to 600 is allowed."),
        (("history", "open", "--until", "30.6.2026"), 2, "--until: '30.6.2026' is no date."),
        (("history", "open", "--until", "2025-06-30"), 1, "is before the first document"),
    ],
)
def test_a_wrong_question_is_refused(
    group: Path, duebook: Run, arguments: tuple[str, ...], code: int, message: str
) -> None:
    answer = duebook(group, *arguments)
    assert answer.code == code
    assert message in answer.err
