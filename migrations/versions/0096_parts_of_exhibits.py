"""A part keeps what its exhibit says: a split does not begin a new time in which one officer changes it."""

from alembic import op

from migrations import lock

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None

TABLE, NAME = "exhibit", "part"
KEPT = (
    "colour", "description", "found_at", "found_by", "found_place", "kind", "make", "measure", "model", "owner",
    "property_role", "substance", "taken_from",
)  # fmt: skip


def upgrade():
    lock.lock_when(op, TABLE, NAME, "OLD.parent_id IS NOT NULL", KEPT)


def downgrade():
    lock.unlock_when(op, TABLE, NAME)
