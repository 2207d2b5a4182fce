"""The portfolio workbook: status, dashboard, risks, aging, customers, watch list, open items, policy.

What changes from night to night stands in Excel tables, or in single cells that bear a name, so that a copy
in which people work can be brought up to date.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from duebook_workbooks.labels import Language, label
from duebook_workbooks.package import fill

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from pathlib import Path

    import pyarrow as pa

    from duebook.policy import Policy
    from duebook_workbooks.managed import ManagedTable
    from duebook_workbooks.style import Value


@dataclass(frozen=True)
class SourceStatus:
    """What was read from one source.

    Attributes:
        source: The source's name in the configuration.
        connector: The connector it was read with.
        read: Rows read.
        quarantined: Rows set aside among them.
        message: Why it could not be read; empty when it could.
    """

    source: str
    connector: str
    read: int
    quarantined: int
    message: str = ""


@dataclass(frozen=True)
class CompanyStatus:
    """One company's control totals, in minor units of its currency, debit positive.

    Attributes:
        source: The source it was read from.
        company: Its id in the ERP.
        name: Its name.
        currency: The currency of its books, an ISO 4217 code.
        buckets: The sum of all aging buckets.
        open_items: The sum of all open items.
        control_account: The balance of the receivable control accounts in the general ledger.
        remaining: The sum of the ERP's own balances of the items; None where it has none for that day.
        quarantined: Rows of this company set aside.
        withheld: Why nothing of this company is published; empty when it is. A company with a reason stands
            on the status sheet only and must not appear in ``customers``, ``aging`` or ``items``.
    """

    source: str
    company: str
    name: str
    currency: str
    buckets: int
    open_items: int
    control_account: int
    remaining: int | None
    quarantined: int
    withheld: str = ""

    @property
    def reconciled(self) -> bool:
        """Whether all its figures are the same to the cent."""
        return self.buckets == self.open_items == self.control_account and self.remaining in {
            None,
            self.open_items,
        }


@dataclass(frozen=True)
class QuarantineCount:
    """How many rows were set aside for one reason.

    Attributes:
        source: The source they came from.
        query: The connector's query they came from: ``items``, ``allocations``, ...
        reason: Why they were set aside.
        rows: How many.
    """

    source: str
    query: str
    reason: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class PortfolioData:
    """Everything the portfolio workbook shows.

    The tables may hold their rows in any order, and further columns; text may be string or large_string.
    Money is int64 minor units, debit positive. A null is shown as an empty cell. ``customer`` is the empty
    text where an item names none; such items are shown under "no customer" and need no row in ``customers``.

    Attributes:
        run: The number of the run.
        finished: When the run finished, in the time zone the reader should see.
        as_of: The day at whose end everything is measured.
        version: The version of Duebook.
        policy: The policy in force.
        sources: What was read, one a source.
        companies: Every company with its control totals, in the order to show them, the withheld ones too.
        quarantine: What was set aside, by source, query and reason; empty when nothing was.
        customers: One row a customer to list, every one with anything open among them. Text ``source,
            company, customer, code, name, country, industry, terms, grade, dunning_stage``; ``alert``: red,
            amber or green, and ``reasons_en, reasons_zh``: its reasons in words; days ``average_terms,
            average_days_late, dso, oldest_overdue_days``; money in the company's currency ``open, overdue,
            exposure, credit_limit, headroom, provision``; points ``pay_index, score``; the share
            ``default_probability``, 0 to 1; ``over_limit``, true or false; date32 ``review_due``.
        aging: One row a company and customer with anything open. Text ``source, company, customer``; money in
            the company's currency, one column for each of ``duebook.aging.labels(policy.aging.edges)`` and
            ``total``.
        items: One row an open item. Text ``source, company, item, customer, kind, document, reference,
            currency`` (the document's); date32 ``document_date, posting_date, due_date``; money in the
            document's currency ``amount_document, open_document``; in the company's currency ``open``.
        measures: At most one row a company. Text ``source, company``; days ``dso, best_dso`` on the day;
            ``cei`` of the last full month, in per cent.
        trend: One row a company and month, the same months for each. Text ``source, company``; date32
            ``month``, its last day; days ``dso``; ``overdue_share`` of what is open, 0 to 1.
    """

    run: int
    finished: datetime
    as_of: date
    version: str
    policy: Policy
    sources: tuple[SourceStatus, ...]
    companies: tuple[CompanyStatus, ...]
    quarantine: tuple[QuarantineCount, ...]
    customers: pa.Table
    aging: pa.Table
    items: pa.Table
    measures: pa.Table
    trend: pa.Table


def managed(data: PortfolioData, language: Language) -> tuple[ManagedTable, ...]:
    """Return the rows of every table of the workbook, as :func:`write_portfolio` writes them.

    Columns that the workbook calculates itself are not among them.

    Args:
        data: What it shows.
        language: Of its labels, which are the headers.

    Raises:
        InputError: As :func:`write_portfolio`.
        NotReconciledError: As :func:`write_portfolio`.
    """
    from duebook_workbooks.contents import Contents  # noqa: PLC0415 - with openpyxl, as below

    return tuple(table.managed for table in Contents(data, language).tables)


def named(data: PortfolioData, language: Language) -> Mapping[str, Value]:
    """Return by their names what the single cells hold that change from day to day.

    Args:
        data: What the workbook shows.
        language: Of its labels.

    Raises:
        InputError: As :func:`write_portfolio`.
        NotReconciledError: As :func:`write_portfolio`.
    """
    from duebook_workbooks.contents import Contents  # noqa: PLC0415 - with openpyxl, as below

    return Contents(data, language).named


def write_portfolio(path: Path, data: PortfolioData, *, language: Language = "en") -> None:
    """Write the portfolio workbook. The file appears whole, or not at all.

    The same data give the same bytes. A file that is there is replaced.

    Args:
        path: Where; its folder must exist.
        data: What it shows.
        language: English or Chinese labels; names and documents stay as the ERP has them.

    Raises:
        InputError: A table lacks a column, or has rows of a company that is withheld or not in ``companies``.
        NotReconciledError: A table does not add up to a published company's control totals.
        OutOfRangeError: More rows than an Excel sheet holds; the message names the table.
    """
    # openpyxl takes longer to import than a command may take to show its help.
    from openpyxl import Workbook  # noqa: PLC0415

    from duebook_workbooks.contents import Contents  # noqa: PLC0415
    from duebook_workbooks.dashboard import Dashboard  # noqa: PLC0415
    from duebook_workbooks.status import calculated, lay_out_status  # noqa: PLC0415
    from duebook_workbooks.style import Look, Style  # noqa: PLC0415
    from duebook_workbooks.template import finished, showing  # noqa: PLC0415
    from duebook_workbooks.watchlist import shade_alerts  # noqa: PLC0415

    contents = Contents(data, language)
    style = Style(language)
    workbook = Workbook()
    workbook.remove(workbook.active)
    status, dashboard, risks = (
        workbook.create_sheet(label(name, language)) for name in ("status", "dashboard", "risks")
    )
    for sheet in contents.sheets:
        sheet.lay_out(workbook.create_sheet(sheet.name), style, language)
    shade_alerts(workbook[contents.watched.name], contents.watched.table, language)
    sources, chart_data = (workbook.create_sheet(label(name, language)) for name in ("sources", "chart data"))
    summing = Dashboard(style, contents, language)
    lay_out_status(status, style, contents, language)
    summing.risks(risks)
    summing.sources(sources)
    descriptions = summing.dashboard(dashboard, summing.chart_data(chart_data))
    workbook.properties.title = label("title", language)
    workbook.properties.creator = "Duebook"
    money = {digits: style.number(status, Look.MONEY, digits=digits) for digits in range(5)}
    template = finished(
        workbook,
        made=data.finished,
        results=showing(calculated(status, contents.status)),
        descriptions=descriptions,
    )
    fill(template, path, {sheet.table.name: sheet.table.columns(money) for sheet in contents.sheets})
