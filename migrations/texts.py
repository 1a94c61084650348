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
    words = "(" + " || E'\\n' || ".join(f"coalesce({one}, '')" for one in columns) + ")"
    op.execute(f'CREATE INDEX text_of_{table} ON "{table}" USING gin ({words} gin_trgm_ops)')
    op.execute(f'CREATE INDEX pairs_of_{table} ON "{table}" USING gin (ecrime_pairs({words}))')
    values = {
        "table": table,
        "words": words,
        "words_quoted": words.replace("'", "''"),
        "path": lock.search_path(op),
    }
    for function in (NEWEST, INDEXED):
        text = function
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        op.execute(sa.text(text.replace(":", r"\:")))
