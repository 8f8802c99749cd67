"""A report of a wrong label names the task of its response, and ends with an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

COLUMNS = ("task", sa.Text), ("settled", sa.DateTime), ("answer", sa.Text)


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("label_reports", sa.Column(name, kind(), nullable=True))


def downgrade() -> None:
    for name, _ in reversed(COLUMNS):
        op.drop_column("label_reports", name)
