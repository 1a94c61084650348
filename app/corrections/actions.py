"""Steps of a correction: request, decide, apply. Each is one transaction, which the caller commits."""

from datetime import timedelta

from flask_babel import lazy_gettext as _
from sqlalchemy import delete, insert, select

from app.accounts.second_person import REQUESTER_MAY_NOT
from app.cases.models import Case, Involvement
from app.corrections import correctable_records, impact, notifications, separation_of_duties
from app.corrections.errors import ActionRefused, NotAllowed, RecordChanged, TooLate
from app.corrections.models import (
    APPLIED,
    APPROVED,
    CHANGE,
    REFUSED,
    REQUESTED,
    VOID,
    Correction,
    CorrectionField,
)
from app.custody.models import Arrest, Detention, Judgment
from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.schema import record_lock
from app.kernel.schema.fields import field_names_on
from app.kernel.schema.record_lock import LockExemption, to_json_value
from app.kernel.schema.rules import ERROR, WARNING, Problem, RuleViolation
from app.kernel.text import dates, working_days
from app.kernel.validation import warning_overrides
from app.people.models import Person

DECISION_WORKING_DAYS = 5  # deadline for the decision of the head of planning
APPLY_WITHIN = timedelta(hours=4)  # deadline for the technical working group to apply it
MIN_REASON_LENGTH = 20  # characters
MAX_REASON_LENGTH = 400
# The link of an arrest, detention or judgment to a record: while one names it, the record cannot be void.
LINKS = {Person: "person_id", Case: "case_id", Involvement: "involvement_id"}


def may_request(user, record):
    """Return whether `user` belongs to the province that owns the record. The view checks the role."""
    if record.__restricted__:  # the officers who decide and apply a correction must not see the record
        return False
    province = correctable_records.find_province_code(record)
    return bool(province) and user.unit is not None and user.unit.area_code == province


def preview_correction(record, kind, changes, reason):
    """Apply a change to the session and return (effects, problems). The caller rolls back or flushes.

    Problems that the record already had are left out.
    """
    if kind == VOID and (obstacle := _find_obstacle(record)):
        return {}, [Problem("", obstacle)]
    with db.session.no_autoflush:
        before = {_problem_key(problem) for problem in correctable_records.find_problems(record)}
        impact.apply_changes(record, kind, changes, reason, dates.now())
        found, problems = impact.preview_flush()
        problems += [
            problem
            for problem in correctable_records.find_problems(record)
            if _problem_key(problem) not in before
        ]
    if kind == VOID:  # errors in other rows stop it; warnings about voided rows are left out
        problems = [
            problem
            for problem in problems
            if problem.severity == ERROR and not _concerns_voided_record(record, problem)
        ]
    return found, problems


def _concerns_voided_record(record, problem):
    """Return whether the problem is in the voided record. A void case may be incomplete; another case may not."""
    return isinstance(record, Case) or problem.row is record


def _find_obstacle(record):
    """Return why a record cannot be void yet, or None: what states something about the person comes first."""
    if isinstance(record, Person):
        rows = db.session.scalars(select(Involvement).where(Involvement.person_id == record.id))
        if any(not row.is_void for row in rows):
            return _("This person is linked to cases. Void the person's rows in those cases first.")
    name = LINKS.get(type(record))
    for model in (Arrest, Detention, Judgment) if name is not None else ():
        found = select(model).where(getattr(model, name) == record.id, model.voided_at.is_(None))
        row = db.session.scalars(found.order_by(model.id).limit(1)).unique().first()
        if row is not None and name == "person_id":
            return _("%(number)s is about this person. A correction must void it first.", number=row.number)
        if row is not None:
            return _(
                "%(number)s is about a person of this case. A correction must void it first.",
                number=row.number,
            )
    return None


def _problem_key(problem):
    return problem.rule, problem.field, id(problem.row), "" if problem.rule else str(problem.text)


def request_correction(user, record, kind, changes, cause, reason, letter_no, overrides=(), found=None):
    """Save the request for a correction. `found` holds its effects; the session holds no change of the record.

    Raise NotAllowed for a chief of another province, ActionRefused if the record is editable, void or unchanged.
    """
    if not may_request(user, record):
        raise NotAllowed(
            _("Only the chief of the province that registered this record can request its correction.")
        )
    if record.is_void:
        raise ActionRefused(_("This record is already void."))
    needs_correction = record_lock.is_locked(record) or set(changes) & {
        *field_names_on(type(record), "correct"),
        *record.__correction_only__,
    }
    if kind == CHANGE and not needs_correction:
        raise ActionRefused(
            _("This record is still editable. Its own unit can change it without a correction.")
        )
    if kind == CHANGE and not changes:
        raise ActionRefused(_("Nothing was changed. Enter a new value for at least one field."))
    now, case = dates.now(), correctable_records.find_case(record)
    correction = Correction(
        kind=kind,
        state=REQUESTED,
        entity=record.__tablename__,
        entity_id=record.id,
        case_id=case.id if case is not None else None,
        province_code=correctable_records.find_province_code(record),
        cause=cause,
        reason=reason,
        letter_no=letter_no,
        overrides=[[problem.rule, problem.field, given, problem.reasons] for problem, given in overrides],
        requested_at=now,
        due_at=working_days.add_working_days(now, DECISION_WORKING_DAYS),
        requested_by_id=user.id,
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
    _record_event("correction.requested", correction)
    notifications.notify_requested(correction)
    return correction


def waits_for_decision(correction):
    """Return whether the head of planning decides: for the first time, or again after an approval that no longer counts."""
    return correction.state == REQUESTED or (
        correction.state == APPROVED and not (correction.is_open and _may_approver_still_decide(correction))
    )


def _may_approver_still_decide(correction):
    return separation_of_duties.may_still(correction.decided_by, "can_decide")


def decide_correction(user, correction, approve, reason):
    """Approve or refuse. An approval that no longer counts can be given again. Raise ActionRefused."""
    if not waits_for_decision(correction):
        raise TooLate(_("This correction was already decided."))
    separation_of_duties.require_different_person(user, correction.requested_by)
    if approve:
        _refuse_lost_role(correction)
        _refuse_changed_record(correction)
    correction.state = APPROVED if approve else REFUSED
    correction.decided_by_id, correction.decided_at, correction.decision = user.id, dates.now(), reason
    correction.exempt_until = dates.now() + APPLY_WITHIN if approve else None
    db.session.flush()
    _record_event("correction.decided", correction, outcome="ok" if approve else "refused")
    notifications.notify_decided(correction)


def apply_correction(user, correction):
    """Apply the approved changes only. Raise ActionRefused, or RuleViolation if the rules no longer allow them."""
    if correction.state != APPROVED:
        raise TooLate(_("Only an approved correction can be applied, and only once."))
    if not correction.is_open:
        raise TooLate(_("The 4 hours for this correction are over. The head of planning can reopen it."))
    separation_of_duties.require_different_person(user, correction.requested_by, correction.decided_by)
    if not _may_approver_still_decide(correction):
        raise NotAllowed(
            _("The officer who approved this no longer has the role. Another head of planning decides again.")
        )
    _refuse_lost_role(correction)
    _refuse_changed_record(correction)
    record = correctable_records.find_record(correction.entity, correction.entity_id)
    correction.state, correction.applied_by_id, correction.applied_at = APPLIED, user.id, dates.now()
    db.session.flush()
    with impact.unrestricted_session(correction):
        record = correctable_records.find_record(correction.entity, correction.entity_id)
        reason = correction.reason[:MAX_REASON_LENGTH]
        found, problems = preview_correction(
            record, correction.kind, get_requested_changes(correction), reason
        )
        broken = [problem for problem in problems if not _was_overridden(correction, problem)]
        if broken:
            raise RuleViolation(broken)
        _flush_with_exemption(correction, found)
    given = {(rule, field): reason for rule, field, reason, _reasons in correction.overrides}
    warning_overrides.save_overrides(
        [(p, given[p.rule, p.field]) for p in problems if (p.rule, p.field) in given], record
    )
    correction.exempt_until = dates.now()
    db.session.flush()
    _record_event("correction.applied", correction)
    notifications.notify_applied(correction, record)


def _flush_with_exemption(correction, found):
    """Exempt exactly these columns and values from the lock, flush, and delete the exemption."""
    known = {field.key for field in correction.fields}
    with db.session.no_autoflush:
        own = {"correction_id": correction.id}
        named = [dict(zip(("entity", "entity_id", "column_name"), key, strict=True)) for key in found]
        more = [
            own | one | {"derived": True, "before": before, "after": after}
            for one, (key, (before, after)) in zip(named, found.items(), strict=True)
            if key not in known
        ]
        if more:  # affected rows that were added after the request
            db.session.execute(insert(CorrectionField.__table__), more)
        exemptions = [
            own | one | {"value": after} for one, (_before, after) in zip(named, found.values(), strict=True)
        ]
        db.session.execute(insert(LockExemption.__table__), exemptions)
    with record_lock.exempt_correction(db.session, correction.id):
        db.session.flush()
    db.session.execute(delete(LockExemption).where(LockExemption.correction_id == correction.id))


def get_requested_changes(correction):
    """Return column → new value of the requested changes, without derived ones."""
    return {
        field.column_name: impact.parse_stored_value(field.entity, field.column_name, field.after)
        for field in correction.fields
        if not field.derived
    }


def find_changed_fields(correction):
    """Return the fields that have a different value since the correction was requested.

    Derived fields count too, because another correction may have changed only them: an age follows from the birth
    date and from the day of the case. Only rows that the session sees are compared.
    """
    found = (
        (field, correctable_records.find_record(field.entity, field.entity_id)) for field in correction.fields
    )
    return [
        field
        for field, row in found
        if row is not None and to_json_value(getattr(row, field.column_name)) != field.before
    ]


def _refuse_lost_role(correction):
    record = correctable_records.find_record(correction.entity, correction.entity_id)
    requester = correction.requested_by
    is_chief = separation_of_duties.may_still(requester, "can_request")
    if record is not None and not (is_chief and may_request(requester, record)):
        raise NotAllowed(REQUESTER_MAY_NOT)


def _refuse_changed_record(correction):
    record = correctable_records.find_record(correction.entity, correction.entity_id)
    if record is None:
        raise NotAllowed(_("This record is outside the area that you may view."))
    with impact.unrestricted_session(correction):
        changed = record.is_void or find_changed_fields(correction)
    if changed:
        raise RecordChanged(
            _(
                "The record has changed since this correction was requested. Refuse it and ask for a new request."
            )
        )


def _was_overridden(correction, problem):
    if problem.severity == WARNING:
        return any([problem.rule, problem.field] == one[:2] for one in correction.overrides)
    return problem.severity != ERROR


def _record_event(action, correction, outcome="ok"):
    recorder.record(
        db.session,
        action,
        correction.entity,
        correction.entity_id,
        outcome=outcome,
        correction=correction.id,
        kind=correction.kind,
        fields=sorted({field.column_name for field in correction.fields}),
    )
