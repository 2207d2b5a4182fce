"""The tables of the store: the ledger as it was last read, and what every run saw and did.

Ledger tables have ``source`` and the fields of :mod:`duebook.ledger`; money is whole minor units.
``customer`` is the empty text, never NULL, for an item that names none, so that grouping needs no special
case; any other text that is empty is NULL. The indexes of the large tables name what differs most first, and
nothing more where that finds few rows already: so they are built in half the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from duebook.ledger import ALLOCATIONS, COMPANIES, CONTROL, CUSTOMERS, ITEMS, Field, Type

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

metadata: Final = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
)

_TYPES: Final[dict[Type, type[TypeEngine[Any]]]] = {
    Type.TEXT: Text,
    Type.DATE: Date,
    Type.AMOUNT: BigInteger,
    Type.INTEGER: BigInteger,
    Type.FLAG: Boolean,
}


def _ledger_table(name: str, fields: tuple[Field, ...], *indexes: Index) -> Table:
    columns = [
        Column(f.name, _TYPES[f.type], nullable=not f.required and f.name != "customer") for f in fields
    ]
    return Table(name, metadata, Column("source", Text, nullable=False), *columns, *indexes)


companies: Final = _ledger_table(
    "companies", COMPANIES, Index("ux_companies_key", "source", "company", unique=True)
)
customers: Final = _ledger_table(
    "customers", CUSTOMERS, Index("ux_customers_key", "source", "company", "customer", unique=True)
)
items: Final = _ledger_table(
    "items",
    ITEMS,
    Index("ux_items_key", "item", "company", "source", unique=True),
    Index("ix_items_customer", "customer"),
)
allocations: Final = _ledger_table("allocations", ALLOCATIONS, Index("ix_allocations_item", "item"))
control: Final = _ledger_table(
    "control", CONTROL, Index("ix_control_company", "source", "company", "posting_date")
)

runs: Final = Table(
    "runs",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("started", DateTime, nullable=False),
    Column("finished", DateTime),
    Column("as_of", Date, nullable=False),
    # running, ok, failed, interrupted, not reconciled, partly published
    Column("status", Text, nullable=False),
    Column("trigger", Text, nullable=False),  # command, schedule
    Column("policy", Text, nullable=False),
    Column("policy_digest", Text, nullable=False),
    Column("message", Text),
)
policies: Final = Table(
    "policies",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("text", Text, nullable=False),  # the file, as it was
)
run_sources: Final = Table(
    "run_sources",
    metadata,
    Column("run", ForeignKey("runs.run"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("connector", Text, nullable=False),
    Column("read", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("status", Text, nullable=False),  # running, ok, failed, interrupted
    Column("message", Text),
)
run_companies: Final = Table(
    "run_companies",
    metadata,
    Column("run", ForeignKey("runs.run"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("company", Text, primary_key=True),
    Column("currency", Text, nullable=False),
    Column("buckets", BigInteger, nullable=False),
    Column("open", BigInteger, nullable=False),
    Column("control_account", BigInteger, nullable=False),
    Column("remaining", BigInteger),  # the ERP's own balance of today; NULL where it has none
    Column("reconciled", Boolean, nullable=False),
)
differences: Final = Table(
    "differences",
    metadata,
    Column("run", ForeignKey("runs.run"), nullable=False),
    Column("source", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("check", Text, nullable=False),  # which two figures differ
    Column("item", Text),
    Column("document", Text),
    Column("customer", Text),
    Column("posting_date", Date),
    Column("expected", BigInteger, nullable=False),
    Column("found", BigInteger, nullable=False),
    Index("ix_differences_run", "run", "source", "company"),
)
run_workbooks: Final = Table(
    "run_workbooks",
    metadata,
    Column("run", ForeignKey("runs.run"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("status", Text, nullable=False),  # published, beside, withheld
    Column("published_as", Text),
    Column("digest", Text),
    Column("message", Text),
)
quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("run", ForeignKey("runs.run"), nullable=False),
    Column("source", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("company", Text),
    Column("key", Text),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),  # the row as read, one JSON object
    Index("ix_quarantine_source", "source", "query"),
)
profiles: Final = Table(
    "profiles",
    metadata,
    Column("run", ForeignKey("runs.run"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("company", Text, primary_key=True),
    Column("customer", Text, primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("open", BigInteger, nullable=False),
    Column("not_due", BigInteger, nullable=False),
    Column("overdue", BigInteger, nullable=False),
    Column("no_date", BigInteger, nullable=False),
    Column("unapplied", BigInteger, nullable=False),
    Column("oldest_overdue_days", Integer),
    Column("average_days_late", Float),
    Column("average_terms", Float),
    Column("settled", BigInteger, nullable=False),
    Column("sales", BigInteger, nullable=False),
    Column("dso", Float),
    Column("pay_index", Float),
    # All below are NULL in what runs before revision 0003 measured; uninsured, provision_matrix and
    # provision_method in what runs before 0004 measured.
    Column("gross_open", BigInteger),
    Column("gross_overdue", BigInteger),
    Column("annual_sales", BigInteger),
    Column("months_of_business", Integer),
    Column("score", Float),
    Column("grade", Text),
    Column("confidence", Float),
    Column("default_probability", Float),
    Column("default_model", Text),
    Column("term_days", Integer),
    Column("terms_tier", Text),
    Column("credit_limit", BigInteger),
    Column("limit_method", Text),
    Column("limit_expires", Date),
    Column("exposure", BigInteger),
    Column("mitigants", BigInteger),
    Column("net_exposure", BigInteger),
    Column("uninsured", BigInteger),
    Column("headroom", BigInteger),
    Column("limit_use", Float),
    Column("over_limit", Boolean),
    Column("group_head", Text),
    Column("group_exposure", BigInteger),
    Column("dunning_stage", Text),
    Column("alert", Text),  # green, amber, red
    Column("alert_rule", Text),
    Column("alert_reasons", Text),  # a JSON object: rule to level and measure, of those not green
    Column("provision", BigInteger),
    Column("provision_matrix", BigInteger),
    Column("provision_method", Text),  # individual, matrix, fixed
    Column("late_interest", BigInteger),
    Column("review_due", Date),
)
credit_facts: Final = Table(
    "credit_facts",
    metadata,
    Column("source", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("customer", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("value", Text, nullable=False),  # a plain number, an ISO date or a text
    Column("known_from", Date, nullable=False),
    Column("row", Integer, nullable=False),  # of the credit file
    Column("told_by", Text),
    Column("note", Text),
    Index("ix_credit_facts_customer", "customer", "company", "source"),
)
