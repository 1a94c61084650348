"""The actions on a pair of records: request a merge, its undoing or a dismissal, and decide. The caller commits."""
# unrestricted: finds the searches that a merge would end, nationwide; shows the numbers of their orders

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.cases.models import Case, Involvement
from app.corrections import impact, separation_of_duties
from app.corrections.errors import NotAllowed, RecordChanged, TooLate
from app.corrections.models import IN_PROGRESS, Correction
from app.court_orders.flush_hooks import wanted_conditions
from app.court_orders.models import CourtOrder
from app.court_orders.rules.people import is_child
from app.duplicates import approvers, comparison, detection, merge_rows, notifications, protected_matches
from app.duplicates.models import (
    DISMISSAL,
    DISMISSED,
    DONE,
    MERGE,
    MERGED,
    REFUSED,
    REQUESTED,
    UNDO_MERGE,
    WAITING,
    Duplicate,
    PersonMerge,
)
from app.duplicates.rules import MergeFacts
from app.extensions import db
from app.inbox.actions import complete_tasks
from app.kernel.audit import recorder
from app.kernel.schema.rules import RuleViolation, check_rules
from app.kernel.text import dates
from app.people.models import Person

MIN_REASON_LENGTH = 20  # characters
APPLIED_EVENTS = {MERGE: "merge.applied", UNDO_MERGE: "merge.undone", DISMISSAL: "duplicate.dismissed"}
MANUAL_KIND, MANUAL_WEIGHT = "person", 60  # the evidence of a pair that an officer creates


def create_pair(one_id, other_id):
    """Return the pair of two records that an officer believes to be one person.

    The pair waits for a decision from now on, also where it was dismissed earlier.
    """
    ids = min(one_id, other_id), max(one_id, other_id)
    evidence = MANUAL_KIND, dates.now().isoformat()[:19], MANUAL_WEIGHT
    detection.save_pairs(db.session, {ids: {evidence}})
    return find_pair(*ids)


def find_pair(one_id, other_id):
    """Return the stored pair of two records, or None."""
    first_id, second_id = sorted((one_id, other_id))
    return db.session.scalar(
        select(Duplicate).where(Duplicate.first_id == first_id, Duplicate.second_id == second_id)
    )


def propose_dismissal(user, pair, reason):
    """Request to record two different people. The pair then stays dismissed until new evidence appears."""
    if pair.state != WAITING:
        raise TooLate(_("This pair is no longer waiting for a decision. See its requests and actions."))
    complete_tasks(db.session, Duplicate.__tablename__, pair.id)
    ids = {"surviving_id": pair.first_id, "merged_id": pair.second_id}
    return _create_request(user, pair, reason, kind=DISMISSAL, snapshots={}, **ids)


def propose_merge(user, pair, surviving_id, reason):
    """Request the merge of a pair into the record `surviving_id`. Raises Refused and RuleViolation."""
    if pair.state not in (WAITING, DISMISSED):
        raise TooLate(_("This pair is no longer waiting for a decision. See its requests and actions."))
    merged_id = next(one for one in pair.ids if one != surviving_id)
    complete_tasks(db.session, Duplicate.__tablename__, pair.id)
    with impact.unrestricted_session():
        people = [db.session.get(Person, one) for one in (surviving_id, merged_id)]
        snapshots = {str(person.id): comparison.take_snapshot(person) for person in people}
    ids = {"surviving_id": surviving_id, "merged_id": merged_id}
    merge = _create_request(user, pair, reason, kind=MERGE, snapshots=snapshots, **ids)
    protected_matches.notify_owners(db.session, pair)
    return merge


def propose_undo(user, merge, reason):
    """Request that a merge is undone. Raises Refused and RuleViolation."""
    pair = merge.duplicate
    if merge.kind != MERGE or merge.state != DONE or pair.state != MERGED:
        raise TooLate(_("Only merged records can be separated, and only once."))
    ids = {"surviving_id": merge.surviving_id, "merged_id": merge.merged_id}
    return _create_request(user, pair, reason, kind=UNDO_MERGE, undo_of_id=merge.id, snapshots={}, **ids)


def _create_request(user, pair, reason, **values):
    merge = PersonMerge(
        **values,
        state=REQUESTED,
        duplicate_id=pair.id,
        province_code=approvers.find_common_province(*pair.ids),
        reason=reason,
        requested_at=dates.now(),
        requested_by_id=user.id,
    )
    _check_rules(merge, with_facts=merge.kind != DISMISSAL)
    if merge.kind != UNDO_MERGE:
        pair.state = REQUESTED
    db.session.add(merge)
    db.session.flush()
    _record_event("merge.requested", merge)
    notifications.notify_request(merge)
    return merge


def decide_request(user, merge, approve, reason):
    """Approve and apply a request, or refuse it. Raises Refused, and RuleViolation if a rule forbids it."""
    if merge.state != REQUESTED:
        raise TooLate(_("This request is already decided."))
    separation_of_duties.require_different_person(user, merge.requested_by)
    if not approvers.may_decide(approvers.find_common_province(merge.surviving_id, merge.merged_id)):
        raise NotAllowed(
            _(
                "The records are in several provinces, or in another province. The technical working group decides."
            )
        )
    if approve:
        _refuse_if_changed(merge)
    merge.state = DONE if approve else REFUSED
    merge.decided_by_id, merge.decided_at, merge.decision = user.id, dates.now(), reason
    changes_rows = approve and merge.kind != DISMISSAL
    merge.exempt_until = dates.now() + merge_rows.EXEMPTION_PERIOD if changes_rows else None
    # Written before the rules are checked: a second officer at the same moment is refused because the request is
    # decided, not because of the result.
    db.session.flush()
    _check_rules(merge, with_facts=changes_rows)
    units = _apply_request(user, merge) if approve else ()
    if not approve and merge.kind != UNDO_MERGE:
        merge.duplicate.state = WAITING
    db.session.flush()
    _record_event(
        APPLIED_EVENTS[merge.kind] if approve else "merge.refused",
        merge,
        "ok" if approve else "refused",
    )
    notifications.notify_decision(merge, units)


def _apply_request(user, merge):
    """Merge the two records, undo the merge or dismiss the pair. Return the codes of the units that registered the two."""
    pair = merge.duplicate
    if merge.kind == MERGE:
        pair.state = MERGED
        merge_rows.merge_records(merge)
    else:
        pair.state, pair.dismissal = DISMISSED, merge.reason
        pair.dismissed_at, pair.dismissed_by_id = dates.now(), user.id
        if merge.kind == UNDO_MERGE:
            merge_rows.undo_merge(merge)
    with impact.unrestricted_session(merge):
        units = select(Person.unit_code).where(Person.id.in_(pair.ids), Person.unit_code.is_not(None))
        return sorted(set(db.session.scalars(units)))


def _check_rules(merge, with_facts=True):
    facts = collect_facts(merge) if with_facts else MergeFacts()
    problems = list(check_rules(PersonMerge.__rules__, merge, facts))
    if problems:
        raise RuleViolation(problems)


def collect_facts(merge):
    """Return the MergeFacts of a request. They are read nationwide and hold record and order numbers only.

    The numbers of cases are those that the user may read. Before the decision, a case that the user may not read does not
    count: a refusal would say that one of the two is a protected witness in a case of the other.
    """
    ids = (merge.surviving_id, merge.merged_id)
    shared_cases = _find_shared_cases(*ids) if merge.kind == MERGE else ()
    with db.session.no_autoflush, impact.unrestricted_session(merge):
        people = {
            one.id: one for one in db.session.scalars(select(Person).where(Person.id.in_(ids))).unique()
        }
        open_corrections = select(Correction.entity_id).where(
            Correction.entity == Person.__tablename__, Correction.entity_id.in_(ids), IN_PROGRESS
        )
        in_correction = [people[one].number for one in db.session.scalars(open_corrections)]
        merged = {one.id: one.merged_into_id for one in people.values() if one.merged_into_id}
        if merge.kind == UNDO_MERGE:
            merged.pop(merge.merged_id, None)  # the merge that is undone
        return MergeFacts(
            merged={one: notifications.format_person_number(other) for one, other in merged.items()},
            void=[one.number for one in people.values() if one.is_void],
            in_correction=in_correction,
            shared_cases=shared_cases,
            shares_other_case=merge.kind == MERGE
            and merge.decided_by_id is not None
            and not shared_cases
            and bool(_find_shared_cases(*ids)),
            lost_searches=_find_lost_searches(*(people[one] for one in ids)) if merge.kind == MERGE else (),
        )


def _find_lost_searches(surviving, merged):
    """Return the numbers of the orders under which the merged person is wanted and the surviving one would not be."""
    row = CourtOrder.__table__.c
    wanted = select(row.id).where(row.person_id == merged.id, *wanted_conditions(row))
    orders = db.session.scalars(select(CourtOrder).where(CourtOrder.id.in_(wanted)).order_by(CourtOrder.id))
    return [one.number for one in orders.unique() if is_child(one, surviving)]


def _find_shared_cases(one_id, other_id):
    cases_of_each = (
        select(Involvement.case_id)
        .join(Involvement.person)
        .where(Person.id == one, Involvement.voided_at.is_(None))
        for one in (one_id, other_id)
    )
    shared = select(Case.number).where(*map(Case.id.in_, cases_of_each))
    return db.session.scalars(shared.order_by(Case.number).limit(5)).all()


def _refuse_if_changed(merge):
    if find_changes(merge):
        raise RecordChanged(
            _(
                "One of the two records has changed since this request. Compare them and ask for a new request."
            )
        )


def find_changes(merge):
    """Return what has changed in the two records since the merge was requested, see `comparison.find_changes`."""
    if merge.state != REQUESTED or merge.kind == DISMISSAL:
        return []
    with impact.unrestricted_session(merge):
        people = [db.session.get(Person, one) for one in (merge.surviving_id, merge.merged_id)]
        return list(comparison.find_changes(merge.snapshots, people))


def _record_event(action, merge, outcome="ok"):
    """Write an audit event for each of the two records. Each event names the other record."""
    ids = merge.surviving_id, merge.merged_id
    for person_id, other_id in (ids, ids[::-1]):
        recorder.record(
            db.session,
            action,
            Person.__tablename__,
            person_id,
            outcome=outcome,
            merge=merge.number,
            other=notifications.format_person_number(other_id),
        )
