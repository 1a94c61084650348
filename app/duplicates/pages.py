"""What the page of a person says of likely duplicates, of records that were joined with it, and who may name another."""

from flask import current_app, g, url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import lazyload

from app.duplicates.models import ASKED, JOINED, WAITS, Duplicate
from app.duplicates.telling import number_of
from app.extensions import db

MOST = 10  # pairs that the page names


def init_app(app):
    app.jinja_env.globals.update(twins_of=twins_of, may_name_twin=may_name_twin)


def _may(act):
    return current_app.appbuilder.sm.has_access(act, "Duplicate")


def twins_of(person):
    """[(number of the other record, whether it is joined with this one, address of the pair)]. One statement."""
    if not _may("can_show"):
        return []
    here = or_(Duplicate.first_id == person.id, Duplicate.second_id == person.id)
    found = (
        select(Duplicate)
        .options(lazyload(Duplicate.evidence))
        .where(here, Duplicate.state.in_((WAITS, ASKED, JOINED)))
    )
    return [
        (number_of(_other(pair, person.id)), pair.state == JOINED, url_for("DuplicateView.show", pk=pair.id))
        for pair in db.session.scalars(found.order_by(Duplicate.id).limit(MOST))
    ]


def _other(pair, person_id):
    return next(one for one in pair.ids if one != person_id)


def may_name_twin():
    return _may("can_propose") and not g.get("read_only")
