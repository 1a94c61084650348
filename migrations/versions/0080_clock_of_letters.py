"""The clock of a request stops while its receiver has asked back, and its sender ends early what a letter has opened.

The deadline of a recipient moves by the time that it has waited. The deadline of the letter stays.
"""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

FIXED = ("letter_id", "to_unit_code", "unit_code")
INDEX = "ix_letter_recipient_due_at"


def upgrade():
    op.add_column("letter", sa.Column("share_ended_at", sa.DateTime()))
    op.add_column("letter_recipient", sa.Column("asked_back_at", sa.DateTime()))
    lock.lock_table(op, "letter_recipient", (), FIXED)
    is_open = sa.text("done_at IS NULL")
    op.create_index(INDEX, "letter_recipient", ["due_at"], sqlite_where=is_open, postgresql_where=is_open)


def downgrade():
    op.drop_index(INDEX, "letter_recipient")
    lock.lock_table(op, "letter_recipient", (), (*FIXED, "due_at"))
    op.drop_column("letter_recipient", "asked_back_at")
    op.drop_column("letter", "share_ended_at")
