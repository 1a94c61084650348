"""Search tokens: personal search values are stored in the database, so that URLs and logs hold only an opaque token."""
# commits: a search token is no record

import secrets
from datetime import datetime, timedelta

from flask import abort, g
from flask_appbuilder import Model
from flask_babel import gettext
from sqlalchemy import JSON, DateTime, ForeignKey, String, delete, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db
from app.kernel.database.transactions import commit
from app.kernel.text import dates

LIFETIME = timedelta(hours=12)


class SearchToken(Model):
    """The values of one search of one user, kept for 12 hours."""

    __tablename__ = "search_token"

    token: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"), nullable=False, index=True)
    payload: Mapped[dict] = mapped_column(JSON, nullable=False)
    written_at: Mapped[datetime] = mapped_column(DateTime, nullable=False, index=True)


_TOKEN = SearchToken.__table__
_INSERT = insert(_TOKEN)


def store_search(payload):
    """Store the values for the current user and return their token."""
    token, statements = prepare_search(payload)
    with db.engine.begin() as connection:  # a commit of the session would load the current user again
        for statement, parameters in statements:
            connection.execute(statement, parameters)
    return token


def prepare_search(payload):
    """Return (token, statements that store the values, each with its parameters), to be run in another transaction."""
    token = secrets.token_urlsafe(18)
    row = {"token": token, "user_id": g.user.id, "payload": payload, "written_at": dates.now()}
    return token, [(_INSERT, row)]


def delete_expired(session):
    """Delete expired search tokens. Return their number."""
    result = session.execute(delete(_TOKEN).where(_TOKEN.c.written_at < dates.now() - LIFETIME))
    commit(session)
    return result.rowcount


def load_search(token):
    """Return the values of the current user's token. A token of another user is a 404, as an expired one is."""
    search = db.session.get(SearchToken, token[:40])
    if search is None or search.user_id != g.user.id:
        abort(404, gettext("This search has expired. Search again."))
    return search.payload
