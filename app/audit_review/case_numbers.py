"""Whether a number that a user gives as the purpose of access is that of a registered case or order, in any scope."""

from sqlalchemy import exists, or_, select

from app.cases.models import Case
from app.court_orders.models import CourtOrder
from app.court_orders.rules import number_key
from app.people.nationwide import nationwide_session


def is_registered(number):
    """Return whether a case has this number or court dossier number, or an order this number."""
    with nationwide_session(protected_too=True) as session:
        return session.scalar(query_registered(number))


def query_registered(number):
    """Return the query of `is_registered`, for a connection that sees all rows."""
    of_case = exists().where(or_(Case.number == number, Case.dossier_no == number))
    of_order = exists().where(CourtOrder.number_key == number_key(number))
    return select(or_(of_case, of_order))
