"""Change feed: the records changed since a cursor, read from the audit log in the order of the commits.

The number of an event is assigned while the end of the hash chain is locked, and it stays locked until the commit
(`hash_chain`). A reader who has read up to one number has therefore missed no earlier one, even if another transaction
took long. A sequence or a timestamp would leave gaps that are filled later. Each query reads one window of the log,
whatever the size of the log.
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
from app.kernel.audit.models import AuditEvent, AuditHead, AuditRowHashes, to_local_time
from app.kernel.audit.verify_chain import BATCH_ENTITIES

WINDOW = 1000  # events, or rows of a batch, in one response
NEW, CHANGED, VOIDED = "new", "changed", "voided"
CHANGE_KINDS = {"record.added": NEW, "record.changed": CHANGED}
ADDING_BATCHES = BATCH_ENTITIES - {row_hashes.REHASH_BATCH}  # entities of the batches that add rows


class Cursor(NamedTuple):
    """The number of the last event read, and how many rows of the next batch were read."""

    seq: int = 0
    rows: int = 0

    def __str__(self):
        return base64.urlsafe_b64encode(json.dumps(self, separators=(",", ":")).encode()).decode()

    @classmethod
    def parse(cls, text):
        """Return the cursor that a client sends back. An invalid cursor ends the request with 400."""
        try:
            seq, rows = json.loads(base64.urlsafe_b64decode(text.encode()))
            if type(seq) is int and type(rows) is int and 0 <= seq < 2**31 and 0 <= rows < 2**31:
                return cls(seq, rows)
        except (ValueError, TypeError, RecursionError):
            pass
        abort(400, gettext("This cursor is not valid. Start again without a cursor."))


class Change(NamedTuple):
    """A record in its current state, the kind of its last change, and the time of that change."""

    record: object
    kind: str
    at: object


def latest_cursor():
    """Return the cursor of the end of the log."""
    return Cursor(db.session.scalar(select(AuditHead.seq)))


def changes_since(cursor, models):
    """Return (changes after `cursor`, the next cursor, whether more follow).

    Only records of these models that the reader may see are included. A record that changed several times in the
    window appears once, with the last time.
    """
    models = {model.__tablename__: model for model in models}
    head = latest_cursor().seq
    events = _select_events(cursor.seq, min(cursor.seq + WINDOW, head), models)
    if events and _is_batch(events[0]):
        written, next_cursor = _batch_rows(events[0], cursor.rows)
    else:
        batch = next((one.seq for one in events if _is_batch(one)), None)
        next_cursor = Cursor(batch - 1 if batch else max(cursor.seq, min(cursor.seq + WINDOW, head)))
        written = [
            (one.entity, one.entity_id, CHANGE_KINDS[one.action], one.at)
            for one in events
            if one.seq <= next_cursor.seq
        ]
    return _visible_changes(written, models), next_cursor, next_cursor.seq < head


def _select_events(after, until, models):
    is_batch = AuditEvent.entity.in_(ADDING_BATCHES) & (AuditEvent.row_hash != "")
    is_change = and_(AuditEvent.action.in_(CHANGE_KINDS), AuditEvent.entity.in_(models))
    columns = (AuditEvent.seq, AuditEvent.at, AuditEvent.action, AuditEvent.entity, AuditEvent.entity_id)
    found = select(*columns).where(AuditEvent.seq > after, AuditEvent.seq <= until, or_(is_batch, is_change))
    return db.session.execute(found.order_by(AuditEvent.seq)).all()


def _is_batch(event):
    return event.entity in ADDING_BATCHES


def _batch_rows(event, done):
    """Return (the next rows of a batch, the cursor after them). Each block holds consecutive ids."""
    blocks = select(AuditRowHashes.entity, AuditRowHashes.first_id, func.length(AuditRowHashes.hashes)).where(
        AuditRowHashes.batch == event.entity, AuditRowHashes.number == event.entity_id
    )
    written, before = [], 0
    for entity, first, size in db.session.execute(blocks.order_by(AuditRowHashes.id)):
        rows = size // row_hashes.SHORT_SIZE
        skipped = min(max(done - before, 0), rows)
        taken = min(rows - skipped, WINDOW - len(written))
        written += [(entity, first + skipped + number, NEW, event.at) for number in range(taken)]
        before += rows
        if len(written) == WINDOW:
            return written, Cursor(event.seq - 1, done + WINDOW)
    return written, Cursor(event.seq)


def _visible_changes(written, models):
    """Return one Change for each row that the reader may see, in the order of the last change."""
    last, added = {}, set()
    for entity, pk, kind, at in written:
        last.pop((entity, pk), None)
        last[entity, pk] = at
        added |= {(entity, pk)} if kind == NEW else set()
    records = {}
    for entity in {entity for entity, _pk in last if entity in models}:
        records |= {
            (entity, one.id): one
            for one in _load_visible(models[entity], [pk for name, pk in last if name == entity])
        }
    return [
        Change(one, VOIDED if one.is_void else NEW if key in added else CHANGED, to_local_time(at))
        for key, at in last.items()
        if (one := records.get(key)) is not None
    ]


def _load_visible(model, keys):
    """Load the rows with these keys that the reader may see. The session adds the row filter to the query."""
    columns = {"id", "version", "voided_at", "recorded_at", "number"} & set(
        model.__mapper__.column_attrs.keys()
    )
    found = (
        select(model)
        .where(model.id.in_(keys))
        .options(load_only(*(getattr(model, name) for name in columns)))
    )
    return db.session.scalars(found).unique()
