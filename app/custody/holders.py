"""Refuses a change of an arrest, custody or detention that its author does not answer for.

The person is visible in each area with a case of the person. A custody belongs to its unit, a detention to the area of
its prison and to the unit that entered it, and both to their case: another unit reads them, and asks one of these. A person
who escaped is caught anywhere.
"""

from app.cases.models import Case
from app.custody.models import Arrest, Custody, CustodyStep, Detention, DetentionStep, Release
from app.custody.rules.detentions import RECAPTURE
from app.custody.visibility_rows import UNIT_COLUMNS
from app.kernel.access.area import LEVELS
from app.kernel.access.write_scope import find_writable
from app.kernel.actor import actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import get_value_before, has_changed
from app.kernel.schema.record_lock import lockable_columns
from app.kernel.schema.rules import Problem, RuleViolation

HELD_ELSEWHERE = _("Another unit answers for this person. Ask the unit that holds or entered the person.")
PARENTS = {CustodyStep: "custody", DetentionStep: "detention", Release: "detention"}
HELD = (Arrest, Custody, Detention)


def refuse_changes_elsewhere(session, _context, _instances):
    """Refuse new steps and releases, and edits, of records that the author does not answer for."""
    with session.no_autoflush:
        for row in (*session.new, *session.dirty):
            record = getattr(row, PARENTS[type(row)]) if type(row) in PARENTS else row
            if isinstance(record, HELD) and _is_written(session, row) and not _answers_for(session, record):
                raise RuleViolation([Problem("", HELD_ELSEWHERE, row=row)])


def _is_written(session, row):
    """Return whether an officer adds or edits this row of a stored record: other columns follow from other rows."""
    if row in session.new:
        return type(row) in PARENTS and getattr(row, "kind", None) != RECAPTURE
    return has_changed(row, lockable_columns(type(row)))


def _answers_for(session, record):
    actor = actor_of(session)
    scope = actor.scope
    if scope is None or scope.is_unrestricted or record in session.new:
        return True
    in_area = not scope.area or get_value_before(record, LEVELS[len(scope.area)]) == scope.area
    units = (get_value_before(record, name) for name in (UNIT_COLUMNS[type(record)], "unit_code"))
    if (in_area and not scope.offence_families) or not set(scope.units).isdisjoint(units):
        return True
    return bool(find_writable(session, {(Case, record.case_id)}, scope.writable))
