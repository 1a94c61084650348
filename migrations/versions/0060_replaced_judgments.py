"""A judgment that a later final judgment replaces is not in force any more.

Each part of E-Crime compared the judgments itself, and a sentence that the court of appeal had changed went on. The day
is now stored with the judgment. `run.py status check` names each sentence that is still computed from a replaced one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

REPLACED_ON = """
    UPDATE judgment SET replaced_on = (
        SELECT min(later.final_on) FROM judgment later
        WHERE later.involvement_id = judgment.involvement_id AND later.voided_at IS NULL AND later.set_aside_on IS NULL
        AND later.decided_on > judgment.decided_on
        AND (later.case_offence_id IS NULL OR later.case_offence_id = judgment.case_offence_id)
    ) WHERE voided_at IS NULL AND set_aside_on IS NULL"""


def upgrade():
    op.add_column("judgment", sa.Column("replaced_on", sa.Date()))
    op.execute(REPLACED_ON)


def downgrade():
    op.drop_column("judgment", "replaced_on")
