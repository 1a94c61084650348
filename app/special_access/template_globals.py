"""Template functions for special access on the pages of cases and persons."""

from flask import current_app, g

from app.extensions import db
from app.kernel.access.write_scope import is_read_only
from app.kernel.actor import actor_of
from app.kernel.schema import lookups
from app.people import nationwide
from app.special_access import break_glass, case_sharing, identity_reveal


def _has_access(act, resource):
    return current_app.appbuilder.sm.has_access(act, resource)


def may_break_glass():
    return _has_access("can_use", "BreakGlass")


def may_reveal(row):
    """Return whether the page of a case offers the user to reveal the name of a masked row."""
    roles = current_app.appbuilder.sm.get_reader_permissions().role_names
    return _has_access("can_reveal", "Reveal") and identity_reveal.may_reveal(g.user, roles, row)


def is_revealed(row):
    """Return whether a protected person is currently revealed to the user."""
    scope = actor_of(db.session).scope
    return scope is not None and row.protection is not None and row.person_id in scope.revealed_ids


def make_card_token(card):
    return nationwide.make_card_token(card)


def find_shares(case):
    return case_sharing.find_shares(case)


def get_unit_name(code):
    return lookups.get_lookup("unit").words(code)


def may_share(case):
    return _has_access("can_share", "Share") and case_sharing.may_share(g.user, case)


def find_break_glass_expiry(record):
    """Return when the break-glass access to this person expires; None for a person within the user's scope."""
    return break_glass.find_expiry(g.user, record.id) if is_read_only(record) else None
