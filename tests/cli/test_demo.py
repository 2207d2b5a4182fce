"""The demo: what the command answers of it is what Tryton, which kept its books, answered itself."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING

import openpyxl
import pytest

import duebook_demo

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli.conftest import Answer

FIGURES = duebook_demo.figures()
DAYS = sorted({day for company in FIGURES["companies"].values() for day in company["dates"]})
# Tryton's first column begins with what is due on the day itself; see the notes in figures.json.
TRYTON_EDGES = "-1,29,59,89"


@pytest.mark.parametrize("day", DAYS)
def test_aging_is_tryton_s_aged_balance_for_every_customer_and_bucket(
    demo: Path, duebook: Callable[..., Answer], day: str
) -> None:
    answer = duebook(demo, "aging", "--as-of", day, f"--edges={TRYTON_EDGES}", "--json")

    assert answer.code == 0
    companies = {company["company"]: company for company in answer.document["companies"]}
    assert companies.keys() == FIGURES["companies"].keys()
    for key, told in FIGURES["companies"].items():
        ours = {
            row["key"]: [Decimal(row["total"]), *map(Decimal, row["amounts"][1:5])]
            for row in companies[key]["rows"]
            if row["key"]
        }
        theirs = {
            party: [*map(Decimal, each["figures"])] for party, each in told["dates"][day]["aged"].items()
        }
        # Tryton lists parties whose columns are all nothing, and leaves out those with nothing in balance.
        nothing = [Decimal(0)] * 5
        for party in ours.keys() | theirs.keys():
            assert ours.get(party, nothing) == theirs.get(party, nothing), f"{key} {party} {day}"


@pytest.mark.parametrize("day", DAYS)
def test_the_total_is_tryton_s_general_ledger(demo: Path, duebook: Callable[..., Answer], day: str) -> None:
    answer = duebook(demo, "aging", "--as-of", day, "--json")

    for company in answer.document["companies"]:
        ledger = FIGURES["companies"][company["company"]]["dates"][day]["ledger_total"]
        assert Decimal(company["total"]["total"]) == Decimal(ledger)
        assert Decimal(company["control_account"]) == Decimal(ledger)
        assert sum(map(Decimal, company["total"]["amounts"])) == Decimal(ledger)


@pytest.mark.parametrize("by", ["customer", "country", "industry", "currency"])
def test_every_grouping_adds_up_to_the_same_total(
    demo: Path, duebook: Callable[..., Answer], by: str
) -> None:
    answer = duebook(demo, "aging", "--as-of", DAYS[-1], "--by", by, "--json")

    for company in answer.document["companies"]:
        columns = zip_longest(*(row["amounts"] for row in company["rows"]))
        assert [sum(map(Decimal, column)) for column in columns] == [
            *map(Decimal, company["total"]["amounts"])
        ]
        assert company["total"]["total"] == company["control_account"]


def test_the_workbook_shows_the_same_totals_as_the_command(
    demo: Path, duebook: Callable[..., Answer]
) -> None:
    answer = duebook(demo, "aging", "--as-of", "2026-06-30", "--json")
    sheet = openpyxl.load_workbook(demo / "out" / "portfolio.xlsx")["Aging"]
    first, last = sheet.tables["due_customer_aging"].ref.split(":")

    rows = [[cell.value for cell in row] for row in sheet[first:last]]

    totals: dict[str, Decimal] = {}
    currency, total = rows[0].index("Currency"), rows[0].index("Total")
    for row in rows[1:]:
        totals[row[currency]] = totals.get(row[currency], Decimal(0)) + Decimal(str(row[total]))
    assert totals == {
        company["currency"]: Decimal(company["total"]["total"]) for company in answer.document["companies"]
    }


def test_a_customer_s_name_is_shown_and_never_executed(demo: Path) -> None:
    workbook = openpyxl.load_workbook(demo / "out" / "portfolio.xlsx")
    risky = [
        cell
        for sheet in workbook
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith("=SUM Design")
    ]

    assert risky
    assert {cell.data_type for cell in risky} <= {"s", "inlineStr"}


def test_a_second_demo_loads_nothing_and_publishes_again(demo: Path, duebook: Callable[..., Answer]) -> None:
    answer = duebook(demo.parent, "demo", "company", "--lang", "en")

    assert answer.code == 0
    assert "loaded" in answer.err
    assert "Open " in answer.out
    assert "portfolio.xlsx" in answer.out


def test_items_profile_and_cells_say_the_same_of_a_customer(
    demo: Path, duebook: Callable[..., Answer]
) -> None:
    aging = duebook(demo, "aging", "--as-of", "2026-06-30", "--company", "1", "--json").document["companies"][
        0
    ]
    largest = max((row for row in aging["rows"] if row["key"]), key=lambda row: Decimal(row["total"]))

    customer = largest["key"]
    items = duebook(
        demo, "items", "--customer", customer, "--as-of", "2026-06-30", "--company", "1", "--json"
    )
    profile = duebook(demo, "profile", customer, "--as-of", "2026-06-30", "--company", "1", "--json")
    cell = duebook(demo, "call", "PROFILE", f'["1/{customer}", "open", "2026-06-30"]')
    rows = duebook(demo, "call", "OPENITEMS", f'["1/{customer}", "2026-06-30"]').document

    assert sum(Decimal(item["open"]) for item in items.document["items"]) == Decimal(largest["total"])
    assert profile.document["open"] == largest["total"]
    assert Decimal(cell.out.strip()) == Decimal(largest["total"])
    column = rows[0].index("open")
    assert sum(Decimal(str(row[column])) for row in rows[1:]) == Decimal(largest["total"])


def test_without_a_day_every_question_is_about_the_last_refresh(
    demo: Path, duebook: Callable[..., Answer]
) -> None:
    day = duebook(demo, "status", "--json").document["runs"][0]["as_of"]
    aging = duebook(demo, "aging", "--json").document
    customer = next(row["key"] for row in aging["companies"][0]["rows"] if row["key"])
    told = {
        "aging": aging,
        "items": duebook(demo, "items", "--customer", customer, "--json").document,
        "profile": duebook(demo, "profile", f"1/{customer}", "--json").document,
    }
    shown = [
        duebook(demo, "aging").out,
        duebook(demo, "items", "--customer", customer).out,
        duebook(demo, "profile", f"1/{customer}").out,
    ]

    assert {document["as_of"] for document in told.values()} == {day}
    assert all(f"at the end of {day}" in " ".join(out.split()) for out in shown)


def test_the_portfolio_of_a_measure_adds_up(demo: Path, duebook: Callable[..., Answer]) -> None:
    whole = duebook(demo, "call", "PORTFOLIO", '["open", "2026-06-30"]').document
    by_country = duebook(demo, "call", "PORTFOLIO", '["open", "2026-06-30", "country"]').document

    def totals(rows: list[list[object]]) -> dict[object, Decimal]:
        added: dict[object, Decimal] = {}
        for _, _, currency, value in rows[1:]:
            added[currency] = added.get(currency, Decimal(0)) + Decimal(str(value))
        return added

    assert totals(whole) == totals(by_country)


def test_refresh_says_in_json_what_scripts_rely_on(demo: Path, duebook: Callable[..., Answer]) -> None:
    answer = duebook(demo, "refresh", "--as-of", "2026-06-30", "--json")

    assert answer.code == 0
    run = answer.document
    assert run["status"] == "ok"
    assert {"name", "read", "quarantined", "seconds"} <= run["sources"][0].keys()
    for company in run["companies"]:
        assert {"source", "company", "currency", "open", "control_account", "reconciled"} <= company.keys()
        assert company["reconciled"] is True
        assert company["differences"] == []
        assert company["open"] == company["control_account"] == company["remaining"]
    assert {each["path"]: each["status"] for each in run["workbooks"]} == {
        "out/portfolio.xlsx": "published",
        "out/profile.xlsx": "published",
        "out/worklist.xlsx": "published",
    }
    status = duebook(demo, "status", "--json").document["runs"][0]
    assert status["run"] == run["run"]
    assert status["companies"] == run["companies"]


def test_a_chinese_workbook_on_request(demo: Path, duebook: Callable[..., Answer]) -> None:
    answer = duebook(demo, "refresh", "--as-of", "2026-03-31", "--lang", "zh", "--json")

    assert answer.code == 0
    assert "账龄" in openpyxl.load_workbook(demo / "out" / "portfolio.xlsx").sheetnames


def test_check_tells_what_it_found(demo: Path, duebook: Callable[..., Answer]) -> None:
    answer = duebook(demo, "check", "--json")

    assert answer.code == 0
    assert answer.document["ok"] is True
    assert any("Tryton" in check["finding"] for check in answer.document["checks"])
