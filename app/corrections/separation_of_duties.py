"""Separation of duties: three different people, each with the role of the step. The database compares their ids, this module
their other traits."""

from flask import current_app
from flask_babel import lazy_gettext as _

from app.accounts.admin_scope import get_role_names
from app.accounts.identity_traits import share_identity
from app.corrections.errors import NotAllowed


def require_different_person(user, *others):
    """Raise NotAllowed if `user` took an earlier step, by user id or by a shared trait."""
    for other in others:
        if other is None:
            continue
        if other.id == user.id:
            raise NotAllowed(
                _(
                    "Another officer must do this step. The requesting officer cannot decide, and neither of the two can apply the correction."
                )
            )
        if share_identity(user, other):
            raise NotAllowed(
                _(
                    "This account and an earlier step's account share a telephone, e-mail address or two-step verification. A third officer must take this step."
                )
            )


def may_still(user, permission):
    """Return whether the officer of an earlier step still has an active account with the role of that step."""
    table = current_app.extensions["ecrime.permission_table"]
    return user.active and table.get_permissions(get_role_names(user)).may(permission, "Correction")
