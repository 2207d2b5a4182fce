"""The worklist: who comes first, what is to be done, and people's own columns through refreshes."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pytest

from duebook.errors import InputError
from duebook.money import from_minor
from duebook_workbooks.filling.fill import fill
from duebook_workbooks.renewal import renew
from duebook_workbooks.worklist.workbook import managed, named, write_worklist
from validating import VERSIONS, validation_errors
from worklists import AS_OF, HALDEN, SUZHOU, customer, delivered, item, withholding, worklist

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.workbook import Workbook

    from duebook_workbooks.labels import Language
    from duebook_workbooks.worklist.workbook import WorklistData

TABLES = ["due_worklist_stages", "due_worklist", "due_worklist_items", "due_worklist_chart"]
OWN = {
    "en": ["Owner", "Contacted on", "Promised for", "Promised amount", "Note"],
    "zh": ["负责人", "联系日期", "客户承诺日", "客户承诺金额", "备注"],
}
WRITTEN = ("Li Na", date(2026, 6, 29), date(2026, 7, 3), 1250.5, "=calls back")


def written(tmp_path: Path, data: WorklistData, language: Language = "en") -> Workbook:
    path = tmp_path / "worklist.xlsx"
    write_worklist(path, data, language=language)
    return openpyxl.load_workbook(path)


def table(workbook: Workbook, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table by its headers, as values."""
    (sheet,) = (sheet for sheet in workbook if name in sheet.tables)
    header, *rows = sheet[sheet.tables[name].ref]
    return [{name.value: cell.value for name, cell in zip(header, row, strict=True)} for row in rows]


def at(day: date) -> datetime:
    """Return a day as openpyxl reads it."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - cells have no time zone


def key(row: dict[str, Any]) -> str:
    return f"{row['source']}/{row['company']}/{row['customer']}"


def test_every_customer_is_there_with_its_amounts_to_the_cent(tmp_path: Path):
    data = worklist()
    rows = {row["Key"]: row for row in table(written(tmp_path, data), "due_worklist")}
    assert len(rows) == data.customers.num_rows
    for given in data.customers.to_pylist():
        row = rows[key(given)]
        money = {"1": "EUR", "2": "CNY"}[given["company"]]
        assert (row["Customer no."], row["Currency"], row["Stage"]) == (
            given["code"],
            money,
            given["stage_en"],
        )
        for header, name in (
            ("Overdue", "overdue"),
            ("Soon due", "soon_due"),
            ("Open", "open"),
            ("Promise on file", "promised"),
            ("Disputed", "disputed"),
            ("Headroom", "headroom"),
        ):
            found = None if row[header] is None else Decimal(str(row[header]))
            assert found == (None if given[name] is None else from_minor(given[name], money))
        for header, name in (
            ("Step due", "due"),
            ("Next stage on", "then_on"),
            ("Promise on file for", "promised_for"),
            ("Disputed since", "disputed_since"),
            ("Last payment", "last_payment"),
        ):
            assert row[header] == (None if given[name] is None else at(given[name]))
        assert row["To do"] == given["todo_en"]
        assert row["Next stage"] == (given["then_en"] or None)
        assert (row["Alert"], row["Reasons"]) == ("Red", given["reasons_en"])
        assert [row[header] for header in OWN["en"]] == [None] * 5


def test_items_add_up_to_what_is_overdue_and_soon_due(tmp_path: Path):
    workbook = written(tmp_path, worklist())
    sums: dict[str, list[Decimal]] = {}
    for row in table(workbook, "due_worklist_items"):
        late, amount = row["Days past due"] > 0, Decimal(str(row["Open"]))
        both = sums.setdefault(row["Customer key"], [Decimal(0), Decimal(0)])
        both[0 if late else 1] += amount
    for row in table(workbook, "due_worklist"):
        assert sums[row["Key"]] == [Decimal(str(row["Overdue"])), Decimal(str(row["Soon due"]))]


def test_the_first_sheet_sums_the_worklist_up_by_company_and_stage(tmp_path: Path):
    workbook = written(tmp_path, worklist())
    customers, stages = table(workbook, "due_worklist"), table(workbook, "due_worklist_stages")
    assert len({row["Key"] for row in stages}) == len(stages)
    found: dict[tuple[str, str], dict[str, Any]] = {(row["Company"], row["Stage"]): row for row in stages}
    assert set(found) == {(row["Company"], row["Stage"]) for row in customers}
    for place, row in found.items():
        own = [each for each in customers if (each["Company"], each["Stage"]) == place]
        assert row["Customers"] == len(own)
        for header, of in (
            ("Overdue", "Overdue"),
            ("Soon due", "Soon due"),
            ("Promised", "Promise on file"),
            ("Disputed", "Disputed"),
        ):
            assert Decimal(str(row[header])) == sum(Decimal(str(each[of] or 0)) for each in own)
    chart = {row["Stage"]: row for row in table(workbook, "due_worklist_chart")}
    for (company, stage), row in found.items():
        slot = [HALDEN[2], SUZHOU[2]].index(company) + 1
        assert chart[stage][f"Overdue {slot}"] == row["Overdue"]
    assert {row["Overdue 3"] for row in chart.values()} == {None}


def test_customers_stand_by_stage_company_and_what_is_at_risk(tmp_path: Path):
    people = [
        customer(0, 20, 100_00, probability=0.5),  # 50.00 at risk
        customer(1, 20, 60_00, probability=None),  # not known: 60.00
        customer(2, 20, 900_00, company=SUZHOU, probability=1.0),  # another company, another currency
        customer(3, 95, 1_00, probability=0.1, company=SUZHOU),  # a later stage
        customer(4, 200, 700_00, disputed=800_00),
        customer(5, 200, 700_00, promised_for=AS_OF, promised=5_00),
        customer(6, 200, -1_00),
        customer(7, 20, 200_00, probability=0.25),  # 50.00 as well, but more of it overdue
        customer(8, -3, 0),
    ]
    found = [row["Customer no."] for row in table(written(tmp_path, delivered(people, [])), "due_worklist")]
    assert found == [f"C0000{number}" for number in (3, 1, 7, 0, 2, 8, 6, 4, 5)]
    turned = delivered(people[::-1], [])
    swapped = replace(turned, companies=turned.companies[::-1])
    found = [row["Customer no."] for row in table(written(tmp_path, swapped), "due_worklist")]
    assert found == [f"C0000{number}" for number in (3, 2, 1, 7, 0, 8, 6, 4, 5)]


def test_items_stand_in_the_order_of_their_customers_and_by_due_date(tmp_path: Path):
    workbook = written(tmp_path, worklist())
    order = [row["Key"] for row in table(workbook, "due_worklist")]
    places = [
        (order.index(row["Customer key"]), row["Due date"], row["Key"])
        for row in table(workbook, "due_worklist_items")
    ]
    assert places == sorted(places)
    assert len(places) == worklist().items.num_rows


def test_items_of_customers_that_are_not_on_the_list_are_not_shown(tmp_path: Path):
    listed, other = customer(0, 20, 100_00), customer(1, 20, 100_00)
    data = delivered([listed], [item("a", listed, 20, 100_00), item("b", other, 20, 100_00)])
    assert [row["Key"] for row in table(written(tmp_path, data), "due_worklist_items")] == ["tryton/1/a"]


def test_the_first_sheet_says_what_is_shown_and_what_is_withheld(tmp_path: Path):
    data = worklist()
    workbook = written(tmp_path, data)
    told = {name: shown.attr_text for name, shown in workbook.defined_names.items()}
    assert set(told) == set(named(data, "en"))
    for name, value in named(data, "en").items():
        ((sheet, place),) = workbook.defined_names[name].destinations
        expected = at(value) if isinstance(value, date) else value or None
        assert workbook[sheet][place].value == expected
    shown = named(data, "en")
    assert shown["due_verdict"] == "24 customers to work on, in 2 companies."
    assert shown["due_withheld"] == "✓ All companies are in this list."
    assert (shown["due_as_of"], shown["due_run"]) == (AS_OF, 12)
    without = named(withholding(data, 1, "its source could not be read"), "en")
    assert without["due_verdict"] == "12 customers to work on, in 1 company."
    assert without["due_withheld"] == (
        "✗ Not in this list, for they are withheld: 海德仪器（苏州）有限公司 (its source could not be read)."  # noqa: RUF001
    )


def test_a_withheld_company_is_nowhere_and_its_rows_are_refused(tmp_path: Path):
    data = worklist()
    workbook = written(tmp_path, withholding(data, 1, "its source could not be read"))
    for name in TABLES[:3]:
        assert {row["Company"] for row in table(workbook, name)} == {HALDEN[2]}
    withheld = replace(data.companies[1], withheld="why")
    with pytest.raises(InputError) as refused:
        write_worklist(
            tmp_path / "w.xlsx", replace(data, companies=(data.companies[0], withheld)), language="en"
        )
    assert str(refused.value) == (
        "worklist: customers has 12 rows of company 2 of source tryton, which is withheld or not among the "
        "companies."
    )
    with pytest.raises(InputError, match=r"worklist: items has no column 'due_date'\."):
        write_worklist(tmp_path / "w.xlsx", replace(data, items=data.items.drop_columns(["due_date"])))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_empty_worklist_says_so_and_can_be_filled(tmp_path: Path, language: Language):
    empty = worklist(0)
    path = tmp_path / "worklist.xlsx"
    write_worklist(path, empty, language=language)
    workbook = openpyxl.load_workbook(path)
    for name in TABLES[:3]:
        assert [set(row.values()) for row in table(workbook, name)] == [{None}]
    assert (
        named(empty, language)["due_verdict"]
        == {
            "en": "No customer to work on.",
            "zh": "没有待催收客户。",
        }[language]
    )
    data, fresh = worklist(), tmp_path / "fresh.xlsx"
    write_worklist(fresh, data, language=language)
    renew(path, fresh, managed(data, language), language=language)
    filled = openpyxl.load_workbook(path)
    for name in TABLES:
        assert table(filled, name) == table(openpyxl.load_workbook(fresh), name)


def test_nothing_from_a_database_becomes_a_formula(tmp_path: Path):
    workbook = written(tmp_path, worklist())
    cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    texts = {cell.value for cell in cells}
    assert {"=SUM Design Studio", "+49 Service AG", '=HYPERLINK("x")', "=Oldest item: 120 days"} <= texts


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_people_write_is_checked_in_words_and_framed(tmp_path: Path, language: Language):
    workbook = written(tmp_path, worklist(), language)
    sheet = workbook.worksheets[1]
    header, *rows = sheet[sheet.tables["due_worklist"].ref]
    own = [cell.column_letter for cell in header if cell.value in OWN[language]]
    assert [sheet[f"{letter}4"].value for letter in own] == OWN[language]
    assert all(sheet[f"{letter}{row[0].row}"].border.left.style for letter in own for row in rows)
    checks = {str(each.sqref): each for each in sheet.data_validations.dataValidation}
    assert set(checks) == {f"{letter}5:{letter}{4 + len(rows)}" for letter in own[1:4]}
    for letter, kind in zip(own[1:4], ("date", "date", "decimal"), strict=True):
        check = checks[f"{letter}5:{letter}{4 + len(rows)}"]
        assert check.type == kind
        assert check.promptTitle == sheet[f"{letter}4"].value
        assert (check.prompt, check.error) != (None, None)
    ranges = {str(each.sqref) for each in sheet.conditional_formatting}
    assert f"{own[2]}5:{own[2]}{4 + len(rows)}" in ranges
    hidden = [cell.value for cell in header if sheet.column_dimensions[cell.column_letter].hidden]
    assert hidden == [{"en": "Key", "zh": "主键"}[language]]


def test_managed_rows_are_those_that_are_written_without_peoples_columns(tmp_path: Path):
    data = worklist()
    workbook = written(tmp_path, data)
    brought = {each.name: each for each in managed(data, "en")}
    assert list(brought) == TABLES
    for name, each in brought.items():
        assert each.key is not None
        assert len(set(each.rows[each.key].to_pylist())) == each.rows.num_rows
        own = OWN["en"] if name == "due_worklist" else []
        for row, given in zip(table(workbook, name), each.rows.to_pylist(), strict=True):
            assert list(row) == [
                *(header for header in given if header != "Key"),
                *own,
                *(["Key"] * ("Key" in given)),
            ]
            for header, value in given.items():
                found = row[header]
                if isinstance(value, Decimal):
                    assert Decimal(str(found)) == value
                elif isinstance(value, date):
                    assert found == at(value)
                else:
                    assert found == (value or None if isinstance(value, str) else value)


def edited(path: Path, keys: list[str], language: Language = "en") -> None:
    """Have a person write into the rows of customers, and add a column and a sheet of their own."""
    workbook = openpyxl.load_workbook(path)
    sheet = workbook.worksheets[1]
    header, *rows = sheet[sheet.tables["due_worklist"].ref]
    names = [cell.value for cell in header]
    for row in rows:
        if row[names.index("Key" if language == "en" else "主键")].value in keys:
            for name, value in zip(OWN[language], WRITTEN, strict=True):
                cell = row[names.index(name)]
                cell.value = value
                if name in {"Note", "备注"}:
                    cell.data_type = "s"
    workbook.create_sheet("Mine")["A1"] = "budget"
    workbook.save(path)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_people_wrote_stays_with_its_customer_and_who_leaves_is_archived(
    tmp_path: Path, language: Language
):
    data, path, fresh = worklist(), tmp_path / "theirs.xlsx", tmp_path / "fresh.xlsx"
    write_worklist(path, data, language=language)
    people = data.customers.to_pylist()
    stays, leaves = people[2], people[9]
    edited(path, [key(stays), key(leaves)], language)
    # The next day one has paid, one more is late, and who stays is later and owes more.
    later = customer(2, 120, 9_000_00) | {"name": "Renamed"}
    rest = [row for row in people if row not in (stays, leaves)]
    more = [customer(number, 200, 5_000_00) for number in (90, 91, 92)]
    new = delivered([*rest, later, *more], data.items.to_pylist())
    write_worklist(fresh, new, language=language)
    renewed = renew(path, fresh, managed(new, language), language=language)
    assert (renewed.tables, renewed.archived, renewed.warnings) == (tuple(TABLES), 1, ())
    workbook = openpyxl.load_workbook(path)
    header = "Key" if language == "en" else "主键"
    rows = {row[header]: row for row in table(workbook, "due_worklist")}
    assert list(rows) == [row[header] for row in table(openpyxl.load_workbook(fresh), "due_worklist")]
    expected = tuple(at(value) if isinstance(value, date) else value for value in WRITTEN)
    for row_key, row in rows.items():
        own = tuple(row[name] for name in OWN[language])
        assert own == (expected if row_key == key(stays) else (None,) * 5)
    archive = [[cell.value for cell in row] for sheet in workbook.worksheets[5:] for row in sheet.iter_rows()]
    (kept,) = (row for row in archive if key(leaves) in row)
    assert {"Li Na", "=calls back"} <= set(kept)
    assert workbook["Mine"]["A1"].value == "budget"
    sheet = workbook.worksheets[1]
    last = 4 + len(rows)
    checks = [*sheet.data_validations.dataValidation, *sheet.conditional_formatting]
    assert len(checks) == 6
    for check in checks:  # they cover the new rows too
        assert str(check.sqref).endswith(str(last))


def test_the_fill_engine_alone_keeps_peoples_columns_too(tmp_path: Path):
    data, path = worklist(), tmp_path / "theirs.xlsx"
    write_worklist(path, data)
    people = data.customers.to_pylist()
    edited(path, [key(people[0]), key(people[1])])
    new = delivered(people[1:], [])
    (rows,) = (each for each in managed(new, "en") if each.name == "due_worklist")
    filled = fill(path, rows.name, rows.rows, key=rows.key)
    assert (filled.rows, filled.added, filled.left, filled.archived) == (23, 0, 1, 1)
    again = path.read_bytes()
    fill(path, rows.name, rows.rows, key=rows.key)
    assert path.read_bytes() == again


def test_the_same_data_give_the_same_bytes_in_any_order_of_rows(tmp_path: Path):
    data, first, second = worklist(), tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    write_worklist(first, data)

    def turned(rows: pa.Table) -> pa.Table:
        return rows.take(pa.array(range(rows.num_rows - 1, -1, -1)))

    write_worklist(second, replace(data, customers=turned(data.customers), items=turned(data.items)))
    assert first.read_bytes() == second.read_bytes()


def test_chinese_labels(tmp_path: Path):
    workbook = written(tmp_path, worklist(), "zh")
    assert workbook.sheetnames == ["今日", "催收清单", "单据明细", "图表数据"]
    stages = {row["催收阶段"] for row in table(workbook, "due_worklist")}
    assert stages == {"友好提醒", "逾期通知", "催款函", "法律介入", "专业机构追偿", "争议", "已承诺付款"}
    texts = "".join(str(cell.value) for sheet in workbook for row in sheet for cell in row)
    assert "核销" not in texts.replace("坏账核销", "")
    assert {row["下一阶段"] for row in table(workbook, "due_worklist")} >= {"法律介入", "最晚解决日"}


def test_it_is_set_up_for_screen_and_paper(tmp_path: Path):
    workbook = written(tmp_path, worklist())
    today, customers, items, _ = workbook.worksheets
    assert [sheet.page_setup.orientation for sheet in workbook] == ["landscape"] * 4
    assert (today.page_setup.fitToHeight, customers.page_setup.fitToWidth) == (1, 3)
    assert customers.print_title_cols == "$A:$C"
    for sheet in (customers, items):
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("D5", "$4:$4")
    assert len(today._charts) == 2  # noqa: SLF001 - openpyxl has no other way


def test_a_policy_whose_first_stage_begins_after_the_due_date_promises_no_soon_due_items():
    data = worklist()
    later = tuple(stage for stage in data.policy.dunning.stage if stage.from_days > 0)
    dunning = data.policy.dunning.model_copy(update={"stage": later})
    shown = named(replace(data, policy=data.policy.model_copy(update={"dunning": dunning})), "en")
    assert shown["due_note_items"] == "As of 30 Jun 2026. Debit positive: a credit note is negative."
    assert str(named(data, "en")["due_note_items"]).startswith("As of 30 Jun 2026, from 7 days before")


@pytest.mark.service("libreoffice")
@pytest.mark.service("poppler")
@pytest.mark.parametrize(
    ("language", "titles"),
    [
        (
            "en",
            (
                "Collections worklist",
                "Customers to work on",
                "Overdue and soon due items",
                "What the charts show",
            ),
        ),
        ("zh", ("催收工作清单", "待催收客户", "上述客户的逾期与即将到期单据", "图表所用数据")),
    ],
)
def test_every_sheet_prints(
    tmp_path: Path, office: Callable[[Path, str], bytes], language: Language, titles: tuple[str, ...]
):
    path, pdf = tmp_path / f"worklist-{language}.xlsx", tmp_path / "worklist.pdf"
    write_worklist(path, worklist(), language=language)
    pdf.write_bytes(office(path, "pdf"))
    command = [str(shutil.which("pdftotext")), "-layout", str(pdf), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    pages = text.split("\f")[:-1]
    assert [title for title in titles if not any(title in page for page in pages)] == []
    assert "###" not in text  # a column too narrow for its numbers
    assert titles[1] in pages[1]  # the first sheet takes one page
    assert 5 < len(pages) < 12


@pytest.mark.service("validator")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_microsoft_finds_nothing_wrong(tmp_path: Path, language: Language, version: str):
    data = worklist()
    for number, shown in enumerate((data, withholding(data, 0, "why"), worklist(0))):
        write_worklist(tmp_path / f"{number}.xlsx", shown, language=language)
    assert validation_errors(tmp_path.glob("*.xlsx"), version) == []
