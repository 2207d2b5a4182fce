"""A worklist as a refresh would deliver it: two companies, every stage, disputes, promises, odd names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from duebook.policy import default_policy
from duebook.worklist import task
from duebook_workbooks.portfolio import CompanyStatus
from duebook_workbooks.worklist.workbook import WorklistData

if TYPE_CHECKING:
    from collections.abc import Iterable

AS_OF = date(2026, 6, 30)
HALDEN = ("tryton", "1", "Halden Instruments GmbH", "EUR")
SUZHOU = ("tryton", "2", "海德仪器（苏州）有限公司", "CNY")  # noqa: RUF001 - as names are written
_NAMES = (
    "=SUM Design Studio",
    "+49 Service AG",
    "-Minus & Söhne <KG>",
    "@home Retail",
    "苏州明远机械有限公司",
)
_LATE = (120, 40, 16, 5, -3, 200, 35, 95)


def customer(
    number: int,
    late: int,
    overdue: int,
    *,
    company: tuple[str, ...] = HALDEN,
    probability: float | None = 0.25,
    **known: Any,  # noqa: ANN401 - of whatever kind its column is
) -> dict[str, Any]:
    """Return a customer whose oldest debt is so many days late, with what is to be done by the policy.

    Args:
        number: Its number.
        late: Days late of its oldest debt.
        overdue: What is overdue, minor units.
        company: Its company.
        probability: Of serious delinquency.
        known: Other columns: disputed, disputed_since, promised, promised_for, alert, ...
    """
    said = {name: known[name] for name in ("disputed", "disputed_since", "promised_for") if known.get(name)}
    found = task(AS_OF - timedelta(late), AS_OF, default_policy(), overdue=overdue, **said)
    row = {
        **dict(zip(("source", "company", "customer"), (*company[:2], str(1000 + number)), strict=True)),
        "code": f"C{number:05d}",
        "name": _NAMES[number] if number < len(_NAMES) else f"Customer {number}",
        "stage": found.stage,
        "rank": found.rank,
        "due": found.due,
        "then_on": found.then_on,
        **{f"stage_{each}": text for each, text in zip(("en", "zh"), found.label, strict=True)},
        **{f"todo_{each}": text for each, text in zip(("en", "zh"), found.procedure, strict=True)},
        **{f"then_{each}": text for each, text in zip(("en", "zh"), found.then, strict=True)},
        "alert": "red",
        "reasons_en": "=Oldest item: 120 days",
        "reasons_zh": "=最长逾期：120 天",  # noqa: RUF001
        "oldest_overdue_days": max(0, late) or None,
        "open": overdue + 50_000,
        "overdue": overdue,
        "soon_due": 0,
        "headroom": -overdue,
        "default_probability": probability,
        "last_payment": AS_OF - timedelta(60),
    }
    return row | known


def item(  # noqa: PLR0913 - what an item has
    number: str,
    whose: dict[str, Any],
    late: int,
    amount: int,
    *,
    kind: str = "invoice",
    currency: str = "EUR",
) -> dict[str, Any]:
    """Return an item of a customer, so many days late."""
    due = AS_OF - timedelta(late)
    found = task(due, AS_OF, default_policy(), overdue=max(1, amount))
    stage = found.label if amount > 0 else (None, None)
    return {name: whose[name] for name in ("source", "company", "customer")} | {
        "item": number,
        "kind": kind,
        "document": f"INV-{number}",
        "reference": '=HYPERLINK("x")',
        "currency": currency,
        "document_date": due - timedelta(30),
        "due_date": due,
        "open_document": amount,
        "open": amount,
        "stage_en": stage[0],
        "stage_zh": stage[1],
    }


def worklist(customers: int = 24) -> WorklistData:
    """Return a worklist whose items add up to its customers, the same for the same number."""
    people, items = [], []
    for number in range(customers):
        late, company = _LATE[number % len(_LATE)], (HALDEN, SUZHOU)[number % 2]
        known: dict[str, Any] = {}
        if number % 7 == 3:
            known = {"disputed": 90_000_000, "disputed_since": AS_OF - timedelta(20)}
        elif number % 7 == 5:
            known = {"promised": 250_000, "promised_for": AS_OF + timedelta(number - 6)}
        amount = 125_050 + 10_007 * number
        soon = 1_000 * number
        overdue = amount - 5_000 if late > 0 else 0
        person = customer(number, late, overdue, company=company, soon_due=soon, **known)
        people.append(person)
        if late > 0:
            items += [
                item(f"{number}-0", person, late, amount, currency=company[3]),
                item(f"{number}-1", person, late, -5_000, kind="credit note", currency=company[3]),
            ]
        items.append(item(f"{number}-2", person, -2, soon, currency="USD"))
    return delivered(people, items)


def delivered(people: Iterable[dict[str, Any]], items: Iterable[dict[str, Any]]) -> WorklistData:
    """Return a worklist of these customers and items."""
    totals = {"buckets": 1, "open_items": 1, "control_account": 1, "remaining": None, "quarantined": 0}
    return WorklistData(
        run=12,
        finished=datetime(2026, 7, 1, 2, 10, 5, tzinfo=UTC),
        as_of=AS_OF,
        policy=default_policy(),
        companies=tuple(CompanyStatus(*company, **totals) for company in (HALDEN, SUZHOU)),
        customers=pa.Table.from_pylist(list(people), schema=PEOPLE),
        items=pa.Table.from_pylist(list(items), schema=ITEMS),
    )


def withholding(data: WorklistData, at: int, reason: str) -> WorklistData:
    """Return the data with one company withheld."""
    company = replace(data.companies[at], withheld=reason)

    def others(table: pa.Table) -> pa.Table:
        kept = [row for row in table.to_pylist() if row["company"] != company.company]
        return pa.Table.from_pylist(kept, schema=table.schema)

    return replace(
        data,
        companies=(*data.companies[:at], company, *data.companies[at + 1 :]),
        customers=others(data.customers),
        items=others(data.items),
    )


_KEYS = ("source", "company", "customer")
PEOPLE = pa.schema(
    [
        *((name, pa.string()) for name in (*_KEYS, "code", "name", "stage", "stage_en", "stage_zh")),
        *((name, pa.string()) for name in ("todo_en", "todo_zh", "then_en", "then_zh", "alert")),
        *((name, pa.string()) for name in ("reasons_en", "reasons_zh")),
        *((name, pa.int64()) for name in ("rank", "oldest_overdue_days", "open", "overdue", "soon_due")),
        *((name, pa.int64()) for name in ("promised", "disputed", "headroom")),
        ("default_probability", pa.float64()),
        *((name, pa.date32()) for name in ("due", "then_on", "promised_for", "disputed_since")),
        ("last_payment", pa.date32()),
    ]
)
ITEMS = pa.schema(
    [
        *((name, pa.string()) for name in (*_KEYS, "item", "kind", "document", "reference", "currency")),
        *((name, pa.date32()) for name in ("document_date", "due_date")),
        *((name, pa.int64()) for name in ("open_document", "open")),
        *((name, pa.string()) for name in ("stage_en", "stage_zh")),
    ]
)
