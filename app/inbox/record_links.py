"""Links from texts to records, found by table name, so that the inbox does not import other features."""

from functools import lru_cache

from flask import current_app, url_for
from markupsafe import Markup, escape
from sqlalchemy import select

from app.extensions import db
from app.kernel.screens.record_view import RecordView

_own_pages = {}  # entity → (permission, resource, endpoint) of records without a RecordView


def register_page(entity, permission, resource, endpoint):
    """Register the endpoint that shows records of `entity` to users with the permission."""
    _own_pages[entity] = (permission, resource, endpoint)


@lru_cache(256)
def list_closed_entities(permissions):
    """Return the tables of the records whose pages a reader with these permissions may not open."""
    pages = {
        entity: permissions.may(permission, resource)
        for entity, (permission, resource, _endpoint) in _own_pages.items()
    }
    for view in current_app.appbuilder.baseviews:
        if isinstance(view, RecordView):
            entity = view.datamodel.obj.__tablename__
            pages[entity] = pages.get(entity, False) or permissions.may(
                "can_show", view.class_permission_name
            )
    return frozenset(entity for entity, is_open in pages.items() if not is_open)


def find_record_url(entity, entity_id, is_visible=None):
    """Return the URL of a record's page, or None if it has none or the reader may not open it.

    `is_visible`: whether the record is in the reader's scope, if the caller knows it.
    """
    appbuilder = current_app.appbuilder
    if entity in _own_pages:
        permission, resource, endpoint = _own_pages[entity]
        return url_for(endpoint, pk=entity_id) if appbuilder.sm.has_access(permission, resource) else None
    for view in appbuilder.baseviews:
        shows = isinstance(view, RecordView) and view.datamodel.obj.__tablename__ == entity
        if shows and appbuilder.sm.has_access("can_show", view.class_permission_name):
            if is_visible is None:
                is_visible = _is_visible(view.datamodel.obj, entity_id)
            return view.record_url(entity_id) if is_visible else None
    return None


def _is_visible(model, pk):
    """Return whether the record is in the reader's scope.

    For example, an officer notified of a release may not see the custody record itself.
    """
    return db.session.scalar(select(model.id).where(model.id == pk)) is not None


def link_named(problem):
    """Return the text of a problem, with a link at the name of each record that it names and the reader may open."""
    text = escape(problem.text)
    for record in getattr(problem, "named", ()):
        url = find_record_url(record.__tablename__, record.id, is_visible=True)
        if url is not None:
            name = escape(record)
            text = text.replace(name, Markup('<a href="{}">{}</a>').format(url, name), 1)
    return text


def link_form(problem):
    """Return the link to the form that solves a problem, if it has one and the reader may open it."""
    form = getattr(problem, "form", None)
    found = [one for one in current_app.appbuilder.baseviews if form and type(one).__name__ == form.view]
    if not found or not current_app.appbuilder.sm.has_access("can_add", found[0].class_permission_name):
        return ""
    url = url_for(f"{form.view}.add", **form.values)
    return Markup(' <a href="{}">{}</a>').format(url, found[0].add_title)
