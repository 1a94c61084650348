"""Finding anyone

A telephone or a plate was found only as it had been typed: each is now kept as it is compared, and indexed. Narratives,
ways of working and marks could not be searched at all: an index of every three letters (FTS5, pg_trgm) finds them in a
script without spaces. And a search can be kept, and be a watch for a case until a day.
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


def index_texts_on_sqlite(table, columns):
    """The words stay in their table; the index holds letters alone, and triggers keep it in the same transaction."""
    name, listed = f'text_of_{table}', ', '.join(columns)
    new, old = (', '.join(f'{which}.{one}' for one in columns) for which in ('new', 'old'))
    fill_in = f'INSERT INTO {name} (rowid, {listed}) VALUES (new.id, {new});'
    for statement in (
        f"CREATE VIRTUAL TABLE {name} USING fts5({listed}, content='{table}', content_rowid='id',"
        " tokenize='trigram', detail=none)",
        f"INSERT INTO {name} ({name}) VALUES ('rebuild')",
        f'CREATE TRIGGER {name}_new AFTER INSERT ON "{table}" BEGIN {fill_in} END',
        f'CREATE TRIGGER {name}_changed AFTER UPDATE OF {listed} ON "{table}" BEGIN'
        f" INSERT INTO {name} ({name}, rowid, {listed}) VALUES ('delete', old.id, {old}); {fill_in} END",
    ):
        op.execute(statement)


# As their owner, and ids alone: LIKE is not leakproof, so that behind a wall (0006) no index would answer it. What of
# these rows is shown, the session decides.
PAIRS = """CREATE FUNCTION ecrime_pairs(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(array_agg(DISTINCT one || next), '{}') FROM (
  SELECT letter AS one, lead(letter) OVER (ORDER BY place) AS next
  FROM unnest(string_to_array(lower($1), NULL)) WITH ORDINALITY AS letters (letter, place)
) pairs WHERE next IS NOT NULL $$"""
NEWEST = """CREATE FUNCTION ecrime_newest_{table}(asked text[], passed integer, most integer)
RETURNS SETOF integer LANGUAGE sql STABLE SECURITY DEFINER {path} AS $$
SELECT id FROM (SELECT id, {words} AS words FROM "{table}" ORDER BY id DESC LIMIT passed) newest
WHERE words ILIKE ALL (asked) ORDER BY id DESC LIMIT most $$"""
INDEXED = """CREATE FUNCTION ecrime_indexed_{table}(asked text[], pairs text[], most integer)
RETURNS SETOF integer LANGUAGE plpgsql STABLE SECURITY DEFINER {path}
SET enable_seqscan = off SET enable_indexscan = off AS $$
DECLARE
  letters text := (SELECT string_agg(format('%s ILIKE %L', '{words_quoted}', one), ' AND ') FROM unnest(asked) one);
  two text := CASE WHEN cardinality(pairs) > 0 THEN 'ecrime_pairs({words_quoted}) @> $1' END;
BEGIN
  RETURN QUERY EXECUTE 'SELECT id FROM "{table}" WHERE ' || concat_ws(' AND ', two, letters) || ' LIMIT $2'
    USING pairs, most;
END $$"""


def index_texts_on_postgresql(table, columns):
    words = '(' + " || E'\\n' || ".join(f"coalesce({one}, '')" for one in columns) + ')'
    op.execute(f'CREATE INDEX text_of_{table} ON "{table}" USING gin ({words} gin_trgm_ops)')
    op.execute(f'CREATE INDEX pairs_of_{table} ON "{table}" USING gin (ecrime_pairs({words}))')
    values = {'table': table, 'words': words, 'words_quoted': words.replace("'", "''"), 'path': lock.search_path(op)}
    for function in (NEWEST, INDEXED):
        text = function
        for name, value in values.items():
            text = text.replace('{' + name + '}', value)
        op.execute(sa.text(text.replace(':', r'\:')))


def index_texts():
    if op.get_bind().dialect.name == 'sqlite':
        for table, columns in TEXTS.items():
            index_texts_on_sqlite(table, columns)
        return
    op.execute('CREATE EXTENSION IF NOT EXISTS pg_trgm')
    op.execute(sa.text(PAIRS.replace(':', r'\:')))
    for table, columns in TEXTS.items():
        index_texts_on_postgresql(table, columns)


def forget_texts():
    on_sqlite = op.get_bind().dialect.name == 'sqlite'
    for table in TEXTS:
        if on_sqlite:
            for end in ('new', 'changed'):
                op.execute(f'DROP TRIGGER text_of_{table}_{end}')
            op.execute(f'DROP TABLE text_of_{table}')
        else:
            op.execute(f'DROP FUNCTION ecrime_newest_{table}, ecrime_indexed_{table}')
            op.execute(f'DROP INDEX text_of_{table}, pairs_of_{table}')
    if not on_sqlite:
        op.execute('DROP FUNCTION ecrime_pairs(text)')


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
    index_texts()


def downgrade():
    forget_texts()
    for table in ('watch_match', 'watch_key', 'saved_search'):
        op.drop_table(table)
    for table, names in SHUT.items():
        lock.no_longer(op, table, *names)
    for table, columns in KEYS.items():
        for _name, key, _width in columns:
            op.drop_index(f'ix_{table}_{key}', table)
            op.drop_column(table, key)
