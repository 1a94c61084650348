"""Tables of an export: a filtered list, a case or person with related rows, or the cases of a period."""

from datetime import date, datetime, time, timedelta

from flask import current_app
from flask_babel import gettext
from sqlalchemy import select

from app.exports import exchange_sets
from app.exports.models import CASE, DATA_SET, EXCHANGE, LIST, PERSON
from app.exports.row_stream import ExportTable
from app.jobs import JobRefused
from app.kernel.schema.display import foreign_key_column
from app.kernel.screens.record_lists import get_list_view
from app.kernel.screens.selection import is_selected

# Functions (begin, end) → tables of the set for another E-Crime system.
transfer_sources = []
CASE_CHILD_VIEWS = ("CaseOffenceView", "InvolvementView", "ExhibitView", "SupplementView", "CourtOrderView")


def build_tables(export):
    """Return the tables of the export for the current reader."""
    return {
        LIST: _list_tables, CASE: _case_tables, PERSON: _person_tables, DATA_SET: _period_tables, EXCHANGE: _exchange_tables,
    }[export.subject](**export.arguments)  # fmt: skip


def _list_tables(view, filters, ids=()):
    """Return the list as its page shows it to the reader, over all pages; of `ids` only, if rows were selected."""
    view_object = get_list_view(view)
    within = [is_selected(view_object, ids)] if ids else []
    with current_app.test_request_context(query_string=filters):
        listing = view_object.build_list_page(within, loads=False)
    order = [listing.order] if listing.order.key == listing.pk.key else [listing.order, listing.pk]
    return [
        ExportTable(
            view_object,
            listing.where,
            [column.desc() if listing.descending else column.asc() for column in order],
        )
    ]


def _case_tables(pk):
    view = get_list_view("CaseView")
    return [ExportTable(view, [view.datamodel.obj.id == pk]), *_related_tables(view, pk, CASE_CHILD_VIEWS)]


def _person_tables(pk):
    view = get_list_view("PersonView")
    related = [one.endpoint for one in view.ordered_related_views if one.endpoint != "PersonPhotoView"]
    return [ExportTable(view, [view.datamodel.obj.id == pk]), *_related_tables(view, pk, related)]


def _period_tables(begins, ends):
    """Return the cases that began in the period (both days included) and their related rows."""
    view = get_list_view("CaseView")
    case = view.datamodel.obj
    within = (
        case.occurred_from >= datetime.combine(date.fromisoformat(begins), time()),
        case.occurred_from < datetime.combine(date.fromisoformat(ends), time()) + timedelta(days=1),
    )
    return [
        ExportTable(view, within),
        *_related_tables(view, select(case.id).where(*within), CASE_CHILD_VIEWS),
    ]


def _exchange_tables(receiver, begins, ends):
    """Return the tables of an exchange set. A reader who may not list one of them gets none."""
    if receiver == exchange_sets.SYSTEM:
        first, last = (datetime.combine(date.fromisoformat(day), time()) for day in (begins, ends))
        return [
            table
            for build_tables in transfer_sources
            for table in build_tables(first, last + timedelta(days=1))
        ]
    chosen, conditions = exchange_sets.find_conditions(receiver, begins, ends)
    return [
        ExportTable(view, [condition, *_without_void(view)], names=chosen.columns[endpoint])
        for endpoint, condition in conditions.items()
        for view in [get_list_view(endpoint)]
    ]


def _without_void(view):
    model = view.datamodel.obj
    return [model.voided_at.is_(None)] if hasattr(model, "voided_at") else []


def _related_tables(view, keys, endpoints):
    """Yield a table per view with the rows linked to these records, if the reader may list the view."""
    may = current_app.appbuilder.sm.has_access
    for one in current_app.appbuilder.baseviews:
        if one.endpoint not in endpoints or not may("can_list", one.class_permission_name):
            continue
        model = one.datamodel.obj
        column = getattr(model, foreign_key_column(model, view.datamodel.obj.__tablename__))
        yield ExportTable(one, [column == keys if isinstance(keys, int) else column.in_(keys)])


def require_rows(tables):
    """Raise Refused if none of these tables has a row that the reader may see, so that no empty file is made."""
    if not any(table.rows for table in tables):
        raise JobRefused(gettext("Nothing found that you may view."))
