"""The list of a view, named by its endpoint, for what is made of its rows: files and printouts."""

from flask import abort, current_app

from app.kernel.screens.record_view import RecordView


def is_restricted(view):
    """Return whether nothing copies the rows of the view out of the system (`Record.__restricted__`)."""
    return bool(getattr(view.datamodel.obj, "__restricted__", ""))


def get_list_view(endpoint):
    """Return the list view of that endpoint.

    Abort with 404 if there is none, or 403 if the reader may not list it.
    """
    appbuilder = current_app.extensions["appbuilder"]
    views = (
        view for view in appbuilder.baseviews if isinstance(view, RecordView) and view.endpoint == endpoint
    )
    view = next(views, None)
    if view is None or not view.list_columns or is_restricted(view):
        abort(404)
    if not appbuilder.sm.has_access("can_list", view.class_permission_name):
        abort(403)
    return view
