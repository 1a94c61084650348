"""The second factor: a code of six digits that a telephone reckons from a shared secret and the clock (RFC 6238).

A code counts in its half-minute and the two beside it, and once. Ten recovery codes serve where the phone is lost.
"""

import base64
import hmac
import logging
import secrets
import time

import pyotp
import segno
from flask import current_app
from sqlalchemy import delete, func, select, update

from app.accounts import encryption
from app.accounts.models import RecoveryCode, SecondFactor
from app.extensions import db
from app.kernel.text import dates
from app.kernel.text.khmer import latin_digits

log = logging.getLogger(__name__)

STEP = 30  # seconds
RECOVERY_CODES = 10
RECOVERY = "recovery code"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that looks like another


def needed_by(role_names):
    """Whether one of these roles does nothing before its bearer has a second factor."""
    required = current_app.config["SECOND_FACTOR"] == "required"
    return required and not current_app.extensions["ecrime.second_factor_roles"].isdisjoint(role_names)


def has(user_id):
    """Whether that user is asked for a code."""
    return bool(db.session.scalar(select(SecondFactor.user_id).where(SecondFactor.user_id == user_id)))


def offered(user_id, sign_in):
    """The secret that a user may confirm in this session: reckoned, not kept, so that a page that is only opened
    writes nothing. Thirty-two letters."""
    return base64.b32encode(
        encryption.bytes_of("offered secret", f"{user_id}:{sign_in.token_hash}")[:20]
    ).decode()


def address_of(user, secret):
    """What the telephone reads: `otpauth://…` with the secret, the user name and the name of the register."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=current_app.config["APP_NAME"])


def picture_of(address):
    """The square of dots, as a picture that stands in the page itself: it is nowhere kept and has no address."""
    return segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#1b2330", light="#ffffff")


def confirm(user_id, sign_in, code):
    """Switch the second factor on where the code is right. Gives the recovery codes, seen only now; else None."""
    secret = offered(user_id, sign_in)
    step = _step_of(pyotp.TOTP(secret), code)
    if step is None or has(user_id):
        return None
    row = SecondFactor(
        user_id=user_id, secret=encryption.shut_in(secret), confirmed_at=dates.now(), last_step=step
    )
    db.session.add(row)
    return new_recovery_codes(user_id)


def new_recovery_codes(user_id):
    """Ten new recovery codes; the old ones are void."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = ["".join(secrets.choice(LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=_hash_of(code)) for code in codes)
    db.session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def codes_left(user_id):
    """How many recovery codes have not served yet."""
    where = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(RecoveryCode).where(*where))


def check(user_id, typed):
    """Take the code, or the recovery code, that was typed: "code", "recovery", or None where it is wrong or used."""
    row = db.session.get(SecondFactor, user_id)
    if row is None:
        return None
    if _taken(row, typed):
        return "code"
    said = "".join(sign for sign in typed.upper() if sign in LETTERS)
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash.in_(encryption.marks_of(RECOVERY, said)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=dates.now())
        .execution_options(synchronize_session=False)
    )
    return "recovery" if used.rowcount else None


def remove(user_id):
    """The user has no second factor any more, and no recovery codes."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    db.session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))


def _hash_of(code):
    return encryption.mark_of(RECOVERY, code)


def _taken(row, typed):
    """Take the code of this half-minute or one beside it. One statement moves the mark: of two at once, one wins."""
    try:
        secret = encryption.opened(row.secret)
    except encryption.InvalidToken:
        log.error("A second factor was shut in with another secret: set ECRIME_OLD_SECRET_KEYS.")
        return False
    step = _step_of(pyotp.TOTP(secret), typed)
    if step is None:
        return False
    moved = db.session.execute(
        update(SecondFactor)
        .where(SecondFactor.user_id == row.user_id, SecondFactor.last_step < step)
        .values(
            last_step=step, secret=encryption.shut_in(secret)
        )  # anew: the secret of the register may be another
        .execution_options(synchronize_session=False)
    )
    return moved.rowcount == 1


def _step_of(totp, typed):
    said = "".join(latin_digits(typed).split())
    now = int(time.time()) // STEP
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(totp.at(step * STEP).encode(), said.encode("utf-8", "replace")):
            return step
    return None
