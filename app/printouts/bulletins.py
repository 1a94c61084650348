"""The wanted bulletin of one order: a photo, how the person can be known, and the paper on which it rests.

A bulletin hangs where everybody reads it. There is none without an order that stands now, and none of anybody who may
still be a minor.
"""

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.rules import ADULT_AGE
from app.court_orders import due_dates
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.kernel.schema.display import said
from app.kernel.screens import related_rows
from app.kernel.screens.related_rows import Kind
from app.kernel.text import dates
from app.people.models import PersonMark, PersonName, PersonPhoto
from app.people.rules import ages_on
from app.printouts import portraits
from app.printouts.document import Sheet, facts, line, note, paragraphs, portrait, presumed_innocent, told
from app.printouts.person_names import birth_of, names_of
from app.printouts.titles import TITLES

OF_PERSON = tuple(Kind(model, "person") for model in (PersonName, PersonMark, PersonPhoto))
WIDTH = 76  # millimetres of the photo


def read(order_id):
    """The order with its person; None where the reader does not see it."""
    found = select(CourtOrder).where(CourtOrder.id == order_id).options(joinedload(CourtOrder.person))
    return db.session.scalar(found)


def why_not(order):
    """Why there is no bulletin of this order, in a sentence; empty where there may be one."""
    if not order.is_wanted or order.person is None:
        return gettext("There is no bulletin of this order: nobody is searched for by it now.")
    ages = ages_on(order.person, dates.now().date())
    if ages is not None and ages[0] < ADULT_AGE:
        return gettext("There is no bulletin of this order: its person may be a minor.")
    return ""


def sheet_of(order):
    person = order.person
    related_rows.read_along([person], *OF_PERSON)
    parts = [portrait(_known_by(person), portraits.newest_of(person), WIDTH), *_marks(person)]
    parts += [facts(_paper(order), gettext("The order"), wide=True), *_stale(order)]
    parts.append(
        note(
            gettext("Whoever knows where this person is tells the nearest police, and does not act alone."),
            gettext("The police ask the unit that searches before an arrest: that somebody looks alike proves nothing."),
        )
    )  # fmt: skip
    parts.append(facts(_whom_to_tell(order), gettext("Whom to tell"), wide=True))
    return Sheet(
        title=str(TITLES["bulletin"]),
        number=order.number,
        parts=tuple(parts),
        subtitle=line(*told(order, "kind")[0][1:], order.number),
        notice=presumed_innocent(),
    )


def _known_by(person):
    also = [str(name) for name in person.names if name.voided_at is None]
    return [
        (gettext("Name"), names_of(person)),
        (gettext("Also known as"), line(*also)),
        *told(person, "sex"),
        (gettext("Born"), birth_of(person)),
        *told(person, "nationality", "height_cm", "home"),
    ]


def _marks(person):
    rows = [told(mark, "kind", "body_part", "text") for mark in person.marks if mark.voided_at is None]
    if rows:
        text = "\n".join(line(*(value for _label, value in row)) for row in rows)
        yield paragraphs(text, gettext("Marks"))


def _paper(order):
    (offence,) = [value for _label, value in told(order, "offence")]
    return [
        *told(order, "kind", "number", "issued_on", "court"),
        (told(order, "offence")[0][0], offence or order.offence_text),
    ]


def _stale(order):
    if due_dates.is_stale(order):
        yield note(gettext("Validate with the court first."))


def _whom_to_tell(order):
    return [
        *told(order, "owner_unit"),
        *told(order, "search_officer"),
        *((label, line(place, said(order.seen_on))) for label, place in told(order, "seen_place")),
        (gettext("Telephone"), "…………………………………………"),
    ]
