"""A rejected order does not prevent the entry of its paper.

An invented order with the court, number and day of a real one was rejected, and the real one could still not be entered.
"""

import sqlalchemy as sa
from alembic import op

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

TABLE, NAME, COLUMNS = "court_order", "uq_court_order_paper", ["court_code", "number_key", "issued_on"]
VALID = "voided_at IS NULL"


def upgrade():
    _create_index(f"{VALID} AND status <> 'rejected'")


def downgrade():
    _refuse_repeated_papers()
    _create_index(VALID)


def _create_index(condition):
    op.drop_index(NAME, TABLE)
    where = sa.text(condition)
    op.create_index(NAME, TABLE, COLUMNS, unique=True, sqlite_where=where, postgresql_where=where)


def _refuse_repeated_papers():
    """Raise RuntimeError, before any change, if a rejected order and another one have the same paper."""
    listed = ", ".join(COLUMNS)
    repeated = sa.text(
        f"SELECT min(id), max(id) FROM {TABLE} WHERE {VALID} GROUP BY {listed} HAVING count(*) > 1 ORDER BY 1"
    )
    pairs = [f"{first} and {last}" for first, last in op.get_bind().execute(repeated)]
    if pairs:
        raise RuntimeError(
            f"Orders with the same court, number and date: {', '.join(pairs[:10])}. The older version allows one order of "
            "a paper, so this database stays at the newer version."
        )
