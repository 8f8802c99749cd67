"""Who made a token, and which visitor left a report or a comparison."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("tokens", sa.Column("created_by", sa.Text(), nullable=True))
    # The audit has known it all along.
    op.execute(
        "update tokens set created_by = (select min(actor) from audit "
        "where audit.action = 'token.made' and audit.subject = tokens.id)"
    )
    for table in ("label_reports", "snapshots"):
        op.add_column(table, sa.Column("visitor", sa.Text(), nullable=True))
        op.create_index(f"ix_{table}_visitor", table, ["visitor"])


def downgrade() -> None:
    for table in ("label_reports", "snapshots"):
        op.drop_index(f"ix_{table}_visitor", table)
        op.drop_column(table, "visitor")
    op.drop_column("tokens", "created_by")
