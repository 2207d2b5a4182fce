"""The facts of the credit file, and what customers come to by them and by the policy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COLUMNS = (
    ("gross_open", sa.BigInteger()),
    ("gross_overdue", sa.BigInteger()),
    ("annual_sales", sa.BigInteger()),
    ("months_of_business", sa.Integer()),
    ("score", sa.Float()),
    ("grade", sa.Text()),
    ("confidence", sa.Float()),
    ("default_probability", sa.Float()),
    ("default_model", sa.Text()),
    ("term_days", sa.Integer()),
    ("terms_tier", sa.Text()),
    ("credit_limit", sa.BigInteger()),
    ("limit_method", sa.Text()),
    ("limit_expires", sa.Date()),
    ("exposure", sa.BigInteger()),
    ("mitigants", sa.BigInteger()),
    ("net_exposure", sa.BigInteger()),
    ("headroom", sa.BigInteger()),
    ("limit_use", sa.Float()),
    ("over_limit", sa.Boolean()),
    ("group_head", sa.Text()),
    ("group_exposure", sa.BigInteger()),
    ("dunning_stage", sa.Text()),
    ("alert", sa.Text()),
    ("alert_rule", sa.Text()),
    ("alert_reasons", sa.Text()),
    ("provision", sa.BigInteger()),
    ("late_interest", sa.BigInteger()),
    ("review_due", sa.Date()),
)


def upgrade() -> None:
    """Make the table of facts, and give profiles the columns; what is there has nothing in them."""
    op.create_table(
        "credit_facts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("known_from", sa.Date(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("told_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
    )
    op.create_index(
        "ix_credit_facts_customer", "credit_facts", ["customer", "company", "source"], unique=False
    )
    for name, kind in _COLUMNS:
        op.add_column("profiles", sa.Column(name, kind, nullable=True))
