"""One limit covers all provisional detention of a person in a case.

The scheduled job computes the ends of open detentions again, as after a change of the limits.
"""

from alembic import op

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None

COMPUTE_AGAIN = "UPDATE time_limit SET applied_amount = NULL WHERE code LIKE 'detention%'"


def upgrade():
    op.execute(COMPUTE_AGAIN)


def downgrade():
    op.execute(COMPUTE_AGAIN)
