"""One key, one record: a double click, a back button or a retry after a lost answer finds what the first one made.

An add form carries a random key, a program sends its own (`Idempotency-Key`). The key is written in the
transaction of the record, so that of two requests at once the second fails at the key and is told of the first.
What is asked for on a page that is no add form (an export, a batch of papers, a token) goes through `made`.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime, timedelta

from flask import current_app, request
from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Integer, String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.text import dates

BOX = "once"  # the hidden box of an add form
KEPT = timedelta(days=7)  # far longer than a sign-in lasts, so no open page outlives its key
_FORM = re.compile(r"[!-~]{8,80}")
_NOT_TYPED = {"csrf_token", BOX}


class SaveKey(Model):
    """A key that somebody used, the record that came of it, and a mark of what was sent with it."""

    __tablename__ = "save_key"

    user_id: Mapped[int] = mapped_column(Integer, ForeignKey("ab_user.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_key: Mapped[str] = mapped_column(String(40), nullable=False)
    mark: Mapped[str] = mapped_column(String(64), nullable=False)
    used_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)


def new_key():
    return secrets.token_urlsafe(18)


def of_form():
    """The key for the box of the form on this page: the one that was sent, else a new one."""
    sent = request.form.get(BOX, "")
    return sent if fits(sent) else new_key()


def fits(key):
    """Whether `key` can be one: 8 to 80 visible ASCII characters."""
    return _FORM.fullmatch(key) is not None


def mark_of(formdata):
    """A mark of everything typed, from which nothing typed can be guessed: it is made with the register's secret."""
    typed = sorted(pair for pair in formdata.items(multi=True) if pair[0] not in _NOT_TYPED)
    return hmac.new(current_app.secret_key.encode(), repr(typed).encode(), hashlib.sha256).hexdigest()


def used(key):
    """The reader's own SaveKey of that key; None where the key is new or there is none."""
    user_id = actor_of(db.session).user_id
    return db.session.get(SaveKey, (user_id, key)) if key and user_id else None


def keep(key, record, formdata):
    """Write down, in this transaction, that `key` made the flushed `record`.

    Raises IntegrityError where another request of the same key was faster.
    """
    user_id = actor_of(db.session).user_id
    if not key or not user_id:
        return
    identity = record.__mapper__.primary_key_from_instance(record)[0]
    db.session.add(
        SaveKey(
            user_id=user_id,
            key=key,
            entity=record.__tablename__,
            entity_key=str(identity),
            mark=mark_of(formdata),
            used_at=dates.now(),
        )
    )
    db.session.flush()


def made(model, formdata, make, counts=lambda record: True):
    """What `make()` made of this form, committed; where the same was sent before, what came of it then.

    What was typed is part of the key: whoever goes back and asks for something else gets something else. What does not
    count any more (a job that failed) is made anew.
    """
    sent = formdata.get(BOX, "")
    key = hashlib.sha256(f"{sent} {mark_of(formdata)}".encode()).hexdigest() if fits(sent) else ""
    before = _record_of(model, key)
    if before is not None and counts(before):
        return before
    if before is not None:
        db.session.delete(used(key))
        db.session.flush()
    try:
        record = make()
        db.session.flush()
        keep(key, record, formdata)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        before = _record_of(model, key)
        if before is None:
            raise
        return before
    return record


def _record_of(model, key):
    row = used(key)
    return db.session.get(model, int(row.entity_key)) if row and row.entity == model.__tablename__ else None


def forget_old(session):
    """Keys whose pages nobody has open any more go. Gives how many."""
    return session.execute(delete(SaveKey).where(SaveKey.used_at < dates.now() - KEPT)).rowcount
