"""Encryption and keyed hashes with keys derived from SECRET_KEY, one key for each use."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

__all__ = ["InvalidToken", "decrypt", "derive_all_hex", "derive_bytes", "derive_hex", "encrypt"]


def _derive_key(secret, use):
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=use.encode()).derive(secret.encode())


def _list_secrets():
    """Return the secrets, newest first. The first encrypts; older ones (ECRIME_OLD_SECRET_KEYS) only decrypt."""
    return [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]]


def _build_cipher():
    return MultiFernet(
        [Fernet(urlsafe_b64encode(_derive_key(one, "second factor"))) for one in _list_secrets()]
    )


def encrypt(text):
    """Return `text` encrypted and authenticated."""
    return _build_cipher().encrypt(text.encode()).decode()


def decrypt(encrypted):
    """Return the decrypted text. Raise InvalidToken if it was encrypted with an unknown secret."""
    return _build_cipher().decrypt(encrypted.encode()).decode()


def derive_bytes(use, text):
    """Return 32 bytes derived from `text`, which cannot be computed from the database alone."""
    return _derive_bytes(_list_secrets()[0], use, text)


def derive_hex(use, text):
    """Return `derive_bytes` as 64 hexadecimal digits."""
    return derive_bytes(use, text).hex()


def derive_all_hex(use, text):
    """Return `derive_hex` of the current secret and of each older one."""
    return [_derive_bytes(one, use, text).hex() for one in _list_secrets()]


def _derive_bytes(secret, use, text):
    return hmac.new(_derive_key(secret, use), text.encode(), hashlib.sha256).digest()
