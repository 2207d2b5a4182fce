"""What the sheets of the portfolio workbook hold: names joined, rows sorted, sums checked once more."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook import aging
from duebook.errors import NotReconciledError
from duebook.money import from_minor, minor_digits
from duebook_workbooks import labels
from duebook_workbooks.chartdata import ChartData
from duebook_workbooks.joined import KEYS, Joined, conformed, late_share, mapped
from duebook_workbooks.overview import Overview
from duebook_workbooks.rules import policy_fields
from duebook_workbooks.sheets import CHECKED, Field, TableFields, TableSheet
from duebook_workbooks.style import Look
from duebook_workbooks.tables import Money
from duebook_workbooks.watchlist import watch_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from duebook_workbooks.labels import Language
    from duebook_workbooks.portfolio import CompanyStatus, PortfolioData
    from duebook_workbooks.style import Value

_CUSTOMERS: Final = {
    **dict.fromkeys((*KEYS, "country", "industry", "terms"), pa.string()),
    **dict.fromkeys(("average_terms", "average_days_late", "dso", "pay_index"), pa.float64()),
    **dict.fromkeys(("oldest_overdue_days", "open", "overdue"), pa.int64()),
    **dict.fromkeys(("exposure", "credit_limit", "headroom", "provision"), pa.int64()),
    **dict.fromkeys(("score", "default_probability"), pa.float64()),
    **dict.fromkeys(("grade", "dunning_stage", "alert", "reasons_en", "reasons_zh"), pa.string()),
    "over_limit": pa.bool_(),
    "review_due": pa.date32(),
}
_ITEMS: Final = {
    **dict.fromkeys((*KEYS, "item", "kind", "document", "reference", "currency"), pa.string()),
    **dict.fromkeys(("document_date", "posting_date", "due_date"), pa.date32()),
    **dict.fromkeys(("amount_document", "open_document", "open"), pa.int64()),
}
# No table is called as a worksheet function is: in Excel both are names of the workbook, whatever their case.
_TABLES: Final = {
    "aging": "due_customer_aging",
    "customers": "due_customers",
    "watch list": "due_watch_list",
    "open items": "due_open_items",
    "policy": "due_policy",
}
STATUS: Final = "due_status"
_DIGEST_SHOWN: Final = 12


class Contents:
    """The contents of every sheet in one language.

    Attributes:
        status: The control totals, one row a company, with a check of each sheet against them.
        overview: What the dashboard and the sheet of risks hold.
        charts: What the charts show.
        watched: The watch list.
        sheets: The sheets of one long table each: aging, customers, watch list, open items, policy.
        sources: What was read.
        quarantine: What was set aside.
        named: What the single cells hold that change from day to day, by their names.
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
        self._joined = joined = Joined(data, language)
        self._label = joined.label
        buckets = aging.labels(data.policy.aging.edges)
        headers = {name: labels.bucket(name, language) for name in buckets}
        aged = conformed(
            data.aging,
            dict.fromkeys(KEYS, pa.string()) | dict.fromkeys((*buckets, "total"), pa.int64()),
            "aging",
        )
        aged = aged.append_column("overdue", reduce(pc.add, (aged[name] for name in buckets[1:-1])))
        customers = conformed(data.customers, _CUSTOMERS, "customers")
        # Items that name no customer have no row among the customers, but belong to what is open.
        nobody = aged.filter(pc.equal(aged["customer"], "")).rename_columns({"total": "open"})
        customers = pa.concat_tables(
            [customers.filter(pc.not_equal(customers["customer"], "")), nobody.drop_columns(list(buckets))],
            promote_options="default",
        )
        aged = joined.rows(aged, "aging", ("total", "descending"))
        customers = joined.rows(customers, "customers", ("open", "descending"))
        items = joined.rows(
            conformed(data.items, _ITEMS, "items"),
            "items",
            ("name", "ascending"),
            ("due_date", "ascending"),
        )
        for name, rows, amount in (
            ("aging", aged, "total"),
            ("customers", customers, "open"),
            ("open items", items, "open"),
        ):
            self._reconcile(name, rows, amount)
        self.overview = Overview(joined, customers)
        self.charts = ChartData(joined, self.overview, aged, headers)
        self.watched = self._sheet("watch list", watch_fields(joined, customers), lines=2)
        self.sheets = (
            self._sheet("aging", self._aging(aged, headers)),
            self._sheet("customers", self._customers(customers)),
            self.watched,
            self._sheet("open items", self._items(items)),
            self._sheet("policy", policy_fields(data.policy, language)),
        )
        self.status = TableFields(STATUS, self._label("key"), self._status())
        self.sources = TableFields("due_sources", self._label("source"), self._sources())
        self.quarantine = TableFields("due_quarantine", self._label("key"), self._quarantine())
        self.named = self._named()

    @property
    def tables(self) -> tuple[TableFields, ...]:
        """Every managed table, in the order of the sheets."""
        return (
            self.status,
            self.overview.dashboard,
            self.overview.exposures,
            self.overview.risks,
            *(sheet.table for sheet in self.sheets),
            self.sources,
            self.quarantine,
            *self.charts.tables,
        )

    def _named(self) -> dict[str, Value]:
        data, policy = self._data, self._data.policy
        aside = "something quarantined" if data.quarantine else "nothing quarantined"
        return {
            "due_verdict": self._verdict(),
            "due_as_of": data.as_of,
            "due_run": data.run,
            "due_finished": f"{labels.day(data.finished, self._language)} {data.finished:%H:%M %Z}".rstrip(),
            "due_version": data.version,
            "due_policy_name": policy.name,
            "due_policy_version": policy.version,
            "due_policy_from": policy.valid_from,
            "due_policy_digest": policy.digest[:_DIGEST_SHOWN],
            **{_noted(name): self._note(name) for name in ("status", "dashboard", "risks")},
            **{sheet.noted: sheet.note for sheet in self.sheets},
            _noted("quarantine"): self._label(aside),
            **self.charts.named,
        }

    def _note(self, sheet: str) -> str:
        policy = self._data.policy
        return self._label(
            f"note {sheet}",
            date=labels.day(self._data.as_of, self._language),
            months=policy.behaviour.months,
            days=policy.turnover.days,
            policy=f"{policy.name} {policy.version}",
            valid_from=labels.day(policy.valid_from, self._language),
        )

    def _verdict(self) -> str:
        count = len(self._data.companies)
        withheld = sum(1 for company in self._data.companies if company.withheld)
        if not count:
            return self._label("no company")
        if withheld:
            return self._label("some withheld", withheld=withheld, count=count)
        return self._label("one reconciled" if count == 1 else "all reconciled", count=count)

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
            text("company", self._joined.names.values()),
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
            *(self._check(name, amount) for name, amount in _CHECKS.items()),
            text("note", (self._fate(company) for company in companies), Look.LONG),
            text("key", (f"{company.source}/{company.company}" for company in companies), hidden=True),
        )

    def _fate(self, company: CompanyStatus) -> str:
        if company.withheld:
            return self._label("withheld: {reason}", reason=company.withheld)
        return self._label("published")

    def _check(self, sheet: str, amount: str) -> Field:
        """Return the column that says whether a sheet adds up to each company's open items, or by how much.

        SUMPRODUCT compares names as they are; SUMIFS would read * or > in a name as a condition.
        """
        company, note, total = (
            f"{STATUS}[[#This Row],[{self._label(name)}]]" for name in ("company", "note", "open items total")
        )
        table = _TABLES[sheet]
        own = f"--({table}[{self._label('company')}]={company})"
        difference = f"ROUND(SUMPRODUCT({own},{table}[{self._label(amount)}])-{total},{_EXACT})"
        formula = (
            f'IF({note}<>"{self._label("published")}","{_NOT_SHOWN}",'
            f'IF({difference}=0,"{CHECKED}",{difference}))'
        )
        shown = [_NOT_SHOWN if company.withheld else CHECKED for company in self._data.companies]
        header = self._label("check {sheet}", sheet=self._label(sheet))
        return Field(header, pa.array(shown, pa.string()), Look.CODE, formula=formula)

    def _sources(self) -> tuple[Field, ...]:
        sources = self._data.sources
        notes = [
            f"{self._label('not read')}: {source.message}" if source.message else self._label("read")
            for source in sources
        ]
        return (
            Field(self._label("source"), pa.array([source.source for source in sources], pa.string())),
            Field(self._label("connector"), pa.array([source.connector for source in sources], pa.string())),
            Field(
                self._label("rows read"),
                pa.array([source.read for source in sources], pa.int64()),
                Look.COUNT,
            ),
            Field(
                self._label("quarantined"),
                pa.array([source.quarantined for source in sources], pa.int64()),
                Look.COUNT,
            ),
            Field(self._label("note"), pa.array(notes, pa.string()), Look.LONG),
        )

    def _quarantine(self) -> tuple[Field, ...]:
        found = self._data.quarantine
        keys = [f"{each.source}/{each.query}/{each.reason}" for each in found]
        return (
            Field(self._label("source"), pa.array([each.source for each in found], pa.string())),
            Field(self._label("query"), pa.array([each.query for each in found], pa.string())),
            Field(self._label("rows"), pa.array([each.rows for each in found], pa.int64()), Look.COUNT),
            Field(self._label("reason"), pa.array([each.reason for each in found], pa.string()), Look.LONG),
            Field(self._label("key"), pa.array(keys, pa.string()), hidden=True),
        )

    def _aging(self, rows: pa.Table, buckets: Mapping[str, str]) -> tuple[Field, ...]:
        joined = self._joined
        return (
            *joined.who(rows),
            joined.text(rows, "company_currency", "currency", Look.CODE),
            *(
                Field(header, Money(rows[name], rows["digits"]), Look.MONEY)
                for name, header in buckets.items()
            ),
            joined.money(rows, "total"),
            Field(self._label("overdue share"), late_share(rows["overdue"], rows[aging.NOT_DUE]), Look.SHARE),
            joined.key(rows, "customer"),
        )

    def _customers(self, rows: pa.Table) -> tuple[Field, ...]:
        joined = self._joined
        return (
            *joined.who(rows),
            joined.text(rows, "country", "country", Look.CODE),
            joined.text(rows, "industry", "industry"),
            joined.text(rows, "terms", "terms"),
            joined.text(rows, "average_terms", "average terms", Look.DECIMAL),
            joined.text(rows, "average_days_late", "average days late", Look.DECIMAL),
            joined.text(rows, "dso", "dso", Look.DECIMAL),
            joined.text(rows, "pay_index", "pay index", Look.DAYS),
            joined.text(rows, "company_currency", "currency", Look.CODE),
            joined.money(rows, "overdue"),
            joined.money(rows, "open"),
            joined.text(rows, "oldest_overdue_days", "oldest overdue", Look.DAYS),
            joined.key(rows, "customer"),
        )

    def _items(self, rows: pa.Table) -> tuple[Field, ...]:
        joined = self._joined
        days = pc.subtract(
            pa.scalar(self._data.as_of, pa.date32()).cast(pa.int32()), rows["due_date"].cast(pa.int32())
        )
        edges = self._data.policy.aging.edges
        buckets = mapped(days, lambda late: labels.bucket(aging.bucket(late, edges), self._language))
        decimals = mapped(rows["currency"], minor_digits)
        return (
            *joined.who(rows),
            Field(self._label("kind"), mapped(rows["kind"], lambda name: labels.kind(name, self._language))),
            joined.text(rows, "document", "document"),
            joined.text(rows, "reference", "reference"),
            joined.text(rows, "document_date", "document date", Look.DATE),
            joined.text(rows, "posting_date", "posting date", Look.DATE),
            joined.text(rows, "due_date", "due date", Look.DATE),
            joined.text(rows, "currency", "document currency", Look.CODE),
            Field(self._label("amount document"), Money(rows["amount_document"], decimals), Look.MONEY),
            Field(self._label("open document"), Money(rows["open_document"], decimals), Look.MONEY),
            joined.text(rows, "company_currency", "currency", Look.CODE),
            joined.money(rows, "open"),
            Field(self._label("days past due"), days, Look.DAYS),
            Field(self._label("bucket"), buckets, Look.CODE),
            joined.key(rows, "item"),
        )

    def _sheet(self, name: str, fields: tuple[Field, ...], *, lines: int = 1) -> TableSheet:
        key, held = ("setting", "setting") if name == "policy" else ("key", "customer")
        return TableSheet(
            name=self._label(name),
            table=TableFields(_TABLES[name], self._label(key), fields),
            title=self._label(f"title {name}"),
            note=self._note(name),
            noted=_noted(name),
            held=self._label(held),
            lines=lines,
        )

    def _reconcile(self, sheet: str, rows: pa.Table, amount: str) -> None:
        """Raise an error where the amounts of a sheet are not the control totals of a published company."""
        sums = rows.group_by("order").aggregate([(amount, "sum")])
        found = dict(zip(sums["order"].to_pylist(), sums[f"{amount}_sum"].to_pylist(), strict=True))
        for order, company in enumerate(self._joined.published):
            self._compare(sheet, company, found.get(order, 0))

    @staticmethod
    def _compare(sheet: str, company: CompanyStatus, found: int) -> None:
        for figure, expected in (("aging buckets", company.buckets), ("open items", company.open_items)):
            if found != expected:
                raise NotReconciledError(
                    f"portfolio: the {sheet} sheet of company {company.name!r} adds up to "
                    f"{from_minor(found, company.currency)} {company.currency}, its {figure} to "
                    f"{from_minor(expected, company.currency)}.",
                    hint="Withhold the company, or find the rows that differ.",
                )


_CHECKS: Final = {"aging": "total", "customers": "open", "open items": "open"}
"""The sheets that add up to the open items, with their amount."""
_EXACT: Final = 3  # decimals, to which a sum of a hundred thousand amounts is exact in a spreadsheet
_NOT_SHOWN: Final = "\u2013"


def _noted(sheet: str) -> str:
    """Return the name of the cell with the line below a sheet's title."""
    return f"due_note_{sheet.replace(' ', '_')}"
