"""The index of names follows every save, in its transaction.

After a flush the names of the persons whose names it touched are compared with what the index holds of them. Of a new
person it holds nothing, and his names are at hand; so an entry costs two statements, however many people it has.
"""

from sqlalchemy import String, delete, event, exists, inspect, literal, select, tuple_, union_all
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import PASSIVE_NO_INITIALIZE

from app.kernel.databases import insert_into
from app.kernel.records import has_changed
from app.names.models import NameBearer, NameKey
from app.names.written import Written
from app.people.models import Person, PersonName

DECISIVE = {
    Person: ("surname_km", "given_km", "surname_latin", "given_latin", "joined_into_id"),
    PersonName: ("person_id", "text_km", "text_latin", "voided_at"),
}
BEARER, KEY = NameBearer.__table__, NameKey.__table__


@event.listens_for(Session, "after_flush")
def _index_follows(session, _context):
    touched = {
        person_id
        for row in (*session.new, *session.dirty)
        if type(row) in DECISIVE and has_changed(row, DECISIVE[type(row)])
        for person_id in _bearers(row)
    }
    if touched:
        new = {row.id for row in session.new if isinstance(row, Person)}
        wanted = {(person_id, name.id): name for person_id, name in _borne_by_new(session, new)}
        _bring_up_to_date(session, touched - new, wanted)


def _bearers(row):
    """Whose names this change touches; of a name that moved to somebody else both."""
    name = "joined_into_id" if isinstance(row, Person) else "person_id"
    before = inspect(row).get_history(name, PASSIVE_NO_INITIALIZE).deleted or ()
    own = (row.id,) if isinstance(row, Person) else ()
    return (*own, *filter(None, (getattr(row, name), *before)))


def _borne_by_new(session, new):
    """(person id, name) of everybody whom this flush has written first: what they are called is at hand."""
    for row in session.new:
        if isinstance(row, Person):
            yield row.id, Written.of_person(row)
        elif isinstance(row, PersonName) and row.person_id in new and not row.is_void:
            yield row.person_id, Written.of_other_name(row)


def _bring_up_to_date(session, known, wanted):
    """Bring the index of the people `known` up to date, and add the names `wanted` of new ones."""
    there = set()
    if known:
        wanted |= {(person_id, name.id): name for person_id, name in borne(session, known)}
        held = select(BEARER.c.person_id, BEARER.c.name_id).where(BEARER.c.person_id.in_(known))
        there = {tuple(row) for row in session.execute(held)}
    add(session, {pair: name for pair, name in wanted.items() if pair not in there and any(name)})
    remove(session, there - wanted.keys())


def borne(session, people=None, between=None):
    """(person id, name) of every name of these people, or of those with ids `between` a first and a last.

    Who was joined with somebody is found as that one.
    """
    parts = []
    person, other = Person.__table__.c, PersonName.__table__.c
    nothing = literal("", String)
    own = (person.surname_km, person.given_km, person.surname_latin, person.given_latin)
    for columns, bearer, standing in (
        (own, person.id, (person.joined_into_id.is_(None),)),
        (own, person.joined_into_id, ()),
        ((nothing, other.text_km, nothing, other.text_latin), other.person_id, (other.voided_at.is_(None),)),
    ):
        whose = bearer.in_(people) if people is not None else bearer.between(*between)
        parts.append(select(bearer, *columns).where(whose, *standing))
    for person_id, *texts in session.execute(union_all(*parts)):
        if any(texts):
            yield person_id, Written(*(text or "" for text in texts))


def add(session, names):
    """Index these names: (person id, name id) → name."""
    if not names:
        return
    rows = [row for name in {name.id: name for name in names.values()}.values() for row in name.rows()]
    rows.sort(key=lambda row: (row["key"], row["name_id"]))
    session.execute(insert_into(session, KEY).on_conflict_do_nothing(), rows)
    bearers = [{"person_id": person_id, "name_id": name_id} for person_id, name_id in sorted(names)]
    session.execute(insert_into(session, BEARER).on_conflict_do_nothing(), bearers)


def remove(session, pairs):
    """Forget that these people bear these names, and each name that nobody bears any more."""
    if not pairs:
        return
    session.execute(delete(BEARER).where(tuple_(BEARER.c.person_id, BEARER.c.name_id).in_(pairs)))
    names = {name_id for _person_id, name_id in pairs}
    borne_still = exists().where(BEARER.c.name_id == KEY.c.name_id)
    session.execute(delete(KEY).where(KEY.c.name_id.in_(names), ~borne_still))
