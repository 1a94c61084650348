"""Accounts under review: rank and telephone, opened and closed, what a second administrator decides, reviews"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

NEW = (
    ('rank', sa.String(length=30)),
    ('phone', sa.String(length=30)),
    ('opened_at', sa.DateTime()),
    ('closed_at', sa.DateTime()),
    ('closed_because', sa.String(length=20)),
)


def upgrade():
    for name, kind in NEW:
        op.add_column('ab_user', sa.Column(name, kind, nullable=True))
    op.create_index('ix_ab_user_unit_code', 'ab_user', ['unit_code', 'id'], unique=False)
    op.create_table('staff_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=10), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=64), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(), nullable=True),
    sa.CheckConstraint('decided_by_id <> asked_by_id', name='ck_staff_request_two_people'),
    sa.CheckConstraint('decided_by_id <> user_id', name='ck_staff_request_not_himself'),
    sa.CheckConstraint('asked_by_id <> user_id', name='ck_staff_request_not_for_himself'),
    sa.CheckConstraint("(state = 'asked') = (decided_by_id IS NULL)", name='ck_staff_request_decided_by_somebody'),
    sa.ForeignKeyConstraint(['asked_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['decided_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_staff_request_user_id', 'staff_request', ['user_id'], unique=False)
    op.create_index('ix_staff_request_state', 'staff_request', ['state'], unique=False)
    op.create_table('staff_review',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_code', sa.String(length=20), nullable=False),
    sa.Column('of_all', sa.Boolean(), nullable=False),
    sa.Column('signed_by_id', sa.Integer(), nullable=False),
    sa.Column('signed_at', sa.DateTime(), nullable=False),
    sa.ForeignKeyConstraint(['signed_by_id'], ['ab_user.id'], ),
    sa.ForeignKeyConstraint(['unit_code'], ['unit.code'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_staff_review_unit_code', 'staff_review', ['unit_code'], unique=False)
    op.create_table('staff_review_line',
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('roles', sa.String(length=500), nullable=False),
    sa.Column('kept', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['review_id'], ['staff_review.id'], ),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], ),
    sa.PrimaryKeyConstraint('review_id', 'user_id')
    )


def downgrade():
    for table in ('staff_review_line', 'staff_review', 'staff_request'):
        op.drop_table(table)
    op.drop_index('ix_ab_user_unit_code', table_name='ab_user')
    with op.batch_alter_table('ab_user') as batch_op:
        for name, _kind in NEW:
            batch_op.drop_column(name)
