"""Three people, and no one of them twice: the database compares their ids, this compares what else they share."""

import re

from flask_babel import lazy_gettext as _

from app.accounts import encryption
from app.accounts.models import SecondFactor
from app.corrections.errors import NotYours
from app.extensions import db
from app.kernel.text.khmer import latin_digits

TELEPHONE = 8  # the last digits, which are the same with and without the country's number


def refuse_same_hands(user, *others):
    """Raises NotYours where `user` is one of those who took an earlier step, by his id or by what both share."""
    for other in others:
        if other is None:
            continue
        if other.id == user.id:
            raise NotYours(
                _(
                    "This step is for somebody else: who has asked does not decide, and neither carries it out."
                )
            )
        if traits(user) & traits(other):
            raise NotYours(
                _(
                    "This account and one of an earlier step have the same telephone, e-mail or second factor."
                    " A third person has to take this step."
                )
            )


def traits(user):
    """What only one person should have: e-mail, telephone, the secret of the second factor."""
    name, _at, host = (user.email or "").casefold().rpartition("@")
    found = {("email", f"{name.partition('+')[0]}@{host}")} if name else set()
    digits = re.sub(r"\D", "", latin_digits(getattr(user, "phone", "") or ""))
    if len(digits) >= TELEPHONE:
        found.add(("phone", digits[-TELEPHONE:]))
    return found | _secrets(user)


def _secrets(user):
    factor = db.session.get(SecondFactor, user.id)
    if factor is None:
        return set()
    try:
        return {("secret", encryption.opened(factor.secret))}
    except encryption.InvalidToken:  # the register's own secret was changed: it serves nobody any more
        return set()
