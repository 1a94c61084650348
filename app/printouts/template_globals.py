"""The ways to papers that the pages of other features show: quiet links among what one may do with a record."""

from flask import current_app, g, request, url_for

from app.kernel.concurrency import idempotency
from app.printouts import patrol_lists
from app.printouts.views import OF_RECORDS, CaseSheetsView, PatrolListView


def init_app(app):
    app.jinja_env.globals.update(
        papers_of=papers_of,
        patrol_list_of=patrol_list_of,
        case_sheets_of=case_sheets_of,
        new_key=idempotency.new_key,
    )


def papers_of(record):
    """(address, words) of every paper of this record that its reader may print now."""
    if g.get("read_only"):  # opened by break-glass
        return []
    security = current_app.appbuilder.sm
    return [
        (url_for(f"{view.__name__}.make", pk=record.id), view.title)
        for view in OF_RECORDS
        if view.model is type(record) and view.may(security) and not view.why_not(record)
    ]


def case_sheets_of():
    """Where the sheets of the list of cases that stands on this page are asked for; empty for who may not print them."""
    return (
        url_for("CaseSheetsView.make", **request.args)
        if CaseSheetsView.may(current_app.appbuilder.sm)
        else ""
    )


def patrol_list_of(asked):
    """The address of the list for a patrol with these filters; empty where there is none."""
    if asked.list not in patrol_lists.LISTS or not PatrolListView.may(current_app.appbuilder.sm):
        return ""
    return url_for("PatrolListView.make", **asked.args)
