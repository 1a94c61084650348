"""Typeahead searches: the suggestions shown while the user types become one event, with the last text and all people.

An open search is stored in its own table before its suggestions are shown. It is closed when the user leaves the
field, begins another search, or types nothing for one minute.
"""

from datetime import datetime, timedelta

from flask_appbuilder import Model
from sqlalchemy import JSON, Boolean, DateTime, ForeignKey, Integer, String, delete, false, insert, or_
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.actor import Actor
from app.kernel.audit import hash_chain
from app.kernel.text import dates

MAX_TEXT_LENGTH = 100
IDLE_TIME = timedelta(minutes=1)  # after the last keystroke
ACTION, KIND = "access.searched", "person"


class OpenSearch(Model):
    """The text that a user is typing in a lookup of people, and the people shown until now."""

    __tablename__ = "open_search"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False, index=True)
    unit_code: Mapped[str | None] = mapped_column(String(20))
    session_ref: Mapped[str] = mapped_column(String(40), nullable=False)
    address: Mapped[str] = mapped_column(String(45), nullable=False)
    purpose: Mapped[str] = mapped_column(String(40), nullable=False)
    case_number: Mapped[str] = mapped_column(String(40), nullable=False)
    case_unknown: Mapped[bool] = mapped_column(Boolean, nullable=False, server_default=false())
    source: Mapped[str] = mapped_column(String(40), nullable=False)
    draft: Mapped[str] = mapped_column(String(40), nullable=False)
    text: Mapped[str] = mapped_column(String(MAX_TEXT_LENGTH), nullable=False)
    people: Mapped[list] = mapped_column(JSON, nullable=False)
    started_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    last_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)


def update_search(actor, source, draft, text, people, check=None):
    """Store the suggestions of a lookup before they are shown. Return the ids of people not shown before.

    `check(connection)` may refuse them.

    Raises SQLAlchemyError, AuditWriteFailed; then nothing may be shown.
    """
    now = dates.now()
    with db.engine.begin() as connection:
        if check is not None:
            check(connection)
        ended, continued = [], []
        for row in _take_rows(connection, _is_of_actor(actor)):
            (continued if _is_continued(row, actor, source, draft, text, now) else ended).append(row)
        _append_searches(connection, ended)
        before = [one for row in continued for one in row.people]
        connection.execute(
            insert(OpenSearch.__table__).values(
                user_id=actor.user_id,
                unit_code=actor.unit_code,
                session_ref=actor.session_ref,
                address=actor.address,
                purpose=actor.purpose,
                case_number=actor.case_number,
                case_unknown=actor.is_case_unknown,
                source=source,
                draft=draft,
                text=text[:MAX_TEXT_LENGTH],
                people=list(dict.fromkeys([*before, *people])),
                started_at=min([row.started_at for row in continued], default=now),
                last_at=now,
            )
        )
    return [one for one in people if one not in before]


def close_searches(actor=None):
    """Append the open searches of `actor` to the log, or all idle ones without an actor."""
    with db.engine.begin() as connection:
        _append_searches(
            connection, _take_rows(connection, _is_of_actor(actor) if actor is not None else _is_idle())
        )


def _is_idle():
    return OpenSearch.__table__.c.last_at < dates.now() - IDLE_TIME


def _is_of_actor(actor):
    table = OpenSearch.__table__.c
    return or_((table.user_id == actor.user_id) & (table.session_ref == actor.session_ref), _is_idle())


def _take_rows(connection, which):
    """Delete and return the rows, so that of two concurrent calls only one writes them."""
    table = OpenSearch.__table__
    return connection.execute(delete(table).where(which).returning(*table.c)).all()


def _is_continued(row, actor, source, draft, text, now):
    same = (row.user_id, row.session_ref, row.source, row.draft, row.purpose, row.case_number) == (
        actor.user_id, actor.session_ref, source, draft, actor.purpose, actor.case_number,
    )  # fmt: skip
    return (
        same and now - row.last_at <= IDLE_TIME and (text.startswith(row.text) or row.text.startswith(text))
    )


def _append_searches(connection, rows):
    if rows:
        hash_chain.append_entries(connection, [_build_entry(row) for row in rows], saves=False)


def _build_entry(row):
    actor = Actor(
        row.user_id,
        row.unit_code,
        session_ref=row.session_ref,
        address=row.address,
        purpose=row.purpose,
        case_number=row.case_number,
        is_case_unknown=row.case_unknown,
    )
    facts = {
        "source": row.source,
        "people": row.people,
        "count": len(row.people),
        "began": row.started_at.isoformat(timespec="seconds"),
        "ended": row.last_at.isoformat(timespec="seconds"),
        "private": {"text": row.text},
    }
    return hash_chain.build_entry(
        actor, ACTION, KIND, body={"facts": facts | ({"draft": row.draft} if row.draft else {})}
    )
