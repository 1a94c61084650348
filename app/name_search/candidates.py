"""Names that may match a query, read from the index by their keys."""

from functools import cache

from sqlalchemy import literal, select, union_all

from app.kernel.access.row_filter import cacheable
from app.kernel.database.array_params import in_array, in_bound_array
from app.kernel.database.engine import dialect_name
from app.name_search import phonetic_keys
from app.name_search.aligner import romanize
from app.name_search.indexed_name import IndexedName
from app.name_search.latin_phonetics import fold_letters
from app.name_search.models import PARTS, SURNAME, NameKey

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


def find_by_initial(session, query):
    """Return the names of which one part sounds like the words of the query, and the other begins with its initial.

    The rows are like those of `find_by_part`.
    """
    if not query.initial:
        return []
    sounds = sorted({*map(phonetic_keys.encode_part_sound, query.without_initial.skeletons)} - {0})
    parts = [
        select(
            select(literal(part), *_COLUMNS)
            .where(
                in_array(session, KEY[f"{part}_sound"], sounds),
                KEY[f"{other}_sound"].between(*phonetic_keys.find_sound_range(query.initial)),
            )
            .limit(MAX_PART_NAMES)
            .subquery()
        )
        for part, other in (PARTS, PARTS[::-1])
    ]
    rows = session.execute(union_all(*parts)).all() if sounds else []
    return [row for row in rows if _begins_with(query.initial, row)]


def _begins_with(initial, row):
    """Return whether the other part of the name begins with the initial, in either script."""
    part, _name_id, surname_km, given_km, surname_latin, given_latin = row
    khmer, latin = (given_km, given_latin) if part == SURNAME else (surname_km, surname_latin)
    if phonetic_keys.is_khmer(initial) and khmer:
        return phonetic_keys.fold_khmer(khmer)[:1] == phonetic_keys.fold_khmer(initial)[:1]
    letter = fold_letters(romanize(initial) if phonetic_keys.is_khmer(initial) else initial)[:1]
    spelled = romanize(khmer), phonetic_keys.normalize_part(latin)
    return any(fold_letters(one)[:1] == letter for one in spelled if one)


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
