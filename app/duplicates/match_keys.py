"""What speaks for two records being one human being. Each sign is a key by which one looks others up; nothing is scanned.

A sign says which rows carry it and in which columns (`carriers`), the keys of such a row, in which group a key stands,
whom else of the nation bears one of some keys, whether two keys of a group fit, and which keys come `after` another, so
that the whole register can be gone through in steps.
"""

import hashlib
from datetime import date
from functools import cache
from typing import NamedTuple

from rapidfuzz import fuzz
from sqlalchemy import BigInteger, Integer, String, bindparam, func, select

from app.kernel.database.array_params import as_rows, rows_of
from app.kernel.database.engine import dialect_of
from app.name_search import phonetic_keys as sounds
from app.name_search.indexed_name import Written
from app.name_search.models import NO_YEAR, NameBearer, NameKey
from app.people.models import Person, PersonDocument, PersonPhoto
from app.people.rules import may_be_one_country

COMMON = 20  # what more rows than that bear tells nothing of any of them
MOST = 2000  # bearers of one question; the sweep finds who is not among them
ALIKE = 0.75  # of the letters of two names
PARENT = 0.8  # of the letters of two parents' names


class _Borne:
    """A value in one column of rows that hang on persons."""

    model = column = None

    @classmethod
    def bearers(cls, session, keys):
        """(person id, key) of all who bear one of these keys; a value that too many rows hold is left out."""
        found = session.execute(_holding(cls), {"values": sorted({key[0] for key in keys})})
        return [(person_id, tuple(key)) for person_id, *key in found]

    @classmethod
    def borne(cls, session, values):
        """The same of all who bear one of these values."""
        return cls.bearers(session, [(value,) for value in values])

    @classmethod
    def keys_of(cls, row):
        key = tuple(getattr(row, name) for name in cls.key_columns)
        return () if row.is_void or not key[0] else (key,)

    @classmethod
    def after(cls, session, last, count):
        """The next values that more than one person bears."""
        people = func.count(cls.model.person_id.distinct())
        found = (
            select(cls.column).where(cls.column > last, cls.model.voided_at.is_(None)).group_by(cls.column)
        )
        found = found.having(people > 1, func.count() <= COMMON).order_by(cls.column).limit(count)
        return list(session.scalars(found))


@cache
def _holding(sign):
    """The statement that finds the rows with one of some values that few rows hold."""
    standing = sign.model.voided_at.is_(None)
    shared = (
        select(sign.column)
        .where(sign.column.in_(bindparam("values", expanding=True)), standing)
        .group_by(sign.column)
        .having(func.count() <= COMMON)
    )
    columns = [getattr(sign.model, name) for name in sign.key_columns]
    return select(sign.model.person_id, *columns).where(sign.column.in_(shared), standing)


class SameDocument(_Borne):
    """A number of the same kind of document, of the same country as far as both are known."""

    kind, weight, first = "document", 100, ""
    model, column = PersonDocument, PersonDocument.number_key
    key_columns = ("number_key", "kind", "country")
    carriers = {PersonDocument: (*key_columns, "person_id", "voided_at")}

    @staticmethod
    def group(key):
        return key[:2]

    @staticmethod
    def fits(one, other):
        return may_be_one_country(one[2], other[2])


class SamePhoto(_Borne):
    """The very same file."""

    kind, weight, first = "photo", 100, ""
    model, column = PersonPhoto, PersonPhoto.sha256
    key_columns = ("sha256",)
    carriers = {PersonPhoto: (*key_columns, "person_id", "voided_at")}

    @staticmethod
    def group(key):
        return key

    @staticmethod
    def fits(one, other):
        return True


class Sound(NamedTuple):
    """What one person's own name sounds like, and what tells him from others of that sound."""

    number: int  # of the sound (names.keys)
    year: int
    sex: str
    khmer: str
    latin: str
    born_on: date | None
    father: str | None
    mother: str | None


class SameSound:
    """The same sound of the name, year of birth and sex, and the same day or a parent's name beside it.

    Thousands bear a common name, so the sound and the year alone tell nothing in a large register. Where neither day
    nor parent is known of both, the names must be written alike.
    """

    kind, weight, first = "sound", 40, -1
    names = ("surname_km", "given_km", "surname_latin", "given_latin")
    facts = ("birth_year", "sex", "born_on", "father_name", "mother_name")
    carriers = {Person: (*names, *facts)}

    @classmethod
    def keys_of(cls, row):
        if row.is_void or row.joined_into_id or not row.birth_year:
            return ()
        numbers = Written.of_person(row).key_numbers()
        sound = _sound(0, row)
        return tuple(sound._replace(number=number) for number in numbers)

    @classmethod
    def bearers(cls, session, keys):
        # Of many people at once: each sound in its own years alone.
        asked = sorted({(key.number, key.year, key.sex) for key in keys})
        return _sounding(session.execute(_of_their_years(dialect_of(session)), {"asked": as_rows(asked)}))

    @classmethod
    def borne(cls, session, numbers):
        named = _bearing(NameKey.key.in_(numbers), NameBearer.birth_year != NO_YEAR)
        return _sounding(session.execute(named))

    @staticmethod
    def group(key):
        return key[:3]

    @staticmethod
    def fits(one, other):
        like = max(_likeness(one.khmer, other.khmer), _likeness(one.latin, other.latin))
        if like < ALIKE:
            return False
        days = one.born_on and other.born_on
        parents = [pair for pair in ((one.father, other.father), (one.mother, other.mother)) if all(pair)]
        if not days and not parents:
            return like == 1
        return _same_day(one.born_on, other.born_on) or any(_likeness(*pair) >= PARENT for pair in parents)

    @staticmethod
    def after(session, last, count):
        found = select(NameKey.key).where(NameKey.key > last).distinct().order_by(NameKey.key).limit(count)
        return list(session.scalars(found))


@cache
def _of_their_years(dialect):
    """The statement that finds those of some sounds, each in a year and of a sex: made once, however many are asked for."""
    asked = rows_of(dialect, "asked", number=BigInteger, year=Integer, sex=String).c
    of_them = NameKey.key == asked.number, NameBearer.birth_year == asked.year, Person.sex == asked.sex
    return _bearing(*of_them).limit(MOST)


def _bearing(*conditions):
    """Those who bear a name of which that holds; who was struck out or joined is not in the index."""
    columns = [getattr(Person, name) for name in (*SameSound.names, *SameSound.facts)]
    return select(NameKey.key, Person.id, *columns).where(
        NameBearer.name_id == NameKey.name_id, Person.id == NameBearer.person_id, *conditions
    )


def _sounding(rows):
    return [(row.id, _sound(row.key, row)) for row in rows]


def _sound(number, row):
    khmer, latin = _plain(row.surname_km, row.given_km), _plain(row.surname_latin, row.given_latin)
    return Sound(
        number,
        row.birth_year,
        row.sex,
        khmer,
        latin,
        row.born_on,
        _plain(row.father_name),
        _plain(row.mother_name),
    )


def _plain(*parts):
    return "".join(sounds.readable_part(part) for part in parts if part)


def _likeness(one, other):
    return fuzz.ratio(one, other) / 100 if one and other else 0


def _same_day(one, other):
    """The same day of birth, or day and month exchanged."""
    return bool(one and other) and (
        (one.day, one.month) in ((other.day, other.month), (other.month, other.day))
    )


def mark_of(sign, key):
    """A short mark by which the same thing is known again, and from which it is not read."""
    what = (key.year,) if sign is SameSound else sign.group(key)
    return hashlib.sha256("\x1f".join(map(str, what)).encode()).hexdigest()[:32]


SIGNS = (SameDocument, SamePhoto, SameSound)
