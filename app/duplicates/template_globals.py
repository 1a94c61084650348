"""Template functions of the person page: its likely duplicates, and whether the user may name another record."""

from flask import current_app, g, url_for
from sqlalchemy import bindparam, case, or_, select

from app.duplicates.models import MERGED, REQUESTED, WAITING, Duplicate
from app.duplicates.notifications import format_person_number
from app.extensions import db
from app.kernel.access.row_filter import cacheable

MAX_PAIRS = 10  # shown on the page
_PERSON = bindparam("person")
_PAIRS_OF_PERSON = cacheable(
    select(
        Duplicate.id,
        case((Duplicate.first_id == _PERSON, Duplicate.second_id), else_=Duplicate.first_id),
        Duplicate.state,
    )
    .where(or_(Duplicate.first_id == _PERSON, Duplicate.second_id == _PERSON))
    # No IN list: its SQL is rendered again for each execution.
    .where(or_(*(Duplicate.state == state for state in (WAITING, REQUESTED, MERGED))))
    .order_by(Duplicate.id)
    .limit(MAX_PAIRS)
)


def init_app(app):
    """Register the template functions."""
    app.jinja_env.globals.update(find_duplicates_of=find_duplicates_of, may_add_duplicate=may_add_duplicate)


def _has_permission(action):
    return current_app.appbuilder.sm.has_access(action, "Duplicate")


def find_duplicates_of(person):
    """Return [(number of the other record, whether it is merged with this one, URL of the pair)]. One statement."""
    if not _has_permission("can_show"):
        return []
    found = db.session.execute(_PAIRS_OF_PERSON, {"person": person.id})
    return [
        (format_person_number(other), state == MERGED, url_for("DuplicateView.show", pk=pk))
        for pk, other, state in found
    ]


def may_add_duplicate():
    """Return whether the user may name another record of this person."""
    return _has_permission("can_propose") and not g.get("read_only")
