"""Bearers of names beside each other

The index of names took 263 MB of PostgreSQL for a million people, 23 of them to find the names of one person: an entry for each,
though people who were registered one after the other lie side by side in the table. Thirty-two of them are now one entry,
and the right ones are picked out of the same page. SQLite keeps the table in another order, and its index as it is.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLE, BEFORE, NEIGHBOURS = "name_bearer", "ix_name_bearer_person_id", "ix_name_bearer_neighbours"


def on_postgresql():
    return op.get_bind().dialect.name == "postgresql"


def upgrade():
    if on_postgresql():
        op.drop_index(BEFORE, TABLE)
        op.execute(f"CREATE INDEX {NEIGHBOURS} ON {TABLE} ((person_id >> 5))")
        op.execute(f"ANALYZE {TABLE}")


def downgrade():
    if on_postgresql():
        op.drop_index(NEIGHBOURS, TABLE)
        op.create_index(BEFORE, TABLE, ["person_id"])
