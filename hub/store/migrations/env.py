"""How Alembic runs our migrations: on the connection that `hub.store.schema` hands it."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)

with context.begin_transaction():
    context.run_migrations()
