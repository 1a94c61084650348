"""The tables of the log. Rows are only ever added; the database itself refuses the rest (migration 0003).

`audit_event` is the chain. What is personal stands beside it in `audit_payload`, by its hash, so that an erasure
the law asks for leaves the chain whole. `audit_head` is one row: the end of the chain, which a writer holds while
it appends. `audit_seals` keeps the seals of rows that came in a batch.
"""

import json
from datetime import datetime, timedelta

from flask_appbuilder import Model
from sqlalchemy import DateTime, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

CAMBODIA_AHEAD = timedelta(hours=7)  # of UTC; no summer time since 1975
BEGINNING = "0" * 64  # the hash before the first row


class ExactJson(TypeDecorator):
    """JSON as the very text over which its hash was made."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value if value is None or isinstance(value, str) else plain_json(value)

    def process_result_value(self, value, dialect):
        return None if value is None else json.loads(value)


_coder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
# What `encode` makes anew at each call, made once: proving a long log takes half the time.
_pieces = json.encoder.c_make_encoder and json.encoder.c_make_encoder(
    None, _coder.default, json.encoder.encode_basestring, None, ":", ",", True, False, False
)


def plain_json(value):
    """The one text of a list or a dict as JSON: sorted keys, no blanks, half a character pair as its escape."""
    text = "".join(_pieces(value, 0)) if _pieces else _coder.encode(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


class AuditEvent(Model):
    """One thing that happened: who, when, from where, what, to which record, why, with what outcome."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_record", "entity", "entity_id"),
        Index("ix_audit_event_actor", "actor_id", "at"),
        Index("ix_audit_event_action", "action", "seq"),
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(DateTime, nullable=False)  # UTC
    actor_id: Mapped[int | None] = mapped_column(Integer)  # no foreign key: the log outlives its users
    unit_code: Mapped[str | None] = mapped_column(String(20))
    session_mark: Mapped[str] = mapped_column(String(40), nullable=False)
    address: Mapped[str] = mapped_column(String(45), nullable=False)
    action: Mapped[str] = mapped_column(String(40), nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    entity_id: Mapped[int | None] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(String(40), nullable=False)
    case_number: Mapped[str] = mapped_column(String(40), nullable=False)
    outcome: Mapped[str] = mapped_column(String(20), nullable=False)
    payload_hash: Mapped[str] = mapped_column(String(64), nullable=False)  # empty: there is none
    seal: Mapped[str] = mapped_column(String(64), nullable=False)  # of the record, or of the rows of a batch
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
        """The moment in the civil time of Cambodia."""
        return civil(self.at)

    @property
    def facts(self):
        return self._told("facts")

    @property
    def before(self):
        return self._told("before")

    @property
    def after(self):
        return self._told("after")

    @property
    def changes(self):
        """Of a change field → [before, after]; of a new record field → value."""
        return self.after if self.action == "add" else changes_of(self.payload.body if self.payload else {})

    def _told(self, part):
        return self.payload.body.get(part, {}) if self.payload else {}


class AuditPayload(Model):
    """What an event says of people: the values before and after, and the facts. Erasable, the event is not."""

    __tablename__ = "audit_payload"

    seq: Mapped[int] = mapped_column(
        Integer, ForeignKey("audit_event.seq"), primary_key=True, autoincrement=False
    )
    body: Mapped[dict] = mapped_column(ExactJson, nullable=False)


# The columns of `audit_entry`, a view of both: an entry goes in whole, in one statement (migration 0009).
ENTRY = (*(column.name for column in AuditEvent.__table__.columns), "body")


class AuditHead(Model):
    """The end of the chain. Who adds to it holds this row until the end of the transaction."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    held: Mapped[int] = mapped_column(Integer, nullable=False)
    seq: Mapped[int] = mapped_column(Integer, nullable=False)
    hash: Mapped[str] = mapped_column(String(64), nullable=False)
    at: Mapped[datetime] = mapped_column(DateTime, nullable=False)  # the latest moment in the chain, UTC


class AuditSeals(Model):
    """Seals of rows with consecutive ids that came in one batch, eight bytes each; zeros where no row was."""

    __tablename__ = "audit_seals"
    __table_args__ = (
        Index("ix_audit_seals_rows", "entity", "first_id"),
        Index("ix_audit_seals_batch", "batch", "number"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    # The entity and entity_id of the event that stands for the batch.
    batch: Mapped[str] = mapped_column(String(40), nullable=False)
    number: Mapped[int] = mapped_column(Integer, nullable=False)
    entity: Mapped[str] = mapped_column(String(40), nullable=False)
    first_id: Mapped[int] = mapped_column(Integer, nullable=False)
    seals: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)


def civil(moment):
    """A moment of the log, which is in UTC, as the civil time of Cambodia."""
    return None if moment is None else moment + CAMBODIA_AHEAD


def changes_of(body):
    """field → [before, after] out of the payload of a change."""
    after = body.get("after", {})
    return {name: [before, after.get(name)] for name, before in body.get("before", {}).items()}
