"""Who learns of whoever is held: the unit and the area that arrest, hold, or follow him after a release see him, and
the one to which he reports is told of a new case.

The rows are only added. What ended is history of that area, and history stays seen.
"""

from sqlalchemy import and_, event, exists, func, insert, literal, select
from sqlalchemy.orm import Session, aliased

from app.cases.models import CaseOffence, Involvement
from app.cases.rules.people import SUSPECTED
from app.custody.models import Arrest, Custody, Detention, Release
from app.custody.notifications import tell_chief_too
from app.kernel.access.area import LEVELS
from app.kernel.actor import seeing_everything
from app.kernel.text import dates
from app.people.models import Person
from app.people.visibility import Visibility
from app.reference.models import Unit

# Kind of record → the column with the unit in whose hands the person is.
IN_HANDS_OF = {
    Arrest: "by_unit_code",
    Custody: "held_by_code",
    Detention: "unit_code",
    Release: "reports_to_code",
}
COLUMNS = ("person_id", "unit_code", *LEVELS.values(), "family", "hidden")


@event.listens_for(Session, "after_flush")
def _visibility_follows(session, _context):
    touched = {}
    for one in (*session.new, *session.dirty):
        if type(one) in IN_HANDS_OF:
            touched.setdefault(type(one), []).append(one.id)
    for model, ids in touched.items():
        session.execute(insert_visibility(model, ids))


def insert_visibility(model, ids=None):
    """INSERT … SELECT of what is not there yet for the records of `model` with these ids (None: for all)."""
    row, offence, there = model.__table__.c, CaseOffence.__table__.c, aliased(Visibility.__table__).c
    found = {
        "person_id": row.person_id,
        "unit_code": row[IN_HANDS_OF[model]],
        **{name: row[name] for name in LEVELS.values()},
        "family": offence.family,
    }
    # What a case or an order makes visible goes with it. Asked so, no index of cases is tempted to answer: a million
    # rows are of no case. The person is asked for by equality: PostgreSQL finds nothing in an index by IS NOT DISTINCT.
    of_its_own = func.coalesce(there.case_id, there.order_id).is_(None)
    same = and_(
        of_its_own,
        there.person_id == row.person_id,
        *(there[name].is_not_distinct_from(one) for name, one in found.items() if name != "person_id"),
    )
    statement = (
        select(*found.values(), literal(False))
        .distinct()
        .select_from(model.__table__.outerjoin(CaseOffence.__table__, offence.case_id == row.case_id))
        .where(~exists().where(same), row.voided_at.is_(None))
    )
    if ids is not None:
        statement = statement.where(row.id.in_(ids))
    return insert(Visibility.__table__).from_select([*COLUMNS], statement)


@event.listens_for(Session, "after_flush")
def _a_new_case_is_told(session, _context):
    """The unit to which somebody reports, and its chief, learn that he stands in a new case, wherever that is."""
    unknown = {one.id for one in session.new if isinstance(one, Person)}  # nobody follows them yet
    new = {
        one.person_id: one
        for one in session.new
        if isinstance(one, Involvement) and one.role in SUSPECTED and one.person_id not in unknown
    }
    if not new:
        return
    with seeing_everything(session):
        tracked = session.scalars(
            select(Release).where(
                Release.person_id.in_(new),
                Release.ended_on.is_(None),
                Release.voided_at.is_(None),
                Release.track_until >= dates.now().date(),
            )
        ).all()
    for release in tracked:
        entered_by = session.get(Unit, new[release.person_id].unit_code or "")
        facts = {"person": f"P-{release.person_id:07d}", "unit": entered_by.name_km if entered_by else "—"}
        tell_chief_too(session, "tracking.new_case", release, release.reports_to_code, **facts)
