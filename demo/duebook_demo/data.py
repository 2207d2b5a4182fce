"""The files the demo company is made of."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

DATABASE: Final = "company"
"""Name of the database the demo company is loaded into."""


def dump() -> Traversable:
    """Return the packaged dump: gzipped SQL for ``psql``."""
    return files("duebook_demo") / "company.sql.gz"


def figures() -> dict[str, Any]:
    """Return what Tryton itself says of the demo company.

    Returns:
        ``companies`` by their id in the database; below each ``dates``, and below each date ``aged`` (by the
        party's id: balance and the four terms of Tryton's aged balance) and ``ledger`` (the balance of each
        receivable account). Amounts are text with two decimals. ``notes`` says what the columns mean.
    """
    text = (files("duebook_demo") / "figures.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def credit_file() -> str:
    """Return what is known of some of its customers beyond the ERP, as CSV."""
    return (files("duebook_demo") / "credit_file.csv").read_text(encoding="utf-8")
