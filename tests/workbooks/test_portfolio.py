"""The portfolio workbook: what it says is what it was given, in both languages."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pytest

from duebook.errors import InputError, NotReconciledError
from duebook.money import from_minor
from duebook_addin.functions import FUNCTIONS
from duebook_workbooks.portfolio import managed, named, write_portfolio
from portfolios import AS_OF, portfolio, withholding

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.workbook import Workbook

    from duebook_workbooks.labels import Language
    from duebook_workbooks.portfolio import PortfolioData

SHEETS = {
    "en": [
        *("Status", "Dashboard", "Risk map", "Aging", "Customers", "Watch list", "Open items"),
        *("Policy", "Sources", "Chart data"),
    ],
    "zh": [
        "状态",
        "总览",
        "风险分布",
        "账龄",
        "客户",
        "关注名单",
        "未清项",
        "信用政策",
        "数据来源",
        "图表数据",
    ],
}
LONG = ["due_customer_aging", "due_customers", "due_watch_list", "due_open_items", "due_policy"]
CHARTED = ["due_chart_trend", "due_chart_exposures", "due_chart_aging"]
TABLES = [
    *("due_status", "due_dashboard", "due_exposures", "due_risk_map", *LONG),
    *("due_sources", "due_quarantine", *CHARTED),
]


def test_no_table_is_called_as_a_worksheet_function():
    functions = {f"due_{function.name}".casefold() for function in FUNCTIONS}
    assert functions.isdisjoint(name.casefold() for name in TABLES)


def written(tmp_path: Path, data: PortfolioData, language: Language = "en") -> Workbook:
    path = tmp_path / "portfolio.xlsx"
    write_portfolio(path, data, language=language)
    return openpyxl.load_workbook(path)


def table(workbook: Workbook, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table by its headers, cells and all."""
    (sheet,) = (sheet for sheet in workbook if name in sheet.tables)
    header, *rows = sheet[sheet.tables[name].ref]
    names = [cell.value for cell in header]
    assert [column.name for column in sheet.tables[name].tableColumns] == names
    return [dict(zip(names, row, strict=True)) for row in rows]


def cell(workbook: Workbook, name: str) -> Any:  # noqa: ANN401 - openpyxl's cell
    """Return the cell that bears a name."""
    ((title, place),) = workbook.defined_names[name].destinations
    return workbook[title][place]


def exact(value: float) -> Decimal:
    """Return the decimal that was written: openpyxl reads the shortest number."""
    return Decimal(str(value))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sheets_and_tables_with_filters(tmp_path: Path, language: Language) -> None:
    data = portfolio()
    workbook = written(tmp_path, data, language)
    assert workbook.sheetnames == SHEETS[language]
    assert [name for sheet in workbook for name in sheet.tables] == TABLES
    for sheet in workbook:
        for one in sheet.tables.values():  # a filter hides whole rows, and so those of a table beside it
            alone = len(sheet.tables) == 1 and one.name != "due_dashboard"
            assert (one.autoFilter.ref if one.autoFilter else None) == (one.ref if alone else None)
    rows = {name: len(table(workbook, name)) for name in TABLES}
    assert {name: rows[name] for name in TABLES if name not in {"due_risk_map", "due_policy"}} == {
        "due_status": 2,
        "due_dashboard": 2,
        "due_exposures": 20,
        "due_customer_aging": data.aging.num_rows,
        "due_customers": data.customers.num_rows + 1,  # who is named by no item is a row too
        "due_watch_list": 80,
        "due_open_items": data.items.num_rows,
        "due_sources": 1,
        "due_quarantine": 2,
        "due_chart_trend": 24,
        "due_chart_exposures": 10,
        "due_chart_aging": 6,
    }


def test_every_amount_is_there_to_the_cent(tmp_path: Path) -> None:
    data = portfolio()
    workbook = written(tmp_path, data)
    currency = {company.company: company.currency for company in data.companies}
    aged = {row["Key"].value: row for row in table(workbook, "due_customer_aging")}
    for row in data.aging.to_pylist():
        found = aged[f"{row['source']}/{row['company']}/{row['customer']}"]
        money = currency[row["company"]]
        assert found["Currency"].value == money
        for ours, theirs in (("not due", "Not due"), ("1-30", "1-30"), ("90+", "90+"), ("total", "Total")):
            assert exact(found[theirs].value) == from_minor(row[ours], money)
    items = {row["Key"].value: row for row in table(workbook, "due_open_items")}
    assert {row["currency"] for row in data.items.to_pylist()} == {"EUR", "CNY", "USD", "JPY"}
    for row in data.items.to_pylist():
        found = items[f"{row['source']}/{row['company']}/{row['item']}"]
        assert exact(found["Open"].value) == from_minor(row["open"], currency[row["company"]])
        assert exact(found["Amount (document)"].value) == from_minor(row["amount_document"], row["currency"])
        decimals = found["Amount (document)"].number_format.split(";")[0]
        assert decimals == ("#,##0_0" if row["currency"] == "JPY" else "#,##0.00_0")
        assert found["Document date"].value == datetime(*row["document_date"].timetuple()[:3])  # noqa: DTZ001


def test_days_and_buckets_of_items(tmp_path: Path) -> None:
    data = portfolio()
    items = {row["Key"].value: row for row in table(written(tmp_path, data), "due_open_items")}
    for row in data.items.to_pylist():
        found = items[f"{row['source']}/{row['company']}/{row['item']}"]
        days = None if row["due_date"] is None else (AS_OF - row["due_date"]).days
        assert found["Days past due"].value == days
        edges = {"No date": days is None, "Not due": days is not None and days <= 0, "90+": (days or 0) > 90}
        expected = next((name for name, holds in edges.items() if holds), None)
        if expected is None:
            low, high = map(int, found["Bucket"].value.split("-"))
            assert low <= days <= high
        else:
            assert found["Bucket"].value == expected


def test_rows_are_in_the_order_of_the_companies_and_then_of_what_matters(tmp_path: Path) -> None:
    data = portfolio()
    turned = replace(data, companies=data.companies[::-1])
    for shown in (data, turned):
        workbook = written(tmp_path, shown)
        names = [company.name for company in shown.companies]
        for name, amount in (("due_customer_aging", "Total"), ("due_customers", "Open")):
            order = [(names.index(row["Company"].value), -row[amount].value) for row in table(workbook, name)]
            assert order == sorted(order)
        items = table(workbook, "due_open_items")
        order = [(names.index(row["Company"].value), row["Customer"].value) for row in items]
        assert order == sorted(order)


def test_the_status_sheet_checks_each_sheet_against_the_control_totals(tmp_path: Path) -> None:
    data = portfolio()
    rows = table(written(tmp_path, data), "due_status")
    for row, company in zip(rows, data.companies, strict=True):
        assert row["Company"].value == company.name
        for figure in ("Sum of buckets", "Open items", "Control account", "ERP balance"):
            assert exact(row[figure].value) == from_minor(company.open_items, company.currency)
        for sheet in ("Aging", "Customers", "Open items"):
            assert row[f"Check: {sheet}"].value.startswith('=IF(due_status[[#This Row],[Note]]<>"Published",')
    shown = openpyxl.load_workbook(tmp_path / "portfolio.xlsx", data_only=True)
    for row in table(shown, "due_status"):  # what a program sees that cannot calculate
        assert [row[f"Check: {sheet}"].value for sheet in ("Aging", "Customers", "Open items")] == ["✓"] * 3


def test_nothing_from_a_database_becomes_a_formula(tmp_path: Path) -> None:
    data = portfolio()
    company = replace(data.companies[0], name="=1+1")
    data = replace(data, companies=(company, data.companies[1]))
    workbook = written(tmp_path, data)
    rows = [row for name in TABLES for row in table(workbook, name)]
    cells = [cell for row in rows for cell in row.values()]
    status = {cell for row in table(workbook, "due_status") for cell in row.values()}
    assert {cell.data_type for cell in cells if cell.data_type != "f"} <= {"s", "inlineStr", "n", "d"}
    assert {cell.coordinate for cell in cells if cell.data_type == "f"} <= {
        cell.coordinate for cell in status
    }
    texts = {cell.value for cell in cells}
    assert "=Limit use: 95%" in texts
    assert {"=SUM Design Studio", "+49 Service AG", "-Minus & Söhne <KG>", "@home Retail", "=1+1"} <= texts
    assert '=HYPERLINK("x")' in texts
    assert "  Lead & Trail  " in texts
    formulas = [
        cell.value for sheet in workbook for row in sheet.iter_rows() for cell in row if cell.data_type == "f"
    ]
    assert len(formulas) == 6
    assert all(formula.startswith("=IF(due_status[[#This Row],[Note]]<>") for formula in formulas)


def test_the_names_of_customers_and_of_nobody(tmp_path: Path) -> None:
    data = portfolio(customers=5, companies=1)
    stranger = data.items.to_pylist()[0] | {"item": "s", "customer": "77", "open": 0}
    data = replace(
        data, items=pa.Table.from_pylist([*data.items.to_pylist(), stranger], schema=data.items.schema)
    )
    items = {row["Key"].value: row for row in table(written(tmp_path, data), "due_open_items")}
    assert items["tryton/1/s"]["Customer"].value == "77"  # a customer without a name is known by its id
    assert items["tryton/1/x-0"]["Customer"].value == "(no customer)"
    assert items["tryton/1/0-0"]["Customer"].value == "=SUM Design Studio"
    assert items["tryton/1/0-0"]["Customer no."].value == "C00000"


def test_companies_of_one_name_are_told_apart(tmp_path: Path) -> None:
    data = portfolio()
    companies = tuple(
        replace(company, name=name) for company, name in zip(data.companies, ("Ace", "ACE"), strict=True)
    )
    workbook = written(tmp_path, replace(data, companies=companies))
    assert [row["Company"].value for row in table(workbook, "due_status")] == [
        "Ace (tryton/1)",
        "ACE (tryton/2)",
    ]


def test_run_policy_sources_and_quarantine_are_named(tmp_path: Path) -> None:
    data = portfolio()
    workbook = written(tmp_path, data)
    policy = data.policy
    assert (
        workbook["Status"]["A3"].value == "✓ All 2 companies reconcile with the general ledger to the cent."
    )
    told = {name: cell(workbook, name).value for name in workbook.defined_names}
    assert told == {
        name: datetime(*value.timetuple()[:3]) if isinstance(value, date) else value or None  # noqa: DTZ001
        for name, value in named(data, "en").items()
    }
    assert told["due_as_of"] == datetime(2025, 11, 30)  # noqa: DTZ001
    assert (told["due_run"], told["due_finished"]) == (12, "1 Dec 2025 02:10 UTC")
    assert (told["due_policy_name"], told["due_policy_version"]) == (policy.name, policy.version)
    assert told["due_policy_digest"] == policy.digest[:12]
    assert told["due_note_quarantine"] == "These rows are in no figure."
    bare = written(tmp_path, replace(data, quarantine=()))
    assert cell(bare, "due_note_quarantine").value == "None: every row that was read is in the figures."
    (source,) = table(workbook, "due_sources")
    assert [source[name].value for name in ("Source", "Connector", "Rows read", "Quarantined", "Note")] == [
        *("tryton", "tryton", 18_204, 3, "Read")
    ]
    aside = [
        (row["Query"].value, row["Rows"].value, row["Reason"].value)
        for row in table(workbook, "due_quarantine")
    ]
    assert aside == [(found.query, found.rows, found.reason) for found in data.quarantine]
    first = table(workbook, "due_status")[0]
    assert (first["Reconciled"].value, first["Quarantined"].value, first["Difference"].value) == ("✓", 3, 0)


def test_a_withheld_company_is_named_with_its_reason_and_nothing_else(tmp_path: Path) -> None:
    reason = "open items differ from the control account by 100.00 CNY, " + "and so on, " * 30
    workbook = written(tmp_path, withholding(portfolio(), 1, reason))
    rows = table(workbook, "due_status")
    assert [row["Note"].value for row in rows] == ["Published", f"Withheld: {reason}"]
    assert [row["Reconciled"].value for row in rows] == ["✓", "✗"]
    assert rows[1]["Difference"].value == 100
    shown = openpyxl.load_workbook(tmp_path / "portfolio.xlsx", data_only=True)
    assert [row["Check: Aging"].value for row in table(shown, "due_status")] == ["✓", "\u2013"]
    assert workbook["Status"]["A3"].value.startswith("✗ 1 of 2 companies withheld")
    for name in ("due_dashboard", "due_exposures", "due_risk_map", *LONG[:-1]):
        assert {row["Company"].value for row in table(workbook, name)} == {"Halden Instruments GmbH"}
    assert cell(workbook, "due_chart_company_2").value is None
    assert len(workbook["Dashboard"]._charts) == 4  # noqa: SLF001 - openpyxl has no other way


def test_with_no_company_at_all_every_table_is_empty(tmp_path: Path) -> None:
    data = portfolio(customers=0, companies=0)
    workbook = written(tmp_path, data)
    assert workbook["Status"]["A3"].value == "No company was read."
    for name in TABLES[:8]:
        (row,) = table(workbook, name)
        assert {cell.value for cell in row.values()} == {None}
    assert all(len(row) == 0 for row in workbook["Dashboard"]._charts)  # noqa: SLF001 - as above


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_set_up_for_screen_and_paper(tmp_path: Path, language: Language) -> None:
    workbook = written(tmp_path, portfolio(), language)
    assert workbook.properties.creator == "Duebook"
    assert workbook.properties.title in {"Receivables portfolio", "应收账款组合"}
    for at, sheet in enumerate(workbook):
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == (1 if at in {1, len(SHEETS[language]) - 1} else 0)
        assert "&P" in sheet.oddFooter.right.text
    for sheet, name in zip(workbook.worksheets[3:7], LONG[:-1], strict=True):
        header = sheet[sheet.tables[name].ref][0][0].row
        assert sheet.freeze_panes == f"D{header + 1}"
        assert sheet.print_title_rows == f"${header}:${header}"
        assert all(sheet.column_dimensions[letter].width >= 8 for letter in "ABCDEFGHIJK")
        last = sheet[sheet.tables[name].ref][0][-1]
        assert sheet.column_dimensions[last.column_letter].hidden


@pytest.mark.parametrize(
    ("language", "form", "said"),
    [
        ("en", "[$-809]d\\ mmm\\ yyyy", "30 Nov 2025"),
        ("zh", 'yyyy"年"m"月"d"日"', "2025年11月30日"),
    ],
)
def test_dates_have_the_form_of_the_language(
    tmp_path: Path, language: Language, form: str, said: str
) -> None:
    workbook = written(tmp_path, portfolio(), language)
    dates = [cell for sheet in workbook for row in sheet for cell in row if isinstance(cell.value, datetime)]
    assert len(dates) > 100
    assert {cell.number_format for cell in dates} == {form}
    assert said in workbook.worksheets[1]["A2"].value
    for found in dates:  # a date that does not fit its column would be ####
        wide = found.parent.column_dimensions[found.column_letter].width
        assert wide >= sum(1 if character.isascii() else 2 for character in said)


def test_a_figure_that_outgrows_its_column_becomes_smaller(tmp_path: Path) -> None:
    workbook = written(tmp_path, portfolio())
    for name in TABLES:
        for row in table(workbook, name):
            for found in row.values():
                if found.data_type == "n" and found.value is not None:
                    assert found.alignment.shrink_to_fit, (name, found.coordinate)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reasons_have_room_and_print_can_be_read(tmp_path: Path, language: Language) -> None:
    data = portfolio()
    at = data.customers.column_names.index(f"reasons_{language}")
    long = pa.array(["Much is overdue: 100%: red from 40% on. " * 9] * data.customers.num_rows)
    data = replace(data, customers=data.customers.set_column(at, f"reasons_{language}", long))
    workbook = written(tmp_path, data, language)
    watched = workbook.worksheets[5]
    (column,) = (cell for cell in watched[4] if cell.value in {"Reasons", "原因"})
    wide = watched.column_dimensions[column.column_letter].width
    lines = len(long[0].as_py()) / (1.2 * wide)
    assert 2 < lines <= (watched.sheet_format.defaultRowHeight - 3) / 12
    for sheet in workbook.worksheets[3:8]:
        shown = sum(each.width for each in sheet.column_dimensions.values() if not each.hidden)
        pages = sheet.page_setup.fitToWidth
        assert pages * 149 / shown >= 0.54  # of ten points, more than five
        assert (sheet.print_title_cols is None) == (pages == 1)


def test_a_share_of_the_risk_map_is_a_part_of_something(tmp_path: Path) -> None:
    data = portfolio()
    changed = {name: data.customers[name].to_pylist() for name in ("open", "overdue")}
    first = next(at for at, amount in enumerate(changed["open"]) if amount > 0)
    at = data.customers.column_names.index("overdue")
    changed["overdue"][first] = -(10**9)  # a credit that is past its day
    data = replace(
        data, customers=data.customers.set_column(at, "overdue", pa.array(changed["overdue"], pa.int64()))
    )
    rows = table(written(tmp_path, data), "due_risk_map")
    parts = [(row["Open"].value, row["Overdue"].value, row["Overdue share"].value) for row in rows]
    assert any(late < 0 for _, late, _ in parts)
    for whole, late, share in parts:
        assert share == (pytest.approx(late / whole) if whole > 0 and 0 <= late <= whole else None)


@pytest.mark.parametrize(("language", "unit"), [("en", "m"), ("zh", "百万")])
def test_amounts_too_long_for_a_chart_are_in_millions_there(
    tmp_path: Path, language: Language, unit: str
) -> None:
    write_portfolio(tmp_path / "portfolio.xlsx", portfolio(), language=language)
    with zipfile.ZipFile(tmp_path / "portfolio.xlsx") as package:
        charts = [package.read(name).decode() for name in package.namelist() if "charts/chart" in name]
    labelled = [found for xml in charts for found in re.findall(r'<numFmt formatCode="(\[[^"]*)"', xml)]
    large = f"#,##0,,&quot;\u00a0{unit}&quot;"
    assert labelled == [f"[&gt;=9999999500]{large};[&lt;=-9999999500]-{large};#,##0"] * 4


def test_long_names_are_cut_in_charts_and_nowhere_else(tmp_path: Path) -> None:
    data, long = portfolio(), "海登林" * 30
    company = replace(data.companies[0], name=long)
    workbook = written(tmp_path, replace(data, companies=(company, *data.companies[1:])))
    assert table(workbook, "due_status")[0]["Company"].value == long
    title = cell(workbook, "due_chart_company_1").value
    assert title == f"{'海登林' * 5}海登… ({company.currency})"


def test_chinese_labels(tmp_path: Path) -> None:
    workbook = written(tmp_path, portfolio(), "zh")
    headers = list(table(workbook, "due_customer_aging")[0])
    assert headers[4:11] == ["未到期", "1-30天", "31-60天", "61-90天", "90天以上", "无到期日", "合计"]
    kinds = {row["类型"].value for row in table(workbook, "due_open_items")}
    assert kinds == {"发票", "贷项通知单", "收款", "日记账分录"}
    texts = "".join(str(cell.value) for sheet in workbook for row in sheet for cell in row)
    assert "核销" not in texts.replace("坏账核销", "")
    assert {row["预警"].value for row in table(workbook, "due_watch_list")} == {"红色", "黄色"}


def test_the_same_data_give_the_same_bytes_in_any_order_of_rows(tmp_path: Path) -> None:
    data = portfolio()
    first, second = tmp_path / "first.xlsx", tmp_path / "second.xlsx"
    write_portfolio(first, data)

    def turned(rows: pa.Table) -> pa.Table:
        return rows.take(pa.array(range(rows.num_rows - 1, -1, -1)))

    changed = replace(
        data,
        items=turned(data.items),
        aging=turned(data.aging),
        customers=turned(data.customers),
        measures=turned(data.measures),
        trend=turned(data.trend),
    )
    write_portfolio(second, changed)
    assert first.read_bytes() == second.read_bytes()
    write_portfolio(second, replace(data, run=13))
    assert first.read_bytes() != second.read_bytes()


def test_what_a_refresh_brings_is_what_the_workbook_holds(tmp_path: Path) -> None:
    data = portfolio()
    workbook = written(tmp_path, data)
    tables = managed(data, "en")
    assert [each.name for each in tables] == TABLES
    for each in tables:
        rows = table(workbook, each.name)
        assert each.key is None or len(set(each.rows[each.key].to_pylist())) == each.rows.num_rows
        calculated = [name for name in rows[0] if name.startswith("Check: ")]
        assert set(rows[0]) == {*each.rows.column_names, *calculated}
        for header, column in zip(each.rows.column_names, each.rows.columns, strict=True):
            for row, value in zip(rows, column.to_pylist(), strict=True):
                assert same(row[header].value, value), (each.name, header)


def same(found: Any, value: object) -> bool:  # noqa: ANN401 - as above
    """Return whether a cell holds a value."""
    if isinstance(value, float):
        return bool(found == pytest.approx(value, rel=1e-15))
    if isinstance(value, Decimal):
        return exact(found) == value
    if isinstance(found, datetime):
        return found.date() == value
    return found == (None if value == "" else value)


@pytest.mark.parametrize("name", ["customers", "aging", "items"])
def test_tables_that_do_not_fit_are_refused(tmp_path: Path, name: str) -> None:
    data = portfolio()
    path = tmp_path / "portfolio.xlsx"
    rows = getattr(data, name)
    with pytest.raises(InputError, match=rf"^portfolio: {name} has no column 'company'\.$"):
        write_portfolio(path, replace(data, **{name: rows.drop_columns(["company"])}))
    alone = replace(data, companies=data.companies[:1])
    with pytest.raises(
        InputError, match="rows of company 2 of source tryton, which is withheld or not among"
    ):
        write_portfolio(path, replace(portfolio(companies=1), **{name: getattr(alone, name)}))
    with pytest.raises(NotReconciledError) as differs:
        write_portfolio(path, replace(data, **{name: rows.slice(1)}))
    assert "of company 'Halden Instruments GmbH' adds up to " in differs.value.message
    assert not path.exists()


def test_fonts_have_their_properties_in_the_order_of_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "portfolio.xlsx"
    write_portfolio(path, portfolio(customers=3))
    with zipfile.ZipFile(path) as package:
        styles = package.read("xl/styles.xml").decode()
        program = package.read("docProps/app.xml").decode()
        made = package.read("docProps/core.xml").decode()
    fonts = re.findall("<font>(.*?)</font>", styles)
    assert len(fonts) > 4
    for font in fonts:  # ECMA-376 part 1, 18.8.22, as Microsoft's validator holds it
        names = re.findall("<([a-zA-Z]+) ", font)
        order = ("b", "i", "strike", "outline", "shadow", "u", "sz", "color", "name", "family", "scheme")
        assert names == sorted(names, key=order.index)
    assert "<Application>Microsoft Excel Compatible / Duebook</Application>" in program
    assert made.count("2025-12-01T02:10:05Z") == 2  # no clock was read


def test_importing_the_writer_does_not_import_openpyxl() -> None:
    code = "import sys, duebook_workbooks.portfolio; print('openpyxl' in sys.modules)"
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "False\n"
