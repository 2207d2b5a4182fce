"""The answers: what Tryton itself says of the books at several dates."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from company.books import Books
from company.setup import COMPANIES

if TYPE_CHECKING:
    from company.session import Session

DATES = tuple(
    dt.date.fromisoformat(day)
    for day in ("2024-12-31", "2025-06-30", "2025-11-20", "2026-03-31", "2026-06-30")
)

_COLUMNS = ("balance", "term0", "term1", "term2", "term3")

_NOTES = """\
aged: Tryton's report account.aged_balance, type customer, unit day, terms 30/60/90. balance is \
everything open, due or not; term0 is due on the date or up to 29 days before, term1 30 to 59 days, \
term2 60 to 89, term3 90 and more; what is not yet due is balance less the four terms. A line without \
maturity date is due on the date of its move.
ledger: end_balance of account.general_ledger.account to the date, for every account whose type is \
receivable.
The aged balance leaves out lines without a party: the total of the ledger less the total of the aged \
balance is the balance of the accounts that require no party.
Both reports of Tryton count draft moves too. There is none here on a receivable account \
(draft_moves_on_receivables), so posted and all are the same figures."""


def figures(session: Session, seed: int, scale: float, version: str) -> dict[str, Any]:
    """Return every figure of every company, amounts as text.

    Args:
        session: A session on the finished books.
        seed: The seed they were made from.
        scale: Their scale.
        version: Version of Tryton.
    """
    return {
        "made_with": f"Tryton {version}, seed {seed}, scale {scale:g}",
        "columns": list(_COLUMNS),
        "notes": _NOTES.splitlines(),
        "companies": {
            str(books.id): _company(books) for books in (Books(session, company) for company in COMPANIES)
        },
        "totals": _totals(session),
    }


def _company(books: Books) -> dict[str, Any]:
    session = books.session
    session.enter(books.id)
    return {
        "name": books.company.name,
        "currency": books.company.currency,
        "dates": {day.isoformat(): _at(books, day) for day in DATES},
        "counts": _counts(books),
    }


def _at(books: Books, day: dt.date) -> dict[str, Any]:
    session = books.session
    context = {
        "date": day,
        "type": "customer",
        "unit": "day",
        "term1": 30,
        "term2": 60,
        "term3": 90,
        "posted": False,
    }
    ids = session.search("account.aged_balance", [], [("party", "ASC")], **context)
    rows = session.read("account.aged_balance", ids, "party", *_COLUMNS, **context)
    names = {
        row["id"]: row for row in session.read("party.party", [row["party"] for row in rows], "name", "code")
    }
    aged = {
        str(row["party"]): {
            "name": names[row["party"]]["name"],
            "code": names[row["party"]]["code"],
            "figures": [_text(row[column]) for column in _COLUMNS],
        }
        for row in sorted(rows, key=lambda row: row["party"])
    }
    totals = [
        _text(sum((Decimal(one["figures"][n]) for one in aged.values()), Decimal(0)))
        for n in range(len(_COLUMNS))
    ]
    ledger = _ledger(books, day)
    total = sum((Decimal(one["balance"]) for one in ledger.values()), Decimal(0))
    return {
        "aged": aged,
        "aged_total": totals,
        "ledger": ledger,
        "ledger_total": _text(total),
        "without_party": _text(total - Decimal(totals[0])),
    }


def _ledger(books: Books, day: dt.date) -> dict[str, Any]:
    session = books.session
    (year,) = session.search(
        "account.fiscalyear",
        [("company", "=", books.id), ("start_date", "<=", day), ("end_date", ">=", day)],
    )
    accounts = session.search("account.account", [("company", "=", books.id), ("type.receivable", "=", True)])
    context = {"company": books.id, "fiscalyear": year, "to_date": day, "posted": False}
    rows = session.read("account.general_ledger.account", accounts, "end_balance", **context)
    known = session.read("account.account", accounts, "code", "name", "party_required")
    return {
        account["code"]: {
            "name": account["name"],
            "party_required": account["party_required"],
            "balance": _text(row["end_balance"]),
        }
        for account, row in zip(known, rows, strict=True)
    }


def _counts(books: Books) -> dict[str, int]:
    mine = ("company", "=", books.id)
    receivable = [("account.type.receivable", "=", True), ("move.company", "=", books.id)]
    invoice: dict[str, list[Any]] = {
        "invoices_posted": [mine, ("move", "!=", None), ("total_amount", ">=", 0)],
        "credit_notes_posted": [mine, ("move", "!=", None), ("total_amount", "<", 0)],
        "invoices_draft": [mine, ("state", "=", "draft")],
        "invoices_validated": [mine, ("state", "=", "validated")],
        "drafts_cancelled": [mine, ("state", "=", "cancelled"), ("move", "=", None)],
        "posted_cancelled": [mine, ("state", "=", "cancelled"), ("move", "!=", None)],
        "invoices_foreign": [mine, ("move", "!=", None), ("currency.code", "!=", books.company.currency)],
        "invoices_taxed": [mine, ("move", "!=", None), ("tax_amount", "!=", 0)],
        "invoices_paid": [mine, ("state", "=", "paid")],
    }
    lines: dict[str, list[Any]] = {
        "receivable_lines": receivable,
        "receivable_lines_open": [*receivable, ("reconciliation", "=", None)],
        "receivable_lines_without_party": [*receivable, ("party", "=", None)],
        "receivable_lines_without_maturity": [*receivable, ("maturity_date", "=", None)],
        "draft_moves_on_receivables": [*receivable, ("move.state", "=", "draft")],
        "exchange_differences": [*receivable, ("move.journal.code", "=", "EXC")],
        "write_offs": [*receivable, ("move.journal.code", "=", f"WO{books.company.key}")],
        "receipts": [
            *receivable,
            ("move.journal.type", "=", "cash"),
            ("party", "!=", None),
            ("credit", ">", 0),
        ],
        "journal_entries": [*receivable, ("move.journal.code", "=", "MISC"), ("party", "!=", None)],
    }
    session = books.session
    found = {name: len(session.search("account.invoice", d)) for name, d in invoice.items()}
    found |= {name: len(session.search("account.move.line", d)) for name, d in lines.items()}
    found["reconciliations"] = len(session.search("account.move.reconciliation", [mine]))
    found["dunnings"] = len(session.search("account.dunning", [mine]))
    return found


def _totals(session: Session) -> dict[str, int]:
    customers = session.search("party.party", [("code", "like", "C1%")])
    addresses = session.search("party.address", [("party", "in", customers)])
    countries = {row["country"] for row in session.read("party.address", addresses, "country")}
    return {
        "companies": len(COMPANIES),
        "customers": len(customers),
        "countries": len(countries),
        "industries": len(session.search("party.category", [("parent.name", "=", "Industry")])),
    }


def _text(amount: Decimal | None) -> str:
    return f"{amount or Decimal(0):.2f}"
