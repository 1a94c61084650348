"""Which officers write, sign, withdraw, answer and decline a letter."""

from app.accounts.admin_scope import get_role_names
from app.accounts.identity_traits import share_identity
from app.letters.officers import find_present_chief, stands_in
from app.letters.receivers import leaves_province, needs_signature
from app.reference.unit_paths import list_own_units


def may_write(user, letter):
    """Return whether the user serves in the unit of the letter."""
    return user.unit_code is not None and letter.unit_code in list_own_units(user.unit_code)


def is_author(user, letter):
    """Return whether the user writes this letter. No other officer changes or sends it, so the signer has not written it."""
    return user.id == letter.recorded_by_id and may_write(user, letter)


def may_sign(user, letter):
    """Return whether the user is the chief who signs, and not the author."""
    author = letter.recorded_by
    if user.id == letter.recorded_by_id or (author is not None and share_identity(user, author)):
        return False
    role, unit_code = find_signer(letter)
    return role in get_role_names(user) and unit_code in (None, user.unit_code)


def find_signer(letter):
    """Return (role, unit code) of the officer who signs the letter.

    The national monitor signs for a unit without a provincial chief, and for a letter that the chief wrote.
    """
    return find_present_chief(letter.unit_code, letter.recorded_by_id)


def may_withdraw(user, letter):
    """Return whether the user is the author of the letter, or the chief who signs for its unit."""
    return is_author(user, letter) or may_sign(user, letter)


def find_recipient(user, letter):
    """Return the recipient of the letter that the user acts for, or None.

    It is that of the unit of the user, or of a unit below a chief that has no officer for its letters.
    """
    own = list_own_units(user.unit_code) if user.unit_code else ()
    found = next((one for one in letter.recipients if one.to_unit_code in own), None)
    if found is not None or letter.unit_code in own:
        return found
    return next((one for one in letter.recipients if stands_in(user, one.to_unit_code)), None)


def must_chief_decline(session, recipient):
    """Return whether only the chief of the receiver declines: an answer would need the signature."""
    letter = recipient.letter
    return needs_signature(session, letter, [recipient.to_unit_code]) or leaves_province(
        recipient.to_unit, [letter.unit_code]
    )
