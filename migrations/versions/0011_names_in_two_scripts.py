"""Names in two scripts

A person was found by the beginning of the very letters that a clerk had typed. Each name is kept here once under the
keys of what it sounds like, with those who bear it; on PostgreSQL both belong to the application as its other tables.
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('name_key',
    sa.Column('key', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('name_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('surname_km', sa.String(length=80), nullable=False),
    sa.Column('given_km', sa.String(length=160), nullable=False),
    sa.Column('surname_latin', sa.String(length=80), nullable=False),
    sa.Column('given_latin', sa.String(length=160), nullable=False),
    sa.PrimaryKeyConstraint('key', 'name_id'),
    sqlite_with_rowid=False
    )
    op.create_index('ix_name_key_name', 'name_key', ['name_id'], unique=False)
    op.create_table('name_bearer',
    sa.Column('person_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('name_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('person_id', 'name_id'),
    sqlite_with_rowid=False
    )
    op.create_index('ix_name_bearer_name', 'name_bearer', ['name_id', 'person_id'], unique=False)
    op.create_table('name_rebuild',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('last_person', sa.Integer(), nullable=False),
    sa.Column('last_key', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )


def downgrade():
    op.drop_table('name_rebuild')
    op.drop_index('ix_name_bearer_name', table_name='name_bearer')
    op.drop_table('name_bearer')
    op.drop_index('ix_name_key_name', table_name='name_key')
    op.drop_table('name_key')
