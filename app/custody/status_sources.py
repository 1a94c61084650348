"""Status sources of custody: the facts in custody records that give a person a status."""
# unrestricted: provides facts of a status, which is computed nationwide

from sqlalchemy import Date, String, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from app.cases.models import Involvement
from app.cases.rules.people import SUSPECT_ROLES
from app.custody.models import Custody, Detention, Release
from app.custody.order_effects import ACCUSED_AGAIN, ACQUITTED
from app.custody.rules.time_limits import SENTENCE
from app.kernel.text import dates
from app.people import status
from app.people.models import Person

custody, detention, release = Custody.__table__.c, Detention.__table__.c, Release.__table__.c
involvement = Involvement.__table__.c
# Created once: an alias creates all its columns, and every save computes a status.
later, prison, other = (aliased(one.__table__).c for one in (Custody, Detention, Involvement))
ESCAPED, PAROLE, SUPERVISION = "escaped", "parole", "supervision"


def refresh_statuses(session, _context):
    touched = (*session.new, *session.dirty)
    people = {one.person_id for one in touched if isinstance(one, (Custody, Detention, Release))}
    # A person registered in this save has no earlier involvement that could have ended.
    new = {one.id for one in session.new if isinstance(one, Person)}
    people |= {one.person_id for one in touched if isinstance(one, Involvement)} - new
    # If the orders of a person change before the commit, their status is refreshed then.
    pending = {person for name in (ACQUITTED, ACCUSED_AGAIN) for person, _case in session.info.get(name, ())}
    status.refresh_statuses(session, people - pending)


def _select_facts(row, value, since, unit, *conditions):
    """Return the statement for `status.StatusFact` rows based on a custody table."""
    null = literal(None, String)
    entity = literal(row.id.table.name, String)
    found = select(row.person_id, value, since, entity, row.id, null, null, null, unit)
    return found.where(row.voided_at.is_(None), *conditions)


def select_custody_facts(ids):
    """Return people in police custody or escaped from it. A death in it counts by its confirmed report.

    An escape no longer counts after a later custody, or after a detention from the same day on.
    """
    day = func.date(custody.ended_at, type_=Date)
    not_in_custody_since = [
        ~exists().where(
            other.person_id == custody.person_id, other.voided_at.is_(None), start >= end, other.id != own_id
        )
        for other, start, end, own_id in (
            (later, later.arrived_at, custody.ended_at, custody.id),
            (prison, prison.since, day, 0),
        )
    ]
    value = case(
        (custody.ended_at.is_(None), literal(status.IN_CUSTODY, String)),
        else_=literal(status.ESCAPED, String),
    )
    escaped = and_(custody.outcome == ESCAPED, *not_in_custody_since)
    return _select_facts(
        custody,
        value,
        func.date(func.coalesce(custody.ended_at, custody.arrived_at), type_=Date),
        custody.held_by_code,
        custody.person_id.in_(ids),
        or_(custody.ended_at.is_(None), escaped),
    )


def select_detention_facts(ids):
    """Return people detained, serving a sentence or escaped from prison."""
    value = case(
        (detention.escaped.is_(True), literal(status.ESCAPED, String)),
        (detention.kind == SENTENCE, literal(status.SERVING, String)),
        else_=literal(status.DETAINED, String),
    )
    return _select_facts(
        detention, value, detention.since, detention.unit_code,
        detention.person_id.in_(ids), detention.ended_on.is_(None),
    )  # fmt: skip


def select_release_facts(ids):
    """Return released people, for as long as the release document allows the follow-up."""
    value = case(
        (release.kind == PAROLE, literal(status.ON_PAROLE, String)),
        (release.kind == SUPERVISION, literal(status.SUPERVISED, String)),
        else_=literal(status.RELEASED, String),
    )
    return _select_facts(
        release, value, release.released_on, release.reports_to_code,
        release.person_id.in_(ids), release.ended_on.is_(None), release.supervised_until >= dates.now().date(),
    )  # fmt: skip


def select_cleared(ids):
    """Return former suspects with an involvement ended by a final decision in every case."""
    has_open = exists().where(
        other.person_id == involvement.person_id,
        other.voided_at.is_(None),
        other.role.in_(SUSPECT_ROLES),
        other.ended_on.is_(None),
    )
    return _select_facts(
        involvement, literal(status.CLEARED, String), involvement.ended_on, involvement.unit_code,
        involvement.person_id.in_(ids), involvement.role.in_(SUSPECT_ROLES), involvement.ended_on.is_not(None), ~has_open,
    )  # fmt: skip
