"""Finding anyone

A telephone or a plate was found only as it had been typed: each is now kept as it is compared, and indexed. Narratives,
ways of working and marks could not be searched at all: an index of every three letters (FTS5, pg_trgm) finds them in a
script without spaces. And a search can be kept, and be a watch for a case until a day.
"""

import re

import sqlalchemy as sa
from alembic import op

from migrations import lock, texts

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

# table → (what was typed, what is compared)
KEYS = {
    'person': (('phone', 'phone_key', 40),),
    'person_address': (('phone', 'phone_key', 40),),
    'exhibit': (('plate', 'plate_key', 20), ('phone', 'phone_key', 40)),
}
SHUT = {'person_address': ('phone_key',), 'exhibit': ('plate_key', 'phone_key')}
# table → the columns of free text
TEXTS = {'case': ('summary', 'way_text'), 'person_mark': ('text',)}
DIGITS = str.maketrans('០១២៣៤៥៦៧៨៩', '0123456789')


def compared(name, typed):
    """As `telephone_key` and `document_key` compared when this step was written."""
    typed = typed.translate(DIGITS)
    if name == 'plate':
        return ''.join(one for one in typed.upper() if one.isascii() and one.isalnum()) or None
    return re.sub(r'^(?:00)?855(?=\d{8})', '0', re.sub(r'\D', '', typed)) or None


def fill(table, name, key):
    rows = op.get_bind().execute(sa.text(f'SELECT id, {name} FROM {table} WHERE {name} IS NOT NULL')).all()
    values = [{'pk': pk, 'key': compared(name, typed)} for pk, typed in rows]
    if values:
        op.get_bind().execute(sa.text(f'UPDATE {table} SET {key} = :key WHERE id = :pk'), values)


def upgrade():
    for table, columns in KEYS.items():
        for name, key, width in columns:
            op.add_column(table, sa.Column(key, sa.String(width), nullable=True))
            fill(table, name, key)
            op.create_index(f'ix_{table}_{key}', table, [key])
    for table, names in SHUT.items():
        lock.shut_too(op, table, *names)
    op.create_table(
        'saved_search',
        sa.Column('id', sa.Integer, primary_key=True),
        sa.Column('user_id', sa.Integer, sa.ForeignKey('ab_user.id'), nullable=False),
        sa.Column('name', sa.String(80), nullable=False),
        sa.Column('payload', sa.JSON, nullable=False),
        sa.Column('saved_at', sa.DateTime, nullable=False),
        sa.Column('purpose', sa.String(40)),
        sa.Column('case_number', sa.String(20)),
        sa.Column('watched_until', sa.DateTime),
    )
    op.create_index('ix_saved_search_user_id', 'saved_search', ['user_id'])
    op.create_table(
        'watch_key',
        sa.Column('key', sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column('search_id', sa.Integer, sa.ForeignKey('saved_search.id'), primary_key=True),
    )
    op.create_index('ix_watch_key_search', 'watch_key', ['search_id'])
    op.create_table(
        'watch_match',
        sa.Column('search_id', sa.Integer, sa.ForeignKey('saved_search.id'), primary_key=True),
        sa.Column('person_id', sa.Integer, sa.ForeignKey('person.id'), primary_key=True),
        sa.Column('known_since', sa.DateTime, nullable=False),
    )
    texts.prepare(op)
    for table, columns in TEXTS.items():
        texts.index(op, table, *columns)


def downgrade():
    for table in TEXTS:
        texts.forget(op, table)
    texts.clear(op)
    for table in ('watch_match', 'watch_key', 'saved_search'):
        op.drop_table(table)
    for table, names in SHUT.items():
        lock.no_longer(op, table, *names)
    for table, columns in KEYS.items():
        for _name, key, _width in columns:
            op.drop_index(f'ix_{table}_{key}', table)
            op.drop_column(table, key)
