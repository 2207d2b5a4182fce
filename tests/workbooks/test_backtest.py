"""The workbook of a policy backtest: what it says is what it was given, in both languages."""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import openpyxl
import pyarrow as pa
import pytest

from duebook.release import Verdict
from duebook_addin.functions import FUNCTIONS
from duebook_workbooks.backtest.labels import backtest_label
from duebook_workbooks.backtest.workbook import (
    CUSTOMERS,
    DIFFERING,
    PARTS,
    BacktestData,
    CompanyBacktest,
    Line,
    PolicyHead,
    Unit,
    notes,
    sentence,
    shown,
    write_backtest,
)
from validating import VERSIONS, validation_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from duebook_workbooks.labels import Language

LINES = (
    Line("orders", Unit.COUNT, 12, 12),
    Line("ordered", Unit.MONEY, 1_000_000, 1_000_000),
    Line("allowed", Unit.MONEY, 400_001, 650_000),
    Line("against a guarantee", Unit.MONEY, 0, 1, part=True),
    Line("lost_share", Unit.SHARE, 0.0125, None),
    Line("days", Unit.DAYS, 41.25, 44.5),
)
SHARES = ((0.38, 0.6), (0.0, 0.03), (0.02, 0.02), (0.1, 0.05), (0.5, 0.3))


def company(name: str = "North <& Sons> Ltd", currency: str = "EUR", *, orders: int = 2) -> CompanyBacktest:
    amounts = {
        f"{side}_{what}": pa.array([100 * n for n in range(3)], pa.int64())
        for side in ("current", "new")
        for what in ("allowed", "prepaid", "stopped", "lost", "avoided")
    }
    customers = {
        "customer": ["1", "2", "3"],
        "code": ["C1", "", "C3"],
        "name": ["=HYPERLINK(1)", "明远机械", "Plain"],
        "ordered": pa.array([300, 600, -5], pa.int64()),
        **amounts,
        "new_allowed": pa.array([300, 100, 900], pa.int64()),
    }
    sides: dict[str, Any] = {}
    for side, verdict in (("current", Verdict.OVER_LIMIT), ("new", Verdict.ALLOWED)):
        sides |= {
            f"{side}_verdict": [verdict.value] * orders,
            f"{side}_grade": ["B"] * orders,
            f"{side}_limit": pa.array([None, 5_000][:orders], pa.int64()),
            f"{side}_exposure": pa.array([123_456_789, -1][:orders], pa.int64()),
            f"{side}_oldest": pa.array([0, 31][:orders], pa.int64()),
        }
    differing = {
        "customer": pa.array(["1", "2"][:orders], pa.string()),
        "code": pa.array(["C1", ""][:orders], pa.string()),
        "name": pa.array(["=HYPERLINK(1)", "明远机械"][:orders], pa.string()),
        "document": pa.array(["INV/1", "INV/2"][:orders], pa.string()),
        "day": pa.array([date(2026, 1, 31), date(2026, 2, 1)][:orders], pa.date32()),
        **{
            name: pa.array([1_005, 2][:orders], pa.int64())
            for name in ("amount", "collected", "open", "lost")
        },
        **{
            name: pa.array(values) if isinstance(values, list) and values else values
            for name, values in sides.items()
        },
    }
    if not orders:
        differing |= {
            name: pa.array([], pa.string()) for name in differing if name.endswith(("verdict", "grade"))
        }
    return CompanyBacktest(
        name=name,
        key=f"erp/{name}",
        currency=currency,
        ordered=1_000_000,
        shares=(0.40, 0.65),
        lost=(0.0125, None),
        lines=LINES,
        parts=tuple(Line(key, Unit.SHARE, *pair) for key, pair in zip(PARTS, SHARES, strict=True)),
        customers=pa.table(customers),
        differing=pa.table(differing),
    )


def data(*companies: CompanyBacktest, blind: bool = False) -> BacktestData:
    return BacktestData(
        first=date(2025, 1, 1),
        until=date(2026, 6, 30),
        made=datetime(2026, 7, 1, 2, 30, tzinfo=UTC),
        current=PolicyHead("standard-2025-11", "1", "0123456789abcdef"),
        new=PolicyHead("bold", "2", "fedcba9876543210", blind),
        factor="5",
        lost_days=31,
        companies=companies or (company(),),
    )


def rows(path: Path, sheet: int, table: str) -> list[dict[str, object]]:
    opened = openpyxl.load_workbook(path).worksheets[sheet]
    head, *found = opened[opened.tables[table].ref]
    return [{name.value: cell.value for name, cell in zip(head, row, strict=True)} for row in found]


def test_the_summary_says_what_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "backtest.xlsx"
    write_backtest(path, data(blind=True))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    texts = {cell.value: cell for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}

    current = "Current policy: standard-2025-11, version 1 (0123456789ab)."
    assert f"{current} New policy: bold, version 2 (fedcba987654)." in texts
    for line in (*LINES, *data().companies[0].parts):
        at = texts[backtest_label(line.key, "en")].row
        money = line.unit is Unit.MONEY
        expected = [
            Decimal(value).scaleb(-2) if money and value is not None else value
            for value in (line.current, line.new)
        ]
        found = [sheet.cell(at, column).value for column in (2, 3)]
        assert found == [None if value is None else pytest.approx(float(value)) for value in expected]
    assert texts["Change"].column == 4
    assert sheet.cell(texts["Let through on credit"].row, 4).value == pytest.approx(2499.99)
    assert sheet.cell(texts["Lost, share of what was let through"].row, 4).value is None
    told = " ".join(texts)
    assert "North <& Sons> Ltd: 10,000.00 EUR were ordered." in told
    for note in notes(data(blind=True), "en"):
        assert note in told
    assert "The new policy sets limits by what no ledger has: only those of the credit file" in told


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_tables_say_what_they_were_given(tmp_path: Path, language: Language) -> None:
    path = tmp_path / "backtest.xlsx"
    write_backtest(path, data(company(), company("East KK", "JPY")), language=language)

    def head(key: str, side: str = "") -> str:
        name = backtest_label(key, language)
        return backtest_label(f"{{name}}, {side}", language, name=name) if side else name

    people = rows(path, 1, CUSTOMERS)
    orders = rows(path, 2, DIFFERING)

    # by company, and the largest change first
    assert [row[head("name")] for row in people] == ["Plain", "=HYPERLINK(1)", "明远机械"] * 2
    assert [row[head("company")] for row in people] == ["East KK"] * 3 + ["North <& Sons> Ltd"] * 3
    first = next(
        row for row in people if row[head("company")] == "North <& Sons> Ltd" and row[head("name")] == "Plain"
    )
    assert first[head("allowed", "new")] == 9
    assert first[head("allowed", "change")] == 7
    assert first[head("ordered")] == pytest.approx(-0.05)
    yen = next(row for row in people if row[head("company")] == "East KK" and row[head("name")] == "Plain")
    assert yen[head("allowed", "new")] == 900
    assert [row[head("document")] for row in orders] == ["INV/1", "INV/2"] * 2
    assert orders[0][head("verdict", "current")] == backtest_label("verdict over the limit", language)
    assert orders[0][head("limit", "new")] is None
    assert orders[0][head("exposure", "new")] == pytest.approx(1_234_567.89)
    assert orders[0][head("day")] == datetime(2026, 1, 31)  # noqa: DTZ001 - as a cell has it
    assert orders[1][head("oldest", "new")] == 31
    cell = next(
        c
        for row in openpyxl.load_workbook(path).worksheets[1].iter_rows()
        for c in row
        if c.value == "=HYPERLINK(1)"
    )
    assert cell.data_type == "s"  # text, never a formula


def test_every_verdict_and_line_has_both_languages() -> None:
    for verdict in Verdict:
        english, chinese = (backtest_label(f"verdict {verdict.value}", lang) for lang in ("en", "zh"))
        assert english.isascii()
        assert not chinese.isascii()
    told = sentence(company(), "zh")
    assert "订单 10,000.00 EUR" in told
    assert "损失 无" in told
    assert sentence(company(), "en").endswith("The current one lets 40.0% through and loses 1.25%.")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (Line("ordered", Unit.MONEY, 123_456_789, None), "1,234,567.89"),
        (Line("orders", Unit.COUNT, 12_345, None), "12,345"),
        (Line("days", Unit.DAYS, 41.25, None), "41.2"),
        (Line("lost_share", Unit.SHARE, 0.0125, None), "1.3%"),
        (Line("lost_share", Unit.SHARE, None, None), ""),
        (Line("lost_share", Unit.SHARE, -0.0001, None), "0.0%"),
        (Line("days", Unit.DAYS, -0.04, None), "0.0"),
    ],
)
def test_a_figure_as_people_read_it(line: Line, text: str) -> None:
    assert shown(line.current, line.unit, "EUR") == text


def test_the_same_data_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one.xlsx", tmp_path / "other.xlsx"
    write_backtest(one, data())
    write_backtest(other, data())
    assert one.read_bytes() == other.read_bytes()


def test_a_name_that_no_xml_holds(tmp_path: Path) -> None:
    path = tmp_path / "backtest.xlsx"
    write_backtest(path, data(company("Bell\x07 & <Sons>")))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert any("Bell_x0007_ & <Sons>" in str(row[0].value) for row in sheet.iter_rows())
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                ET.fromstring(package.read(name))  # noqa: S314 - our own file


def test_no_table_is_called_as_a_worksheet_function() -> None:
    functions = {f"due_{function.name}".casefold() for function in FUNCTIONS}
    assert functions.isdisjoint({CUSTOMERS, DIFFERING})


@pytest.mark.service("validator")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_microsoft_finds_nothing_wrong(tmp_path: Path, language: Language, version: str) -> None:
    for at, shown_ in enumerate(
        (data(company(), company("East KK", "JPY")), data(company(orders=0), blind=True))
    ):
        write_backtest(tmp_path / f"{at}.xlsx", shown_, language=language)
    assert validation_errors(tmp_path.glob("*.xlsx"), version) == []


@pytest.mark.service("libreoffice")
def test_libreoffice_reads_it(tmp_path: Path, office: Callable[[Path, str], bytes]) -> None:
    path = tmp_path / "backtest.xlsx"
    write_backtest(path, data())
    again = tmp_path / "again.xlsx"
    again.write_bytes(office(path, "xlsx"))
    assert openpyxl.load_workbook(again).worksheets[1]["C5"].value == "Plain"
