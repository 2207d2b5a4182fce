"""Workbooks of other programs after a fill: other parts keep their bytes, and programs read the rows."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import CORPUS
from duebook_workbooks.filling.fill import fill
from foreignbooks import TABLE, table_into
from packages import read, records
from validating import VERSIONS, validation_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# openpyxl says what it leaves out: it only reads here.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
DAY = date(2025, 6, 30)
LONG = [f"K{number}" for number in range(300)] + ["C", "A"]
SHORT = ["C", "X"]


def book(name: str, folder: Path) -> Path:
    """Write a workbook of the corpus; one with macros is called so."""
    macros = name in {"rich", "pivot"}
    return CORPUS[name](folder / ("book.xlsm" if macros else "book.xlsx"), folder)


def rows(keys: Sequence[str]) -> pa.Table:
    return pa.table(
        {
            "Key": pa.array(keys, pa.string()),
            "Amount": pa.array([number + 0.25 for number in range(len(keys))], pa.float64()),
            "Day": pa.array([DAY] * len(keys), pa.date32()),
        }
    )


def expected(keys: Sequence[str]) -> list[list[object]]:
    """Return what a program should read of the first three columns, dates as dates."""
    return [[key, number + 0.25, DAY] for number, key in enumerate(keys)]


def plain_day(value: object) -> object:
    return value.date() if isinstance(value, datetime) else value


@pytest.mark.parametrize("keys", [LONG, SHORT], ids=["grown", "shrunk"])
@pytest.mark.parametrize("name", CORPUS)
def test_other_parts_keep_their_bytes_and_rows_are_read(tmp_path: Path, name: str, keys: list[str]) -> None:
    path = book(name, tmp_path)
    before, entries = read(path), records(path)
    fill(path, TABLE, rows(keys), key="Key")
    after = read(path)
    made = {part for part in before if before[part] != after.get(part)}
    allowed = {
        "xl/worksheets/sheet1.xml",
        "xl/tables/table1.xml",
        "xl/workbook.xml",
        "xl/styles.xml",
        "[Content_Types].xml",
        "xl/_rels/workbook.xml.rels",
        "docProps/app.xml",
    }
    dependents = ("xl/charts/", "xl/pivotCache/", "xl/comments", "xl/drawings/", "xl/threadedComments/")
    assert {part for part in made if part not in allowed and not part.startswith(dependents)} == set()
    now = records(path)
    assert {part for part in entries if part not in made and entries[part] != now[part]} == set()

    sheet = openpyxl.load_workbook(path)["Data"]
    read_back = [
        [plain_day(cell.value) for cell in row[:3]]
        for row in sheet.iter_rows(min_row=4, max_row=3 + len(keys))
    ]
    assert read_back == expected(keys)
    by_calamine = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name("Data")
    found = [row[:3] for row in by_calamine.to_python(skip_empty_area=False)[3 : 3 + len(keys)]]
    assert found == expected(keys)


@pytest.mark.service("gnumeric")
@pytest.mark.parametrize("name", CORPUS)
def test_gnumeric_reads_the_rows(tmp_path: Path, name: str) -> None:
    path = book(name, tmp_path)
    fill(path, TABLE, rows(LONG), key="Key")
    told = subprocess.run(  # noqa: S603 - a fixed program on our own file
        [
            *(str(shutil.which("ssconvert")), "--export-type=Gnumeric_stf:stf_assistant"),
            *("-O", "separator=, format=raw sheet=Data", str(path), "fd://1"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=tmp_path,
    )
    every = list(csv.reader(io.StringIO(told.stdout)))  # without the empty rows at the top
    first = next(number for number, row in enumerate(every) if row[0] == LONG[0])
    found = every[first : first + len(LONG)]
    assert [[row[0], float(row[1])] for row in found] == [[key, amount] for key, amount, _ in expected(LONG)]


@pytest.mark.service("libreoffice")
@pytest.mark.parametrize("name", CORPUS)
def test_libreoffice_opens_it_and_keeps_the_rows(
    tmp_path: Path, office: Callable[[Path, str], bytes], name: str
) -> None:
    path = book(name, tmp_path)
    fill(path, TABLE, rows(LONG), key="Key")
    again = tmp_path / "again.xlsx"
    again.write_bytes(office(path, "xlsx"))
    sheet = openpyxl.load_workbook(again, data_only=True)["Data"]
    shown: list[list[Any]] = [
        [plain_day(cell.value) for cell in row]
        for row in sheet.iter_rows(min_row=4, max_row=3 + len(LONG), max_col=5)
    ]
    assert [row[:3] for row in shown] == expected(LONG)
    assert [row[4] for row in shown] == [amount * 2 for _, amount, _ in expected(LONG)]  # type: ignore[operator]


@pytest.mark.service("libreoffice")
def test_formulas_elsewhere_show_the_new_rows_once_calculated(
    tmp_path: Path, calculating_office: Callable[[Path, str], bytes]
) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        table_into(workbook)
        workbook.add_worksheet("Mine").write_formula("A1", f"=SUM({TABLE}[Amount])", None, 6)
    fill(path, TABLE, rows(SHORT), key="Key")
    again = tmp_path / "again.xlsx"
    again.write_bytes(calculating_office(path, "xlsx"))
    assert openpyxl.load_workbook(again, data_only=True)["Mine"]["A1"].value == 1.5


@pytest.mark.service("libreoffice")
@pytest.mark.parametrize("name", ["plain", "totals", "rich"])
def test_what_libreoffice_made_is_filled(
    tmp_path: Path, office: Callable[[Path, str], bytes], name: str
) -> None:
    path = tmp_path / "made.xlsx"
    path.write_bytes(office(book(name, tmp_path), "xlsx"))
    before, entries = read(path), records(path)
    fill(path, TABLE, rows(LONG), key="Key")
    after = records(path)
    made = {part for part, content in read(path).items() if before.get(part) != content}
    assert "xl/worksheets/sheet1.xml" in made
    assert {part for part in entries if part not in made and entries[part] != after[part]} == set()
    sheet = openpyxl.load_workbook(path)["Data"]
    found = [
        [plain_day(cell.value) for cell in row]
        for row in sheet.iter_rows(min_row=4, max_row=3 + len(LONG), max_col=4)
    ]
    assert [row[:3] for row in found] == expected(LONG)
    assert [row[3] for row in found[-2:]] == ["third", "first"]


@pytest.mark.service("validator")
@pytest.mark.parametrize("version", VERSIONS)
def test_microsoft_finds_nothing_wrong_that_was_not_before(tmp_path: Path, version: str) -> None:
    paths = []
    for name in CORPUS:
        folder = tmp_path / name
        folder.mkdir()
        made = book(name, folder)
        paths.append(made.rename(made.with_stem(name)))
    before = validation_errors(paths, version)
    for path in paths:
        fill(path, TABLE, rows(LONG), key="Key")
    assert [error for error in validation_errors(paths, version) if error not in before] == []


keys_ = st.lists(
    st.sampled_from([*"ABC", "X", "Y", "007", "7", "=1+1", " C", "客户", "x" * 300]), unique=True, max_size=8
)


@settings(max_examples=60)
@given(st.sampled_from(sorted(CORPUS)), keys_, keys_)
def test_a_fill_again_is_no_fill_and_what_left_comes_back_as_it_is(
    name: str, keys: list[str], others: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = book(name, Path(folder))
        before = read(path)
        fill(path, TABLE, rows(keys), key="Key")
        once = path.read_bytes()
        fill(path, TABLE, rows(keys), key="Key")
        assert path.read_bytes() == once
        fill(path, TABLE, rows([*keys, *(key for key in others if key not in keys)]), key="Key")
        fill(path, TABLE, rows(keys), key="Key")
        back, first = read(path), zipped(once)
        # A format that a row had may stay behind, unused; and an archive keeps what it once got.
        grown = {"xl/styles.xml", *(part for part in first if part not in before)}
        assert {part for part in first if part not in grown and first[part] != back.get(part)} == set()


def zipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_a_table_grows_to_a_hundred_thousand_rows_and_back(tmp_path: Path) -> None:
    path = book("totals", tmp_path)
    fill(path, TABLE, rows(SHORT), key="Key")
    small = path.read_bytes()
    many = [f"K{number}" for number in range(100_000)]
    fill(path, TABLE, rows([*many, *SHORT]), key="Key")
    found = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name("Data").to_python()
    assert [row[0] for row in found if row[0]][-4:] == ["K99998", "K99999", *SHORT]
    fill(path, TABLE, rows(SHORT), key="Key")
    assert path.read_bytes() == small
