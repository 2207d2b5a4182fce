"""Workbooks of forms: entries that are open, formulas that are not, and what both say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.formula import ArrayFormula

from duebook.errors import InputError
from duebook.interest import Rounding
from duebook.policy import default_policy, parse_policy
from duebook_addin.functions import FUNCTIONS
from duebook_workbooks.forms.entries import AMOUNT, DAY
from duebook_workbooks.forms.form import At, ErrorValue, FormBook
from duebook_workbooks.spelling import rewrite
from duebook_workbooks.style import Look
from formbooks import KINDS, MADE, carried, setting, write
from validating import VERSIONS, validation_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from openpyxl.cell import Cell
    from openpyxl.workbook import Workbook

    from duebook_workbooks.forms.form import Form
    from duebook_workbooks.formulas import Host
    from duebook_workbooks.labels import Language

EVERY = list(product(KINDS, ("en", "zh")))
FEWEST = {"calculators": 200, "blank": 70, "known": 70}
SPELT: dict[Host, str] = {"excel": "DUE_", "office": "_xldudf_DUE_", "calc": "DUE."}


def cells(book: Workbook) -> Iterator[Cell]:
    """Yield every cell of the sheets that are seen."""
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            for row in sheet.iter_rows():
                yield from row


def formula(cell: Cell) -> str | None:
    """Return the formula of a cell, or None."""
    text = cell.value.text if isinstance(cell.value, ArrayFormula) else cell.value
    return text if isinstance(text, str) and cell.data_type == "f" else None


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_the_same_again_has_the_same_bytes(tmp_path: Path, kind: str, language: Language) -> None:
    first = write(tmp_path / "first.xlsx", kind, setting(language))
    again = write(tmp_path / "again.xlsx", kind, setting(language))
    assert first.read_bytes() == again.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.xlsx", "first.xlsx"]


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_entries_are_open_with_words_and_all_else_is_protected(
    tmp_path: Path, kind: str, language: Language
) -> None:
    book = openpyxl.load_workbook(write(tmp_path / "book.xlsx", kind, setting(language)))
    assert all(sheet.protection.sheet and sheet.protection.password is None for sheet in book.worksheets)
    checked = {
        f"{sheet.title}!{rule.sqref}": rule
        for sheet in book.worksheets
        for rule in sheet.data_validations.dataValidation
    }
    entries = {
        f"{cell.parent.title}!{cell.coordinate}": cell
        for cell in cells(book)
        if not cell.protection.locked and type(cell).__name__ == "Cell"
    }
    assert set(entries) == set(checked)
    assert len(entries) > FEWEST[kind]
    assert [at for at, cell in entries.items() if formula(cell)] == []
    for rule in checked.values():
        assert (rule.showInputMessage, rule.showErrorMessage) == (True, True)
        chinese = all(re.search("[\u4e00-\u9fff]", words) for words in (rule.prompt, rule.error))
        assert chinese == (language == "zh")


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_in_an_entry_is_what_its_check_allows(tmp_path: Path, kind: str) -> None:
    """A spreadsheet checks what is typed, not what a file brings."""
    path = write(tmp_path / "book.xlsx", kind, setting("en"))
    book = openpyxl.load_workbook(path)
    filled = 0
    for sheet in book.worksheets:
        for rule in sheet.data_validations.dataValidation:
            value = sheet[str(rule.sqref)].value
            if value is None:
                continue
            filled += 1
            if rule.type == "list":
                sheet_name, ref = next(book.defined_names[rule.formula1].destinations)
                assert value in [row[0].value for row in book[sheet_name][ref]]
            elif rule.type in {"decimal", "whole"}:
                assert value >= float(rule.formula1)
                assert rule.formula2 is None or value <= float(rule.formula2)
            elif rule.type == "date":
                assert value.date() > date(2000, 1, 1)
            else:
                assert (rule.type, len(str(value)) <= int(rule.formula2)) == ("textLength", True)
    assert filled > {"calculators": 80, "blank": 2, "known": 8}[kind]


@pytest.mark.parametrize("host", ["excel", "office", "calc"])
@pytest.mark.parametrize("kind", ["calculators", "known"])
def test_formulas_are_spelt_for_the_program(tmp_path: Path, kind: str, host: Host) -> None:
    path = write(tmp_path / "book.xlsx", kind, setting("en", host))
    texts = [formula(cell) for cell in cells(openpyxl.load_workbook(path))]
    ours = [text for text in texts if text and "DUE" in text]
    assert all(re.search(rf"(?<![\w.]){re.escape(SPELT[host])}[A-Z]+\(", text) for text in ours)
    called = {name for text in ours for name in re.findall(r"DUE[._]([A-Z]+)\(", text)}
    assert (
        called
        == {
            "calculators": {
                *(
                    "LIMIT",
                    "LIMITWHY",
                    "LIMITTABLE",
                    "TERMSWHY",
                    "DUEDATE",
                    "DISCOUNTCOST",
                    "DAYSLATE",
                    "INTEREST",
                ),
                *("STATUTORYINTEREST", "LATEFEE", "PLAN", "ECL", "LOSSRATES", "INDEMNITY"),
                *("UNINSURED", "INSUREDCASH", "INSUREDDSO", "CLAIMDATES"),
            },
            "known": {
                *("SCORE", "SCORECONFIDENCE", "GRADE", "LIMIT", "TERMSWHY", "EXPOSURE", "AVAILABLE"),
            },
        }[kind]
    )
    # and moving the workbook to Calc gives what making it for Calc gives
    rewrite(path, to="calc", names={function.name for function in FUNCTIONS})
    direct = write(tmp_path / "direct.xlsx", kind, setting("en", "calc"))
    moved = [formula(cell) for cell in cells(openpyxl.load_workbook(path))]
    assert moved == [formula(cell) for cell in cells(openpyxl.load_workbook(direct))]


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_formula_carries_a_value_and_excel_is_not_asked_to_calculate_on_opening(
    tmp_path: Path, kind: str, language: Language
) -> None:
    path = write(tmp_path / "book.xlsx", kind, setting(language))
    with ZipFile(path) as package:
        workbook = package.read("xl/workbook.xml").decode()
        sheets = [package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name]
    assert 'fullCalcOnLoad="1"' not in workbook
    assert re.search(r'calcId="(\d+)"', workbook)[1] == "191029"  # type: ignore[index]
    found = [cell for xml in sheets for cell in re.findall(r"<c [^>]*><f.*?</c>", xml)]
    assert found
    assert [cell for cell in found if "<v>" not in cell] == []
    # an empty text is a value too; the errors are those beyond an answer's end, in hidden columns
    errors = {cell for xml in sheets for cell in re.findall(r'<c [^>]*t="e"><v>(.*?)</v>', xml)}
    assert errors <= {"#N/A"}


def test_published_figures_stand_in_the_calculators(tmp_path: Path) -> None:
    shown = carried(write(tmp_path / "book.xlsx", "calculators", setting("en")))
    # 2/10 Net 30 costs 37.24% a year of 365 days, 44.59% compounded
    assert shown["Discount"]["A9"] == "2/10 Net 30"
    assert shown["Discount"]["B9"] == pytest.approx(0.3724, abs=5e-5)
    assert shown["Discount"]["C9"] == pytest.approx(0.4459, abs=5e-5)
    # owes 500k, limit 300k, 90%: 270k (accountsreceivableinsurance.net, with the 90% of the guide)
    assert [shown["Insurance"][f"B{row}"] for row in (5, 6, 13, 14)] == [500_000, 300_000, 270_000, 230_000]
    # of 450k, 50k is disputed: 300k x 90% is insured, 180k is not
    # (600k + 270k) / 1.5m; (1.25m - 270k) / 2.5m x 90
    assert shown["Insurance"]["F7"] == 180_000
    assert [shown["Insurance"][f"{column}18"] for column in "DEF"] == pytest.approx([0.4, 0.58, 0.18])
    assert [shown["Insurance"][f"{column}19"] for column in "DEF"] == pytest.approx([45, 35.28, -9.72])
    # due 10 June: two months to report, three to wait, eight to file, two more to be paid
    days = [date(2026, 8, 10), date(2026, 8, 11), date(2026, 9, 10), date(2027, 2, 10), date(2026, 11, 10)]
    assert [shown["Insurance"][f"{column}28"] for column in "BCDEF"] == [to_excel(day) for day in days]
    # 20% of a month's turnover, after six good months 50%
    assert [shown["Simulation"][f"{column}12"] for column in "BCDEFG"] == [20_000] * 3 + [50_000] * 3
    # fixed rates of IFRS 9 IE74 to IE77, 0.3 to 10.6%
    assert [shown["Provision"][f"F{row}"] for row in range(10, 15)] == [0.003, 0.016, 0.036, 0.066, 0.106]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_entry_of_the_insurance_sheet_has_a_name(tmp_path: Path, language: Language) -> None:
    book = openpyxl.load_workbook(write(tmp_path / "book.xlsx", "calculators", setting(language)))
    sheet = book.worksheets[-2 if book.worksheets[-1].sheet_state == "hidden" else -1]
    assert sheet.title in {"Insurance", "信用保险"}
    named = {
        cell.coordinate
        for name in book.defined_names.values()
        for title, ref in name.destinations
        if title == sheet.title
        for row in sheet[f"{ref}:{ref}" if ":" not in ref else ref]
        for cell in row
    }
    entries = {str(rule.sqref).partition(":")[0] for rule in sheet.data_validations.dataValidation}
    assert len(entries) == 29
    assert entries <= named


def test_charts_show_their_figures_and_say_them(tmp_path: Path) -> None:
    path = write(tmp_path / "book.xlsx", "calculators", setting("en"))
    with ZipFile(path) as package:
        names = package.namelist()
        drawings = [package.read(name).decode() for name in names if "drawings/drawing" in name]
        charts = [package.read(name).decode() for name in names if "charts/chart" in name]
    told = [words for xml in drawings for words in re.findall(r' descr="([^"]*)"', xml)]
    assert [words.split(".")[0] for words in told] == [
        "Column chart: balance after each instalment",
        "Column chart: provision by bucket, Expected loss / By fixed rate",
        "Stacked column chart: of each debt, what the insurer pays + what you bear",
    ]
    assert all(len(re.findall("<(?:c:)?v>", xml)) >= 12 for xml in charts)
    shown = carried(path)
    assert told[0].endswith(f"6: {0:,}.00") or "6: 0" in told[0]
    assert f"Not due: {shown['Provision']['E10']:,.2f} / {shown['Provision']['G10']:,.2f}" in told[1]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_application_has_the_data_of_its_customer_as_text(tmp_path: Path, language: Language) -> None:
    path = write(tmp_path / "book.xlsx", "known", setting(language))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert [sheet[f"B{row}"].value for row in (5, 8, 10, 13)] == ["=Hengda Textiles", "C-7", "CN", 182300.5]
    assert sheet["B5"].data_type == "s"
    label = default_policy().terms.industry[0].label
    assert sheet["B11"].value == label.of(language)
    texts = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {"minor", "yes"} <= texts if language == "en" else {"轻微", "是"} <= texts
    assert [cell.value for row in sheet.iter_rows() for cell in row].count(300_000) == 1
    held = carried(path)[sheet.title]
    limit = next(row for row in range(30, 48) if held[f"A{row}"] in {"Limit by the policy", "政策额度"})
    # working capital 235,000; half of a month's turnover 310,000; the reference 300,000
    assert held[f"B{limit}"] == 235_000
    blank = openpyxl.load_workbook(write(tmp_path / "blank.xlsx", "blank", setting(language))).worksheets[0]
    assert [blank[f"B{row}"].value for row in (5, 8, 10, 11, 13)] == [None] * 5


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_entry_has_a_name(tmp_path: Path, kind: str, language: Language) -> None:
    book = openpyxl.load_workbook(write(tmp_path / "book.xlsx", kind, setting(language)))
    named = {
        f"{sheet}!{cell.coordinate}"
        for name in book.defined_names.values()
        for sheet, ref in name.destinations
        for row in (book[sheet][ref] if ":" in ref else ((book[sheet][ref],),))
        for cell in row
    }
    entries = [
        f"{cell.parent.title}!{cell.coordinate}"
        for cell in cells(book)
        if not cell.protection.locked and type(cell).__name__ == "Cell"
    ]
    assert [at for at in entries if at not in named] == []
    functions = {f"due_{function.name}".casefold() for function in FUNCTIONS}
    assert functions.isdisjoint(name.casefold() for name in book.defined_names)


@pytest.mark.parametrize("kind", KINDS)
def test_chinese_clearing_is_not_called_a_write_off(tmp_path: Path, kind: str) -> None:
    book = openpyxl.load_workbook(write(tmp_path / "book.xlsx", kind, setting("zh")))
    texts = "".join(str(cell.value) for sheet in book for row in sheet for cell in row)
    assert "核销" not in texts.replace("坏账核销", "")


def test_a_rounding_is_chosen_in_the_language_and_read_by_the_function(tmp_path: Path) -> None:
    path = write(tmp_path / "book.xlsx", "calculators", setting("zh"))
    book, held = openpyxl.load_workbook(path), carried(path)
    sheet, ref = next(book.defined_names["due_list_roundings"].destinations)
    words = [cell.value for (cell,) in book[sheet][ref]]
    assert all(re.search("[\u4e00-\u9fff]", word) for word in words)
    sheet, ref = next(book.defined_names["due_list_rounding_names"].destinations)
    names = {word.value: name.value for word, name in book[sheet][ref]}
    assert [names[word] for word in words] == [*Rounding]
    chosen = held["逾期利息"]["B7"]
    assert (held["逾期利息"]["H7"], held["逾期利息"]["F10"]) == (names[chosen], 821.25)


def test_another_policy_makes_other_forms(tmp_path: Path) -> None:
    text = default_policy().text
    text = text.replace("edges = [0, 30, 60, 90]", "edges = [0, 30, 60, 90, 180, 360]")
    text = text.replace(
        "fixed_rates = [0.003, 0.016, 0.036, 0.066, 0.106]",
        "fixed_rates = [0.003, 0.016, 0.036, 0.066, 0.106, 0.5, 1]",
    )
    text = text.replace("most_instalments = 12", "most_instalments = 3").replace(
        "up_to = 20000", "up_to = 77000"
    )
    policy = parse_policy(text, where="test")
    shown = carried(write(tmp_path / "calculators.xlsx", "calculators", setting("zh", policy=policy)))
    assert [shown["减值准备"][f"A{row}"] for row in range(14, 18)] == [
        "91-180天",
        "181-360天",
        "360天以上",
        "无到期日",
    ]
    assert shown["付款计划"]["A16"] == "合计"
    page = carried(write(tmp_path / "application.xlsx", "blank", setting("zh", policy=policy)))["核查与审批"]
    assert any("不超过 77,000" in str(value) for value in page.values())


def test_a_policy_that_grants_nothing_by_itself_has_people_decide(tmp_path: Path) -> None:
    text = default_policy().text
    for old, new in (
        ("enabled = true\n", "enabled = false\n"),
        ("four_eyes = true", "four_eyes = false"),
        ("new_customers_pass_all = true", "new_customers_pass_all = false"),
        ('name = "litigation"', 'name = "D/E & <courts>"'),
    ):
        assert old in text
        text = text.replace(old, new)
    policy = parse_policy(text, where="test")
    path = write(tmp_path / "application.xlsx", "blank", setting("en", policy=policy))
    page = openpyxl.load_workbook(path)["Checks and decision"]
    texts = [str(cell.value) for row in page.iter_rows() for cell in row]
    assert "The policy has every limit decided by people." in texts
    assert "Each level decides within 24 hours." in texts
    assert '=IF(due_app_requested="","","no")' in texts
    assert not any("due_app_new" in text for text in texts)


def test_where_no_workbook_can_be_written_none_is_begun(tmp_path: Path) -> None:
    taken = tmp_path / "taken.xlsx"
    taken.mkdir()
    with pytest.raises(InputError, match=r"taken\.xlsx: it cannot be written: Is a directory"):
        write(taken, "blank", setting("en"))
    assert [path.name for path in tmp_path.iterdir()] == ["taken.xlsx"]


def test_a_text_of_a_form_never_becomes_a_formula(tmp_path: Path) -> None:
    book = FormBook(setting("en"))
    form = book.form(("One", "一"), ("=1+1", "=1+1"), ("-", "-"), widths=(10,))
    form.fixed("A4", "=2+2", Look.TEXT)
    book.write(tmp_path / "book.xlsx", title=("One", "一"), made=MADE)
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx").worksheets[0]
    assert [(sheet[at].value, sheet[at].data_type) for at in ("A1", "A4")] == [("=1+1", "s"), ("=2+2", "s")]


@pytest.mark.service("validator")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_microsoft_finds_nothing_wrong(tmp_path: Path, kind: str, language: Language, version: str) -> None:
    hosts: tuple[Host, ...] = ("excel", "office", "calc") if kind == "known" else ("excel",)
    paths = [write(tmp_path / f"{host}.xlsx", kind, setting(language, host)) for host in hosts]
    assert validation_errors(paths, version) == []


def form_answering(*rows: tuple[object, ...]) -> tuple[FormBook, Form, list[tuple[object, ...]]]:
    """Return a form whose functions all have one answer, and what they were asked."""
    asked: list[tuple[object, ...]] = []

    def answer(name: str, arguments: Sequence[Any]) -> Sequence[Sequence[Any]]:
        asked.append((name, *arguments))
        return rows

    book = FormBook(replace(setting("en", "excel"), answer=answer))
    return book, book.form(("One", "一"), ("One", "一"), ("-", "-"), widths=(10, 10, 10)), asked


def test_a_call_reads_what_stands_in_its_cells_and_spells_its_texts(tmp_path: Path) -> None:
    book, form, asked = form_answering((date(2026, 3, 1),))
    form.entry("A1", date(2026, 1, 31), Look.DATE, DAY, name="due_day")
    form.entry("A2", None, Look.MONEY, AMOUNT, name="due_most")
    form.call(
        *("B1", "TERMS", At("due_day"), At("A1:A2"), At("due_most", optional=True), 'a "b"', None, 2),
        looks=[Look.DATE],
    )
    book.write(tmp_path / "book.xlsx", title=("One", "一"), made=MADE)
    day = date(2026, 1, 31)
    assert asked == [("TERMS", day, [[day], [None]], None, 'a "b"', None, 2)]
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")["One"]
    assert sheet["B1"].value == '=DUE_TERMS(due_day,A1:A2,IF(due_most="","",due_most),"a ""b""",,2)'
    assert carried(tmp_path / "book.xlsx")["One"]["B1"] == 46082


def test_a_range_that_is_larger_than_its_answer_carries_what_a_spreadsheet_shows(tmp_path: Path) -> None:
    book, form, _ = form_answering((1, "two"), (ErrorValue("#NUM!"), Decimal("0.10")))
    form.call("A4:C6", "PLAN", looks=[Look.COUNT, Look.TEXT, Look.MONEY])
    form.mirror("A4:A6", "A8", [Look.COUNT])
    book.write(tmp_path / "book.xlsx", title=("One", "一"), made=MADE)
    held = carried(tmp_path / "book.xlsx")["One"]
    rows = [[held[f"{column}{row}"] for column in "ABC"] for row in (4, 5, 6)]
    assert rows == [[1, "two", "#N/A"], ["#NUM!", 0.1, "#N/A"], ["#N/A"] * 3]
    assert [held[f"A{row}"] for row in (8, 9, 10)] == [1, None, None]
    alone, single, _ = form_answering((7,))
    single.call("A4:B5", "DSO", looks=[Look.COUNT, Look.COUNT])
    alone.write(tmp_path / "alone.xlsx", title=("One", "一"), made=MADE)
    held = carried(tmp_path / "alone.xlsx")["One"]
    assert [held[at] for at in ("A4", "B4", "A5", "B5")] == [7] * 4


def test_a_call_that_is_empty_now_asks_nothing(tmp_path: Path) -> None:
    book, form, asked = form_answering((7,))
    form.call("A1", "DSO", At("B1"), looks=[Look.COUNT], unless='B1=""', empty=True)
    book.write(tmp_path / "book.xlsx", title=("One", "一"), made=MADE)
    assert asked == []
    assert openpyxl.load_workbook(tmp_path / "book.xlsx")["One"]["A1"].value == '=IF(B1="","",DUE_DSO(B1))'
