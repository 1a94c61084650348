"""Keys that are made from the secret of the register, one for each use: none of them opens another's box."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

__all__ = ["InvalidToken", "bytes_of", "mark_of", "opened", "shut_in"]


def _key(secret, use):
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=use.encode()).derive(secret.encode())


def _box():
    """The newest secret shuts; those before it (SECRET_KEY_FALLBACKS) still open."""
    secrets = [current_app.config["SECRET_KEY"], *(current_app.config.get("SECRET_KEY_FALLBACKS") or ())]
    return MultiFernet([Fernet(urlsafe_b64encode(_key(one, "second factor"))) for one in secrets])


def shut_in(text):
    """`text`, encrypted and sealed."""
    return _box().encrypt(text.encode()).decode()


def opened(boxed):
    """What was shut in. Raises InvalidToken where the secret of the register has changed."""
    return _box().decrypt(boxed.encode()).decode()


def bytes_of(use, text):
    """32 bytes that follow from `text`, and that nobody can reckon who has the database alone."""
    return hmac.new(_key(current_app.config["SECRET_KEY"], use), text.encode(), hashlib.sha256).digest()


def mark_of(use, text):
    """The same as 64 hexadecimal digits."""
    return bytes_of(use, text).hex()
