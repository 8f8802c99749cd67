"""A score keeps how much its problems differ, which its interval needs where there are repeats.

Scores of before have none until they are graded again: their intervals count each problem once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("scores", sa.Column("item_variance", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("scores", "item_variance")
