"""Supplements in free text

What became known later stands in a supplement, and no search found it there: its text is indexed as those of cases are.
"""

from alembic import op

from migrations import texts

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade():
    texts.index(op, 'supplement', 'text')


def downgrade():
    texts.forget(op, 'supplement')
