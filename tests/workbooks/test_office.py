"""What programs that people use make of our workbooks: LibreOffice, and Microsoft's own validator."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import openpyxl
import pyarrow as pa
import pytest

from duebook_workbooks.package import fill
from duebook_workbooks.portfolio import write_portfolio
from portfolios import portfolio, withholding
from validating import VERSIONS, validation_errors

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.workbook import Workbook

    from duebook_workbooks.labels import Language

    Office = Callable[[Path, str], bytes]

CHECKS = {"Aging": "K", "Customers": "L", "Open items": "M"}


def checks(workbook: Workbook) -> dict[str, list[object]]:
    """Return what the checks on the status sheet show."""
    status = workbook["Status"]
    assert [status[f"{column}6"].value for column in CHECKS.values()] == [f"Check: {name}" for name in CHECKS]
    return {name: [status[f"{column}{row}"].value for row in (7, 8)] for name, column in CHECKS.items()}


@pytest.mark.service("libreoffice")
def test_recalculated_the_tables_add_up_to_the_totals(tmp_path: Path, calculating_office: Office) -> None:
    path = tmp_path / "portfolio.xlsx"
    write_portfolio(path, portfolio())
    calculated = openpyxl.load_workbook(BytesIO(calculating_office(path, "xlsx")), data_only=True)
    assert checks(calculated) == {name: ["✓", "✓"] for name in CHECKS}
    assert calculated["Open items"]["C10"].value == openpyxl.load_workbook(path)["Open items"]["C10"].value


@pytest.mark.service("libreoffice")
def test_recalculated_a_changed_table_shows_by_how_much(tmp_path: Path, calculating_office: Office) -> None:
    path, changed = tmp_path / "portfolio.xlsx", tmp_path / "changed.xlsx"
    write_portfolio(path, portfolio(customers=12))
    sheet = openpyxl.load_workbook(path)["Aging"]
    header, *rows = sheet[sheet.tables["due_customer_aging"].ref]
    columns = {name.value: [row[at].value for row in rows] for at, name in enumerate(header)}
    columns["Total"][0] += 0.01
    fill(path, changed, {"due_customer_aging": {name: pa.array(values) for name, values in columns.items()}})
    assert openpyxl.load_workbook(changed, data_only=True)["Status"]["K7"].value == "✓"  # not calculated yet
    calculated = openpyxl.load_workbook(BytesIO(calculating_office(changed, "xlsx")), data_only=True)
    assert checks(calculated) == {"Aging": [0.01, "✓"], "Customers": ["✓", "✓"], "Open items": ["✓", "✓"]}


@pytest.mark.service("libreoffice")
@pytest.mark.service("poppler")
@pytest.mark.parametrize(
    ("language", "titles"),
    [
        (
            "en",
            (
                *(
                    "Receivables portfolio",
                    "Dashboard",
                    "Largest exposures and risk map",
                    "Aging by customer",
                ),
                *("Customers and how they pay", "Watch list", "Open items", "Policy in force"),
                *("What was read, and what was set aside", "What the charts show"),
            ),
        ),
        (
            "zh",
            (
                *("应收账款组合", "应收账款总览", "最大敞口与风险分布", "客户账龄", "客户及付款行为"),
                *("关注名单", "未清项", "现行信用政策", "读取与隔离的数据", "图表所用数据"),
            ),
        ),
    ],
)
def test_every_sheet_prints(
    tmp_path: Path, office: Office, language: Language, titles: tuple[str, ...]
) -> None:
    path = tmp_path / f"{language}.xlsx"
    write_portfolio(path, portfolio(), language=language)
    pdf = tmp_path / "portfolio.pdf"
    pdf.write_bytes(office(path, "pdf"))
    command = [str(shutil.which("pdftotext")), "-layout", str(pdf), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    pages = text.split("\f")[:-1]
    assert [title for title in titles if not any(title in page for page in pages)] == []
    assert "###" not in text  # a column too narrow for its numbers
    assert 10 < len(pages) < 60
    assert "=SUM Design Studio" in text


@pytest.mark.service("validator")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_microsoft_finds_nothing_wrong(tmp_path: Path, language: Language, version: str) -> None:
    data = portfolio(customers=30)
    withheld = withholding(data, 1, "open items and control account differ by 100.00")
    none = portfolio(customers=0, companies=0)
    bare = replace(data, quarantine=(), sources=())
    for at, shown in enumerate((data, withheld, none, bare)):
        write_portfolio(tmp_path / f"{at}.xlsx", shown, language=language)
    assert validation_errors(tmp_path.glob("*.xlsx"), version) == []
