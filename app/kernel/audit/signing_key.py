"""The key of the log: a file outside the database, so that who holds the database alone cannot forge a row."""

import hashlib
import os
import secrets
from functools import cache

from sqlalchemy.exc import SQLAlchemyError

import config

SHORTEST = 32  # characters


class NotWritten(SQLAlchemyError):
    """The log could not be written, so the act it belongs to does not happen.

    It is one of SQLAlchemy's errors because each door that says of a save that it failed must say it of this too.
    """


class KeyMissing(NotWritten):
    """There is no key to write or to prove the log with."""


def key():
    """The key, 32 bytes. The demo makes one at the first call; production is given one. Raises KeyMissing."""
    return _read(config.AUDIT_KEY_FILE, config.ENVIRONMENT == "demo")


def signer():
    """The function message → HMAC-SHA256 with the key, 32 bytes; take it once for many rows. Raises KeyMissing."""
    return _signer(key())


def sign(message):
    return signer()(message)


@cache
def _signer(held):
    """HMAC as RFC 2104 defines it, both halves begun once: half the time of `hmac.digest`, which begins each anew."""
    block = held.ljust(64, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ mask for byte in block)) for mask in (0x36, 0x5C))

    def sign_one(message):
        first, second = inner.copy(), outer.copy()
        first.update(message)
        second.update(first.digest())
        return second.digest()

    return sign_one


@cache
def _read(path, make):
    if make and not path.exists():
        make_file(path)
    try:
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise KeyMissing(f"The key of the log, {path}, cannot be read: {fault}.") from fault
    if len(text) < SHORTEST:
        raise KeyMissing(f"The key of the log, {path}, has fewer than {SHORTEST} characters.")
    return hashlib.sha256(text.encode()).digest()


def make_file(path):
    """Write a new random key that only its owner may read. One that is there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(fresh, path)  # whole or not at all, and never over another process's
    except FileExistsError:
        return
    finally:
        fresh.unlink()
