"""The page that lists the records behind a number, as far as the reader may see them."""

from flask import abort, current_app, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from app.cases.models import Exhibit
from app.court_orders.models import OrderMatch
from app.extensions import db
from app.kernel.screens.urls import add_query

RECORDS = 200  # of one page


def may_list(endpoint):
    """Return whether the reader may list the records of a view."""
    return current_app.appbuilder.sm.has_access("can_list", endpoint.removesuffix("View"))


def render_records(view, model, endpoint, ids, **page):
    """Return the page of the records with these ids. A reader who may not list them is refused."""
    if not may_list(endpoint):
        abort(403)
    after = request.args.get("after", "0")
    if not (after.isascii() and after.isdecimal() and len(after) < 9):
        abort(400, gettext("This choice is not in the list."))
    part = ids[int(after) : int(after) + RECORDS]
    shown = select(model).where(model.id.in_(part)).order_by(model.id)
    rows = [
        (url_for(f"{endpoint}.show", pk=one.id), _describe(one), one)
        for one in db.session.scalars(shown).unique()
    ]
    following = int(after) + RECORDS
    args = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
    return view.render_template(
        "statistics/records.html",
        rows=rows,
        count=len(ids),
        is_limited=len(rows) < len(part),
        next_url=add_query(request.path, [*args, ("after", following)]) if following < len(ids) else "",
        **page,
    )


def _describe(record):
    if isinstance(record, OrderMatch):
        return f"M-{record.id:06d}"
    return str(record) if isinstance(record, Exhibit) else record.number
