"""What commands share: which configuration, and the store and policy that it names."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from duebook.errors import InputError
from duebook_cli.output import say_warning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from duebook.policy import Policy
    from duebook_etl.book import Book
    from duebook_etl.config import Config
    from duebook_etl.store import Store


class Lang(StrEnum):
    """The languages Duebook speaks."""

    EN = "en"
    ZH = "zh"


CONFIG_FILE: Final = Path("duebook.toml")

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration to use.", show_default=True, metavar="FILE")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="The day at whose end the question is asked, as 2026-06-30."
    ),
]
CompanyOption = Annotated[
    str | None,
    typer.Option("--company", metavar="ID", help="One company only: its id in the ERP, or source/id."),
]


def the_config(context: typer.Context) -> Config:
    """Return the configuration the command line names."""
    from duebook_etl.config import load_config

    return load_config(context.obj)


def the_config_that_reads(context: typer.Context) -> Config:
    """Return the configuration for a command that goes to the sources, warning of what is unsafe in it."""
    config = the_config(context)
    for warning in config.warnings():
        say_warning(warning)
    return config


def the_policy(config: Config) -> Policy:
    """Return the policy the configuration names, else the default."""
    from duebook.policy import default_policy

    path = config.policy.file
    if path is None:
        return default_policy()
    return policy_of(path, hint="[policy] file names it; leave it out for the default policy.")


def policy_of(path: Path, *, hint: str | None = None) -> Policy:
    """Return the policy of a file.

    Args:
        path: The file.
        hint: What to do where there is none.
    """
    from duebook.policy import parse_policy

    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: the policy cannot be read: there is no such file.", hint=hint) from None
    except OSError as error:
        raise InputError(f"{path}: the policy cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: the policy is not UTF-8 text.", hint="Save it as UTF-8.") from None
    return parse_policy(text, where=str(path))


def the_store(config: Config, *, create: bool) -> Store:
    """Return the store of a configuration; only what fills it makes it."""
    from duebook_etl.store import Store

    return Store.open(config.store.address(), create=create)


@contextmanager
def opened_book(config: Config) -> Iterator[Book]:
    """Give the book that answers questions from the store of a configuration."""
    from duebook_etl.book import Book
    from duebook_etl.fitted_model import fitted_model

    policy = the_policy(config)
    with the_store(config, create=False) as store:
        yield Book(store, policy, partial(fitted_model, config.model.file))


def the_book(context: typer.Context) -> AbstractContextManager[Book]:
    """Give the book of the command line's configuration."""
    return opened_book(the_config(context))


def parsed_date(text: str | None, option: str = "--as-of") -> date | None:
    """Read an ISO date from the command line."""
    if text is None:
        return None
    try:
        # Python reads 20260630 and 2026-W27-2 as well; neither is a date in a cell.
        if text[4:5] == text[7:8] == "-":
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InputError(f"{option}: {text!r} is no date.", hint="Write it as 2026-06-30.")


def today() -> date:
    """Return the day it is here, which a refresh is as of; only the scheduler asks the clock besides."""
    return datetime.now().astimezone().date()
