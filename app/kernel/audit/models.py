"""The tables of the audit log. Rows are only added; the database rejects every other change (migration 0003).

`audit_event` is the hash chain. Personal data is kept apart in `audit_payload`, linked by its hash, so that an erasure
required by law leaves the chain intact. `audit_head` is one row: the end of the chain, which a writer locks while it
appends. `audit_row_hashes` holds the hashes of rows that came in a batch.
"""

import json
from datetime import datetime, timedelta

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

UTC_OFFSET = timedelta(hours=7)  # Cambodia; no summer time since 1975
BACKUP_COMPLETED = "backup.completed"  # the action after a complete archive
LOG_VERIFIED = (
    "audit.verified"  # the action after a verification of the whole log; its outcome is "ok" or "alarm"
)
FIRST_PREVIOUS_HASH = "0" * 64  # the previous hash of the first row


class ExactJson(TypeDecorator):
    """JSON stored as the exact text that was hashed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value if value is None or isinstance(value, str) else canonical_json(value)

    def process_result_value(self, value, dialect):
        return None if value is None else json.loads(value)


_coder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
# The encoder that `JSONEncoder.encode` creates at each call, created once: verifying a long log takes half the time.
_make_encoder = getattr(json.encoder, "c_make_encoder", None)
_encode_chunks = _make_encoder and _make_encoder(
    None, _coder.default, json.encoder.encode_basestring, None, ":", ",", True, False, False
)


def canonical_json(value):
    """Return a list or a dict as canonical JSON: sorted keys, no spaces, a lone surrogate as its escape."""
    text = "".join(_encode_chunks(value, 0)) if _encode_chunks else _coder.encode(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


class AuditEvent(Model):
    """One event: actor, time, address, action, record, purpose and outcome."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_record", "entity", "entity_id"),
        Index("ix_audit_event_actor", "actor_id", "at"),
        Index("ix_audit_event_action", "action", "seq"),
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(DateTime, nullable=False)  # UTC
    actor_id: Mapped[int | None] = mapped_column(Integer)  # no foreign key: events outlive their users
    unit_code: Mapped[str | None] = mapped_column(String(20))
    session_ref: Mapped[str] = mapped_column(String(40), nullable=False)
    address: Mapped[str] = mapped_column(String(45), nullable=False)
    action: Mapped[str] = mapped_column(String(40), nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int | None] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(40), nullable=False)
    case_number: Mapped[str] = mapped_column(String(40), nullable=False)
    outcome: Mapped[str] = mapped_column(String(20), nullable=False)
    payload_hash: Mapped[str] = mapped_column(String(64), nullable=False)  # empty: no payload
    # The row hash of the record, or the hash of the row hashes of a batch.
    row_hash: Mapped[str] = mapped_column(String(64), nullable=False)
    previous: Mapped[str] = mapped_column(String(64), nullable=False)
    hash: Mapped[str] = mapped_column(String(64), nullable=False)

    payload: Mapped["AuditPayload | None"] = relationship(
        lambda: AuditPayload,
        primaryjoin=lambda: AuditEvent.seq == foreign(AuditPayload.seq),
        viewonly=True,
        uselist=False,
        lazy="joined",
    )

    @property
    def when(self):
        """Return the time in Cambodia."""
        return to_local_time(self.at)

    @property
    def facts(self):
        return self._payload_part("facts")

    @property
    def before(self):
        return self._payload_part("before")

    @property
    def after(self):
        return self._payload_part("after")

    @property
    def changes(self):
        """Return field → [before, after] of a change, or field → value of a new record."""
        return (
            self.after
            if self.action == "record.added"
            else list_changes(self.payload.body if self.payload else {})
        )

    def _payload_part(self, name):
        return self.payload.body.get(name, {}) if self.payload else {}


class AuditPayload(Model):
    """The personal data of an event: values before and after, and facts. It can be erased, the event cannot."""

    __tablename__ = "audit_payload"

    seq: Mapped[int] = mapped_column(
        Integer, ForeignKey("audit_event.seq"), primary_key=True, autoincrement=False
    )
    body: Mapped[dict] = mapped_column(ExactJson, nullable=False)


# The columns of the view `audit_entry`, which joins both tables: one statement inserts an entry (migration 0009).
ENTRY_COLUMNS = (*(column.name for column in AuditEvent.__table__.columns), "body")


class AuditHead(Model):
    """The end of the chain. A writer locks this row until the end of its transaction."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    lock_marker: Mapped[int] = mapped_column(Integer, nullable=False)
    seq: Mapped[int] = mapped_column(Integer, nullable=False)
    hash: Mapped[str] = mapped_column(String(64), nullable=False)
    at: Mapped[datetime] = mapped_column(DateTime, nullable=False)  # the latest time in the chain, UTC


class AuditRowHashes(Model):
    """Row hashes of consecutive ids of one batch, 8 bytes each; zeros for an id without a row."""

    __tablename__ = "audit_row_hashes"
    __table_args__ = (
        Index("ix_audit_row_hashes_rows", "entity", "first_id"),
        Index("ix_audit_row_hashes_batch", "batch", "number"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    # The entity and entity_id of the event of the batch.
    batch: Mapped[str] = mapped_column(String(40), nullable=False)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    first_id: Mapped[int] = mapped_column(Integer, nullable=False)
    hashes: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)


def to_local_time(moment):
    """Return a UTC time of the log as the time in Cambodia, None for None."""
    return None if moment is None else moment + UTC_OFFSET


def list_changes(body):
    """Return field → [before, after] from the payload of a change."""
    after = body.get("after", {})
    return {name: [before, after.get(name)] for name, before in body.get("before", {}).items()}


class QuestionCount(Model):
    """How many questions of a kind a user has asked in a minute, counted over all processes and servers.

    Of the kind `DAILY_PEOPLE`, how many people each process has first shown to the user in a day; of the kind
    `UPLOAD_MEGABYTES_PER_DAY`, how many megabytes the user has sent in a day.
    """

    __tablename__ = "question_count"

    user_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    minute: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    asked: Mapped[int] = mapped_column(Integer, nullable=False)
