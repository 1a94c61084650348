"""Audit events of denied requests: missing permission, record outside the scope, locked record, or too many requests.

Each denied request of a signed-in user writes one event. Neither the response nor the event reveals whether a record
outside the scope exists: the event holds the requested number.
"""

import contextlib

from flask import current_app, g, request
from flask_login import current_user

from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.audit.models import AuditEvent
from app.kernel.database.transactions import rollback
from app.kernel.schema import record_lock

# The reason of a denial, as the event stores it.
PERMISSION, SCOPE, LOCK, RATE = "permission", "scope", "lock", "rate"
BY_STATUS = {403: PERMISSION, 404: SCOPE, 429: RATE}
MAX_ENTITY = AuditEvent.__table__.c.entity.type.length


# Functions called with (event, count) when a user has reached a limit.
limit_listeners = []


def init_app(app):
    """Log denied requests of this application."""
    app.after_request(_log_denial)


def set_denied_record(entity, entity_id):
    """Name the record that a denial of this request concerns, if the URL does not name it."""
    g.denied_record = (entity, entity_id)


def _log_denial(response):
    locked = db.session().info.pop(record_lock.REFUSED_CHANGE, None)
    reason = LOCK if locked else BY_STATUS.get(response.status_code)
    if reason is None or not current_user.is_authenticated:
        return response
    entity, entity_id = locked[:2] if locked else _requested_record()
    if reason == SCOPE and not entity:
        return response  # the page does not exist for any user
    facts = {"fields": locked[2]} if locked else {}
    rollback()
    # The request stays denied if the event cannot be written: no data is shown, and the recorder has written to the
    # server log.
    with contextlib.suppress(recorder.AuditWriteFailed):
        recorder.record_now(
            "request.denied",
            entity,
            entity_id,
            outcome="refused",
            by=reason,
            page=request.endpoint or "",
            **facts,
        )
        report_reached_limit()
    return response


def report_reached_limit():
    """Report the limit that this request or job has reached, if there is one. The session has written nothing."""
    if "limit_reached" in g:
        report_limit(*g.pop("limit_reached"))


def report_limit(event, count):
    """Report that a user has reached a limit to the listeners. Each of them commits on its own."""
    for listener in limit_listeners:
        listener(event, count)


def _requested_record():
    """Return (table, number) of the record in the URL, or ("", None) if the URL names no record with a scope."""
    if "denied_record" in g:
        return g.denied_record
    args = request.view_args or {}
    model = _scoped_models().get((request.endpoint or "").partition(".")[0])
    entity = args.get("entity") or getattr(model, "__tablename__", "")
    # Typed in the URL, of any length.
    entity = "".join(letter for letter in str(entity) if letter.isprintable())[:MAX_ENTITY]
    pk = str(args.get("pk", ""))
    return (entity, int(pk)) if entity and pk.isdecimal() and int(pk) < 2**31 else ("", None)


def _scoped_models():
    """Return endpoint → model of the views of which the records have a scope."""
    found = current_app.extensions.get("ecrime.denials")
    if found is None:
        views = current_app.extensions["appbuilder"].baseviews
        models = {one.endpoint: one.datamodel.obj for one in views if hasattr(one, "datamodel")}
        found = {name: model for name, model in models.items() if hasattr(model, "__row_filter__")}
        current_app.extensions["ecrime.denials"] = found
    return found
