"""Who may do what: organisations, tokens, keys, reviews, and an audit that only grows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

GENESIS = "0" * 64
"""What the first entry of the audit stands on."""

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _owners()
    _audit()
    _uploads_and_runs()


def _owners() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=True),
        sa.Column("revoked", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("revoked", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"]),
        sa.PrimaryKeyConstraint("id"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("moment", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "hash": GENESIS}])
    if op.get_bind().dialect.name == "sqlite":
        for event in ("update", "delete"):
            op.execute(
                f"create trigger audit_no_{event} before {event} on audit "
                "begin select raise(abort, 'the audit only grows'); end"
            )
    else:
        op.execute(
            "create function audit_only_grows() returns trigger language plpgsql as "
            "$$ begin raise exception 'the audit only grows'; end $$"
        )
        op.execute(
            "create trigger audit_no_change before update or delete or truncate on audit "
            "for each statement execute function audit_only_grows()"
        )


def _uploads_and_runs() -> None:
    # Columns are added, not tables copied: SQLite's way of copying a table drops the old one, and
    # with it whatever refers to it.
    op.add_column("uploads", sa.Column("lease_until", MOMENT, nullable=True))
    op.add_column("uploads", sa.Column("organisation", sa.Text(), nullable=True))
    actor = sa.Column("actor", sa.Text(), nullable=False, server_default="anybody")
    op.add_column("uploads", actor)
    op.add_column("uploads", sa.Column("review", sa.Text(), nullable=True))
    op.add_column("uploads", sa.Column("signature", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("private_to", sa.Text(), nullable=True))
    op.add_column("runs", sa.Column("withdrawn", MOMENT, nullable=True))
    op.add_column("runs", sa.Column("withdrawn_why", sa.Text(), nullable=True))
    # All that decides who sees a run, and whether a board is still the one that was made: a board
    # asks for it with every page, and must not read ten thousand rows for it.
    op.create_index("ix_runs_seen", "runs", ["published", "withdrawn", "private_to", "graded"])


def downgrade() -> None:
    op.drop_index("ix_runs_seen", "runs")
    for column in ("withdrawn_why", "withdrawn", "private_to"):
        op.drop_column("runs", column)
    for column in ("signature", "review", "actor", "organisation", "lease_until"):
        op.drop_column("uploads", column)
    for name in ("audit_head", "audit", "signing_keys", "tokens", "organisations"):
        op.drop_table(name)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("drop function audit_only_grows()")
