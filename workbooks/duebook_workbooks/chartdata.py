"""What the charts of the portfolio workbook show, as tables of a fixed number of columns.

A chart follows a table that a refresh fills by whole columns. So each of the first companies has columns of
its own, whichever company that is on the day; its name stands in a cell with a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook.money import minor_digits
from duebook_workbooks.joined import conformed, shortened
from duebook_workbooks.overview import TOP
from duebook_workbooks.sheets import Field, TableFields
from duebook_workbooks.style import Look
from duebook_workbooks.tables import Money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duebook_workbooks.joined import Joined
    from duebook_workbooks.overview import Overview
    from duebook_workbooks.portfolio import CompanyStatus

CHARTED: Final = 4
"""How many companies are charted."""
LONGEST: Final = 36
"""How wide a name in a chart is at the most, in letters."""
_TREND: Final = {
    **dict.fromkeys(("source", "company"), pa.string()),
    "month": pa.date32(),
    **dict.fromkeys(("dso", "overdue_share"), pa.float64()),
}


class ChartData:
    """The tables behind the charts.

    Attributes:
        companies: The companies that are charted.
        named: The cells that name them, and say what their charts show.
        trend: Days of sales outstanding and overdue shares by month.
        exposures: The largest exposures.
        aging: What is open by bucket.
    """

    def __init__(
        self, joined: Joined, overview: Overview, aged: pa.Table, buckets: Mapping[str, str]
    ) -> None:
        """Take what is charted.

        Args:
            joined: Joins rows with names.
            overview: What the dashboard holds.
            aged: The customers' aging.
            buckets: The headers of its buckets.

        Raises:
            InputError: The trend lacks a column, or has rows of a company that is unknown or withheld.
        """
        self._joined = joined
        self._label = joined.label
        self.companies = joined.published[:CHARTED]
        self.named = {
            name: text
            for slot in range(CHARTED)
            for name, text in zip(title_names(slot), self._titles(slot), strict=True)
        }
        self.trend = TableFields("due_chart_trend", self._label("month"), self._trend())
        rank = self._label("rank")
        self.exposures = TableFields("due_chart_exposures", rank, self._exposures(overview.largest))
        self.aging = TableFields("due_chart_aging", self._label("bucket"), self._aging(aged, buckets))

    @property
    def tables(self) -> tuple[TableFields, ...]:
        """The tables in the order in which they stand, the one that may grow last."""
        return (self.trend, self.exposures, self.aging)

    def _titles(self, slot: int) -> tuple[str, str, str]:
        company = self._company(slot)
        if company is None:
            return ("", "", "")
        shown = f"{shortened(self._joined.name(company), LONGEST)} ({company.currency})"
        return (
            shown,
            self._label("{company}: buckets", company=shown),
            self._label("{company}: exposures", company=shown),
        )

    def _trend(self) -> tuple[Field, ...]:
        trend = conformed(self._joined.data.trend, _TREND, "trend")
        self._joined.of_companies(trend, "trend")
        months = sorted(set(trend["month"].to_pylist()))
        found = {(row["source"], row["company"], row["month"]): row for row in trend.to_pylist()}

        def series(name: str, slot: int) -> pa.Array:
            company = self._company(slot)
            keys = [(company.source, company.company, month) if company else None for month in months]
            return pa.array([found.get(key, {}).get(name) if key else None for key in keys], pa.float64())

        return (
            Field(
                self._label("month"),
                pa.array([f"{month:%Y-%m}" for month in months], pa.string()),
                Look.CODE,
            ),
            *(
                Field(self._label(f"{name} {{slot}}", slot=slot + 1), series(name, slot), look)
                for name, look in (("dso", Look.DECIMAL), ("overdue_share", Look.RATE))
                for slot in range(CHARTED)
            ),
        )

    def _exposures(self, largest: pa.Table) -> tuple[Field, ...]:
        fields = [Field(self._label("rank"), pa.array(range(1, TOP + 1), pa.int64()), Look.COUNT)]
        for slot in range(CHARTED):
            own = largest.filter(pc.equal(largest["order"], slot))
            missing = TOP - own.num_rows
            names = pa.array([*self._names(own), *[None] * missing], pa.string())
            amounts = [*own["exposure"].to_pylist(), *[None] * missing]
            fields += [
                Field(self._label("customer {slot}", slot=slot + 1), names),
                Field(self._label("exposure {slot}", slot=slot + 1), self._money(slot, amounts), Look.MONEY),
            ]
        return tuple(fields)

    def _aging(self, aged: pa.Table, buckets: Mapping[str, str]) -> tuple[Field, ...]:
        fields = [Field(self._label("bucket"), pa.array(list(buckets.values()), pa.string()))]
        for slot in range(CHARTED):
            own = aged.filter(pc.equal(aged["order"], slot))
            known = slot < len(self.companies)
            sums = [pc.sum(own[name], min_count=0).as_py() if known else None for name in buckets]
            header = self._label("open {slot}", slot=slot + 1)
            fields.append(Field(header, self._money(slot, sums), Look.MONEY))
        return tuple(fields)

    @staticmethod
    def _names(largest: pa.Table) -> list[str]:
        return [shortened(name, LONGEST) for name in largest["name"].to_pylist()]

    def _company(self, slot: int) -> CompanyStatus | None:
        return self.companies[slot] if slot < len(self.companies) else None

    def _money(self, slot: int, amounts: Sequence[int | None]) -> Money:
        company = self._company(slot)
        digits = 0 if company is None else minor_digits(company.currency)
        return Money(pa.array(amounts, pa.int64()), pa.array([digits] * len(amounts), pa.int8()))


def title_names(slot: int) -> tuple[str, str, str]:
    """Return the names of the cells that say which company is charted, and the titles of its charts.

    Args:
        slot: The place among the companies, counted from 0.
    """
    return (
        f"due_chart_company_{slot + 1}",
        f"due_chart_aging_title_{slot + 1}",
        f"due_chart_exposures_title_{slot + 1}",
    )
