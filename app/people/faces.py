"""Where the small photo of a person is, for whoever may see it: in lists, on cards, in lookups."""

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.kernel.databases import among
from app.kernel.file_views import small
from app.people.models import PersonPhoto


def faces_of(ids):
    """person id → the address of the newest photo that stands, of those persons whom the reader sees."""
    may = current_app.appbuilder.sm.has_access
    if not ids or not (may("can_open", "File") and may("can_show", "PersonPhoto")):
        return {}
    photos = select(PersonPhoto.person_id, PersonPhoto.id).where(
        among(db.session, PersonPhoto.person_id, ids), PersonPhoto.voided_at.is_(None)
    )
    newest = dict(db.session.execute(photos.order_by(PersonPhoto.id)).all())
    return {person: small("person-photo", photo, "64") for person, photo in newest.items()}
