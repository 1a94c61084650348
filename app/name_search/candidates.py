"""Names that may match a query, read from the index by their keys."""

from functools import cache

from sqlalchemy import literal, select, union_all

from app.kernel.access.row_filter import cacheable
from app.kernel.database.array_params import in_array, in_bound_array
from app.kernel.database.engine import dialect_name
from app.name_search import phonetic_keys
from app.name_search.indexed_name import IndexedName
from app.name_search.models import PARTS, NameKey

MAX_NAMES, MAX_PREFIX_NAMES = 9000, 200  # of one query, and of an unfinished one
MAX_PART_NAMES = 2000  # with the surname, and with the given name
KEY = NameKey.__table__.c
_COLUMNS = [KEY.name_id, *(KEY[name] for name in IndexedName._fields)]


def find_same_sound(session, query):
    """Return the rows (name id, fields of `IndexedName`) of the names with the same phonetic key."""
    return _find_by_keys(session, [phonetic_keys.encode_key(one) for one in query.skeletons] or [0])


def find_one_edit_away(session, query):
    """Return the rows of the names with a phonetic key that differs by one letter."""
    return _find_by_keys(session, sorted(map(phonetic_keys.encode_key, query.typo_skeletons)))


def find_by_part(session, query):
    """Return the names with one part that sounds like the only word of the query.

    The rows are (part of `PARTS`, name id, fields of `IndexedName`).
    """
    sounds = {*map(phonetic_keys.encode_part_sound, query.skeletons)} - {0}
    if len(query.words) > 1 or not sounds:
        return []
    parts = []
    for part in PARTS:
        same_sound = in_array(session, KEY[f"{part}_sound"], sorted(sounds))
        parts.append(
            select(select(literal(part), *_COLUMNS).where(same_sound).limit(MAX_PART_NAMES).subquery())
        )
    return session.execute(union_all(*parts)).all()


def find_by_prefix(session, query):
    """Return the rows of the names that begin with the typed text, shortest first."""
    ranges = [
        KEY.key.between(phonetic_keys.encode_key(one), phonetic_keys.last_key_with_prefix(one))
        for one in query.skeletons
    ]
    # A query for each range: with one OR condition PostgreSQL reads the whole index in order.
    parts = [select(_names_query(one, MAX_PREFIX_NAMES).subquery()) for one in ranges]
    return session.execute(union_all(*parts)).all() if parts else []


def _find_by_keys(session, numbers):
    return session.execute(_keys_query(dialect_name(session)), {"values": numbers}).all()


@cache
def _keys_query(dialect):
    return cacheable(_names_query(in_bound_array(dialect, KEY.key), MAX_NAMES))


def _names_query(condition, limit):
    return select(*_COLUMNS).where(condition).order_by(KEY.key).limit(limit)
