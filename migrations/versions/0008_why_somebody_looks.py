"""Why somebody looks

Searching and opening people had no reason on record. A sign-in carries a purpose for half an hour of work; suggestions
wait here until their search is finished and becomes one row of the log; canary records are people whom nobody has a
reason to open.
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

PURPOSE = (
    ('purpose', sa.String(length=40)),
    ('case_number', sa.String(length=40)),
    ('purpose_note', sa.String(length=200)),
    ('purpose_until', sa.DateTime()),
)


def upgrade():
    for name, kind in PURPOSE:
        op.add_column('sign_in', sa.Column(name, kind, nullable=True))
    op.create_table('unfinished_search',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=20), nullable=True),
    sa.Column('session_mark', sa.String(length=40), nullable=False),
    sa.Column('address', sa.String(length=45), nullable=False),
    sa.Column('purpose', sa.String(length=40), nullable=False),
    sa.Column('case_number', sa.String(length=40), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('draft', sa.String(length=40), nullable=False),
    sa.Column('text', sa.String(length=100), nullable=False),
    sa.Column('people', sa.JSON(), nullable=False),
    sa.Column('began_at', sa.DateTime(), nullable=False),
    sa.Column('last_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_unfinished_search_user_id', 'unfinished_search', ['user_id'], unique=False)
    op.create_table('canary',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('set_by_id', sa.Integer(), nullable=True),
    sa.Column('set_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['set_by_id'], ['ab_user.id'], ),
    sa.PrimaryKeyConstraint('person_id')
    )


def downgrade():
    op.drop_table('canary')
    op.drop_index('ix_unfinished_search_user_id', table_name='unfinished_search')
    op.drop_table('unfinished_search')
    with op.batch_alter_table('sign_in') as batch_op:
        for name, _kind in PURPOSE:
            batch_op.drop_column(name)
