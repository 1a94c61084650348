"""What the page of a person says of likely duplicates, of records that were joined with it, and who may name another."""

from flask import current_app, g, url_for
from sqlalchemy import bindparam, case, or_, select

from app.duplicates.models import ASKED, JOINED, WAITS, Duplicate
from app.duplicates.notifications import number_of
from app.extensions import db
from app.kernel.access.row_filter import kept

MOST = 10  # pairs that the page names
_HERE = bindparam("person")
_TWINS = kept(
    select(
        Duplicate.id,
        case((Duplicate.first_id == _HERE, Duplicate.second_id), else_=Duplicate.first_id),
        Duplicate.state,
    )
    .where(or_(Duplicate.first_id == _HERE, Duplicate.second_id == _HERE))
    .where(
        or_(*(Duplicate.state == state for state in (WAITS, ASKED, JOINED)))
    )  # no list: written anew each time
    .order_by(Duplicate.id)
    .limit(MOST)
)


def init_app(app):
    app.jinja_env.globals.update(twins_of=twins_of, may_name_twin=may_name_twin)


def _may(act):
    return current_app.appbuilder.sm.has_access(act, "Duplicate")


def twins_of(person):
    """[(number of the other record, whether it is joined with this one, address of the pair)]. One statement."""
    if not _may("can_show"):
        return []
    found = db.session.execute(_TWINS, {"person": person.id})
    return [
        (number_of(other), state == JOINED, url_for("DuplicateView.show", pk=pk))
        for pk, other, state in found
    ]


def may_name_twin():
    return _may("can_propose") and not g.get("read_only")
