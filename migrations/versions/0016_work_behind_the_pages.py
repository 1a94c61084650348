"""Work behind the pages

What takes longer than a page may, an export or an import, had no place: nobody saw how far it was, could stop it, or
would have known what a restart of the server did to it. A job is a row now; the queue only carries its number.
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        'job',
        sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('kind', sa.String(40), nullable=False),
        sa.Column('title', sa.String(200), nullable=False),
        sa.Column('arguments', sa.JSON, nullable=False),
        sa.Column('owner_id', sa.Integer, sa.ForeignKey('ab_user.id'), nullable=False),
        sa.Column('purpose', sa.String(40)),
        sa.Column('case_number', sa.String(40)),
        sa.Column('purpose_note', sa.String(200)),
        sa.Column('session_mark', sa.String(8)),
        sa.Column('address', sa.String(45)),
        sa.Column('asked_at', sa.DateTime, nullable=False),
        sa.Column('state', sa.String(12), nullable=False),
        sa.Column('runner', sa.String(80)),
        sa.Column('started_at', sa.DateTime),
        sa.Column('heartbeat_at', sa.DateTime),
        sa.Column('starts', sa.Integer, nullable=False),
        sa.Column('stop_asked_at', sa.DateTime),
        sa.Column('total', sa.Integer),
        sa.Column('reached', sa.Integer, nullable=False),
        sa.Column('words', sa.String(200)),
        sa.Column('ended_at', sa.DateTime),
        sa.Column('problem', sa.String(400)),
        sa.Column('result_file', sa.String(32)),
        sa.Column('result_name', sa.String(120)),
        sa.Column('result_type', sa.String(100)),
        sa.Column('result_size', sa.BigInteger),
        sa.Column('kept_until', sa.DateTime),
    )
    op.create_index('ix_job_owner', 'job', ['owner_id', 'id'])
    op.create_index('ix_job_state', 'job', ['state', 'id'])
    op.create_index('ix_job_kept', 'job', ['kept_until'])


def downgrade():
    op.drop_table('job')
