"""What the pages of cases and persons say of openings, and which ways to them they show this reader."""

from flask import current_app, g

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.schema import lookups
from app.people.break_glass_guard import is_opened_only
from app.special_access import break_glass, case_sharing, identity_reveal


def _may(act, resource):
    return current_app.appbuilder.sm.has_access(act, resource)


def may_break_glass():
    return _may("can_break", "BreakGlass")


def may_reveal(row):
    """Whether the page of a case offers this reader the name of a masked row."""
    roles = current_app.appbuilder.sm.held_by_reader().role_names
    return _may("can_reveal", "Reveal") and identity_reveal.may_reveal(g.user, roles, row)


def revealed(row):
    """Whether a protected person is shown to this reader for a while."""
    scope = actor_of(db.session).scope
    return scope is not None and row.restricted and row.person_id in scope.revealed


def shares_of(case):
    return case_sharing.shares_of(case)


def unit_name(code):
    return lookups.named("unit").words(code)


def may_share(case):
    return _may("can_share", "Share") and case_sharing.may_share(g.user, case)


def opened_until(record):
    """When the break-glass closes by which alone the reader sees this person; None for a person of his part."""
    return break_glass.is_open(g.user, record.id) if is_opened_only(record) else None
