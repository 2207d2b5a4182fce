"""The demo company: what is in it, what must not be, and that Tryton's figures are those of the dump."""

# The statements are put together from text of this file, and one company is Chinese.
# ruff: noqa: S608, RUF001

from __future__ import annotations

import gzip
import re
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("psycopg")

import duebook_demo

if TYPE_CHECKING:
    from collections.abc import Callable

    Query = Callable[..., list[tuple[Any, ...]]]

FIGURES = duebook_demo.figures()
DATES = ("2024-12-31", "2025-06-30", "2025-11-20", "2026-03-31", "2026-06-30")
COMPANIES = tuple(FIGURES["companies"])
AT = [(company, day) for company in COMPANIES for day in DATES]

# Open at a date, as Tryton's own report reads it (trytond, account.aged_balance).
OPEN = """
    FROM account_move_line l JOIN account_move m ON m.id = l.move JOIN account_account a ON a.id = l.account
    JOIN account_account_type t ON t.id = a.type
    LEFT JOIN account_move_reconciliation r ON r.id = l.reconciliation
    WHERE t.receivable AND a.company = %s AND m.date <= %s::date AND (r.id IS NULL OR r.date > %s::date)
"""


def sql_text() -> str:
    return gzip.decompress(duebook_demo.dump().read_bytes()).decode()


def number(query: Query, statement: str, *values: object) -> int:
    ((found,),) = query(statement, *values)
    return int(found)


def test_the_dump_is_small_and_always_the_same_file():
    packed = duebook_demo.dump().read_bytes()
    assert len(packed) <= 3_000_000
    assert packed[4:8] == bytes(4), "gzip header carries a time"
    assert not re.search(r"^\\(un)?restrict|^-- Dumped ", sql_text(), re.MULTILINE)


def test_it_opens_no_door(query: Query):
    assert number(query, "SELECT count(*) FROM res_user WHERE password_hash IS NOT NULL") == 0
    assert number(query, "SELECT count(*) FROM res_user WHERE password_reset IS NOT NULL") == 0
    for table in ("ir_session", "ir_session_wizard", "res_user_login_attempt", "res_user_device", "ir_queue"):
        assert number(query, f'SELECT count(*) FROM "{table}"') == 0, table
    assert number(query, "SELECT count(*) FROM res_user_application") == 0
    assert number(query, "SELECT count(*) FROM ir_configuration WHERE hostname IS NOT NULL") == 0


def test_it_names_nobody():
    mails = set(re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", sql_text()))
    assert all(mail.endswith("example.org") for mail in mails), mails
    assert not re.search(r"/(home|root|tmp|work)/", sql_text())


def test_it_is_a_tryton_database(query: Query):
    assert query("SELECT series FROM ir_configuration") == [("8.2",)]
    assert (
        number(query, "SELECT count(*) FROM ir_module WHERE name = 'account_invoice' AND state = 'activated'")
        == 1
    )


def test_a_group_of_two_companies_and_120_customers(query: Query):
    assert query("""
        SELECT p.name, c.code FROM company_company o JOIN party_party p ON p.id = o.party
        JOIN currency_currency c ON c.id = o.currency ORDER BY o.id
    """) == [("Halden Lin Europe B.V.", "EUR"), ("海登林贸易（上海）有限公司", "CNY")]
    customers = "FROM party_party p WHERE p.code LIKE 'C1%%'"
    assert number(query, f"SELECT count(*) {customers}") == 120
    assert (
        number(
            query, f"SELECT count(*) {customers} AND EXISTS (SELECT FROM account_invoice WHERE party = p.id)"
        )
        == 120
    )
    countries = "SELECT count(DISTINCT country) FROM party_address WHERE party IN (SELECT id {})"
    assert number(query, countries.format(customers)) == 12
    industries = """
        SELECT count(DISTINCT c.id), count(*) FROM "party_party-party_category" x JOIN party_category c
        ON c.id = x.category JOIN party_category i ON i.id = c.parent AND i.name = 'Industry'
    """
    assert query(industries) == [(6, 120)]
    terms = (
        "SELECT count(DISTINCT party) FROM party_party_payment_term WHERE customer_payment_term IS NOT NULL"
    )
    assert number(query, terms) >= 120
    limits = (
        "SELECT count(DISTINCT company) FROM party_party_credit_limit_amount WHERE credit_limit_amount > 0"
    )
    assert number(query, limits) == 2


def test_names_that_try_a_program(query: Query):
    names = [name for (name,) in query("SELECT name FROM party_party WHERE code LIKE 'C1%%'")]
    assert any(name.startswith("=") for name in names)
    assert len(names) - len(set(names)) == 1
    assert sum(bool(re.search("[\u4e00-\u9fff]", name)) for name in names) >= 20


def test_two_years_of_at_least_1500_invoices(query: Query):
    posted = """
        FROM account_invoice i JOIN account_move m ON m.id = i.move
        WHERE i.type = 'out' AND m.state = 'posted'
    """
    assert number(query, f"SELECT count(*) {posted} AND i.total_amount_cache >= 0") >= 1_500
    ((first, last),) = query(f"SELECT min(i.invoice_date)::text, max(i.invoice_date)::text {posted}")
    assert first.startswith("2024-07")
    assert last.startswith("2026-06")
    assert number(query, "SELECT count(*) FROM account_move WHERE state <> 'posted'") == 0


@pytest.mark.parametrize("company", COMPANIES)
def test_every_kind_of_document(company: str):
    counts = FIGURES["companies"][company]["counts"]
    least = {
        "invoices_posted": 650, "credit_notes_posted": 25, "invoices_draft": 4, "invoices_validated": 1,
        "drafts_cancelled": 4, "posted_cancelled": 10, "invoices_foreign": 100, "invoices_taxed": 100,
        "exchange_differences": 100, "write_offs": 5, "receipts": 500, "journal_entries": 5,
        "receivable_lines_without_party": 40, "receivable_lines_without_maturity": 500, "dunnings": 20,
    }  # fmt: skip
    short = {name: counts[name] for name, bound in least.items() if counts[name] < bound}
    assert not short
    assert counts["draft_moves_on_receivables"] == 0


KINDS: dict[str, tuple[int, str]] = {
    "instalments": (
        200,
        """SELECT count(*) FROM (SELECT i.id FROM account_invoice i JOIN account_move_line l
        ON l.move = i.move AND l.account = i.account GROUP BY i.id HAVING count(*) >= 2) x""",
    ),
    "partial payments of one invoice": (
        20,
        """SELECT count(*) FROM (SELECT invoice FROM "account_invoice-account_move_line" GROUP BY invoice
        HAVING count(*) > 1) x""",
    ),
    "one payment over several invoices": (
        10,
        """SELECT count(*) FROM (SELECT r.id FROM account_move_reconciliation r JOIN account_move_line l
        ON l.reconciliation = r.id JOIN account_move m ON m.id = l.move
        LEFT JOIN account_invoice i ON i.move = m.id GROUP BY r.id HAVING count(DISTINCT i.id) > 1
        AND count(*) FILTER (WHERE m.description = 'Payment run') = 1) x""",
    ),
    "advances": (10, "SELECT count(*) FROM account_move WHERE description LIKE 'Advance%%'"),
    "advances without an invoice": (
        2,
        """SELECT count(*) FROM account_move m JOIN account_move_line l ON l.move = m.id
        WHERE m.description = 'Advance for next order' AND l.party IS NOT NULL
        AND l.reconciliation IS NULL""",
    ),
    "whole credit notes": (
        15,
        "SELECT count(*) FROM account_invoice i JOIN account_invoice c ON c.move = i.cancel_move",
    ),
    "credit notes nobody allocated": (
        10,
        """SELECT count(*) FROM account_invoice i JOIN account_move_line l
        ON l.move = i.move AND l.account = i.account
        WHERE i.total_amount_cache < 0 AND l.reconciliation IS NULL""",
    ),
    "reconciliations undone: paid in full, and yet open": (
        2,
        """SELECT count(*) FROM (SELECT i.id FROM account_invoice i JOIN "account_invoice-account_move_line" x
        ON x.invoice = i.id JOIN account_move_line p ON p.id = x.line AND p.reconciliation IS NULL
        WHERE i.state = 'posted' GROUP BY i.id, i.total_amount_cache
        HAVING sum(p.credit) = i.total_amount_cache) y""",
    ),
    "cancelled after posting, on the invoice's own date": (
        10,
        """SELECT count(*) FROM account_invoice i JOIN account_move c ON c.id = i.cancel_move
        JOIN account_move m ON m.id = i.move AND m.date = c.date LEFT JOIN account_invoice n ON n.move = c.id
        WHERE n.id IS NULL AND i.state = 'cancelled'""",
    ),
    "payment plans": (1, "SELECT count(*) FROM account_move WHERE description = 'Payment plan agreed'"),
    "receivable entries with no maturity date": (
        4,
        """SELECT count(*) FROM account_move_line l JOIN account_move m ON m.id = l.move
        JOIN account_journal j ON j.id = m.journal AND j.code = 'MISC'
        WHERE l.party IS NOT NULL AND l.debit > 0 AND l.maturity_date IS NULL""",
    ),
    "blocked reminders": (1, "SELECT count(*) FROM account_dunning WHERE blocked"),
    "currencies": (5, "SELECT count(DISTINCT currency) FROM account_invoice"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_document_in_the_database(query: Query, kind: str):
    least, statement = KINDS[kind]
    assert number(query, statement) >= least


def test_numbers_repeat_between_the_companies(query: Query):
    repeated = """
        SELECT count(*) FROM (
            SELECT number FROM account_invoice GROUP BY number HAVING count(DISTINCT company) = 2
        ) x
    """
    assert number(query, repeated) >= 500


@pytest.mark.parametrize(("company", "day"), AT)
def test_figures_are_whole(company: str, day: str):
    at = FIGURES["companies"][company]["dates"][day]
    for index, total in enumerate(at["aged_total"]):
        assert sum(Decimal(one["figures"][index]) for one in at["aged"].values()) == Decimal(total)
    ledger = sum(Decimal(one["balance"]) for one in at["ledger"].values())
    assert ledger == Decimal(at["ledger_total"])
    no_party = sum(Decimal(one["balance"]) for one in at["ledger"].values() if not one["party_required"])
    assert Decimal(at["without_party"]) == no_party != 0
    assert Decimal(at["aged_total"][0]) + no_party == ledger
    assert len(at["aged"]) > 20


@pytest.mark.parametrize(("company", "day"), AT)
def test_figures_are_those_of_the_dump(query: Query, company: str, day: str):
    at = FIGURES["companies"][company]["dates"][day]
    bounds = ["'-infinity'", "%s::date - 89", "%s::date - 59", "%s::date - 29", "%s::date + 1"]
    due = "coalesce(l.maturity_date, m.date)"
    columns = [
        f"coalesce(sum(l.debit - l.credit) FILTER (WHERE {due} >= {low} AND {due} < {high}), 0)"
        for low, high in reversed(list(pairwise(bounds)))
    ]
    statement = f"""
        SELECT l.party, sum(l.debit - l.credit), {", ".join(columns)} {OPEN}
        AND l.party IS NOT NULL GROUP BY 1
    """
    days = [day] * (statement.count("%s") - 3)
    found = {str(party): amounts for party, *amounts in query(statement, *days, int(company), day, day)}
    assert found == {
        party: [Decimal(amount) for amount in one["figures"]] for party, one in at["aged"].items()
    }
    ledger = """
        SELECT a.code, coalesce(sum(l.debit - l.credit) FILTER (WHERE m.date <= %s::date), 0)
        FROM account_account a JOIN account_account_type t ON t.id = a.type AND t.receivable
        LEFT JOIN account_move_line l ON l.account = a.id LEFT JOIN account_move m ON m.id = l.move
        WHERE a.company = %s GROUP BY 1
    """
    assert dict(query(ledger, day, int(company))) == {
        code: Decimal(one["balance"]) for code, one in at["ledger"].items()
    }


STORIES = {
    "C1053": "slides into default: half of what it bought in the last year is more than 90 days late",
    "C1036": "bankrupt: written off, nothing left",
    "C1064": "dormant: we owe it",
    "C1066": "grows: far beyond its credit limit",
}


def test_the_stories_can_be_seen_in_the_figures(query: Query):
    codes = {
        one["code"]: [Decimal(amount) for amount in one["figures"]]
        for company in FIGURES["companies"].values()
        for one in company["dates"]["2026-06-30"]["aged"].values()
    }
    assert codes["C1053"][4] > 50_000, STORIES["C1053"]
    assert codes.get("C1036", [Decimal()])[0] == 0, STORIES["C1036"]
    assert codes["C1064"][0] < 0, STORIES["C1064"]
    ((limit,),) = query(
        "SELECT credit_limit_amount FROM party_party_credit_limit_amount x"
        " JOIN party_party p ON p.id = x.party WHERE p.code = 'C1066'"
    )
    assert codes["C1066"][0] > 2 * limit, STORIES["C1066"]
