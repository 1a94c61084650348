"""The right to enter data depends on a valid certificate of training (rule V149), if the setting TRAINING says so.

`off` asks for none, `warn` only warns. With `on`, an officer without a valid certificate keeps reading after the grace
days, and enters only arrests, custody, releases, recalls and answers to matches: liberty does not wait for a course.
Letters and tasks stay open: units work together on such acts, and neither changes a record.
The permissions of the request leave the other acts out, and the session refuses such a record from any entry point.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import current_app, g, has_app_context
from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _
from sqlalchemy import Date, DateTime, Integer, and_, case, column, func, or_, select, table
from sqlalchemy import inspect as inspect_record

from app.accounts.models import User
from app.extensions import db
from app.kernel.actor import actor_of
from app.kernel.schema.fields import fields_of
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates

OFF, ON = "off", "on"  # and "warn"
GRACE = timedelta(days=30)
WITHOUT_CERTIFICATE = _(
    "Your certificate of training is not valid. Without one you enter only arrests, custody, releases, recalls and answers to matches."
)

# A plain table, because training is a package above this one.
_certificate = table(
    "certificate", column("user_id", Integer), column("valid_until", Date), column("revoked_at", DateTime)
)


@dataclass(frozen=True)
class EntryRight:
    """Until when the certificate of an officer is valid (None: no certificate), and when the grace days end."""

    valid_until: date | None
    grace_until: date
    is_valid: bool
    is_lost: bool


def get_mode():
    """Return off, warn or on."""
    return current_app.config["TRAINING"]


def select_valid_until():
    """Return a subquery with the last valid day of the outer statement's user, by certificates that are not revoked."""
    row = _certificate.c
    found = select(func.max(row.valid_until)).where(row.user_id == User.id, row.revoked_at.is_(None))
    return found.correlate(User.__table__).scalar_subquery()


def find_right(user, valid_until):
    """Return the EntryRight of the user. Without a certificate the grace days count from the creation of the account.

    An account that is closed and opened again gets no new grace days.
    """
    today = dates.now().date()
    start = valid_until or (user.created_on.date() if user.created_on is not None else date.min)
    grace_until = start + GRACE
    is_valid = valid_until is not None and today <= valid_until
    return EntryRight(valid_until, grace_until, is_valid, not is_valid and today > grace_until)


def may_enter(right):
    """Return whether an officer with this right enters all records; `right` is None if no certificate is asked for."""
    return right is None or not right.is_lost or get_mode() != ON


def load_right(session, user):
    """Return the right of a user outside a request, or None if no certificate is asked for."""
    if get_mode() == OFF:
        return None
    return find_right(user, session.scalar(select(select_valid_until()).where(User.id == user.id)))


def find_note():
    """Return the EntryRight to warn the reader of this page about, or None."""
    right = g.get("entry_right")
    if right is None or right.is_valid:
        return None
    permissions = current_app.appbuilder.sm.get_reader_permissions()
    return right if _get_table().enters(permissions.role_names) else None


def _get_table():
    return current_app.extensions["ecrime.permission_table"]


def refuse_entries(session, _context, _instances):
    """Refuse new records, and typed changes of records, by an officer who has lost the right to enter data."""
    if actor_of(session).may_enter or not has_app_context():
        return
    needs = _get_table().needs_training
    for record in (*session.new, *session.dirty):
        model = type(record)
        if model.__name__ in needs and (record in session.new or _is_typed(record, model)):
            raise RuleViolation([Problem("", WITHOUT_CERTIFICATE, "V149", row=record)])


def _is_typed(record, model):
    """Return whether a field of an edit page has changed. What follows from an allowed act changes other columns."""
    state = inspect_record(record)
    names = (name for name, one in fields_of(model).items() if "edit" in one.on)
    return any(state.attrs[name].history.has_changes() for name in names if name in state.attrs)


def select_affected(units=None):
    """Return the select of (account, last valid day) of who enters data without a valid certificate, by unit.

    With `units` it has the accounts of these units only.
    """
    roles, until = _get_table().entering_roles, select_valid_until()
    bounds = () if units is None else (User.unit_code.in_(units),)
    return (
        select(User, until)
        .where(User.active.is_(True), User.roles.any(Role.name.in_(roles)), *bounds)
        .where(or_(until.is_(None), until < dates.now().date()))
        .order_by(User.unit_code, User.username)
    )


def count_affected(units=None):
    """Return (the number of these accounts, the number of those that would only read)."""
    last_start = dates.now().date() - GRACE
    columns = User.created_on, select_valid_until().label("until")
    row = select_affected(units).with_only_columns(*columns).order_by(None).subquery().c
    is_old = or_(row.created_on.is_(None), row.created_on < datetime.combine(last_start, time.min))
    is_lost = or_(row.until < last_start, and_(row.until.is_(None), is_old))
    counted = select(func.count(), func.count(case((is_lost, 1)))).select_from(row.until.table)
    return tuple(db.session.execute(counted).one())
