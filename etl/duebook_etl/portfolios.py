"""What the portfolio workbook of a run shows, from the book and the run's figures."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from duebook.measures import aging
from duebook_etl.profile import CUSTOMER_KEY
from duebook_workbooks.portfolio import CompanyStatus, PortfolioData, SourceStatus
from duebook_workbooks.portfolio import QuarantineCount as ReasonCount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook_etl.answers import QuarantineCount
    from duebook_etl.book import Book
    from duebook_etl.publish import Edition, Totals


def portfolio_data(book: Book, edition: Edition) -> PortfolioData:
    """Return what the portfolio workbook of a run shows.

    Args:
        book: The book.
        edition: What the workbooks of the run show.
    """
    run, measured = edition.run, edition.measured
    quarantine = book.quarantine_counts()
    described = book.customer_table([each.company for each in edition.totals])
    customers = measured.figures.join(described, list(CUSTOMER_KEY), join_type="inner")
    opened = measured.items.filter(pc.field("open") != 0)
    return PortfolioData(
        run=run.run,
        finished=edition.finished,
        as_of=run.as_of,
        version=version("duebook"),
        policy=edition.policy,
        sources=tuple(
            SourceStatus(source.name, source.connector, source.read, source.quarantined, source.message or "")
            for source in run.sources
        ),
        companies=tuple(_status(each, quarantine) for each in edition.totals),
        quarantine=_counted(quarantine),
        customers=customers,
        aging=aging(opened, as_of=run.as_of, by=CUSTOMER_KEY, edges=edition.policy.aging.edges),
        items=measured.items,
    )


def _status(totals: Totals, quarantine: Sequence[QuarantineCount]) -> CompanyStatus:
    company, report = totals.company, totals.report
    # The ERP's own balances are today's: for an earlier day they are no figure of that day, though they
    # agreed.
    of_the_day = report.remaining == report.open or not report.reconciled
    place = (company.source, company.company)
    return CompanyStatus(
        *place,
        name=company.name,
        currency=company.currency,
        buckets=report.buckets,
        open_items=report.open,
        control_account=report.control_account,
        remaining=report.remaining if of_the_day else None,
        quarantined=sum(count.rows for count in quarantine if (count.source, count.company) == place),
        withheld=totals.withheld,
    )


def _counted(counts: Sequence[QuarantineCount]) -> tuple[ReasonCount, ...]:
    reasons: Counter[tuple[str, str, str]] = Counter()
    for count in counts:
        reasons[count.source, count.query, count.reason] += count.rows
    return tuple(ReasonCount(*key, rows=rows) for key, rows in sorted(reasons.items()))
