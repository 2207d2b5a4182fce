"""`duebook model`: fit, report, backtest and cash, on a store whose customers' habits are known."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import pytest

from books import Books
from duebook.fitted import read_scorecard
from duebook.policy import default_policy
from duebook_addin.book import current_model, use_book, use_model, use_policy
from duebook_addin.call import call
from duebook_cli.desk import ready
from duebook_etl.store import Store
from payers import invoices, last_day, ledger, payers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cli.conftest import Answer
    from ledgers import Ledger

    Run = Callable[..., Answer]

PLACE = ("erp", "1")


def company(folder: Path, found: Ledger) -> Path:
    """Write a configuration and a store with one company's ledger."""
    books = Books()
    books.company(*PLACE, "North Ltd", "EUR")
    for customer in sorted({row["customer"] for row in found.items}):
        books.customer(PLACE, customer, f"Customer {customer}")
    books.items = [
        row | {"source": "erp", "document": row["item"], "reference": None, "remaining": None}
        for row in found.items
    ]
    books.allocations = [row | {"source": "erp"} for row in found.legs]
    (folder / "duebook.toml").write_text('[store]\nurl = "sqlite:///duebook.db"\n', encoding="utf-8")
    with Store.open(f"sqlite:///{folder / 'duebook.db'}", create=True) as store:
        books.save(store, last_day())
    return folder


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a company with enough bad customers to fit to."""
    random = Random(2)  # noqa: S311 - nothing secret about it
    paid = invoices(random, payers(random, 160, troubled=0.4))
    return company(tmp_path_factory.mktemp("rich"), ledger(paid, last_day()))


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a company with too few."""
    random = Random(2)  # noqa: S311 - nothing secret about it
    paid = invoices(random, payers(random, 40))
    return company(tmp_path_factory.mktemp("poor"), ledger(paid, last_day()))


@pytest.fixture
def desk() -> Iterator[None]:
    """Leave nothing in use behind."""
    yield
    use_book(None)
    use_policy(None)
    use_model(None)


def test_too_few_bad_customers_are_said_plainly(poor: Path, duebook: Run) -> None:
    answer = duebook(poor, "model", "fit")
    assert answer.code == 0
    assert "No model was fitted:" in answer.out
    assert "fewer than the 30 a fit needs. The expert points stand." in answer.out
    assert not (poor / "model.json").exists()
    document = duebook(poor, "model", "report", "--json").document
    assert (document["by"], document["model"]) == ("expert points", None)
    assert document["window"]["customers"] == sum(one["customers"] for one in document["window"]["groups"])


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("horizon_days = 180", "an invoice that falls due within 7 days"),
        ("late_days = 30", "goes more than 7 days past due"),
        ("least_bad_customers = 30", "fewer than the 777 a fit needs"),
        ("least_months = 6", "less than 777 months"),
    ],
)
def test_what_is_foreseen_and_how_much_history_it_takes_are_the_policy_s(
    poor: Path, tmp_path: Path, duebook: Run, key: str, said: str
) -> None:
    name = key.partition(" = ")[0]
    value = 777 if name.startswith("least") else 7
    own = default_policy().text.replace(key, f"{name} = {value}", 1)
    assert own != default_policy().text
    (tmp_path / "policy.toml").write_text(own, encoding="utf-8")
    shutil.copy(poor / "duebook.db", tmp_path)
    settings = (poor / "duebook.toml").read_text(encoding="utf-8")
    (tmp_path / "duebook.toml").write_text(f'{settings}[policy]\nfile = "policy.toml"\n', encoding="utf-8")
    assert said in duebook(tmp_path, "model", "fit", "--json").out


def test_a_fit_writes_a_file_that_formulas_then_use(rich: Path, duebook: Run, desk: None) -> None:  # noqa: ARG001
    pytest.importorskip("sklearn", reason="needs scikit-learn: the extra model installs it")
    arguments = '[["oldest overdue", "days late"], [45, 20]]'
    ready(rich / "duebook.toml")
    points = json.loads(call("PROBDEFAULT", arguments)[0])

    document = duebook(rich, "model", "fit", "--json").document

    assert document["fitted"]
    assert document["file"] == "model.json"
    card = read_scorecard((rich / "model.json").read_text(encoding="utf-8"), where="model.json")
    assert card.fitted["policy"] == {
        "name": "standard-2025-11",
        "version": "1",
        "digest": card.fitted["policy"]["digest"],  # type: ignore[index]
    }
    ready(rich / "duebook.toml")
    assert current_model() == card
    fitted = json.loads(call("PROBDEFAULT", arguments)[0])
    assert fitted == card.score({"oldest overdue": 45.0, "days late": 20.0}).probability
    assert fitted != points

    report = duebook(rich, "model", "report")
    assert "In use: fitted model." in report.out
    assert "which the fit has seen" in report.out


def test_a_backtest_holds_each_day_against_what_came(rich: Path, duebook: Run) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: the extra model installs it")
    document = duebook(rich, "model", "backtest", "--json").document
    days = document["days"]
    assert len(days) == 6
    assert days == sorted(days, key=lambda one: one["day"])
    assert {one["by"] for one in days} <= {"fitted model", "expert points"}
    late = document["days_late"]["days_off"]
    assert late[document["days_late"]["in_use"]] <= late["own mean"]
    shown = duebook(rich, "model", "backtest")
    assert days[-1]["day"] in shown.out
    assert "days off" in shown.out


def test_cash_by_week(rich: Path, duebook: Run) -> None:
    document = duebook(rich, "model", "cash", "--json").document
    (one,) = document["companies"]
    assert (one["currency"], len(one["weeks"])) == ("EUR", 13)
    for week in one["weeks"]:
        assert float(week["low"]) <= float(week["total"]) <= float(week["high"])
        assert Decimal(week["from_open"]) + Decimal(week["from_sales"]) == Decimal(week["total"])
    for name, amount in one["together"].items():
        assert sum(Decimal(week[name]) for week in one["weeks"]) == Decimal(amount)
    shown = duebook(rich, "model", "cash", COLUMNS="200")
    assert f"{Decimal(one['weeks'][0]['total']):,}" in shown.out
    assert f"{Decimal(one['together']['total']):,}" in shown.out
    assert "Tried on 12 earlier days" in shown.out
    assert duebook(rich, "model", "cash", "--company", "9").code == 1


def test_a_file_that_is_no_model_is_named(poor: Path, duebook: Run) -> None:
    broken = poor / "broken.toml"
    broken.write_text(
        '[store]\nurl = "sqlite:///duebook.db"\n[model]\nfile = "wrong.json"\n', encoding="utf-8"
    )
    (poor / "wrong.json").write_text("{}", encoding="utf-8")
    answer = duebook(poor, "--config", "broken.toml", "model", "report")
    assert answer.code == 2
    assert "wrong.json: format is None" in answer.err


def test_a_store_without_a_refresh_has_no_answer(tmp_path: Path, duebook: Run) -> None:
    (tmp_path / "duebook.toml").write_text('[store]\nurl = "sqlite:///duebook.db"\n', encoding="utf-8")
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}", create=True):
        pass
    answer = duebook(tmp_path, "model", "report")
    assert (answer.code, "Run `duebook refresh` first" in answer.err) == (1, True)
