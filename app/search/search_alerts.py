"""A watch looks at every save: in its transaction, through the index of names, and only at the people it touched.

Whoever is registered, renamed or newly involved in a case is compared with the keys of all watches by one statement;
the owner is told only of whom he sees himself.
"""

from functools import cache

from flask_babel import lazy_gettext as _
from sqlalchemy import bindparam, event, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.user_scope import scope_of
from app.cases.models import Involvement
from app.inbox.actions import send
from app.inbox.message_texts import register
from app.inbox.models import NOTICE
from app.kernel.access.row_filter import kept
from app.kernel.actor import actor_of
from app.kernel.audit import recorder
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.name_search import query as names
from app.name_search import ranking
from app.name_search.indexed_name import Written
from app.name_search.models import NameBearer, NameKey, beside
from app.people.models import Person, PersonName
from app.people.visibility import sees
from app.search.candidates import SAME, SOUNDS
from app.search.models import SavedSearch, WatchKey, WatchMatch
from app.search.query import Question
from app.search.result_filters import fits_person

MATCHED = "watch.matched"
TOUCHED = "people a watch may wait for"
DECISIVE = {
    Person: ("surname_km", "given_km", "surname_latin", "given_latin", "sex", "born_on", "birth_year"),
    PersonName: ("text_km", "text_latin"),
    Involvement: ("person_id", "province_code", "restricted"),
}

register(**{MATCHED: _("%(person)s fits watch %(watch)s, which is kept for case %(case)s.")})


@event.listens_for(Session, "after_flush")
def _remember(session, _context):
    for row in (*session.new, *session.dirty):
        names_of = DECISIVE.get(type(row))
        if names_of and has_changed(row, names_of):
            session.info.setdefault(TOUCHED, set()).add(row.id if isinstance(row, Person) else row.person_id)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session, _transaction):
    if not session.in_transaction():
        session.info.pop(TOUCHED, None)


@event.listens_for(Session, "before_commit")
def _tell(session):
    if session.in_nested_transaction():
        return
    session.flush()
    touched = session.info.pop(TOUCHED, None)
    for search, person in _waited_for(session, touched) if touched else ():
        session.add(WatchMatch(search_id=search.id, person_id=person.id, known_since=dates.now()))
        if search.user_id == actor_of(session).user_id:
            continue  # he has just written it himself
        send(
            session, NOTICE, text_key=MATCHED, to_user=search.user_id, entity="person", entity_id=person.id,
            person=person.number, watch=search.id, case=search.case_number,
        )  # fmt: skip
        recorder.note(session, MATCHED, SavedSearch.__tablename__, search.id, person=person.id)


def _waited_for(session, touched):
    """[(watch, person)] of what is new: found by the keys, then judged as a search judges it."""
    people = {"people": sorted(touched), "beside": sorted({*map(beside, touched)})}
    rows = session.execute(_watches_of(), people | {"now": dates.now()}).all()
    known = set()
    for search, person_id, *texts in rows:
        if (search.id, person_id) in known or session.get(WatchMatch, (search.id, person_id)) is not None:
            continue
        person = _seen_by_owner(session, search, person_id)
        if person is not None and _fits(search, person, Written(*texts)):
            known.add((search.id, person_id))
            yield search, person


@cache
def _watches_of():
    """The statement that finds the watches of some people by their keys, with the names that have these keys."""
    return kept(
        select(SavedSearch, NameBearer.person_id, *(getattr(NameKey, name) for name in Written._fields))
        .join(WatchKey, WatchKey.search_id == SavedSearch.id)
        .join(NameKey, NameKey.key == WatchKey.key)
        .join(NameBearer, NameBearer.name_id == NameKey.name_id)
        .where(
            beside(NameBearer.person_id).in_(bindparam("beside", expanding=True)),
            NameBearer.person_id.in_(bindparam("people", expanding=True)),
            SavedSearch.watched_until > bindparam("now"),
        )
    )


def _seen_by_owner(session, search, person_id):
    owner = session.get(User, search.user_id)
    scope = scope_of(owner) if owner.active else None
    if scope is None:
        return None
    within = sees(Person.id, scope)
    seen = select(Person).where(Person.id == person_id, Person.voided_at.is_(None))
    return session.scalars(seen if within is None else seen.where(within)).unique().one_or_none()


def _fits(search, person, written):
    question = Question.kept(search.payload)
    found = ranking.Ranking(names.read(question.text))
    found.add([(0, *written)])
    return found.best_first()[0].band in (SAME, SOUNDS) and fits_person(person, question)
