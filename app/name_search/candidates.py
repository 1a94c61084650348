"""Names that may be the one asked for, read from the index by their keys."""

from functools import cache

from sqlalchemy import literal, select, union_all

from app.kernel.access.row_filter import kept
from app.kernel.database.array_params import among, among_given
from app.kernel.database.engine import dialect_of
from app.name_search import phonetic_keys
from app.name_search.indexed_name import Written
from app.name_search.models import PARTS, NameKey

MOST, BEGUN = 9000, 200  # names of one question, and of one that is only begun
OF_A_PART = 2000  # that have such a surname, and such a given name
KEY = NameKey.__table__.c
_COLUMNS = [KEY.name_id, *(KEY[name] for name in Written._fields)]


def alike(session, question):
    """Rows (name id, the texts of `Written`) of the names that sound the same."""
    return _under(session, [phonetic_keys.number(one) for one in question.skeletons] or [0])


def one_edit_away(session, question):
    """Rows of those that sound one letter different."""
    return _under(session, sorted(map(phonetic_keys.number, question.skeletons_nearby)))


def with_a_part(session, question):
    """(which of `PARTS`, name id, the texts of `Written`) of the names of which one part sounds like the only word asked for."""
    sounds = {*map(phonetic_keys.sound, question.skeletons)} - {0}
    if len(question.words) > 1 or not sounds:
        return []
    parts = []
    for part in PARTS:
        alike = among(session, KEY[f"{part}_sound"], sorted(sounds))
        parts.append(select(select(literal(part), *_COLUMNS).where(alike).limit(OF_A_PART).subquery()))
    return session.execute(union_all(*parts)).all()


def beginning(session, question):
    """Rows of those that begin with what was typed so far, the shortest first."""
    ranges = [
        KEY.key.between(phonetic_keys.number(one), phonetic_keys.last_beginning_with(one))
        for one in question.skeletons
    ]
    # Each range by itself: asked for either at once, PostgreSQL would go through the whole index in its order.
    parts = [select(_names(one, BEGUN).subquery()) for one in ranges]
    return session.execute(union_all(*parts)).all() if parts else []


def _under(session, numbers):
    return session.execute(_of_keys(dialect_of(session)), {"given": numbers}).all()


@cache
def _of_keys(dialect):
    return kept(_names(among_given(dialect, KEY.key), MOST))


def _names(condition, most):
    return select(*_COLUMNS).where(condition).order_by(KEY.key).limit(most)
