"""Traits that only one person should have. Two accounts with an equal trait are taken for one person."""

import re
from datetime import timedelta

from sqlalchemy import inspect, literal, select, union_all

from app.accounts import encryption
from app.accounts.models import FormerTrait, SecondFactor, User
from app.extensions import db
from app.kernel.text import dates
from app.kernel.text.khmer import to_latin_digits

PHONE_DIGITS = 8  # last digits, equal with and without the country code
REMEMBERED = timedelta(days=180)  # for so long a former e-mail address or telephone counts


def share_identity(user, *others):
    """Return whether `user` shares an e-mail address, telephone or second factor with one of the others."""
    users = {one.id: one for one in (user, *others) if one is not None}
    traits = _load_traits(users.values(), users)
    return any(traits[user.id] & traits[other.id] for other in others if other is not None)


def hides_match(user_id, before, after):
    """Return whether the telephone `after` would hide that another active account has or had the telephone `before`."""
    trait = _make_trait("phone", before)
    if trait is None or trait == _make_trait("phone", after):
        return False
    others = User.id != user_id, User.active.is_(True)
    phones = db.session.scalars(select(User.phone).where(*others, User.phone.is_not(None)))
    if any(_make_trait("phone", phone) == trait for phone in phones):
        return True
    former = FormerTrait.kind == trait[0], FormerTrait.value == trait[1]
    recent = FormerTrait.until > dates.now() - REMEMBERED
    found = select(FormerTrait.id).join(User, User.id == FormerTrait.user_id).where(*others, *former, recent)
    return db.session.scalar(found.limit(1)) is not None


def find_accounts_of_one_person(user_ids):
    """Return {id: ids of all accounts that share a trait with this account, itself included}."""
    holders, traits = {}, _load_traits_of()
    for user_id, own in traits.items():
        for trait in own:
            holders.setdefault(trait, set()).add(user_id)
    return {one: {one}.union(*(holders[trait] for trait in traits.get(one, ()))) for one in user_ids}


def find_own_accounts(user, user_ids):
    """Return those of the accounts `user_ids` that are the user's or share a trait with the user."""
    traits = _load_traits_of({user.id, *user_ids})
    own = traits.get(user.id, set())
    return {one for one in user_ids if one == user.id or own & traits.get(one, set())}


def _load_traits_of(user_ids=None):
    """Return {id: traits} of these accounts, or of all."""
    users = _narrow(select(User.id, User.email, User.phone), User.id, user_ids)
    return _load_traits(db.session.execute(users), user_ids)


def _load_traits(users, user_ids):
    """Return {id: traits} of users: e-mail, telephone, secret of the second factor. `user_ids` are their ids, None for all.

    Former addresses and telephones count for a time, so that a change just before an act hides nothing.
    """
    traits = {
        one.id: {_make_trait("email", one.email), _make_trait("phone", one.phone)} - {None} for one in users
    }
    former = select(FormerTrait.user_id, FormerTrait.kind, FormerTrait.value)
    recent = former.where(FormerTrait.until > dates.now() - REMEMBERED)
    secrets = select(SecondFactor.user_id, literal("secret"), SecondFactor.secret)
    kept = union_all(
        _narrow(recent, FormerTrait.user_id, user_ids), _narrow(secrets, SecondFactor.user_id, user_ids)
    )
    for user_id, kind, value in db.session.execute(kept):
        text = _read_secret(value) if kind == "secret" else value
        if text is not None:
            traits.setdefault(user_id, set()).add((kind, text))
    return traits


def _narrow(statement, column, ids):
    return statement if ids is None else statement.where(column.in_(ids))


def _make_trait(kind, text):
    """Return (kind, text as it is compared), or None if there is none."""
    if kind == "phone":
        digits = re.sub(r"\D", "", to_latin_digits(text or ""))
        return (kind, digits[-PHONE_DIGITS:]) if len(digits) >= PHONE_DIGITS else None
    name, _at, host = (text or "").casefold().rpartition("@")
    return (kind, f"{name.partition('+')[0]}@{host}") if name else None


def keep_former_traits(session, _context, _instances):
    """Keep the e-mail address and telephone that a user had before the change."""
    for user in [one for one in session.dirty if isinstance(one, User)]:
        for kind in ("email", "phone"):
            for text in inspect(user).attrs[kind].history.deleted or ():
                trait = _make_trait(kind, text)
                if trait and trait != _make_trait(kind, getattr(user, kind)):
                    session.add(FormerTrait(user_id=user.id, kind=kind, value=trait[1], until=dates.now()))


def _read_secret(encrypted):
    """Return the secret of a second factor, or None after the secret key was replaced: then the factor no longer works."""
    try:
        return encryption.decrypt(encrypted)
    except encryption.InvalidToken:
        return None
