"""What the sheets of the portfolio workbook hold: names joined, rows sorted, sums checked once more."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook import aging
from duebook.errors import InputError, NotReconciledError
from duebook.money import from_minor, minor_digits
from duebook_workbooks import labels
from duebook_workbooks.labels import Language, label
from duebook_workbooks.sheets import CHECKED, Field, TableSheet, Total
from duebook_workbooks.style import Look
from duebook_workbooks.tables import Money

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from duebook_workbooks.portfolio import CompanyStatus, PortfolioData

_KEYS: Final = ("source", "company", "customer")
_NAMES: Final = dict.fromkeys((*_KEYS, "code", "name"), pa.string())
_CUSTOMERS: Final = {
    **dict.fromkeys((*_KEYS, "country", "industry", "terms"), pa.string()),
    **dict.fromkeys(("average_terms", "average_days_late", "dso", "pay_index"), pa.float64()),
    **dict.fromkeys(("oldest_overdue_days", "open", "overdue"), pa.int64()),
}
_ITEMS: Final = {
    **dict.fromkeys((*_KEYS, "item", "kind", "document", "reference", "currency"), pa.string()),
    **dict.fromkeys(("document_date", "posting_date", "due_date"), pa.date32()),
    **dict.fromkeys(("amount_document", "open_document", "open"), pa.int64()),
}
# No table is called as a worksheet function is: in Excel both are names of the workbook, whatever their case.
_TABLES: Final = {
    "aging": "due_customer_aging",
    "customers": "due_customers",
    "open items": "due_open_items",
}


class Contents:
    """The contents of every sheet in one language.

    Attributes:
        published: The companies that are not withheld, in the order of their totals.
        names: The name each company is shown by, which no two share, by source and company.
        buckets: The headers of the aging buckets.
        aging: The aging sheet.
        customers: The customers sheet.
        items: The sheet of open items.
        status: The columns of the status table, one row a company.
    """

    def __init__(self, data: PortfolioData, language: Language) -> None:
        """Join what the sheets show and check it against the control totals.

        Args:
            data: What the workbook shows.
            language: Of its labels.

        Raises:
            InputError: A table lacks a column, or has rows of a company that is unknown or withheld.
            NotReconciledError: A table does not add up to a company's control total.
        """
        self._data, self._language = data, language
        self.published = tuple(company for company in data.companies if not company.withheld)
        self.names = _shown_names(data.companies)
        self._names = _conformed(data.customers, _NAMES, "customers")
        buckets = aging.labels(data.policy.aging.edges)
        headers = {name: labels.bucket(name, language) for name in buckets}
        self.buckets = tuple(headers.values())

        aged = _conformed(
            data.aging,
            dict.fromkeys(_KEYS, pa.string()) | dict.fromkeys((*buckets, "total"), pa.int64()),
            "aging",
        )
        aged = aged.append_column("overdue", reduce(pc.add, (aged[name] for name in buckets[1:-1])))
        customers = _conformed(data.customers, _CUSTOMERS, "customers")
        # Items that name no customer have no row among the customers, but belong to what is open.
        nobody = aged.filter(pc.equal(aged["customer"], "")).rename_columns({"total": "open"})
        customers = pa.concat_tables(
            [customers.filter(pc.not_equal(customers["customer"], "")), nobody.drop_columns(list(buckets))],
            promote_options="default",
        )
        items = _conformed(data.items, _ITEMS, "items")
        self.status = self._status()
        self.aging = self._aging(self._joined(aged, "aging", ("total", "descending")), headers)
        self.customers = self._customers(self._joined(customers, "customers", ("open", "descending")))
        self.items = self._items(
            self._joined(items, "items", ("name", "ascending"), ("due_date", "ascending"))
        )

    def _status(self) -> tuple[Field, ...]:
        companies = self._data.companies
        digits = pa.array([minor_digits(company.currency) for company in companies], pa.int8())

        def money(header: str, values: Iterable[int | None]) -> Field:
            return Field(self._label(header), Money(pa.array(values, pa.int64()), digits), Look.MONEY)

        def text(
            header: str, values: Iterable[str], look: Look = Look.TEXT, *, hidden: bool = False
        ) -> Field:
            return Field(self._label(header), pa.array(values, pa.string()), look, hidden)

        return (
            text("company", self.names.values()),
            text("source", (company.source for company in companies)),
            text("currency", (company.currency for company in companies), Look.CODE),
            money("buckets", (company.buckets for company in companies)),
            money("open items total", (company.open_items for company in companies)),
            money("control account", (company.control_account for company in companies)),
            money("remaining", (company.remaining for company in companies)),
            money("difference", (company.open_items - company.control_account for company in companies)),
            Field(
                self._label("quarantined"),
                pa.array([company.quarantined for company in companies], pa.int64()),
                Look.COUNT,
            ),
            text("reconciled", (CHECKED if company.reconciled else "✗" for company in companies), Look.CODE),
            text(
                "note",
                (self._label("withheld" if company.withheld else "published") for company in companies),
                Look.REMARK,
            ),
            text("key", (f"{company.source}/{company.company}" for company in companies), hidden=True),
        )

    def _aging(self, rows: pa.Table, buckets: Mapping[str, str]) -> TableSheet:
        fields = (
            *self._who(rows),
            self._text(rows, "company_currency", "currency", Look.CODE),
            *(
                Field(header, Money(rows[name], rows["digits"]), Look.MONEY)
                for name, header in buckets.items()
            ),
            self._money(rows, "total"),
            Field(self._label("overdue share"), _share(rows["overdue"], rows[aging.NOT_DUE]), Look.SHARE),
            self._key(rows, "customer"),
        )
        amounts = {**buckets, "total": self._label("total")}
        return self._sheet("aging", fields, rows, amounts, checked="total")

    def _customers(self, rows: pa.Table) -> TableSheet:
        fields = (
            *self._who(rows),
            self._text(rows, "country", "country", Look.CODE),
            self._text(rows, "industry", "industry"),
            self._text(rows, "terms", "terms"),
            Field(self._label("average terms"), rows["average_terms"], Look.DECIMAL),
            Field(self._label("average days late"), rows["average_days_late"], Look.DECIMAL),
            Field(self._label("dso"), rows["dso"], Look.DECIMAL),
            Field(self._label("pay index"), rows["pay_index"], Look.DAYS),
            self._text(rows, "company_currency", "currency", Look.CODE),
            self._money(rows, "overdue"),
            self._money(rows, "open"),
            Field(self._label("oldest overdue"), rows["oldest_overdue_days"], Look.DAYS),
            self._key(rows, "customer"),
        )
        amounts = {name: self._label(name) for name in ("overdue", "open")}
        return self._sheet("customers", fields, rows, amounts, checked="open")

    def _items(self, rows: pa.Table) -> TableSheet:
        days = pc.subtract(
            pa.scalar(self._data.as_of, pa.date32()).cast(pa.int32()), rows["due_date"].cast(pa.int32())
        )
        kinds = _mapped(rows["kind"], lambda name: labels.kind(name, self._language))
        edges = self._data.policy.aging.edges
        buckets = _mapped(days, lambda late: labels.bucket(aging.bucket(late, edges), self._language))
        fields = (
            *self._who(rows),
            Field(self._label("kind"), kinds),
            self._text(rows, "document", "document"),
            self._text(rows, "reference", "reference"),
            Field(self._label("document date"), rows["document_date"], Look.DATE),
            Field(self._label("posting date"), rows["posting_date"], Look.DATE),
            Field(self._label("due date"), rows["due_date"], Look.DATE),
            self._text(rows, "currency", "document currency", Look.CODE),
            *(
                Field(
                    self._label(header),
                    Money(rows[name], _mapped(rows["currency"], minor_digits)),
                    Look.MONEY,
                )
                for name, header in (
                    ("amount_document", "amount document"),
                    ("open_document", "open document"),
                )
            ),
            self._text(rows, "company_currency", "currency", Look.CODE),
            self._money(rows, "open"),
            Field(self._label("days past due"), days, Look.DAYS),
            Field(self._label("bucket"), buckets, Look.CODE),
            self._key(rows, "item"),
        )
        amounts = {"open": self._label("open")}
        return self._sheet("open items", fields, rows, amounts, checked="open")

    def _sheet(
        self,
        name: str,
        fields: tuple[Field, ...],
        rows: pa.Table,
        amounts: Mapping[str, str],
        *,
        checked: str,
    ) -> TableSheet:
        """Return a sheet with the sums of its amounts by company, having checked one of them."""
        sums = rows.group_by("order").aggregate([(amount, "sum") for amount in amounts])
        by_company = {row["order"]: row for row in sums.to_pylist()}
        totals = []
        for order, company in enumerate(self.published):
            found = {amount: by_company.get(order, {}).get(f"{amount}_sum", 0) for amount in amounts}
            self._reconcile(name, company, found[checked])
            shown = {amounts[amount]: from_minor(sum_, company.currency) for amount, sum_ in found.items()}
            digits = minor_digits(company.currency)
            totals.append(Total(self.names[company.source, company.company], company.currency, digits, shown))
        policy = self._data.policy
        note = self._label(
            f"note {name}",
            date=self._data.as_of.isoformat(),
            months=policy.behaviour.months,
            days=policy.turnover.days,
        )
        return TableSheet(
            name=self._label(name),
            table=_TABLES[name],
            title=self._label(f"title {name}"),
            note=note,
            fields=fields,
            totals=tuple(totals),
            company=self._label("company"),
            currency=self._label("currency"),
            checked=amounts[checked],
            held=self._label("customer"),
        )

    def _reconcile(self, sheet: str, company: CompanyStatus, found: int) -> None:
        for figure, expected in (("aging buckets", company.buckets), ("open items", company.open_items)):
            if found != expected:
                raise NotReconciledError(
                    f"portfolio: the {sheet} sheet of company {company.name!r} adds up to "
                    f"{from_minor(found, company.currency)} {company.currency}, its {figure} to "
                    f"{from_minor(expected, company.currency)}.",
                    hint="Withhold the company, or find the rows that differ.",
                )

    def _joined(self, rows: pa.Table, what: str, *order: tuple[str, str]) -> pa.Table:
        """Return rows with the names of company and customer, by company in its order and then as asked."""
        companies = pa.table(
            {
                "source": pa.array([company.source for company in self.published], pa.string()),
                "company": pa.array([company.company for company in self.published], pa.string()),
                "order": pa.array(range(len(self.published)), pa.int32()),
                "company_name": pa.array(
                    [self.names[company.source, company.company] for company in self.published], pa.string()
                ),
                "company_currency": pa.array([company.currency for company in self.published], pa.string()),
                "digits": pa.array([minor_digits(company.currency) for company in self.published], pa.int8()),
            }
        )
        joined = rows.join(companies, ["source", "company"]).join(self._names, list(_KEYS))
        stray = joined.filter(pc.is_null(joined["order"]))
        if stray.num_rows:
            raise InputError(
                f"portfolio: {what} has {stray.num_rows} rows of company {stray['company'][0]} of source "
                f"{stray['source'][0]}, which is withheld or not among the companies."
            )
        nobody = pc.equal(joined["customer"], "")
        name = pc.if_else(nobody, self._label("no customer"), pc.coalesce(joined["name"], joined["customer"]))
        joined = joined.set_column(joined.column_names.index("name"), "name", name)
        last = [(key, "ascending") for key in ("customer", "item") if key in rows.column_names]
        return joined.sort_by([("order", "ascending"), *order, *last])

    def _who(self, rows: pa.Table) -> tuple[Field, ...]:
        return (
            self._text(rows, "company_name", "company"),
            self._text(rows, "code", "customer number"),
            self._text(rows, "name", "customer"),
        )

    def _text(self, rows: pa.Table, name: str, header: str, look: Look = Look.TEXT) -> Field:
        return Field(self._label(header), rows[name], look)

    def _money(self, rows: pa.Table, name: str) -> Field:
        return Field(self._label(name), Money(rows[name], rows["digits"]), Look.MONEY)

    def _key(self, rows: pa.Table, last: str) -> Field:
        """Return the hidden column that tells every row from every other, through all refreshes."""
        key = pc.binary_join_element_wise(rows["source"], rows["company"], rows[last], "/")
        return Field(self._label("key"), key, hidden=True)

    def _label(self, key: str, **values: object) -> str:
        return label(key, self._language, **values)


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


def _conformed(table: pa.Table, types: Mapping[str, pa.DataType], what: str) -> pa.Table:
    """Return the columns named, in the types named."""
    missing = [name for name in types if name not in table.column_names]
    if missing:
        raise InputError(f"portfolio: {what} has no column {', '.join(map(repr, missing))}.")
    return table.select(list(types)).cast(pa.schema(list(types.items())))


def _share(overdue: pa.ChunkedArray, not_due: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return how much of what has a due date is overdue, 0 to 1; null where a negative amount spoils it."""
    late, rest = (pc.cast(amount, pa.float64(), safe=False) for amount in (overdue, not_due))
    sound = pc.and_(pc.greater_equal(pc.min_element_wise(late, rest), 0), pc.greater(pc.add(late, rest), 0))
    return pc.if_else(sound, pc.divide(late, pc.add(late, rest)), pa.scalar(None, pa.float64()))


def _mapped(values: pa.ChunkedArray, rule: Callable[[Any], str | int]) -> pa.ChunkedArray:
    """Return what a rule makes of each value, asking it once for each that differs."""
    distinct = pc.unique(values)
    return pa.array([rule(value) for value in distinct.to_pylist()]).take(pc.index_in(values, distinct))
