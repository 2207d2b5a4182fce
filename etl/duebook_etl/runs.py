"""The record of runs: what each one read, whether it added up, and what it published."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from duebook_etl import schema
from duebook_etl.alone import is_being_refreshed
from duebook_etl.answers import (
    FAILED,
    INTERRUPTED,
    OK,
    RUNNING,
    CompanyReport,
    Difference,
    RunReport,
    SourceReport,
    WorkbookReport,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from sqlalchemy import Connection, Row, Table

    from duebook_etl.store import Store

KILLED: Final = "The process ended before the run did."


def last_read(store: Store) -> int | None:
    """Return the number of the latest run that read a source; None before the first."""
    table = schema.run_sources
    with store.engine.connect() as connection:
        number: int | None = connection.scalar(select(func.max(table.c.run)).where(table.c.status == OK))
    return number


def last_load(store: Store) -> int | None:
    """Return the latest run that may have loaded anything, a killed one too; None before the first."""
    table = schema.run_sources
    with store.engine.connect() as connection:
        number: int | None = connection.scalar(select(func.max(table.c.run)).where(table.c.status != FAILED))
    return number


def report(store: Store, run: int) -> RunReport:
    """Return what is recorded of a run, or that it was killed."""
    return _told(store, [run])[0]


def latest(store: Store, limit: int) -> tuple[RunReport, ...]:
    """Return what is recorded of the latest runs, the newest first, or that they were killed."""
    table = schema.runs
    with store.engine.connect() as connection:
        numbers = connection.scalars(select(table.c.run).order_by(table.c.run.desc()).limit(limit)).all()
    return _told(store, numbers)


def _told(store: Store, numbers: Sequence[int]) -> tuple[RunReport, ...]:
    with store.engine.connect() as connection:
        reports = _reports(connection, numbers)
    if not any(each.status == RUNNING for each in reports) or is_being_refreshed(store):
        return reports
    with store.engine.connect() as connection:  # again, as a run may have ended by itself before we looked
        return tuple(_killed(each) for each in _reports(connection, numbers))


def _killed(report: RunReport) -> RunReport:
    """Return a report whose run does not run any more, whatever its record says."""
    if report.status != RUNNING:
        return report
    sources = tuple(
        replace(each, status=INTERRUPTED, message=KILLED) if each.status == RUNNING else each
        for each in report.sources
    )
    return replace(report, status=INTERRUPTED, message=KILLED, sources=sources)


@dataclass(frozen=True)
class Reconciliation:
    """The latest reconciliation of a company.

    Attributes:
        report: What it found.
        as_of: The day it was made for.
        intact: Whether what was reconciled is still what the store holds: a run that was killed may have
            loaded the source anew without reconciling it.
        read_on: The day, in UTC, on which the source was last read: what it holds is complete up to then.
    """

    report: CompanyReport
    as_of: date
    intact: bool
    read_on: date


def reconciliations(store: Store) -> dict[tuple[str, str], Reconciliation]:
    """Return the latest reconciliation of every company, by source and company."""
    sources, companies = schema.run_sources, schema.run_companies
    with store.engine.connect() as connection:
        loaded = select(sources.c.source, func.max(sources.c.run).label("run"))
        loaded = loaded.where(sources.c.status != FAILED).group_by(sources.c.source)
        latest = {row.source: row.run for row in connection.execute(loaded)}
        started = select(schema.runs.c.run, schema.runs.c.started).where(
            schema.runs.c.run.in_(latest.values())
        )
        read_on = {row.run: row.started.date() for row in connection.execute(started)}
        last = select(func.max(companies.c.run)).group_by(companies.c.source, companies.c.company)
        reports = _reports(connection, connection.scalars(last.distinct()).all())
    found: dict[tuple[str, str], Reconciliation] = {}
    for run in sorted(reports, key=lambda run: run.run):
        for report in run.companies:
            loaded_by = latest.get(report.source, 0)
            found[report.source, report.company] = Reconciliation(
                report, run.as_of, loaded_by <= run.run, read_on.get(loaded_by, date.min)
            )
    return found


def _reports(connection: Connection, numbers: Iterable[int]) -> tuple[RunReport, ...]:
    numbers = list(numbers)

    def rows(table: Table) -> dict[int, list[Row[Any]]]:
        found: dict[int, list[Row[Any]]] = {number: [] for number in numbers}
        for row in connection.execute(select(table).where(table.c.run.in_(numbers))):
            found[row.run].append(row)
        return found

    sources, companies, workbooks = (
        rows(schema.run_sources),
        rows(schema.run_companies),
        rows(schema.run_workbooks),
    )
    differences = rows(schema.differences)
    runs = {number: found[0] for number, found in rows(schema.runs).items()}
    return tuple(
        RunReport(
            run=number,
            status=runs[number].status,
            trigger=runs[number].trigger,
            as_of=runs[number].as_of,
            started=runs[number].started,
            finished=runs[number].finished,
            policy=runs[number].policy,
            policy_digest=runs[number].policy_digest,
            message=runs[number].message,
            sources=tuple(
                SourceReport(r.source, r.connector, r.read, r.quarantined, r.seconds, r.status, r.message)
                for r in sources[number]
            ),
            companies=tuple(_company(r, differences[number]) for r in companies[number]),
            workbooks=tuple(
                WorkbookReport(r.path, r.status, r.published_as, r.digest, r.message)
                for r in workbooks[number]
            ),
        )
        for number in numbers
    )


def _company(row: Row[Any], differences: Iterable[Row[Any]]) -> CompanyReport:
    own = tuple(
        Difference(d.check, d.item, d.document, d.customer, d.posting_date, d.expected, d.found)
        for d in differences
        if (d.source, d.company) == (row.source, row.company)
    )
    return CompanyReport(
        source=row.source,
        company=row.company,
        currency=row.currency,
        buckets=row.buckets,
        open=row.open,
        control_account=row.control_account,
        remaining=row.remaining,
        reconciled=row.reconciled,
        differences=own,
    )
