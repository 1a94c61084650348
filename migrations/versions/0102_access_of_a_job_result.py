"""A result of a job names the unit, area and roles for which it was made.

A result stayed available to its owner after a change between two roles that may both export.
"""

import sqlalchemy as sa
from alembic import op

revision = "0102"
down_revision = "0101"
branch_labels = None
depends_on = None


def upgrade():
    """Add the column. Users request the results of before again; the unit is no argument any more."""
    op.add_column("job", sa.Column("result_access", sa.String(64)))
    _change_arguments(
        lambda arguments, _unit: {name: value for name, value in arguments.items() if name != "of_unit"}
    )


def downgrade():
    _change_arguments(lambda arguments, unit: arguments | {"of_unit": unit})
    op.drop_column("job", "result_access")


def _change_arguments(change):
    job = sa.table("job", sa.column("id"), sa.column("arguments", sa.JSON), sa.column("owner_id"))
    user = sa.table("ab_user", sa.column("id"), sa.column("unit_code"))
    rows = sa.select(job.c.id, job.c.arguments, user.c.unit_code).join_from(
        job, user, user.c.id == job.c.owner_id
    )
    connection = op.get_bind()
    for number, arguments, unit in connection.execute(rows).all():
        connection.execute(job.update().where(job.c.id == number).values(arguments=change(arguments, unit)))
