"""Passkeys; row-level security of drafts, search tokens and audit payloads; case numbers that no case has.

On PostgreSQL a statement without the session's filter could read the drafts and searches of other users, and every
payload of the audit log. A draft and a search token are now visible to their user only. A payload is visible to the
user who caused the event, to users who see the record of the event, and to auditors.
"""

import sqlalchemy as sa
from alembic import op

from migrations import row_level_security as rls

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Search tokens and payloads are also inserted by connections that belong to no session and have no settings.
INSERTED_FREELY = ("search_token", "audit_payload")
# table → number of the case of a purpose; the column says that no case or order has it
PURPOSES = ("login_session", "open_search")


def upgrade():
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime()),
        sa.ForeignKeyConstraint(["user_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credential_id"),
    )
    op.create_index("ix_passkey_user_id", "passkey", ["user_id"])
    for table in PURPOSES:
        op.add_column(
            table, sa.Column("case_unknown", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    own = rls.of_own_user("draft")
    rls.protect_table(op, "draft", own, own, own)
    rls.protect_table(op, "search_token", rls.of_own_user("search_token"))
    rls.protect_table(op, "audit_payload", rls.of_payload(rls.RECORDS), command="SELECT")
    if op.get_bind().dialect.name != "sqlite":
        for table in INSERTED_FREELY:
            op.execute(f'DROP POLICY IF EXISTS scope_insert ON "{table}"')
            op.execute(f'CREATE POLICY scope_insert ON "{table}" FOR INSERT WITH CHECK (true)')


def downgrade():
    for table in ("audit_payload", "search_token", "draft"):
        rls.unprotect_table(op, table)
    for table in PURPOSES:
        op.drop_column(table, "case_unknown")
    op.drop_index("ix_passkey_user_id", "passkey")
    op.drop_table("passkey")
