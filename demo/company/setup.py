"""The set-up of the group: companies, accounts, taxes, terms, rates, customers."""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from company.customers import COUNTRIES, CUSTOMERS, INDUSTRIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from company.session import Session

FIRST_DAY = dt.date(2024, 7, 1)
LAST_DAY = dt.date(2026, 6, 30)


@dataclass(frozen=True)
class Company:
    """One company of the group.

    Attributes:
        key: Letter by which the customer table names it.
        name: Its name.
        country: Its country.
        city: Its city.
        currency: Its currency.
        standard: Standard rate of its value added tax.
        reduced: Reduced rate, on food and health care.
        unit: Worth of one euro in its currency, for the sizes of invoices.
    """

    key: str
    name: str
    country: str
    city: str
    currency: str
    standard: Decimal
    reduced: Decimal
    unit: Decimal


COMPANIES = (
    Company(
        "E",
        "Halden Lin Europe B.V.",
        "NL",
        "Rotterdam",
        "EUR",
        Decimal("0.21"),
        Decimal("0.09"),
        Decimal(1),
    ),
    Company(
        "S",
        "海登林贸易（上海）有限公司",  # noqa: RUF001
        "CN",
        "上海",
        "CNY",
        Decimal("0.13"),
        Decimal("0.09"),
        Decimal("7.8"),
    ),
)

_CURRENCIES = {
    # code: name, symbol, rounding, digits, rate to the euro at the start, yearly volatility
    "EUR": ("Euro", "€", "0.01", 2, 1.0, 0.0),
    "CNY": ("Yuan Renminbi", "元", "0.01", 2, 7.78, 0.05),
    "USD": ("US Dollar", "$", "0.01", 2, 1.072, 0.08),
    "GBP": ("Pound Sterling", "£", "0.01", 2, 0.847, 0.06),
    "JPY": ("Yen", "¥", "1", 0, 172.0, 0.10),
}

TERMS: dict[str, tuple[str, tuple[tuple[str, dict[str, int]], ...]]] = {
    # key: name, instalments (share of what remains, when)
    "net15": ("15 days", (("", {"days": 15}),)),
    "net30": ("30 days", (("", {"days": 30}),)),
    "net45": ("45 days", (("", {"days": 45}),)),
    "net60": ("60 days", (("", {"days": 60}),)),
    "net90": ("90 days", (("", {"days": 90}),)),
    "eom30": ("30 days end of month", (("", {"days": 30, "day": 31}),)),
    "eom60": ("月结60天", (("", {"months": 2, "day": 31}),)),
    "inst2": ("2 instalments", (("0.5", {"days": 30}), ("", {"days": 60}))),
    "inst3": (
        "3 instalments",
        (("0.4", {"days": 30}), ("0.5", {"days": 60}), ("", {"days": 90})),
    ),
    "cash": ("Immediate", (("", {"days": 0}),)),
}

LIMITS = {"S": 12_000, "M": 40_000, "L": 120_000, "X": 180_000}
"""Credit limit of a size, in euros; a customer has it in each company that sells to it."""

MODULES = ("account_invoice", "account_credit_limit", "account_dunning")


def rates(seed: int) -> dict[str, list[tuple[dt.date, Decimal]]]:
    """Return weekly rates to the euro, a seeded random walk on Mondays."""
    series: dict[str, list[tuple[dt.date, Decimal]]] = {}
    for code, (_, _, _, _, start, volatility) in _CURRENCIES.items():
        rng = random.Random(f"{seed}/rate/{code}")  # noqa: S311 - a seeded story, no secret
        level, day = start, FIRST_DAY - dt.timedelta(days=FIRST_DAY.weekday() + 14)
        walk = []
        while day <= LAST_DAY:
            walk.append((day, Decimal(str(round(level, 4)))))
            if not volatility:
                break
            # Drawn back to the start, so that two years stay plausible.
            pull = 0.02 * math.log(start / level)
            level *= math.exp(pull + volatility / math.sqrt(52) * rng.gauss(0, 1))
            day += dt.timedelta(days=7)
        series[code] = walk
    return series


def set_up(session: Session, seed: int) -> None:
    """Set up everything both companies need before the first document."""
    currencies = _currencies(session, seed)
    countries = dict(
        zip(
            COUNTRIES,
            session.create("country.country", *({"code": c, "name": n} for c, n in COUNTRIES.items())),
            strict=True,
        )
    )
    companies = _companies(session, currencies, countries)
    terms = _terms(session)
    for company in COMPANIES:
        session.enter(companies[company.key])
        _accounts(session, company, companies[company.key])
    _dunning(session)
    _customers(session, countries, companies, terms)


def _currencies(session: Session, seed: int) -> dict[str, int]:
    ids = {}
    walks = rates(seed)
    for code, (name, symbol, rounding, digits, _, _) in _CURRENCIES.items():
        (ids[code],) = session.create(
            "currency.currency",
            {
                "code": code,
                "name": name,
                "symbol": symbol,
                "rounding": Decimal(rounding),
                "digits": digits,
                "rates": [("create", [{"date": d, "rate": r} for d, r in walks[code]])],
            },
        )
    return ids


def _companies(session: Session, currencies: dict[str, int], countries: dict[str, int]) -> dict[str, int]:
    ids = {}
    for company in COMPANIES:
        (party,) = session.create(
            "party.party",
            {
                "name": company.name,
                "code": f"HL-{company.key}",
                "addresses": [("create", [{"city": company.city, "country": countries[company.country]}])],
            },
        )
        (ids[company.key],) = session.create(
            "company.company",
            {
                "party": party,
                "currency": currencies[company.currency],
                # Lets a posted customer invoice be cancelled, which not every company allows.
                "cancel_invoice_out": True,
            },
        )
    session.write(
        "res.user",
        [session.config.user],
        {
            "companies": [("add", list(ids.values()))],
            "company": ids[COMPANIES[0].key],
            "company_filter": "all",
        },
    )
    user = session.config.get_proxy("res.user")
    session.config._context = user.get_preferences(True, {})  # noqa: SLF001, FBT003
    return ids


def _terms(session: Session) -> dict[str, int]:
    ids = {}
    for key, (name, instalments) in TERMS.items():
        lines: list[dict[str, Any]] = []
        for number, (share, delta) in enumerate(instalments):
            line: dict[str, Any] = {
                "sequence": number,
                "type": "remainder",
                "relativedeltas": [("create", [{"sequence": 0, **delta}])],
            }
            if share:
                ratio = Decimal(share)
                line |= {"type": "percent", "ratio": ratio, "divisor": 1 / ratio}
            lines.append(line)
        (ids[key],) = session.create(
            "account.invoice.payment_term", {"name": name, "lines": [("create", lines)]}
        )
    return ids


def _accounts(session: Session, company: Company, company_id: int) -> None:
    chart = session.wizard("account.create_chart")
    chart.execute("account")
    template = session.config.get_proxy("ir.model.data").get_id(
        "account", "account_template_root_en", session.config.context
    )
    chart.form.account_template = session.model("account.account.template")(template)
    chart.form.company = session.model("company.company")(company_id)
    chart.execute("create_account")
    account = account_finder(session, company_id)
    chart.form.account_receivable = session.model("account.account")(account("1.2.1"))
    payable = session.search(
        "account.account",
        [
            ("company", "=", company_id),
            ("type.payable", "=", True),
            ("party_required", "=", True),
        ],
    )[0]
    chart.form.account_payable = session.model("account.account")(payable)
    for kind in ("revenue", "expense"):
        default = session.search(
            "account.account", [("company", "=", company_id), (f"type.{kind}", "=", True)]
        )[0]
        if hasattr(chart.form, f"category_account_{kind}"):
            setattr(chart.form, f"category_account_{kind}", session.model("account.account")(default))
    chart.execute("create_properties")

    (bank,) = session.create(
        "account.account",
        _like(session, account("1.1.1"), code="1.1.1.1", name=f"Bank {company.currency}"),
    )
    # Card sales are owed by no customer: a receivable account that takes no party. Tryton
    # counts it in the general ledger and leaves it out of the aged balance.
    session.create(
        "account.account",
        _like(
            session,
            account("1.2.3"),
            code="1.2.3.1",
            name="Card sales in transit",
            party_required=False,
        ),
    )
    income = account("4.1.1")
    gains, losses, bad_debt, discounts, _ = session.create(
        "account.account",
        *(
            _like(session, income, code=code, name=name)
            for code, name in (
                ("6.2.90", "Exchange gains"),
                ("6.2.91", "Exchange losses"),
                ("5.2.90", "Bad debts"),
                ("4.3.90", "Payment differences"),
                ("6.1.90", "Charges to customers"),
            )
        ),
    )
    exchange = session.one("account.journal", [("code", "=", "EXC")])
    session.config.get_proxy("account.configuration").write(
        [1],
        {
            "currency_exchange_journal": exchange,
            "currency_exchange_credit_account": gains,
            "currency_exchange_debit_account": losses,
            "default_customer_payment_term": session.search(
                "account.invoice.payment_term", [("name", "=", TERMS["net30"][0])]
            )[0],
        },
        session.config.context,
    )
    _taxes(session, company, company_id)
    _years(session, company_id)
    (write_off,) = session.create(
        "account.journal", {"name": "Write-offs", "code": f"WO{company.key}", "type": "write-off"}
    )
    for name, target in (("Payment difference", discounts), ("Bad debt", bad_debt)):
        session.create(
            "account.move.reconcile.write_off",
            {
                "name": name,
                "company": company_id,
                "journal": write_off,
                "credit_account": target,
                "debit_account": target,
            },
        )
    session.create(
        "account.invoice.payment.method",
        {
            "name": "Bank transfer",
            "company": company_id,
            "journal": session.one("account.journal", [("code", "=", "CASH")]),
            "credit_account": bank,
            "debit_account": bank,
        },
    )


def account_finder(session: Session, company_id: int) -> Callable[[str], int]:
    """Return a function from an account's code to its id in a company."""

    def find(code: str) -> int:
        return session.one("account.account", [("company", "=", company_id), ("code", "=", code)])

    return find


def _like(session: Session, account: int, **other: object) -> dict[str, Any]:
    fields = ("company", "type", "parent", "reconcile", "party_required")
    (row,) = session.read("account.account", [account], *fields)
    del row["id"]
    return {**row, **other}


def _taxes(session: Session, company: Company, company_id: int) -> None:
    account = account_finder(session, company_id)("6.3.6")
    for rate in (company.standard, company.reduced):
        session.create(
            "account.tax",
            {
                "name": f"VAT {rate:.0%}",
                "description": f"VAT {rate:.0%}",
                "company": company_id,
                "type": "percentage",
                "rate": rate,
                "invoice_account": account,
                "credit_note_account": account,
            },
        )


def _years(session: Session, company_id: int) -> None:
    move_type = session.one("ir.sequence.type", [("name", "=", "Account Move")])
    invoice_type = session.one("ir.sequence.type", [("name", "=", "Invoice")])
    for year in range(FIRST_DAY.year, LAST_DAY.year + 1):
        sequences = session.create(
            "ir.sequence.strict",
            *(
                {
                    "name": f"{name} {year}",
                    "sequence_type": kind,
                    "company": company_id,
                    # The same in both companies: a number alone names no document.
                    "prefix": f"{prefix}{year}-",
                    "padding": 5,
                }
                for name, kind, prefix in (
                    ("Moves", move_type, "M"),
                    ("Invoices", invoice_type, "INV"),
                    ("Credit notes", invoice_type, "CN"),
                )
            ),
        )
        move, invoice, credit = sequences
        (fiscal_year,) = session.create(
            "account.fiscalyear",
            {
                "name": str(year),
                "company": company_id,
                "move_sequence": move,
                "start_date": dt.date(year, 1, 1),
                "end_date": dt.date(year, 12, 31),
                "invoice_sequences": [
                    (
                        "create",
                        [
                            {
                                "company": company_id,
                                "out_invoice_sequence": invoice,
                                "in_invoice_sequence": invoice,
                                "out_credit_note_sequence": credit,
                                "in_credit_note_sequence": credit,
                            }
                        ],
                    )
                ],
            },
        )
        session.click("account.fiscalyear", "create_period", [fiscal_year])
    # Reconciliations are numbered by company, so that two companies kept at once do not mix.
    kind = session.one("ir.sequence.type", [("name", "=", "Account Move Reconciliation")])
    (sequence,) = session.create(
        "ir.sequence",
        {"name": "Reconciliations", "sequence_type": kind, "company": company_id, "prefix": "R"},
    )
    session.config.get_proxy("account.configuration").write(
        [1], {"reconciliation_sequence": sequence}, session.config.context
    )


def _dunning(session: Session) -> None:
    session.create(
        "account.dunning.procedure",
        {
            "name": "Reminders",
            "levels": [
                (
                    "create",
                    [
                        {"sequence": n, "overdue": dt.timedelta(days=days)}
                        for n, days in enumerate((10, 30, 60))
                    ],
                )
            ],
        },
    )


def _customers(
    session: Session, countries: dict[str, int], companies: dict[str, int], terms: dict[str, int]
) -> None:
    (industry,) = session.create("party.category", {"name": "Industry"})
    categories = dict(
        zip(
            INDUSTRIES,
            session.create("party.category", *({"name": n, "parent": industry} for n in INDUSTRIES.values())),
            strict=True,
        )
    )
    # A second tree of categories, so that "the" category of a party has to be asked for by name.
    (segment,) = session.create("party.category", {"name": "Segment"})
    (key_account,) = session.create("party.category", {"name": "Key account", "parent": segment})
    procedure = session.one("account.dunning.procedure", [])
    for customer in CUSTOMERS:
        chosen = [categories[customer.industry]]
        if customer.size in "LX":
            chosen.append(key_account)
        (party,) = session.create(
            "party.party",
            {
                "name": customer.name,
                "code": customer.code,
                "addresses": [
                    (
                        "create",
                        [
                            {
                                "city": customer.city,
                                "country": countries[customer.country],
                                "invoice": True,
                            }
                        ],
                    )
                ],
                "categories": [("add", chosen)],
            },
        )
        session.write("party.party", [party], {"customer_payment_term": terms[customer.term]})
        for company in COMPANIES:
            if company.key not in customer.sellers:
                continue
            session.enter(companies[company.key])
            limit = Decimal(LIMITS[customer.size]) * company.unit
            session.write(
                "party.party",
                [party],
                {
                    "credit_limit_amount": limit.quantize(Decimal("1E3")).quantize(Decimal("0.01")),
                    "dunning_procedure": procedure,
                },
            )
