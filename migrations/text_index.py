"""The index of the free text of a table, for every migration that needs it; app/search/text_index.py queries it.

SQLite: FTS5 with trigrams. PostgreSQL: a GIN index of every three letters as a number each, because pg_trgm knows no
three letters with a Khmer vowel. A PostgreSQL index is read in ranges of the table: 2,048, 16,384 or 262,144 rows.
"""

from migrations import lock

THREES = r"""CREATE FUNCTION ecrime_threes(text) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
SELECT coalesce(array_agg((ascii(one)::bigint << 42) + (ascii(two)::bigint << 21) + ascii(three)), '{}')
FROM (SELECT string_to_array(lower($1), NULL)) text (letters), unnest(letters, letters[2:], letters[3:]) threes (one, two, three)
WHERE three IS NOT NULL $$"""
# A line end precedes and follows the text, so that two letters at its edge are part of three.
INDEX = r"""CREATE INDEX text_of_{table} ON "{table}" USING gin (
  (ARRAY[(id >> 11) * 4 + 1, (id >> 14) * 4 + 2, (id >> 18) * 4 + 3]), (ecrime_threes(E'\n' || {words} || E'\n')))"""
# The function runs as its owner and returns ids only: LIKE is not leakproof, so behind a policy no index would be used.
# The session decides which of these rows are shown. `id + 0` keeps PostgreSQL from scanning the table instead. A word
# of two letters is searched only where no longer word says more: in the rows themselves where they are few, else by
# all threes around it, with every letter of `beside`. lower() is slow, and most letters have no capitals.
SEARCH = r"""CREATE FUNCTION ecrime_texts_{table}(
  asked text[], beside text[], stretch integer, first integer, last integer, most integer)
RETURNS SETOF integer LANGUAGE plpgsql STABLE SECURITY DEFINER {path}
SET enable_seqscan = off SET enable_indexscan = off AS $$
DECLARE
  words text[] := (SELECT array_agg(lower(one)) FROM unnest(asked) one);
  threes bigint[] := (SELECT array_agg(DISTINCT three) FROM unnest(words) one, unnest(ecrime_threes(one)) three);
  is_near boolean := threes IS NULL AND last - first < 2048;
  place text := CASE WHEN is_near THEN 'id BETWEEN $3 AND $4' ELSE
    'ARRAY[(id >> 11) * 4 + 1, (id >> 14) * 4 + 2, (id >> 18) * 4 + 3] @> ARRAY[$2] AND id + 0 BETWEEN $3 AND $4' END;
  held text := CASE WHEN threes IS NOT NULL THEN 'ecrime_threes(E''\n'' || {words_quoted} || E''\n'') @> $1' WHEN NOT is_near THEN (
    SELECT string_agg(format('ecrime_threes(E''\n'' || {words_quoted} || E''\n'') && %L', ARRAY(
      SELECT three FROM unnest(beside) other, unnest(ecrime_threes(other || one) || ecrime_threes(one || other)) three)), ' AND ')
    FROM unnest(words) one) END;
  exact text := (
    SELECT string_agg(format(
      CASE WHEN upper(one) = one THEN 'strpos({words_quoted}, %L) > 0' ELSE 'strpos(lower({words_quoted}), %L) > 0' END, one), ' AND ')
    FROM unnest(words) one WHERE length(one) > 3 OR (length(one) = 2 AND (is_near OR threes IS NOT NULL)));
BEGIN
  RETURN QUERY EXECUTE 'SELECT id FROM "{table}" WHERE ' || concat_ws(' AND ', place, held, exact) || ' ORDER BY id DESC LIMIT $5'
    USING threes, stretch, first, last, most;
END $$"""
LAST_ID = """CREATE FUNCTION ecrime_last_{table}() RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER {path} AS
$$ SELECT max(id) FROM "{table}" $$"""


def create_functions(op):
    """Create what the indexes of PostgreSQL use; once, before the first index."""
    if not lock.is_sqlite(op):
        lock.execute(op, THREES)


def drop_functions(op):
    """Undo `create_functions`, after the last index is dropped."""
    if not lock.is_sqlite(op):
        op.execute("DROP FUNCTION ecrime_threes(text)")


def create_index(op, table, *columns):
    """Index the text of these columns of `table`, and keep the index up to date."""
    if lock.is_sqlite(op):
        _create_on_sqlite(op, table, columns)
        return
    words = "(" + " || E'\\n' || ".join(f"coalesce({one}, '')" for one in columns) + ")"
    values = {
        "table": table,
        "words": words,
        "words_quoted": words.replace("'", "''"),
        "path": lock.search_path(op),
    }
    for statement in (INDEX, SEARCH, LAST_ID):
        for name, value in values.items():
            statement = statement.replace("{" + name + "}", value)
        lock.execute(op, statement)


def drop_index(op, table):
    """Undo `create_index`."""
    if lock.is_sqlite(op):
        for event in ("new", "changed"):
            op.execute(f"DROP TRIGGER text_of_{table}_{event}")
        op.execute(f"DROP TABLE text_of_{table}")
        return
    op.execute(f"DROP INDEX text_of_{table}")
    op.execute(f"DROP FUNCTION ecrime_texts_{table}, ecrime_last_{table}")


def _create_on_sqlite(op, table, columns):
    """The text stays in its table; the index holds trigrams only, and triggers update it in the same transaction."""
    name, names = f"text_of_{table}", ", ".join(columns)
    new, old = (", ".join(f"{row}.{one}" for one in columns) for row in ("new", "old"))
    insert = f"INSERT INTO {name} (rowid, {names}) VALUES (new.id, {new});"
    for statement in (
        f"CREATE VIRTUAL TABLE {name} USING fts5({names}, content='{table}', content_rowid='id',"
        " tokenize='trigram', detail=none)",
        f"INSERT INTO {name} ({name}) VALUES ('rebuild')",
        f'CREATE TRIGGER {name}_new AFTER INSERT ON "{table}" BEGIN {insert} END',
        f'CREATE TRIGGER {name}_changed AFTER UPDATE OF {names} ON "{table}" BEGIN'
        f" INSERT INTO {name} ({name}, rowid, {names}) VALUES ('delete', old.id, {old}); {insert} END",
    ):
        op.execute(statement)
