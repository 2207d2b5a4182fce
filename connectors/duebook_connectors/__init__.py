"""Readers of ERP databases: one file an ERP."""

from __future__ import annotations

from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError
from duebook_connectors.odoo import ODOO
from duebook_connectors.tryton import TRYTON

if TYPE_CHECKING:
    from collections.abc import Mapping

    from duebook_connectors.base import Connector

CONNECTORS: Final[Mapping[str, Connector]] = MappingProxyType({c.name: c for c in (ODOO, TRYTON)})


def names() -> tuple[str, ...]:
    """Return the names of all connectors, sorted."""
    return tuple(sorted(CONNECTORS))


def connector(name: str) -> Connector:
    """Return the connector of an ERP.

    Args:
        name: What a configuration calls it, such as ``odoo``.

    Raises:
        InputError: There is none of that name; the message names those there are.
    """
    found = CONNECTORS.get(name)
    if found is None:
        near = get_close_matches(name.lower(), names(), n=1)
        raise InputError(
            f"connector: {name!r} is none of {', '.join(names())}.",
            hint=f"Did you mean {near[0]!r}?" if near else None,
        )
    return found
