"""What the book answers: frozen values that hold minor units, and render as the documents scripts read.

In a document amounts are decimal strings in their currency and dates are ISO text.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from duebook.money import from_minor
from duebook_etl.figures import MONEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from duebook.alerts import Finding

    Document = dict[str, object]

OK: Final = "ok"
RUNNING: Final = "running"
INTERRUPTED: Final = "interrupted"
FAILED: Final = "failed"
NOT_RECONCILED: Final = "not reconciled"
PARTLY_PUBLISHED: Final = "partly published"
PUBLISHED: Final = "published"
FILLED: Final = "filled"
BESIDE: Final = "beside"
WITHHELD: Final = "withheld"


def amount_text(minor: int, currency: str) -> str:
    """Return minor units as a plain decimal text: ``1234`` and ``EUR`` give ``12.34``."""
    return str(from_minor(minor, currency))


def short_keys(paths: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """Return for each path as few of its last parts as mean it alone among all, joined by strokes.

    ``("erp", "1")`` is ``1``, and ``erp/1`` where another source has a company 1 too: what
    :meth:`duebook_etl.book.Book.companies` and :meth:`~duebook_etl.book.Book.customers` read.

    Args:
        paths: Paths of one length: source and company, or source, company and customer.
    """
    every = set(paths)
    endings = Counter(path[-parts:] for path in every for parts in range(1, len(path) + 1))
    return {
        path: "/".join(next(e for n in range(1, len(path) + 1) if endings[e := path[-n:]] == 1))
        for path in every
    }


def in_words(found: Finding) -> tuple[str, str]:
    """Return what a rule of an alert found, in English and in Chinese: what it looks at, and why it fired."""
    return f"{found.label[0]}: {found.reason[0]}", f"{found.label[1]}：{found.reason[1]}"  # noqa: RUF001 - Chinese punctuation


@dataclass(frozen=True)
class Company:
    """A company of the store: its source, its id in the ERP, its name and the currency of its books."""

    source: str
    company: str
    name: str
    currency: str


@dataclass(frozen=True)
class Customer:
    """A customer of one company, with the fields of the ledger; ``customer`` is the id in the ERP."""

    source: str
    company: str
    customer: str
    code: str
    name: str
    country: str
    industry: str
    salesperson: str
    terms: str


@dataclass(frozen=True)
class AgingRow:
    """What lies in each bucket for one key, in minor units.

    Attributes:
        key: What the row is grouped by; a customer's id in the ERP, empty for items that name no customer.
        name: Its name; the key where it has none of its own.
        amounts: One amount a label.
        total: Their sum.
    """

    key: str
    name: str
    amounts: tuple[int, ...]
    total: int


@dataclass(frozen=True)
class CompanyAging:
    """The aging of one company in one currency.

    Attributes:
        company: The company.
        currency: The currency of every amount here.
        labels: The labels of the buckets.
        rows: The rows, sorted by key.
        control_account: The balance of its receivable control accounts; None in a document currency, where
            the general ledger has none.
    """

    company: Company
    currency: str
    labels: tuple[str, ...]
    rows: tuple[AgingRow, ...]
    control_account: int | None

    @property
    def amounts(self) -> tuple[int, ...]:
        """The sum of each bucket."""
        return tuple(sum(row.amounts[i] for row in self.rows) for i in range(len(self.labels)))

    @property
    def total(self) -> int:
        """The sum of all buckets: what is open."""
        return sum(row.total for row in self.rows)

    def to_json(self) -> Document:
        """Return the company's part of the aging document."""
        return {
            "source": self.company.source,
            "company": self.company.company,
            "name": self.company.name,
            "currency": self.currency,
            "labels": list(self.labels),
            "rows": [
                {"key": row.key, "name": row.name, **self._amounts(row.amounts, row.total)}
                for row in self.rows
            ],
            "total": self._amounts(self.amounts, self.total),
            "control_account": _amount(self.control_account, self.currency),
        }

    def _amounts(self, amounts: tuple[int, ...], total: int) -> Document:
        texts = [amount_text(amount, self.currency) for amount in amounts]
        return {"amounts": texts, "total": amount_text(total, self.currency)}


@dataclass(frozen=True)
class Aging:
    """The aging of companies at the end of a day; of each company one part a currency."""

    as_of: date
    companies: tuple[CompanyAging, ...]

    def to_json(self) -> Document:
        """Return the document of ``duebook aging --json``."""
        parts = [company.to_json() for company in self.companies]
        return {"as_of": self.as_of.isoformat(), "companies": parts}


@dataclass(frozen=True)
class OpenItem:
    """An open item, with the fields of the ledger; amounts in minor units, debit positive.

    Attributes:
        source: The source it was read from.
        company: The company whose books it stands in.
        company_currency: The currency of ``amount`` and ``open``.
        item: Its id in the ERP.
        customer: The customer's id; empty for none.
        kind: One of the kinds of an item.
        document: The document's number.
        reference: What the customer or the bank wrote on it; empty for nothing.
        document_date: The date on the document.
        posting_date: The date in the general ledger.
        due_date: When it is to be paid; None for no date.
        days_late: Days past the due date, negative before; None for no date.
        currency: The currency of ``amount_document`` and ``open_document``.
        amount_document: The original amount in the document's currency.
        open_document: What is open of it.
        amount: The original amount in the company's currency.
        open: What is open of it.
    """

    source: str
    company: str
    company_currency: str
    item: str
    customer: str
    kind: str
    document: str
    reference: str
    document_date: date
    posting_date: date
    due_date: date | None
    days_late: int | None
    currency: str
    amount_document: int
    open_document: int
    amount: int
    open: int

    def to_json(self) -> Document:
        """Return the item as a document whose keys are the field names."""
        return _document(self) | {
            "amount_document": amount_text(self.amount_document, self.currency),
            "open_document": amount_text(self.open_document, self.currency),
            "amount": amount_text(self.amount, self.company_currency),
            "open": amount_text(self.open, self.company_currency),
        }


@dataclass(frozen=True)
class OpenItems:
    """The open items of a customer at the end of a day, by due date, those without one last."""

    as_of: date
    items: tuple[OpenItem, ...]

    def to_json(self) -> Document:
        """Return the document of ``duebook items --json``."""
        return {"as_of": self.as_of.isoformat(), "items": [item.to_json() for item in self.items]}


@dataclass(frozen=True)
class Profile:
    """The figures of a customer at the end of a day.

    Those of its ledger are as :func:`duebook_etl.profile.summary` defines them, the others as
    :func:`duebook.assessment.assess` does.

    Attributes:
        reasons: The rules of ``alert_reasons`` with their reasons in words, the worst first.
    """

    customer: Customer
    currency: str
    as_of: date
    open: int
    not_due: int
    overdue: int
    no_date: int
    unapplied: int
    oldest_overdue_days: int | None
    average_days_late: float | None
    average_terms: float | None
    settled: int
    sales: int
    dso: float | None
    pay_index: float | None
    gross_open: int
    gross_overdue: int
    annual_sales: int
    months_of_business: int | None
    score: float | None
    grade: str | None
    confidence: float | None
    default_probability: float | None
    default_model: str | None
    term_days: int | None
    terms_tier: str | None
    credit_limit: int | None
    limit_method: str | None
    limit_expires: date | None
    exposure: int
    mitigants: int
    net_exposure: int
    uninsured: int
    headroom: int | None
    limit_use: float | None
    over_limit: bool | None
    group_head: str | None
    group_exposure: int | None
    dunning_stage: str | None
    alert: str | None
    alert_rule: str | None
    alert_reasons: str | None
    provision: int
    provision_matrix: int | None
    provision_method: str | None
    late_interest: int
    review_due: date | None
    reasons: tuple[Finding, ...] = ()

    def to_json(self) -> Document:
        """Return the document of ``duebook profile --json``."""
        figures = _document(self)
        del figures["customer"], figures["reasons"]
        for name in MONEY:
            figures[name] = _amount(getattr(self, name), self.currency)
        figures["alert_reasons"] = [
            {
                "rule": one.rule,
                "level": one.level.value,
                "value": float(one.value),
                **dict(zip(("en", "zh"), in_words(one), strict=True)),
            }
            for one in self.reasons
        ]
        return _document(self.customer) | figures


@dataclass(frozen=True)
class PortfolioRow:
    """A measure of one part of the portfolio in one currency.

    Attributes:
        key: What the row is grouped by; empty for all, or where the ledger names none. A company or customer
            as :func:`short_keys` writes it, so that no two rows of one have one key.
        name: Its name; the key where it has none of its own.
        currency: The currency of the companies' books; amounts of two currencies are never added up.
        value: Minor units for money, else a number; None where there is nothing to measure.
    """

    key: str
    name: str
    currency: str
    value: int | float | None


@dataclass(frozen=True)
class Portfolio:
    """A measure of the portfolio at the end of a day.

    Attributes:
        measure: What was measured.
        unit: ``money``, ``days``, ``points``, ``percent`` or ``count``.
        as_of: The day.
        by: What it is grouped by; None for the whole.
        rows: The rows, sorted by key and currency.
    """

    measure: str
    unit: str
    as_of: date
    by: str | None
    rows: tuple[PortfolioRow, ...]

    def to_json(self) -> Document:
        """Return the measure as a document; money is a decimal string, any other value a number."""
        rows = [_document(row) | {"value": self._value(row)} for row in self.rows]
        return {"measure": self.measure, "as_of": self.as_of.isoformat(), "by": self.by, "rows": rows}

    def _value(self, row: PortfolioRow) -> str | float | None:
        if self.unit == "money" and isinstance(row.value, int):
            return amount_text(row.value, row.currency)
        return row.value


@dataclass(frozen=True)
class QuarantinedRow:
    """A row that was set aside: where it came from, why, and how it was read, a JSON object in a text."""

    run: int
    source: str
    query: str
    company: str | None
    key: str | None
    reason: str
    raw: str

    def to_json(self) -> Document:
        """Return the row as a document, the row as read as an object inside."""
        return _document(self) | {"raw": json.loads(self.raw)}


@dataclass(frozen=True)
class QuarantineCount:
    """How many rows of one query and company were set aside for one reason."""

    source: str
    query: str
    company: str | None
    reason: str
    rows: int


@dataclass(frozen=True)
class Difference:
    """Two figures of a company that should be equal and are not, in minor units, and the item behind it."""

    check: str
    item: str | None
    document: str | None
    customer: str | None
    posting_date: date | None
    expected: int
    found: int


@dataclass(frozen=True)
class SourceReport:
    """What a run read from one source; ``message`` says why it could not."""

    name: str
    connector: str
    read: int
    quarantined: int
    seconds: float
    status: str
    message: str | None


@dataclass(frozen=True)
class CompanyReport:
    """The control totals of a company in a run, in minor units, and the differences between them."""

    source: str
    company: str
    currency: str
    buckets: int
    open: int
    control_account: int
    remaining: int | None
    reconciled: bool
    differences: tuple[Difference, ...]

    def to_json(self) -> Document:
        """Return the company's part of the document of a run."""
        differences = [
            _document(difference)
            | {
                "expected": amount_text(difference.expected, self.currency),
                "found": amount_text(difference.found, self.currency),
            }
            for difference in self.differences
        ]
        money = ("buckets", "open", "control_account", "remaining")
        amounts = {name: _amount(getattr(self, name), self.currency) for name in money}
        return _document(self) | amounts | {"differences": differences}


@dataclass(frozen=True)
class WorkbookReport:
    """What became of a workbook in a run; ``published_as`` is the file that was written, if any."""

    path: str
    status: str
    published_as: str | None
    digest: str | None
    message: str | None


@dataclass(frozen=True)
class RunReport:
    """A run: what it read, whether it added up, and what it published. Times are UTC, without a zone."""

    run: int
    status: str
    trigger: str
    as_of: date
    started: datetime
    finished: datetime | None
    policy: str
    policy_digest: str
    message: str | None
    sources: tuple[SourceReport, ...] = field(default=())
    companies: tuple[CompanyReport, ...] = field(default=())
    workbooks: tuple[WorkbookReport, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """The command's exit code for this run: 3 before 4 before 5, 0 when all went well."""
        if self.status in {FAILED, INTERRUPTED} or any(source.status == FAILED for source in self.sources):
            return 3
        if not all(company.reconciled for company in self.companies):
            return 4
        beside = any(workbook.status in {BESIDE, FAILED} for workbook in self.workbooks)
        return 5 if beside or self.status == PARTLY_PUBLISHED else 0

    def to_json(self) -> Document:
        """Return the document of ``duebook refresh --json``, and of one run of ``duebook status --json``."""
        return _document(self) | {
            "sources": [_document(source) for source in self.sources],
            "companies": [company.to_json() for company in self.companies],
            "workbooks": [_document(workbook) for workbook in self.workbooks],
        }


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else amount_text(minor, currency)


def _document(value: object) -> Document:
    """Return the fields of a value by name, dates as ISO text."""
    fields: Mapping[str, object] = vars(value)
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in fields.items()}
