"""What speaks for two records being one human being. Each sign is a key that one looks up; nothing is scanned.

A sign says which rows carry it and in which columns (`carriers`), the key of such a row, whom else of the nation bears
one of some keys, and whether two keys that begin alike fit.
"""

import hashlib

from sqlalchemy import func, select

from app.people.models import PersonDocument, PersonPhoto
from app.people.rules import may_be_one_country

COMMON = 20  # what more people than that bear tells nothing of any of them


def mark_of(*parts):
    """A short mark by which the same thing is known again, and from which it is not read."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:32]


def _shared(column, values, *standing):
    """Those of the values that not too many rows hold."""
    return select(column).where(column.in_(values), *standing).group_by(column).having(func.count() <= COMMON)


class SameDocument:
    """A number of the same kind of document, of the same country as far as both are known."""

    kind, weight = "document", 100
    carriers = {PersonDocument: ("number_key", "kind", "country", "person_id", "voided_at")}

    @staticmethod
    def key_of(row):
        if row.is_void or not row.number_key:
            return None
        return row.number_key, row.kind, row.country

    @staticmethod
    def bearers(session, keys):
        column, standing = PersonDocument.number_key, PersonDocument.voided_at.is_(None)
        found = select(PersonDocument.person_id, column, PersonDocument.kind, PersonDocument.country)
        numbers = {number for number, _kind, _country in keys}
        for person_id, *key in session.execute(
            found.where(column.in_(_shared(column, numbers, standing)), standing)
        ):
            yield person_id, tuple(key)

    @staticmethod
    def fits(one, other):
        return one[:2] == other[:2] and may_be_one_country(one[2], other[2])

    @staticmethod
    def mark(key):
        return mark_of(*key[:2])


class SamePhoto:
    """The very same file."""

    kind, weight = "photo", 100
    carriers = {PersonPhoto: ("sha256", "person_id", "voided_at")}

    @staticmethod
    def key_of(row):
        return None if row.is_void else (row.sha256,)

    @staticmethod
    def bearers(session, keys):
        column, standing = PersonPhoto.sha256, PersonPhoto.voided_at.is_(None)
        found = select(PersonPhoto.person_id, column)
        hashes = {sha256 for (sha256,) in keys}
        for person_id, *key in session.execute(
            found.where(column.in_(_shared(column, hashes, standing)), standing)
        ):
            yield person_id, tuple(key)

    @staticmethod
    def fits(one, other):
        return one == other

    @staticmethod
    def mark(key):
        return mark_of(*key)


SIGNS = (SameDocument, SamePhoto)
