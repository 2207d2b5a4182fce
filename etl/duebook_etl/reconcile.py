"""Does what was loaded add up? Every company against its general ledger and the ERP's own balances.

What is open at the end of a day is the sum of the items posted by then less the legs in force then, and the
legs of an allocation add up to nothing. So when the open items differ from the control account, the
difference is exactly what differs on single posting days, less the allocations that do not add up. These are
named, with their items, and the rows of the company in quarantine, which are the usual cause. An allocation
in quarantine changes no sum and yet leaves open what it settled, so it is a difference by itself.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import delete, insert, select

from duebook.aging import labels
from duebook.errors import InputError
from duebook.measures import aging, open_items
from duebook.money import to_minor
from duebook_etl import schema
from duebook_etl.answers import CompanyReport, Difference
from duebook_etl.validate import LATEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from duebook_etl.store import Store

BUCKETS: Final = "buckets = open items"
CONTROL: Final = "open items = control account"
REMAINING: Final = "open after all that is known = balance in the ERP"
POSTING_DAY: Final = "items of the posting day = movement of the control account"
ALLOCATION: Final = "legs of the allocation = nothing"
QUARANTINE: Final = "row in quarantine"
NAMED: Final = 200
"""How many rows of one kind are named behind a difference at most; what differs is always the whole."""
UNKNOWN_CURRENCY: Final = "XXX"
"""What ISO 4217 has for "no currency": that of a company whose own row is in quarantine."""


def reconcile(
    store: Store, run: int, source: str, as_of: date, policy_edges: Sequence[int]
) -> list[CompanyReport]:
    """Compare the figures of each company that must be equal, and record the outcome.

    At the end of the day: the sum of the buckets, the sum of the open items and the control account of the
    general ledger; and no allocation in force by then is in quarantine. After everything known: what is open
    of each item and the ERP's own balance of it, where it has one.

    Args:
        store: The store, loaded.
        run: The number of the run; what it recorded of this source before is replaced.
        source: The source's name.
        as_of: The day.
        policy_edges: The last day of every bucket but the open-ended one.

    Returns:
        A report a company, by its id, in minor units. A company whose own row is in quarantine has one too,
        not reconciled and in the currency :data:`UNKNOWN_CURRENCY`.

    Raises:
        StoreError: The store cannot be read or written.
    """
    ledger = _Ledger.read(store, source, as_of, policy_edges)
    reports = [ledger.report(company) for company in sorted(ledger.currencies)]
    with store.write() as connection:
        for table in (schema.differences, schema.run_companies):
            connection.execute(delete(table).where(table.c.run == run, table.c.source == source))
        rows = [asdict(report) | {"run": run} for report in reports]
        differences = [
            difference | {"run": run, "source": source, "company": row["company"]}
            for row in rows
            for difference in row.pop("differences")
        ]
        for table, values in ((schema.run_companies, rows), (schema.differences, differences)):
            if values:
                connection.execute(insert(table), values)
    return reports


@dataclass(frozen=True)
class _Refused:
    """A row in quarantine, as far as it can be read; ``amount`` is 0 where it cannot.

    ``date`` is the posting date of an item or a movement, the effective date of a leg.
    """

    query: str
    company: str
    item: str | None
    document: str | None
    customer: str | None
    amount: int
    date: date | None


@dataclass(frozen=True)
class _Ledger:
    """What the store has of a source, and what is open of it."""

    source: str
    as_of: date
    currencies: Mapping[str, str]
    items: pa.Table
    legs: pa.Table
    control: pa.Table
    buckets: Mapping[str, int]
    open: Mapping[str, int]
    remaining: Mapping[str, int]
    unlike_remaining: pa.Table
    refused: Sequence[_Refused]

    @classmethod
    def read(cls, store: Store, source: str, as_of: date, edges: Sequence[int]) -> _Ledger:
        companies, control, quarantine = schema.companies.c, schema.control.c, schema.quarantine.c
        with store.engine.connect() as connection:
            chosen = select(companies.company, companies.currency).where(companies.source == source)
            currencies = {row.company: row.currency for row in connection.execute(chosen)}
            turned_away = select(quarantine.query, quarantine.company, quarantine.raw).where(
                quarantine.source == source, quarantine.company.is_not(None), quarantine.query != "customers"
            )
            rows = connection.execute(turned_away).all()
        for row in rows:
            if row.query == "companies":
                currencies.setdefault(row.company, UNKNOWN_CURRENCY)
        movements = select(control.company, control.posting_date, control.amount)
        items, legs = store.ledger_frames(source=source)
        opened = _open_items(items, legs, as_of)
        stated = items.filter(items["remaining"].is_valid())
        aged = aging(opened, as_of=as_of, by=["company"], edges=edges)
        return cls(
            source=source,
            as_of=as_of,
            currencies=currencies,
            items=items,
            legs=legs,
            control=store.read(movements.where(control.source == source, control.posting_date <= as_of)),
            buckets={row["company"]: sum(row[label] for label in labels(edges)) for row in aged.to_pylist()},
            open=_sums(opened, "company", "open"),
            remaining=_sums(stated, "company", "remaining"),
            unlike_remaining=_unlike_remaining(stated, legs),
            refused=[_refused(row.query, row.company, row.raw, currencies) for row in rows],
        )

    def report(self, company: str) -> CompanyReport:
        """Return the figures of a company and what differs."""
        found, buckets = self.open.get(company, 0), self.buckets.get(company, 0)
        control = pc.sum(_of(self.control, company)["amount"]).as_py() or 0
        differences: list[Difference] = []
        if buckets != found:
            differences.append(_difference(BUCKETS, expected=found, found=buckets))
        if found != control:
            differences.append(_difference(CONTROL, expected=control, found=found))
            differences += islice(self._days(company), NAMED)
            differences += islice(self._allocations(company), NAMED)
        everything = bool(differences) or self.currencies[company] == UNKNOWN_CURRENCY
        differences += islice(self._quarantine(company, everything=everything), NAMED)
        differences += islice(self._remaining(company), NAMED)
        return CompanyReport(
            source=self.source,
            company=company,
            currency=self.currencies[company],
            buckets=buckets,
            open=found,
            control_account=control,
            remaining=self.remaining.get(company),
            reconciled=not differences,
            differences=tuple(differences),
        )

    def _days(self, company: str) -> Iterator[Difference]:
        """Name the days whose items do not make the control account's movement, and their items."""
        items = _of(self.items, company)
        items = items.filter(pc.less_equal(items["posting_date"], self.as_of))
        posted = _sums(items, "posting_date", "amount")
        moved = _sums(_of(self.control, company), "posting_date", "amount")
        missing = Counter[date]()
        for row in self.refused:
            if row.company == company and row.query == "items" and row.date is not None:
                missing[row.date] += row.amount
        for day in sorted({*posted, *moved}):
            found, expected = posted.get(day, 0), moved.get(day, 0)
            if found == expected:
                continue
            of_day = items.filter(pc.equal(items["posting_date"], day)).to_pylist()
            # One item that makes the whole difference is it; a refused one is named with the quarantine.
            too_much = [item for item in of_day if item["amount"] == found - expected]
            named = [] if missing[day] == expected - found else too_much or of_day
            for item in named or [{}]:
                yield _difference(POSTING_DAY, item, posting_date=day, expected=expected, found=found)

    def _allocations(self, company: str) -> Iterator[Difference]:
        """Name the items of allocations in force whose legs do not add up to nothing."""
        items, legs = _of(self.items, company), _of(self.legs, company)
        later = pc.fill_null(pc.greater(legs["reversed_on"], self.as_of), True)  # noqa: FBT003
        legs = legs.filter(pc.and_(pc.less_equal(legs["effective_date"], self.as_of), later))
        sums = {name: total for name, total in _sums(legs, "allocation", "amount").items() if total}
        unequal = legs.filter(pc.is_in(legs["allocation"], value_set=pa.array(sums, pa.string()))).to_pylist()
        touched = pa.array({leg["item"] for leg in unequal}, pa.string())
        rows = items.filter(pc.is_in(items["item"], value_set=touched)).to_pylist()
        by_id = {item["item"]: item for item in rows}
        for leg in sorted(unequal, key=lambda leg: (leg["allocation"], leg["item"])):
            yield _difference(
                ALLOCATION,
                by_id[leg["item"]],
                posting_date=leg["effective_date"],
                expected=0,
                found=sums[leg["allocation"]],
            )

    def _quarantine(self, company: str, *, everything: bool) -> Iterator[Difference]:
        """Name the rows in quarantine: all of them, or the legs that would be in force.

        Without its legs an allocation leaves every sum as it is, and open what it settled.
        """
        for row in self.refused:
            in_force = row.query == "allocations" and (row.date or self.as_of) <= self.as_of
            if row.company == company and (everything or in_force):
                yield _difference(
                    QUARANTINE, asdict(row), posting_date=row.date, expected=row.amount, found=0
                )

    def _remaining(self, company: str) -> Iterator[Difference]:
        for item in _of(self.unlike_remaining, company).sort_by("item").to_pylist():
            yield _difference(
                REMAINING,
                item,
                posting_date=item["posting_date"],
                expected=item["remaining"],
                found=item["open"],
            )


def _unlike_remaining(stated: pa.Table, legs: pa.Table) -> pa.Table:
    """Return the items whose balance in the ERP is not what is open of them, with that as ``open``."""
    key = ["company", "item"]
    opened = _open_items(stated, legs, LATEST).select([*key, "open"])
    both = stated.select([*key, "document", "customer", "posting_date", "remaining"]).join(opened, key)
    both = both.set_column(both.schema.get_field_index("open"), "open", both["open"].fill_null(0))
    return both.filter(pc.not_equal(both["open"], both["remaining"]))


def _open_items(items: pa.Table, legs: pa.Table, as_of: date) -> pa.Table:
    """Return what is open, with the columns that are needed here: a join copies every column it is given."""
    amounts = ["amount", "amount_document"]
    few = items.select(["company", "item", "posting_date", "due_date", *amounts])
    return open_items(few, legs.select(["company", "item", "effective_date", "reversed_on", *amounts]), as_of)


def _difference(
    check: str,
    item: Mapping[str, object] = MappingProxyType({}),
    *,
    posting_date: date | None = None,
    expected: int,
    found: int,
) -> Difference:
    values = {name: item.get(name) for name in ("item", "document", "customer")}
    names = {name: None if value is None else str(value) for name, value in values.items()}
    return Difference(check, **names, posting_date=posting_date, expected=expected, found=found)


def _refused(query: str, company: str, raw: str, currencies: Mapping[str, str]) -> _Refused:
    row = json.loads(raw)
    try:
        amount = to_minor(row.get("amount") or "", currencies.get(company, UNKNOWN_CURRENCY))
    except InputError:
        amount = 0
    try:
        day = date.fromisoformat(row.get("posting_date") or row.get("effective_date") or "")
    except ValueError:
        day = None
    named = {name: row.get(name) for name in ("item", "document", "customer")}
    return _Refused(query=query, company=company, date=day, amount=amount, **named)


def _of(table: pa.Table, company: str) -> pa.Table:
    return table.filter(pc.equal(table["company"], company))


def _sums(table: pa.Table, key: str, amount: str) -> dict[Any, int]:
    sums = table.group_by(key).aggregate([(amount, "sum")])
    return dict(zip(sums[key].to_pylist(), sums[f"{amount}_sum"].to_pylist(), strict=True))
