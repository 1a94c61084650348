"""What indexes the free text of a table, in every migration that needs it: app/search/text_index.py asks it."""

import sqlalchemy as sa

from migrations import lock

PAIRS = """CREATE FUNCTION ecrime_pairs(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(array_agg(DISTINCT one || next), '{}') FROM (
  SELECT letter AS one, lead(letter) OVER (ORDER BY place) AS next
  FROM unnest(string_to_array(lower($1), NULL)) WITH ORDINALITY AS letters (letter, place)
) pairs WHERE next IS NOT NULL $$"""
# As their owner, and ids alone: LIKE is not leakproof, so that behind a wall (0006) no index would answer it. What of
# these rows is shown, the session decides.
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

# A stretch of the table is read at a time, and each row says in which it lies: 2,048, 16,384 or 262,144 rows (STRETCHES
# in app/search/text_index.py). Three kinds of letters in one index: what is not in the stretch is passed over unread.
IN_STRETCHES = """CREATE INDEX text_of_{table} ON "{table}" USING gin (
  (ARRAY[(id >> 11) * 4 + 1, (id >> 14) * 4 + 2, (id >> 18) * 4 + 3]), ({words}) gin_trgm_ops, (ecrime_pairs({words})))"""
# Not by `id BETWEEN`: that would go through the table instead. ILIKE is slow, and most letters have no capitals. A word
# that has not three letters together has no entry of three; where all are such, they are sought by their pairs.
STRETCH = r"""CREATE FUNCTION ecrime_texts_{table}(asked text[], stretch integer, first integer, last integer, most integer)
RETURNS SETOF integer LANGUAGE plpgsql STABLE SECURITY DEFINER {path}
SET enable_seqscan = off SET enable_indexscan = off AS $$
DECLARE
  threes text := (
    SELECT string_agg(format('%s %s %L', '{words_quoted}',
      CASE WHEN upper(one) = lower(one) THEN 'LIKE' ELSE 'ILIKE' END,
      '%' || regexp_replace(one, '([\\%_])', '\\\1', 'g') || '%'), ' AND ')
    FROM unnest(asked) one WHERE one ~ '[[:alnum:]]{3}');
  others text[] := (SELECT coalesce(array_agg(lower(one)), '{}') FROM unnest(asked) one WHERE one !~ '[[:alnum:]]{3}');
  pairs text[] := (SELECT array_agg(DISTINCT two) FROM unnest(others) one, unnest(ecrime_pairs(one)) two);
  lesser text := CASE WHEN threes IS NULL THEN 'ecrime_pairs({words_quoted}) @> $1' END;
  exact text := CASE WHEN EXISTS (SELECT FROM unnest(others) one WHERE threes IS NOT NULL OR length(one) > 2) THEN
    '(SELECT bool_and(strpos(lower({words_quoted}), one) > 0) FROM unnest($2) one)' END;
BEGIN
  RETURN QUERY EXECUTE 'SELECT id FROM "{table}"
      WHERE ARRAY[(id >> 11) * 4 + 1, (id >> 14) * 4 + 2, (id >> 18) * 4 + 3] @> ARRAY[$3] AND id + 0 BETWEEN $4 AND $5 AND '
    || concat_ws(' AND ', threes, lesser, exact) || ' ORDER BY id DESC LIMIT $6'
    USING pairs, others, stretch, first, last, most;
END $$"""
# The same pairs as PAIRS gives, without sorting them: the index needs no order, and a save no wait.
PAIRS_UNSORTED = """CREATE OR REPLACE FUNCTION ecrime_pairs(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(array_agg(one || next), '{}') FROM unnest(
  string_to_array(lower($1), NULL), (string_to_array(lower($1), NULL))[2:]) pairs (one, next) WHERE next IS NOT NULL $$"""
HIGHEST = """CREATE FUNCTION ecrime_last_{table}() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER {path} AS
$$ SELECT max(id) FROM "{table}" $$"""


def prepare(op):
    """Once, before the first table."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        op.execute(sa.text(PAIRS.replace(":", r"\:")))


def index(op, table, *columns):
    if op.get_bind().dialect.name == "sqlite":
        _index_on_sqlite(op, table, columns)
    else:
        _index_on_postgresql(op, table, columns)


def forget(op, table):
    if op.get_bind().dialect.name == "sqlite":
        for end in ("new", "changed"):
            op.execute(f"DROP TRIGGER text_of_{table}_{end}")
        op.execute(f"DROP TABLE text_of_{table}")
    else:
        op.execute(f"DROP FUNCTION ecrime_newest_{table}, ecrime_indexed_{table}")
        op.execute(f"DROP INDEX text_of_{table}, pairs_of_{table}")


def clear(op):
    """Once, behind the last table."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION ecrime_pairs(text)")


def _index_on_sqlite(op, table, columns):
    """The words stay in their table; the index holds letters alone, and triggers keep it in the same transaction."""
    name, listed = f"text_of_{table}", ", ".join(columns)
    new, old = (", ".join(f"{which}.{one}" for one in columns) for which in ("new", "old"))
    fill_in = f"INSERT INTO {name} (rowid, {listed}) VALUES (new.id, {new});"
    for statement in (
        f"CREATE VIRTUAL TABLE {name} USING fts5({listed}, content='{table}', content_rowid='id',"
        " tokenize='trigram', detail=none)",
        f"INSERT INTO {name} ({name}) VALUES ('rebuild')",
        f'CREATE TRIGGER {name}_new AFTER INSERT ON "{table}" BEGIN {fill_in} END',
        f'CREATE TRIGGER {name}_changed AFTER UPDATE OF {listed} ON "{table}" BEGIN'
        f" INSERT INTO {name} ({name}, rowid, {listed}) VALUES ('delete', old.id, {old}); {fill_in} END",
    ):
        op.execute(statement)


def _index_on_postgresql(op, table, columns):
    words = _words(columns)
    op.execute(f'CREATE INDEX text_of_{table} ON "{table}" USING gin ({words} gin_trgm_ops)')
    op.execute(f'CREATE INDEX pairs_of_{table} ON "{table}" USING gin (ecrime_pairs({words}))')
    run(op, table, columns, NEWEST, INDEXED)


def in_stretches(op, table, *columns):
    """Instead of the indexes of `index`; SQLite walks through its own from any row."""
    if op.get_bind().dialect.name != "sqlite":
        forget(op, table)
        op.execute(sa.text(PAIRS_UNSORTED.replace(":", r"\:")))
        run(op, table, columns, IN_STRETCHES, STRETCH, HIGHEST)


def at_once(op, table, *columns):
    """The way back from `in_stretches`."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"DROP INDEX text_of_{table}")
        op.execute(f"DROP FUNCTION ecrime_texts_{table}, ecrime_last_{table}")
        _index_on_postgresql(op, table, columns)


def _words(columns):
    return "(" + " || E'\\n' || ".join(f"coalesce({one}, '')" for one in columns) + ")"


def run(op, table, columns, *statements):
    """Carry out statements of PostgreSQL in which {table}, {words} of the columns and {path} stand."""
    words = _words(columns)
    values = {
        "table": table,
        "words": words,
        "words_quoted": words.replace("'", "''"),
        "path": lock.search_path(op),
    }
    for text in statements:
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        op.execute(sa.text(text.replace(":", r"\:")))
