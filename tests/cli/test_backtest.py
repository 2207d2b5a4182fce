"""`duebook policy backtest` and `duebook policy history`, as a person runs them."""

# ruff: noqa: E501 - a case a line
from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import openpyxl
import pytest

from books import NORTH, Books
from duebook.policy import default_text, parse_policy
from duebook_etl import policies
from duebook_etl.store import Store
from ledgers import FIRST
from replays import document, trading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Answer

    Run = Callable[..., Answer]

LAST = FIRST + timedelta(420)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a configuration, a store whose run used a policy, and another policy's file."""
    folder = tmp_path_factory.mktemp("backtest")
    text = default_text()
    bold = text
    for old, new in (
        ('name = "standard-2025-11"', 'name = "bold"'),
        ("first_share = 0.2 ", "first_share = 0.9 "),
        ("stops_orders = true", "stops_orders = false"),
    ):
        assert old in bold
        bold = bold.replace(old, new, 1)
    (folder / "bold.toml").write_text(bold, encoding="utf-8")
    (folder / "duebook.toml").write_text('[store]\nurl = "sqlite:///duebook.db"\n', encoding="utf-8")
    books = Books()
    books.company(*NORTH, "North Ltd", "EUR")
    ledger = trading(Random(4))  # noqa: S311 - nothing secret about it
    for customer in sorted({row["customer"] for row in ledger.items}):
        books.customer(NORTH, customer, f"Customer {customer}")
    head = {"source": NORTH[0], "company": NORTH[1]}
    more = {"reference": None, "remaining": None}
    books.items = [row | head | more | {"document": document(row)} for row in ledger.items]
    books.allocations = [leg | head for leg in ledger.legs]
    used = parse_policy(text, where="default_policy.toml")
    with Store.open(f"sqlite:///{folder / 'duebook.db'}", create=True) as store:
        books.save(store, LAST)
        with store.write() as connection:
            policies.keep(connection, used)
            connection.exec_driver_sql("UPDATE runs SET policy_digest = ?", (used.digest,))
    return folder


def test_two_policies_on_the_ledger(company: Path, duebook: Run) -> None:
    asked = ("policy", "backtest", "bold.toml", "--from", "2024-01", "--turnover-factor", "20")
    answer = duebook(company, *asked, COLUMNS="160")
    found = duebook(company, *asked, "--against", "standard-2025-11", "--json").document

    assert answer.code == 0
    assert "Orders from 2024-01-01 to 2025-02-24" in answer.out
    assert "North Ltd (erp/1), EUR" in answer.out
    assert "- Customers pay as they did." in answer.out
    (north,) = found["companies"]
    assert north["new"]["allowed"]["sales"] in answer.out.replace(",", "")
    assert float(north["new"]["allowed"]["sales"]) > float(north["current"]["allowed"]["sales"])
    assert (found["new"]["name"], found["current"]["name"]) == ("bold", "standard-2025-11")
    assert {row["new_verdict"] for row in north["decided_differently"]} & {"allowed", "against a guarantee"}


def test_a_month_is_its_first_or_its_last_day(company: Path, duebook: Run) -> None:
    asked = (
        "policy",
        "backtest",
        "current",
        "--against",
        "default",
        "--from",
        "2024-02-10",
        "--until",
        "2024-02",
    )
    found = duebook(company, *asked, "--json").document
    assert (found["from"], found["until"]) == ("2024-02-10", "2024-02-29")
    assert found["companies"][0]["decided_differently"] == []


def test_a_workbook_in_chinese(company: Path, tmp_path: Path, duebook: Run) -> None:
    file = tmp_path / "回测.xlsx"
    answer = duebook(
        company, "policy", "backtest", "bold.toml", "--from", "2024-01", "--lang", "zh", "-o", str(file)
    )
    assert answer.code == 0
    assert f"已写入 {file}。" in answer.out
    assert openpyxl.load_workbook(file).sheetnames == ["概要", "按客户", "判定不同"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("bold.toml", "--from", "2024-13"), "--from: '2024-13' is no date."),
        (("absent.toml", "--from", "2024-01"), "absent.toml: the policy cannot be read: there is no such file."),
        (("stranger", "--from", "2024-01"), "policy: 'stranger' is no file, and no policy that a run used."),
        (("current", "--from", "2024-01", "-o", "found.csv"), "--output: found.csv is no .xlsx file."),
        (("current", "--from", "2024-01", "-o", "nowhere/found.xlsx"), "--output: there is no folder nowhere to write it in."),
    ],
)  # fmt: skip
def test_wrong_use(company: Path, duebook: Run, asked: tuple[str, ...], message: str) -> None:
    answer = duebook(company, "policy", "backtest", *asked)
    assert answer.code == 2
    assert message in answer.err
    assert not (company / "found.csv").exists()


def test_no_order_in_the_time(company: Path, duebook: Run) -> None:
    answer = duebook(company, "policy", "backtest", "current", "--from", "2020-01", "--until", "2020-12")
    assert answer.code == 1
    assert "No invoice to a customer was posted from 2020-01-01 to 2020-12-31." in answer.err


def test_the_policies_that_runs_used(company: Path, tmp_path: Path, duebook: Run) -> None:
    table = duebook(company, "policy", "history", COLUMNS="160")
    (one,) = duebook(company, "policy", "history", "--json").document
    digest = parse_policy(default_text(), where="default_policy.toml").digest

    assert one == {
        "name": "standard-2025-11",
        "version": "1",
        "valid_from": date(2025, 11, 1).isoformat(),
        "digest": digest,
        "first_run": 1,
        "last_run": 1,
    }
    assert table.code == 0
    assert digest[:12] in table.out
    assert "standard-2025-11" in table.out

    (tmp_path / "duebook.toml").write_text('[store]\nurl = "sqlite:///duebook.db"\n', encoding="utf-8")
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}", create=True):
        pass
    assert "No run has used a policy yet." in duebook(tmp_path, "policy", "history").out


def test_a_kept_policy_is_shown_and_compared_by_name_or_digest(company: Path, duebook: Run) -> None:
    (kept,) = duebook(company, "policy", "history", "--json").document
    for name in (kept["name"], kept["digest"][:12], "current"):
        shown = duebook(company, "policy", "show", name, "--section", "turnover", "--json").document
        assert shown["digest"] == kept["digest"]
        assert shown["keys"] == {"turnover.days": "90"}
        found = duebook(company, "policy", "diff", name, "bold.toml", "--json").document
        assert {"key": "name", "before": "standard-2025-11", "after": "bold"} in found
        assert len(found) == 3
    unknown = duebook(company, "policy", "diff", "lenient", "bold.toml")
    assert (unknown.code, unknown.out) == (2, "")
    assert "policy: 'lenient' is no file, and no policy that a run used." in unknown.err
    assert "or one of standard-2025-11." in unknown.err
