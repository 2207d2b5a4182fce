# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""A portfolio as a refresh would deliver it: two companies, 120 customers, some with difficult names."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from duebook import aging
from duebook.calendar import add_months, end_of_month
from duebook.policy import default_policy
from duebook_workbooks.portfolio import CompanyStatus, PortfolioData, QuarantineCount, SourceStatus

if TYPE_CHECKING:
    from duebook.policy import Policy

AS_OF = date(2025, 11, 30)
COMPANIES = (
    ("tryton", "1", "Halden Instruments GmbH", "EUR"),
    ("tryton", "2", "海德仪器（苏州）有限公司", "CNY"),
)
_NAMES = ("=SUM Design Studio", "+49 Service AG", "-Minus & Söhne <KG>", "@home Retail", "  Lead & Trail  ")
_ENGLISH = (
    "Northwind Supply",
    "Brightwater Foods",
    "Kestrel Machinery",
    "Oakline Textiles",
    "Meridian Freight",
)
_CHINESE = (
    "苏州明远机械有限公司",
    "上海东方进出口有限公司",
    "深圳市华信电子科技股份有限公司",
    "宁波海川纺织",
)
_INDUSTRIES = ("Machinery", "Wholesale", "Food", "Textiles", "Electronics", "Logistics")
_TERMS = ("30 days net", "45 days net", "2/10 net 30", "End of month + 15", "3 instalments 30/60/90")
_COUNTRIES = ("DE", "FR", "IT", "NL", "PL", "AT", "CN", "JP", "KR", "VN", "GB", "US")


def portfolio(*, customers: int = 120, companies: int = 2, seed: int = 7) -> PortfolioData:
    """Return a portfolio that reconciles, the same for the same arguments."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    policy = default_policy()
    shown = COMPANIES[:companies]
    people, items = [], []
    for number in range(customers):
        source, company, _, currency = shown[number % len(shown)] if shown else ("", "", "", "")
        chinese = currency == "CNY"
        name = _NAMES[number] if number < len(_NAMES) else chance.choice(_CHINESE if chinese else _ENGLISH)
        name = name if number < len(_NAMES) else f"{name} {number}"
        key = {"source": source, "company": company, "customer": str(1000 + number)}
        foreign = "JPY" if chinese else "USD"
        lines = range(chance.randrange(1, 14))
        items.extend(key | _item(chance, f"{number}-{line}", currency, foreign) for line in lines)
        people.append(key | _customer(chance, number, name))
    if shown:  # an unapplied receipt that names nobody
        nobody = {"source": shown[0][0], "company": shown[0][1], "customer": ""}
        unknown = {
            "kind": "receipt",
            "amount_document": -250_000,
            "open_document": -250_000,
            "open": -250_000,
        }
        items.append(nobody | _item(chance, "x-0", shown[0][3], "USD") | unknown | {"currency": shown[0][3]})
    return _delivered(people, items, shown, policy)


def _item(chance: random.Random, number: str, currency: str, foreign: str) -> dict[str, Any]:
    posted = AS_OF - timedelta(days=chance.randrange(1, 200))
    kind = chance.choices(("invoice", "credit note", "receipt", "journal entry"), (88, 5, 5, 2))[0]
    sign = -1 if kind in {"credit note", "receipt"} else 1
    amount = (
        sign * chance.randrange(5_000, 4_000_000 if sign > 0 else 300_000) * (7 if currency == "CNY" else 1)
    )
    document_currency = foreign if chance.random() < 0.1 else currency
    rate = {"JPY": 0.2, "USD": 1.1}.get(document_currency, 1)
    document_amount = round(amount * rate)
    return {
        "item": number,
        "kind": kind,
        "document": f"{'INV' if sign > 0 else 'CRN'}-2025-{chance.randrange(10_000):05d}",
        "reference": chance.choice(("", None, f"PO {chance.randrange(90_000)}", '=HYPERLINK("x")')),
        "document_date": posted,
        "posting_date": posted,
        "due_date": None if kind == "receipt" else posted + timedelta(days=chance.choice((14, 30, 45, 60))),
        "currency": document_currency,
        "amount_document": document_amount,
        "open_document": document_amount,
        "open": amount,
    }


def _customer(chance: random.Random, number: int, name: str) -> dict[str, Any]:
    paid = chance.random() < 0.9
    late = round(chance.gauss(9, 14), 4)
    return {
        "code": f"C{number:05d}",
        "name": name,
        "country": chance.choice(_COUNTRIES),
        "industry": chance.choice(_INDUSTRIES),
        "terms": chance.choice(_TERMS),
        "average_terms": chance.choice((30.0, 45.0, 37.5)),
        "average_days_late": late if paid else None,
        "dso": round(chance.uniform(15, 110), 3) if paid else None,
        "pay_index": max(0.0, min(100.0, 80 - late)) if paid else None,
    } | _assessed(number, paid=paid)


def _assessed(number: int, *, paid: bool) -> dict[str, Any]:
    """Return an assessment: by turns red, amber, green and, for who never paid, none."""
    level = ("red", "amber", "green")[number % 3]
    reasons = {
        "red": ("Overdue share: 45% of 20%; Oldest item: 400 days", "逾期占比：45%；最长逾期：400 天"),
        "amber": ("=Limit use: 95%", "=额度使用率：95%"),
    }.get(level, (None, None))
    return {
        "exposure": 1_000_000 + 137 * number,
        "credit_limit": 2_000_000 if paid else None,
        "headroom": 1_000_000 - 137 * number if paid else None,
        "provision": 5_000 + number,
        "score": 60.5 if paid else None,
        "grade": "BCA"[number % 3] if paid else None,
        "default_probability": 0.25,
        "dunning_stage": ("reminder", "demand", None, "of another policy")[number % 4],
        "alert": level,
        "reasons_en": reasons[0],
        "reasons_zh": reasons[1],
        "over_limit": number % 5 == 0 if paid else None,
        "review_due": AS_OF + timedelta(days=number) if number % 2 else None,
    }


def _delivered(
    people: list[dict[str, Any]],
    items: list[dict[str, Any]],
    companies: tuple[tuple[str, ...], ...],
    policy: Policy,
) -> PortfolioData:
    edges = policy.aging.edges
    labels = aging.labels(edges)
    aged: dict[tuple[str, str, str], dict[str, int]] = {}
    oldest: dict[tuple[str, str, str], int] = {}
    for item in items:
        key = (item["source"], item["company"], item["customer"])
        late = None if item["due_date"] is None else (AS_OF - item["due_date"]).days
        buckets = aged.setdefault(key, dict.fromkeys((*labels, "total"), 0))
        buckets[aging.bucket(late, edges)] += item["open"]
        buckets["total"] += item["open"]
        if late is not None and late > 0:
            oldest[key] = max(late, oldest.get(key, 0))
    for person in people:
        key = (person["source"], person["company"], person["customer"])
        person["open"] = aged[key]["total"]
        person["overdue"] = sum(aged[key][name] for name in labels[1:-1])
        person["oldest_overdue_days"] = oldest.get(key)
    keys = ("source", "company", "customer")
    totals = {
        company[:2]: sum(item["open"] for item in items if (item["source"], item["company"]) == company[:2])
        for company in companies
    }
    return PortfolioData(
        run=12,
        finished=datetime(2025, 12, 1, 2, 10, 5, tzinfo=UTC),
        as_of=AS_OF,
        version="0.1.0",
        policy=policy,
        sources=(SourceStatus("tryton", "tryton", 18_204, 3),),
        companies=tuple(
            CompanyStatus(
                *company, *[totals[company[:2]]] * 3, remaining=totals[company[:2]], quarantined=3 - 3 * at
            )
            for at, company in enumerate(companies)
        ),
        quarantine=(
            QuarantineCount("tryton", "items", "amount: 12.345 has more decimals than EUR, which has 2.", 2),
            QuarantineCount("tryton", "allocations", "item: 'L-99' is not among the items.", 1),
        ),
        customers=_table(people, PEOPLE),
        aging=_table(
            [dict(zip(keys, key, strict=True)) | buckets for key, buckets in aged.items()],
            pa.schema(
                [*((key, pa.string()) for key in keys), *((name, pa.int64()) for name in (*labels, "total"))]
            ),
        ),
        items=_table(items, ITEMS),
        measures=_table(
            [
                {"source": company[0], "company": company[1], "dso": 51.25, "best_dso": 40.5, "cei": 78.125}
                for company in companies
            ],
            MEASURES,
        ),
        trend=_table(
            [
                {
                    "source": company[0],
                    "company": company[1],
                    "month": end_of_month(add_months(AS_OF, -back)),
                    "dso": None if back > 20 else 40 + at * 15 + back % 7 * 1.5,
                    "overdue_share": None if back > 20 else 0.2 + at / 10 + back % 5 / 50,
                }
                for at, company in enumerate(companies)
                for back in range(24)
            ],
            TREND,
        ),
    )


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema)


_STRINGS = ("source", "company", "customer")
PEOPLE = pa.schema(
    [
        *((name, pa.string()) for name in (*_STRINGS, "code", "name", "country", "industry", "terms")),
        *((name, pa.float64()) for name in ("average_terms", "average_days_late", "dso", "pay_index")),
        *((name, pa.int64()) for name in ("oldest_overdue_days", "open", "overdue")),
        *((name, pa.int64()) for name in ("exposure", "credit_limit", "headroom", "provision")),
        *((name, pa.float64()) for name in ("score", "default_probability")),
        *((name, pa.string()) for name in ("grade", "dunning_stage", "alert", "reasons_en", "reasons_zh")),
        ("over_limit", pa.bool_()),
        ("review_due", pa.date32()),
    ]
)
_OF_COMPANY = (("source", pa.string()), ("company", pa.string()))
MEASURES = pa.schema([*_OF_COMPANY, *((name, pa.float64()) for name in ("dso", "best_dso", "cei"))])
TREND = pa.schema(
    [*_OF_COMPANY, ("month", pa.date32()), ("dso", pa.float64()), ("overdue_share", pa.float64())]
)
ITEMS = pa.schema(
    [
        *((name, pa.string()) for name in (*_STRINGS, "item", "kind", "document", "reference", "currency")),
        *((name, pa.date32()) for name in ("document_date", "posting_date", "due_date")),
        *((name, pa.int64()) for name in ("amount_document", "open_document", "open")),
    ]
)


def withholding(data: PortfolioData, at: int, reason: str) -> PortfolioData:
    """Return the data with one company withheld, and its control account 100.00 away."""
    company = data.companies[at]
    withheld = replace(company, control_account=company.control_account - 10_000, withheld=reason)

    def others(table: pa.Table) -> pa.Table:
        kept = [
            row
            for row in table.to_pylist()
            if (row["source"], row["company"]) != (company.source, company.company)
        ]
        return pa.Table.from_pylist(kept, schema=table.schema)

    return replace(
        data,
        companies=(*data.companies[:at], withheld, *data.companies[at + 1 :]),
        customers=others(data.customers),
        aging=others(data.aging),
        items=others(data.items),
        measures=others(data.measures),
        trend=others(data.trend),
    )
