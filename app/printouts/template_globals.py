"""Template globals of printouts: links that other features show among the actions of a record."""

from flask import current_app, request, url_for
from flask_babel import lazy_gettext as _

from app.cases.models import Case
from app.kernel.access.write_scope import is_temporary
from app.kernel.concurrency import idempotency
from app.kernel.screens import selection
from app.kernel.screens.record_lists import is_restricted
from app.kernel.screens.selection import SelectionAction
from app.kernel.screens.urls import add_query
from app.printouts import patrol_lists
from app.printouts.typesetting import LANGUAGE
from app.printouts.views import CaseSheetsView, ListPrintoutView, PatrolListView, RecordPrintoutView


def init_app(app):
    selection.add_action(_make_list_action)
    selection.add_action(_make_selection_action)
    app.jinja_env.globals.update(
        printout_links=printout_links,
        patrol_list_url=patrol_list_url,
        case_sheets_url=case_sheets_url,
        new_key=idempotency.generate_key,
    )


def printout_links(record):
    """Return (URL, label) of every printout of this record that the reader may print now."""
    if is_temporary(record):
        return []
    security = current_app.appbuilder.sm
    views = [
        view
        for view in RecordPrintoutView.registered
        if view.model is type(record) and view.is_allowed(security) and not view.explain_refusal(record)
    ]
    return [
        (
            _build_url(view, record, language),
            _("%(title)s (English)", title=view.title) if language != LANGUAGE else view.title,
        )
        for view in views
        for language in view.languages
    ]


def _build_url(view, record, language):
    chosen = {} if language == LANGUAGE else {"language": language}
    return url_for(f"{view.__name__}.print_pdf", pk=record.id, **chosen)


def _make_list_action(view):
    """Return the action that prints the selected rows of a list; None if the reader may not print it."""
    if is_restricted(view) or not ListPrintoutView.is_allowed(current_app.appbuilder.sm):
        return None
    url = add_query(url_for("ListPrintoutView.print_pdf", name=view.endpoint), request.args)
    return SelectionAction(_("Print as a list"), "printer", url)


def _make_selection_action(view):
    """Return the action that prints the sheets of the selected cases; None for other lists and readers."""
    if view.datamodel.obj is not Case or not CaseSheetsView.is_allowed(current_app.appbuilder.sm):
        return None
    return SelectionAction(_("Print the case sheets"), "printer", url_for("CaseSheetsView.print_pdf"))


def case_sheets_url():
    """Return the URL that prints the sheets of this case list; empty if the reader may not print them."""
    return (
        add_query(url_for("CaseSheetsView.print_pdf"), request.args)
        if CaseSheetsView.is_allowed(current_app.appbuilder.sm)
        else ""
    )


def patrol_list_url(filters):
    """Return the URL of the patrol list with these filters; empty if there is none."""
    if filters.list not in patrol_lists.LISTS or not PatrolListView.is_allowed(current_app.appbuilder.sm):
        return ""
    return url_for("PatrolListView.print_pdf", **filters.args)
