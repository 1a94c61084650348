"""Separation of duties: three different people. The database compares their ids, this module their other traits."""

from flask_babel import lazy_gettext as _

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
