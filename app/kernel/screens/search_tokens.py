"""Personal search values stay out of URLs and logs: they lie in a row of their own behind an opaque token."""

import secrets
from datetime import datetime, timedelta

from flask import abort, g
from flask_appbuilder import Model
from flask_babel import gettext
from sqlalchemy import JSON, DateTime, ForeignKey, String, delete, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel import scheduler
from app.kernel.text import dates

KEPT = timedelta(hours=12)


class Slip(Model):
    """What one user typed to search, for one working day."""

    __tablename__ = "search_slip"

    token: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False, index=True)
    payload: Mapped[dict] = mapped_column(JSON, nullable=False)
    written_at: Mapped[datetime] = mapped_column(DateTime, nullable=False, index=True)


_SLIP = Slip.__table__
_KEEP = insert(_SLIP)


def write_slip(payload):
    """Keep the values for their owner and give the token."""
    token, keeping = new_slip(payload)
    with db.engine.begin() as connection:  # a commit of the session would have the reader loaded anew
        for statement, values in keeping:
            connection.execute(statement, values)
    return token


def new_slip(payload):
    """(the token, the statements that keep the values, each with its own), for whoever writes at that moment anyway."""
    token = secrets.token_urlsafe(18)
    row = {"token": token, "user_id": g.user.id, "payload": payload, "written_at": dates.now()}
    return token, [(_KEEP, row)]


@scheduler.clock("searches that were kept")
def forget_old(session):
    """Let go what was kept for a working day. Gives the number of slips."""
    found = session.execute(delete(_SLIP).where(_SLIP.c.written_at < dates.now() - KEPT))
    session.commit()
    return found.rowcount


def read_slip(token):
    """The values behind a token of one's own; another's token is no token."""
    slip = db.session.get(Slip, token[:40])
    if slip is None or slip.user_id != g.user.id:
        abort(404, gettext("This search is no longer kept. Search again."))
    return slip.payload
