"""One valid row for each person and role in a case: two officers could add the same suspect at the same moment."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

NAME = "ix_involvement_one_role"
COLUMNS = ["case_id", "person_id", "role"]
VALID = sa.text("voided_at IS NULL")
TWICE = """SELECT DISTINCT c.number FROM involvement i JOIN "case" c ON c.id = i.case_id WHERE i.voided_at IS NULL
 GROUP BY c.number, i.case_id, i.person_id, i.role HAVING count(*) > 1 ORDER BY c.number LIMIT 20"""


def upgrade():
    if cases := op.get_bind().execute(sa.text(TWICE)).scalars().all():
        raise ValueError(
            "These cases name a person twice in one role. Void one of the rows by a correction, then upgrade: "
            + ", ".join(cases)
        )
    op.create_index(NAME, "involvement", COLUMNS, unique=True, sqlite_where=VALID, postgresql_where=VALID)


def downgrade():
    op.drop_index(NAME, "involvement")
