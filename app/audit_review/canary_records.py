"""Canary records: people whom nobody has a reason to open. Whoever opens or finds one is told to the auditors at once."""

from datetime import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _
from sqlalchemy import DateTime, ForeignKey, Integer, select
from sqlalchemy.orm import Mapped, mapped_column

from app.audit_review.unrestricted_session import everywhere
from app.extensions import db
from app.inbox import message_texts
from app.inbox.actions import send
from app.inbox.models import NOTICE
from app.kernel.actor import actor_of
from app.kernel.audit import access_log, recorder
from app.kernel.database import versioned_cache
from app.kernel.text import dates

AUDITOR = "Auditor"  # the role that is told

message_texts.register(
    **{
        "canary.looked": _(
            "Somebody looked at %(number)s, a record that nobody has a reason to open. See the log."
        ),
        "look.many": _("Somebody opened %(count)s people within an hour outside own cases. See the log."),
    }
)


class Canary(Model):
    """A person who is set as a trap for the curious. He looks like everybody else."""

    __tablename__ = "canary"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    set_by_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id"))
    set_at: Mapped[datetime] = mapped_column(DateTime, nullable=False)


versioned_cache.watch("canary", Canary)


def _load():
    with db.engine.connect() as connection:
        return frozenset(connection.scalars(select(Canary.person_id)))


_held = versioned_cache.Cached("canary", _load)


def put(session, person_id):
    """Make a person a canary, in the transaction of the caller, who knows that he exists."""
    if session.get(Canary, person_id) is None:
        session.add(Canary(person_id=person_id, set_by_id=actor_of(session).user_id, set_at=dates.now()))
        recorder.note(session, "canary.set", "person", person_id)


def take(session, person_id):
    row = session.get(Canary, person_id)
    if row is not None:
        session.delete(row)
        recorder.note(session, "canary.taken", "person", person_id)


def all_of(session):
    return session.scalars(select(Canary).order_by(Canary.person_id)).all()


def tell_auditors(text_key, entity=None, entity_id=None, **facts):
    """A notice to every auditor, written at once in a transaction of its own."""
    with everywhere() as session:
        send(session, NOTICE, text_key=text_key, to_role=AUDITOR, entity=entity, entity_id=entity_id, **facts)
        session.commit()


def _alarm(action, people, actor):
    for person_id in _held.get().intersection(people):
        recorder.tell("canary", "person", person_id, outcome="alarm", actor=actor, by=action)
        tell_auditors("canary.looked", "person", person_id, number=f"P-{person_id:07d}")


access_log.on_people.append(_alarm)
