"""The collections worklist: what to do this morning, customer by customer, with room for what was done.

Its rows stand in Excel tables, and what changes beside them in cells with names, so that a refresh brings the
copy that people work in up to date: their own columns stay with their customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from duebook_workbooks.package import fill

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from pathlib import Path

    import pyarrow as pa

    from duebook.policy import Policy
    from duebook_workbooks.labels import Language
    from duebook_workbooks.managed import ManagedTable
    from duebook_workbooks.portfolio import CompanyStatus
    from duebook_workbooks.style import Value


@dataclass(frozen=True, kw_only=True)
class WorklistData:
    """Everything the worklist shows.

    The tables may hold their rows in any order, and further columns; text may be string or large_string.
    Money is int64 minor units of the company's currency, debit positive. A null is shown as an empty cell.

    Attributes:
        run: The number of the run.
        finished: When the run finished.
        as_of: The day at whose end everything is measured.
        policy: The policy in force.
        companies: Every company in the order to show them, the withheld ones too.
        customers: One row a customer to work on, of companies that are not withheld. Text ``source, company,
            customer, code, name``; what to do, as :func:`duebook.worklist.task` says: text ``stage`` and, in
            both languages, ``stage_en, stage_zh, todo_en, todo_zh, then_en, then_zh``, date32 ``due,
            then_on``, int64 ``rank``; money ``open, overdue, soon_due, promised, disputed, headroom``; date32
            ``promised_for, disputed_since, last_payment``; int64 ``oldest_overdue_days``; the share
            ``default_probability``, 0 to 1; ``alert``: red, amber or green, and ``reasons_en, reasons_zh``.
        items: Their open items that are overdue or soon due, each with a due date. Text ``source, company,
            item, customer, kind, document, reference, currency`` (the document's) and ``stage_en, stage_zh``;
            date32 ``document_date, due_date``; money in the document's currency ``open_document``; in the
            company's currency ``open``. Those of customers that are not among ``customers`` are not shown.
    """

    run: int
    finished: datetime
    as_of: date
    policy: Policy
    companies: tuple[CompanyStatus, ...]
    customers: pa.Table
    items: pa.Table


def managed(data: WorklistData, language: Language) -> tuple[ManagedTable, ...]:
    """Return the rows of every table of the workbook, as :func:`write_worklist` writes them.

    The columns that people write in are not among them.

    Args:
        data: What it shows.
        language: Of its labels, which are the headers.

    Raises:
        InputError: As :func:`write_worklist`.
    """
    from duebook_workbooks.worklist.contents import Contents  # noqa: PLC0415 - with openpyxl, as below

    return tuple(table.managed for table in Contents(data, language).tables)


def named(data: WorklistData, language: Language) -> Mapping[str, Value]:
    """Return by their names what the single cells hold that change from day to day.

    Args:
        data: What the workbook shows.
        language: Of its labels.

    Raises:
        InputError: As :func:`write_worklist`.
    """
    from duebook_workbooks.worklist.contents import Contents  # noqa: PLC0415 - with openpyxl, as below

    return Contents(data, language).named


def write_worklist(path: Path, data: WorklistData, *, language: Language = "en") -> None:
    """Write the worklist. The file appears whole, or not at all.

    The same data give the same bytes. A file that is there is replaced.

    Args:
        path: Where; its folder must exist.
        data: What it shows.
        language: English or Chinese labels; names and documents stay as the ERP has them.

    Raises:
        InputError: A table lacks a column, or has rows of a company that is withheld or not in ``companies``.
        OutOfRangeError: More rows than an Excel sheet holds; the message names the table.
    """
    # openpyxl takes longer to import than a command may take to show its help.
    from openpyxl import Workbook  # noqa: PLC0415

    from duebook_workbooks.style import Look, Style  # noqa: PLC0415
    from duebook_workbooks.template import finished, showing  # noqa: PLC0415
    from duebook_workbooks.worklist.contents import Contents  # noqa: PLC0415
    from duebook_workbooks.worklist.labels import worklist_label  # noqa: PLC0415
    from duebook_workbooks.worklist.layout import Layout  # noqa: PLC0415

    contents, style, workbook = Contents(data, language), Style(language), Workbook()
    workbook.remove(workbook.active)
    today, worklist, items, chart_data = (
        workbook.create_sheet(worklist_label(name, language))
        for name in ("today", "worklist", "items", "chart data")
    )
    layout = Layout(style, contents, language)
    layout.worklist(worklist)
    contents.items.lay_out(items, style, language)
    descriptions = layout.today(today, layout.chart_data(chart_data))
    workbook.properties.title = worklist_label("title", language)
    workbook.properties.creator = "Duebook"
    money = {digits: style.number(today, Look.MONEY, digits=digits) for digits in range(5)}
    template = finished(workbook, made=data.finished, results=showing({}), descriptions=descriptions)
    sheets = (contents.worklist, contents.items)
    fill(template, path, {sheet.table.name: sheet.table.columns(money) for sheet in sheets})
