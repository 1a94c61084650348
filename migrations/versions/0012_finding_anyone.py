"""Finding anyone

A telephone or a plate was found only as it had been typed: each is now kept as it is compared, and indexed.
"""

import re

import sqlalchemy as sa
from alembic import op

from migrations import lock

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


def downgrade():
    for table, names in SHUT.items():
        lock.no_longer(op, table, *names)
    for table, columns in KEYS.items():
        for _name, key, _width in columns:
            op.drop_index(f'ix_{table}_{key}', table)
            op.drop_column(table, key)
