"""What follows when a case or a person changes, in the same transaction.

What is kept of a person in his or her cases follows a corrected birth: age, minority and with it whether the identity
is protected. Whose a person is follows from the cases (`people.visibility`). And a case that a unit enters beyond its
own part is shared with it, for nobody loses sight of what he entered.
"""

from dataclasses import replace
from functools import cache

from sqlalchemy import delete, event, insert, select
from sqlalchemy.orm import Session

from app.accounts.chain_of_command import line_of
from app.accounts.user_scope import part_of
from app.cases.models import Case, CaseOffence, Involvement
from app.cases.row_filter import is_hidden
from app.kernel.access.access_grants import SHARE, Opening
from app.kernel.access.area import LEVELS
from app.kernel.actor import act_as, actor_of
from app.kernel.database.array_params import among_given
from app.kernel.database.engine import dialect_of
from app.kernel.schema.record import has_changed
from app.kernel.text import dates
from app.people.models import Person
from app.people.visibility import Visibility

BIRTH = ("born_on", "birth_precision", "birth_year", "age_stated", "age_from", "age_to")
DECISIVE = {
    Involvement: ("case_id", "person_id", "role", "restricted", *LEVELS.values()),
    CaseOffence: ("case_id", "family"),
}


@event.listens_for(Session, "before_flush")
def _ages_follow(session, _context, _instances):
    corrected = [one for one in session.dirty if isinstance(one, Person) and has_changed(one, BIRTH)]
    if not corrected:
        return
    with session.no_autoflush:
        rows = session.scalars(
            select(Involvement).where(Involvement.person_id.in_([one.id for one in corrected]))
        )
        for row in rows:
            row.derive()


@event.listens_for(Session, "after_flush")
def _visibility_follows(session, _context):
    touched = {
        row.case_id
        for row in (*session.new, *session.dirty)
        if type(row) in DECISIVE and has_changed(row, DECISIVE[type(row)])
    }
    new = {one.id for one in session.new if isinstance(one, Case)}
    if known := touched - new:
        session.execute(delete(Visibility).where(Visibility.case_id.in_(known)))
    if touched:
        session.execute(_insert_visibility_of(dialect_of(session)), {"given": sorted(touched)})


@event.listens_for(Session, "after_flush")
def _who_entered_it_keeps_it(session, _context):
    _share(session, [one for one in session.new if isinstance(one, Case)])


@event.listens_for(Session, "before_flush")
def _who_moves_it_keeps_it(session, _context, _instances):
    """Shared before it is moved: row-level security takes no row that its writer would not see."""
    with session.no_autoflush:
        moved = [one for one in session.dirty if isinstance(one, Case) and has_changed(one, LEVELS.values())]
        shared = _share(session, moved)
        for case in moved:
            _share_with_its_owners(session, case)
    if shared:
        actor = actor_of(session)
        act_as(session, replace(actor, scope=replace(actor.scope, shared=actor.scope.shared | shared)))


def _share(session, cases):
    """Share with whoever acts those of the cases that lie beyond his part; gives their ids."""
    scope = actor_of(session).scope
    beyond = [one for one in cases if not _lies_in_part(one, scope) and one.id not in scope.shared]
    if beyond:
        session.execute(insert(Opening), [_opening(one, session) for one in beyond])
    return frozenset(one.id for one in beyond)


def _share_with_its_owners(session, case):
    """Whoever moves a case, by a correction too: the unit that entered it, and those above it that answer for it and
    alone ask for its next correction, do not lose sight of it."""
    for unit in line_of(case.unit_code):
        there = select(Opening.id).where(
            Opening.kind == SHARE,
            Opening.entity == Case.__tablename__,
            Opening.entity_id == case.id,
            Opening.unit_code == unit.code,
            Opening.closes_at.is_(None),
        )
        if not _lies_in_part(case, part_of(unit)) and session.scalar(there) is None:
            # Its own, as what a unit enters beyond its part: it stands in no list of those with whom it was shared.
            own = _opening(case, session) | {"unit_code": unit.code, "owner_unit": unit.code}
            session.execute(insert(Opening), [own])


@cache
def _insert_visibility_of(dialect):
    """The statement for the cases with some ids, made once."""
    return insert_visibility(among_given(dialect, Involvement.__table__.c.case_id))


def insert_visibility(*conditions):
    """INSERT … SELECT of the rows that follow from the involvements of which that holds."""
    row, offence = Involvement.__table__.c, CaseOffence.__table__.c
    columns = ("person_id", "case_id", "unit_code", *LEVELS.values())
    found = (
        select(*(row[name] for name in columns), is_hidden(row), offence.family)
        .distinct()
        .select_from(Involvement.__table__.outerjoin(CaseOffence.__table__, offence.case_id == row.case_id))
        .where(*conditions)
    )
    return insert(Visibility.__table__).from_select([*columns, "hidden", "family"], found)


def _lies_in_part(case, scope):
    if scope is None or scope.everything or not scope.unit:
        return True
    there = not scope.area or getattr(case, LEVELS[len(scope.area)]) == scope.area
    return there and (not scope.families or any(row.family in scope.families for row in case.offences))


def _opening(case, session):
    actor = actor_of(session)
    return {
        "kind": SHARE, "entity": Case.__tablename__, "entity_id": case.id, "unit_code": actor.unit_code,
        "opened_at": dates.now(), "opened_by_id": actor.user_id, "owner_unit": case.unit_code,
    }  # fmt: skip
