"""The list of open orders for a patrol: who is searched for, on which paper, and where he was last seen.

It holds what the work list shows, and only orders that may be carried out now.
"""

from flask_babel import gettext

from app.court_orders import due_dates, worklist
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.kernel.schema.display import said
from app.kernel.text import dates
from app.printouts.document import Sheet, label, line, presumed_innocent, table, told
from app.printouts.titles import TITLES

LISTS = ("active", "overdue", "validate")  # of the work list
MOST = 200  # orders on one list, the oldest


def read(asked, scope, own_unit):
    found = worklist.orders(asked, scope, worklist.ids(asked, scope, own_unit).limit(MOST))
    return db.session.scalars(found).unique().all()


def sheet_of(orders, about):
    """`about` says which orders these are."""
    heads = [
        (gettext("Person"), 4), (gettext("Sex, born"), 0), (gettext("Order"), 9), (gettext("Who searches"), 4),
        (label(CourtOrder, "seen_place"), 4), (gettext("Remarks"), 3),
    ]  # fmt: skip
    return Sheet(
        title=str(TITLES["patrol"]),
        number="",
        parts=(table(heads, [_row(order) for order in orders]),),
        subtitle=line(about, gettext("as of %(day)s", day=said(dates.now().date()))),
        notice=presumed_innocent(),
        wide=True,
    )


def _row(order):
    kind, court, sex, born, age, unit, officer, place, seen = (
        value
        for _label, value in told(
            order, "kind", "court", "sex", "born_on", "age_stated", "owner_unit", "search_officer", "seen_place", "seen_on"
        )
    )  # fmt: skip
    latin = line(" ".join(filter(None, ((order.surname_latin or "").upper(), order.given_latin))))
    return [
        [order.named or "—", latin if latin != order.named else ""],
        [sex, born or age],
        [kind, line(order.number, court, said(order.issued_on)), _offence(order)],
        [unit, officer],
        [place, seen],
        gettext("validate with the court first") if due_dates.is_stale(order) else " ",
    ]


def _offence(order):
    (_label, word), (_text, text) = told(order, "offence", "offence_text")
    return word or text
