"""The one narrow door to nationwide knowledge: a suspect who moves province must not vanish.

Whoever asks here gets cards and yes or no, never a record: the session in which the nation is read is its own and is
closed before the answer is given. Protected victims and witnesses have no card. Nothing else reads beyond a scope.
"""

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, Signer
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.extensions import db
from app.kernel.access.row_filter import kept
from app.kernel.access.row_level_security import plan_once
from app.kernel.actor import THE_REGISTER, Actor, Scope, act_as, actor_of
from app.kernel.database.array_params import among_given
from app.kernel.database.engine import dialect_of
from app.people import status
from app.people.models import Person
from app.people.visibility import Visibility

# Everybody but whom the law protects.
_ALL_WITH_A_CARD = Actor(scope=Scope())


@dataclass(frozen=True)
class Card:
    """What every officer may know of a registered person wherever he is: no address, no document, no case."""

    id: int
    number: str
    name: str
    name_latin: str
    sex: str
    birth_year: int | None
    # The row of `PersonStatus`: wanted, detained, deceased, and on what it rests.
    status: Any = None

    @classmethod
    def of(cls, person, status=None):
        name, latin = str(person), person.name_latin
        return cls(person.id, person.number, name, latin, person.sex, person.birth_year, status)


@contextmanager
def nation(protected_too=False, by_keys=False):
    """A session that sees every area; with `protected_too` only to compare, for what is found there has no card. `by_keys`:
    it only looks up what it has keys of."""
    with Session(db.engine) as session:
        act_as(session, THE_REGISTER if protected_too else _ALL_WITH_A_CARD)
        if by_keys:
            plan_once(session)
        yield session


def within(ids):
    """Those of these persons whose record the reader of this request may open."""
    return set(db.session.scalars(_ids(dialect_of(db.session)), {"given": list(ids)})) if ids else set()


@cache
def _ids(dialect):
    return kept(select(Person.id).where(among_given(dialect, Person.id)))


def token_of(card):
    """A word with which this user may hang the person of a card on a case of his own."""
    return _signer().sign(f"{card.id}-{actor_of(db.session).user_id}").decode()


def card_of(token):
    """The card behind such a word, which opens nothing. None for no word of this user's, and for a protected person."""
    person_id = _person_id(token)
    with nation() as session:
        person = session.get(Person, person_id) if person_id is not None else None
        return None if person is None else Card.of(person, status.of(session, [person.id]).get(person.id))


def admit(token):
    """The person behind such a word. The unit sees him from now on, if the save that follows is made.

    Only for the entry of a case, in which he then stands: whatever else is saved would open his record for nothing.
    None for a text that is no word of this user's, and for a protected person.
    """
    actor, person_id = actor_of(db.session), _person_id(token)
    if person_id is None:
        return None
    person = db.session.get(Person, person_id)
    if person is None and actor.unit_code and _has_a_card(person_id):
        row = {"person_id": person_id, "unit_code": actor.unit_code, "hidden": False}
        db.session.execute(insert(Visibility.__table__).values(row))
        person = db.session.get(Person, person_id)
    return person


def _person_id(token):
    try:
        person_id, user_id = _signer().unsign(token).decode().split("-")
    except (BadSignature, ValueError):  # ValueError: a word of an earlier version, from a page that lay open
        return None
    return int(person_id) if user_id == str(actor_of(db.session).user_id) else None


def _has_a_card(person_id):
    with nation() as session:
        return session.get(Person, person_id) is not None


def _signer():
    return _signer_with(current_app.config["SECRET_KEY"])


@cache
def _signer_with(key):
    # The library's own SHA-1 is wrapped so that Python takes its slow way for each of thirty cards.
    return Signer(key, salt="app.people.nationwide", digest_method=hashlib.sha1)
