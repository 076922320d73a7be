"""Alembic's door: it is always called with an open connection, by `boapp.shareddb.migrate`."""

from alembic import context

from boapp.shareddb.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False
)
context.run_migrations()
