"""A Tryton session at a chosen date.

Tryton is driven through proteus in this process. Three things are replaced, and
nothing else: the day Tryton believes it is (so that what it dates itself, as an
exchange difference, carries the day of the books and not of the making); the
printing of invoices (1,600 documents nobody reads, most of the size of the
dump); and the log of who clicked what.
"""

# Tryton is imported where its settings are known, and says of no record what type it is.
# ruff: noqa: ANN401, PLC0415

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from proteus import Model, Wizard
from proteus import config as proteus_config

_ATTEMPTS = 12


class Session:
    """A proteus session on one database, in one company."""

    def __init__(self, url: str, settings: str) -> None:
        """Open it.

        Args:
            url: Address of the server, with the database.
            settings: Path of Tryton's configuration file.
        """
        self.config = proteus_config.set_trytond(url, config_file=settings)
        # Late invoices, past terms: each would stop at a warning meant for a person.
        self.config.skip_warning = True
        self.day = dt.date(2024, 1, 1)
        self._install()

    def _install(self) -> None:
        from sql import Literal
        from trytond.model import modelsql
        from trytond.transaction import Transaction

        pool = self.config.pool

        def today(_: object = None) -> dt.date:
            return self.day

        def stamp() -> Literal:
            return Literal(dt.datetime.combine(self.day, dt.time(17, 30)))

        pool.get("ir.date").today = staticmethod(today)
        modelsql.CurrentTimestamp = stamp
        Transaction._store_log_records = Transaction._clear_log_records  # noqa: SLF001
        if "account.invoice" in dict(pool.iterobject()):
            pool.get("account.invoice").print_invoice = classmethod(lambda *_: None)

        _retry_conflicts()

    def enter(self, company: int) -> None:
        """Work in one company from now on."""
        self.config._context["company"] = company  # noqa: SLF001 - proteus has no public way

    def model(self, name: str) -> Any:
        """Return proteus' class of a model."""
        return Model.get(name)

    def wizard(self, name: str, records: list[Any] | None = None) -> Any:
        """Start a wizard, on records where it works on some."""
        return Wizard(name, records)

    def create(self, name: str, *values: dict[str, Any]) -> list[int]:
        """Create records and return their ids, in order."""
        return list(self.config.get_proxy(name).create(list(values), self.config.context))

    def read(self, name: str, ids: list[int], *fields: str, **context: Any) -> list[dict[str, Any]]:
        """Read fields of records, in the order of their ids."""
        full = {**self.config.context, **context}
        rows = self.config.get_proxy(name).read(ids, list(fields), full)
        by_id = {row["id"]: row for row in rows}
        return [by_id[i] for i in ids]

    def search(
        self, name: str, domain: list[Any], order: list[Any] | None = None, **context: Any
    ) -> list[int]:
        """Return the ids of the records of a domain, the smallest first."""
        full = {**self.config.context, **context}
        found = self.config.get_proxy(name).search(domain, 0, None, order or [("id", "ASC")], full)
        return list(found)

    def one(self, name: str, domain: list[Any]) -> int:
        """Return the id of the only record of a domain."""
        (found,) = self.search(name, domain)
        return found

    def write(self, name: str, ids: list[int], values: dict[str, Any]) -> None:
        """Write values on records."""
        self.config.get_proxy(name).write(ids, values, self.config.context)

    def click(self, name: str, button: str, ids: list[int]) -> None:
        """Press a button on many records at once."""
        getattr(self.config.get_proxy(name), button)(ids, self.config.context)


def _retry_conflicts() -> None:
    """Have a call made again when the other company's process was in the way.

    Tryton's server does so for its clients; proteus, which calls the models in this
    process, does not.
    """
    from trytond import backend

    method = proteus_config._TrytondMethod  # noqa: SLF001
    call = method.__call__

    def again(self: Any, *args: Any, **kwargs: Any) -> Any:
        for attempt in range(_ATTEMPTS):
            try:
                return call(self, *args, **kwargs)
            except backend.DatabaseOperationalError:
                if attempt == _ATTEMPTS - 1:
                    raise
                time.sleep(0.05 * (attempt + 1))
        return None

    method.__call__ = again
