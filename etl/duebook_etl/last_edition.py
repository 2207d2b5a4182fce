"""What the workbooks of the last refresh showed, made anew from the store."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import pyarrow as pa

from duebook.errors import NoAnswerError
from duebook_etl import runs
from duebook_etl.edition import Edition, Totals
from duebook_etl.profile import Measured

if TYPE_CHECKING:
    from datetime import date

    from duebook_etl.book import Book


def last_edition(book: Book) -> Edition:
    """Return what the workbooks of the last refresh show; what it could not reconcile is withheld.

    Args:
        book: The book.

    Raises:
        NoAnswerError: Nothing was read yet, or no company reconciles.
    """
    as_of, companies = book.last_day(), book.companies()
    found = runs.reconciliations(book.store)
    totals = tuple(
        Totals(company, each.report, _withheld(each, as_of))
        for company in companies
        if (each := found.get((company.source, company.company))) is not None
    )
    published = [each.company for each in totals if not each.withheld]
    run = book.last_run()
    if run is None or not published:
        raise NoAnswerError("There is nothing to show: no company reconciles. duebook status says why.")
    parts = [book.measured(as_of, company) for company in published]
    measured = Measured(
        pa.concat_tables(part.figures for part in parts), pa.concat_tables(part.items for part in parts)
    )
    finished = (run.finished or run.started).replace(tzinfo=UTC).astimezone()
    return Edition(run, totals, measured, book.policy_on(as_of), finished)


def _withheld(found: runs.Reconciliation, as_of: date) -> str:
    if not found.intact:
        return "what was read has not been reconciled since"
    if not found.report.reconciled:
        return "it does not reconcile with the general ledger"
    return "" if found.as_of == as_of else f"it was last read for {found.as_of}"
