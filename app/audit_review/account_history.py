"""History of an account: who created, changed, closed or reopened it, and who assigned or removed its roles."""

from flask_babel import gettext
from sqlalchemy import or_, select

from app.accounts.models import User
from app.accounts.staff_views import get_role_text
from app.audit_review.event_sentences import get_actor_name
from app.audit_review.record_history import USER_NAME_COLUMNS, make_entry
from app.extensions import db
from app.kernel.audit.recorder import AuditEvent

MAX_ENTRIES = 50


def load_account_history(user):
    """Return [(HistoryEntry, reason)] of the account, newest first. Call it for readers who may manage the account."""
    of_account = AuditEvent.entity == "user", AuditEvent.entity_id == user.id
    about = or_(*(AuditEvent.action.between(part, part + "~") for part in ("user.", "role.")))
    rows = (
        select(AuditEvent, *USER_NAME_COLUMNS)
        .outerjoin(User, User.id == AuditEvent.actor_id)
        .where(*of_account, about)
        .order_by(AuditEvent.seq.desc())
        .limit(MAX_ENTRIES)
    )
    return [_describe(row.AuditEvent, get_actor_name(row)) for row in db.session.execute(rows)]


def _describe(event, who):
    role = event.facts.get("role")
    what = get_role_text(role)[0] if role else gettext("this account")
    names = {(event.entity, event.entity_id): what}
    return make_entry(event, who, names), event.facts.get("private", {}).get("reason", "")
