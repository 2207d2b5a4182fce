"""Lays the configuration's store and policy before the worksheet functions, in whatever program runs them.

The spreadsheet hosts call :func:`ready` once when they start; nothing is opened before a function asks.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from duebook_addin.book import use_book, use_policy
from duebook_cli.cellbook import CellBook

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from duebook.policy import Policy
    from duebook_etl.book import Book


def ready(config: Path | None = None) -> None:
    """Name the book and the policy that the worksheet functions ask from now on.

    Args:
        config: The configuration; None for the one that the environment variable ``DUEBOOK_CONFIG`` names.
            Without either, functions that ask the store answer ``#N/A`` and the shipped policy applies.
    """
    named = config or os.environ.get("DUEBOOK_CONFIG")
    if not named:
        use_book(None)
        use_policy(None)
        return
    path = Path(named)

    def book() -> AbstractContextManager[Book]:
        from duebook_cli.context import opened_book
        from duebook_etl.config import load_config

        return opened_book(load_config(path))

    def policy() -> Policy:
        from duebook_cli.context import the_policy
        from duebook_etl.config import load_config

        return the_policy(load_config(path))

    use_book(CellBook(book))
    use_policy(policy)
