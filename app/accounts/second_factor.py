"""The second factor: a time-based code of six digits (TOTP, RFC 6238), computed by the user's telephone, or a passkey.

A code is valid once, in its time step of 30 seconds and in the steps before and after. Ten recovery codes replace a
lost telephone or passkey. `passkeys` has the passkeys.
"""

import base64
import hmac
import logging
import secrets
import time

import pyotp
import segno
from flask import current_app
from sqlalchemy import delete, exists, func, or_, select, update

from app.accounts import encryption
from app.accounts.models import Passkey, RecoveryCode, SecondFactor
from app.extensions import db
from app.kernel.text import dates
from app.kernel.text.khmer import to_latin_digits

log = logging.getLogger(__name__)

STEP = 30  # seconds
RECOVERY_CODES = 10
RECOVERY_USE = "recovery code"
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without letters and digits that look alike


def is_required_for(role_names):
    """Return whether one of these roles requires a second factor."""
    required = current_app.config["SECOND_FACTOR"] == "required"
    return required and not current_app.extensions["ecrime.second_factor_roles"].isdisjoint(role_names)


def has_second_factor(user_id):
    """Return whether the user has set up a telephone or a passkey."""
    by_passkey = exists().where(Passkey.user_id == user_id)
    return db.session.scalar(select(or_(exists().where(SecondFactor.user_id == user_id), by_passkey)))


def has_telephone(user_id):
    """Return whether the user has set up the codes of a telephone."""
    return db.session.scalar(select(exists().where(SecondFactor.user_id == user_id)))


def derive_offered_secret(user_id, sign_in):
    """Return the secret (32 letters) that the user may confirm in this session.

    It is derived and not stored, so that opening the setup page writes nothing.
    """
    return base64.b32encode(
        encryption.derive_bytes("offered secret", f"{user_id}:{sign_in.token_hash}")[:20]
    ).decode()


def build_otp_uri(user, secret):
    """Return the `otpauth://` URI with the secret, the user name and the name of the application."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=current_app.config["APP_NAME"])


def draw_qr_code(uri):
    """Return the QR code of the URI as a data URI, so that it is not stored and has no URL."""
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=4, dark="#1b2330", light="#ffffff")


def set_telephone(user_id, sign_in, code):
    """Set up the telephone, or replace it, if the code is right. Return the recovery codes, shown only now, or None."""
    secret = derive_offered_secret(user_id, sign_in)
    step = _find_time_step(pyotp.TOTP(secret), code)
    if step is None:
        return None
    row = db.session.get(SecondFactor, user_id) or SecondFactor(user_id=user_id)
    row.secret, row.confirmed_at, row.last_step = encryption.encrypt(secret), dates.now(), step
    db.session.add(row)
    return create_recovery_codes(user_id)


def create_recovery_codes(user_id):
    """Replace the user's recovery codes. Return the ten new ones."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = ["".join(secrets.choice(CODE_LETTERS) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    db.session.add_all(RecoveryCode(user_id=user_id, code_hash=_hash_code(code)) for code in codes)
    db.session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def count_recovery_codes(user_id):
    """Return the number of unused recovery codes."""
    where = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(RecoveryCode).where(*where))


def use_code(user_id, typed):
    """Use the typed code or recovery code. Return "code", "recovery", or None if it is wrong or used."""
    row = db.session.get(SecondFactor, user_id)
    if row is not None and _use_totp_code(row, typed):
        return "code"
    letters = "".join(letter for letter in typed.upper() if letter in CODE_LETTERS)
    used = db.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash.in_(encryption.derive_all_hex(RECOVERY_USE, letters)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=dates.now())
        .execution_options(synchronize_session=False)
    )
    return "recovery" if used.rowcount else None


def remove_second_factor(user_id):
    """Remove the user's telephone, passkeys and recovery codes. Return whether there was a second factor."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    kinds = SecondFactor, Passkey
    rows = [row for kind in kinds for row in db.session.scalars(select(kind).where(kind.user_id == user_id))]
    for row in rows:
        db.session.delete(row)
    return bool(rows)


def _hash_code(code):
    return encryption.derive_hex(RECOVERY_USE, code)


def _use_totp_code(row, typed):
    """Use the code of the current time step or one next to it. Return whether it was right and unused.

    One UPDATE compares and sets the last step, so that of two parallel requests only one succeeds.
    """
    try:
        secret = encryption.decrypt(row.secret)
    except encryption.InvalidToken:
        log.error("A second factor was encrypted with another secret. Set ECRIME_OLD_SECRET_KEYS.")
        return False
    step = _find_time_step(pyotp.TOTP(secret), typed)
    if step is None:
        return False
    updated = db.session.execute(
        update(SecondFactor)
        .where(SecondFactor.user_id == row.user_id, SecondFactor.last_step < step)
        # Encrypt again, because SECRET_KEY may have changed since.
        .values(last_step=step, secret=encryption.encrypt(secret))
        .execution_options(synchronize_session=False)
    )
    return updated.rowcount == 1


def _find_time_step(totp, typed):
    digits = "".join(to_latin_digits(typed).split())
    now = int(time.time()) // STEP
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(totp.at(step * STEP).encode(), digits.encode("utf-8", "replace")):
            return step
    return None
