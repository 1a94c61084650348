"""Keys that are made from the secret of the register, one for each use: none of them opens another's box."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

__all__ = ["InvalidToken", "bytes_of", "mark_of", "marks_of", "opened", "shut_in"]


def _key(secret, use):
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=use.encode()).derive(secret.encode())


def _secrets():
    """The newest secret shuts and signs; those before it (ECRIME_OLD_SECRET_KEYS) still open."""
    return [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]


def _box():
    return MultiFernet([Fernet(urlsafe_b64encode(_key(one, "second factor"))) for one in _secrets()])


def shut_in(text):
    """`text`, encrypted and sealed."""
    return _box().encrypt(text.encode()).decode()


def opened(boxed):
    """What was shut in. Raises InvalidToken where the secret of the register has changed."""
    return _box().decrypt(boxed.encode()).decode()


def bytes_of(use, text):
    """32 bytes that follow from `text`, and that nobody can reckon who has the database alone."""
    return _bytes(_secrets()[0], use, text)


def mark_of(use, text):
    """The same as 64 hexadecimal digits."""
    return bytes_of(use, text).hex()


def marks_of(use, text):
    """That mark, and those which the secrets of before would have made."""
    return [_bytes(one, use, text).hex() for one in _secrets()]


def _bytes(secret, use, text):
    return hmac.new(_key(secret, use), text.encode(), hashlib.sha256).digest()
