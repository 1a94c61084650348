"""Template globals of exports: the export buttons of a list, a case and a person."""

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _

from app.exports import limits
from app.exports.models import CASE, PERSON
from app.kernel.access.write_scope import is_temporary
from app.kernel.screens import selection
from app.kernel.screens.record_lists import is_restricted
from app.kernel.screens.selection import SelectionAction
from app.kernel.screens.urls import add_query


def init_app(app):
    selection.add_action(_make_selection_action)
    app.jinja_env.globals.update(list_export_url=list_export_url, record_export_url=record_export_url)


def list_export_url(endpoint):
    """Return the URL that exports the list as filtered; None if the reader may not export it."""
    views = (one for one in current_app.appbuilder.baseviews if getattr(one, "endpoint", "") == endpoint)
    if any(getattr(one, "datamodel", None) is not None and is_restricted(one) for one in views):
        return None
    return add_query(url_for("ExportView.of_list", name=endpoint), request.args) if _may_export() else None


def _make_selection_action(view):
    """Return the action that exports the selected rows of a list; None if the reader may not export."""
    may = _may_export() and not is_restricted(view)
    url = url_for("ExportView.of_selection", name=view.endpoint) if may else None
    return SelectionAction(_("Export"), "download", url) if url else None


def record_export_url(record):
    """Return the URL that exports this case or person; None if the reader may not export it."""
    what = record.__tablename__
    may = what in (CASE, PERSON) and _may_export() and not is_temporary(record)
    return url_for("ExportView.of_record", what=what, pk=record.id) if may else None


def _may_export():
    return current_app.appbuilder.sm.has_access("can_export", "Export") and limits.get_row_limit() > 0
