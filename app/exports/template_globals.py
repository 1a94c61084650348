"""What other pages show of exports: the quiet button of a list, of a case, of a person."""

from flask import current_app, g, request, url_for

from app.exports import limits
from app.exports.models import CASE, PERSON


def init_app(app):
    app.jinja_env.globals.update(export_of_list=export_of_list, export_of=export_of)


def export_of_list(endpoint):
    """Where this list is exported as it is filtered; None for a reader who takes no rows."""
    return url_for("ExportView.of_list", name=endpoint, **request.args) if _may() else None


def export_of(record):
    """Where this case or person is exported; None for a reader who takes no rows."""
    what = record.__tablename__
    may = what in (CASE, PERSON) and _may() and not g.get("read_only")  # opened by break-glass
    return url_for("ExportView.of_record", what=what, pk=record.id) if may else None


def _may():
    return current_app.appbuilder.sm.has_access("can_export", "Export") and limits.of_reader() > 0
