"""Lays the configuration's store and policy before the worksheet functions, in whatever program runs them.

The spreadsheet hosts call :func:`ready` once when they start; nothing is opened before a function asks.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from duebook_addin.book import use_book, use_model, use_policy
from duebook_cli.cellbook import CellBook
from duebook_cli.keeping import Keeper

if TYPE_CHECKING:
    from duebook.fitted import Scorecard
    from duebook.policy import Policy
    from duebook_cli.keeping import Seen
    from duebook_etl.config import Config


def ready(config: Path | None = None) -> None:
    """Name the book, the policy and the fitted model that the worksheet functions ask from now on.

    Args:
        config: The configuration; None for the one that the environment variable ``DUEBOOK_CONFIG`` names.
            Without either, functions that ask the store answer ``#N/A``, and the shipped policy and its fixed
            points apply.
    """
    named = config or os.environ.get("DUEBOOK_CONFIG")
    if not named:
        use_book(None)
        use_policy(None)
        use_model(None)
        return
    path = Path(named)

    def settings(seen: Seen) -> tuple[Config, Policy]:
        from duebook_cli.context import the_policy
        from duebook_etl.config import load_config

        seen.note(path)
        config = load_config(path)
        if config.policy.file is not None:
            seen.note(config.policy.file)
        return config, the_policy(config)

    def policy() -> Policy:
        from duebook_cli.context import the_policy
        from duebook_etl.config import load_config

        return the_policy(load_config(path))

    def model() -> Scorecard | None:
        from duebook_etl.config import load_config
        from duebook_etl.fitted_model import fitted_model

        return fitted_model(load_config(path).model.file)

    use_book(CellBook(Keeper(settings).opened))
    use_policy(policy)
    use_model(model)
