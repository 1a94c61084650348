"""Whose a person is because he is held: of the unit and the area that arrest, hold, or follow him after a release.

The rows are only added. What ended is history of that area, and history stays seen.
"""

from sqlalchemy import and_, event, exists, insert, literal, select
from sqlalchemy.orm import Session, aliased

from app.cases.models import CaseOffence
from app.custody.models import Arrest, Custody, Detention, Release
from app.kernel.areas import LEVELS
from app.people.visibility import Visibility

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
    same = and_(
        there.case_id.is_(None), *(there[name].is_not_distinct_from(one) for name, one in found.items())
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
