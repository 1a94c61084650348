"""A void order does not prevent a new entry of its paper.

An order that was entered with a wrong case or person is voided and entered again. The database refused the second entry,
because the void order has the same court, number and date.
"""

import re

import sqlalchemy as sa
from alembic import op

from migrations import lock

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

TABLE, NAME, COLUMNS = "court_order", "uq_court_order_paper", ["court_code", "number_key", "issued_on"]
CONSTRAINT = f"CONSTRAINT {NAME} UNIQUE ({', '.join(COLUMNS)})"
VALID = sa.text("voided_at IS NULL")


def upgrade():
    if lock.is_sqlite(op):
        _rebuild(lambda definition: definition.replace(f"{CONSTRAINT}, ", ""))
    else:
        op.drop_constraint(NAME, TABLE, type_="unique")
    op.create_index(NAME, TABLE, COLUMNS, unique=True, sqlite_where=VALID, postgresql_where=VALID)


def downgrade():
    _refuse_repeated_papers()
    op.drop_index(NAME, TABLE)
    if lock.is_sqlite(op):
        _rebuild(
            lambda definition: definition.replace("PRIMARY KEY (id), ", f"PRIMARY KEY (id), {CONSTRAINT}, ")
        )
    else:
        op.create_unique_constraint(NAME, TABLE, COLUMNS)


def _refuse_repeated_papers():
    """Raise RuntimeError, before any change, if a void order and another one have the same paper.

    The older version allows one order of a paper, and no order is deleted.
    """
    listed = ", ".join(COLUMNS)
    repeated = sa.text(
        f"SELECT min(id), max(id) FROM {TABLE} GROUP BY {listed} HAVING count(*) > 1 ORDER BY 1"
    )
    pairs = [f"{first} and {last}" for first, last in op.get_bind().execute(repeated)]
    if pairs:
        raise RuntimeError(
            f"Orders with the same court, number and date: {', '.join(pairs[:10])}. The older version allows one order of "
            "a paper, so this database stays at the newer version."
        )


def _rebuild(change):
    """Write the table again with a changed definition: SQLite cannot drop a constraint.

    Indexes and triggers stay as they are. The foreign keys are not enforced meanwhile, since the old table is dropped.
    """
    connection = op.get_bind()
    parts = sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :name AND sql IS NOT NULL")
    stored = connection.execute(parts, {"name": TABLE}).all()
    definition = " ".join(next(sql for kind, sql in stored if kind == "table").split())
    changed = change(definition)
    if changed == definition:
        return
    new = f"new_{TABLE}"
    run = connection.exec_driver_sql
    run("PRAGMA foreign_keys = OFF")  # SQLite ignores this inside a transaction
    run("BEGIN IMMEDIATE")
    run(re.sub(rf'^CREATE TABLE "?{TABLE}"? ', f"CREATE TABLE {new} ", changed))
    run(f"INSERT INTO {new} SELECT * FROM {TABLE}")
    run(f"DROP TABLE {TABLE}")
    run(f"ALTER TABLE {new} RENAME TO {TABLE}")
    for kind, sql in stored:
        if kind != "table":
            run(sql)
    run("COMMIT")
    run("PRAGMA foreign_keys = ON")
