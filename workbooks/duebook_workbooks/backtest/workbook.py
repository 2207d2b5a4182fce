"""The workbook of a policy backtest: what two policies come to, by customer, and what they decide apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from textwrap import wrap
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook.money import from_minor, minor_digits
from duebook_workbooks.backtest.labels import backtest_label
from duebook_workbooks.package import fill
from duebook_workbooks.tables import Money, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from duebook_workbooks.labels import Language
    from duebook_workbooks.sheets import Field
    from duebook_workbooks.style import Style

CUSTOMERS: Final = "due_backtest_customers"
DIFFERING: Final = "due_backtest_orders"
PARTS: Final = ("part paid", "part open", "part lost", "part prepaid", "part stopped")
"""What of every order becomes what; the shares of a policy add up to 1."""
_SIDES: Final = ("current", "new")
_DIGEST: Final = 12
_TOP: Final = 5  # the first row below the head of the summary
_WIDTHS: Final = (38.0, 17.0, 17.0, 17.0)
_CHART_COLUMNS: Final = (5, 14)
_CHART_ROWS: Final = 14
_NOTE_WIDTH: Final = {"en": 130, "zh": 78}


class Unit(Enum):
    """What a line of the summary is in."""

    MONEY = "money"
    COUNT = "count"
    DAYS = "days"
    SHARE = "share"


@dataclass(frozen=True)
class Line:
    """A line of the summary.

    Attributes:
        key: Its label among those of a backtest.
        unit: What it is in; money in minor units, shares 0 to 1.
        current: Under the current policy; None where there is none.
        new: Under the new one.
        part: Whether it is a part of the line above it.
    """

    key: str
    unit: Unit
    current: int | float | None
    new: int | float | None
    part: bool = False

    @property
    def change(self) -> int | float | None:
        """The new less the current."""
        return None if self.current is None or self.new is None else self.new - self.current


@dataclass(frozen=True, kw_only=True)
class CompanyBacktest:
    """What two policies come to in one company; money in int64 minor units of its currency.

    Attributes:
        name: Its name.
        key: Its source and id.
        currency: The currency of its books.
        ordered: What was ordered.
        shares: Of it on credit, under the current and the new policy, 0 to 1.
        lost: Of what is let through lost, likewise; None where nothing is let through.
        lines: The lines of the summary.
        parts: A line for each of :data:`PARTS`, in shares.
        customers: One row a customer: text ``customer, code, name``; money ``ordered`` and, for ``current_``
            and ``new_``, ``allowed, prepaid, stopped, lost, avoided``.
        differing: One row an order: text ``customer, code, name, document``, date32 ``day``; money ``amount,
            collected, open, lost``; for ``current_`` and ``new_`` text ``verdict, grade``, money ``limit``
            (may be null), ``exposure``, and days ``oldest``.
    """

    name: str
    key: str
    currency: str
    ordered: int
    shares: tuple[float, float]
    lost: tuple[float | None, float | None]
    lines: tuple[Line, ...]
    parts: tuple[Line, ...]
    customers: pa.Table
    differing: pa.Table


@dataclass(frozen=True)
class PolicyHead:
    """What names a policy, and whether its limits could be tried."""

    name: str
    version: str
    digest: str
    blind: bool = False


@dataclass(frozen=True, kw_only=True)
class BacktestData:
    """Everything the workbook shows.

    Attributes:
        first: The first day whose orders were decided.
        until: The last.
        made: When the ledger was read.
        current: The current policy.
        new: The new one.
        factor: How many times its purchases a customer's own turnover was taken to be; None for no guess.
        lost_days: From how many days past due on what is open counts as lost.
        companies: The companies; their currencies are never added.
    """

    first: date
    until: date
    made: datetime
    current: PolicyHead
    new: PolicyHead
    factor: str | None
    lost_days: int
    companies: tuple[CompanyBacktest, ...]


def notes(data: BacktestData, language: Language) -> list[str]:
    """Return what a backtest takes for granted, a sentence each."""
    found = [backtest_label(f"blind {side}", language) for side in _SIDES if getattr(data, side).blind]
    for key, values in (
        ("no turnover", {}) if data.factor is None else ("assumes turnover", {"factor": data.factor}),
        ("assumes paying", {}),
        ("assumes stopped", {}),
        ("assumes invoices", {}),
        ("assumes lost", {"days": data.lost_days}),
        ("assumes master", {}),
    ):
        found.append(backtest_label(key, language, **values))
    return found


def sentence(company: CompanyBacktest, language: Language) -> str:
    """Return in a few words what two policies come to in a company."""
    told = [
        backtest_label(
            "ordered by {company}",
            language,
            company=company.name,
            ordered=f"{from_minor(company.ordered, company.currency):,}",
            currency=company.currency,
        )
    ]
    for at, side in ((1, "new"), (0, "current")):
        lost = company.lost[at]
        share = backtest_label("nothing let through", language) if lost is None else f"{lost:.2%}"
        told.append(
            backtest_label(f"sentence {side}", language, share=f"{company.shares[at]:.1%}", lost=share)
        )
    return ("" if language == "zh" else " ").join(told)


def shown(value: float | None, unit: Unit, currency: str) -> str:
    """Return a figure of a line as people read it; nothing for nothing."""
    if value is None:
        return ""
    if unit is Unit.MONEY:
        return f"{from_minor(int(value), currency):,}"
    if unit is Unit.COUNT:
        return f"{value:,}"
    digits = 1 if unit is Unit.DAYS else 3
    plain = round(value, digits) + 0.0  # no zero with a minus before it
    return f"{plain:.1f}" if unit is Unit.DAYS else f"{plain:.1%}"


def write_backtest(path: Path, data: BacktestData, *, language: Language = "en") -> None:
    """Write the workbook of a backtest. The file appears whole, or not at all; one that is there is replaced.

    The same data give the same bytes.

    Args:
        path: Where; its folder must exist.
        data: What it shows.
        language: English or Chinese labels.

    Raises:
        OutOfRangeError: More rows than an Excel sheet holds.
    """
    # openpyxl takes longer to import than a command may take to show its help.
    from openpyxl import Workbook  # noqa: PLC0415

    from duebook_workbooks.sheets import lay_out_table, print_set_up  # noqa: PLC0415
    from duebook_workbooks.style import Look, Style  # noqa: PLC0415
    from duebook_workbooks.template import finished, showing  # noqa: PLC0415

    style, workbook = Style(language), Workbook()
    workbook.remove(workbook.active)
    descriptions = _Summary(workbook, style, data, language).lay_out()
    contents = {}
    for table, key, fields in (
        (CUSTOMERS, "customers", _customer_fields(data, language)),
        (DIFFERING, "differing", _order_fields(data, language)),
    ):
        sheet = workbook.create_sheet(backtest_label(key, language))
        title = backtest_label(f"title {key}", language)
        style.title(sheet["A1"], title)
        style.note(sheet["A2"], _head(data, language))
        lay_out_table(sheet, style, table, fields, _TOP - 1)
        sheet.freeze_panes = sheet.cell(_TOP, 4)
        print_set_up(sheet, language, title=title)
        sheet.print_title_rows = f"{_TOP - 1}:{_TOP - 1}"
        contents[table] = fields
    workbook.properties.title = f"{backtest_label('title', language)} {data.first} - {data.until}"
    workbook.properties.creator = "Duebook"
    money = {digits: style.number(workbook.active, Look.MONEY, digits=digits) for digits in range(5)}
    template = finished(workbook, made=data.made, results=showing({}), descriptions=descriptions)
    fill(
        template,
        path,
        {
            table: {
                field.header: replace(field.values, styles=money)
                if isinstance(field.values, Money)
                else field.values
                for field in fields
            }
            for table, fields in contents.items()
        },
    )


def _head(data: BacktestData, language: Language) -> str:
    return backtest_label("from {first} to {until}", language, first=data.first, until=data.until)


class _Summary:
    """Lays the summary out: a block and a chart a company, then what was taken for granted."""

    def __init__(self, workbook: Workbook, style: Style, data: BacktestData, language: Language) -> None:
        self._style, self._data, self._language = style, data, language
        self._sheet: Worksheet = workbook.create_sheet(self._label("summary"))

    def lay_out(self) -> list[str]:
        """Write the sheet and return what each chart shows, in words."""
        from openpyxl.worksheet.pagebreak import Break  # noqa: PLC0415 - as above

        from duebook_workbooks.sheets import print_set_up  # noqa: PLC0415 - as above

        sheet, style, data = self._sheet, self._style, self._data
        for number, width in enumerate(_WIDTHS, 1):
            sheet.column_dimensions[f"{'ABCD'[number - 1]}"].width = width
        style.title(sheet["A1"], self._label("title"))
        style.note(sheet["A2"], _head(data, self._language))
        policies = [
            self._label(f"policy {side}", name=head.name, version=head.version, digest=head.digest[:_DIGEST])
            for side, head in (("current", data.current), ("new", data.new))
        ]
        style.note(sheet["A3"], " ".join(policies))
        row, descriptions = _TOP, list[str]()
        for number, company in enumerate(data.companies):
            if number:
                sheet.row_breaks.append(Break(id=row - 1))  # a page a company
            row = self._company(company, row, descriptions)
        style.section(sheet.cell(row, 1), self._label("assumptions"))
        row += 1
        wide = _NOTE_WIDTH[self._language]
        for note in notes(data, self._language):
            for line in wrap(note, wide):
                style.note(sheet.cell(row, 1), line)
                row += 1
        print_set_up(sheet, self._language, title=self._label("title"))
        return descriptions

    def _company(self, company: CompanyBacktest, row: int, descriptions: list[str]) -> int:
        """Write a company's block and return the row below it."""
        sheet, style = self._sheet, self._style
        wide = _NOTE_WIDTH[self._language]
        for text in wrap(sentence(company, self._language), wide):
            style.strong(sheet.cell(row, 1), text)
            row += 1
        row += 1
        top = row
        parts_at = self._block(company, f"{company.name} ({company.currency})", company.lines, row)
        end = self._block(company, self._label("of the orders"), company.parts, parts_at + 1)
        first = parts_at + 2
        descriptions.append(self._chart(company, top, first))
        return max(end, top + _CHART_ROWS) + 1

    def _block(self, company: CompanyBacktest, head: str, lines: Sequence[Line], row: int) -> int:
        """Write lines under their head and return the row below them."""
        from duebook_workbooks.style import Look  # noqa: PLC0415 - with openpyxl, as above

        sheet, style = self._sheet, self._style
        style.header(sheet.cell(row, 1), head, Look.TEXT)
        for number, key in enumerate((*_SIDES, "change"), 2):
            style.header(sheet.cell(row, number), self._label(key), Look.MONEY)
        looks = {
            Unit.MONEY: Look.MONEY,
            Unit.COUNT: Look.COUNT,
            Unit.DAYS: Look.DECIMAL,
            Unit.SHARE: Look.RATE,
        }
        for at, line in enumerate(lines, row + 1):
            look = looks[line.unit]
            name = sheet.cell(at, 1)
            style.value(name, self._label(line.key), Look.REMARK if line.part else Look.TEXT)
            for number, value in enumerate((line.current, line.new, line.change), 2):
                cell = sheet.cell(at, number)
                digits = minor_digits(company.currency)
                style.value(cell, None, look, digits=digits)
                if value is not None:
                    money = line.unit is Unit.MONEY
                    cell.value = from_minor(int(value), company.currency) if money else value
        return row + 1 + len(lines)

    def _chart(self, company: CompanyBacktest, top: int, first: int) -> str:
        """Draw a company's shares beside its block and return what the chart shows, in words."""
        from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor  # noqa: PLC0415

        from duebook_workbooks.backtest.chart import share_chart  # noqa: PLC0415

        current, new = (f"{100 * share:.0f}" for share in company.shares)
        title = self._label(
            "chart", company=company.name, currency=company.currency, current=current, new=new
        )
        names = [self._label(line.key) for line in company.parts]
        chart = share_chart(self._sheet, title, first, names, company.parts)
        left, right = _CHART_COLUMNS
        begin, end = AnchorMarker(left, 0, top - 1), AnchorMarker(right, 0, top - 1 + _CHART_ROWS)
        chart.anchor = TwoCellAnchor(editAs="oneCell", _from=begin, to=end)
        self._sheet.add_chart(chart)
        told = [
            ", ".join(
                f"{name} {getattr(line, side):.0%}" for name, line in zip(names, company.parts, strict=True)
            )
            for side in _SIDES
        ]
        return plain(self._label("chart alt", company=company.name, current=told[0], new=told[1]))

    def _label(self, key: str, **values: object) -> str:
        return backtest_label(key, self._language, **values)


def _joined(data: BacktestData, pick: Callable[[CompanyBacktest], pa.Table]) -> pa.Table:
    """Return the rows of all companies, with the company, its currency and the decimals of that."""
    parts = []
    for company in data.companies:
        rows = pick(company)
        count = rows.num_rows
        parts.append(
            rows.append_column("company", pa.repeat(pa.scalar(company.name), count))
            .append_column("currency", pa.repeat(pa.scalar(company.currency), count))
            .append_column("digits", pa.repeat(pa.scalar(minor_digits(company.currency), pa.int8()), count))
            .append_column("place", pa.repeat(pa.scalar(company.key), count))
        )
    return pa.concat_tables(parts)


class _Columns:
    """Makes the fields of a table of rows."""

    def __init__(self, rows: pa.Table, language: Language) -> None:
        from duebook_workbooks.sheets import Field  # noqa: PLC0415 - with openpyxl, as above
        from duebook_workbooks.style import Look  # noqa: PLC0415

        self._rows, self._language, self._field, self._look = rows, language, Field, Look

    def text(self, name: str, header: str = "", *, code: bool = False) -> Field:
        return self._field(
            header or backtest_label(name, self._language),
            self._rows[name],
            self._look.CODE if code else self._look.TEXT,
        )

    def money(self, name: str, header: str = "") -> Field:
        return self._amounts(self._rows[name], header or backtest_label(name, self._language))

    def change(self, name: str) -> Field:
        rows = self._rows
        changed = pc.subtract(rows[f"new_{name}"], rows[f"current_{name}"])
        return self._amounts(changed, self.header(name, "change"))

    def header(self, name: str, side: str) -> str:
        return backtest_label(f"{{name}}, {side}", self._language, name=backtest_label(name, self._language))

    def day(self, name: str) -> Field:
        return self._field(backtest_label(name, self._language), self._rows[name], self._look.DATE)

    def days(self, name: str, header: str) -> Field:
        return self._field(header, self._rows[name], self._look.DAYS)

    def verdict(self, name: str, header: str) -> Field:
        words = [backtest_label(f"verdict {each}", self._language) for each in self._rows[name].to_pylist()]
        return self._field(header, pa.array(words, pa.string()), self._look.REMARK)

    def key(self, *names: str) -> Field:
        key = pc.binary_join_element_wise(*(self._rows[name].cast(pa.string()) for name in names), "/")
        return self._field(backtest_label("key", self._language), key, hidden=True)

    def _amounts(self, values: pa.ChunkedArray, header: str) -> Field:
        return self._field(header, Money(values, self._rows["digits"]), self._look.MONEY)


_AMOUNTS: Final = {
    "allowed": "allowed",
    "prepaid": "prepaid",
    "stopped": "stopped",
    "lost": "loss",
    "avoided": "avoided",
}
"""The amounts of a customer under each policy, and what each is called in the head of its column."""


def _customer_fields(data: BacktestData, language: Language) -> tuple[Field, ...]:
    rows = _joined(data, lambda company: company.customers)
    change = pc.subtract(rows["new_allowed"], rows["current_allowed"])
    rows = rows.append_column("size", pc.abs(change))
    rows = rows.sort_by([("place", "ascending"), ("size", "descending"), ("customer", "ascending")])
    columns = _Columns(rows, language)
    money = [
        columns.money(f"{side}_{name}", columns.header(title, side))
        for name, title in _AMOUNTS.items()
        for side in _SIDES
    ]
    return (
        columns.text("company"),
        columns.text("code"),
        columns.text("name"),
        columns.text("currency", code=True),
        columns.money("ordered"),
        *money[:2],
        columns.change("allowed"),
        *money[2:],
        columns.key("place", "customer"),
    )


def _order_fields(data: BacktestData, language: Language) -> tuple[Field, ...]:
    columns = _Columns(_joined(data, lambda company: company.differing), language)
    sides = [
        field
        for side in _SIDES
        for field in (
            columns.verdict(f"{side}_verdict", columns.header("verdict", side)),
            columns.text(f"{side}_grade", columns.header("grade", side), code=True),
            columns.money(f"{side}_limit", columns.header("limit", side)),
            columns.money(f"{side}_exposure", columns.header("exposure", side)),
            columns.days(f"{side}_oldest", columns.header("oldest", side)),
        )
    ]
    return (
        columns.text("company"),
        columns.day("day"),
        columns.text("document"),
        columns.text("code"),
        columns.text("name"),
        columns.text("currency", code=True),
        columns.money("amount"),
        *sides,
        *(
            columns.money(name, backtest_label(title, language))
            for name, title in (("collected", "paid"), ("open", "left"), ("lost", "loss"))
        ),
        columns.key("place", "customer", "document", "day"),
    )
