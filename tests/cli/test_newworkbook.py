"""New standard workbooks, as a person makes them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from calls import books_to_ask
from duebook.policy import default_policy
from duebook_etl.credit_file import Row, keep_facts
from duebook_etl.reconcile import reconcile
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Answer


FACTS = (
    ("erp/1/7", "litigation", "major", "2026-06-01"),
    ("erp/1/7", "net worth", "90000", "2026-06-01"),
    ("erp/1/7", "industry", "manufacturing", "2026-06-01"),
    ("erp/1/9", "working capital", "54321", "2026-06-01"),
)


def test_calculators_for_excel_are_what_is_made_unless_asked_otherwise(
    tmp_path: Path, duebook: Callable[..., Answer]
) -> None:
    answer = duebook(tmp_path, "workbook", "new", "calculators")
    assert (answer.code, answer.out) == (0, "Written: calculators.xlsx\n")
    book = openpyxl.load_workbook(tmp_path / "calculators.xlsx")
    assert book["Discount"]["B9"].value == '=IF(A9="","",DUE_DISCOUNTCOST(A9,due_discount_basis))'


def test_language_program_and_file_are_asked_for(tmp_path: Path, duebook: Callable[..., Answer]) -> None:
    asked = ("--lang", "zh", "--host", "office", "--output", "申请.xlsx")
    answer = duebook(tmp_path, "workbook", "new", "application", *asked)
    assert (answer.code, answer.out) == (0, "Written: 申请.xlsx\n")
    sheet = openpyxl.load_workbook(tmp_path / "申请.xlsx")["申请"]
    assert sheet["A1"].value == "信用额度申请"
    assert any("_xldudf_DUE_SCORE(" in str(row[0].value) for row in sheet["B1:B60"])


def test_the_policy_of_the_configuration_stands_in_the_forms(
    tmp_path: Path, duebook: Callable[..., Answer]
) -> None:
    own = default_policy().text.replace('name = "standard-2025-11"', 'name = "ours"')
    own = own.replace("first_share = 0.2 ", "first_share = 0.1 ")
    (tmp_path / "policy.toml").write_text(own, encoding="utf-8")
    (tmp_path / "duebook.toml").write_text('[policy]\nfile = "policy.toml"\n', encoding="utf-8")
    assert duebook(tmp_path, "workbook", "new", "calculators").code == 0
    book = openpyxl.load_workbook(tmp_path / "calculators.xlsx", data_only=True)
    assert "ours" in [row[0].value for row in book["Start"]["B1:B40"]]
    assert book["Simulation"]["B12"].value == 10_000


@pytest.mark.parametrize("customer", ["7", "9"])
def test_an_application_says_of_a_customer_what_its_profile_says(
    tmp_path: Path, duebook: Callable[..., Answer], customer: str
) -> None:
    books_to_ask(tmp_path)
    told = [
        Row(number, dict(zip(("customer", "name", "value", "known_from"), fact, strict=True)))
        for number, fact in enumerate(FACTS, 2)
    ]
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as store:
        assert keep_facts(store, 1, told, policy=default_policy(), shown="credit.csv").quarantined == 0
    known = duebook(tmp_path, "profile", f"erp/1/{customer}", "--json").document
    answer = duebook(tmp_path, "workbook", "new", "application", "--customer", f"erp/1/{customer}")
    assert answer.code == 0, answer.err
    sheet = openpyxl.load_workbook(tmp_path / "application.xlsx", data_only=True)["Application"]
    beside = {
        name.value: value.value
        for left, right in (("A", "B"), ("D", "E"))
        for (name,), (value,) in zip(sheet[f"{left}1:{left}60"], sheet[f"{right}1:{right}60"], strict=True)
    }
    assert beside["Name"] == known["name"]
    assert beside["Currency"] == known["currency"]
    assert f"{beside['On']:%Y-%m-%d}" == known["as_of"]
    assert beside["Score"] == known["score"]
    assert beside["Grade"] == known["grade"]
    assert beside["Known part of the score"] == known["confidence"]
    assert beside["Net exposure now"] == float(known["net_exposure"])
    limit = known["credit_limit"]
    assert beside["Limit by the policy"] == (None if limit is None else float(limit))
    assert beside["Payment index"] == pytest.approx(known["pay_index"])
    assert beside["Litigation"] == ("major" if customer == "7" else None)
    assert beside["New customer"] == ("no" if known["months_of_business"] is not None else "yes")


def test_a_customer_that_bought_nothing_yet_is_new_to_the_application(
    tmp_path: Path, duebook: Callable[..., Answer]
) -> None:
    books_to_ask(tmp_path)
    known = duebook(tmp_path, "profile", "erp/1/9", "--json").document
    assert (known["months_of_business"], known["open"]) == (None, "0.00")
    assert duebook(tmp_path, "workbook", "new", "application", "--customer", "erp/1/9").code == 0
    book = openpyxl.load_workbook(tmp_path / "application.xlsx", data_only=True)
    ((sheet, at),) = book.defined_names["due_app_new"].destinations
    assert book[sheet][at].value == "yes"


def test_no_application_is_made_of_figures_that_do_not_reconcile(
    tmp_path: Path, duebook: Callable[..., Answer]
) -> None:
    books_to_ask(tmp_path)
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as store:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE control SET amount = amount + 1 WHERE company = '1'")
        for source in ("erp", "old"):
            reconcile(store, 1, source, date(2026, 6, 30), default_policy().aging.edges)
    answer = duebook(tmp_path, "workbook", "new", "application", "--customer", "erp/1/7", COLUMNS="1000")
    assert (answer.code, answer.out) == (1, "")
    assert "company erp/1 does not reconcile with the general ledger; nothing of it is shown." in answer.err
    assert not (tmp_path / "application.xlsx").exists()


def test_a_file_for_each_of_several_customers(tmp_path: Path, duebook: Callable[..., Answer]) -> None:
    books_to_ask(tmp_path)
    answer = duebook(tmp_path, "workbook", "new", "profile", "--customer", "all", "--output", "out")
    assert answer.code == 0, answer.err
    files = {path.name: path for path in (tmp_path / "out").iterdir()}
    assert sorted(files) == [
        "profile C0007 Acme.xlsx",
        "profile C0008 Birch.xlsx",
        "profile C0009 Quiet.xlsx",
        "profile C0107 Acme Japan.xlsx",
        "profile old_1_8 Zephyr.xlsx",  # by its id, for its code has a slash
    ]
    for name, path in files.items():
        sheet = openpyxl.load_workbook(path, data_only=True)["Profile"]
        assert sheet["A5"].value == name.removesuffix(".xlsx").split(maxsplit=2)[2]
    again = duebook(tmp_path, "workbook", "new", "profile", "--customer", "all", "--output", "out")
    assert (again.code, again.out) == (2, "")
    assert "it exists already." in again.err


@pytest.mark.parametrize(("name", "sheet"), [("portfolio", "Customers"), ("worklist", "Worklist")])
def test_portfolio_and_worklist_are_those_of_the_last_refresh(
    tmp_path: Path, duebook: Callable[..., Answer], name: str, sheet: str
) -> None:
    books_to_ask(tmp_path)
    refused = duebook(tmp_path, "workbook", "new", name)
    assert (refused.code, refused.out) == (1, "")
    assert "no company reconciles" in refused.err
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as store:
        for source in ("erp", "old"):
            reconcile(store, 1, source, date(2026, 6, 30), default_policy().aging.edges)
    answer = duebook(tmp_path, "workbook", "new", name)
    assert (answer.code, answer.out) == (0, f"Written: {name}.xlsx\n"), answer.err
    written = openpyxl.load_workbook(tmp_path / f"{name}.xlsx", data_only=True)[sheet]
    assert "Acme" in [cell.value for row in written for cell in row]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("calculators", "--output", "there.xlsx"), "there.xlsx: it exists already."),
        (("calculators", "--output", "none/new.xlsx"), "none: there is no such folder."),
        (("calculators", "--customer", "C1"), "--customer: calculators is about no single customer"),
        (("worklist", "--customer", "C1"), "--customer: worklist is about no single customer"),
        (("worklist", "--output", "there.xlsx"), "there.xlsx: it exists already."),
        (("application", "--customer", "7", "--customer", "8"), "--customer: 2 are given; an application is"),
        (("profile", "--customer", "nobody"), "customer: 'nobody'"),
        (("profile", "--output", "there.xlsx"), "there.xlsx: it exists already."),
        (("profile", "--customer", "all"), "--output: several profiles go into a folder."),
        (("profile", "--customer", "all", "--output", "there.xlsx"), "there.xlsx: it is a file; several"),
        (
            ("profile", "--customer", "all", "--customer", "C0008"),
            "--customer: all stands for every customer",
        ),
        (("profile", "--customer", "C0008", "--customer", "none", "--output", "out"), "customer: 'none'"),
        (("application", "--customer", "nobody"), "nobody"),
        (("ledger",), "'ledger' is not one of 'portfolio', 'profile', 'worklist'"),
        (("calculators", "--host", "gnumeric"), "'gnumeric' is not one of 'excel', 'office', 'calc'"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    tmp_path: Path, duebook: Callable[..., Answer], arguments: tuple[str, ...], said: str
) -> None:
    books_to_ask(tmp_path)
    (tmp_path / "there.xlsx").write_bytes(b"mine")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    answer = duebook(tmp_path, "workbook", "new", *arguments, COLUMNS="1000")
    assert (answer.code in {1, 2}, answer.out) == (True, "")
    assert said in answer.err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
