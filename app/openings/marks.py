"""What the pages of cases and persons say of openings, and which ways to them they show this reader."""

from flask import current_app, g

from app.extensions import db
from app.kernel import lookups
from app.kernel.actors import actor_of
from app.openings import breaking, revealing, sharing
from app.people.read_only import is_opened_only


def _may(act, resource):
    return current_app.appbuilder.sm.has_access(act, resource)


def may_break_glass():
    return _may("can_break", "BreakGlass")


def may_reveal(row):
    """Whether the page of a case offers this reader the name of a masked row."""
    roles = current_app.appbuilder.sm.held_by_reader().role_names
    return _may("can_reveal", "Reveal") and revealing.may_reveal(g.user, roles, row)


def revealed(row):
    """Whether a protected person is shown to this reader for a while."""
    scope = actor_of(db.session).scope
    return scope is not None and row.restricted and row.person_id in scope.revealed


def shares_of(case):
    return sharing.shares_of(case)


def unit_name(code):
    return lookups.named("unit").words(code)


def may_share(case):
    return _may("can_share", "Share") and sharing.may_share(g.user, case)


def opened_until(record):
    """When the break-glass closes by which alone the reader sees this person; None for a person of his part."""
    return breaking.is_open(g.user, record.id) if is_opened_only(record) else None
