"""Forms in LibreOffice with Duebook's extension: what they carry, and what follows from other entries."""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from openpyxl.utils.datetime import to_excel

import calcsheet
from duebook.approval import Request, route
from duebook.errors import NoAnswerError, OutOfRangeError
from duebook.grading import diligence
from duebook.insurance import cash_ratio, days_sales, deadlines, indemnity, insured_part, parse_cause
from duebook.plans import staged
from duebook.policy import default_policy
from duebook_addin.calc.build import build_extension
from formbooks import DAY, KINDS, carried, setting, write

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.service("uno")

PAGES = {"calculators": 10, "blank": 2, "known": 2}
MADE = list(product(KINDS, ("en", "zh")))
CHECKS, APPLICATION = "Checks and decision", "Application"
POLICY = default_policy()
DOCUMENTS = {document.name: document for document in POLICY.due_diligence.document}
OLD, FRESH = date(2023, 1, 31), date(2026, 5, 31)
# of each document: how many pieces, and the date of the oldest
PIECES = [
    {},
    {"credit bureau report": (1, FRESH), "audit report": (1, FRESH), "business licence": (1, OLD)},
    {"platform report": (1, OLD), "audit report": (2, FRESH), "bank reference": (1, FRESH)},
    {name: (document.count, FRESH) for name, document in DOCUMENTS.items()},
    # valid until the last day of twelve months, and not a day longer
    {"bank reference": (1, date(2025, 6, 30)), "supplier enquiry": (1, date(2025, 6, 29))},
]
REQUESTS = [
    (Decimal(limit), new) for limit in (15_000, 20_001, 50_000, 50_001, 900_000) for new in (False, True)
]


@dataclass
class Told:
    """What LibreOffice shows of a workbook, and the pages that it prints."""

    path: Path
    shown: dict[str, dict[str, Any]]
    pages: list[str] = field(default_factory=list)


def cell_of(path: Path, sheet: str, text: str) -> tuple[str, int]:
    """Return the column and the row of the first cell with a text."""
    for row in openpyxl.load_workbook(path)[sheet].iter_rows():
        for cell in row:
            if cell.value == text:
                return cell.column_letter, cell.row
    raise LookupError(text)


def dated(day: date) -> dict[str, int]:
    return {"date": int(to_excel(day))}


def plan(instalments: int, rate: float, method: str) -> dict[str, object]:
    return {"Payment plan": {"B5": 1000, "B6": instalments, "B8": rate, "B9": method}}


PLANS = [plan(1, 0.12, "level"), plan(3, 0, "3-3-4"), plan(2, 0, "3-3-4"), plan(2, 0, "nonsense")]


# what is lost, the cause, insolvent on, the first due date; the other entries are the examples
CLAIMS = [
    (Decimal(120_000), "protracted default", None, date(2026, 1, 31)),
    (Decimal(900_000), "insolvency", date(2026, 5, 4), date(2025, 12, 31)),
    (Decimal(1_500_000), "insolvency", date(2027, 5, 4), date(2025, 12, 31)),
    (Decimal("0.01"), "cargo damage", None, date(2024, 2, 29)),
]
EXPOSED, DISPUTED = Decimal(333_333), Decimal(400_000)


def claim(debt: Decimal, cause: str, insolvent: date | None, due: date) -> dict[str, object]:
    entries: dict[str, object] = {"B5": float(debt), "B24": cause, "A26": dated(due), "F5": float(EXPOSED)}
    entries |= {"F6": float(DISPUTED) if cause == "insolvency" else 10_000, "B19": 260_000}
    return {"Insurance": entries | ({"F24": dated(insolvent)} if insolvent else {})}


def pieces(path: Path, given: dict[str, tuple[int, date]]) -> dict[str, object]:
    entries: dict[str, object] = {}
    for name, (count, day) in given.items():
        _, row = cell_of(path, CHECKS, DOCUMENTS[name].label.en)
        entries |= {f"D{row}": count, f"E{row}": dated(day)}
    return {CHECKS: entries}


def request(path: Path, limit: Decimal, *, new: bool) -> dict[str, object]:
    asked = cell_of(path, APPLICATION, "Limit asked for")[1]
    newness = cell_of(path, APPLICATION, "New customer")[1]
    index = cell_of(path, APPLICATION, "Payment index")[1]
    cooperation = cell_of(path, APPLICATION, "Years of cooperation")[1]
    factors = {f"E{row}": value for row, value in ((index, 95), (cooperation, 9))}
    for name, word in (("Payment record in the credit report", "clean"), ("Litigation", "none")):
        factors[f"E{cell_of(path, APPLICATION, name)[1]}"] = word
    for name, value in (("Average days late", 0), ("Overdue share", 0), ("Oldest overdue item", 0)):
        factors[f"E{cell_of(path, APPLICATION, name)[1]}"] = value
    return {APPLICATION: {f"E{asked}": float(limit), f"B{newness}": "yes" if new else "no", **factors}}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Told]]]:
    """Make every workbook, have LibreOffice fill some in, calculate all anew and print them."""
    pdfs = tmp_path_factory.mktemp("pdf")

    def build(folder: Path) -> list[Path]:
        return [build_extension(folder, site=[Path(sysconfig.get_path("purelib"))])]

    with calcsheet.installed(build) as sheet:
        made = {}
        for kind, language in MADE:
            name = f"{kind}-{language}"
            made[name] = write(sheet.folder / f"{name}.xlsx", kind, setting(language))
            made[name].chmod(0o644)
        blank = made["blank-en"]
        orders: list[tuple[str, Path, dict[str, object]]] = [(name, path, {}) for name, path in made.items()]
        orders += [("plans", made["calculators-en"], entries) for entries in PLANS]
        orders += [("claims", made["calculators-en"], claim(*given)) for given in CLAIMS]
        orders += [("pieces", blank, pieces(blank, given)) for given in PIECES]
        orders += [("requests", blank, request(blank, limit, new=new)) for limit, new in REQUESTS]
        asked = [
            {"path": str(path), "entries": entries} | ({} if entries else {"pdf": f"{path}.pdf"})
            for _, path, entries in orders
        ]
        found = sheet.drive("calcforms.py", {"workbooks": asked}, seconds=240)
        results: dict[str, list[Told]] = {}
        for (name, path, entries), shown in zip(orders, found, strict=True):
            results.setdefault(name, []).append(Told(path, shown))
            if not entries:
                shutil.copy(f"{path}.pdf", pdfs / f"{name}.pdf")
                kept = Path(shutil.copy(path, pdfs))
                results[name][-1].path = kept
        for each in (each for name in ("plans", "claims", "pieces", "requests") for each in results[name]):
            each.path = pdfs / each.path.name
        yield results


@pytest.mark.parametrize(("kind", "language"), MADE)
def test_calculated_anew_every_formula_shows_what_it_carries(
    told: dict[str, list[Told]], kind: str, language: str
) -> None:
    [found] = told[f"{kind}-{language}"]
    held = carried(found.path)
    differing = []
    for sheet, cells in found.shown.items():
        for at, value in cells.items():
            before = held[sheet].get(at)
            now = value["error"] if isinstance(value, dict) else value
            same = (
                before == pytest.approx(now, rel=1e-12) if isinstance(now, float) else (before or "") == now
            )
            if not same:
                differing.append((sheet, at, before, now))
    assert differing == []
    assert sum(map(len, found.shown.values())) > {"calculators": 500, "blank": 40, "known": 40}[kind]


@pytest.mark.service("poppler")
@pytest.mark.parametrize(("kind", "language"), MADE)
def test_every_sheet_prints_on_one_page(told: dict[str, list[Told]], kind: str, language: str) -> None:
    pdf = told[f"{kind}-{language}"][0].path.with_name(f"{kind}-{language}.pdf")
    command = [str(shutil.which("pdftotext")), "-layout", str(pdf), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    pages = text.split("\f")[:-1]
    assert len(pages) == PAGES[kind]
    assert "###" not in text  # a column too narrow for its numbers
    assert not re.search(r"#NAME|#VALUE|#REF|Err:", text)


def test_a_plan_of_one_instalment_has_one_line(told: dict[str, list[Told]]) -> None:
    shown = told["plans"][0].shown["Payment plan"]
    lines = [[shown[f"{column}{row}"] for column in "ACDEF"] for row in range(13, 25)]
    assert lines == [[1, 1010, 10, 1000, 0], *[[""] * 5] * 11]
    assert shown["B10"] == "✓ the principal adds up to the debt"


def test_a_plan_by_shares_is_the_core_s(told: dict[str, list[Told]]) -> None:
    shown = told["plans"][1].shown["Payment plan"]
    expected = staged(Decimal(1000), [Decimal("0.3"), Decimal("0.3"), Decimal("0.4")], [DAY] * 3)
    assert [shown[f"C{row}"] for row in (13, 14, 15)] == [float(line.payment) for line in expected]
    assert shown["C16"] == ""


@pytest.mark.parametrize("number", [2, 3])
def test_what_is_no_plan_says_so(told: dict[str, list[Told]], number: int) -> None:
    shown = told["plans"][number].shown["Payment plan"]
    assert shown["B10"] == "✗ no such plan: see the entries above"
    assert [shown[f"C{row}"] for row in range(13, 25)] == [""] * 12


@pytest.mark.parametrize("number", range(len(CLAIMS)))
def test_a_claim_is_the_core_s_and_what_has_no_answer_shows_its_error(
    told: dict[str, list[Told]], number: int
) -> None:
    debt, cause, insolvent, due = CLAIMS[number]
    shown = told["claims"][number].shown["Insurance"]
    rules = POLICY.insurance
    paid = indemnity(debt, Decimal(300_000), rules.insured_share, claim_threshold=rules.claim_threshold).paid
    assert shown["B13"] == float(paid)
    disputed = DISPUTED if cause == "insolvency" else Decimal(10_000)
    _, own = insured_part(EXPOSED, Decimal(300_000), rules.insured_share, disputed=disputed)
    assert shown["F7"] == float(own)
    cash = cash_ratio(Decimal(600_000), Decimal(1_500_000), paid)
    assert [shown["D18"], shown["E18"]] == [float(cash.without), float(cash.insured)]
    if paid > 260_000:  # more than is outstanding
        assert [shown[f"{column}19"]["error"] for column in "DEF"] == ["#NUM!"] * 3
    else:
        days = days_sales(Decimal(260_000), Decimal(2_500_000), 90, paid)
        assert [shown["D19"], shown["E19"]] == pytest.approx([float(days.without), float(days.insured)])
    try:
        found = deadlines(due, parse_cause(cause), rules.cover, insolvent_on=insolvent)
    except (NoAnswerError, OutOfRangeError) as error:
        code = "#NUM!" if isinstance(error, OutOfRangeError) else "#N/A"
        assert [shown[f"{column}26"]["error"] for column in "BCDEF"] == [code] * 5
    else:
        days_found = (found.report_by, found.stop_deliveries, found.file_from, found.file_by, found.pay_by)
        assert [shown[f"{column}26"] for column in "BCDEF"] == list(map(to_excel, days_found))
    assert [shown[f"{column}29"] for column in "BCDEF"] == [""] * 5  # no due date, no days


@pytest.mark.parametrize("number", range(len(PIECES)))
def test_documents_and_quick_check_are_the_core_s(told: dict[str, list[Told]], number: int) -> None:
    found = told["pieces"][number]
    shown = found.shown[CHECKS]
    dates = {name: [day] * count for name, (count, day) in PIECES[number].items()}
    expected = diligence(dates, DAY, POLICY)
    for name, document in DOCUMENTS.items():
        standing = shown[f"F{cell_of(found.path, CHECKS, document.label.en)[1]}"]
        whole = len(dates.get(name, [])) >= document.count
        outdated = name in expected.outdated and whole
        assert (standing == "too old") == outdated
        assert (standing == "✓") == (whole and not outdated)
        assert (standing == "missing") == (not whole and document.required)
    for step, rule in zip(expected.steps, POLICY.due_diligence.quick, strict=True):
        said = shown[f"F{cell_of(found.path, CHECKS, rule.label.en)[1]}"]
        assert said == ("✓ passed" if step.passed else "not yet")


@pytest.mark.parametrize("number", range(len(REQUESTS)))
def test_who_decides_is_the_core_s(told: dict[str, list[Told]], number: int) -> None:
    limit, new = REQUESTS[number]
    found = told["requests"][number]
    shown, page = found.shown[CHECKS], found.shown[APPLICATION]
    score = page[f"B{cell_of(found.path, APPLICATION, 'Score')[1]}"]
    known = page[f"B{cell_of(found.path, APPLICATION, 'Known part of the score')[1]}"]
    expected = route(
        Request(
            limit=limit,
            requested_by="somebody",
            requested_at=datetime(2026, 6, 30),  # noqa: DTZ001 - only the route is asked
            score=Decimal(str(score)),
            confidence=Decimal(str(known)),
            new_customer=new,
        ),
        POLICY,
    )
    automatic = shown[f"B{cell_of(found.path, CHECKS, 'Granted by the rules alone')[1]}"]
    assert automatic == ("yes" if expected.automatic else "no")
    needed = tuple(
        level.name
        for level in POLICY.approval.level
        if shown[f"C{cell_of(found.path, CHECKS, level.label.en)[1]}"] == "yes"
    )
    assert needed == expected.levels


def test_the_requests_that_are_tried_go_both_ways(told: dict[str, list[Told]]) -> None:
    row = cell_of(told["requests"][0].path, CHECKS, "Granted by the rules alone")[1]
    assert {found.shown[CHECKS][f"B{row}"] for found in told["requests"]} == {"yes", "no"}
