"""Boards of whoever is held, and of hits, read an index of open records alone.

The one that began with the end of a record held all that had ended as well, and PostgreSQL, which thought little of it, read the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# table → the index before, the limit, the end
OPEN = {
    "custody": ("held", "limit_at", "ended_at"),
    "detention": ("due", "due_on", "ended_on"),
    "release": ("tracked", "track_until", "ended_on"),
}
# Of hits that wait; with what is compared of each.
WAITS = "state IN ('waiting', 'longer')"
HITS = {"open": [], "open_there": ["province_code"]}
COMPARED = ["due_at", "id", "unit_code", "owner_unit_code", "family"]


def upgrade():
    for name, first in HITS.items():
        where = {"sqlite_where": sa.text(WAITS), "postgresql_where": sa.text(WAITS)}
        op.create_index(f"ix_hit_{name}", "hit", [*first, *COMPARED], **where)
    for table, (before, limit, ended) in OPEN.items():
        there = sa.text(f"{ended} IS NULL AND voided_at IS NULL")
        columns = [limit, "id", "person_id"]
        op.create_index(f"ix_{table}_open", table, columns, sqlite_where=there, postgresql_where=there)
        op.drop_index(f"ix_{table}_{before}", table)


def downgrade():
    for name in HITS:
        op.drop_index(f"ix_hit_{name}", "hit")
    for table, (before, limit, ended) in OPEN.items():
        op.create_index(f"ix_{table}_{before}", table, [ended, limit])
        op.drop_index(f"ix_{table}_open", table)
