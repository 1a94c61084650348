"""One key for one save

A double click, the back button and a retry after a lost answer sent a form twice and made two records. Every add
form and every POST of a program may now carry a key, which is kept here in the transaction of its record.
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'save_key',
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=80), nullable=False),
        sa.Column('entity', sa.String(length=40), nullable=False),
        sa.Column('entity_key', sa.String(length=40), nullable=False),
        sa.Column('mark', sa.String(length=64), nullable=False),
        sa.Column('used_at', sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['ab_user.id']),
        sa.PrimaryKeyConstraint('user_id', 'key'),
    )


def downgrade():
    op.drop_table('save_key')
