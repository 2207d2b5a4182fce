"""Rows with the names of their company and customer, and the columns made of them."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook.errors import InputError
from duebook.money import minor_digits
from duebook_workbooks.labels import Language, label
from duebook_workbooks.sheets import Field
from duebook_workbooks.style import Look
from duebook_workbooks.tables import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from duebook_workbooks.portfolio import CompanyStatus, PortfolioData

KEYS: Final = ("source", "company", "customer")
_NAMES: Final = dict.fromkeys((*KEYS, "code", "name"), pa.string())


class Names:
    """Joins rows with the names of their company and customer, in one language.

    Attributes:
        language: Of the labels.
        published: The companies that are not withheld, in the order of their totals.
        names: The name each company is shown by, which no two share, by source and company.
    """

    def __init__(
        self, companies: Sequence[CompanyStatus], customers: pa.Table, language: Language, *, workbook: str
    ) -> None:
        """Take the names.

        Args:
            companies: Every company, the withheld ones too.
            customers: The customers, with source, company, customer, code and name.
            language: Of the labels.
            workbook: What messages call the workbook.

        Raises:
            InputError: The customers lack a column.
        """
        self.language, self._workbook = language, workbook
        self.published = tuple(company for company in companies if not company.withheld)
        self.names = _shown_names(companies)
        self._customers = self.conformed(customers, _NAMES, "customers")
        self._companies = pa.table(
            {
                "source": pa.array([company.source for company in self.published], pa.string()),
                "company": pa.array([company.company for company in self.published], pa.string()),
                "order": pa.array(range(len(self.published)), pa.int32()),
                "company_name": pa.array([self.name(company) for company in self.published], pa.string()),
                "company_currency": pa.array([company.currency for company in self.published], pa.string()),
                "digits": pa.array([minor_digits(company.currency) for company in self.published], pa.int8()),
            }
        )

    def conformed(self, table: pa.Table, types: Mapping[str, pa.DataType], what: str) -> pa.Table:
        """Return the columns named, in the types named, as :func:`conformed`."""
        return conformed(table, types, what, workbook=self._workbook)

    def name(self, company: CompanyStatus) -> str:
        """Return the name that a company is shown by."""
        return self.names[company.source, company.company]

    def rows(self, rows: pa.Table, what: str, *order: tuple[str, str]) -> pa.Table:
        """Return rows of customers with the names of both, by company in its order and then as asked.

        Args:
            rows: The rows, with source, company and customer.
            what: What they are, for messages.
            order: The columns they are sorted by, and how.

        Raises:
            InputError: There are rows of a company that is unknown or withheld.
        """
        joined = self.of_companies(rows, what).join(self._customers, list(KEYS))
        nobody = pc.equal(joined["customer"], "")
        name = pc.if_else(nobody, self.label("no customer"), pc.coalesce(joined["name"], joined["customer"]))
        joined = joined.set_column(joined.column_names.index("name"), "name", name)
        last = [(key, "ascending") for key in ("customer", "item") if key in rows.column_names]
        return joined.sort_by([("order", "ascending"), *order, *last])

    def of_companies(self, rows: pa.Table, what: str) -> pa.Table:
        """Return rows with the place, name, currency and decimals of their company.

        Raises:
            InputError: There are rows of a company that is unknown or withheld.
        """
        joined = rows.join(self._companies, ["source", "company"])
        stray = joined.filter(pc.is_null(joined["order"]))
        if stray.num_rows:
            raise InputError(
                f"{self._workbook}: {what} has {stray.num_rows} rows of company {stray['company'][0]} of "
                f"source {stray['source'][0]}, which is withheld or not among the companies."
            )
        return joined

    def who(self, rows: pa.Table) -> tuple[Field, ...]:
        """Return the columns that say whose a row is."""
        return (
            self.text(rows, "company_name", "company"),
            self.text(rows, "code", "customer number"),
            self.text(rows, "name", "customer"),
        )

    def text(self, rows: pa.Table, name: str, header: str, look: Look = Look.TEXT) -> Field:
        """Return a column as it is."""
        return Field(self.label(header), rows[name], look)

    def money(self, rows: pa.Table, name: str, header: str = "") -> Field:
        """Return a column of amounts in the currency of their company."""
        return Field(self.label(header or name), Money(rows[name], rows["digits"]), Look.MONEY)

    def key(self, rows: pa.Table, *last: str) -> Field:
        """Return the hidden column that tells every row from every other, through all refreshes."""
        parts = [rows[name] for name in ("source", "company", *last)]
        return Field(self.label("key"), pc.binary_join_element_wise(*parts, "/"), hidden=True)

    def label(self, key: str, **values: object) -> str:
        """Return a text of the workbook."""
        return label(key, self.language, **values)


class Joined(Names):
    """Joins rows of the portfolio with names.

    Attributes:
        data: What the workbook shows.
    """

    def __init__(self, data: PortfolioData, language: Language) -> None:
        """Take the names.

        Args:
            data: What the workbook shows.
            language: Of its labels.

        Raises:
            InputError: The customers lack a column.
        """
        super().__init__(data.companies, data.customers, language, workbook="portfolio")
        self.data = data


def conformed(
    table: pa.Table, types: Mapping[str, pa.DataType], what: str, *, workbook: str = "portfolio"
) -> pa.Table:
    """Return the columns named, in the types named.

    Raises:
        InputError: A column is missing.
    """
    missing = [name for name in types if name not in table.column_names]
    if missing:
        raise InputError(f"{workbook}: {what} has no column {', '.join(map(repr, missing))}.")
    return table.select(list(types)).cast(pa.schema(list(types.items())))


def mapped(values: pa.ChunkedArray, rule: Callable[[Any], str | int | None]) -> pa.ChunkedArray:
    """Return what a rule makes of each value, asking it once for each that differs."""
    distinct = pc.unique(values)
    return pa.array([rule(value) for value in distinct.to_pylist()]).take(pc.index_in(values, distinct))


def late_share(overdue: pa.ChunkedArray, rest: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return how much of two amounts is overdue, 0 to 1; null where a negative amount spoils it."""
    late, other = (pc.cast(amount, pa.float64(), safe=False) for amount in (overdue, rest))
    sound = pc.and_(pc.greater_equal(pc.min_element_wise(late, other), 0), pc.greater(pc.add(late, other), 0))
    return pc.if_else(sound, pc.divide(late, pc.add(late, other)), pa.scalar(None, pa.float64()))


def shortened(name: str, width: int) -> str:
    """Return a name no wider than so many letters, a Chinese character counting as two, for a chart."""
    ends = list(accumulate(1 if character.isascii() else 2 for character in name))
    if not ends or ends[-1] <= width:
        return name
    return f"{name[: bisect_right(ends, width - 1)].rstrip()}\u2026"


def part_of(part: pa.ChunkedArray, whole: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return one amount as a share of another; null where there is nothing to be a part of."""
    parts, wholes = (pc.cast(amount, pa.float64(), safe=False) for amount in (part, whole))
    sound = pc.greater(wholes, 0.0)
    return pc.if_else(sound, pc.divide(parts, wholes), pa.scalar(None, pa.float64()))


def _shown_names(companies: Iterable[CompanyStatus]) -> dict[tuple[str, str], str]:
    """Return a name for each company; those that share one, capitals apart, bear source and id behind it."""
    companies = tuple(companies)
    counts = Counter(company.name.casefold() for company in companies)
    return {
        (company.source, company.company): company.name
        if counts[company.name.casefold()] == 1
        else f"{company.name} ({company.source}/{company.company})"
        for company in companies
    }
