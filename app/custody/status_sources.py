"""What arrest, custody, prison and release make of somebody: the facts on which a person's status rests."""

from sqlalchemy import Date, String, and_, case, event, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from app.cases.models import Involvement
from app.cases.rules.people import SUSPECTED
from app.custody.models import Custody, Detention, Release
from app.custody.order_effects import ACCUSED, ACQUITTED
from app.custody.rules.time_limits import SENTENCE
from app.kernel.text import dates
from app.people import status
from app.people.models import Person

custody, detention, release = Custody.__table__.c, Detention.__table__.c, Release.__table__.c
part = Involvement.__table__.c
# Made once: every column of such an alias is made anew with it, and a status is told with every save.
later, prison, other = (aliased(one.__table__).c for one in (Custody, Detention, Involvement))
ESCAPED, DIED, PAROLE, SUPERVISION = "escaped", "died", "parole", "supervision"


@event.listens_for(Session, "after_flush")
def _statuses_follow(session, _context):
    touched = (*session.new, *session.dirty)
    people = {one.person_id for one in touched if isinstance(one, (Custody, Detention, Release))}
    # Who was registered in this very save has no earlier part that could have ended.
    new = {one.id for one in session.new if isinstance(one, Person)}
    people |= {one.person_id for one in touched if isinstance(one, Involvement)} - new
    # Whose orders are about to be held or given back is followed with them.
    waiting = {person for name in (ACQUITTED, ACCUSED) for person, _case in session.info.get(name, ())}
    status.follow(session, people - waiting)


def _facts(row, told, since, unit, *conditions):
    """The columns of a `status.Fact` that rests on a row of custody."""
    nothing = literal(None, String)
    entity = literal(row.id.table.name, String)
    found = select(row.person_id, told, since, entity, row.id, nothing, nothing, nothing, unit)
    return found.where(row.voided_at.is_(None), *conditions)


@status.source
def in_police_hands(ids):
    """Held now; died there; or escaped, and held nowhere since: in a prison even from the same day on."""
    day = func.date(custody.ended_at, type_=Date)
    since = [
        ~exists().where(
            of.person_id == custody.person_id, of.voided_at.is_(None), begun >= ended, of.id != own
        )
        for of, begun, ended, own in (
            (later, later.arrived_at, custody.ended_at, custody.id),
            (prison, prison.since, day, 0),
        )
    ]
    told = case(
        (custody.ended_at.is_(None), literal(status.IN_CUSTODY, String)),
        (custody.outcome == DIED, literal(status.DECEASED, String)),
        else_=literal(status.ESCAPED, String),
    )
    fled = and_(custody.outcome == ESCAPED, *since)
    return _facts(
        custody,
        told,
        func.date(func.coalesce(custody.ended_at, custody.arrived_at), type_=Date),
        custody.held_by_code,
        custody.person_id.in_(ids),
        or_(custody.ended_at.is_(None), custody.outcome == DIED, fled),
    )


@status.source
def in_prison(ids):
    """Detained before a judgment, serving a sentence, escaped from there, or dead there."""
    told = case(
        (detention.end_reason == DIED, literal(status.DECEASED, String)),
        (detention.escaped.is_(True), literal(status.ESCAPED, String)),
        (detention.kind == SENTENCE, literal(status.SERVING, String)),
        else_=literal(status.DETAINED, String),
    )
    return _facts(
        detention, told, func.coalesce(detention.ended_on, detention.since, type_=Date), detention.unit_code,
        detention.person_id.in_(ids), or_(detention.ended_on.is_(None), detention.end_reason == DIED),
    )  # fmt: skip


@status.source
def followed(ids):
    """Released, for as long as the document of the release lets him be followed."""
    told = case(
        (release.kind == PAROLE, literal(status.ON_PAROLE, String)),
        (release.kind == SUPERVISION, literal(status.SUPERVISED, String)),
        else_=literal(status.RELEASED, String),
    )
    return _facts(
        release, told, release.released_on, release.reports_to_code,
        release.person_id.in_(ids), release.ended_on.is_(None), release.track_until >= dates.now().date(),
    )  # fmt: skip


@status.source
def cleared(ids):
    """Who was suspected, and whose part has ended in every case by a final decision."""
    open_parts = exists().where(
        other.person_id == part.person_id,
        other.voided_at.is_(None),
        other.role.in_(SUSPECTED),
        other.ended_on.is_(None),
    )
    return _facts(
        part, literal(status.CLEARED, String), part.ended_on, part.unit_code,
        part.person_id.in_(ids), part.role.in_(SUSPECTED), part.ended_on.is_not(None), ~open_parts,
    )  # fmt: skip
