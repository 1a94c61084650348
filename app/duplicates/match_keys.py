"""Match keys: values by which records of one person are found. Each is looked up in an index; no table is scanned.

A match key declares `kind` and `weight` of its evidence, the columns it is read from (`source_columns`), and
`scan_start`, a value before all others. `values_of` returns the values of a row. `group_of` and `is_match` say which
two values match: they are in one group, and `is_match` is true. `find_holders` looks up the persons of some values.
`next_batch` and `find_batch_holders` read all values in batches for the full scan.
"""

import hashlib
from datetime import date
from functools import cache
from typing import NamedTuple

from rapidfuzz import fuzz
from sqlalchemy import BigInteger, Integer, String, bindparam, func, select

from app.kernel.database.array_params import rows_from_json, to_json_rows
from app.kernel.database.engine import dialect_name
from app.name_search import phonetic_keys
from app.name_search.indexed_name import IndexedName
from app.name_search.models import NO_YEAR, NameBearer, NameKey
from app.people.models import Person, PersonDocument, PersonPhoto
from app.people.rules import may_be_same_country

MAX_ROWS_PER_VALUE = 20  # a value of more rows is no evidence for any of them
MAX_HOLDERS = 2000  # of one query; the full scan finds the others
MIN_NAME_SIMILARITY = 0.75  # of the letters of two names
MIN_PARENT_SIMILARITY = 0.8  # of the letters of two parents' names


class _ColumnKey:
    """A value in one column of a model that is linked to a person."""

    model = column = None

    @classmethod
    def find_holders(cls, session, values):
        """Return [(person id, value)] of all persons with one of the values, without values of too many rows."""
        found = session.execute(_holders_query(cls), {"values": sorted({value[0] for value in values})})
        return [(person_id, tuple(value)) for person_id, *value in found]

    @classmethod
    def find_batch_holders(cls, session, batch):
        """Return the same for a batch of `next_batch`."""
        return cls.find_holders(session, [(one,) for one in batch])

    @classmethod
    def values_of(cls, row):
        value = tuple(getattr(row, name) for name in cls.value_columns)
        return () if row.is_void or not value[0] else (value,)

    @classmethod
    def next_batch(cls, session, last, count):
        """Return the next values that several persons share."""
        people = func.count(cls.model.person_id.distinct())
        found = (
            select(cls.column).where(cls.column > last, cls.model.voided_at.is_(None)).group_by(cls.column)
        )
        found = found.having(people > 1, func.count() <= MAX_ROWS_PER_VALUE)
        return list(session.scalars(found.order_by(cls.column).limit(count)))


@cache
def _holders_query(match_key):
    """Return the query for the rows with one of some values, each value in few rows only."""
    valid = match_key.model.voided_at.is_(None)
    shared = (
        select(match_key.column)
        .where(match_key.column.in_(bindparam("values", expanding=True)), valid)
        .group_by(match_key.column)
        .having(func.count() <= MAX_ROWS_PER_VALUE)
    )
    columns = [getattr(match_key.model, name) for name in match_key.value_columns]
    return select(match_key.model.person_id, *columns).where(match_key.column.in_(shared), valid)


class DocumentKey(_ColumnKey):
    """The same number of the same kind of document. The countries must be equal if both are known."""

    kind, weight, scan_start = "document", 100, ""
    model, column = PersonDocument, PersonDocument.number_key
    value_columns = ("number_key", "kind", "country")
    source_columns = {PersonDocument: (*value_columns, "person_id", "voided_at")}

    @staticmethod
    def group_of(value):
        return value[:2]

    @staticmethod
    def is_match(one, other):
        return may_be_same_country(one[2], other[2])


class PhotoKey(_ColumnKey):
    """The same photo file."""

    kind, weight, scan_start = "photo", 100, ""
    model, column = PersonPhoto, PersonPhoto.sha256
    value_columns = ("sha256",)
    source_columns = {PersonPhoto: (*value_columns, "person_id", "voided_at")}

    @staticmethod
    def group_of(value):
        return value

    @staticmethod
    def is_match(one, other):
        return True


class NameSound(NamedTuple):
    """The phonetic key of a person's own name, and what distinguishes the person from others with that key."""

    number: int  # of the phonetic key (name_search.phonetic_keys)
    year: int
    sex: str
    khmer: str
    latin: str
    born_on: date | None
    father: str | None
    mother: str | None


class NameSoundKey:
    """The same phonetic key of the name, year of birth and sex, and the same day of birth or a parent's name.

    Thousands of people share a common name, so phonetic key and year alone are no evidence in a large database. If
    neither the day nor a parent is known of both, the names must be spelled alike.
    """

    kind, weight, scan_start = "sound", 40, -1
    name_columns = ("surname_km", "given_km", "surname_latin", "given_latin")
    other_columns = ("birth_year", "sex", "born_on", "father_name", "mother_name")
    source_columns = {Person: (*name_columns, *other_columns)}

    @classmethod
    def values_of(cls, row):
        if row.is_void or row.merged_into_id or not row.birth_year:
            return ()
        numbers = IndexedName.from_person(row).key_numbers()
        sound = _make_sound(0, row)
        return tuple(sound._replace(number=number) for number in numbers)

    @classmethod
    def find_holders(cls, session, values):
        # Many people in one query: each phonetic key only with the years of its persons.
        wanted = sorted({(value.number, value.year, value.sex) for value in values})
        query = _sound_query(dialect_name(session))
        return _make_sounds(session.execute(query, {"wanted": to_json_rows(wanted)}))

    @classmethod
    def find_batch_holders(cls, session, batch):
        query = _bearers_query(NameKey.key.in_(batch), NameBearer.birth_year != NO_YEAR)
        return _make_sounds(session.execute(query))

    @staticmethod
    def group_of(value):
        return value[:3]

    @staticmethod
    def is_match(one, other):
        similarity = max(_similarity(one.khmer, other.khmer), _similarity(one.latin, other.latin))
        if similarity < MIN_NAME_SIMILARITY:
            return False
        days = one.born_on and other.born_on
        parents = [pair for pair in ((one.father, other.father), (one.mother, other.mother)) if all(pair)]
        if not days and not parents:
            return similarity == 1
        return _is_same_day(one.born_on, other.born_on) or any(
            _similarity(*pair) >= MIN_PARENT_SIMILARITY for pair in parents
        )

    @staticmethod
    def next_batch(session, last, count):
        found = select(NameKey.key).where(NameKey.key > last).distinct().order_by(NameKey.key).limit(count)
        return list(session.scalars(found))


@cache
def _sound_query(dialect):
    """Return the query for the persons of some phonetic keys, each with a year and a sex.

    It is built once, however many keys are looked up.
    """
    wanted = rows_from_json(dialect, "wanted", number=BigInteger, year=Integer, sex=String).c
    sex = func.coalesce(Person.sex, "")  # keeps the planner from the index of one sex
    conditions = NameKey.key == wanted.number, NameBearer.birth_year == wanted.year, sex == wanted.sex
    return _bearers_query(*conditions).limit(MAX_HOLDERS)


def _bearers_query(*conditions):
    """Return the query for the persons with names that meet the conditions; void and merged records are not indexed."""
    columns = [getattr(Person, name) for name in (*NameSoundKey.name_columns, *NameSoundKey.other_columns)]
    return select(NameKey.key, Person.id, *columns).where(
        NameBearer.name_id == NameKey.name_id, Person.id == NameBearer.person_id, *conditions
    )


def _make_sounds(rows):
    return [(row.id, _make_sound(row.key, row)) for row in rows]


def _make_sound(number, row):
    khmer, latin = (
        _normalize(row.surname_km, row.given_km),
        _normalize(row.surname_latin, row.given_latin),
    )
    return NameSound(
        number,
        row.birth_year,
        row.sex,
        khmer,
        latin,
        row.born_on,
        _normalize(row.father_name),
        _normalize(row.mother_name),
    )


def _normalize(*parts):
    return "".join(phonetic_keys.normalize_part(part) for part in parts if part)


def _similarity(one, other):
    return fuzz.ratio(one, other) / 100 if one and other else 0


def _is_same_day(one, other):
    """Return whether two dates have the same day and month, or the two exchanged."""
    return bool(one and other) and (
        (one.day, one.month) in ((other.day, other.month), (other.month, other.day))
    )


def hash_value(match_key, value):
    """Return a short hash by which the same evidence is recognized, but from which the value cannot be read."""
    content = (value.year,) if match_key is NameSoundKey else match_key.group_of(value)
    return hashlib.sha256("\x1f".join(map(str, content)).encode()).hexdigest()[:32]


MATCH_KEYS = (DocumentKey, PhotoKey, NameSoundKey)
