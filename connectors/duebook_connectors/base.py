"""What a connector is: declarative SQL whose column labels are the ledger's field names, and no code.

A query returns every field of its table, the optional ones as NULL where the ERP has nothing like it, and no
other column: a label that the ledger does not know is a misspelt field, or one that nobody would read. Text
comes as text (an id too), a date as a date, an amount CAST to ``numeric(38, 8)``: a numeric without precision
is described differently by each driver. The choice of companies is put around a query from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, SourceError
from duebook.ledger import ALLOCATIONS, COMPANIES, CONTROL, CUSTOMERS, ITEMS, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

QUERIES: Final[Mapping[str, tuple[Field, ...]]] = MappingProxyType(
    {
        "companies": COMPANIES,
        "customers": CUSTOMERS,
        "items": ITEMS,
        "allocations": ALLOCATIONS,
        "control": CONTROL,
    }
)


@dataclass(frozen=True)
class Connector:
    """How one ERP's database is read.

    Attributes:
        name: What a configuration calls it, such as ``odoo``.
        title: What people call it, such as ``Odoo 17``.
        dialects: The database dialects its SQL is written for, as SQLAlchemy names them.
        version: A query of one row and one column that tells the ERP's version.
        versions: The versions it was tried on: a version is known when it is one of these or begins with one
            and a dot.
        companies: Query of the companies, with the fields of ``ledger.COMPANIES``.
        customers: Query of the customers, with the fields of ``ledger.CUSTOMERS``, one row a company and
            customer with an item.
        items: Query of the posted items, with the fields of ``ledger.ITEMS``.
        allocations: Query of the allocation legs, with the fields of ``ledger.ALLOCATIONS``.
        control: Query of the movements of the receivable control accounts, from the general ledger's own rows
            and so independent of ``items``, with the fields of ``ledger.CONTROL``, one row a company, account
            and day.
    """

    name: str
    title: str
    dialects: tuple[str, ...]
    version: str
    versions: tuple[str, ...]
    companies: str
    customers: str
    items: str
    allocations: str
    control: str

    def sql(self, query: str) -> str:
        """Return the SQL of one of :data:`QUERIES`."""
        if query not in QUERIES:
            raise InputError(f"query: {query!r} is none of {', '.join(QUERIES)}.")
        return str(getattr(self, query))

    def check_version(self, version: str | None) -> None:
        """Refuse a database of a version nobody has tried this connector on.

        Raises:
            SourceError: The version is unknown; the message names what was found and what is known.
        """
        known = version is not None and any(
            version == v or version.startswith(f"{v}.") for v in self.versions
        )
        if not known:
            raise SourceError(
                f"connector {self.name}: the database says it is version {version!r}; "
                f"known are {', '.join(self.versions)}.",
                hint="A newer connector may know it; figures of an untried version are not published.",
            )

    def check_columns(self, query: str, columns: Iterable[str]) -> None:
        """Check that a query returned every field it must, once, and nothing that the ledger does not know.

        Raises:
            SourceError: The message names connector, query and column.
        """
        labels = list(columns)
        wanted = [f.name for f in QUERIES[query]]
        missing = [name for name in wanted if name not in labels]
        unknown = [label for label in labels if label not in wanted]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        for problem, names in (("lacks", missing), ("has unknown", unknown), ("repeats", twice)):
            if names:
                raise SourceError(
                    f"connector {self.name}, query {query}: {problem} column {', '.join(names)}; "
                    f"expected {', '.join(wanted)}."
                )
