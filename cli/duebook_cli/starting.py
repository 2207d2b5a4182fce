"""The first steps: a demo company, a configuration of one's own, and a check before the first night."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from duebook.errors import DuebookError, InputError
from duebook_cli.context import JsonOption, Lang, the_config_that_reads, the_policy
from duebook_cli.output import say, say_json, say_progress, show_table

if TYPE_CHECKING:
    from duebook_etl.config import SourceConfig

DEMO_AS_OF: Final = date(2026, 6, 30)
DEMO_FOLDER: Final = Path("demo-company")

_CONFIG: Final = """\
# The configuration of Duebook. Relative paths begin at this file. Try it with: duebook check

[store]
url = "sqlite:///duebook.db"

[[source]]
name = "{name}"
connector = "{connector}"
# A user that may only read. A password does not stand here: ${{NAME}} takes the environment variable NAME,
# keyring:NAME a secret of the system's keyring (service: duebook).
url = "{url}"
companies = ["*"]                # or their ids or names in the ERP

# Left out: the default policy.
# [policy]
# file = "policy.toml"

# What is known of customers beyond the ERP: limits granted, financial statements, credit reports.
{comment}[credit_file]
{comment}path = "credit_file.csv"

[[workbook]]
template = "portfolio"
path = "out/portfolio.xlsx"
language = "{language}"                  # en or zh

[[workbook]]
template = "worklist"
path = "out/worklist.xlsx"
language = "{language}"

[[workbook]]
template = "profile"             # a customer, chosen in a cell; its formulas need the add-in
path = "out/profile.xlsx"
language = "{language}"
host = "excel"                   # or office (Office.js), calc (LibreOffice)

[[schedule]]
job = "refresh"
cron = "30 2 * * *"              # minute hour day month weekday
timezone = "{timezone}"
"""


def init(
    context: typer.Context,
    connector: Annotated[str, typer.Option(help="Which ERP: odoo, tryton.")] = "tryton",
    lang: Annotated[Lang, typer.Option(help="The language of the workbooks.")] = Lang.EN,
) -> None:
    """Write a commented configuration to start from; nothing that exists is overwritten."""
    from duebook_connectors import connector as known

    known(connector)  # refuses an unknown one, with the nearest
    path: Path = context.obj
    url = "postgresql+psycopg://reader:${ERP_PASSWORD}@localhost:5432/erp"
    _write_new(
        path,
        _CONFIG.format(
            name="erp", connector=connector, url=url, language=lang.value, timezone="UTC", comment="# "
        ),
    )
    say(f"wrote {path}")
    say("Next: set the url of your database, then run 'duebook check', then 'duebook refresh'.")


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(
            f"{path}: it exists already.", hint="Name another: duebook --config FILE init"
        ) from None
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}.") from None


def demo(
    folder: Annotated[Path, typer.Argument(help="Where its database, store and workbooks go.")] = DEMO_FOLDER,
    lang: Annotated[Lang, typer.Option(help="The language of the workbooks.")] = Lang.EN,
    stop: Annotated[
        bool, typer.Option("--stop", help="Only stop its PostgreSQL, which goes on running else.")
    ] = False,
) -> None:
    """Load the demo company's ERP database, refresh it, and name the workbooks to open.

    A trading group whose books were kept in Tryton, in an embedded PostgreSQL without a password on a private
    socket. It stands still on 2026-06-30. Ask it anything: cd into the folder and try `duebook aging`.
    """
    import duebook_demo
    from duebook_cli.running import run_refresh, show_report
    from duebook_etl.config import load_config

    folder = folder.resolve()
    if stop:
        duebook_demo.stop(folder / "erp")
        say(f"The demo's PostgreSQL in {folder} does not run.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    say(f"The demo company lives in {folder}")
    say_progress("Starting its PostgreSQL ...")
    url = duebook_demo.start(folder / "erp")
    say_progress("Loading its books ..." if duebook_demo.load(folder / "erp") else "Its books are loaded.")
    path = folder / "duebook.toml"
    text = _CONFIG.format(
        name="demo",
        connector="tryton",
        url=url,
        language=lang.value,
        timezone="Europe/Amsterdam",
        comment="",
    )
    path.write_text(text, encoding="utf-8", newline="\n")
    told = folder / "credit_file.csv"
    if not told.exists():
        told.write_text(duebook_demo.credit_file(), encoding="utf-8", newline="\n")
    report = run_refresh(load_config(path), DEMO_AS_OF)
    show_report(report)
    if report.exit_code == 0:
        say()
        for workbook in report.workbooks:
            say(f"Open {workbook.published_as}")
        say(f"Then ask: {_command()} --config {path} aging --as-of {DEMO_AS_OF} --by industry")
    raise typer.Exit(report.exit_code)


def _command() -> str:
    """Return how this program is called from here: by its name where the shell finds it, else by its path."""
    return "duebook" if shutil.which("duebook") else sys.argv[0]


def check(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check the configuration, the policy, the credit file and every source, changing nothing.

    Of each source: that it opens read-only, is of a version its connector knows, and that every query answers
    with the columns the ledger needs.
    """
    config = the_config_that_reads(context)
    policy = the_policy(config)
    findings = [
        _Finding("configuration", str(context.obj)),
        _Finding("policy", f"{policy.name} {policy.version}"),
    ]
    if config.credit_file is not None:
        findings.append(_check_credit_file(config.credit_file.path))
    findings += [_check_source(source) for source in config.source]
    findings += [_check_workbook(workbook.path) for workbook in config.workbook]
    if as_json:
        say_json({"ok": not any(f.error for f in findings), "checks": [f.to_json() for f in findings]})
    else:
        show_table(
            "Checks",
            ["what", "finding", ""],
            ([f.what, f.finding, "failed" if f.error else "ok"] for f in findings),
            left=3,
        )
    for finding in findings:
        if finding.error:
            raise finding.error


@dataclass(frozen=True)
class _Finding:
    """What was checked and what was found."""

    what: str
    finding: str
    error: DuebookError | None = None

    def to_json(self) -> dict[str, object]:
        return {"what": self.what, "finding": self.finding, "ok": self.error is None}


def _check_credit_file(path: Path) -> _Finding:
    from duebook_etl.credit_file import read_credit_file

    what = f"credit file {path.name}"
    try:
        return _Finding(what, f"{len(read_credit_file(path))} rows")
    except DuebookError as error:
        return _Finding(what, error.message, error)


def _check_source(source: SourceConfig) -> _Finding:
    from duebook_connectors.base import QUERIES
    from duebook_etl.extract import open_source

    what = f"source {source.name}"
    try:
        with open_source(source.opened()) as reader:
            for query in QUERIES:
                next(reader.read(query, chunk_rows=1), None)
            companies = f"{len(reader.companies)} companies"
            return _Finding(what, f"{reader.connector.title}, version {reader.version}, {companies}")
    except DuebookError as error:
        return _Finding(what, error.message, error)


def _check_workbook(path: Path) -> _Finding:
    from duebook_etl.publish import folder_problem

    problem = folder_problem(path)
    what = f"workbook {path.name}"
    if problem is None:
        return _Finding(what, str(path))
    return _Finding(what, problem, InputError(f"{path}: {problem}"))
