"""Who was refused leaves a trace as well: without the right, outside the part, or at what is shut.

One row for each refused request of somebody who is signed in. Whether a record outside the part is there at all is
told neither to the reader nor by the row: it holds the number that was asked for.
"""

import contextlib

from flask import current_app, g, request
from flask_login import current_user

from app.extensions import db
from app.kernel.audit import recorder
from app.kernel.schema import record_lock

RIGHT, PART, LOCK = "right", "part", "lock"
BY_STATUS = {403: RIGHT, 404: PART}


def init_app(app):
    app.after_request(_tell)


def about(entity, entity_id):
    """What a refusal of this request is about, where its address does not say so."""
    g.refused_about = (entity, entity_id)


def _tell(response):
    shut = db.session().info.pop(record_lock.REFUSED, None)
    by = LOCK if shut else BY_STATUS.get(response.status_code)
    if by is None or not current_user.is_authenticated:
        return response
    entity, entity_id = shut[:2] if shut else _asked_for()
    if by == PART and not entity:
        return response  # a page that is not there, for whomever
    facts = {"fields": shut[2]} if shut else {}
    db.session.rollback()
    # The refusal stands where the log cannot be written too: it shows nothing, and `audit` has told the log file.
    with contextlib.suppress(recorder.NotWritten):
        recorder.tell(
            "refused", entity, entity_id, outcome="refused", by=by, page=request.endpoint or "", **facts
        )
    return response


def _asked_for():
    """(table, number) of the record in the address; empty where it names none that belongs to somebody's part."""
    if "refused_about" in g:
        return g.refused_about
    asked = request.view_args or {}
    model = _models().get((request.endpoint or "").partition(".")[0])
    entity = asked.get("entity") or getattr(model, "__tablename__", "")
    pk = str(asked.get("pk", ""))
    return (entity, int(pk)) if entity and pk.isdecimal() and int(pk) < 2**31 else ("", None)


def _models():
    """endpoint of a view → the class of its records, where these have a scope."""
    found = current_app.extensions.get("ecrime.denials")
    if found is None:
        views = current_app.extensions["appbuilder"].baseviews
        models = {one.endpoint: one.datamodel.obj for one in views if hasattr(one, "datamodel")}
        found = {name: model for name, model in models.items() if hasattr(model, "__within__")}
        current_app.extensions["ecrime.denials"] = found
    return found
