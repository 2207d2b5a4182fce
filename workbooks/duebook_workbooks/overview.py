"""What the dashboard and the sheet of risks hold: each company's figures, largest exposures and risks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook_workbooks.joined import conformed, late_share, mapped, part_of
from duebook_workbooks.labels import alert
from duebook_workbooks.sheets import Field, TableFields
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook_workbooks.joined import Joined

TOP: Final = 10
"""How many of the largest exposures of a company are shown."""
_PLACE: Final = {"source": pa.string(), "company": pa.string()}
_MEASURES: Final = _PLACE | dict.fromkeys(("dso", "best_dso", "cei"), pa.float64())


class Overview:
    """The tables that sum up the portfolio, each amount in its company's currency.

    Attributes:
        dashboard: The figures of each company.
        largest: The largest exposures of each company, the largest first, with ``rank`` and ``share``.
        exposures: They as a table.
        risks: What is open and overdue by country and industry.
    """

    def __init__(self, joined: Joined, customers: pa.Table) -> None:
        """Sum up.

        Args:
            joined: Joins rows with names.
            customers: The customers with their names; those of no name have items without a customer.

        Raises:
            InputError: A table lacks a column, or has rows of a company that is unknown or withheld.
        """
        self._joined = joined
        self._label = joined.label
        self.dashboard = TableFields("due_dashboard", self._label("key"), self._dashboard(customers))
        self.largest = self._largest(customers)
        self.exposures = TableFields("due_exposures", self._label("key"), self._exposures(self.largest))
        self.risks = TableFields("due_risk_map", self._label("key"), self._risks(customers))

    def _dashboard(self, customers: pa.Table) -> tuple[Field, ...]:
        joined = self._joined
        counted = customers.append_column("over", customers["over_limit"].cast(pa.int64()))
        for level in ("red", "amber"):
            counted = counted.append_column(level, pc.equal(counted["alert"], level).cast(pa.int64()))
        sums = _sums(counted, ("open", "overdue", "provision", "over", "red", "amber"), ("order",))
        measures = conformed(joined.data.measures, _MEASURES, "measures")
        every = pa.table(
            {
                name: pa.array([getattr(company, name) for company in joined.published], pa.string())
                for name in _PLACE
            }
        )
        rows = joined.of_companies(every.join(measures, list(_PLACE)), "measures")
        rows = rows.join(sums, ["order"]).sort_by("order")
        for name in ("open", "overdue", "provision", "over", "red", "amber"):
            at = rows.column_names.index(name)
            rows = rows.set_column(at, name, pc.fill_null(rows[name], 0))
        return (
            joined.text(rows, "company_name", "company"),
            joined.text(rows, "company_currency", "currency", Look.CODE),
            joined.money(rows, "open"),
            joined.money(rows, "overdue"),
            Field(self._label("overdue share"), part_of(rows["overdue"], rows["open"]), Look.RATE),
            joined.text(rows, "dso", "dso", Look.DECIMAL),
            joined.text(rows, "best_dso", "best dso", Look.DECIMAL),
            joined.text(rows, "cei", "cei", Look.DECIMAL),
            joined.text(rows, "over", "over limit", Look.COUNT),
            joined.text(rows, "red", "red alerts", Look.COUNT),
            joined.text(rows, "amber", "amber alerts", Look.COUNT),
            joined.money(rows, "provision"),
            joined.key(rows),
        )

    def _largest(self, customers: pa.Table) -> pa.Table:
        exposed = customers.filter(pc.greater(customers["exposure"], 0))
        sums = _sums(exposed, ("exposure",), ("order",)).rename_columns(["order", "all"])
        exposed = exposed.join(sums, ["order"])
        exposed = exposed.append_column("share", part_of(exposed["exposure"], exposed["all"]))
        order = (("exposure", "descending"), ("customer", "ascending"))
        largest = [
            own.sort_by(list(order)).slice(0, TOP)
            for own in (
                exposed.filter(pc.equal(exposed["order"], at)) for at in range(len(self._joined.published))
            )
        ]
        ranks = [rank for own in largest for rank in range(1, own.num_rows + 1)]
        rows = pa.concat_tables([exposed.slice(0, 0), *largest])
        return rows.append_column("rank", pa.array(ranks, pa.int64()))

    def _exposures(self, rows: pa.Table) -> tuple[Field, ...]:
        joined = self._joined
        alerts = mapped(rows["alert"], lambda level: alert(level, joined.language))
        return (
            joined.text(rows, "company_name", "company"),
            joined.text(rows, "rank", "rank", Look.COUNT),
            joined.text(rows, "name", "customer"),
            joined.text(rows, "company_currency", "currency", Look.CODE),
            joined.money(rows, "exposure"),
            Field(self._label("share"), rows["share"], Look.SHARE),
            joined.money(rows, "overdue"),
            Field(self._label("alert"), alerts.cast(pa.string()), Look.CODE),
            joined.key(rows, "customer"),
        )

    def _risks(self, customers: pa.Table) -> tuple[Field, ...]:
        joined = self._joined
        groups = ("order", "source", "company", "country", "industry")
        for name in ("country", "industry"):
            at = customers.column_names.index(name)
            customers = customers.set_column(at, name, pc.fill_null(customers[name], ""))
        opened = customers.filter(
            pc.or_(pc.not_equal(customers["open"], 0), pc.not_equal(customers["overdue"], 0))
        )
        opened = opened.append_column("customers", pc.not_equal(opened["customer"], "").cast(pa.int64()))
        rows = _sums(opened, ("open", "overdue", "customers"), groups)
        whole = _sums(rows, ("open",), ("order",)).rename_columns(["order", "all"])
        rows = joined.of_companies(rows.drop_columns(["order"]), "customers").join(whole, ["order"])
        rows = rows.sort_by(
            [
                ("order", "ascending"),
                ("open", "descending"),
                ("country", "ascending"),
                ("industry", "ascending"),
            ]
        )

        rest = pc.subtract(rows["open"], rows["overdue"])

        def named(name: str) -> pa.ChunkedArray:
            return pc.if_else(pc.equal(rows[name], ""), self._label("not known"), rows[name])

        return (
            joined.text(rows, "company_name", "company"),
            Field(self._label("country"), named("country"), Look.CODE),
            Field(self._label("industry"), named("industry")),
            joined.text(rows, "company_currency", "currency", Look.CODE),
            joined.money(rows, "open"),
            Field(self._label("share"), part_of(rows["open"], rows["all"]), Look.SHARE),
            joined.money(rows, "overdue"),
            Field(self._label("overdue share"), late_share(rows["overdue"], rest), Look.SHARE),
            joined.text(rows, "customers", "customers", Look.COUNT),
            joined.key(rows, "country", "industry"),
        )


def _sums(rows: pa.Table, amounts: Sequence[str], by: Sequence[str]) -> pa.Table:
    """Return the sums of amounts by columns, under the amounts' own names."""
    sums = rows.group_by(list(by)).aggregate([(amount, "sum") for amount in amounts])
    return sums.select([*by, *(f"{amount}_sum" for amount in amounts)]).rename_columns([*by, *amounts])
