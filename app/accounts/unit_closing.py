"""The closing of a unit: its successor receives the accounts, messages, drafts and shares, in the same transaction.

Records keep the unit that entered them. The successor sees them as its own (`Scope.former_units`), and answers for
them (`chain_of_command`). A new table with the unit of a duty marks its column with `FOLLOWS_UNIT`.
"""
# unrestricted: the successor receives rows, and the last day follows those, that no administrator sees

from flask_appbuilder import Model
from sqlalchemy import false, func, select, union_all, update

from app.accounts.models import User
from app.kernel.access.owned_by_unit import FOLLOWS_UNIT
from app.kernel.actor import unrestricted
from app.kernel.audit import recorder
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.origin import IMPORTED
from app.kernel.schema.rules import Problem
from app.reference.models import Unit

_dated_models = []


def move_to_successor(session, unit):
    """Move everything that follows a unit to its successor, and record how many rows of each table moved."""
    session.flush()
    moved = {}
    with unrestricted(session):
        # A function ends with a move: the chief of the successor confirms it for the wider unit.
        session.execute(update(User.__table__).where(User.unit_code == unit.code).values(functions=None))
        for column in _list_following_columns():
            values = {column.name: unit.successor_code}
            statement = update(column.table).where(column == unit.code).values(values)
            if count := session.execute(statement).rowcount:
                moved[f"{column.table.name}.{column.name}"] = count
    session.expire_all()
    recorder.record(
        session, "unit.closed", Unit.__tablename__, None, key=unit.code, to=unit.successor_code, moved=moved
    )


def set_dated_models(*models):
    """Set the classes of the records that show until when a unit existed. Higher features have them."""
    _dated_models[:] = models


def _select_last_entry(row, unit_code):
    is_imported = row.origin.startswith(IMPORTED) if "origin" in row else false()
    return select(func.max(row.recorded_at).label("at")).where(
        row.unit_code == unit_code, ~func.coalesce(is_imported, false())
    )


def find_late_entries(session, unit):
    """Yield a problem if the unit has entered a record after its last day. Imported records are of earlier systems."""
    if unit.valid_to is None:
        return
    entered = union_all(*(_select_last_entry(one.__table__.c, unit.code) for one in _dated_models)).subquery()
    with unrestricted(session):
        last = session.scalar(select(func.max(entered.c.at)))
    if last is not None and last.date() > unit.valid_to:
        text = _("This unit entered a record on %(day)s. Enter that day or a later one.", day=last.date())
        yield Problem("valid_to", text)


def _list_following_columns():
    """Return the columns of duties, the units below, and the closed units that this unit replaced."""
    marked = [
        column
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if FOLLOWS_UNIT.items() <= column.info.items()
    ]
    return [*marked, Unit.__table__.c.parent_code, Unit.__table__.c.successor_code]
