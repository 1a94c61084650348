"""Shares of cases outside the scope of a unit, in the transaction of the entry or the move.

The unit that enters a case, and the units above it, keep the case. They are responsible for it, and only they can
request its next correction. Another unit that moves a case out of its own scope reads it as long as an own entry is open.
A unit that may write to a case by a share does not move it into its own scope: the share would never end.
"""
# unrestricted: the session that writes a move keeps the case until its end

from dataclasses import replace

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.chain_of_command import get_command_chain
from app.accounts.user_scope import build_unit_scope
from app.cases.models import Case, CaseOffence
from app.kernel.access.access_grants import CASE_GRANTS, MOVED, SHARE, AccessGrant
from app.kernel.access.area import LEVELS
from app.kernel.actor import act_as, actor_of
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EDIT_WINDOW
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.reference.models import Unit
from app.special_access import notifications
from app.special_access.case_sharing import IS_OTHER_UNIT, record_event

NOT_BY_SHARE = _(
    "This unit sees the case only because it is shared. The unit of the case changes its place and its offences."
)


def share_new_cases(session, _context):
    """Share each new case outside the scope of its author with the unit of the author."""
    actor = actor_of(session)
    outside = [one for one in session.new if isinstance(one, Case) and not _is_in_scope(one, actor.scope)]
    if outside:
        session.execute(
            insert(AccessGrant), [_build_own_share(one, actor.unit_code, actor) for one in outside]
        )


def share_moved_cases(session, _context, _instances):
    """Share a case before its place or offence moves: row-level security rejects rows that their writer cannot see."""
    with session.no_autoflush:
        _refuse_moves_by_guests(session)
        moved = list(dict.fromkeys(filter(None, map(_find_moved_case, session.dirty))))
        for case in moved:
            _update_shares(session, case)
    actor = actor_of(session)
    lost = frozenset(one.id for one in moved if not _is_in_scope(one, actor.scope))
    if lost:
        # Only this session, which writes the move, may still write the case.
        readable, writable = actor.scope.shared_case_ids | lost, actor.scope.writable_case_ids | lost
        scope = replace(actor.scope, shared_case_ids=readable, writable_case_ids=writable)
        act_as(session, replace(actor, scope=scope))


def _refuse_moves_by_guests(session):
    """Refuse another place or offence family of a case that the actor may write by a share only."""
    actor = actor_of(session)
    if actor.scope is None or not actor.scope.writable_case_ids:
        return
    families = actor.scope.offence_families
    added = (
        (one, one.case) for one in session.new if isinstance(one, CaseOffence) and one.family in families
    )
    for row, case in (*((one, _find_moved_case(one)) for one in session.dirty), *added):
        if case is not None and _is_guest(session, case, actor):
            field = "place" if row is case else "offence"
            raise RuleViolation([Problem(field, NOT_BY_SHARE, row=row)])


def _is_guest(session, case, actor):
    """Return whether the actor sees the stored case by a share of another unit only."""
    if case.id not in actor.scope.writable_case_ids:
        return False
    given = (
        AccessGrant.kind == SHARE,
        AccessGrant.entity_id == case.id,
        AccessGrant.unit_code == actor.unit_code,
    )
    by_others = select(AccessGrant.id).where(*given, AccessGrant.may_write, IS_OTHER_UNIT)
    own = Case.__row_filter__(replace(actor.scope, shared_case_ids=frozenset()))
    conditions = () if own is None else (own,)
    return (
        session.scalar(by_others.limit(1)) is not None
        and session.scalar(select(Case.id).where(Case.id == case.id, *conditions)) is None
    )


def _find_moved_case(row):
    """Return the case of which this changed row moves the area or the offence family, or None."""
    if isinstance(row, Case):
        return row if has_changed(row, LEVELS.values()) else None
    return row.case if isinstance(row, CaseOffence) and has_changed(row, ("family",)) else None


def _update_shares(session, case):
    """End the automatic shares that a move makes superfluous, and add those that it makes necessary."""
    actor, now = actor_of(session), dates.now()
    active = or_(AccessGrant.expires_at.is_(None), AccessGrant.expires_at > now)
    of_case = AccessGrant.entity == Case.__tablename__, AccessGrant.entity_id == case.id
    grants = session.scalars(select(AccessGrant).where(AccessGrant.kind.in_(CASE_GRANTS), *of_case, active))
    served = set()
    for grant in grants.all():
        is_automatic = grant.kind == MOVED or grant.owner_unit == grant.unit_code
        if is_automatic and _is_in_scope(case, build_unit_scope(session.get(Unit, grant.unit_code))):
            table = AccessGrant.__table__
            session.execute(update(table).where(table.c.id == grant.id).values(expires_at=now))
            set_committed_value(grant, "expires_at", now)
            record_event(session, grant, "ended")
        elif is_automatic or grant.unit_code == actor.unit_code:
            served.add(grant.unit_code)

    chain = get_command_chain(case.unit_code)
    for unit in chain:
        if unit.code in served:
            continue
        if not _is_in_scope(case, build_unit_scope(session.get(Unit, unit.code))):
            # Owner and receiver are the same unit, so no list of shared cases shows this row.
            _add_grant(session, **_build_own_share(case, unit.code, actor) | {"owner_unit": unit.code})
    if actor.unit_code not in {*served, *(one.code for one in chain)} and not _is_in_scope(case, actor.scope):
        grant = _add_grant(
            session, kind=MOVED, entity=Case.__tablename__, entity_id=case.id, unit_code=actor.unit_code, may_write=False,
            case_number=case.number, granted_at=now, granted_by_id=actor.user_id, expires_at=now + EDIT_WINDOW,
            owner_unit=case.unit_code,
        )  # fmt: skip
        notifications.notify_moved(session, grant)


def _add_grant(session, **values):
    """Write and log a grant at once: hooks may run twice in a flush. Return it outside the session."""
    session.execute(insert(AccessGrant), [values])
    grant = AccessGrant(**values)
    record_event(session, grant, "moved")
    return grant


def _is_in_scope(case, scope):
    if scope is None or scope.is_unrestricted or not scope.unit:
        return True
    in_area = not scope.area or getattr(case, LEVELS[len(scope.area)]) == scope.area
    return in_area and (
        not scope.offence_families or any(row.family in scope.offence_families for row in case.offences)
    )


def _build_own_share(case, unit_code, actor):
    return {
        "kind": SHARE, "entity": Case.__tablename__, "entity_id": case.id, "unit_code": unit_code,
        "granted_at": dates.now(), "granted_by_id": actor.user_id, "owner_unit": case.unit_code, "may_write": True,
    }  # fmt: skip
