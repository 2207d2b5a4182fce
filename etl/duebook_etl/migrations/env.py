"""Alembic's entry: run the revisions on the connection that the store gives, in its transaction."""

from __future__ import annotations

from alembic import context

from duebook_etl.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True
)
context.run_migrations()
