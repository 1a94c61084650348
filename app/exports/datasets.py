"""Which tables an export has: a list as it is filtered, a case or a person with all that hangs on it, a period's cases."""

from datetime import date, datetime, time, timedelta

from flask import abort, current_app
from flask_babel import gettext
from sqlalchemy import select

from app.exports.models import CASE, DATA_SET, LIST, PERSON
from app.exports.row_stream import Sheet
from app.jobs import Refused
from app.kernel.schema.display import foreign_key
from app.kernel.screens.record_view import RecordView

ROWS_OF_A_CASE = ("CaseOffenceView", "InvolvementView", "ExhibitView", "SupplementView", "CourtOrderView")


def view_named(endpoint):
    """The list of that name, where the reader may open it; else as a page that is not there, or is shut."""
    appbuilder = current_app.appbuilder
    views = (one for one in appbuilder.baseviews if isinstance(one, RecordView) and one.endpoint == endpoint)
    view = next(views, None)
    if view is None or not view.list_columns:
        abort(404)
    if not appbuilder.sm.has_access("can_list", view.class_permission_name):
        abort(403)
    return view


def sheets_of(export):
    """The sheets of an export, for whoever reads now."""
    return {LIST: _list, CASE: _case, PERSON: _person, DATA_SET: _data_set}[export.what](**export.arguments)


def _list(view, filters):
    """As the list itself would show it to its reader, all pages of it."""
    found = view_named(view)
    with current_app.test_request_context(query_string=filters):
        listing = found.listing()
    by = [listing.order] if listing.order.key == listing.pk.key else [listing.order, listing.pk]
    return [Sheet(found, listing.where, [one.desc() if listing.falling else one.asc() for one in by])]


def _case(pk):
    view = view_named("CaseView")
    return [Sheet(view, [view.datamodel.obj.id == pk]), *_hanging(view, pk, ROWS_OF_A_CASE)]


def _person(pk):
    view = view_named("PersonView")
    related = [one.endpoint for one in view.related if one.endpoint != "PersonPhotoView"]
    return [Sheet(view, [view.datamodel.obj.id == pk]), *_hanging(view, pk, related)]


def _data_set(begins, ends):
    """The cases that began within these days, and the rows that hang on them."""
    view = view_named("CaseView")
    case = view.datamodel.obj
    within = (
        case.occurred_from >= datetime.combine(date.fromisoformat(begins), time()),
        case.occurred_from < datetime.combine(date.fromisoformat(ends), time()) + timedelta(days=1),
    )
    return [Sheet(view, within), *_hanging(view, select(case.id).where(*within), ROWS_OF_A_CASE)]


def _hanging(view, keys, endpoints):
    """The rows of these views that hang on one record, or on several; what the reader may not list is left out."""
    may = current_app.appbuilder.sm.has_access
    for one in current_app.appbuilder.baseviews:
        if one.endpoint not in endpoints or not may("can_list", one.class_permission_name):
            continue
        model = one.datamodel.obj
        column = getattr(model, foreign_key(model, view.datamodel.obj.__tablename__))
        yield Sheet(one, [column == keys if isinstance(keys, int) else column.in_(keys)])


def need_rows(sheets):
    """A record that the reader does not see gives no file."""
    if sheets[0].rows == 0:
        raise Refused(gettext("Nothing of this is in the part of the register that may be seen."))
