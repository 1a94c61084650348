"""In which provinces the two of a pair stand, written with the cases that make it so."""

from sqlalchemy import event, or_, select
from sqlalchemy.orm import Session

from app.cases import flush_hooks  # noqa: F401  (listens first: it writes whose the people are)
from app.cases.models import Involvement
from app.duplicates.models import Duplicate, PairArea
from app.kernel.database.engine import insert_into
from app.kernel.schema.record import has_changed
from app.people.models import Person
from app.people.visibility import Visibility

DECISIVE = ("person_id", "province_code")


@event.listens_for(Session, "after_flush")
def _areas_follow(session, _context):
    new = {row.id for row in session.new if isinstance(row, Person)}  # who stand in no pair yet
    moved = {
        row.person_id
        for row in (*session.new, *session.dirty)
        if isinstance(row, Involvement) and has_changed(row, DECISIVE)
    }
    if moved - new:
        follow(session, moved - new)


def follow(session, people):
    """Add the provinces in which the pairs of these people stand now. One statement."""
    pair, seen = Duplicate.__table__.c, Visibility.__table__.c
    found = (
        select(seen.province_code, pair.id)
        .distinct()
        .where(
            or_(pair.first_id.in_(people), pair.second_id.in_(people)),
            or_(seen.person_id == pair.first_id, seen.person_id == pair.second_id),
            seen.province_code.is_not(None),
        )
    )
    rows = insert_into(session, PairArea.__table__).from_select(["province_code", "duplicate_id"], found)
    session.execute(rows.on_conflict_do_nothing())


def pairs_in(province):
    """The ids of the pairs of which one stands in that province."""
    return select(PairArea.duplicate_id).where(PairArea.province_code == province)
