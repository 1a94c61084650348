"""The life of a case in sentences, newest first."""

from flask_babel import gettext
from sqlalchemy import select, tuple_

from app.accounts.models import User
from app.extensions import db
from app.kernel.audit import AuditEvent
from app.kernel.display import language, said
from app.kernel.fields import declared

MOST = 30  # entries on a page


def history_of(case):
    """(when, who, sentence) of the changes of a case and its rows."""
    rows = [case, *case.involvements, *case.offences, *case.exhibits]
    models = {type(row).__tablename__: type(row) for row in rows}
    statement = (
        select(AuditEvent, User)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(tuple_(AuditEvent.entity, AuditEvent.entity_id).in_([(r.__tablename__, r.id) for r in rows]))
        .where((AuditEvent.action == "change") | (AuditEvent.entity == "case"))
        .order_by(AuditEvent.id.desc())
        .limit(MOST)
    )
    return [
        {
            "when": said(event.at),
            "iso": event.at.isoformat(),
            "who": _name(user),
            "text": _sentence(event, models),
        }
        for event, user in db.session.execute(statement)
    ]


def _name(user):
    if user is None:
        return gettext("The register")
    return user.name_km if language() == "km" and user.name_km else user.get_full_name()


def _sentence(event, models):
    if event.action == "add":
        return gettext("registered the case")
    meanings = declared(models[event.entity])
    labels = [str(meanings[name].label) for name in event.changes if name in meanings]
    if not labels:
        return gettext("changed the record")
    return gettext("changed: %(fields)s", fields=" · ".join(f"«{label}»" for label in labels))
