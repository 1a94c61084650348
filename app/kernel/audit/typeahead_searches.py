"""Suggestions while typing are one search: its last text and everybody who was shown stand in one row of the log.

Until it is finished a search waits in a table of its own, written before its suggestions are shown. It is finished
when its box is left, when another one begins, or a minute after the last key.
"""

from datetime import datetime, timedelta

from flask_appbuilder import Model
from sqlalchemy import JSON, DateTime, ForeignKey, Integer, String, delete, insert, or_
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.actor import Actor
from app.kernel.audit import hash_chain
from app.kernel.text import dates

QUIET = timedelta(minutes=1)  # after the last key
ACTION, KIND = "look.search", "person"


class UnfinishedSearch(Model):
    """What somebody is typing in a lookup of people, and whom it has shown so far."""

    __tablename__ = "unfinished_search"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False, index=True)
    unit_code: Mapped[str | None] = mapped_column(String(20))
    session_mark: Mapped[str] = mapped_column(String(40), nullable=False)
    address: Mapped[str] = mapped_column(String(45), nullable=False)
    purpose: Mapped[str] = mapped_column(String(40), nullable=False)
    case_number: Mapped[str] = mapped_column(String(40), nullable=False)
    source: Mapped[str] = mapped_column(String(40), nullable=False)
    draft: Mapped[str] = mapped_column(String(40), nullable=False)
    text: Mapped[str] = mapped_column(String(100), nullable=False)
    people: Mapped[list] = mapped_column(JSON, nullable=False)
    began_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)
    last_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)


def keep(actor, source, draft, text, people):
    """Note one answer of a lookup before it is shown. Gives whom this search had not shown yet.

    Raises SQLAlchemyError and NotWritten; then nothing may be shown.
    """
    now = dates.now()
    with db.engine.begin() as connection:
        ended, mine = [], []
        for row in _taken(connection, _of(actor)):
            (mine if _goes_on(row, actor, source, draft, text, now) else ended).append(row)
        _chain(connection, ended)
        before = [one for row in mine for one in row.people]
        connection.execute(
            insert(UnfinishedSearch.__table__).values(
                user_id=actor.user_id,
                unit_code=actor.unit_code,
                session_mark=actor.session_mark,
                address=actor.address,
                purpose=actor.purpose,
                case_number=actor.case_number,
                source=source,
                draft=draft,
                text=text,
                people=list(dict.fromkeys([*before, *people])),
                began_at=min([row.began_at for row in mine], default=now),
                last_at=now,
            )
        )
    return [one for one in people if one not in before]


def finish(actor=None):
    """Chain the searches of `actor`, whose box was left, or all that nobody goes on with."""
    with db.engine.begin() as connection:
        _chain(connection, _taken(connection, _of(actor) if actor is not None else _quiet()))


def _quiet():
    return UnfinishedSearch.__table__.c.last_at < dates.now() - QUIET


def _of(actor):
    table = UnfinishedSearch.__table__.c
    return or_((table.user_id == actor.user_id) & (table.session_mark == actor.session_mark), _quiet())


def _taken(connection, which):
    """The rows, which are nobody else's from now on: two who finish at once do not both write them."""
    table = UnfinishedSearch.__table__
    return connection.execute(delete(table).where(which).returning(*table.c)).all()


def _goes_on(row, actor, source, draft, text, now):
    same = (row.user_id, row.session_mark, row.source, row.draft, row.purpose, row.case_number) == (
        actor.user_id, actor.session_mark, source, draft, actor.purpose, actor.case_number,
    )  # fmt: skip
    return same and now - row.last_at <= QUIET and (text.startswith(row.text) or row.text.startswith(text))


def _chain(connection, rows):
    if rows:
        hash_chain.append(connection, [_entry(row) for row in rows])


def _entry(row):
    actor = Actor(
        row.user_id,
        row.unit_code,
        session_mark=row.session_mark,
        address=row.address,
        purpose=row.purpose,
        case_number=row.case_number,
    )
    facts = {
        "source": row.source,
        "people": row.people,
        "count": len(row.people),
        "began": row.began_at.isoformat(timespec="seconds"),
        "ended": row.last_at.isoformat(timespec="seconds"),
        "private": {"text": row.text},
    }
    return hash_chain.entry(
        actor, ACTION, KIND, body={"facts": facts | ({"draft": row.draft} if row.draft else {})}
    )
