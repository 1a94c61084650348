"""Refuses a change of an arrest, custody, detention, release or judgment that its author does not answer for.

The person is visible in each area with a case of the person. A custody belongs to its unit, a detention to the area of
its prison and to the unit that entered it, a release to the unit that the person reports to, and all to their case.
The steps of a judgment and the changes of a sentence belong to the case, and to a unit that holds the person. Another
unit reads them, and asks one of these. A person who escaped is caught anywhere, and a visit is recorded anywhere.
"""

from sqlalchemy import or_, select

from app.cases.models import Case
from app.custody.last_acts import VISITED
from app.custody.models import (
    Arrest,
    Custody,
    CustodyStep,
    Detention,
    DetentionStep,
    Judgment,
    JudgmentStep,
    Release,
    Sentence,
    SentenceChange,
    SupervisionStep,
)
from app.custody.rules.detentions import RECAPTURE
from app.custody.visibility_rows import UNIT_COLUMNS
from app.kernel.access.area import LEVELS, in_area
from app.kernel.access.write_scope import find_writable
from app.kernel.actor import actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import get_value_before, has_changed
from app.kernel.schema.record_lock import lockable_columns
from app.kernel.schema.rules import Problem, RuleViolation

HELD_ELSEWHERE = _("Another unit answers for this person. Ask the unit that holds or entered the person.")
JUDGED_ELSEWHERE = _(
    "Only the unit of the case, or a unit that holds the person, enters what follows a judgment."
)
PARENTS = {
    CustodyStep: "custody",
    DetentionStep: "detention",
    Release: "detention",
    SupervisionStep: "release",
    JudgmentStep: "judgment",
    Sentence: "judgment",
    SentenceChange: "sentence",
}
HELD, JUDGED = (Arrest, Custody, Detention, Release), (Judgment, Sentence)
ANYWHERE = (RECAPTURE, VISITED)  # steps that any unit records


def refuse_changes_elsewhere(session, _context, _instances):
    """Refuse new steps and releases, and edits, of records that the author does not answer for."""
    with session.no_autoflush:
        for row in (*session.new, *session.dirty):
            record = getattr(row, PARENTS[type(row)]) if type(row) in PARENTS else row
            if not isinstance(record, HELD + JUDGED) or not _is_written(session, row):
                continue
            if not answers_for(session, record, row):
                text = JUDGED_ELSEWHERE if isinstance(record, JUDGED) else HELD_ELSEWHERE
                raise RuleViolation([Problem("", text, row=row)])


def _is_written(session, row):
    """Return whether an officer adds or edits this row of a stored record: other columns follow from other rows."""
    if row in session.new:
        return type(row) in PARENTS and getattr(row, "kind", None) not in ANYWHERE
    return has_changed(row, lockable_columns(type(row)))


def answers_for(session, record, row):
    """Return whether the actor may write this row of the record: where it is held, by its unit, or by that of its case."""
    actor = actor_of(session)
    scope = actor.scope
    if scope is None or scope.is_unrestricted or record in session.new:
        return True
    if not scope.offence_families and (not scope.area or _get_area(record, scope) == scope.area):
        return True
    if isinstance(record, HELD) or row is record:
        names = filter(None, (UNIT_COLUMNS.get(type(record)), "unit_code"))
        if not set(scope.units).isdisjoint(get_value_before(record, name) for name in names):
            return True
    if find_writable(session, {(Case, record.case_id)}, scope.writable):
        return True
    return isinstance(record, JUDGED) and _holds(session, record.person_id, scope)


def _get_area(record, scope):
    return get_value_before(record, LEVELS[len(scope.area)])


def _holds(session, person_id, scope):
    """Return whether the person is detained in the area of the reader, or by a unit of the reader."""
    of_units = Detention.unit_code.in_(scope.units)
    if scope.area and not scope.offence_families:
        of_units = or_(of_units, in_area(Detention, scope.area))
    found = select(Detention.id).where(
        Detention.person_id == person_id,
        Detention.ended_on.is_(None),
        Detention.voided_at.is_(None),
        of_units,
    )
    return session.scalar(found.limit(1)) is not None
