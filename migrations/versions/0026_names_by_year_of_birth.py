"""Names by year of birth

Who might be the person of a new case was looked for among all who bear a name that sounds the same, thousands in a large
register, of whom each was read for his year of birth; and a search by name read each bearer to learn whether he was
struck out. The index of names now knows the year, is looked up by name and year, and holds nobody who was struck out.

The table is filled anew from itself and the persons, and the names that nobody bears any more go. On PostgreSQL the names
of one key then lie together, and the indexes are dense. On the way back the names of those who were struck out stay out:
no search shows them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

NAME, PERSON = "name_bearer", "person_id"


def filled(columns, *constraints):
    """Make the table anew with these columns, from what it holds of those who stand."""
    kept = (
        "CREATE TEMPORARY TABLE borne AS SELECT b.person_id, coalesce(p.birth_year, 0) AS birth_year, b.name_id"
        " FROM name_bearer b JOIN person p ON p.id = b.person_id WHERE p.voided_at IS NULL"
    )
    op.execute(kept)
    op.drop_table(NAME)
    op.create_table(
        NAME,
        *columns,
        sa.ForeignKeyConstraint([PERSON], ["person.id"]),
        *constraints,
        sqlite_with_rowid=False,
    )
    names = ", ".join(column.name for column in columns)
    order = "name_id, birth_year, person_id" if on_sqlite() else "person_id, name_id"
    op.execute(f"INSERT INTO name_bearer ({names}) SELECT {names} FROM borne ORDER BY {order}")
    op.execute("DROP TABLE borne")


def on_sqlite():
    return op.get_bind().dialect.name == "sqlite"


def upgrade():
    filled(
        [
            sa.Column(PERSON, sa.Integer, nullable=False, autoincrement=False),
            sa.Column("birth_year", sa.Integer, nullable=False, autoincrement=False),
            sa.Column("name_id", sa.BigInteger, nullable=False, autoincrement=False),
        ],
        sa.PrimaryKeyConstraint("name_id", "birth_year", PERSON),
    )
    op.create_index("ix_name_bearer_person_id", NAME, [PERSON])
    op.execute(
        "DELETE FROM name_key WHERE NOT EXISTS (SELECT 1 FROM name_bearer b WHERE b.name_id = name_key.name_id)"
    )
    if not on_sqlite():
        op.execute("REINDEX TABLE name_bearer")
        op.execute("CLUSTER name_key USING name_key_pkey")
    for table in (NAME, "name_key"):
        op.execute(f"ANALYZE {table}")


def downgrade():
    op.drop_index("ix_name_bearer_person_id", NAME)
    filled(
        [
            sa.Column(PERSON, sa.Integer, nullable=False, autoincrement=False),
            sa.Column("name_id", sa.BigInteger, nullable=False, autoincrement=False),
        ],
        sa.PrimaryKeyConstraint(PERSON, "name_id"),
    )
    op.create_index("ix_name_bearer_name", NAME, ["name_id", PERSON])
