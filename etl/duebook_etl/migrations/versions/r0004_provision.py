"""What customers come to by own loss rates, and what of their exposure is uninsured."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Give profiles the columns; what is there has nothing in them."""
    op.add_column("profiles", sa.Column("uninsured", sa.BigInteger(), nullable=True))
    op.add_column("profiles", sa.Column("provision_matrix", sa.BigInteger(), nullable=True))
    op.add_column("profiles", sa.Column("provision_method", sa.Text(), nullable=True))
