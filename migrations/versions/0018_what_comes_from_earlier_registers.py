"""What comes from earlier registers

Twenty years of records lay in files of four earlier registers. A file is read by a profile and brought in entry by
entry; an entry waits with its reasons, or is a record, and is known again when its file comes a second time. The numbers
of the earlier registers lead to the records. Entries hold what files say of people: only who acts for the whole nation
sees them.
"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

# Row-level security of PostgreSQL: an import is the nation's, as those are who bring it in (0006).
WALLED = ('import_run', 'import_entry')
POLICY = """CREATE POLICY part ON {0} USING (current_setting('ecrime.eye', true) = 'everything'
OR (current_setting('ecrime.eye', true) = 'part' AND current_setting('ecrime.area', true) = ''
AND current_setting('ecrime.families', true) = '')) WITH CHECK (true)"""


def upgrade():
    op.create_table(
        'old_number',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('source', sa.String(length=40), nullable=False),
        sa.Column('entity', sa.String(length=40), nullable=False),
        sa.Column('entity_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.String(length=60), nullable=False),
        sa.Column('number_key', sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('source', 'entity', 'number_key', name='uq_old_number'),
    )
    op.create_index('ix_old_number_key', 'old_number', ['number_key', 'entity'])
    op.create_index('ix_old_number_record', 'old_number', ['entity', 'entity_id'])
    op.create_table(
        'import_run',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('title', sa.String(length=120), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('settings', sa.JSON(), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('read_at', sa.DateTime(), nullable=False),
        sa.Column('read_by_id', sa.Integer(), nullable=False),
        sa.Column('report', sa.JSON()),
        sa.Column('let_in_at', sa.DateTime()),
        sa.Column('let_in_by_id', sa.Integer()),
        sa.Column('last_row', sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ('entered', 'waiting', 'known', 'matched', 'warned')),
        sa.Column('ended_at', sa.DateTime()),
        sa.ForeignKeyConstraint(['read_by_id'], ['ab_user.id']),
        sa.ForeignKeyConstraint(['let_in_by_id'], ['ab_user.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.CheckConstraint('let_in_by_id IS NULL OR let_in_by_id <> read_by_id', name='ck_import_run_two_people'),
    )
    op.create_index('ix_import_run_sha256', 'import_run', ['sha256'])
    op.create_index('ix_import_run_state', 'import_run', ['state', 'id'])
    op.create_index('ix_import_run_kind', 'import_run', ['kind', 'id'])
    op.create_table(
        'import_entry',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('run_id', sa.Integer(), nullable=False),
        sa.Column('row', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=40), nullable=False),
        sa.Column('fingerprint', sa.String(length=64), nullable=False),
        sa.Column('entity', sa.String(length=40)),
        sa.Column('entity_id', sa.Integer()),
        sa.Column('problems', sa.JSON()),
        sa.Column('values', sa.JSON()),
        sa.ForeignKeyConstraint(['run_id'], ['import_run.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('fingerprint', name='uq_import_entry'),
    )
    op.create_index('ix_import_entry_waits', 'import_entry', ['run_id', 'state', 'row'])
    op.create_index('ix_import_entry_record', 'import_entry', ['entity', 'entity_id'])
    op.create_table(
        'import_profile',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('kind', sa.String(length=40), nullable=False),
        sa.Column('settings', sa.JSON(), nullable=False),
        sa.Column('made_at', sa.DateTime(), nullable=False),
        sa.Column('made_by_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['made_by_id'], ['ab_user.id']),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('name'),
    )
    if op.get_bind().dialect.name == 'postgresql':
        for table in WALLED:
            op.execute(f'ALTER TABLE {table} ENABLE ROW LEVEL SECURITY')
            op.execute(POLICY.format(table))


def downgrade():
    for table in ('import_profile', 'import_entry', 'import_run', 'old_number'):
        op.drop_table(table)
