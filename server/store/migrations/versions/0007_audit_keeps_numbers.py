"""No entry of the audit is put in the place of another.

SQLite's `insert or replace` deletes without asking the trigger of deletions; on PostgreSQL every
way of replacing a row is an update, which its trigger refuses.
"""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "create trigger audit_no_replace before insert on audit "
            "when exists (select 1 from audit where number = new.number) "
            "begin select raise(abort, 'the audit only grows'); end"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop trigger audit_no_replace")
