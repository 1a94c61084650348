"""Free text in stretches

A text that is common and stands nowhere took PostgreSQL seconds. Its index of free text is made anew so that it can be
walked through from the newest row, a stretch at a time, and left whenever it has taken long enough.
"""

from alembic import op

from migrations import texts

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

TEXTS = {'case': ('summary', 'way_text'), 'supplement': ('text',), 'person_mark': ('text',)}


def upgrade():
    for table, columns in TEXTS.items():
        texts.in_stretches(op, table, *columns)


def downgrade():
    for table, columns in TEXTS.items():
        texts.at_once(op, table, *columns)
