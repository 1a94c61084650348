"""What was written since a cursor, for those who follow the register: the chained log, in the order of its commits.

A number of the log is given while the end of the chain is held, and the end is held until the commit (`trace.chain`). So
whoever has read as far as one number has missed none before it, however long another transaction took; a sequence or
a clock would leave gaps that are filled later. One question reads a window of the log, whatever the size of the log.
"""

import base64
import json
from typing import NamedTuple

from flask import abort
from flask_babel import gettext
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import load_only

from app.extensions import db
from app.kernel.audit import row_hashes
from app.kernel.audit.models import AuditEvent, AuditHead, AuditSeals, civil
from app.kernel.audit.verify_chain import BATCHES

WINDOW = 1000  # entries of the log, or rows of a batch, in one answer
NEW, CHANGED, STRUCK_OUT = "new", "changed", "struck_out"
KINDS = {"add": NEW, "change": CHANGED}
BROUGHT_IN = BATCHES - {row_hashes.ANEW}  # batches that added rows


class Cursor(NamedTuple):
    """The last number of the log that was read, and how many rows of the batch that comes next."""

    seq: int = 0
    rows: int = 0

    def __str__(self):
        return base64.urlsafe_b64encode(json.dumps(self, separators=(",", ":")).encode()).decode()

    @classmethod
    def of(cls, text):
        """The cursor that somebody sends back; what was never given out ends the request."""
        try:
            seq, rows = json.loads(base64.urlsafe_b64decode(text.encode()))
            if type(seq) is int and type(rows) is int and 0 <= seq < 2**31 and 0 <= rows < 2**31:
                return cls(seq, rows)
        except (ValueError, TypeError, RecursionError):
            pass
        abort(400, gettext("This cursor was not given out here. Begin without one."))


class Change(NamedTuple):
    """One record as it is now, what happened to it last, and when."""

    record: object
    kind: str
    at: object


def end():
    """The cursor after which nothing has been written yet."""
    return Cursor(db.session.scalar(select(AuditHead.seq)))


def since(cursor, models):
    """(the changes after `cursor` of records of these models that the reader sees, the next cursor, whether there is more).

    Of a record that was written more than once in the window, the last time is told.
    """
    models = {model.__tablename__: model for model in models}
    head = end().seq
    events = _events(cursor.seq, min(cursor.seq + WINDOW, head), models)
    if events and _is_batch(events[0]):
        written, following = _of_batch(events[0], cursor.rows)
    else:
        batch = next((one.seq for one in events if _is_batch(one)), None)
        following = Cursor(batch - 1 if batch else max(cursor.seq, min(cursor.seq + WINDOW, head)))
        written = [
            (one.entity, one.entity_id, KINDS[one.action], one.at)
            for one in events
            if one.seq <= following.seq
        ]
    return _seen(written, models), following, following.seq < head


def _events(after, until, models):
    added = AuditEvent.entity.in_(BROUGHT_IN) & (AuditEvent.seal != "")
    wanted = and_(AuditEvent.action.in_(KINDS), AuditEvent.entity.in_(models))
    columns = (AuditEvent.seq, AuditEvent.at, AuditEvent.action, AuditEvent.entity, AuditEvent.entity_id)
    found = select(*columns).where(AuditEvent.seq > after, AuditEvent.seq <= until, or_(added, wanted))
    return db.session.execute(found.order_by(AuditEvent.seq)).all()


def _is_batch(event):
    return event.entity in BROUGHT_IN


def _of_batch(event, done):
    """(the next rows of a batch, the cursor after them). Their blocks hold consecutive ids."""
    blocks = select(AuditSeals.entity, AuditSeals.first_id, func.length(AuditSeals.seals)).where(
        AuditSeals.batch == event.entity, AuditSeals.number == event.entity_id
    )
    written, before = [], 0
    for entity, first, size in db.session.execute(blocks.order_by(AuditSeals.id)):
        rows = size // row_hashes.SHORT
        skipped = min(max(done - before, 0), rows)
        taken = min(rows - skipped, WINDOW - len(written))
        written += [(entity, first + skipped + number, NEW, event.at) for number in range(taken)]
        before += rows
        if len(written) == WINDOW:
            return written, Cursor(event.seq - 1, done + WINDOW)
    return written, Cursor(event.seq)


def _seen(written, models):
    """The Changes of what the reader sees of the rows, each once, in the order of the last time."""
    last, made = {}, set()
    for entity, pk, kind, at in written:
        last.pop((entity, pk), None)
        last[entity, pk] = at
        made |= {(entity, pk)} if kind == NEW else set()
    records = {}
    for entity in {entity for entity, _pk in last if entity in models}:
        records |= {
            (entity, one.id): one for one in _read(models[entity], [pk for of, pk in last if of == entity])
        }
    return [
        Change(one, STRUCK_OUT if one.is_void else NEW if key in made else CHANGED, civil(at))
        for key, at in last.items()
        if (one := records.get(key)) is not None
    ]


def _read(model, keys):
    """The rows of those keys that the reader sees: the session bounds every question to his part."""
    columns = {"id", "version", "voided_at", "recorded_at", "number"} & set(
        model.__mapper__.column_attrs.keys()
    )
    found = (
        select(model)
        .where(model.id.in_(keys))
        .options(load_only(*(getattr(model, name) for name in columns)))
    )
    return db.session.scalars(found).unique()
