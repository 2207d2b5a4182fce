"""The portfolio workbook: status and control totals, aging, customers and open items of the companies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from duebook_workbooks.labels import Language, label
from duebook_workbooks.package import fill
from duebook_workbooks.tables import Money

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    import pyarrow as pa

    from duebook.policy import Policy


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
            company, customer, code, name, country, industry, terms``; days ``average_terms,
            average_days_late, dso, oldest_overdue_days``; money in the company's currency ``open, overdue``;
            points ``pay_index``.
        aging: One row a company and customer with anything open. Text ``source, company, customer``; money in
            the company's currency, one column for each of ``duebook.aging.labels(policy.aging.edges)`` and
            ``total``.
        items: One row an open item. Text ``source, company, item, customer, kind, document, reference,
            currency`` (the document's); date32 ``document_date, posting_date, due_date``; money in the
            document's currency ``amount_document, open_document``; in the company's currency ``open``.
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
    from duebook_workbooks.sheets import CHECKED  # noqa: PLC0415
    from duebook_workbooks.status import TABLE, StatusSheet  # noqa: PLC0415
    from duebook_workbooks.style import Look, Style  # noqa: PLC0415
    from duebook_workbooks.template import all_showing, finished  # noqa: PLC0415

    contents = Contents(data, language)
    style = Style(language)
    workbook = Workbook()
    workbook.remove(workbook.active)
    status = StatusSheet(workbook, style, data, language)
    sheets = (contents.aging, contents.customers, contents.items)
    for sheet in sheets:
        sheet.lay_out(workbook.create_sheet(sheet.name), style, language)
    descriptions = status.lay_out(contents)
    workbook.properties.title = f"{label('title', language)} {data.as_of.isoformat()}"
    workbook.properties.creator = "Duebook"
    money = {digits: style.number(workbook.active, Look.MONEY, digits=digits) for digits in range(5)}
    template = finished(workbook, made=data.finished, results=all_showing(CHECKED), descriptions=descriptions)
    fields = {TABLE: contents.status} | {sheet.table: sheet.fields for sheet in sheets}
    fill(
        template,
        path,
        {
            table: {
                field.header: replace(field.values, styles=money)
                if isinstance(field.values, Money)
                else field.values
                for field in of_table
            }
            for table, of_table in fields.items()
        },
    )
