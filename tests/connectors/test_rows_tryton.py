"""Rows that real Tryton books have and the dump has not, added to a copy of it by SQL."""

from __future__ import annotations

from datetime import date

import pytest

from erp import COPY_ROW, Database, Ledger, read_ledger

MOVE = """
SELECT pg_temp.copy('account_move', (SELECT move FROM account_move_line WHERE id = 10), $$
    id = {id}, number = '{number}', state = '{state}', company = {company}, date = '2025-09-01',
    journal = (SELECT min(id) FROM account_journal WHERE type = '{journal}'), origin = {origin} $$);
SELECT pg_temp.copy('account_move_line', 10, $$
    id = {id}, move = {id}, account = {account}, party = {party}, maturity_date = {due},
    reconciliation = NULL, debit = {debit}, credit = {credit},
    second_currency = {second}, amount_second_currency = {amount_second} $$);
"""


def move(row: int, **changes: object) -> str:
    values: dict[str, object] = {
        "number": f"X{row}",
        "state": "posted",
        "company": 1,
        "journal": "revenue",
        "origin": "NULL",
        "account": 39,
        "party": 6,
        "due": "'2025-10-01'",
        "debit": 100,
        "credit": 0,
        "second": "NULL",
        "amount_second": "NULL",
    }
    return MOVE.format(id=row, **{**values, **changes})


@pytest.fixture(scope="module")
def changed(tryton: Database) -> Database:
    database = tryton.copy()
    database.run(
        COPY_ROW,
        """
        SELECT pg_temp.copy('party_party', 1, $$ id = 70, code = '70', name = '第二公司' $$);
        SELECT pg_temp.copy('company_company', 1, $$ id = 7, party = 70, currency =
            (SELECT id FROM currency_currency WHERE code = 'EUR') $$);
        SELECT pg_temp.copy('account_account', 39, $$ id = 700, company = 7 $$);
        SELECT pg_temp.copy('account_account', 39, $$ id = 701, code = '1.2.9', party_required = false $$);
        """,
        move(9001, state="draft"),
        move(9002, account=701, party="NULL", due="NULL"),
        move(9003, company=7, account=700),
        move(9004, journal="general", debit=0, credit=30),
        move(9005, journal="statement", origin="'account.statement,1'", debit=0, credit=25, due="NULL"),
        move(9006, journal="general", origin="'account.payment.group,1'", debit=0, credit=15),
        # cancelled as Tryton does it: the reversal's origin is the move, its debit is negative
        move(9007, origin="'account.move,14'", debit=-163.24),
        move(9008, journal="general", debit=0, credit=40.81),
        # a statement that was validated and not posted settles a posted invoice
        move(9009, journal="statement", state="draft", debit=0, credit=1379.76, due="NULL"),
        # a line of a currency of its own, and a number that the company's own documents have
        move(9010, number="2", second=2, amount_second=90),
        # an invoice and what belongs to it
        move(9011, debit=-55),
        move(9012, debit=60),
        """
        UPDATE account_invoice SET cancel_move = 9007 WHERE number = '14';
        UPDATE account_invoice SET cancel_move = 9012 WHERE number = '21';
        SELECT pg_temp.copy('account_invoice', 2, $$ id = 900, move = 9003, company = 7 $$);
        SELECT pg_temp.copy('account_invoice', 2, $$ id = 901, move = 9011, number = '99', reference = 'PO 7',
            invoice_date = '2025-08-30', sequence_type_cache = 'invoice', total_amount_cache = -55 $$);
        INSERT INTO "account_invoice-additional-account_move" (invoice, move) VALUES (2, 9008);
        INSERT INTO account_move_reconciliation (id, company, date, number)
            VALUES (9009, 1, '2025-09-01', 'R');
        UPDATE account_move_line SET reconciliation = 9009 WHERE id IN (26, 9009);
        INSERT INTO country_country (id, name, code) VALUES (1, 'Germany', 'DE'), (2, 'France', 'FR');
        UPDATE party_address SET country = 2, sequence = 20 WHERE party = 6;
        INSERT INTO party_address (id, party, country, sequence, active, invoice) VALUES
            (90, 6, 1, 30, true, true), (91, 6, 2, 10, false, true);
        INSERT INTO party_category (id, name, parent, active) VALUES
            (1, 'Industry', NULL, true), (2, 'Trade', 1, true), (3, 'Wholesale', 2, true),
            (4, 'Farms', 1, true), (5, 'Key account', NULL, true),
            (6, '行业', NULL, true), (7, '纺织', 6, true);
        INSERT INTO "party_party-party_category" (party, category)
            VALUES (6, 3), (6, 4), (6, 5), (6, 1), (2, 7);
        """,
    )
    return database


@pytest.fixture(scope="module")
def ledger(changed: Database) -> Ledger:
    return read_ledger(changed.source())


def test_draft_moves_are_not_read(ledger: Ledger) -> None:
    assert not {"9001", "9009"} & set(ledger.items["item"].to_pylist())


def test_what_a_draft_settles_is_still_open(ledger: Ledger) -> None:
    assert ledger.open_by_item(date(2100, 1, 1))["26"] == ledger.item("26")["remaining"] == 137976


def test_a_line_without_party_is_read_and_due_on_its_own_date(ledger: Ledger) -> None:
    item = ledger.item("9002")
    assert (item["customer"], item["due_date"]) == (None, date(2025, 9, 1))
    assert "1.2.9" in ledger.control["account"].to_pylist()


@pytest.mark.parametrize(
    ("item", "kind", "document"),
    [
        ("9003", "invoice", "2"),
        ("9004", "journal entry", "X9004"),
        ("9005", "receipt", "X9005"),
        ("9006", "receipt", "X9006"),
        ("9007", "credit note", "14"),
        ("9008", "invoice", "2"),
        ("9010", "journal entry", "2"),
        ("9011", "invoice", "99"),
        ("9012", "invoice", "21"),
    ],
)
def test_an_item_is_what_its_document_is(ledger: Ledger, item: str, kind: str, document: str) -> None:
    row = ledger.item(item)
    assert (row["kind"], row["document"]) == (kind, document)


def test_an_invoice_has_its_own_date_and_reference(ledger: Ledger) -> None:
    item = ledger.item("9011")
    assert (item["document_date"], item["posting_date"]) == (date(2025, 8, 30), date(2025, 9, 1))
    assert (item["reference"], item["amount"]) == ("PO 7", -5500)


def test_each_amount_has_its_currency(ledger: Ledger) -> None:
    item = ledger.item("9010")
    assert (item["currency"], item["amount_document"], item["amount"]) == ("EUR", 9000, 10000)
    assert ledger.item("9003")["currency"] == "EUR", "a line without second currency is in its company's"


def test_companies_are_kept_apart(ledger: Ledger) -> None:
    assert {row["company"]: (row["name"], row["currency"]) for row in ledger.companies.to_pylist()} == {
        "1": ("Dunder Mifflin", "USD"),
        "7": ("第二公司", "EUR"),
    }
    for company in ("1", "7"):
        items = sum(row["amount"] for row in ledger.items.to_pylist() if row["company"] == company)
        control = sum(row["amount"] for row in ledger.control.to_pylist() if row["company"] == company)
        assert items == control != 0


def test_a_customer_is_described(ledger: Ledger) -> None:
    customers = {(row["company"], row["customer"]): row for row in ledger.customers.to_pylist()}
    assert customers["1", "6"] == {
        "company": "1",
        "customer": "6",
        "code": "6",
        "name": "Epsilon",
        "country": "DE",
        "industry": "Farms, Wholesale",
        "salesperson": None,
        "terms": "Net 30",
    }
    assert customers["1", "2"]["industry"] == "纺织"
    assert customers["7", "6"]["name"] == "Epsilon"


def test_one_company_can_be_read_by_its_name(changed: Database) -> None:
    ledger = read_ledger(changed.source(companies=("第二公司",)))
    assert ledger.items["item"].to_pylist() == ["9003"]
    assert set(ledger.control["company"].to_pylist()) == set(ledger.customers["company"].to_pylist()) == {"7"}
