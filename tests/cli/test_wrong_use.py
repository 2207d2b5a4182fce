"""What is wrong gets one message: what, where, what to do; the right exit code; and nothing is changed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Final

import pytest

import duebook_demo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Answer
    from servers import Postgres

    Configured = Callable[..., Path]
    Run = Callable[..., Answer]

WORD: Final = token_urlsafe(12)  # a password nobody has


def test_without_a_configuration(tmp_path: Path, duebook: Run) -> None:
    answer = duebook(tmp_path, "refresh")

    assert answer.code == 2
    assert "duebook.toml" in answer.err
    assert "duebook init" in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="there an Excel may be open")
def test_an_open_excel_is_looked_for_on_windows_only(configured: Configured, duebook: Run) -> None:
    folder = configured("postgresql+psycopg://reader@localhost/erp")

    answer = duebook(folder, "refresh", "--live")

    assert (answer.code, answer.out) == (2, "")
    assert "--live: only Excel on Windows can be reached; elsewhere close the workbook." in answer.err
    assert not (folder / "duebook.db").exists()


def test_a_misspelt_key_names_its_line_and_the_nearest(configured: Configured, duebook: Run) -> None:
    folder = configured("postgresql+psycopg://reader@localhost/erp", more='[polcy]\nfile = "policy.toml"')

    answer = duebook(folder, "refresh")

    assert answer.code == 2
    assert "line 10" in answer.err
    assert "polcy" in answer.err
    assert "policy" in answer.err
    assert not (folder / "duebook.db").exists()


def test_a_question_before_the_first_refresh(configured: Configured, duebook: Run) -> None:
    folder = configured("postgresql+psycopg://reader@localhost/erp")

    answer = duebook(folder, "aging", "--as-of", "2026-06-30")

    assert answer.code == 1
    assert "duebook refresh" in answer.err
    assert [path.name for path in folder.iterdir()] == ["duebook.toml"]


def test_an_unreachable_server(configured: Configured, duebook: Run) -> None:
    # Port 1 of this machine: nothing listens there.
    folder = configured("postgresql+psycopg://reader:${ERP_PASSWORD}@127.0.0.1:1/erp")

    answer = duebook(folder, "refresh", "--as-of", "2026-06-30", "--json", ERP_PASSWORD=WORD)

    assert answer.code == 3
    assert answer.document["status"] == "failed"
    assert "erp" in answer.document["sources"][0]["message"]
    assert WORD not in answer.out + answer.err
    assert not (folder / "portfolio.xlsx").exists()


def test_a_wrong_password(postgres: Postgres, configured: Configured, duebook: Run) -> None:
    url = postgres.url("postgres", driver="postgresql+psycopg", tcp=True).set(
        password="${ERP_PASSWORD}"  # noqa: S106 - the name of a variable
    )
    folder = configured(url.render_as_string(hide_password=False).replace("%24%7B", "${").replace("%7D", "}"))

    answer = duebook(folder, "refresh", "--as-of", "2026-06-30", ERP_PASSWORD=WORD)

    assert answer.code == 3
    assert "user and the password" in answer.err
    assert WORD not in answer.out + answer.err
    assert WORD.encode() not in (folder / "duebook.db").read_bytes()


def test_a_password_in_the_file_is_warned_of(
    postgres: Postgres, configured: Configured, duebook: Run
) -> None:
    url = postgres.url("postgres", driver="postgresql+psycopg", tcp=True).set(password=WORD)
    folder = configured(url.render_as_string(hide_password=False))

    answer = duebook(folder, "check")

    assert answer.code == 3
    assert "holds a password" in answer.err
    assert WORD not in answer.out + answer.err


def test_a_missing_environment_variable_is_named(configured: Configured, duebook: Run) -> None:
    folder = configured("postgresql+psycopg://reader:${ERP_PASSWORD_NOT_SET}@127.0.0.1:1/erp")

    answer = duebook(folder, "refresh")

    assert answer.code == 2
    assert "ERP_PASSWORD_NOT_SET" in answer.err


def test_the_credit_file_is_checked_before_the_first_night(configured: Configured, duebook: Run) -> None:
    more = '[credit_file]\npath = "credit.csv"'
    folder = configured("postgresql+psycopg://reader@localhost:1/erp", more=more)

    absent = duebook(folder, "check", "--json")
    (folder / "credit.csv").write_text("customer,name,value,known_from\nC1,orders,5,2026-01-01\n")
    there = duebook(folder, "check", "--json")

    assert (absent.code, there.code) == (2, 3)  # there is only no such server
    findings = [
        next(check for check in answer.document["checks"] if check["what"] == "credit file credit.csv")
        for answer in (absent, there)
    ]
    assert [(one["ok"], one["finding"].split()[0]) for one in findings] == [(False, "There"), (True, "1")]


def test_a_database_of_another_erp(demo: Path, configured: Configured, duebook: Run) -> None:
    folder = configured(duebook_demo.start(demo / "erp"), connector="odoo")

    answer = duebook(folder, "refresh", "--as-of", "2026-06-30")

    assert answer.code == 3
    assert "odoo" in answer.err
    assert not (folder / "portfolio.xlsx").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("aging", "--as-of", "2020-01-01"), "first document"),
        (("aging", "--as-of", "2026-06-30", "--company", "99"), "99"),
        (("items", "--customer", "nobody", "--as-of", "2026-06-30"), "nobody"),
        (("profile", "nobody"), "nobody"),
    ],
)
def test_a_question_without_an_answer(
    demo: Path, duebook: Run, arguments: tuple[str, ...], said: str
) -> None:
    answer = duebook(demo, *arguments, "--json")

    assert answer.code == 1
    assert said in answer.err
    assert answer.out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("aging", "--as-of", "30.06.2026"), "2026-06-30"),
        (("aging", "--as-of", "20260630"), "--as-of: '20260630' is no date."),
        (("profile", "1", "--as-of", "2026-W27-2"), "--as-of: '2026-W27-2' is no date."),
        (("aging", "--as-of", "2026-06-30", "--by", "custmer"), "customer"),
        (("aging", "--as-of", "2026-06-30", "--edges=30,10"), "edges"),
        (("aging", "--as-of", "2026-06-30", "--edges=a"), "--edges"),
        (("refresh", "--source", "nowhere"), "nowhere"),
        (("call", "AGEING", "[]"), "AGING"),
        (("call", "AGING", "{"), "JSON"),
        (("schedule",), "schedule"),
    ],
)
def test_wrong_use(demo: Path, duebook: Run, arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    text = (demo / "duebook.toml").read_text(encoding="utf-8").partition("[[schedule]]")[0]
    (folder / "duebook.toml").write_text(text, encoding="utf-8")
    shutil.copy(demo / "duebook.db", folder)

    answer = duebook(folder, *arguments)

    assert answer.code == 2, answer.out + answer.err
    assert said in answer.err
    assert answer.out == ""


def test_no_formula_answers_for_a_company_that_does_not_reconcile(
    demo: Path, duebook: Run, tmp_path: Path
) -> None:
    shutil.copy(demo / "duebook.toml", tmp_path)
    with (
        closing(sqlite3.connect(demo / "duebook.db")) as source,
        closing(sqlite3.connect(tmp_path / "duebook.db")) as copy,
    ):
        source.backup(copy)
        copy.execute("UPDATE run_companies SET reconciled = 0 WHERE company = '1'")
        copy.commit()

    whole = duebook(tmp_path, "call", "PORTFOLIO", '["open"]')
    other = duebook(tmp_path, "call", "PROFILE", '["2/C1066", "open"]')
    wrong = duebook(tmp_path, "call", "PROFILE", '["1/C1053", "open"]')

    assert (whole.code, other.code, wrong.code) == (1, 0, 1)
    for answer in (whole, wrong):
        assert answer.document["error"] == "#N/A"
        assert "company demo/1 does not reconcile" in answer.document["message"]


def test_an_error_value_of_a_function_leaves_with_1(tmp_path: Path, duebook: Run) -> None:
    answer = duebook(tmp_path, "call", "DSO", "[100, 0, 30]")

    assert answer.code == 1
    assert answer.document["error"] == "#DIV/0!"
    assert answer.document["message"]


def test_a_store_function_without_a_store_says_so(tmp_path: Path, duebook: Run) -> None:
    answer = duebook(tmp_path, "call", "PROFILE", '["C1", "open"]')

    assert answer.code == 1
    assert answer.document["error"] in {"#N/A", "#VALUE!"}
    assert "duebook" in answer.document["message"]


def test_arguments_can_come_from_standard_input(tmp_path: Path, duebook: Run) -> None:
    answer = duebook(tmp_path, "call", "due.dayslate", "-", stdin='[["2026-01-31", ""], "2026-02-15"]')

    assert answer.code == 0
    assert answer.document[0] == 15
    assert answer.document[1]["error"] == "#N/A"


def test_init_writes_what_check_can_read_and_overwrites_nothing(tmp_path: Path, duebook: Run) -> None:
    first = duebook(tmp_path, "init", "--connector", "odoo")
    written = (tmp_path / "duebook.toml").read_bytes()
    second = duebook(tmp_path, "init")
    checked = duebook(tmp_path, "check", ERP_PASSWORD=WORD)

    assert first.code == 0
    assert second.code == 2
    assert "exists" in second.err
    assert (tmp_path / "duebook.toml").read_bytes() == written
    assert checked.code == 3  # the configuration is right; there is only no such server
    assert "source erp" in checked.out


def test_a_workbook_somebody_has_open_is_left_alone(demo: Path, configured: Configured, duebook: Run) -> None:
    folder = configured(duebook_demo.start(demo / "erp"))
    assert duebook(folder, "refresh", "--as-of", "2026-06-30").code == 0
    before = (folder / "portfolio.xlsx").read_bytes()
    (folder / "~$portfolio.xlsx").write_bytes(b"owner")

    answer = duebook(folder, "refresh", "--as-of", "2026-05-31", "--json")

    assert answer.code == 5
    assert (folder / "portfolio.xlsx").read_bytes() == before
    workbook = answer.document["workbooks"][0]
    assert workbook["status"] == "beside"
    assert (folder / workbook["published_as"]).exists()


def test_help_of_every_command_says_what_it_does(tmp_path: Path, duebook: Run) -> None:
    listed = duebook(tmp_path, "--help").out
    for command in (
        *("demo", "init", "check", "refresh", "schedule", "status", "quarantine"),
        *("aging", "items", "profile", "call", "functions"),
    ):
        assert command in listed
        assert len(duebook(tmp_path, command, "--help").out) > 200


@pytest.mark.parametrize(
    "call",
    [
        ("PROFILE", '["\\ud800", "open"]'),
        ("OPENITEMS", '["\\ud800"]'),
        ("AGINGBY", '[["\\ud800"], ["2026-01-31"], [5], "2026-02-01"]'),
    ],
)
def test_text_with_half_a_character_is_an_error_value(
    tmp_path: Path, duebook: Callable[..., Answer], call: tuple[str, str]
):
    answer = duebook(tmp_path, "call", *call)
    assert (answer.code, answer.err) == (1, "")
    assert json.loads(answer.out)["error"] == "#VALUE!"
    assert "'\\ud800' holds half a character." in json.loads(answer.out)["message"]


def test_an_answer_is_printed_in_any_encoding(tmp_path: Path, duebook: Callable[..., Answer]):
    """As JSON escapes it, where standard output has no such character."""
    answer = duebook(tmp_path, "call", "DUEDATE", '["逾期😀", "Net 30"]', PYTHONIOENCODING="ascii")
    assert answer.code == 1
    assert answer.out.isascii()
    assert "'逾期😀' is no date" in json.loads(answer.out)["message"]
