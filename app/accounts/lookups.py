"""The lookup of officers: users of the reader's unit and of the units below it, also those who left."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import or_, select

from app.accounts.models import User
from app.extensions import db
from app.kernel.schema import lookups
from app.kernel.screens.list_filters import ListFilter
from app.reference.search import find_units_below

MAX_FOUND = 8


def _select_officers():
    """Return the statement for the users that the reader may choose. A reader of a national unit may choose any."""
    unit = getattr(current_user, "unit", None)
    statement = select(User).where(User.unit_code.is_not(None))
    if unit is None or not unit.area_code:
        return statement
    return statement.where(User.unit_code.in_(find_units_below(unit.code)))


def _find_officers(text):
    matches = or_(
        User.username.startswith(text.casefold(), autoescape=True),
        User.name_km.contains(text, autoescape=True),
    )
    found = db.session.scalars(_select_officers().where(matches).order_by(User.username).limit(MAX_FOUND))
    return [
        {"id": str(user.id), "text": _name(user), "detail": str(user.unit), "mark": None, "icon": "user"}
        for user in found.unique()
    ]


def _get_officer(key):
    if not (key.isascii() and key.isdigit() and len(key) < 10):
        return None
    return db.session.scalars(_select_officers().where(User.id == int(key))).unique().one_or_none()


def _explain_officer(user):
    """Return why nothing new can be given to this officer, or None."""
    return None if user.active else gettext("This officer has left. Choose another one.")


def _name(user):
    return f"{user.name_km or user.get_full_name()} ({user.username})"


def register():
    """Register the lookup of this package."""
    lookups.register("officer", _find_officers, _get_officer, explain=_explain_officer)


def officer_filter(column):
    """Return the filter by an officer, on the column of a user's id."""
    return ListFilter(_("Registered by"), lookup="officer", build=lambda user_id: column == user_id)
