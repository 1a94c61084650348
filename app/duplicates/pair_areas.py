"""The provinces of each pair, written together with the cases that place its persons there."""
# unrestricted: writes the provinces of a pair from the rows of this flush

from sqlalchemy import or_, select

from app.cases.models import Involvement
from app.duplicates.models import Duplicate, DuplicateArea
from app.kernel.database.engine import dialect_insert
from app.kernel.schema.record import has_changed
from app.people.models import Person
from app.people.visibility import Visibility

AREA_COLUMNS = ("person_id", "province_code")


def update_areas_on_flush(session, _context):
    """Update the provinces of likely duplicates."""
    new = {row.id for row in session.new if isinstance(row, Person)}  # in no pair yet
    moved = {
        row.person_id
        for row in (*session.new, *session.dirty)
        if isinstance(row, Involvement) and has_changed(row, AREA_COLUMNS)
    }
    if moved - new:
        add_pair_areas(session, moved - new)


def add_pair_areas(session, people):
    """Add the current provinces to the pairs of these persons, with one statement."""
    pair, visible = Duplicate.__table__.c, Visibility.__table__.c
    found = (
        select(visible.province_code, pair.id)
        .distinct()
        .where(
            or_(pair.first_id.in_(people), pair.second_id.in_(people)),
            or_(visible.person_id == pair.first_id, visible.person_id == pair.second_id),
            visible.province_code.is_not(None),
        )
    )
    rows = dialect_insert(session, DuplicateArea.__table__).from_select(
        ["province_code", "duplicate_id"], found
    )
    session.execute(rows.on_conflict_do_nothing())


def select_pairs_in(province):
    """Return the query for the ids of the pairs with a person in this province."""
    return select(DuplicateArea.duplicate_id).where(DuplicateArea.province_code == province)
