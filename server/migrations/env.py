"""Run by Alembic, with the connection that `cft_eval.server.database` opened."""

from alembic import context

from cft_eval.server import visitors  # noqa: F401 - its tables belong to the metadata
from cft_eval.server.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table only by copying it
)
with context.begin_transaction():
    context.run_migrations()
