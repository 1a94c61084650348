"""What leaves as a file

Nobody could take a list with him but by copying it from the screen, unlogged and without a mark. An export is a row: who
asked for what and for which case, whether a second person approved it, and the hash of the file that it became.
"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'export',
        sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('what', sa.String(20), nullable=False),
        sa.Column('title', sa.String(160), nullable=False),
        sa.Column('arguments', sa.JSON, nullable=False),
        sa.Column('format', sa.String(10), nullable=False),
        sa.Column('asked_by_id', sa.Integer, sa.ForeignKey('ab_user.id'), nullable=False),
        sa.Column('unit_code', sa.String(20), sa.ForeignKey('unit.code')),
        sa.Column('asked_at', sa.DateTime, nullable=False),
        sa.Column('purpose', sa.String(40), nullable=False),
        sa.Column('case_number', sa.String(40), nullable=False),
        sa.Column('most_rows', sa.Integer, nullable=False),
        sa.Column('state', sa.String(10), nullable=False),
        sa.Column('reason', sa.String(400)),
        sa.Column('decided_by_id', sa.Integer, sa.ForeignKey('ab_user.id')),
        sa.Column('decided_at', sa.DateTime),
        sa.Column('decision', sa.String(400)),
        sa.Column('approved_until', sa.DateTime),
        sa.Column('job_id', sa.Integer),
        sa.Column('rows', sa.Integer),
        sa.Column('sha256', sa.String(64)),
        sa.CheckConstraint('decided_by_id <> asked_by_id', name='decided_by_another'),
    )
    op.create_index('ix_export_user', 'export', ['asked_by_id', 'id'])
    op.create_index('ix_export_state', 'export', ['state', 'id'])


def downgrade():
    op.drop_table('export')
