"""The consent of the sender before a letter is forwarded that says «Ask the owner first»."""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

TABLE = "letter_recipient"
SECOND = "ck_letter_recipient_consent", "forward_agreed_by_id <> forward_asked_by_id"


def upgrade():
    # SQLite adds a foreign key and a check only together with their column.
    op.execute(f"ALTER TABLE {TABLE} ADD COLUMN forward_to_code VARCHAR(20) REFERENCES unit (code)")
    op.add_column(TABLE, sa.Column("forward_reason", sa.String(400)))
    op.execute(f"ALTER TABLE {TABLE} ADD COLUMN forward_asked_by_id INTEGER REFERENCES ab_user (id)")
    column = "forward_agreed_by_id INTEGER REFERENCES ab_user (id)"
    name, condition = SECOND
    op.execute(f"ALTER TABLE {TABLE} ADD COLUMN {column} CONSTRAINT {name} CHECK ({condition})")


def downgrade():
    if not lock.is_sqlite(op):
        op.drop_constraint(SECOND[0], TABLE)
    for name in ("forward_agreed_by_id", "forward_asked_by_id", "forward_reason", "forward_to_code"):
        op.drop_column(TABLE, name)
