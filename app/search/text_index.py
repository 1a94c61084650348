"""The index of free text: which rows hold these letters, in a script that puts no space between words.

On SQLite an FTS5 table of every three letters, on PostgreSQL pg_trgm and an index of every two (migrations/texts.py); the
databases keep both in the transaction of the text. What is given are ids, newest first, never more than asked for;
whether their reader sees them, and whether the words really stand there, the caller asks of the session.
"""

from sqlalchemy import ARRAY, Text, cast, column, func, select, table

from app.cases.models import Case, Supplement
from app.people.models import PersonMark

COLUMNS = {Case: ("summary", "way_text"), Supplement: ("text",), PersonMark: ("text",)}
SHORTEST = 2  # letters of a word
PASSED = 2_000  # of the newest rows PostgreSQL reads itself: what stands everywhere is found there at once
# What may stand beside two letters: all of the Khmer block, and what a keyboard writes.
BESIDE = "".join(map(chr, (*range(0x1780, 0x17DE), *range(0x17E0, 0x17EA), *range(0x20, 0x7F), 0x0A)))


def candidates(session, model, words, most):
    """Ids of at most `most` rows that may hold all these words, newest first."""
    ask = _on_sqlite if session.get_bind().dialect.name == "sqlite" else _on_postgresql
    return ask(session, model.__tablename__, words, most)


def _on_sqlite(session, name, words, most):
    index = table(f"text_of_{name}", column("rowid"), column(f"text_of_{name}"))
    asked = " AND ".join(f"({_letters(word)})" for word in words)
    found = select(index.c.rowid).where(index.c[f"text_of_{name}"].op("MATCH")(asked))
    return session.scalars(found.order_by(index.c.rowid.desc()).limit(most)).all()


def _letters(word):
    """The question of FTS5 for a word: every three letters of it; of two letters, with any other beside them."""
    if len(word) == SHORTEST:
        return " OR ".join(_quoted(three) for one in BESIDE for three in (word + one, one + word))
    return " AND ".join(dict.fromkeys(_quoted(word[at : at + 3]) for at in range(len(word) - 2)))


def _quoted(letters):
    return '"{}"'.format(letters.replace('"', '""'))


def _on_postgresql(session, name, words, most):
    asked = cast([f"%{_plain(word)}%" for word in words], ARRAY(Text))
    found = session.scalars(select(getattr(func, f"ecrime_newest_{name}")(asked, PASSED, most))).all()
    if len(found) == most:
        return found
    long = cast([f"%{_plain(word)}%" for word in words if len(word) > SHORTEST], ARRAY(Text))
    pairs = cast([word.lower() for word in words if len(word) == SHORTEST], ARRAY(Text))
    older = session.scalars(select(getattr(func, f"ecrime_indexed_{name}")(long, pairs, most)))
    return sorted({*found, *older}, reverse=True)[:most]


def _plain(word):
    """A word in which no sign of LIKE means anything but itself."""
    return word.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
