"""Messages to a user, a role or a unit, and their read receipts."""

from datetime import datetime

from flask_appbuilder import Model
from sqlalchemy import JSON, DateTime, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import User
from app.kernel.access.owned_by_unit import FOLLOWS_UNIT
from app.kernel.text import dates

TASK, NOTICE = "task", "notice"
_WAITS = text("sent_at IS NULL AND failed_at IS NULL")


class Message(Model):
    """A task, which stays open until the requested action is done, or a notice, which waits until its reader opens it.

    A notice to a unit or a role waits for each reader apart. A scheduled job ends it later.

    `text_key` is a key of `message_texts`; `facts` are its values: numbers and codes, no names of people.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_user", "to_user_id", "id"),
        Index("ix_message_role", "to_role", "id"),
        Index("ix_message_unit", "to_unit_code", "id"),
        Index("ix_message_record", "entity", "entity_id"),
        Index("ix_message_done", "done_at", "id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), nullable=False)
    text_key: Mapped[str] = mapped_column(String(60), nullable=False)
    facts: Mapped[dict] = mapped_column(JSON, nullable=False)
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    to_role: Mapped[str | None] = mapped_column(String(64))
    to_unit_code: Mapped[str | None] = mapped_column(String(20), ForeignKey("unit.code"), info=FOLLOWS_UNIT)
    entity: Mapped[str | None] = mapped_column(String(40))
    entity_id: Mapped[int | None] = mapped_column(Integer)
    sent_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    sent_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    due_at: Mapped[datetime | None] = mapped_column(DateTime)
    done_at: Mapped[datetime | None] = mapped_column(DateTime)

    sent_by: Mapped[User | None] = relationship(User, foreign_keys=sent_by_id)
    receipts: Mapped[list["Receipt"]] = relationship(order_by="Receipt.opened_at")

    @property
    def is_overdue(self):
        return self.done_at is None and self.due_at is not None and dates.now() > self.due_at


class Receipt(Model):
    """The time when a user opened a message first."""

    __tablename__ = "message_receipt"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)

    user: Mapped[User] = relationship(User)


class OutgoingMail(Model):
    """A mail about a task to one person: waiting, sent, or given up. It holds no text."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (
        Index("ix_outgoing_mail_next_try", "next_try_at", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_outgoing_mail_user", "user_id", "sent_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), nullable=False)
    created_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    next_try_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    tries: Mapped[int] = mapped_column(Integer, nullable=False)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime)
    failed_at: Mapped[datetime | None] = mapped_column(DateTime)
