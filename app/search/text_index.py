"""The index of free text: which rows hold these letters, in a script that puts no space between words.

On SQLite an FTS5 table of every three letters (migrations/texts.py), on PostgreSQL one GIN of every three and of where the
row lies (migrations/threes.py); the databases keep both in the transaction of the text. A table is asked a stretch of it at a
time, so that whoever asks may stop. What is given are ids, newest first, never more than asked for; whether their
reader sees them, and whether the words really stand there, the caller asks of the session.
"""

import re
from itertools import product

from sqlalchemy import ARRAY, Text, cast, column, func, or_, select, table, union

from app.cases.models import Case, Supplement
from app.kernel.text.khmer import khmer_digits
from app.people.models import PersonMark

COLUMNS = {Case: ("summary", "way_text"), Supplement: ("text",), PersonMark: ("text",)}
SHORTEST = 2  # letters of a word
MOST_NUMBERS = 3  # that PostgreSQL is asked for in both digits, each of which doubles the question
STRETCHES = (
    11,
    14,
    18,
)  # bits of an id: 2,048, 16,384 or 262,144 rows; the index of PostgreSQL knows these alone
# What may stand beside two letters: all of the Khmer block, and what a keyboard writes.
BESIDE = "".join(map(chr, (*range(0x1780, 0x17DE), *range(0x17E0, 0x17EA), *range(0x20, 0x7F), 0x0A)))


def newest(session, model):
    """The highest id of all rows, whoever may see them; None where there is none."""
    if _is_sqlite(session):
        rows = table(model.__tablename__, column("id"))
        return session.scalar(select(func.max(rows.c.id)))
    return session.scalar(select(getattr(func, f"ecrime_last_{model.__tablename__}")()))


def begin_of(size, last):
    """The first id of the stretch of size `size` in which `last` lies."""
    return last >> STRETCHES[size] << STRETCHES[size]


def candidates(session, model, words, size, last, most):
    """Ids of at most `most` rows that may hold all these words, from `last` down to the begin of its stretch."""
    pieces = _pieces(words)
    if not _is_sqlite(session):
        return _on_postgresql(session, model.__tablename__, pieces, size, last, most)
    if size < len(STRETCHES) - 1 and all(_is_read_for(one) for one, *_in_khmer in pieces):
        return _in_rows(session, model, pieces, size, last, most)
    return _on_sqlite(session, model.__tablename__, pieces, size, last, most)


def _pieces(words):
    """The words, cut before each number in them, and each piece as it may stand in a text: with 0-9 or with ០-៩."""
    cut = (piece for word in words for piece in _cut(word))
    return [tuple(dict.fromkeys((piece, khmer_digits(piece)))) for piece in dict.fromkeys(cut)]


def _cut(word):
    return [one for one in re.split("(?<=[^0-9])(?=[0-9])", word) if len(one) >= SHORTEST] or [word]


def _is_sqlite(session):
    return session.get_bind().dialect.name == "sqlite"


def _on_sqlite(session, name, pieces, size, last, most):
    index = table(f"text_of_{name}", column("rowid"), column(f"text_of_{name}"))
    asked = " AND ".join(
        "({})".format(" OR ".join(f"({_letters(one)})" for one in spellings)) for spellings in pieces
    )
    found = select(index.c.rowid).where(
        index.c[f"text_of_{name}"].op("MATCH")(asked), index.c.rowid.between(begin_of(size, last), last)
    )
    return session.scalars(found.order_by(index.c.rowid.desc()).limit(most)).all()


def _is_read_for(word):
    """Whether it is sooner found in the rows themselves: it has two letters, without a capital that only the index knows."""
    return len(word) == SHORTEST and all(one.isascii() or one.upper() == one for one in word)


def _in_rows(session, model, pieces, size, last, most):
    """Four hundred entries of the index may hold two letters: to look them up takes longer than to read some thousand rows."""
    rows = table(model.__tablename__, column("id"), *map(column, COLUMNS[model]))
    held = (
        or_(*(rows.c[name].contains(one, autoescape=True) for name in COLUMNS[model] for one in spellings))
        for spellings in pieces
    )
    found = select(rows.c.id).where(rows.c.id.between(begin_of(size, last), last), *held)
    return session.scalars(found.order_by(rows.c.id.desc()).limit(most)).all()


def _letters(word):
    """The question of FTS5 for a word: every three letters of it; of two letters, with any other beside them."""
    if len(word) == SHORTEST:
        return " OR ".join(_quoted(three) for one in BESIDE for three in (word + one, one + word))
    return " AND ".join(dict.fromkeys(_quoted(word[at : at + 3]) for at in range(len(word) - 2)))


def _quoted(letters):
    return '"{}"'.format(letters.replace('"', '""'))


def _on_postgresql(session, name, pieces, size, last, most):
    """The function asks for one spelling of all; numbers beyond the longest few are left to whoever reads the rows."""
    numbers = sorted((one for one in pieces if len(one) > 1), key=lambda one: -len(one[0]))[:MOST_NUMBERS]
    stretch = (last >> STRETCHES[size]) * 4 + size + 1
    texts, beside = getattr(func, f"ecrime_texts_{name}"), cast(list(BESIDE), ARRAY(Text))
    asked = union(
        *(
            select(
                texts(
                    cast(list(spelling), ARRAY(Text)), beside, stretch, begin_of(size, last), last, most
                ).label("id")
            )
            for spelling in product(*(one for one in pieces if len(one) == 1), *numbers)
        )
    )
    return session.scalars(asked.order_by(asked.selected_columns.id.desc()).limit(most)).all()
