"""Run by Alembic, with the connection that `cft_eval.server.store.database` opened."""

from alembic import context

from cft_eval.server.store import models_visitors  # noqa: F401 - its tables belong to the metadata
from cft_eval.server.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table only by copying it
)
with context.begin_transaction():
    context.run_migrations()
