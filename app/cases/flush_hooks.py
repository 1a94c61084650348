"""Updates that follow from a changed case or person, in the same transaction.

Age, minority and identity protection in a person's cases follow a corrected birth. The visibility of a person
follows from the cases (`people.visibility`). A person named from outside the scope stays a card.
"""
# unrestricted: writes the ages in all cases of a person, and the visibility of people from the rows of this flush
# chosen fields: an age depends on the birth only

from dataclasses import replace
from functools import cache

from sqlalchemy import delete, func, insert, inspect, or_, select

from app.cases.models import Case, CaseOffence, Involvement
from app.cases.row_filter import CaseChild, is_hidden
from app.cases.rules import MINOR, SHOWN_ROLES, exclude_voided
from app.kernel.access.area import LEVELS
from app.kernel.actor import actor_of, unrestricted
from app.kernel.database.array_params import in_bound_array
from app.kernel.database.engine import dialect_name
from app.kernel.database.pending import Pending
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS, is_withdrawal, may_withdraw
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.validation.withdrawal import IS_VOID, find_references, get_valid_rows, is_named_by_key
from app.people.models import Person
from app.people.visibility import PersonChild, Visibility, is_visible

AGED = Pending(set)  # persons with a corrected birth
BIRTH_COLUMNS = ("born_on", "birth_precision", "birth_year", "age_stated", "age_from", "age_to")
VOID_CASE = _("This case is void. Nothing can be added to it.")
KEEPS_ROLE = _(
    "An edit makes no person a suspect, and no suspect another person. Add the person again in the right role. The author"
    " withdraws a wrong row with a reason."
)
VISIBILITY_COLUMNS = {
    Involvement: ("case_id", "person_id", "protection", "card_only", *LEVELS.values()),
    CaseOffence: ("case_id", "family"),
}


def refuse_rows_of_void_cases(session, _context, _instances):
    """Refuse a new row of a void case, from every entry point."""
    with session.no_autoflush:
        problems = [
            Problem("", VOID_CASE, row=row)
            for row in session.new
            if isinstance(row, CaseChild) and row.case is not None and row.case.is_void
        ]
    if problems:
        raise RuleViolation(problems)


def void_withdrawn_people(session, _context, _instances):
    """Void the person that a withdrawn row registered, with the rows of the person.

    Not if another record names the person, or another officer added a valid row to the person.
    """
    for row in [one for one in session.dirty if isinstance(one, Involvement) and is_withdrawal(session, one)]:
        with session.no_autoflush:
            person = row.person
            if person is None or person.is_void or not may_withdraw(person, actor_of(session).user_id):
                continue
            parts = [*person.names, *person.documents, *person.addresses, *person.marks, *person.photos]
            parts = exclude_voided(parts)
            is_own = all(one.recorded_by_id == person.recorded_by_id for one in parts)
            others = [one for one in find_references(Person) if not issubclass(one[0], PersonChild)]
            with unrestricted(session):
                if not is_own or is_named_by_key(session, person, others):
                    continue
        for one in (person, *parts):
            one.voided_at, one.void_reason = row.voided_at, row.void_reason


def refuse_exchanged_suspects(session, _context, _instances):
    """Refuse an edit that gives a suspect the role of another person, or another person the role of a suspect.

    The first could hide the name of a wanted suspect. The second makes a hidden suspect of a protected witness, and lets
    an officer accuse the victim of a colleague without a trace in the row. A row of its own has its author and its
    protection. A correction may do both.
    """
    if EXEMPTIONS in session.info:
        return
    problems = [
        Problem("role", KEEPS_ROLE, row=row)
        for row in session.dirty
        if isinstance(row, Involvement)
        and any(
            (old in SHOWN_ROLES) != (row.role in SHOWN_ROLES)
            for old in inspect(row).attrs.role.history.deleted or ()
        )
    ]
    if problems:
        raise RuleViolation(problems)


def lock_suspects(session, _context):
    """Lock the suspects of new arrests, charges, detentions and judgments, and refuse those who are no longer suspects.

    The rules have read the row before; another officer may have withdrawn or corrected it since.
    """
    if EXEMPTIONS in session.info:
        return
    new = [one for one in session.new if getattr(one, "__names_suspect__", False) and one.involvement_id]
    if not new:
        return
    row = Involvement.__table__.c
    valid = select(row.id).where(
        row.id.in_({one.involvement_id for one in new}), row.voided_at.is_(None), row.role.in_(SHOWN_ROLES)
    )
    with session.no_autoflush, unrestricted(session):
        found = set(session.scalars(valid.order_by(row.id).with_for_update(read=True)))
    if not session.in_nested_transaction():  # a rolled back savepoint releases its locks
        get_valid_rows(session).update((Involvement, pk) for pk in found)
    if lost := [Problem("involvement", IS_VOID, row=one) for one in new if one.involvement_id not in found]:
        raise RuleViolation(lost)


def move_rows(session, _context, _instances):
    """Let the rows of higher features follow the place of their case. `Case.update_derived` moves its own rows."""
    moved = [one for one in session.dirty if isinstance(one, Case) and has_changed(one, ("place_code",))]
    with session.no_autoflush:
        for case in moved:
            for model in _list_outer_rows():
                for row in session.scalars(select(model).where(model.case_id == case.id)).unique():
                    row.update_derived()


@cache
def _list_outer_rows():
    """Return the classes of rows of a case that the class of cases has no relationship to."""
    known = {relation.mapper.class_ for relation in Case.__mapper__.relationships if not relation.viewonly}
    classes = (mapper.class_ for mapper in Case.registry.mappers)
    return tuple(cls for cls in classes if issubclass(cls, CaseChild) and cls not in known)


def update_ages(session, _context, _instances):
    """Update the ages and the minority of the people in cases."""
    corrected = [one for one in session.dirty if isinstance(one, Person) and has_changed(one, BIRTH_COLUMNS)]
    if not corrected:
        return
    AGED.get(session).update(one.id for one in corrected)
    with session.no_autoflush:
        rows = session.scalars(
            select(Involvement).where(Involvement.person_id.in_([one.id for one in corrected]))
        )
        for row in rows:
            row.update_derived()


def update_ages_elsewhere(session):
    """Update the ages in cases that the author of a birth does not see. Runs before the commit: a flush writes visible rows."""
    if session.in_nested_transaction():
        return
    people = AGED.take(session)
    if not people:
        return
    of_people = select(Involvement).where(Involvement.person_id.in_(people)).order_by(Involvement.id)
    with session.no_autoflush, unrestricted(session):
        known = set(session)
        hidden = [one for one in session.scalars(of_people).unique() if one not in known]
        for row in hidden:
            row.update_derived()
        if any(session.is_modified(one, include_collections=False) for one in hidden):
            session.flush()
        for one in set(session) - known:
            session.expunge(one)


def limit_to_cards(session, _context, _instances):
    """Mark the people that are outside the scope of their author.

    Grants do not count: a person who was opened for hours, by a share or for a reason would stay visible for ever.
    """
    scope = actor_of(session).scope
    if scope is None or scope.is_nationwide:
        return
    named = [
        row
        for row in (*session.new, *session.dirty)
        if isinstance(row, Involvement) and has_changed(row, ("person", "person_id"))
    ]
    ids = {row: row.person.id if row.person is not None else row.person_id for row in named}
    stored = {one for one in ids.values() if one is not None}
    if not stored:
        return
    person_id = Person.__table__.c.id
    none = frozenset()
    granted = replace(
        scope, shared_case_ids=none, writable_case_ids=none, break_glass_ids=none, revealed_ids=none
    )
    visible = select(person_id).where(person_id.in_(stored), is_visible(person_id, granted))
    with session.no_autoflush:
        visible = set(session.scalars(visible))
    for row, key in ids.items():
        row.card_only = key is not None and key not in visible


def update_visibility(session, _context):
    """Update which units see the people of the changed cases. Of a new row in a registered case, only its person changes."""
    changed = [
        row
        for row in (*session.new, *session.dirty)
        if type(row) in VISIBILITY_COLUMNS and has_changed(row, VISIBILITY_COLUMNS[type(row)])
    ]
    if not changed:
        return
    new = session.new  # the property builds a new set at each access
    new_cases = {one.id for one in new if isinstance(one, Case)}
    whole = {
        row.case_id
        for row in changed
        if type(row) is not Involvement or row not in new or row.case_id in new_cases
    }
    added = [row for row in changed if row.case_id not in whole]
    dialect = dialect_name(session)
    if known := whole - new_cases:
        session.execute(delete(Visibility).where(Visibility.case_id.in_(known)))
    if whole:
        session.execute(_insert_visibility_of_cases(dialect), {"values": sorted(whole)})
    if added:
        values = {"cases": {row.case_id for row in added}, "people": {row.person_id for row in added}}
        for statement in _replace_visibility_of_people(dialect):
            session.execute(statement, {name: sorted(keys) for name, keys in values.items()})


@cache
def _insert_visibility_of_cases(dialect):
    """Return the cached statement for cases by id."""
    return build_visibility_insert(in_bound_array(dialect, Involvement.__table__.c.case_id))


@cache
def _replace_visibility_of_people(dialect):
    """Return the cached statements that delete and insert the rows of some people in some cases."""
    visible, involved = (
        (
            in_bound_array(dialect, table.c.case_id, name="cases"),
            in_bound_array(dialect, table.c.person_id, name="people"),
        )
        for table in (Visibility.__table__, Involvement.__table__)
    )
    return delete(Visibility.__table__).where(*visible), build_visibility_insert(*involved)


def build_visibility_insert(*conditions):
    """Return an INSERT … SELECT of the visibility rows of all involvements that meet the conditions."""
    row, offence = Involvement.__table__.c, CaseOffence.__table__.c
    columns = ("person_id", "case_id", "unit_code", *LEVELS.values())
    rows = (
        select(
            *(row[name] for name in columns),
            or_(is_hidden(row), row.card_only),
            func.coalesce(row.protection, "") == MINOR,
            offence.family,
        )
        .distinct()
        .select_from(Involvement.__table__.outerjoin(CaseOffence.__table__, offence.case_id == row.case_id))
        .where(*conditions)
    )
    return insert(Visibility.__table__).from_select([*columns, "hidden", "minor", "family"], rows)
