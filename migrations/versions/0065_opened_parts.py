"""The parts of its case that a letter opens. A letter that was sent before opens the whole case, as its sender knew."""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

NAME = "lock_letter_opened_parts"


def upgrade():
    op.add_column("letter", sa.Column("share_parts", sa.String(100)))
    op.execute("UPDATE letter SET share_parts = 'whole' WHERE share_until IS NOT NULL")
    text = "a letter does not change after it was sent"
    if lock.is_sqlite(op):
        differs, action = "IS NOT", f"BEGIN SELECT RAISE(ABORT, 'lock: {text}'); END"
    else:
        differs, action = "IS DISTINCT FROM", f"EXECUTE FUNCTION lock_refuse('{text}')"
    lock.execute(
        op,
        f'CREATE TRIGGER "{NAME}" BEFORE UPDATE ON "letter" FOR EACH ROW'
        f" WHEN (OLD.state <> 'draft' AND OLD.share_parts {differs} NEW.share_parts) {action}",
    )


def downgrade():
    op.execute(f"DROP TRIGGER {NAME}" + ("" if lock.is_sqlite(op) else " ON letter"))
    op.drop_column("letter", "share_parts")
