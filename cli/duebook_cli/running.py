"""The night: a refresh, its schedule, what came of it, and the rows that were set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from duebook_cli.context import (
    AsOfOption,
    JsonOption,
    Lang,
    parsed_date,
    the_book,
    the_config_that_reads,
    the_policy,
    the_store,
    today,
)
from duebook_cli.output import money, say, say_json, say_progress, say_warning, show_table

if TYPE_CHECKING:
    from datetime import date

    from duebook_etl.answers import CompanyReport, RunReport
    from duebook_etl.config import Config

_DIFFERENCES_SHOWN: Final = 20
SourceOption = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Only this source; may be repeated.")
]
LIVE: Final = (
    "On Windows: fill workbooks that Excel has open there, unsaved, instead of publishing beside them."
)
EN_OR_ZH: Final = "The language of every workbook of this run, whatever the configuration says."


def refresh(
    context: typer.Context,
    source: SourceOption = None,
    as_of: AsOfOption = None,
    lang: Annotated[Lang | None, typer.Option(help=EN_OR_ZH)] = None,
    live: Annotated[bool, typer.Option("--live", help=LIVE)] = False,
    as_json: JsonOption = False,
) -> None:
    """Read the ERPs, reconcile with the general ledger, and publish the workbooks.

    A company that does not reconcile to the cent is not published; the items behind the difference are named.
    Killed at any point, it leaves the store and the workbooks as they were. Without --as-of, as of today.
    """
    config = the_config_that_reads(context)
    if live:
        refuse_no_excel()
    report = run_refresh(config, parsed_date(as_of) or today(), sources=source, language=lang, live=live)
    if as_json:
        say_json(report.to_json())
    else:
        show_report(report)
    raise typer.Exit(report.exit_code)


def refuse_no_excel() -> None:
    """Refuse to look for an open Excel where there can be none.

    Raises:
        InputError: This is no Windows, or xlwings is not installed.
    """
    from duebook_workbooks.live import open_books

    next(iter(open_books()), None)


def run_refresh(
    config: Config,
    as_of: date,
    *,
    sources: list[str] | None = None,
    language: Lang | None = None,
    live: bool = False,
) -> RunReport:
    """Run one refresh, showing its progress on standard error."""
    from duebook_cli.newworkbook import answers
    from duebook_cli.progress import progress
    from duebook_etl.refresh import refresh as run

    policy = the_policy(config)
    with the_store(config, create=True) as store, progress() as shown:
        return run(
            config,
            store,
            policy,
            as_of=as_of,
            sources=sources,
            language=None if language is None else language.value,
            progress=shown,
            answers=answers,
            live=live,
        )


def show_report(report: RunReport) -> None:
    """Print the closing table of a run: read, quarantined, reconciled, published, seconds."""
    from duebook_etl.answers import FILLED

    seconds = (report.finished - report.started).total_seconds() if report.finished else None
    show_table(
        f"Run {report.run}, as of {report.as_of}: {report.status}",
        ["source", "", "read", "quarantined", "reconciled", "seconds"],
        (
            [
                *(source.name, source.status, f"{source.read:,}", f"{source.quarantined:,}"),
                *(_reconciled(report, source.name), f"{source.seconds:.1f}"),
            ]
            for source in report.sources
        ),
        total=[
            *("all", report.status),
            f"{sum(source.read for source in report.sources):,}",
            f"{sum(source.quarantined for source in report.sources):,}",
            _reconciled(report),
            "" if seconds is None else f"{seconds:.1f}",
        ],
    )
    if report.companies:
        show_table(
            "Open items against the general ledger",
            ["company", "", "open items", "control account", "difference"],
            (
                [
                    *(f"{each.source}/{each.company}", each.currency),
                    *(money(amount, each.currency) for amount in (each.open, each.control_account)),
                    money(each.open - each.control_account, each.currency),
                ]
                for each in report.companies
            ),
        )
    for each in report.companies:
        _show_differences(each)
    for source in report.sources:
        if source.message:
            say_warning(f"{source.name}: {source.message}")
    if report.message:
        say_warning(report.message)
    for workbook in report.workbooks:
        say(f"{workbook.status}: {workbook.published_as or workbook.path}")
        if workbook.message:
            (say if workbook.status == FILLED else say_warning)(workbook.message)


def _reconciled(report: RunReport, source: str | None = None) -> str:
    companies = [each for each in report.companies if source in (None, each.source)]
    return f"{sum(each.reconciled for each in companies)} of {len(companies)} companies"


def _show_differences(company: CompanyReport) -> None:
    if company.reconciled:
        return
    unit = company.currency
    shown = company.differences[:_DIFFERENCES_SHOWN]
    show_table(
        f"{company.source}/{company.company} does not reconcile: nothing of it is published",
        ["check", "document", "customer", "posted", "expected", "found"],
        (
            [
                *(each.check, each.document, each.customer, each.posting_date),
                *(money(each.expected, unit), money(each.found, unit)),
            ]
            for each in shown
        ),
        left=4,
    )
    if len(company.differences) > len(shown):
        say(f"... and {len(company.differences) - len(shown)} more: duebook status --json")


def schedule(context: typer.Context) -> None:
    """Run the jobs of the configuration at their times, until told to stop.

    A job that is still running is not started again; one that was missed runs once. SIGTERM or Ctrl-C stop it
    cleanly. Every run is listed by `duebook status`.
    """
    from duebook_cli.newworkbook import answers
    from duebook_etl.schedule import run_schedule

    config = the_config_that_reads(context)
    run_schedule(config, the_policy(config), announce=say_progress, answers=answers)


def status(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many runs, the newest first.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """The latest runs: when, how they ended, what was read, reconciled and published."""
    with the_book(context) as book:
        runs = book.status(limit)
    if as_json:
        say_json({"runs": [run.to_json() for run in runs]})
        return
    show_table(
        "Runs",
        ["run", "started (UTC)", "by", "as of", "status", "read", "quarantined", "reconciled"],
        (
            [
                *(run.run, f"{run.started:%Y-%m-%d %H:%M:%S}", run.trigger, run.as_of, run.status),
                *(f"{sum(source.read for source in run.sources):,}", sum(s.quarantined for s in run.sources)),
                _reconciled(run),
            ]
            for run in runs
        ),
        left=5,
    )


quarantine = typer.Typer(
    help="The rows that were set aside in the latest refresh, with the reason.", no_args_is_help=True
)


@quarantine.callback()
def _quarantine() -> None:
    """The rows that were set aside in the latest refresh, with the reason."""


@quarantine.command("list")
def quarantine_list(
    context: typer.Context,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="Only those of this source.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the rows that were set aside: where they came from, why, and how they were read."""
    with the_book(context) as book:
        rows = book.quarantine(source)
    if as_json:
        say_json({"rows": [row.to_json() for row in rows]})
        return
    show_table(
        f"{len(rows):,} rows set aside",
        ["source", "query", "company", "key", "reason"],
        ([row.source, row.query, row.company, row.key, row.reason] for row in rows),
        left=5,
    )
