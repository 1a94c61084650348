"""The steps of a correction: ask, decide, carry out. Each is one transaction, which the caller commits."""

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, insert, select

from app.cases.models import Case, Involvement
from app.corrections import correctable_records, impact, notifications, separation_of_duties
from app.corrections.errors import Changed, NotYours, Refused, TooLate
from app.corrections.models import (
    APPROVED,
    ASKED,
    CARRIED,
    CHANGE,
    REFUSED,
    VOID,
    Correction,
    CorrectionField,
)
from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.schema import record_lock
from app.kernel.schema.record_lock import Door, plain
from app.kernel.schema.rules import ERROR, WARNING, Problem, RuleBroken
from app.kernel.text import dates, working_days
from app.kernel.validation import warning_overrides
from app.people.models import Person

WORKING_DAYS = 5  # within which the head of planning decides
OPEN_FOR = timedelta(hours=4)  # within which the technical group carries out
SHORTEST_REASON = 20  # characters
LONGEST_REASON = 400


def may_ask(user, record):
    """Whether `user` is of the province that owns the record. His role is asked at the door."""
    province = correctable_records.province_of(record)
    return bool(province) and user.unit is not None and user.unit.area_code == province


def problems_made(record, kind, changes, reason):
    """(effects, problems) of a change that is tried in the session. The caller rolls back, or flushes what he wants.

    What was wrong with the record before is no problem of the correction.
    """
    if kind == VOID and isinstance(record, Person) and any(not row.is_void for row in _in_cases(record)):
        return {}, [Problem("", _("This person stands in cases. Strike out his rows there first."))]
    with db.session.no_autoflush:
        before = {_key(problem) for problem in correctable_records.problems_of(record)}
        impact.apply(record, kind, changes, reason, dates.now())
        found, problems = impact.pending()
        problems += [
            problem for problem in correctable_records.problems_of(record) if _key(problem) not in before
        ]
    if (
        kind == VOID
    ):  # whatever is wrong with the rest stops it; nobody is warned about what is no longer there
        problems = [
            problem
            for problem in problems
            if problem.severity == ERROR and not _is_of_struck(record, problem)
        ]
    return found, problems


def _is_of_struck(record, problem):
    """A case that is struck out as a whole need not be complete; another case may not become wrong by it."""
    return isinstance(record, Case) or problem.row is record


def _in_cases(person):
    return db.session.scalars(select(Involvement).where(Involvement.person_id == person.id))


def _key(problem):
    return problem.rule, problem.field, id(problem.row), "" if problem.rule else str(problem.text)


def ask(user, record, kind, changes, reason, letter_no, passed_warnings=(), found=None):
    """Ask for a correction. `found` are its effects, worked out before; the session holds no change of the record.

    Raises NotYours for a chief of another province, Refused for a record that is open, struck out or unchanged.
    """
    if not may_ask(user, record):
        raise NotYours(
            _("Only the chief of the province that registered this record asks for its correction.")
        )
    if record.is_void:
        raise Refused(_("This record is struck out already."))
    if kind == CHANGE and not record_lock.is_shut(record):
        raise Refused(_("This record is still open: its own unit can change it without a correction."))
    if kind == CHANGE and not changes:
        raise Refused(_("Nothing was changed. Give the new value of at least one field."))
    now, case = dates.now(), correctable_records.case_of(record)
    correction = Correction(
        kind=kind,
        state=ASKED,
        entity=record.__tablename__,
        entity_id=record.id,
        case_id=case.id if case is not None else None,
        province_code=correctable_records.province_of(record),
        reason=reason,
        letter_no=letter_no,
        passed=[[problem.rule, problem.field, given, problem.reasons] for problem, given in passed_warnings],
        asked_at=now,
        due_at=working_days.after(now, WORKING_DAYS),
        asked_by_id=user.id,
    )
    own = {(record.__tablename__, record.id, column) for column in changes}
    for key, (before, after) in (found or {}).items():
        entity, entity_id, column = key
        correction.fields.append(
            CorrectionField(
                entity=entity,
                entity_id=entity_id,
                column_name=column,
                derived=key not in own,
                before=before,
                after=after,
            )
        )
    db.session.add(correction)
    db.session.flush()
    _note("correction.asked", correction)
    notifications.asked(correction)
    return correction


def decide(user, correction, approve, reason):
    """Approve or refuse. Whoever approved may open the time again when it ended unused. Raises Refused."""
    if correction.state != ASKED and not correction.has_lapsed:
        raise TooLate(_("This correction was decided already."))
    separation_of_duties.refuse_same_hands(user, correction.asked_by)
    if approve:
        _refuse_changed(correction)
    correction.state = APPROVED if approve else REFUSED
    correction.decided_by_id, correction.decided_at, correction.decision = user.id, dates.now(), reason
    correction.open_until = dates.now() + OPEN_FOR if approve else None
    db.session.flush()
    _note("correction.decided", correction, outcome="ok" if approve else "refused")
    notifications.decided(correction)


def carry_out(user, correction):
    """Change just what was approved. Raises Refused, and RuleBroken where the rules no longer allow it."""
    if correction.state != APPROVED:
        raise TooLate(_("Only an approved correction is carried out, and only once."))
    if not correction.is_open:
        raise TooLate(
            _("The four hours for this correction are over. The head of planning can open them again.")
        )
    separation_of_duties.refuse_same_hands(user, correction.asked_by, correction.decided_by)
    _refuse_changed(correction)
    record = correctable_records.find(correction.entity, correction.entity_id)
    correction.state, correction.carried_by_id, correction.carried_at = CARRIED, user.id, dates.now()
    db.session.flush()
    with impact.the_whole_register(correction):
        record = correctable_records.find(correction.entity, correction.entity_id)
        reason = correction.reason[:LONGEST_REASON]
        found, problems = problems_made(record, correction.kind, changes_of(correction), reason)
        broken = [problem for problem in problems if not _was_passed(correction, problem)]
        if broken:
            raise RuleBroken(broken)
        _through_the_door(correction, found)
    given = {(rule, field): reason for rule, field, reason, _reasons in correction.passed}
    warning_overrides.keep(
        [(p, given[p.rule, p.field]) for p in problems if (p.rule, p.field) in given], record
    )
    correction.open_until = dates.now()
    db.session.flush()
    _note("correction.carried", correction)
    notifications.carried(correction, record)


def _through_the_door(correction, found):
    """Open the door for exactly these columns and values, flush, and shut it behind."""
    known = {field.key for field in correction.fields}
    with db.session.no_autoflush:
        own = {"correction_id": correction.id}
        named = [dict(zip(("entity", "entity_id", "column_name"), key, strict=True)) for key in found]
        more = [
            own | one | {"derived": True, "before": before, "after": after}
            for one, (key, (before, after)) in zip(named, found.items(), strict=True)
            if key not in known
        ]
        if more:  # rows that were added since it was asked for, and follow as well
            db.session.execute(insert(CorrectionField.__table__), more)
        doors = [
            own | one | {"value": after} for one, (_before, after) in zip(named, found.values(), strict=True)
        ]
        db.session.execute(insert(Door.__table__), doors)
    with record_lock.corrected(db.session, correction.id):
        db.session.flush()
    db.session.execute(delete(Door).where(Door.correction_id == correction.id))


def changes_of(correction):
    """column → new value of what was asked for, without what follows from it."""
    return {
        field.column_name: impact.living(field.entity, field.column_name, field.after)
        for field in correction.fields
        if not field.derived
    }


def changed_since(correction):
    """The fields whose record no longer has the value that it had when the correction was asked for.

    What follows counts as well, for another correction may have changed that alone: an age follows from the birth and
    from the day of the case. It is asked of the rows that the session sees.
    """
    found = ((field, correctable_records.find(field.entity, field.entity_id)) for field in correction.fields)
    return [
        field
        for field, row in found
        if row is not None and plain(getattr(row, field.column_name)) != field.before
    ]


def _refuse_changed(correction):
    record = correctable_records.find(correction.entity, correction.entity_id)
    if record is None:
        raise NotYours(_("This record lies outside the part of the register that you see."))
    with impact.the_whole_register(correction):
        changed = record.is_void or changed_since(correction)
    if changed:
        raise Changed(
            _(
                "The record has changed since this correction was asked for. Refuse it, and have it asked anew."
            )
        )


def _was_passed(correction, problem):
    if problem.severity == WARNING:
        return any([problem.rule, problem.field] == one[:2] for one in correction.passed)
    return problem.severity != ERROR


def _note(action, correction, outcome="ok"):
    recorder.note(
        db.session,
        action,
        correction.entity,
        correction.entity_id,
        outcome=outcome,
        correction=correction.id,
        kind=correction.kind,
        fields=sorted({field.column_name for field in correction.fields}),
    )
