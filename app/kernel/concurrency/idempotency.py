"""Idempotency keys: a double click, a back button or a retry finds the record of the first request.

An add form carries a random key, an API client sends its own (`Idempotency-Key`). The key is written in the
transaction of the record. Of two concurrent requests the second fails at the key and gets the record of the first.
Requests on pages without an add form (an export, a batch of printouts, a token) use `run_once`.
"""
# commits: the record and its idempotency key are one unit of work

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from flask import current_app, request
from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Integer, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.concurrency.unit_of_work import SaveRejected, unit_of_work
from app.kernel.text import dates

FORM_FIELD = "idempotency_key"  # the hidden input of an add form
KEY_LIFETIME = timedelta(days=7)  # far longer than a session, so that no open page outlives its key
_KEY_FORMAT = re.compile(r"[!-~]{8,80}")
_UNDIGESTED = {"csrf_token", FORM_FIELD}


class IdempotencyKey(Model):
    """A used key, the record that it created, and a digest of the submitted data."""

    __tablename__ = "idempotency_key"

    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_key: Mapped[str] = mapped_column(String(40), nullable=False)
    request_digest: Mapped[str] = mapped_column(String(64), nullable=False)
    used_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)


def generate_key():
    """Return a new random key."""
    return secrets.token_urlsafe(18)


def form_key():
    """Return the key for the form on this page: the submitted one, or a new one."""
    sent = request.form.get(FORM_FIELD, "")
    return sent if is_valid_key(sent) else generate_key()


def is_valid_key(key):
    """Return True if `key` is 8 to 80 visible ASCII characters."""
    return _KEY_FORMAT.fullmatch(key) is not None


def digest_request(formdata):
    """Return a digest of the submitted data. It is keyed with SECRET_KEY, so that the data cannot be guessed from it."""
    typed = sorted(pair for pair in formdata.items(multi=True) if pair[0] not in _UNDIGESTED)
    return hmac.new(
        current_app.config["SECRET_KEY"].encode(), repr(typed).encode(), hashlib.sha256
    ).hexdigest()


def find_key(key):
    """Return the IdempotencyKey of the current user with this key, or None."""
    user_id = actor_of(db.session).user_id
    return db.session.get(IdempotencyKey, (user_id, key)) if key and user_id else None


def store_key(key, record, formdata):
    """Store, in this transaction, that `key` created the flushed `record`.

    Raises IntegrityError if another request with the same key was faster.
    """
    user_id = actor_of(db.session).user_id
    if not key or not user_id:
        return
    identity = record.__mapper__.primary_key_from_instance(record)[0]
    db.session.add(
        IdempotencyKey(
            user_id=user_id,
            key=key,
            entity=record.__tablename__,
            entity_key=str(identity),
            request_digest=digest_request(formdata),
            used_at=dates.now(),
        )
    )
    db.session.flush()


def run_once(model, formdata, create, is_reusable=lambda record: True):
    """Return the record that `create()` makes of this form, committed, or the record of an earlier identical request.

    The submitted data is part of the key, so that changed data creates another record. A record that is no longer
    reusable (a failed job) is created again.
    """
    sent = formdata.get(FORM_FIELD, "")
    key = (
        hashlib.sha256(f"{sent} {digest_request(formdata)}".encode()).hexdigest()
        if is_valid_key(sent)
        else ""
    )
    before = _find_record(model, key)
    if before is not None and is_reusable(before):
        return before
    if before is not None:
        db.session.delete(find_key(key))
        db.session.flush()
    try:
        with unit_of_work(where="run_once"):
            record = create()
            db.session.flush()
            store_key(key, record, formdata)
    except SaveRejected as rejection:
        before = _find_record(model, key) if rejection.is_conflict else None
        if before is None:
            raise
        return before
    return record


def _find_record(model, key):
    row = find_key(key)
    return db.session.get(model, int(row.entity_key)) if row and row.entity == model.__tablename__ else None


def delete_old_keys(session):
    """Delete keys older than KEY_LIFETIME. Return their number."""
    return session.execute(
        delete(IdempotencyKey).where(IdempotencyKey.used_at < dates.now() - KEY_LIFETIME)
    ).rowcount
