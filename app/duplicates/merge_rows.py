"""Moves the linked rows of one person record to another and back, in one transaction and past the record lock.

The session computes the derived values, such as an age in a case and the visibility of the person. Each changed column
is stored as a PersonMergeRow. The database locks let exactly these changes through while the merge is open.
"""

from datetime import timedelta

from sqlalchemy import insert, inspect

from app.cases import court_findings
from app.cases.models import Involvement
from app.cases.rules import CaseFacts
from app.corrections import impact
from app.court_orders import state_machine
from app.court_orders.flush_hooks import valid_events
from app.court_orders.models import CourtOrder
from app.custody import derived_state, implied_steps
from app.custody.earlier_contacts import raise_matches_of_merge
from app.duplicates.detection import MERGING_PAIR
from app.duplicates.models import PersonMergeRow
from app.duplicates.person_references import (
    find_referencing_rows,
    get_primary_key,
    list_person_links,
    set_person,
)
from app.extensions import db
from app.kernel.access.access_grants import AccessGrant
from app.kernel.schema import record_lock
from app.kernel.schema.rules import ERROR, Problem, RuleViolation, check_rules
from app.kernel.text import dates
from app.people import status
from app.people.models import Person

EXEMPTION_PERIOD = timedelta(minutes=1)  # an upper limit: the exemption ends with the transaction


def merge_records(merge):
    """Move all linked rows of the merged record to the surviving record. Raises RuleViolation."""
    with impact.unrestricted_session(merge):
        surviving, merged = _lock_records(merge)
        moves = [(row, column, surviving) for row, column in find_referencing_rows(db.session, merged.id)]
        moves = [one for one in moves if not _exists_at_target(*one)]
        _move_rows(merge, moves, merged, surviving.id)
        moved = {(row.__tablename__, get_primary_key(row)) for row, _column, _person in moves}
        raise_matches_of_merge(db.session, surviving.id, moved)


def undo_merge(merge):
    """Move the rows back that the undone merge moved, and later rows about them. Raises RuleViolation.

    An arrest that was entered meanwhile belongs to the person in the case, a release to the detention. An order that was
    identified again meanwhile, and other rows that were added later, stay.
    """
    with impact.unrestricted_session(merge):
        surviving, merged = _lock_records(merge)
        moves = [
            (row, column, db.session.get(Person, before))
            for row, column, before in _find_moved_rows(merge.parts)
            if row is not merged
        ]
        known = {row for row, _column, _person in moves}
        moves = [one for one in moves if not _is_identified_since(one[0], known)]
        voided = _list_voided_rows(merge.parts)
        later = derived_state.find_dependents(db.session, known, surviving.id)
        moves += [(row, "person_id", merged) for row in later if row not in known]
        for row in voided:
            row.voided_at = row.void_reason = None
        _move_rows(merge, moves, merged, None)


def _lock_records(merge):
    """Return the two records, locked until the end of the transaction against new linked rows."""
    ids = (merge.surviving_id, merge.merged_id)
    implied_steps.lock_people(db.session(), ids, against_links=True)
    return tuple(db.session.get(Person, pk) for pk in ids)


def _exists_at_target(row, column, target):
    """Return whether the target already has this row. It can if the person id is the primary key of the row."""
    return (
        inspect(row).mapper.primary_key[0].key == column and db.session.get(type(row), target.id) is not None
    )


def _find_moved_rows(merge):
    """Yield (row, column, old value) of the rows that a merge moved and no later merge moved on."""
    links = {(model.__tablename__, column): model for model, column in list_person_links()}
    links["access_grant", "entity_id"] = AccessGrant
    for moved in merge.rows:
        model = links.get((moved.entity, moved.column_name))
        if model is None:
            continue  # a derived value, which is computed again
        is_primary_key = inspect(model).primary_key[0].key == moved.column_name
        row = db.session.get(model, moved.after if is_primary_key else moved.entity_id)
        if row is not None and getattr(row, moved.column_name) == moved.after:
            yield row, moved.column_name, moved.before


def _is_identified_since(row, moved):
    """Return whether an order was identified again after the merge: its person is the one of that verification."""
    check = state_machine.find_check(valid_events(row)) if isinstance(row, CourtOrder) else None
    return check is not None and check not in moved


def _move_rows(merge, moves, merged, merged_into_id):
    with db.session.no_autoflush:
        errors_before = _find_errors(moves)
        changed = {}
        for row, column, person in moves:
            changed[row.__tablename__, get_primary_key(row), column] = (getattr(row, column), person.id)
            set_person(row, column, person)
        merged.merged_into_id = merged_into_id
        if merged_into_id is not None:
            _void_repeated_rows(merge, [row for row, _column, _person in moves])
        derived, problems = impact.preview_flush()
        new_errors = (problem for key, problem in _find_errors(moves).items() if key not in errors_before)
        problems = [*problems, *new_errors]
        if problems:
            raise RuleViolation(problems)
        changed |= derived
        _save_moved_rows(merge, changed)
    db.session.info[MERGING_PAIR] = tuple(sorted((merge.surviving_id, merge.merged_id)))
    try:
        with record_lock.exempt_changes(
            db.session, {key: after for key, (_before, after) in changed.items()}
        ):
            db.session.flush()
    finally:
        del db.session.info[MERGING_PAIR]
    status.refresh_statuses(db.session, (merge.surviving_id, merge.merged_id))
    merge.exempt_until = dates.now()
    db.session.flush()


def _void_repeated_rows(merge, rows):
    """Void each moved row that now says the same as another row, or nothing: a relation of the person to itself."""
    for row in rows:
        if hasattr(row, "is_repeated") and row.is_repeated(db.session):
            row.voided_at, row.void_reason = dates.now(), merge.reason


def _list_voided_rows(merge):
    """Return the rows that a merge voided."""
    models = {model.__tablename__: model for model, _column in list_person_links()}
    voided = [one for one in merge.rows if one.column_name == "voided_at"]
    return [db.session.get(models[one.entity], one.entity_id) for one in voided]


def _find_errors(moves):
    """Return {(row id, rule): Problem} of the involvements among the moved rows."""
    found = {}
    for row, _column, _person in moves:
        if isinstance(row, Involvement) and not row.is_void:
            row.update_derived()
            facts = CaseFacts(now=dates.now(), **court_findings.find_for_rows(row.case, [row]))
            for problem in check_rules(Involvement.__rules__, row, facts):
                if problem.severity == ERROR:
                    found[row.id, problem.rule] = Problem("", f"{row.case}: {problem.text}", problem.rule)
    return found


def _save_moved_rows(merge, changed):
    db.session.execute(
        insert(PersonMergeRow),
        [
            {
                "merge_id": merge.id, "entity": entity, "entity_id": entity_id, "column_name": column,
                "before": before, "after": after,
            }
            for (entity, entity_id, column), (before, after) in changed.items()
        ],
    )  # fmt: skip
