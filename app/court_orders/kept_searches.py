"""Refuses an edit that would end or hide a search: of a birth, a name, the case of an order or the day of an offence.

Two officers end a search, or a correction. A wanted person with another name is not found by the name of the order.
"""
# unrestricted: finds the orders of a changed person or case nationwide, of which the message names one

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from app.cases.flush_hooks import BIRTH_COLUMNS
from app.cases.models import Case
from app.court_orders import custody_port
from app.court_orders.flush_hooks import wanted_conditions
from app.court_orders.models import CourtOrder
from app.court_orders.rules.people import is_child
from app.kernel.actor import unrestricted
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.kernel.schema.rules import Problem, RuleViolation
from app.people.models import Person

# model → (the columns that decide who is wanted, the column of an order that names a record of it)
DECIDING = {
    CourtOrder: (("case", "case_id"), "id"),
    Person: (BIRTH_COLUMNS, "person_id"),
    Case: (("occurred_from",), "case_id"),
}


IDENTITY = ("surname_km", "given_km", "surname_latin", "given_latin", "sex")


def refuse_lost_searches(session, _context, _instances):
    """Refuse a change after which the person of an active order is not wanted any more."""
    if EXEMPTIONS in session.info:  # a correction by three officers, or a merge by two
        return
    with session.no_autoflush:
        for record in list(session.dirty):
            columns, link = DECIDING.get(type(record), ((), ""))
            changed = [name for name in columns if has_changed(record, (name,))]
            if changed and (number := _find_lost_search(session, link, record.id)) is not None:
                text = _(
                    "The police search for this person under order %(number)s. One officer cannot end the search with this change: request a correction when the record is locked.",
                    number=number,
                )
                raise RuleViolation([Problem(changed[0], text, row=record)])
            if isinstance(record, Person):
                _refuse_another_name(session, record)


def _refuse_another_name(session, person):
    """Refuse another name or sex of a wanted person than an order states, which a second officer has checked."""
    changed = [name for name in IDENTITY if has_changed(person, (name,))]
    if not changed:
        return
    row = CourtOrder.__table__.c
    found = select(row.number, *(row[name] for name in changed)).where(row.person_id == person.id)
    with unrestricted(session):
        orders = session.execute(found.where(*wanted_conditions(row))).all()
    for name in changed:
        if orders and getattr(person, name) not in {getattr(one, name) for one in orders} - {None}:
            text = _(
                "The police search for this person under order %(number)s. One officer changes the name or the sex only to what the order states: request a correction when the record is locked.",
                number=orders[0].number,
            )
            raise RuleViolation([Problem(name, text, row=person)])


def _find_lost_search(session, link, pk):
    """Return the number of an order under which the person is wanted before the flush, and not after it; or None."""
    row = CourtOrder.__table__.c
    with unrestricted(session):
        known = set(session)
        wanted = session.scalars(select(row.id).where(row[link] == pk, *wanted_conditions(row))).all()
        orders = [session.get(CourtOrder, one) for one in wanted]
        lost = next((one.number for one in orders if not _is_searched(session, one)), None)
        for one in set(session) - known:
            session.expunge(one)
    return lost


def _is_searched(session, order):
    if is_child(order, session.get(Person, order.person_id)):
        return False
    if not has_changed(order, ("case", "case_id")):
        return True
    cases = {order.case_id, order.case.id if order.case is not None else None}
    return not any(custody_port.find_acquittal(session, order.person_id, one) for one in cases)
