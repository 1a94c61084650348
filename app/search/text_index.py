"""The index of the text search. Khmer has no spaces between words, so it indexes groups of three letters.

SQLite has an FTS5 table (migrations/text_index.py), PostgreSQL a GIN index of three letters and the range of the row
(migrations/threes.py). The databases update both in the transaction of the text. A table is searched in ranges of ids, so
that the caller can stop. The result is a limited number of ids, newest first; the caller applies the row filter and
checks that the words are really in the text.
"""

import re
from itertools import product

from sqlalchemy import ARRAY, Text, cast, column, func, or_, select, table, union

from app.cases.models import Case, Supplement
from app.kernel.text.khmer import to_khmer_digits
from app.people.models import PersonMark

TEXT_COLUMNS = {Case: ("summary", "modus_operandi_text"), Supplement: ("text",), PersonMark: ("text",)}
MIN_WORD_LENGTH = 2  # letters
MAX_NUMBERS = 3  # in both digits on PostgreSQL; each of them doubles the query
RANGE_BITS = (
    11,
    14,
    18,
)  # low bits of an id: ranges of 2,048, 16,384 or 262,144 rows; the PostgreSQL index has only these
# The characters that may be next to two letters: the Khmer block and those of a keyboard.
NEIGHBOR_CHARACTERS = "".join(
    map(chr, (*range(0x1780, 0x17DE), *range(0x17E0, 0x17EA), *range(0x20, 0x7F), 0x0A))
)


def find_last_id(session, model):
    """Return the highest id of the table, without row filter, or None if it is empty."""
    if _is_sqlite(session):
        rows = table(model.__tablename__, column("id"))
        return session.scalar(select(func.max(rows.c.id)))
    return session.scalar(select(getattr(func, f"ecrime_last_{model.__tablename__}")()))


def first_id_of_range(size, last):
    """Return the first id of the range of size `size` that contains `last`."""
    return last >> RANGE_BITS[size] << RANGE_BITS[size]


def find_candidates(session, model, words, size, last, limit):
    """Return at most `limit` ids of rows that may contain all words, from `last` down to the start of its range."""
    pieces = _split_pieces(words)
    if not _is_sqlite(session):
        return _search_postgresql(session, model.__tablename__, pieces, size, last, limit)
    if size < len(RANGE_BITS) - 1 and all(_is_faster_in_rows(one) for one, *_in_khmer in pieces):
        return _search_rows(session, model, pieces, size, last, limit)
    return _search_sqlite(session, model.__tablename__, pieces, size, last, limit)


def _split_pieces(words):
    """Return the words, split before each number, with the spellings of each piece in 0-9 and ០-៩."""
    cut = (piece for word in words for piece in _split_at_numbers(word))
    return [tuple(dict.fromkeys((piece, to_khmer_digits(piece)))) for piece in dict.fromkeys(cut)]


def _split_at_numbers(word):
    return [one for one in re.split("(?<=[^0-9])(?=[0-9])", word) if len(one) >= MIN_WORD_LENGTH] or [word]


def _is_sqlite(session):
    return session.get_bind().dialect.name == "sqlite"


def _search_sqlite(session, name, pieces, size, last, limit):
    index = table(f"text_of_{name}", column("rowid"), column(f"text_of_{name}"))
    match = " AND ".join(
        "({})".format(" OR ".join(f"({_fts_query(one)})" for one in spellings)) for spellings in pieces
    )
    found = select(index.c.rowid).where(
        index.c[f"text_of_{name}"].op("MATCH")(match),
        index.c.rowid.between(first_id_of_range(size, last), last),
    )
    return session.scalars(found.order_by(index.c.rowid.desc()).limit(limit)).all()


def _is_faster_in_rows(word):
    """Return whether the rows are read instead: for two letters without capitals that only the index folds."""
    return len(word) == MIN_WORD_LENGTH and all(one.isascii() or one.upper() == one for one in word)


def _search_rows(session, model, pieces, size, last, limit):
    """Read the rows. Two letters match 400 entries of the index; looking them up is slower than some thousand rows."""
    rows = table(model.__tablename__, column("id"), *map(column, TEXT_COLUMNS[model]))
    conditions = (
        or_(
            *(
                rows.c[name].contains(one, autoescape=True)
                for name in TEXT_COLUMNS[model]
                for one in spellings
            )
        )
        for spellings in pieces
    )
    found = select(rows.c.id).where(rows.c.id.between(first_id_of_range(size, last), last), *conditions)
    return session.scalars(found.order_by(rows.c.id.desc()).limit(limit)).all()


def _fts_query(word):
    """Return the FTS5 query of a word: all groups of three letters; for two letters, with any neighbouring character."""
    if len(word) == MIN_WORD_LENGTH:
        return " OR ".join(_quote(group) for one in NEIGHBOR_CHARACTERS for group in (word + one, one + word))
    return " AND ".join(dict.fromkeys(_quote(word[at : at + 3]) for at in range(len(word) - 2)))


def _quote(letters):
    return '"{}"'.format(letters.replace('"', '""'))


def _search_postgresql(session, name, pieces, size, last, limit):
    """Search one spelling per function call. Numbers after the longest few are left to the check of the rows."""
    numbers = sorted((one for one in pieces if len(one) > 1), key=lambda one: -len(one[0]))[:MAX_NUMBERS]
    id_range = (last >> RANGE_BITS[size]) * 4 + size + 1
    search, neighbors = getattr(func, f"ecrime_texts_{name}"), cast(list(NEIGHBOR_CHARACTERS), ARRAY(Text))
    query = union(
        *(
            select(
                search(
                    cast(list(spelling), ARRAY(Text)),
                    neighbors,
                    id_range,
                    first_id_of_range(size, last),
                    last,
                    limit,
                ).label("id")
            )
            for spelling in product(*(one for one in pieces if len(one) == 1), *numbers)
        )
    )
    return session.scalars(query.order_by(query.selected_columns.id.desc()).limit(limit)).all()
