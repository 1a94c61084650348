"""URLs of person thumbnails, limited to what the reader may see: for lists, cards and lookups."""

from functools import cache

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.kernel.access.row_filter import cacheable
from app.kernel.database.array_params import in_bound_array
from app.kernel.database.engine import dialect_name
from app.kernel.files.views import thumbnail_url
from app.people.models import PersonPhoto


def find_thumbnail_urls(ids):
    """Return person id → URL of the newest valid photo, of the persons that the reader may see."""
    may = current_app.appbuilder.sm.has_access
    if not ids or not (may("can_open", "File") and may("can_show", "PersonPhoto")):
        return {}
    newest = dict(db.session.execute(_select_photos(dialect_name(db.session)), {"values": list(ids)}).all())
    return {person: thumbnail_url("person-photo", photo, "64") for person, photo in newest.items()}


@cache
def _select_photos(dialect):
    found = select(PersonPhoto.person_id, PersonPhoto.id).where(
        in_bound_array(dialect, PersonPhoto.person_id), PersonPhoto.voided_at.is_(None)
    )
    return cacheable(found.order_by(PersonPhoto.id))
