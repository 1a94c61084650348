"""Clocks that run, found where they are seen: what a board costs does not grow with those who are held in the nation.

`OpenClock` says for whom a clock is seen, so a province counts its own by an index alone. The records themselves are
read through the session, which asks of each whether the reader sees it; `run.py status check` compares the two.
"""

from sqlalchemy import and_, false, func, or_, select, text

from app.custody.models import OpenClock
from app.custody.models.custody_record import held_is_seen
from app.custody.models.deadlines import NATION
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.screens.dashboard import COUNTED
from app.people.visibility import Visibility

COLUMNS = ", ".join(column.name for column in OpenClock.__table__.columns)
STORED, COMPUTED = "open_clock", "open_clock_computed"  # a table and the view of what it should hold


def clocks(model, since=None, until=None):
    """The ids of the open records of `model` whose clock ends from `since` on and before `until`, the first to end on
    top; of those whom the reader sees.
    """
    bounds = [] if since is None else [OpenClock.ends_at >= since]
    bounds += [] if until is None else [OpenClock.ends_at < until]
    # With the moment, so that no row is sorted where the index has the order.
    found = select(OpenClock.ends_at, OpenClock.entity_id).distinct()
    found = found.where(OpenClock.entity == model.__tablename__, *bounds, _seen(actor_of(db.session).scope))
    return found.order_by(OpenClock.ends_at, OpenClock.entity_id)


def _seen(scope):
    """The criterion that a clock is seen from `scope`."""
    if scope is None:
        return false()
    if scope.everything or scope.whole:
        return OpenClock.seen_by == NATION
    codes = {scope.area[:2]} if scope.area else scope.families
    seen = [OpenClock.seen_by.in_(sorted({scope.unit, *codes}))]
    if scope.opened:
        seen.append(OpenClock.person_id.in_(sorted(scope.opened)))
    if scope.shared:
        row = Visibility.__table__.c
        of_cases = select(row.person_id).where(row.case_id.in_(sorted(scope.shared)), row.hidden.is_(False))
        seen.append(OpenClock.person_id.in_(of_cases))
    # A district, or some offences of a province: of the province's clocks each is looked up.
    closer = len(scope.area) > 2 or (scope.area and scope.families)
    return and_(or_(*seen), held_is_seen(OpenClock.person_id, scope)) if closer else or_(*seen)


def counts(*asked):
    """How many there are of each of these statements, in one statement and up to a limit."""
    numbers = (
        select(func.count()).select_from(one.order_by(None).limit(COUNTED + 1).subquery()).scalar_subquery()
        for one in asked
    )
    return db.session.execute(select(*numbers)).one()


def records(model, some, ends, *shown):
    """The statement of the records of the clocks `some`, with what is `shown` of each."""
    # Joined, and first: PostgreSQL would look for the ids when it had read what is shown of all records.
    some = some.subquery()
    return select(model).join(some, some.c.entity_id == model.id).order_by(ends, model.id).options(*shown)


def differences(connection):
    """The rows of the index that should not be there, and those that are missing. `connection` sees every row."""
    found = []
    for one, other in ((STORED, COMPUTED), (COMPUTED, STORED)):
        rows = f"SELECT {COLUMNS} FROM {one} EXCEPT SELECT {COLUMNS} FROM {other}"  # noqa: S608
        found += connection.execute(text(rows).columns(*OpenClock.__table__.columns)).all()
    return found
