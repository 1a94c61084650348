"""Where the record of a message is shown, found by the name of its table: a message knows no other feature."""

from flask import current_app, url_for
from sqlalchemy import select

from app.extensions import db
from app.kernel.screens.record_view import RecordView

_own_pages = {}  # entity → (permission, resource, endpoint), of records that have a page of another kind


def shown_by(entity, permission, resource, endpoint):
    """The records of `entity` are shown by that endpoint to whoever has the permission."""
    _own_pages[entity] = (permission, resource, endpoint)


def page_of(entity, entity_id):
    """The address of a record's page; None for a record without one, or whose page the reader may not open."""
    appbuilder = current_app.appbuilder
    if entity in _own_pages:
        permission, resource, endpoint = _own_pages[entity]
        return url_for(endpoint, pk=entity_id) if appbuilder.sm.has_access(permission, resource) else None
    for view in appbuilder.baseviews:
        shows = isinstance(view, RecordView) and view.datamodel.obj.__tablename__ == entity
        if shows and appbuilder.sm.has_access("can_show", view.class_permission_name):
            return view.address_of(entity_id) if _is_seen(view.datamodel.obj, entity_id) else None
    return None


def _is_seen(model, pk):
    """Whether the record lies in the reader's part: who is told that somebody comes home may not see where he is held."""
    return db.session.scalar(select(model.id).where(model.id == pk)) is not None
