"""How many rows somebody may take without a second person, and how many with one. The table stands in app/roles.py."""

from flask import current_app

from app.accounts.chain_of_command import NATIONAL, chief_of, is_of_owner

WITH_APPROVAL = 1_000_000


def of_reader():
    """The most rows that any role of this reader takes alone."""
    allowed = current_app.extensions["ecrime.export_rows"]
    return max(
        (allowed.get(role, 0) for role in current_app.appbuilder.sm.held_by_reader().role_names), default=0
    )


def approver_of(export):
    """(role, code of the unit) of who is asked: the chief who answers for the unit, of what a chief asks the nation."""
    role, unit = chief_of(export.unit_code)
    if any(one.name == role for one in export.asked_by.roles):
        return NATIONAL, None
    return role, unit


def may_decide(user, roles, export):
    """Whether `user` is that person. Nobody decides on what he asked for himself."""
    role, unit = approver_of(export)
    if export.asked_by_id == user.id or role not in roles:
        return False
    return unit is None or is_of_owner(user, export.unit_code)
