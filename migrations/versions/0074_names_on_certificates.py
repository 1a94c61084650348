"""A certificate keeps the name of its holder: an administrator can rename an account."""

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

TABLE, NAME = "certificate", "holder_name"
LOCKED = ("number", "code", "participant_id", "user_id", "issued_on", "valid_until", "issued_by_id")
NAMES = """UPDATE certificate SET holder_name = coalesce((SELECT coalesce(nullif(u.name_km, ''),
  u.first_name || ' ' || u.last_name) FROM ab_user u WHERE u.id = certificate.user_id), '')"""


def upgrade():
    op.add_column(TABLE, sa.Column(NAME, sa.String(130), nullable=False, server_default=""))
    op.execute(NAMES)
    lock.protect_columns(op, TABLE, (*LOCKED, NAME))


def downgrade():
    lock.protect_columns(op, TABLE, LOCKED)
    op.drop_column(TABLE, NAME)
