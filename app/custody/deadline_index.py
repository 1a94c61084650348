"""Queries on the index of active deadlines, so that the cost of a list does not grow with the country.

`ActiveDeadline` stores where each active deadline is visible, so a province counts its own deadlines from an index
alone. The records themselves are read through the session, which applies the row filter to each. `run.py status check`
compares the table with the records.
"""

from sqlalchemy import and_, false, or_, select, text

from app.custody.models import ActiveDeadline
from app.custody.models.custody_record import build_custody_filter
from app.custody.models.deadlines import NATIONAL
from app.extensions import db
from app.kernel.actor import actor_of
from app.people.visibility import Visibility

COLUMNS = ", ".join(column.name for column in ActiveDeadline.__table__.columns)
# The table, and the view that computes its rows.
STORED, COMPUTED = "active_deadline", "active_deadline_computed"


def select_active(model, since=None, until=None):
    """Return the statement for the ids of the open records of `model` with a visible deadline.

    The earliest deadline comes first. `since` (inclusive) and `until` (exclusive) limit the end of the deadline.
    """
    bounds = [] if since is None else [ActiveDeadline.ends_at >= since]
    bounds += [] if until is None else [ActiveDeadline.ends_at < until]
    # Select the end time too: the index has this order, so no row is sorted.
    statement = select(ActiveDeadline.ends_at, ActiveDeadline.entity_id).distinct()
    statement = statement.where(
        ActiveDeadline.entity == model.__tablename__, *bounds, _visible_from(actor_of(db.session).scope)
    )
    return statement.order_by(ActiveDeadline.ends_at, ActiveDeadline.entity_id)


def _visible_from(scope):
    """Return the condition that a deadline is visible in the scope."""
    if scope is None:
        return false()
    if scope.is_unrestricted or scope.is_nationwide:
        return ActiveDeadline.visible_to == NATIONAL
    codes = {scope.area[:2]} if scope.area else scope.offence_families
    conditions = [ActiveDeadline.visible_to.in_(sorted({*scope.units, *codes}))]
    if scope.break_glass_ids:
        conditions.append(ActiveDeadline.person_id.in_(sorted(scope.break_glass_ids)))
    if scope.shared_case_ids:
        row = Visibility.__table__.c
        in_shared_cases = select(row.person_id).where(
            row.case_id.in_(sorted(scope.shared_case_ids)), row.hidden.is_(False)
        )
        conditions.append(ActiveDeadline.person_id.in_(in_shared_cases))
    # For a district, or some offences of a province, check each active deadline of the province.
    is_narrow = len(scope.area) > 2 or (scope.area and scope.offence_families)
    return (
        and_(or_(*conditions), build_custody_filter(ActiveDeadline.person_id, scope))
        if is_narrow
        else or_(*conditions)
    )


def select_records(model, ids, ends_at, *options):
    """Return the statement for the records with these ids, sorted by `ends_at`, with these load options."""
    # Join the ids first. Otherwise PostgreSQL reads the related rows of all records before it filters by id.
    ids = ids.subquery()
    return select(model).join(ids, ids.c.entity_id == model.id).order_by(ends_at, model.id).options(*options)


def find_drift(connection):
    """Return the rows of the index that are wrong or missing. `connection` must see every row."""
    found = []
    for table, reference in ((STORED, COMPUTED), (COMPUTED, STORED)):
        rows = f"SELECT {COLUMNS} FROM {table} EXCEPT SELECT {COLUMNS} FROM {reference}"  # noqa: S608
        found += connection.execute(text(rows).columns(*ActiveDeadline.__table__.columns)).all()
    return found
