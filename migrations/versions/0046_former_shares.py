"""End the permanent shares of units that moved a case out of their own scope.

A move once gave the unit a share for reading and writing without an end. It now gives reading for 48 hours. The unit
that entered the case and the units above it keep their share, and so do units to which an officer gave one.
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

READABLE = timedelta(hours=48)
GRANT = sa.table(
    "access_grant",
    *(sa.column(name) for name in ("id", "kind", "entity", "entity_id", "unit_code", "reason")),
    *(sa.column(name, sa.DateTime) for name in ("granted_at", "expires_at")),
    sa.column("may_write", sa.Boolean),
)
CASE = sa.table("case", sa.column("id"), sa.column("unit_code"))
UNIT = sa.table("unit", *(sa.column(name) for name in ("code", "parent_code", "successor_code")))


def upgrade():
    connection = op.get_bind()
    above = {row.code: (row.parent_code, row.successor_code) for row in connection.execute(sa.select(UNIT))}
    shares = (
        sa.select(GRANT.c.id, GRANT.c.unit_code, GRANT.c.granted_at, CASE.c.unit_code.label("owner"))
        .join_from(GRANT, CASE, CASE.c.id == GRANT.c.entity_id)
        .where(
            GRANT.c.kind == "share",
            GRANT.c.entity == "case",
            GRANT.c.expires_at.is_(None),
            GRANT.c.reason.is_(None),
        )
    )
    for share in connection.execute(shares).all():
        if share.unit_code not in _find_keepers(share.owner, above):
            narrowed = {"kind": "moved", "may_write": False, "expires_at": share.granted_at + READABLE}
            connection.execute(sa.update(GRANT).where(GRANT.c.id == share.id).values(narrowed))


def _find_keepers(owner, above):
    """Return the codes of the unit, of its successors and of the units above them."""
    found, waiting = set(), [owner]
    while waiting:
        code = waiting.pop()
        if code and code not in found:
            found.add(code)
            waiting += above.get(code, ())
    return found


def downgrade():
    """Keep the shares as they are: what was narrowed stays narrow."""
