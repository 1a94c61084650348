"""Drafts of letters that their author has deleted.

A letter is never deleted, but a draft is none yet. Only a draft can be marked.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

NAME = "lock_letter_deleted_draft"


def upgrade():
    op.add_column("letter", sa.Column("deleted_at", sa.DateTime()))
    differs = "IS NOT" if lock.is_sqlite(op) else "IS DISTINCT FROM"
    text = "only a draft is deleted"
    if lock.is_sqlite(op):
        action = f"BEGIN SELECT RAISE(ABORT, 'lock: {text}'); END"
    else:
        action = f"EXECUTE FUNCTION lock_refuse('{text}')"
    lock.execute(
        op,
        f'CREATE TRIGGER "{NAME}" BEFORE UPDATE ON "letter" FOR EACH ROW'
        f" WHEN ((OLD.deleted_at {differs} NEW.deleted_at OR OLD.deleted_at IS NOT NULL)"
        f" AND (OLD.state <> 'draft' OR NEW.state <> 'draft' OR OLD.deleted_at IS NOT NULL)) {action}",
    )


def downgrade():
    op.execute(f"DROP TRIGGER {NAME}" + ("" if lock.is_sqlite(op) else " ON letter"))
    op.drop_column("letter", "deleted_at")
