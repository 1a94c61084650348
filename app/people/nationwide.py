"""The separate session that sees the whole nation: suspects who move to another province must stay findable.

Callers get cards and yes/no answers, never a record: the nationwide session is separate and is closed before the
result is returned. Protected victims and witnesses have no card. Within the own session, `actor.unrestricted` lifts the row filter.
"""
# unrestricted: the only nationwide session of pages; it returns card fields

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, Signer
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.extensions import db
from app.kernel.access.row_filter import cacheable
from app.kernel.access.row_level_security import use_generic_plans
from app.kernel.actor import SYSTEM, Actor, Scope, act_as, actor_of, unrestricted
from app.kernel.database.array_params import in_bound_array
from app.kernel.database.engine import dialect_name
from app.people import status
from app.people.models import Person


def _make_card_reader():
    """Return an actor who sees all persons but protected ones, and suspects below 18 within the reader's scope only."""
    own = actor_of(db.session).scope or Scope(sees_minors=False)
    if own.sees_minors and not own.is_nationwide:
        within = Scope(
            area=own.area, offence_families=own.offence_families, unit=own.unit, former_units=own.former_units
        )
        return Actor(scope=Scope(sees_minors=False, minors_within=within))
    beyond = {
        name: getattr(own, name)
        for name in ("sees_minors", "minors_within", "minors_units", "minors_held_by", "entered_by")
    }
    return Actor(scope=Scope(**beyond))


@dataclass(frozen=True)
class PersonCard:
    """What every officer may know of a registered person anywhere: no address, no document, no case."""

    id: int
    number: str
    name: str
    name_latin: str
    sex: str
    birth_year: int | None
    # row of `PersonStatus`: wanted, detained, deceased, and its basis
    status: Any = None

    @classmethod
    def from_person(cls, person, status=None):
        name, latin = str(person), person.name_latin
        return cls(person.id, person.number, name, latin, person.sex, person.birth_year, status)


@contextmanager
def nationwide_session(protected_too=False, by_keys=False):
    """Yield a session that sees every area.

    `protected_too` includes protected persons: for facts of people who are loaded already, never for a comparison with
    typed values. `by_keys` marks sessions that look rows up by keys only.
    """
    with Session(db.engine) as session:
        act_as(session, SYSTEM if protected_too else _make_card_reader())
        if by_keys:
            use_generic_plans(session)
        yield session


def find_visible_ids(ids):
    """Return the ids of the persons that the reader of this request may open."""
    return (
        set(db.session.scalars(_select_visible_ids(dialect_name(db.session)), {"values": list(ids)}))
        if ids
        else set()
    )


@cache
def _select_visible_ids(dialect):
    return cacheable(select(Person.id).where(in_bound_array(dialect, Person.id)))


def make_card_token(card):
    """Return a signed token with which this user may name the person of a card in a record."""
    return _get_signer().sign(f"{card.id}-{actor_of(db.session).user_id}").decode()


def find_card(token):
    """Return the card of a token, without any access. None for an invalid token or a protected person."""
    person_id = _parse_token(token)
    return find_cards([person_id]).get(person_id) if person_id is not None else None


def find_cards(ids):
    """Return {id: card} of these persons, without any access. Protected persons have no card."""
    with nationwide_session() as session:
        people = session.scalars(select(Person).where(Person.id.in_(ids))).all()
        known = status.get_statuses(session, [person.id for person in people])
        return {person.id: PersonCard.from_person(person, known.get(person.id)) for person in people}


def find_initials(ids):
    """Return {id: initials and number} of suspects below 18 that the reader does not see by name."""
    names = Person.surname_km, Person.given_km, Person.surname_latin, Person.given_latin
    with nationwide_session(protected_too=True) as session:
        found = session.execute(select(Person.id, *names).where(Person.id.in_(ids))).all()
    return {
        person_id: " ".join(
            [*(f"{one[0]}." for one in (khmer if any(khmer) else latin) if one), f"P-{person_id:07d}"]
        )
        for person_id, *parts in found
        for khmer, latin in ((parts[:2], parts[2:]),)
    }


def find_by_token(token):
    """Return the person of a token, to name them in a record (`load_person_to_name`).

    Return None for text that is not a token of this user, and for a protected person.
    """
    person_id = _parse_token(token)
    return load_person_to_name(person_id) if person_id is not None else None


def load_person_to_name(person_id):
    """Return a person that the following save may name; None for a protected person outside the scope.

    The save makes nobody visible: an involvement that names a person from outside the scope shows the card. The person
    is loaded without linked rows, because rules need birth and sex only. Never show anything of it but the card.
    """
    person = db.session.get(Person, person_id)
    if person is None and actor_of(db.session).unit_code and _has_a_card(person_id):
        person = load_unseen(person_id)
    return person


def load_unseen(person_id):
    """Return a person that the user does not see, for the rules and the key of a record. Never show anything of it."""
    with unrestricted(db.session):
        person = db.session.get(Person, person_id)
    for name in _collections():
        set_committed_value(person, name, [])
    return person


@cache
def _collections():
    return tuple(relation.key for relation in inspect(Person).relationships if relation.uselist)


def _parse_token(token):
    try:
        person_id, user_id = _get_signer().unsign(token).decode().split("-")
    except (BadSignature, ValueError):  # ValueError: a token of an earlier version, from a page left open
        return None
    return int(person_id) if user_id == str(actor_of(db.session).user_id) else None


def _has_a_card(person_id):
    with nationwide_session() as session:
        return session.get(Person, person_id) is not None


def _get_signer():
    return _make_signer(current_app.config["SECRET_KEY"])


@cache
def _make_signer(key):
    # hashlib.sha1 directly: the library's lazy default takes Python's slow path for each of thirty cards.
    return Signer(key, salt="app.people.nationwide", digest_method=hashlib.sha1)
