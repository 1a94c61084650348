"""Alerts of watches, checked before each commit for the persons that the transaction changed.

A person who was registered, renamed or newly involved in a case is compared with the keys of all watches by one
statement. The owner of a watch is notified only of persons they see.
"""
# chosen fields: a saved search compares names, sex and birth

from functools import cache

from flask_babel import lazy_gettext as _
from sqlalchemy import bindparam, select

from app.accounts.models import User
from app.accounts.user_scope import build_user_scope
from app.cases.models import Involvement
from app.inbox.actions import send_message
from app.inbox.message_texts import register_texts
from app.inbox.models import NOTICE
from app.kernel.access.row_filter import cacheable
from app.kernel.actor import actor_of
from app.kernel.audit import recorder
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.name_search import query as names
from app.name_search import ranking
from app.name_search.indexed_name import IndexedName
from app.name_search.models import NameBearer, NameKey, block_of
from app.people.models import Person, PersonName
from app.people.visibility import is_visible
from app.search.candidates import SAME, SOUNDS
from app.search.models import SavedSearch, WatchKey, WatchMatch
from app.search.query import SearchQuery
from app.search.result_filters import is_match

MATCHED = "watch.matched"
CHANGED_PERSONS = Pending(set)  # ids of changed persons for the watches
WATCHED_COLUMNS = {
    Person: ("surname_km", "given_km", "surname_latin", "given_latin", "sex", "born_on", "birth_year"),
    PersonName: ("text_km", "text_latin"),
    Involvement: ("person_id", "province_code", "protection"),
}

register_texts(**{MATCHED: _("%(person)s matches watch %(watch)s for case %(case)s.")})


def collect_changed_persons(session, _context):
    """Collect the persons to compare with watches."""
    for row in (*session.new, *session.dirty):
        columns = WATCHED_COLUMNS.get(type(row))
        if columns and has_changed(row, columns):
            CHANGED_PERSONS.get(session).add(row.id if isinstance(row, Person) else row.person_id)


def send_alerts(session):
    """Send the alerts of the watches that the collected persons match."""
    if session.in_nested_transaction():
        return
    session.flush()
    changed = CHANGED_PERSONS.take(session)
    for search, person in _find_new_matches(session, changed) if changed else ():
        session.add(WatchMatch(search_id=search.id, person_id=person.id, known_since=dates.now()))
        if search.user_id == actor_of(session).user_id:
            continue  # the owner made this change
        send_message(
            session, NOTICE, text_key=MATCHED, to_user=search.user_id, entity="person", entity_id=person.id,
            person=person.number, watch=search.id, case=search.case_number,
        )  # fmt: skip
        recorder.record(session, MATCHED, SavedSearch.__tablename__, search.id, person=person.id)


def _find_new_matches(session, changed):
    """Yield (watch, person) of new matches. They are found by key and then compared as in a search."""
    people = {"people": sorted(changed), "blocks": sorted({*map(block_of, changed)})}
    rows = session.execute(_watches_query(), people | {"now": dates.now()}).all()
    known = set()
    for search, person_id, *texts in rows:
        if (search.id, person_id) in known or session.get(WatchMatch, (search.id, person_id)) is not None:
            continue
        person = _get_visible_to_owner(session, search, person_id)
        if person is not None and _is_match(search, person, IndexedName(*texts)):
            known.add((search.id, person_id))
            yield search, person


@cache
def _watches_query():
    """Return the query for the watches that share a key with the names of some persons."""
    return cacheable(
        select(SavedSearch, NameBearer.person_id, *(getattr(NameKey, name) for name in IndexedName._fields))
        .join(WatchKey, WatchKey.search_id == SavedSearch.id)
        .join(NameKey, NameKey.key == WatchKey.key)
        .join(NameBearer, NameBearer.name_id == NameKey.name_id)
        .where(
            block_of(NameBearer.person_id).in_(bindparam("blocks", expanding=True)),
            NameBearer.person_id.in_(bindparam("people", expanding=True)),
            SavedSearch.watched_until > bindparam("now"),
        )
    )


def _get_visible_to_owner(session, search, person_id):
    owner = session.get(User, search.user_id)
    scope = build_user_scope(owner) if owner.active else None
    if scope is None:
        return None
    row_filter = is_visible(Person.id, scope)
    visible = select(Person).where(Person.id == person_id, Person.voided_at.is_(None))
    return (
        session.scalars(visible if row_filter is None else visible.where(row_filter)).unique().one_or_none()
    )


def _is_match(search, person, name):
    query = SearchQuery.from_payload(search.payload)
    found = ranking.Ranking(names.parse_query(query.text))
    found.add([(0, *name)])
    return any(one.band in (SAME, SOUNDS) for one in found.sorted_names()[:1]) and is_match(person, query)
