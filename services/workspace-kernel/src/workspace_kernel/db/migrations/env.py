"""Run migrations on the connection that ``workspace_kernel.db.schema`` opened."""

from alembic import context

from workspace_kernel.db.models import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
