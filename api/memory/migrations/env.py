"""Alembic runs this file; the connection comes from `api.memory.database`, already in a transaction."""

from alembic import context

from api.memory.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
