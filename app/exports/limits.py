"""Row limits of exports, with and without approval by a second person.

The limits by role are in app/roles.py.
"""

from flask import current_app

from app.accounts.admin_scope import get_role_names
from app.accounts.chain_of_command import NATIONAL_ROLE, find_responsible_chief, is_in_command_chain
from app.accounts.identity_traits import share_identity

ROW_LIMIT_WITH_APPROVAL = 1_000_000


def get_row_limit():
    """Return the highest row limit of the reader's roles."""
    allowed = current_app.extensions["ecrime.export_rows"]
    return max(
        (allowed.get(role, 0) for role in current_app.appbuilder.sm.get_reader_permissions().role_names),
        default=0,
    )


def find_approver(export):
    """Return (role, unit code) of the approver: the chief responsible for the unit.

    A chief's own request goes to the national monitor.
    """
    role, unit = find_responsible_chief(export.unit_code)
    if any(assigned.name == role for assigned in export.requested_by.roles):
        return NATIONAL_ROLE, None
    return role, unit


def may_decide(user, roles, export):
    """Return whether `user` is the approver. No account of the requester, or that seems to be theirs, decides."""
    role, unit = find_approver(export)
    if export.requested_by_id == user.id or role not in roles or share_identity(user, export.requested_by):
        return False
    return unit is None or is_in_command_chain(user, export.unit_code)


def is_approval_valid(export):
    """Return whether the requester still serves in the unit of the request, and the approver still may approve it."""
    approver = export.decided_by
    return (
        export.requested_by.unit_code == export.unit_code
        and approver.active
        and may_decide(approver, get_role_names(approver), export)
    )
