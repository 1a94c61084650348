"""Visibility of people in custody for the units and areas that arrest, hold or supervise them.

The unit that a released person reports to, and the unit from which a person escaped, are also notified of a new case. Ended
records stay visible as history of the area; a unit that an edit replaces loses the person again.
"""
# unrestricted: writes the visibility of people from the rows of this flush

from sqlalchemy import and_, delete, exists, func, insert, inspect, literal, or_, select, update
from sqlalchemy.orm import aliased

from app.cases.models import CaseOffence, Involvement
from app.cases.rules.people import MINOR, SUSPECT_ROLES
from app.custody.models import Arrest, Custody, CustodyStep, Detention, Release
from app.custody.models.releases import is_followed
from app.custody.notifications import notify_of_record, notify_unit_and_chief
from app.custody.open_rows import LETTERS
from app.kernel.access.area import LEVELS
from app.kernel.actor import unrestricted
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.people import status
from app.people.models import Person
from app.people.visibility import Visibility
from app.reference.models import Unit

# model → column with the unit responsible for the person.
UNIT_COLUMNS = {
    Arrest: "by_unit_code",
    Custody: "held_by_code",
    CustodyStep: "to_unit_code",
    Detention: "unit_code",
    Release: "reports_to_code",
}
SEEN_BY = (
    "person_id",
    "case_id",
    "voided_at",
    *LEVELS.values(),
)  # with the unit, the columns that decide who sees a person
COLUMNS = ("person_id", "unit_code", *LEVELS.values(), "family", "hidden", "minor")


def add_visibility(session, _context):
    """Add the visibility of people for the units of their custody."""
    changed = {}
    for one in (*session.new, *session.dirty):
        if type(one) in UNIT_COLUMNS:
            if has_changed(one, (*SEEN_BY, UNIT_COLUMNS[type(one)])):
                changed.setdefault(type(one), []).append(one.id)
            for unit in filter(None, inspect(one).attrs[UNIT_COLUMNS[type(one)]].history.deleted or ()):
                _delete_visibility(session, one.person_id, unit)
    for model, ids in changed.items():
        session.execute(insert_visibility(model, ids))


def update_minority(session, _context):
    """Hide or show the names of people in custody whose protection as a minor suspect has changed in a case."""
    people = {
        one.person_id
        for one in (*session.new, *session.dirty)
        if isinstance(one, Involvement) and _is_minor_now_or_before(one)
    }
    if people:
        row = Visibility.__table__.c
        of_custody = row.person_id.in_(people), row.case_id.is_(None), row.order_id.is_(None)
        values = {"minor": _is_minor(row.person_id)}
        session.execute(update(Visibility.__table__).where(*of_custody).values(values))


def _is_minor_now_or_before(involvement):
    """Return whether the protection as a minor suspect begins or ends with this flush."""
    before = inspect(involvement).attrs.protection.history.deleted or ()
    return has_changed(involvement, ("protection",)) and MINOR in (involvement.protection, *before)


def _is_minor(person_id):
    """Return the condition that the person is protected as a minor suspect in a case."""
    named = Involvement.__table__.c
    return exists().where(named.person_id == person_id, func.coalesce(named.protection, "") == MINOR)


def _delete_visibility(session, person_id, unit_code):
    """Delete the visibility of a person for a unit that no custody record of the person names any more."""
    named = [
        exists().where(model.__table__.c.person_id == person_id, model.__table__.c[column] == unit_code)
        for model, column in UNIT_COLUMNS.items()
    ]
    row = Visibility.__table__.c
    of_custody = row.person_id == person_id, row.case_id.is_(None), row.order_id.is_(None)
    session.execute(delete(Visibility.__table__).where(*of_custody, row.unit_code == unit_code, ~or_(*named)))


def insert_visibility(model, ids=None):
    """Return the INSERT … SELECT for the missing rows of these records of `model` (None: all records)."""
    row, offence, existing = model.__table__.c, CaseOffence.__table__.c, aliased(Visibility.__table__).c
    values = {
        "person_id": row.person_id,
        "unit_code": row[UNIT_COLUMNS[model]],
        **{name: row[name] for name in LEVELS.values()},
        "family": offence.family,
    }
    # Rows of a case or an order end with it, so they do not count here. `coalesce` keeps the planner from the index of
    # cases, where a million rows have no case. The person is compared with `=`: PostgreSQL uses no index for IS NOT DISTINCT.
    is_custody_row = func.coalesce(existing.case_id, existing.order_id).is_(None)
    same = and_(
        is_custody_row,
        existing.person_id == row.person_id,
        *(
            existing[name].is_not_distinct_from(value)
            for name, value in values.items()
            if name != "person_id"
        ),
    )
    statement = (
        select(*values.values(), literal(False), _is_minor(row.person_id))
        .distinct()
        .select_from(model.__table__.outerjoin(CaseOffence.__table__, offence.case_id == row.case_id))
        .where(~exists().where(same), row.voided_at.is_(None))
    )
    if model is CustodyStep:  # only a transfer names a unit
        statement = statement.where(row.to_unit_code.is_not(None))
    if ids is not None:
        statement = statement.where(row.id.in_(ids))
    return insert(Visibility.__table__).from_select([*COLUMNS], statement)


def notify_new_cases(session, _context):
    """Notify the unit in charge of a released suspect or an escaped person, and its chief, of a new case anywhere."""
    new_people = {
        one.id for one in session.new if isinstance(one, Person)
    }  # a new person is under no follow-up yet
    named = {
        one.person_id: one
        for one in session.new
        if isinstance(one, Involvement) and one.person_id not in new_people
    }
    new = {key: one for key, one in named.items() if one.role in SUSPECT_ROLES}
    if named:
        _notify_of_escaped(session, named)
    if not new:
        return
    with unrestricted(session):
        tracked = session.scalars(
            select(Release).where(
                Release.person_id.in_(new),
                Release.voided_at.is_(None),
                is_followed(Release, dates.now().date()),
            )
        ).all()
    for release in tracked:
        facts = {"person": f"P-{release.person_id:07d}", "unit": _name_unit(session, new[release.person_id])}
        notify_unit_and_chief(session, "supervision.new_case", release, release.reports_to_code, **facts)


def _notify_of_escaped(session, named):
    """Notify the units from which these people escaped. Whatever the role is, the case says where the person was met."""
    for person_id, found in sorted(status.get_statuses(session, named).items()):
        if found.status == status.ESCAPED and found.unit_code != named[person_id].unit_code:
            facts = {
                "person": f"P-{person_id:07d}",
                "number": f"{LETTERS[found.entity]}-{found.entity_id:07d}",
                "unit": _name_unit(session, named[person_id]),
            }
            notify_of_record(
                session, "escape.new_case", found.entity, found.entity_id, found.unit_code, **facts
            )


def _name_unit(session, involvement):
    unit = session.get(Unit, involvement.unit_code or "")
    return unit.name_km if unit else "—"
