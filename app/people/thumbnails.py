"""Where the small photo of a person is, for whoever may see it: in lists, on cards, in lookups."""

from functools import cache

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.kernel.access.row_filter import kept
from app.kernel.database.array_params import among_given
from app.kernel.database.engine import dialect_of
from app.kernel.files.views import small
from app.people.models import PersonPhoto


def faces_of(ids):
    """person id → the address of the newest photo that stands, of those persons whom the reader sees."""
    may = current_app.appbuilder.sm.has_access
    if not ids or not (may("can_open", "File") and may("can_show", "PersonPhoto")):
        return {}
    newest = dict(db.session.execute(_photos(dialect_of(db.session)), {"given": list(ids)}).all())
    return {person: small("person-photo", photo, "64") for person, photo in newest.items()}


@cache
def _photos(dialect):
    found = select(PersonPhoto.person_id, PersonPhoto.id).where(
        among_given(dialect, PersonPhoto.person_id), PersonPhoto.voided_at.is_(None)
    )
    return kept(found.order_by(PersonPhoto.id))
