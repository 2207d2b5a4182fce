"""Tryton, read from its PostgreSQL database.

An item is a line of a posted move on an account whose type is receivable; the party, the company and the line
are named by Tryton's ids. Where Tryton's own aged balance (``account.aged_balance``) is not what it seems:

* Its date of a reconciliation is the latest *maturity* (or move date) of the lines, not a day on which
  anything was booked. An invoice paid early stays open on both sides until it falls due; one credited in
  November until its credit note falls due in December: the invoice in its bucket, the credit note in another,
  and only the party's sum is right. The legs here carry that date, because the figures must be those of the
  report.
* It has no part payments. A line is either reconciled, wholly, or open; a payment on account stays a line of
  its own, in the bucket of the day it was booked, until the rest is paid. So every leg is the whole line.
* It counts draft moves, whatever its option "posted" says, and so does a reconciliation: a bank statement
  that was validated but not posted settles its invoices with draft lines. Only posted moves are read here,
  and a reconciliation counts when all of its lines are posted: the general ledger would not agree otherwise.
* Cancelling a posted invoice books the reversal on the invoice's own date, with negative debits, so the
  invoice vanishes from the past. The state of an invoice tells nothing: one that was credited in full is
  "cancelled" too, and its move counts.
* A payment plan is a move of its own that belongs to the invoice: it takes off the old line and books the new
  instalments. All of it is read as the invoice.
* A line without a maturity date is due on its move's date.
* Lines of exchange differences often carry no second currency: they are in the company's, as is every such
  line.
* A line that names no party is left out of the report but stands in the control account; it is read, without
  customer.
* Without a company filter it adds up amounts of different currencies. Each company is kept apart here.
* It also counts the debit lines (or credit lines) of an account whose type *for that side* is receivable,
  such as a current account with a customer who is a supplier too. Half an account is no control account: only
  the account's own type counts here.
* Tryton keeps no remaining amount; it is derived: nothing once reconciled, else the whole line.
"""

from __future__ import annotations

from typing import Final

from duebook_connectors.base import Connector

_COMPANIES: Final = """
SELECT CAST(c.id AS text) AS company, p.name AS name, u.code AS currency
FROM company_company c
JOIN party_party p ON p.id = c.party
JOIN currency_currency u ON u.id = c.currency
"""

# An industry is a party category anywhere below a root category that is called so; a party can have several.
_CUSTOMERS: Final = """
WITH RECURSIVE industry (id, name) AS (
    SELECT child.id, child.name
    FROM party_category root JOIN party_category child ON child.parent = root.id
    WHERE root.parent IS NULL AND lower(trim(root.name)) IN ('industry', '行业')
    UNION
    SELECT child.id, child.name FROM industry JOIN party_category child ON child.parent = industry.id
), debtor AS (
    SELECT DISTINCT m.company, l.party
    FROM account_move_line l
    JOIN account_move m ON m.id = l.move
    JOIN account_account a ON a.id = l.account
    JOIN account_account_type t ON t.id = a.type
    WHERE t.receivable AND m.state = 'posted' AND l.party IS NOT NULL
)
SELECT
    CAST(d.company AS text) AS company,
    CAST(d.party AS text) AS customer,
    p.code AS code,
    coalesce(nullif(p.name, ''), p.code) AS name,
    (
        SELECT c.code FROM party_address ad JOIN country_country c ON c.id = ad.country
        WHERE ad.party = d.party AND ad.active
        ORDER BY coalesce(ad.invoice, false) DESC, ad.sequence NULLS FIRST, ad.id LIMIT 1
    ) AS country,
    (
        SELECT string_agg(DISTINCT i.name, ', ' ORDER BY i.name)
        FROM "party_party-party_category" pc JOIN industry i ON i.id = pc.category
        WHERE pc.party = d.party
    ) AS industry,
    CAST(NULL AS text) AS salesperson,
    (
        SELECT pt.name FROM party_party_payment_term v
        JOIN account_invoice_payment_term pt ON pt.id = v.customer_payment_term
        WHERE v.party = d.party
        ORDER BY v.id LIMIT 1
    ) AS terms
FROM debtor d
JOIN party_party p ON p.id = d.party
"""

# A line's invoice is that of its own move, or of the move of which it is the cancellation, or of a move that
# belongs to the invoice, such as a payment plan's. The origin of a move does not tell: payments name the
# invoice too.
_ITEMS: Final = """
WITH unposted AS (
    SELECT DISTINCT l.reconciliation
    FROM account_move_line l JOIN account_move m ON m.id = l.move
    WHERE m.state <> 'posted' AND l.reconciliation IS NOT NULL
), additional AS (
    SELECT move, min(invoice) AS invoice FROM "account_invoice-additional-account_move" GROUP BY move
)
SELECT
    CAST(m.company AS text) AS company,
    CAST(l.id AS text) AS item,
    CAST(l.party AS text) AS customer,
    CASE
        WHEN own.sequence_type_cache = 'credit_note' THEN 'credit note'
        WHEN own.id IS NOT NULL THEN 'invoice'
        WHEN cancelled.sequence_type_cache = 'credit_note' THEN 'invoice'
        WHEN cancelled.id IS NOT NULL THEN 'credit note'
        WHEN planned.id IS NOT NULL THEN 'invoice'
        WHEN j.type IN ('cash', 'statement') THEN 'receipt'
        WHEN m.origin LIKE 'account.statement,%' OR m.origin LIKE 'account.payment%,%' THEN 'receipt'
        ELSE 'journal entry'
    END AS kind,
    coalesce(own.number, cancelled.number, planned.number, m.number) AS document,
    coalesce(nullif(own.reference, ''), nullif(l.description, ''), nullif(m.description, '')) AS reference,
    coalesce(own.invoice_date, m.date) AS document_date,
    m.date AS posting_date,
    coalesce(l.maturity_date, m.date) AS due_date,
    coalesce(u.code, company_currency.code) AS currency,
    CAST(CASE WHEN u.id IS NULL THEN l.debit - l.credit ELSE l.amount_second_currency END AS numeric(38, 8))
        AS amount_document,
    CAST(l.debit - l.credit AS numeric(38, 8)) AS amount,
    CAST(
        CASE WHEN l.reconciliation IS NULL OR unposted.reconciliation IS NOT NULL
        THEN l.debit - l.credit ELSE 0 END AS numeric(38, 8)
    ) AS remaining
FROM account_move_line l
JOIN account_move m ON m.id = l.move
JOIN account_journal j ON j.id = m.journal
JOIN account_account a ON a.id = l.account
JOIN account_account_type t ON t.id = a.type
JOIN company_company c ON c.id = m.company
JOIN currency_currency company_currency ON company_currency.id = c.currency
LEFT JOIN currency_currency u ON u.id = l.second_currency
LEFT JOIN unposted ON unposted.reconciliation = l.reconciliation
LEFT JOIN account_invoice own ON own.move = m.id AND own.type = 'out'
LEFT JOIN account_invoice cancelled ON cancelled.cancel_move = m.id AND cancelled.type = 'out'
LEFT JOIN additional ON additional.move = m.id
LEFT JOIN account_invoice planned ON planned.id = additional.invoice AND planned.type = 'out'
WHERE t.receivable AND m.state = 'posted'
"""

_ALLOCATIONS: Final = """
WITH unposted AS (
    SELECT DISTINCT l.reconciliation
    FROM account_move_line l JOIN account_move m ON m.id = l.move
    WHERE m.state <> 'posted' AND l.reconciliation IS NOT NULL
)
SELECT
    CAST(m.company AS text) AS company,
    CAST(r.id AS text) AS allocation,
    CAST(l.id AS text) AS item,
    r.date AS effective_date,
    CAST(CASE WHEN l.second_currency IS NULL THEN l.debit - l.credit ELSE l.amount_second_currency END
        AS numeric(38, 8)) AS amount_document,
    CAST(l.debit - l.credit AS numeric(38, 8)) AS amount,
    CAST(NULL AS date) AS reversed_on
FROM account_move_reconciliation r
JOIN account_move_line l ON l.reconciliation = r.id
JOIN account_move m ON m.id = l.move
JOIN account_account a ON a.id = l.account
JOIN account_account_type t ON t.id = a.type
LEFT JOIN unposted ON unposted.reconciliation = r.id
WHERE t.receivable AND unposted.reconciliation IS NULL
"""

_CONTROL: Final = """
SELECT
    CAST(a.company AS text) AS company,
    coalesce(nullif(a.code, ''), a.name) AS account,
    m.date AS posting_date,
    CAST(sum(l.debit) - sum(l.credit) AS numeric(38, 8)) AS amount
FROM account_account a
JOIN account_move_line l ON l.account = a.id
JOIN account_move m ON m.id = l.move
WHERE a.type IN (SELECT id FROM account_account_type WHERE receivable) AND m.state = 'posted'
GROUP BY a.company, a.id, a.code, a.name, m.date
"""

TRYTON: Final = Connector(
    name="tryton",
    title="Tryton 8.2",
    dialects=("postgresql",),
    version="SELECT series AS version FROM ir_configuration",
    versions=("8.2",),
    companies=_COMPANIES,
    customers=_CUSTOMERS,
    items=_ITEMS,
    allocations=_ALLOCATIONS,
    control=_CONTROL,
)
