"""The credit policy: is it right, what does it say, what differs, and which one was in force."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from duebook.errors import InputError
from duebook_cli.context import CONFIG_FILE, JsonOption, Lang, policy_of, the_config, the_policy, the_store
from duebook_cli.output import say, say_json, show_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from duebook.policy import Policy
    from duebook.policy.changes import Plain

policy = typer.Typer(
    help="The credit policy: check a file, show what it says, compare two, try two on the ledger.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NAME: Final = (
    "A policy's file, 'current' (the configured one), 'default', or the name or digest of one that runs used."
)


def named_policy(asked: str, *, current: Callable[[], Policy], kept: Callable[[str], Policy]) -> Policy:
    """Return the policy that a command line names.

    Args:
        asked: A file, ``current``, ``default``, or the name or the beginning of the digest of a kept one.
        current: Returns the configured one.
        kept: Returns one that runs used.

    Raises:
        InputError: There is none.
    """
    from duebook.policy import default_policy

    if asked in {"current", "default"}:
        return current() if asked == "current" else default_policy()
    file = Path(asked)
    looks_like_one = file.suffix.casefold() == ".toml" or len(file.parts) != 1
    if looks_like_one or file.is_file():
        return policy_of(file, hint="Give a policy's file, 'current', 'default', or the name of a kept one.")
    return kept(asked)


def _named(context: typer.Context, asked: str) -> Policy:
    return named_policy(asked, current=partial(_in_force, context), kept=partial(_kept, context))


def _kept(context: typer.Context, asked: str) -> Policy:
    from duebook_etl.backtest.running import kept_policy

    if _alone(context):
        raise InputError(
            f"policy: {asked!r} is no file.",
            hint=f"Give a file, 'current' or 'default'; without {CONFIG_FILE} there is no store with others.",
        )
    with the_store(the_config(context), create=False) as store:
        return kept_policy(store, asked)


def _alone(context: typer.Context) -> bool:
    return context.obj == CONFIG_FILE and not context.obj.exists()


def _in_force(context: typer.Context) -> Policy:
    from duebook.policy import default_policy

    return default_policy() if _alone(context) else the_policy(the_config(context))


def _head(found: Policy) -> dict[str, str]:
    return {
        "name": found.name,
        "version": found.version,
        "valid_from": found.valid_from.isoformat(),
        "digest": found.digest,
    }


def _written(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


@policy.command()
def check(
    file: Annotated[Path, typer.Argument(help="The policy's file.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Check a policy: every key, every bound, that tiers leave no gap and bands do not overlap.

    What is wrong is named with its line, its key and what is allowed; exit code 2.
    """
    found = policy_of(file)
    if as_json:
        say_json(_head(found))
        return
    say(f"{file}: {found.name}, version {found.version}, valid from {found.valid_from}: no errors.")
    if found.exception:
        count = len(found.exception)
        say(f"{count} exception{'s' if count > 1 else ''} by company, country, industry or segment.")


@policy.command()
def show(
    context: typer.Context,
    file: Annotated[
        str | None, typer.Argument(help=f"{NAME} Left out: the one in force.", show_default=False)
    ] = None,
    section: Annotated[
        str | None, typer.Option("--section", metavar="NAME", help="One section only, such as limit.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="The language of the meanings.")] = Lang.EN,
    as_json: JsonOption = False,
) -> None:
    """Show what a policy says, key by key, with what each means."""
    from duebook.policy import Policy as AnyPolicy
    from duebook.policy.changes import keys

    found = _in_force(context) if file is None else _named(context, file)
    if section is not None and section not in AnyPolicy.sections:
        raise InputError(
            f"--section: {section!r} is no section of a policy.",
            hint=f"There are {', '.join(AnyPolicy.sections)}.",
        )
    every = [key for key in keys(found) if section in {None, key.path[0]}]
    if as_json:
        say_json(_head(found) | {"keys": {key.name: _written(key.value) for key in every}})
        return
    meant = "含义" if lang is Lang.ZH else "meaning"
    rows = [[key.name, _written(key.value), key.label if lang is Lang.ZH else key.meaning] for key in every]
    show_table(f"{found.name}, {found.version}", ["key", "value", meant], rows)


@policy.command()
def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help=NAME, show_default=False)],
    after: Annotated[str, typer.Argument(metavar="B", help=NAME, show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Show what differs between two policies, key by key."""
    from duebook.policy.changes import changes

    found = changes(_named(context, before), _named(context, after))
    if as_json:
        say_json(
            [
                {"key": change.key, "before": _none(change.before), "after": _none(change.after)}
                for change in found
            ]
        )
        return
    if not found:
        say("They say the same.")
        return
    show_table(
        "Differences",
        ["key", before, after],
        [[change.key, _written(change.before), _written(change.after)] for change in found],
    )


def _none(value: Plain) -> str | None:
    return None if value is None else _written(value)


@policy.command()
def history(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the policies that runs used, the newest first: the store keeps each of them.

    A question about a past day is answered by the policy that was valid on it.
    """
    from duebook_etl.policies import kept

    with the_store(the_config(context), create=False) as store:
        found = kept(store)
    if as_json:
        say_json(
            [
                _head(entry.policy) | {"first_run": entry.first_run, "last_run": entry.last_run}
                for entry in found
            ]
        )
        return
    if not found:
        say("No run has used a policy yet.")
        return
    show_table(
        "Policies that runs used",
        ["name", "version", "valid from", "digest", "first run", "last run"],
        [
            [
                entry.policy.name,
                entry.policy.version,
                entry.policy.valid_from.isoformat(),
                entry.policy.digest[:12],
                str(entry.first_run),
                str(entry.last_run),
            ]
            for entry in found
        ],
    )
