"""Traits that only one person should have. Two accounts with an equal trait are taken for one person."""

import re

from app.accounts import encryption
from app.accounts.models import SecondFactor
from app.extensions import db
from app.kernel.text.khmer import to_latin_digits

PHONE_DIGITS = 8  # last digits, equal with and without the country code


def share_identity(user, *others):
    """Return whether `user` shares an e-mail address, telephone or second factor with one of the others."""
    own = find_identity_traits(user)
    return any(own & find_identity_traits(other) for other in others if other is not None)


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
