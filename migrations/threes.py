"""Free text on PostgreSQL by every three letters of it, a number each: what app/search/text_index.py asks since 0036.

pg_trgm knows no three letters with a Khmer vowel among them, for that is no letter to it; pairs of letters stood beside it,
and each text cost twice as many entries, which were compared as texts.
"""

import sqlalchemy as sa

from migrations import texts

THREES = r"""CREATE FUNCTION ecrime_threes(text) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
SELECT coalesce(array_agg((ascii(one)::bigint << 42) + (ascii(two)::bigint << 21) + ascii(three)), '{}')
FROM (SELECT string_to_array(lower($1), NULL)) text (letters), unnest(letters, letters[2:], letters[3:]) threes (one, two, three)
WHERE three IS NOT NULL $$"""
# Two letters at the edge of a text have a line end beside them.
IN_THREES = r"""CREATE INDEX text_of_{table} ON "{table}" USING gin (
  (ARRAY[(id >> 11) * 4 + 1, (id >> 14) * 4 + 2, (id >> 18) * 4 + 3]), (ecrime_threes(E'\n' || {words} || E'\n')))"""
# As in texts.STRETCH. A word of two letters is sought only where no longer word says more: in the rows themselves where they
# are few, else by all threes around it, with every letter of `beside`. Threes say all of words of three letters; lower() is
# slow, and most letters have no capitals.
STRETCH = r"""CREATE FUNCTION ecrime_texts_{table}(
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


def prepare(op):
    """Once, before the first table."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(sa.text(THREES.replace(":", r"\:")))


def index(op, table, *columns):
    """Instead of the index of `texts.in_stretches`."""
    if op.get_bind().dialect.name != "sqlite":
        _forget(op, table, "text[], integer, integer, integer, integer")
        texts.run(op, table, columns, IN_THREES, STRETCH)


def forget(op, table, *columns):
    """The way back from `index`."""
    if op.get_bind().dialect.name != "sqlite":
        _forget(op, table, "text[], text[], integer, integer, integer, integer")
        texts.run(op, table, columns, texts.IN_STRETCHES, texts.STRETCH)


def clear(op):
    """Once, behind the last table."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION ecrime_threes(text)")


def _forget(op, table, asked):
    op.execute(f"DROP INDEX text_of_{table}")
    op.execute(f"DROP FUNCTION ecrime_texts_{table}({asked})")
