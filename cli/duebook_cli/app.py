"""The tree of commands. Each imports what it needs when it runs, so that help and completion are quick."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from duebook_cli import (
    addins,
    asking,
    backtesting,
    calling,
    modelling,
    newworkbook,
    policies,
    running,
    serving,
    starting,
    tracing,
    workbooks,
)
from duebook_cli.context import CONFIG_FILE, ConfigOption
from duebook_cli.output import say

_EPILOG = (
    "Exit codes: 0 done; 1 a question had no answer; 2 wrong use or configuration; 3 a source could not be "
    "read; 4 read but not reconciled, nothing of that company published; 5 published in part (a file was in "
    "use)."
)


class _Shelves(TyperGroup):
    """A group whose help shows its commands by subject, in plain text: rich alone takes longer to import."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - typer keeps their types private
        """Write the commands of each subject under its name."""
        shelves: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            shelf = getattr(command, "rich_help_panel", None) or "Commands"
            shelves.setdefault(shelf, []).append((name, command.get_short_help_str(150) if command else ""))
        for shelf, rows in shelves.items():
            with formatter.section(shelf):
                formatter.write_dl(rows)


app = typer.Typer(
    cls=_Shelves,
    help="Trade credit under control: credit workbooks refreshed from the ERP, and what is open, asked.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _show_version(*, value: bool) -> None:
    if value:
        from importlib.metadata import version

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
policies.policy.command()(backtesting.backtest)
app.add_typer(policies.policy, name="policy", rich_help_panel=_NIGHT)
app.add_typer(running.quarantine, name="quarantine", rich_help_panel=_NIGHT)
app.command(rich_help_panel=_ASK)(asking.aging)
app.command(rich_help_panel=_ASK)(asking.items)
app.command(rich_help_panel=_ASK)(asking.profile)
app.command(rich_help_panel=_ASK)(tracing.trace)
app.command(rich_help_panel=_ASK)(tracing.history)
app.add_typer(modelling.model, name="model", rich_help_panel=_ASK)
workbook = typer.Typer(
    help="Workbooks: new standard ones, any one's tables filled without losing anything, two compared.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
workbook.command("new")(newworkbook.new)
workbook.command("fill")(workbooks.fill)
workbook.command("diff")(workbooks.diff)
app.add_typer(workbook, name="workbook", rich_help_panel=_FORMULAS)
app.command(rich_help_panel=_FORMULAS)(calling.call)
app.command(rich_help_panel=_FORMULAS)(calling.functions)
app.command(rich_help_panel=_FORMULAS)(serving.serve)
app.add_typer(addins.addin, name="addin", rich_help_panel=_FORMULAS)
