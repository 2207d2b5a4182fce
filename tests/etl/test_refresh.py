"""The refresh on the databases of real ERPs: the main job from end to end, and all that can go wrong."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import quote

import openpyxl
import pytest
from openpyxl.worksheet.table import Table
from sqlalchemy import func, select

from duebook.errors import InputError, NoAnswerError, StoreError
from duebook.money import from_minor
from duebook.policy import default_policy
from duebook_cli.newworkbook import answers
from duebook_etl import schema
from duebook_etl.book import Book
from duebook_etl.config import Config, load_config
from duebook_etl.refresh import refresh
from duebook_etl.store import Store
from duebook_workbooks.credit_profile import key_of
from erp import Database, oracle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AS_OF = date(2026, 3, 31)
POLICY = default_policy()


def written(folder: Path, *sources: tuple[str, Database], extra: str = "") -> Config:
    """Write a configuration with these sources and one workbook, and return it."""
    tables = [
        f'[[source]]\nname = "{name}"\nconnector = "{database.erp}"\n'
        f'url = "{database.postgres.url(database.name).render_as_string()}"\n'
        for name, database in sources
    ]
    workbook = '[[workbook]]\ntemplate = "portfolio"\npath = "out/portfolio.xlsx"\n'
    file = folder / "duebook.toml"
    file.write_text("\n".join([*tables, workbook, extra]), encoding="utf-8")
    return load_config(file)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as opened:
        yield opened


def count(store: Store, table: str) -> int:
    with store.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(schema.metadata.tables[table])) or 0


def sheets(path: Path) -> list[str]:
    names: list[str] = openpyxl.load_workbook(path).sheetnames
    return names


class Recorder:
    """Progress that is only written down."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.started: list[str] = []
        self.ended: list[str] = []
        self.rows = 0

    def start(self, task: str, total: int | None = None) -> None:
        """Write down that a task began."""
        assert total is None or total > 0
        self.started.append(task)

    def advance(self, task: str, rows: int) -> None:
        """Count rows."""
        assert task == self.started[-1]
        self.rows += rows

    def done(self, task: str) -> None:
        """Write down that a task ended."""
        self.ended.append(task)


def test_one_refresh_reads_reconciles_and_publishes(
    tmp_path: Path, store: Store, database: Database, shared: Path
):
    config = written(tmp_path, ("books", database))
    report = refresh(config, store, POLICY, as_of=AS_OF)
    assert (report.run, report.status, report.exit_code, report.as_of) == (1, "ok", 0, AS_OF)
    (source,) = report.sources
    assert (source.name, source.connector, source.status, source.quarantined) == (
        "books",
        database.erp,
        "ok",
        0,
    )
    assert source.read == sum(
        count(store, t) for t in ("companies", "customers", "items", "allocations", "control")
    )
    (company,) = report.companies
    assert company.reconciled
    assert company.open == company.control_account == company.buckets
    truth = oracle(database.erp, shared)
    assert company.open == sum(cells[0] for cells in truth.days[AS_OF].values())
    (workbook,) = report.workbooks
    path = tmp_path / "out" / "portfolio.xlsx"
    assert (workbook.path, workbook.status, workbook.published_as) == (
        "out/portfolio.xlsx",
        "published",
        str(path),
    )
    assert sheets(path)[0] == "Status"
    customers = {line.key: line.total for line in Book(store, POLICY).aging(AS_OF).companies[0].rows}
    with store.engine.connect() as connection:
        kept = connection.execute(select(schema.profiles.c.customer, schema.profiles.c.open)).all()
    assert {row.customer: row.open for row in kept if row.open} == {k: v for k, v in customers.items() if v}


def test_the_store_answers_as_the_erps_own_report_on_every_day(
    tmp_path: Path, store: Store, database: Database, shared: Path
):
    refresh(written(tmp_path, ("books", database)), store, POLICY, as_of=AS_OF)
    truth = oracle(database.erp, shared)
    for as_of, customers in truth.days.items():
        (part,) = Book(store, POLICY).aging(as_of, edges=truth.edges).companies
        cells = [list(row.amounts[truth.first : -1]) for row in part.rows]
        found = {row.name: [row.total, *cell] for row, cell in zip(part.rows, cells, strict=True)}
        assert {name: cell for name, cell in found.items() if any(cell)} == customers
        assert part.total == part.control_account


def test_the_credit_file_is_read_with_the_books_and_every_customer_assessed(
    tmp_path: Path, store: Store, tryton: Database
):
    books = written(tmp_path, ("books", tryton))
    refresh(books, store, POLICY, as_of=AS_OF)
    with store.engine.connect() as connection:
        customer = connection.scalar(select(func.min(schema.customers.c.customer)))
    assert Book(store, POLICY).profile(customer).limit_method != "granted"
    file = tmp_path / "credit.csv"
    file.write_text(
        "customer,name,value,known_from\n"
        f"{customer},credit limit,12345,2026-01-01\n"
        f"{customer},litigation,unheard,2026-01-01\n"
    )
    extra = '[credit_file]\npath = "credit.csv"\n'
    config = written(tmp_path, ("books", tryton), extra=extra)
    assert refresh(config, store, POLICY, as_of=AS_OF).exit_code == 0
    profile = Book(store, POLICY).profile(customer)
    assert (profile.limit_method, profile.to_json()["credit_limit"]) == ("granted", "12345.00")
    (row,) = [row for row in Book(store, POLICY).quarantine() if row.source == "credit.csv"]
    assert (row.query, row.key) == ("credit_facts", "row 3")
    profiles = schema.profiles.c
    with store.engine.connect() as connection:
        kept = connection.execute(select(schema.profiles).where(profiles.run == 2)).all()
    assert {one.customer: one.credit_limit for one in kept}[customer] == 1_234_500
    assert all(one.net_exposure is not None and one.alert in {"green", "amber", "red"} for one in kept)
    file.unlink()
    with pytest.raises(
        InputError, match=r"There is no credit file .*credit\.csv\. \[credit_file\] path names it"
    ):
        refresh(config, store, POLICY, as_of=AS_OF)
    assert Book(store, POLICY).last_run().run == 2  # nothing was begun
    refresh(books, store, POLICY, as_of=AS_OF)
    assert Book(store, POLICY).profile(customer).limit_method != "granted"


def test_the_document_has_the_agreed_shape(tmp_path: Path, store: Store, tryton: Database):
    document = refresh(written(tmp_path, ("books", tryton)), store, POLICY, as_of=AS_OF).to_json()
    assert (document["run"], document["status"], document["as_of"]) == (1, "ok", "2026-03-31")
    assert {"name", "read", "quarantined", "seconds"} <= document["sources"][0].keys()
    company = document["companies"][0]
    agreed = {"source", "company", "currency", "open", "control_account", "reconciled", "differences"}
    assert agreed <= company.keys()
    assert (company["source"], company["reconciled"], company["differences"]) == ("books", True, [])
    assert company["open"] == company["control_account"]
    assert company["open"][-3] == "."
    workbook = document["workbooks"][0]
    assert (workbook["path"], workbook["status"]) == ("out/portfolio.xlsx", "published")


def test_a_second_refresh_changes_nothing_but_the_record(tmp_path: Path, store: Store, tryton: Database):
    config = written(tmp_path, ("books", tryton))
    first = refresh(config, store, POLICY, as_of=AS_OF)
    tables = ("companies", "customers", "items", "allocations", "control")
    before = {table: store.read(select(schema.metadata.tables[table])).to_pylist() for table in tables}
    second = refresh(config, store, POLICY, as_of=AS_OF)
    assert (second.run, second.exit_code) == (2, 0)
    for table, rows in before.items():
        assert sorted(map(repr, store.read(select(schema.metadata.tables[table])).to_pylist())) == sorted(
            map(repr, rows)
        )
    assert second.workbooks[0].status == "published"
    assert [run.run for run in Book(store, POLICY).status()] == [2, 1]
    assert first.companies == second.companies


def test_progress_names_every_step(tmp_path: Path, store: Store, tryton: Database):
    progress = Recorder()
    report = refresh(written(tmp_path, ("books", tryton)), store, POLICY, as_of=AS_OF, progress=progress)
    queries = [f"books: {query}" for query in ("companies", "customers", "items", "allocations", "control")]
    assert progress.started == [*queries, "books: reconcile", "measure", "out/portfolio.xlsx"]
    assert progress.ended == progress.started
    assert progress.rows == report.sources[0].read + len(report.companies)


def test_the_language_can_be_chosen_for_a_run(tmp_path: Path, store: Store, tryton: Database):
    config = written(tmp_path, ("books", tryton))
    refresh(config, store, POLICY, as_of=AS_OF)
    english = sheets(tmp_path / "out" / "portfolio.xlsx")
    refresh(config, store, POLICY, as_of=AS_OF, language="zh")
    chinese = sheets(tmp_path / "out" / "portfolio.xlsx")
    assert len(english) == len(chinese)
    assert not set(english) & set(chinese)


def test_a_source_that_cannot_be_read_keeps_its_rows_and_the_others_go_on(
    tmp_path: Path, store: Store, tryton: Database, odoo: Database
):
    config = written(tmp_path, ("first", odoo), ("second", tryton))
    refresh(config, store, POLICY, as_of=AS_OF)
    rows = count(store, "items")
    gone = Database("odoo", odoo.postgres, "no_such_database")
    report = refresh(written(tmp_path, ("first", gone), ("second", tryton)), store, POLICY, as_of=AS_OF)
    assert (report.status, report.exit_code) == ("failed", 3)
    failed, read = report.sources
    assert (failed.status, failed.read, read.status) == ("failed", 0, "ok")
    assert 'database "no_such_database" does not exist' in str(failed.message)
    assert count(store, "items") == rows
    assert [company.source for company in report.companies] == ["second"]
    # The workbook shows the company that was read; of the other it says why it is not there.
    assert report.workbooks[0].status == "published"
    values = [
        cell
        for sheet in openpyxl.load_workbook(tmp_path / "out" / "portfolio.xlsx")
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    ]
    assert any("its source could not be read" in str(value) for value in values)
    last = Book(store, POLICY).last_run()
    assert last is not None
    assert last.run == 2


def test_where_nothing_can_be_read_the_workbook_stays(tmp_path: Path, store: Store, tryton: Database):
    refresh(written(tmp_path, ("books", tryton)), store, POLICY, as_of=AS_OF)
    path = tmp_path / "out" / "portfolio.xlsx"
    before = path.read_bytes()
    gone = Database("tryton", tryton.postgres, "no_such_database")
    report = refresh(written(tmp_path, ("books", gone)), store, POLICY, as_of=AS_OF)
    assert (report.exit_code, report.workbooks[0].status) == (3, "withheld")
    assert path.read_bytes() == before
    assert Book(store, POLICY).last_day() == AS_OF


def test_a_first_refresh_that_reads_nothing_publishes_nothing(tmp_path: Path, store: Store, tryton: Database):
    gone = Database("tryton", tryton.postgres, "no_such_database")
    report = refresh(written(tmp_path, ("books", gone)), store, POLICY, as_of=AS_OF)
    assert (report.exit_code, report.companies, report.workbooks[0].status) == (3, (), "withheld")
    assert not (tmp_path / "out").exists()


def test_a_password_stays_out_of_the_record(
    tmp_path: Path, store: Store, tryton: Database, monkeypatch: pytest.MonkeyPatch
):
    password = f"{secrets.token_urlsafe(9)}/of:the@server"
    monkeypatch.setenv("ERP_PASSWORD", password)
    file = tmp_path / "duebook.toml"
    url = f"postgresql://duebook:${{ERP_PASSWORD}}@127.0.0.1:{tryton.postgres.port}/{tryton.name}"
    file.write_text(f'[[source]]\nname = "books"\nconnector = "tryton"\nurl = "{url}"\n')
    report = refresh(load_config(file), store, POLICY, as_of=AS_OF)
    assert report.exit_code == 3
    assert "password" in str(report.sources[0].message)
    for secret in (password, quote(password, safe="")):
        assert secret not in str(report)
        assert secret.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("duebook.db*"))


def test_a_company_that_does_not_reconcile_is_not_published(tmp_path: Path, store: Store, odoo: Database):
    broken = odoo.copy()
    refresh(written(tmp_path, ("books", broken)), store, POLICY, as_of=AS_OF)
    path = tmp_path / "out" / "portfolio.xlsx"
    before = path.read_bytes()
    # A posted invoice whose currency has no code any more: its item goes to quarantine.
    broken.run("UPDATE res_currency SET name = 'EURO' WHERE name = 'EUR'")
    report = refresh(written(tmp_path, ("books", broken)), store, POLICY, as_of=AS_OF)
    assert (report.status, report.exit_code) == ("not reconciled", 4)
    (company,) = report.companies
    assert not company.reconciled
    assert company.open != company.control_account
    assert company.differences
    assert report.sources[0].quarantined > 0
    assert (report.workbooks[0].status, path.read_bytes()) == ("withheld", before)
    assert report.workbooks[0].message == "There is nothing to publish: no company reconciles."
    broken.run("UPDATE res_currency SET name = 'EUR' WHERE name = 'EURO'")
    repaired = refresh(written(tmp_path, ("books", broken)), store, POLICY, as_of=AS_OF)
    assert (repaired.exit_code, repaired.workbooks[0].status) == (0, "published")


def test_a_workbook_in_use_is_published_beside(tmp_path: Path, store: Store, tryton: Database):
    config = written(tmp_path, ("books", tryton))
    refresh(config, store, POLICY, as_of=AS_OF)
    path = tmp_path / "out" / "portfolio.xlsx"
    before = path.read_bytes()
    lock = path.with_name("~$portfolio.xlsx")
    lock.touch()
    report = refresh(config, store, POLICY, as_of=AS_OF)
    assert (report.status, report.exit_code, report.workbooks[0].status) == ("partly published", 5, "beside")
    beside = path.with_name("portfolio (2026-03-31 run 2).xlsx")
    assert report.workbooks[0].published_as == str(beside)
    assert (sheets(beside), path.read_bytes()) == (sheets(path), before)
    lock.unlink()
    assert refresh(config, store, POLICY, as_of=AS_OF).exit_code == 0


def _rounded(value: object) -> object:
    return round(value, 12) if isinstance(value, float) else value


def test_a_workbook_that_people_work_in_is_filled(tmp_path: Path, store: Store, tryton: Database):
    config = written(tmp_path, ("books", tryton))
    refresh(config, store, POLICY, as_of=date(2026, 3, 1))
    path = tmp_path / "out" / "portfolio.xlsx"
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["Customers"]
    table = sheet.tables["due_customers"]
    first, last = table.ref.split(":")
    head, bottom = sheet[first], sheet[last]
    headers = [cell.value for cell in sheet[head.row][: bottom.column]]
    del sheet.tables["due_customers"]
    sheet.cell(head.row, bottom.column + 1, "My note")
    code = headers.index("Customer no.") + 1
    notes = {}
    for row in range(head.row + 1, bottom.row + 1):
        notes[sheet.cell(row, code).value] = sheet.cell(row, bottom.column + 1, f"note {row}").value
    corner = sheet.cell(bottom.row, bottom.column + 1).coordinate
    sheet.add_table(Table(displayName="due_customers", ref=f"{first}:{corner}"))
    workbook.create_sheet("Budget")["A1"] = 1_000_000
    workbook.save(path)
    edited = path.read_bytes()

    report = refresh(config, store, POLICY, as_of=AS_OF)
    assert (report.exit_code, report.workbooks[0].status) == (0, "filled")
    assert report.workbooks[0].message == (
        "portfolio.xlsx was changed since it was published: its tables have new rows, and the rest stayed."
    )
    assert path.with_name("portfolio (previous 1).xlsx").read_bytes() == edited
    filled, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    assert filled["Budget"]["A1"].value == 1_000_000
    rows = list(filled["Customers"][filled["Customers"].tables["due_customers"].ref])
    noted = {row[code - 1].value: row[-1].value for row in rows[1:] if row[-1].value}
    assert noted == {customer: note for customer, note in notes.items() if customer in noted}
    assert noted

    # What a new workbook of the same day holds, the tables and cells of the filled one hold too.
    fresh_folder = tmp_path / "fresh"
    fresh_folder.mkdir()
    refresh(written(fresh_folder, ("books", tryton)), store, POLICY, as_of=AS_OF)
    fresh = openpyxl.load_workbook(fresh_folder / "out" / "portfolio.xlsx", data_only=True)
    for expected in fresh.worksheets:
        found = values[expected.title]
        for name, reference in expected.tables.items():
            width = len(next(iter(expected[reference])))
            ours, theirs = (
                [[_rounded(cell.value) for cell in row[:width]] for row in rows]
                for rows in (expected[reference], found[found.tables[name].ref])
            )
            assert theirs == ours, name
    changing = {"due_run", "due_finished"}
    for name, defined in fresh.defined_names.items():
        if name.startswith("due_") and name not in changing:
            place, cell = next(iter(defined.destinations))
            if ":" not in cell:
                assert values[place][cell].value == fresh[place][cell].value, name

    # The next night it is filled again, and never taken for one of ours.
    assert refresh(config, store, POLICY, as_of=AS_OF).workbooks[0].status == "filled"


def test_worklist_and_profile_keep_what_people_wrote_and_chose(
    tmp_path: Path, store: Store, tryton: Database
):
    more = "".join(
        f'[[workbook]]\ntemplate = "{name}"\npath = "out/{name}.xlsx"\n' for name in ("worklist", "profile")
    )
    config = written(tmp_path, ("books", tryton), extra=more)
    first = refresh(config, store, POLICY, as_of=date(2026, 3, 1), answers=answers)
    assert [each.status for each in first.workbooks] == ["published"] * 3

    worklist = tmp_path / "out" / "worklist.xlsx"
    workbook = openpyxl.load_workbook(worklist)
    sheet = workbook["Worklist"]
    headers = [cell.value for cell in sheet[4]]
    code, note = (headers.index(name) + 1 for name in ("Customer no.", "Note"))
    written_down = {
        sheet.cell(row, code).value: f"call {sheet.cell(row, code).value} on Friday"
        for row in range(5, sheet.max_row + 1)
    }
    for row in range(5, sheet.max_row + 1):
        sheet.cell(row, note, written_down[sheet.cell(row, code).value])
    workbook.save(worklist)

    profile = tmp_path / "out" / "profile.xlsx"
    workbook = openpyxl.load_workbook(profile)
    page, listed = workbook["Profile"], [row[0].value for row in workbook["Customers"].iter_rows(min_row=2)]
    other = next(label for label in listed if label != page["B3"].value)
    page["B3"], page["B4"] = other, date(2026, 2, 28)
    workbook.create_sheet("Mine")["A1"] = "=Profile!B3"
    workbook.save(profile)

    report = refresh(config, store, POLICY, as_of=AS_OF, answers=answers)
    assert {each.path: each.status for each in report.workbooks} == {
        "out/portfolio.xlsx": "published",
        "out/worklist.xlsx": "filled",
        "out/profile.xlsx": "filled",
    }
    sheet = openpyxl.load_workbook(worklist)["Worklist"]
    assert [cell.value for cell in sheet[4]] == headers
    kept = {row[code - 1].value: row[note - 1].value for row in sheet.iter_rows(min_row=5) if row[0].value}
    assert {customer: text for customer, text in kept.items() if text} == {
        customer: text for customer, text in written_down.items() if customer in kept
    }
    assert any(kept.values())

    found = openpyxl.load_workbook(profile, data_only=True)
    page = found["Profile"]
    assert (page["B3"].value, page["B4"].value.date()) == (other, date(2026, 2, 28))
    then = Book(store, POLICY).profile(key_of(other), date(2026, 2, 28))
    opened = next(row[1].value for row in page["D19:E40"] if row[0].value == "Total")
    assert Decimal(str(opened)) == from_minor(then.open, then.currency)
    assert found["Mine"]["A1"].value is None  # their own formula: calculated when the file is opened
    assert openpyxl.load_workbook(profile)["Mine"]["A1"].value == "=Profile!B3"


def test_a_profile_of_a_customer_that_is_not_there_fails_alone(
    tmp_path: Path, store: Store, tryton: Database
):
    more = '[[workbook]]\ntemplate = "profile"\npath = "out/profile.xlsx"\ncustomer = "nobody"\n'
    config = written(tmp_path, ("books", tryton), extra=more)
    report = refresh(config, store, POLICY, as_of=AS_OF, answers=answers)
    portfolio, profile = report.workbooks
    assert (portfolio.status, profile.status, report.exit_code) == ("published", "failed", 5)
    assert "'nobody'" in str(profile.message)
    assert not (tmp_path / "out" / "profile.xlsx").exists()


def test_where_nobody_answers_formulas_no_profile_is_published(
    tmp_path: Path, store: Store, tryton: Database
):
    more = '[[workbook]]\ntemplate = "profile"\npath = "out/profile.xlsx"\n'
    report = refresh(written(tmp_path, ("books", tryton), extra=more), store, POLICY, as_of=AS_OF)
    assert [each.status for each in report.workbooks] == ["published", "failed"]
    assert report.workbooks[1].message == "PROFILE: nobody answers the formulas of a workbook here."


def test_one_source_of_several(tmp_path: Path, store: Store, tryton: Database, odoo: Database):
    config = written(tmp_path, ("first", odoo), ("second", tryton))
    refresh(config, store, POLICY, as_of=AS_OF)

    def published() -> set[object]:
        sheet = openpyxl.load_workbook(tmp_path / "out" / "portfolio.xlsx").worksheets[1]
        return {cell for row in sheet.iter_rows(values_only=True) for cell in row} & {"first", "second"}

    both = published()
    report = refresh(config, store, POLICY, as_of=AS_OF, sources=["second"])
    assert [source.name for source in report.sources] == ["second"]
    assert published() == both  # the other's figures are of the same day and still hold
    # What the store has of the other is complete up to the day it was read, so it is reconciled for this one.
    later = refresh(config, store, POLICY, as_of=date(2026, 4, 1), sources=["second"])
    assert later.exit_code == 0
    assert {company.source for company in later.companies} == {"first", "second"}
    assert published() == both
    # Of a day after that nobody knows what the other would say.
    future = refresh(config, store, POLICY, as_of=date(2199, 1, 1), sources=["second"])
    assert (future.status, future.exit_code) == ("partly published", 5)
    assert future.message is not None
    assert "first/1: it was last read for 2026-04-01" in future.message
    sheet = openpyxl.load_workbook(tmp_path / "out" / "portfolio.xlsx").worksheets[0]
    assert any("last read for 2026-04-01" in str(c) for row in sheet.iter_rows(values_only=True) for c in row)


def test_a_day_before_the_first_document_publishes_nothing(tmp_path: Path, store: Store, tryton: Database):
    config = written(tmp_path, ("erp", tryton))
    refresh(config, store, POLICY, as_of=AS_OF)
    before = (tmp_path / "out" / "portfolio.xlsx").read_bytes()
    with pytest.raises(NoAnswerError, match="before the first document, which was posted on"):
        refresh(config, store, POLICY, as_of=date(2020, 1, 1))
    assert (tmp_path / "out" / "portfolio.xlsx").read_bytes() == before


def test_an_unknown_source_is_refused_before_anything_is_done(tmp_path: Path, store: Store, tryton: Database):
    with pytest.raises(InputError, match=r"source: 'boks' is none of books\. Did you mean 'books'\?"):
        refresh(written(tmp_path, ("books", tryton)), store, POLICY, as_of=AS_OF, sources=["boks"])
    assert count(store, "runs") == 0


def test_an_unknown_language_is_refused(tmp_path: Path, store: Store, tryton: Database):
    with pytest.raises(InputError, match="language: 'de' is not allowed; write 'en' or 'zh'"):
        refresh(written(tmp_path, ("books", tryton)), store, POLICY, as_of=AS_OF, language="de")


def test_an_unknown_company_is_wrong_use_where_nothing_else_is_read(
    tmp_path: Path, store: Store, tryton: Database
):
    config = written(tmp_path, ("books", tryton))
    config = config.model_copy(
        update={"source": (config.source[0].model_copy(update={"companies": ("99",)}),)}
    )
    with pytest.raises(InputError, match="company '99' is none of"):
        refresh(config, store, POLICY, as_of=AS_OF)
    assert [run.status for run in Book(store, POLICY).status()] == ["failed"]


def test_a_refresh_told_to_stop_ends_between_sources(
    tmp_path: Path, store: Store, tryton: Database, odoo: Database
):
    config = written(tmp_path, ("first", tryton), ("second", odoo))
    answers = iter([False, True])
    report = refresh(config, store, POLICY, as_of=AS_OF, stopping=lambda: next(answers))
    assert (report.status, report.message) == (
        "failed",
        "Stopped before source second; nothing was published.",
    )
    assert [source.name for source in report.sources] == ["first"]
    assert (report.companies[0].reconciled, report.workbooks) == (True, ())


def test_two_refreshes_of_one_store_are_refused(tmp_path: Path, store: Store, tryton: Database):
    config = written(tmp_path, ("books", tryton))
    inside, leave = threading.Event(), threading.Event()

    class Waiting(Recorder):
        def start(self, task: str, total: int | None = None) -> None:
            super().start(task, total)
            inside.set()
            assert leave.wait(60)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(refresh, config, store, POLICY, as_of=AS_OF, progress=Waiting())
        assert inside.wait(60)
        assert [run.status for run in Book(store, POLICY).status()] == ["running"]
        with pytest.raises(StoreError) as caught, Store.open(config.store.address()) as other:
            refresh(config, other, POLICY, as_of=AS_OF)
        leave.set()
        assert running.result().exit_code == 0
    message = rf"another refresh of it is running \(process {os.getpid()}, since 20\d\d-.* UTC\)"
    assert re.search(message, str(caught.value))
    assert refresh(config, store, POLICY, as_of=AS_OF).run == 2


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from duebook.policy import default_policy
from duebook_etl.config import load_config
from duebook_etl.refresh import refresh
from duebook_etl.store import Store

class Killer:
    def start(self, task, total=None):
        if task == sys.argv[2]:
            os.kill(os.getpid(), signal.SIGKILL)
    def advance(self, task, rows): pass
    def done(self, task): pass

config = load_config(Path(sys.argv[1]))
with Store.open(config.store.address()) as store:
    refresh(config, store, default_policy(), as_of=date(2026, 3, 31), progress=Killer())
"""
KILLED_SAYS = "The process ended before the run did."


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL, which Windows has not")
@pytest.mark.parametrize("task", ["books: items", "books: reconcile", "measure", "out/portfolio.xlsx"])
def test_a_refresh_killed_anywhere_leaves_everything_whole(
    tmp_path: Path, store: Store, tryton: Database, task: str
):
    config = written(tmp_path, ("books", tryton))
    refresh(config, store, POLICY, as_of=AS_OF)
    path = tmp_path / "out" / "portfolio.xlsx"
    before, items = path.read_bytes(), count(store, "items")
    command = [sys.executable, "-c", KILLED, str(tmp_path / "duebook.toml"), task]
    assert subprocess.run(command, check=False, timeout=120).returncode == -signal.SIGKILL  # noqa: S603 - our own
    assert (path.read_bytes(), count(store, "items")) == (before, items)
    told, before_it = Book(store, POLICY).status()
    assert (told.status, told.message, told.exit_code) == ("interrupted", KILLED_SAYS, 3)
    assert told.sources[0].status == ("interrupted" if task == "books: items" else "ok")
    assert before_it.status == "ok"
    report = refresh(config, store, POLICY, as_of=AS_OF)
    assert (report.run, report.exit_code, report.workbooks[0].status) == (3, 0, "published")
    killed = Book(store, POLICY).status()[1]
    assert (killed.status, killed.message) == ("interrupted", KILLED_SAYS)
    assert {file.name for file in path.parent.iterdir()} <= {"portfolio.xlsx", "portfolio (previous 1).xlsx"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL, which Windows has not")
@pytest.mark.parametrize("runs_before", [0, 1])
def test_what_a_killed_refresh_loaded_but_did_not_reconcile_is_withheld(
    tmp_path: Path, store: Store, tryton: Database, odoo: Database, runs_before: int
):
    config = written(tmp_path, ("books", tryton), ("more", odoo))
    for _ in range(runs_before):
        refresh(config, store, POLICY, as_of=AS_OF)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "duebook.toml"), "books: reconcile"]
    subprocess.run(command, check=False, timeout=120)  # noqa: S603 - our own
    report = refresh(config, store, POLICY, as_of=AS_OF, sources=["more"])
    assert report.workbooks[0].status == "published"
    status = openpyxl.load_workbook(tmp_path / "out" / "portfolio.xlsx").worksheets[0]
    cells = {cell for row in status.iter_rows(values_only=True) for cell in row}
    assert any("what was read has not been reconciled since" in str(cell) for cell in cells)
