"""Separation of duties: three different people. The database compares their ids, this module their other traits."""

import re

from flask_babel import lazy_gettext as _

from app.accounts import encryption
from app.accounts.models import SecondFactor
from app.corrections.errors import NotAllowed
from app.extensions import db
from app.kernel.text.khmer import to_latin_digits

PHONE_DIGITS = 8  # last digits, equal with and without the country code


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
        if find_identity_traits(user) & find_identity_traits(other):
            raise NotAllowed(
                _(
                    "This account and an earlier step's account share a telephone, e-mail address or two-step verification. A third officer must take this step."
                )
            )


def find_identity_traits(user):
    """Return what only one person should have: e-mail, telephone, secret of the second factor."""
    name, _at, host = (user.email or "").casefold().rpartition("@")
    found = {("email", f"{name.partition('+')[0]}@{host}")} if name else set()
    digits = re.sub(r"\D", "", to_latin_digits(getattr(user, "phone", "") or ""))
    if len(digits) >= PHONE_DIGITS:
        found.add(("phone", digits[-PHONE_DIGITS:]))
    return found | _find_secrets(user)


def _find_secrets(user):
    factor = db.session.get(SecondFactor, user.id)
    if factor is None:
        return set()
    try:
        return {("secret", encryption.decrypt(factor.secret))}
    except encryption.InvalidToken:  # the secret key was replaced, so the second factor no longer works
        return set()
