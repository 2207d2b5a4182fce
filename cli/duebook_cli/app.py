"""The tree of commands. Each imports what it needs when it runs, so that help and completion are quick."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from duebook_cli import asking, calling, running, starting
from duebook_cli.context import CONFIG_FILE, ConfigOption
from duebook_cli.output import say

_EPILOG = (
    "Exit codes: 0 done; 1 a question had no answer; 2 wrong use or configuration; 3 a source could not be "
    "read; 4 read but not reconciled, nothing of that company published; 5 published in part (a file was in "
    "use)."
)

app = typer.Typer(
    help="Trade credit under control: credit workbooks refreshed from the ERP, and what is open, asked.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


def _show_version(*, value: bool) -> None:
    if value:
        say(f"duebook {version('duebook')}")
        raise typer.Exit


@app.callback()
def duebook(
    context: typer.Context,
    config: ConfigOption = CONFIG_FILE,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave."),
    ] = False,
) -> None:
    """Trade credit under control in the spreadsheet."""
    context.obj = config


_START, _NIGHT, _ASK, _FORMULAS = "Start", "The night", "Questions to what was read", "Worksheet functions"

app.command(rich_help_panel=_START)(starting.demo)
app.command(rich_help_panel=_START)(starting.init)
app.command(rich_help_panel=_START)(starting.check)
app.command(rich_help_panel=_NIGHT)(running.refresh)
app.command(rich_help_panel=_NIGHT)(running.schedule)
app.command(rich_help_panel=_NIGHT)(running.status)
app.add_typer(running.quarantine, name="quarantine", rich_help_panel=_NIGHT)
app.command(rich_help_panel=_ASK)(asking.aging)
app.command(rich_help_panel=_ASK)(asking.items)
app.command(rich_help_panel=_ASK)(asking.profile)
app.command(rich_help_panel=_FORMULAS)(calling.call)
app.command(rich_help_panel=_FORMULAS)(calling.functions)
