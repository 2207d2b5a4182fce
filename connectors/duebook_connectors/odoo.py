"""Odoo 17, Community and Enterprise, read from its PostgreSQL database.

An item is a line of a posted entry on an account of type ``asset_receivable``; the partner to which the entry
posts, the company and the line are named by Odoo's ids. Where Odoo and its aged partner balance are not what
they seem:

* The residual columns are today's. What was open on a day is the balance less the partial reconciliations up
  to it. Each of those has one amount in company currency and two in document currency, one for each line's
  own.
* An exchange difference is booked at the end of the month of the reconciliation, the payment it belongs to
  earlier: in between, a residual stands in company currency though the document's currency is settled. It
  goes with the partial reconciliation of the exchange entry, which has its own date and nothing in document
  currency.
* A line without a due date (an exchange difference, an entry by hand) stays "current" in the report for ever.
  It has none here either, and is shown under "no date".
* A credit note without payment term is due on the day it was *entered*, whatever its own date.
* A company can have several receivable accounts, the point of sale's among them, and a line need not name a
  partner; all of them belong to the control account.
* Two partners can bear one name, so they are kept apart by id; an invoice to a contact posts to the contact's
  company.
* Numbers of documents are unique only within a journal, so they repeat between companies.
* Drafts and cancelled entries have receivable lines. Only posted ones can be reconciled, and only they are
  read.
* Undoing a reconciliation deletes it, and setting an entry back to draft undoes its own: what was reported in
  between cannot be rebuilt from the database.
* A branch shares its parent company's chart of accounts and is reconciled across branches: the books are
  those of the company at the top, so the items of a branch are read as that company's.
* Names of payment terms and industries are translated, stored as one JSON object; English is the original.
"""

from __future__ import annotations

from typing import Final

from duebook_connectors.base import Connector

_COMPANIES: Final = """
SELECT CAST(c.id AS text) AS company, c.name AS name, u.name AS currency
FROM res_company c
JOIN res_currency u ON u.id = c.currency_id
WHERE c.parent_id IS NULL
"""

# books: the company at the top of each branch; parent_path is '1/4/' for branch 4 of company 1. Of a
# partner's payment terms in ir_property the company's own goes before one for all, both before the default.
_CUSTOMERS: Final = """
WITH books AS (
    SELECT id AS branch, coalesce(nullif(split_part(parent_path, '/', 1), ''), CAST(id AS text)) AS company
    FROM res_company
), debtor AS (
    SELECT DISTINCT b.company AS company, l.partner_id
    FROM account_move_line l
    JOIN account_move m ON m.id = l.move_id
    JOIN account_account a ON a.id = l.account_id
    JOIN books b ON b.branch = l.company_id
    WHERE a.account_type = 'asset_receivable' AND m.state = 'posted' AND l.partner_id IS NOT NULL
)
SELECT
    d.company AS company,
    CAST(d.partner_id AS text) AS customer,
    nullif(p.ref, '') AS code,
    coalesce(nullif(p.name, ''), p.complete_name) AS name,
    country.code AS country,
    coalesce(i.name ->> 'en_US', (SELECT min(value) FROM jsonb_each_text(i.name))) AS industry,
    seller.name AS salesperson,
    (
        SELECT coalesce(pt.name ->> 'en_US', (SELECT min(value) FROM jsonb_each_text(pt.name)))
        FROM ir_property v
        JOIN ir_model_fields f ON f.id = v.fields_id
            AND f.model = 'res.partner' AND f.name = 'property_payment_term_id'
        LEFT JOIN account_payment_term pt ON 'account.payment.term,' || pt.id = v.value_reference
        WHERE (v.res_id = 'res.partner,' || d.partner_id OR coalesce(v.res_id, '') = '')
            AND (v.company_id IS NULL OR CAST(v.company_id AS text) = d.company)
        ORDER BY coalesce(v.res_id, '') = '', v.company_id IS NULL, v.id LIMIT 1
    ) AS terms
FROM debtor d
JOIN res_partner p ON p.id = d.partner_id
LEFT JOIN res_country country ON country.id = p.country_id
LEFT JOIN res_partner_industry i ON i.id = p.industry_id
LEFT JOIN res_users u ON u.id = p.user_id
LEFT JOIN res_partner seller ON seller.id = u.partner_id
"""

_ITEMS: Final = """
WITH books AS (
    SELECT id AS branch, coalesce(nullif(split_part(parent_path, '/', 1), ''), CAST(id AS text)) AS company
    FROM res_company
)
SELECT
    b.company AS company,
    CAST(l.id AS text) AS item,
    CAST(l.partner_id AS text) AS customer,
    CASE
        WHEN m.move_type IN ('out_invoice', 'out_receipt') THEN 'invoice'
        WHEN m.move_type = 'out_refund' THEN 'credit note'
        WHEN m.payment_id IS NOT NULL OR m.statement_line_id IS NOT NULL THEN 'receipt'
        WHEN m.move_type = 'entry' AND j.type IN ('bank', 'cash') THEN 'receipt'
        ELSE 'journal entry'
    END AS kind,
    m.name AS document,
    coalesce(nullif(m.ref, ''), nullif(m.payment_reference, ''), nullif(l.name, '')) AS reference,
    coalesce(m.invoice_date, l.date) AS document_date,
    l.date AS posting_date,
    l.date_maturity AS due_date,
    u.name AS currency,
    CAST(l.amount_currency AS numeric(38, 8)) AS amount_document,
    CAST(l.balance AS numeric(38, 8)) AS amount,
    CAST(l.amount_residual AS numeric(38, 8)) AS remaining
FROM account_move_line l
JOIN account_move m ON m.id = l.move_id
JOIN account_journal j ON j.id = m.journal_id
JOIN account_account a ON a.id = l.account_id
JOIN books b ON b.branch = l.company_id
JOIN res_currency u ON u.id = l.currency_id
WHERE a.account_type = 'asset_receivable' AND m.state = 'posted'
"""

# side 1 is the leg of the debit line, side -1 that of the credit line.
_ALLOCATIONS: Final = """
WITH books AS (
    SELECT id AS branch, coalesce(nullif(split_part(parent_path, '/', 1), ''), CAST(id AS text)) AS company
    FROM res_company
)
SELECT
    b.company AS company,
    CAST(r.id AS text) AS allocation,
    CAST(l.id AS text) AS item,
    r.max_date AS effective_date,
    CAST(CASE s.side WHEN 1 THEN r.debit_amount_currency ELSE -r.credit_amount_currency END AS numeric(38, 8))
        AS amount_document,
    CAST(s.side * r.amount AS numeric(38, 8)) AS amount,
    CAST(NULL AS date) AS reversed_on
FROM account_partial_reconcile r
CROSS JOIN (VALUES (1), (-1)) s (side)
JOIN account_move_line l ON l.id = CASE s.side WHEN 1 THEN r.debit_move_id ELSE r.credit_move_id END
JOIN account_account a ON a.id = l.account_id
JOIN books b ON b.branch = l.company_id
WHERE a.account_type = 'asset_receivable'
    AND NOT EXISTS (
        SELECT 1 FROM account_move_line o JOIN account_move m ON m.id = o.move_id
        WHERE o.id IN (r.debit_move_id, r.credit_move_id) AND m.state <> 'posted'
    )
"""

# The ledger's debit and credit columns and the entry's own date, where the items take the line's balance and
# date.
_CONTROL: Final = """
WITH books AS (
    SELECT id AS branch, coalesce(nullif(split_part(parent_path, '/', 1), ''), CAST(id AS text)) AS company
    FROM res_company
)
SELECT
    b.company AS company,
    a.code AS account,
    m.date AS posting_date,
    CAST(sum(l.debit) - sum(l.credit) AS numeric(38, 8)) AS amount
FROM account_account a
JOIN account_move_line l ON l.account_id = a.id
JOIN account_move m ON m.id = l.move_id
JOIN books b ON b.branch = m.company_id
WHERE a.account_type = 'asset_receivable' AND m.state = 'posted'
GROUP BY b.company, a.id, a.code, m.date
"""

ODOO: Final = Connector(
    name="odoo",
    title="Odoo 17",
    dialects=("postgresql",),
    version="SELECT latest_version AS version FROM ir_module_module WHERE name = 'base'",
    versions=("17.0",),
    companies=_COMPANIES,
    customers=_CUSTOMERS,
    items=_ITEMS,
    allocations=_ALLOCATIONS,
    control=_CONTROL,
)
