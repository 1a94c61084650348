"""List of open orders for a patrol: wanted person, order, and last known place.

It shows the same data as the work list, and only orders that may be executed now. A patrol does not look for a person who has
died, or who was a child.
"""
# chosen fields: a line of the patrol list has room for these

from flask_babel import gettext

from app.court_orders import due_dates, worklist
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.kernel.schema.display import format_value
from app.kernel.text import dates
from app.printouts.document import (
    Printout,
    build_table,
    format_fields,
    get_field_label,
    get_presumption_notice,
    join_texts,
)
from app.printouts.titles import TITLES

LISTS = ("active", "overdue", "validate")  # lists of the work list that may be printed
MAX_ORDERS = 200  # orders on one list, the oldest first


def load_orders(filters, scope, own_unit):
    query = worklist.select_orders(
        filters, scope, worklist.select_ids(filters, scope, own_unit).limit(MAX_ORDERS)
    )
    return [order for order in db.session.scalars(query).unique() if order.is_sought]


def build_printout(orders, title):
    """Return the printout; `title` describes which orders it lists."""
    heads = [
        (gettext("Person"), 4), (gettext("Sex, born"), 0), (gettext("Order"), 9), (gettext("Searching unit"), 4),
        (get_field_label(CourtOrder, "last_seen_place"), 4), (gettext("Remarks"), 3),
    ]  # fmt: skip
    return Printout(
        title=str(TITLES["patrol"]),
        number="",
        parts=(build_table(heads, [_order_cells(order) for order in orders]),),
        subtitle=join_texts(title, gettext("as of %(day)s", day=format_value(dates.now().date()))),
        notice=get_presumption_notice(),
        wide=True,
    )


def _order_cells(order):
    kind, court, sex, born, age, unit, officer, place, last_seen_on = (
        value
        for _label, value in format_fields(
            order,
            "kind",
            "court",
            "sex",
            "born_on",
            "age_stated",
            "owner_unit",
            "search_officer",
            "last_seen_place",
            "last_seen_on",
        )
    )
    latin = order.named_latin
    return [
        [order.named or "—", latin if latin != order.named else ""],
        [sex, born or age],
        [kind, join_texts(order.number, court, format_value(order.issued_on)), _format_offence(order)],
        [unit, officer],
        [place, last_seen_on],
        gettext("validate with the court first") if due_dates.is_stale(order) else " ",
    ]


def _format_offence(order):
    (_label, word), (_text, text) = format_fields(order, "offence", "offence_text")
    return word or text
