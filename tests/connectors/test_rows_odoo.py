"""Rows that real Odoo books have and the dump has not, added to a copy of it by SQL."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from erp import COPY_ROW, Database, Ledger, read_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

# An invoice copied whole, with what is said of it changed: the move and its line on the receivable account.
ENTRY = """
SELECT pg_temp.copy('account_move', (SELECT move_id FROM account_move_line WHERE id = 88), $$
    id = {id}, name = '{name}', state = '{state}', move_type = '{type}', company_id = {company},
    journal_id = {journal}, date = '2025-07-01', invoice_date = '2025-07-01' $$);
SELECT pg_temp.copy('account_move_line', 88, $$
    id = {id}, move_id = {id}, parent_state = '{state}', company_id = {company}, date = '2025-07-01',
    account_id = {account}, partner_id = {partner}, date_maturity = {due},
    balance = {amount}, debit = greatest({amount}, 0), credit = greatest(-({amount}), 0),
    amount_currency = {amount}, amount_residual = {amount}, amount_residual_currency = {amount} $$);
"""


def entry(row: int, **changes: object) -> str:
    values: dict[str, object] = {
        "name": f"X/{row}",
        "state": "posted",
        "type": "out_invoice",
        "company": 1,
        "journal": 1,
        "account": 6,
        "partner": 14,
        "due": "'2025-08-01'",
        "amount": 100,
    }
    return ENTRY.format(id=row, **{**values, **changes})


@pytest.fixture(scope="module")
def changed(odoo: Database) -> Database:
    database = odoo.copy()
    database.run(
        COPY_ROW,
        """
        SELECT pg_temp.copy('res_company', 1, $$ id = 7, name = 'Second Company', parent_path = '7/' $$);
        SELECT pg_temp.copy('res_company', 7, $$
            id = 8, name = 'Branch', parent_id = 7, parent_path = '7/8/' $$);
        SELECT pg_temp.copy('account_journal', 1, $$ id = 70, company_id = 7 $$);
        SELECT pg_temp.copy('account_account', 6, $$ id = 700, company_id = 7, code = '121000' $$);
        """,
        entry(9001, state="draft"),
        entry(9002, state="cancel"),
        entry(9003, type="entry", journal=3, partner="NULL", due="NULL", account=40),
        entry(9004, amount=-50),
        entry(9005, name="INV/2025/00003", company=7, journal=70, account=700),
        entry(9006, name="INV/2025/00099", company=8, journal=70, account=700, amount=20),
        entry(9007, type="entry", journal=6, amount=-40),
        entry(9008, type="out_refund", amount=-10),
        """
        UPDATE res_partner SET name = 'Acme' WHERE id = 14;
        UPDATE res_partner SET user_id = 2, country_id = (SELECT id FROM res_country WHERE code = 'DE'),
            industry_id = 3 WHERE id = 14;
        UPDATE res_partner_industry SET name = '{"en_US": "Manufacturing", "zh_CN": "制造业"}' WHERE id = 3;
        UPDATE account_payment_term SET name = '{"zh_CN": "45天"}' WHERE id = 5;
        INSERT INTO ir_property (name, fields_id, type, res_id, company_id, value_reference)
        SELECT v.name, f.id, 'many2one', v.res_id, v.company_id, v.term
        FROM ir_model_fields f, (VALUES
            ('for all', NULL, NULL, 'account.payment.term,4'),
            ('own', 'res.partner,14', 1, 'account.payment.term,5'),
            ('none', 'res.partner,12', 1, NULL),
            ('another', 'res.partner,13', 7, 'account.payment.term,2')
        ) v (name, res_id, company_id, term)
        WHERE f.model = 'res.partner' AND f.name = 'property_payment_term_id';
        """,
    )
    return database


@pytest.fixture(scope="module")
def ledger(changed: Database) -> Ledger:
    return read_ledger(changed.source())


def test_drafts_and_cancelled_entries_are_not_read(ledger: Ledger) -> None:
    assert not {"9001", "9002"} & set(ledger.items["item"].to_pylist())


def test_a_line_without_partner_on_another_receivable_account_is_read(ledger: Ledger) -> None:
    item = ledger.item("9003")
    assert (item["customer"], item["due_date"], item["kind"]) == (None, None, "journal entry")
    moved = {row["account"] for row in ledger.control.to_pylist() if row["posting_date"] == date(2025, 7, 1)}
    assert "101300" in moved


def test_an_item_is_what_its_document_is_whatever_its_sign(ledger: Ledger) -> None:
    kinds = {item: ledger.item(item)["kind"] for item in ("9004", "9007", "9008")}
    assert kinds == {"9004": "invoice", "9007": "receipt", "9008": "credit note"}
    assert ledger.item("9004")["amount"] == -5000


def test_a_number_can_stand_in_two_companies(ledger: Ledger) -> None:
    same = [row for row in ledger.items.to_pylist() if row["document"] == "INV/2025/00003"]
    assert {(row["company"], row["item"]) for row in same} == {("1", "88"), ("7", "9005")}


def test_a_branch_is_read_with_the_company_whose_books_it_keeps(ledger: Ledger) -> None:
    assert ledger.item("9006")["company"] == "7"
    assert set(ledger.companies["name"].to_pylist()) == {"My Company", "Second Company"}


def test_items_are_what_the_control_account_moved(ledger: Ledger) -> None:
    for company in ("1", "7"):
        items = sum(row["amount"] for row in ledger.items.to_pylist() if row["company"] == company)
        control = sum(row["amount"] for row in ledger.control.to_pylist() if row["company"] == company)
        assert items == control != 0


def test_a_customer_is_described_in_english_by_company(ledger: Ledger) -> None:
    customers = {(row["company"], row["customer"]): row for row in ledger.customers.to_pylist()}
    one = customers["1", "14"]
    assert (one["name"], one["code"], one["country"]) == ("Acme", "C002", "DE")
    assert (one["industry"], one["salesperson"], one["terms"]) == ("Manufacturing", "Administrator", "45天")
    terms = {key: row["terms"] for key, row in customers.items()}
    assert terms["7", "14"] == "30 Days", "the other company's own term does not count: the default does"
    assert terms["1", "13"] == "30 Days"
    assert terms["1", "12"] is None, "a partner with no term on purpose has no default"


@pytest.mark.parametrize("chosen", ["7", "Second Company"])
def test_one_company_can_be_read_by_id_or_name(changed: Database, chosen: str) -> None:
    ledger = read_ledger(changed.source(companies=(chosen,)))
    for table in (ledger.companies, ledger.customers, ledger.items, ledger.control):
        assert set(table["company"].to_pylist()) == {"7"}
    assert ledger.allocations.num_rows == 0


def test_a_reconciliation_with_an_unposted_entry_does_not_count(restored: Callable[[str], Database]) -> None:
    """Odoo undoes it; where something else wrote the state, the general ledger decides."""
    database = restored("odoo").copy()
    before = read_ledger(database.source())
    database.run(
        "UPDATE account_move SET state = 'draft'",
        "WHERE id = (SELECT move_id FROM account_move_line WHERE id = 140)",
    )
    after = read_ledger(database.source())
    assert after.items.num_rows == before.items.num_rows - 1
    assert after.allocations.num_rows == before.allocations.num_rows - 2
    end = date(2100, 1, 1)
    assert after.open_by_item(end)["88"] == before.open_by_item(end)["88"] + 11994
    assert sum(after.open_by_item(end).values()) == sum(after.control["amount"].to_pylist())
