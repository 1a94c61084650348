"""Wanted notice of one order: photo, identity of the person and the order.

A notice is posted in public. There is none without an order in force, and none of a person who may be a
minor or was one on the day of the offence.
"""

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases.rules import ADULT_AGE
from app.court_orders import due_dates
from app.court_orders.models import CourtOrder
from app.extensions import db
from app.kernel.audit.access_log import iterate_loaded_rows
from app.kernel.schema.display import format_value
from app.kernel.screens import related_rows
from app.kernel.screens.related_rows import RelatedQuery
from app.kernel.text import dates
from app.people.models import PersonMark, PersonName, PersonPhoto
from app.people.rules import get_ages_on
from app.printouts import portraits
from app.printouts.document import (
    Printout,
    build_facts,
    build_note,
    build_paragraphs,
    build_portrait,
    format_fields,
    get_presumption_notice,
    join_texts,
)
from app.printouts.person_names import format_birth, format_names
from app.printouts.titles import TITLES

PERSON_ROWS = tuple(RelatedQuery(model, "person") for model in (PersonName, PersonMark, PersonPhoto))
PHOTO_WIDTH = 76  # millimetres


def load_record(order_id):
    """Return the order with its person, or None if the reader may not see it."""
    query = select(CourtOrder).where(CourtOrder.id == order_id).options(joinedload(CourtOrder.person))
    return db.session.scalar(query)


def explain_refusal(order):
    """Return why this order has no notice, or an empty string if it may have one."""
    if not order.is_wanted or order.person is None:
        return gettext("There is no bulletin for this order, because the person is not wanted under it now.")
    ages = get_ages_on(order.person, dates.now().date())
    if order.minor or (ages is not None and ages[0] < ADULT_AGE):
        return gettext("There is no bulletin for this order, because the person may be a minor.")
    return ""


def load_more_rows(order):
    """Return the person of the order with the rows that the bulletin shows."""
    person = order.person
    related_rows.preload([person], *PERSON_ROWS)
    return [person, *iterate_loaded_rows(person)]


def build_printout(order):
    person = order.person
    related_rows.preload([person], *PERSON_ROWS)
    parts = [
        build_portrait(_identity_facts(person), portraits.load_newest_photo(person), PHOTO_WIDTH),
        *_mark_part(person),
    ]
    parts += [build_facts(_order_facts(order), gettext("The order"), wide=True), *_stale_note(order)]
    parts.append(
        build_note(
            gettext("If you know where this person is, contact the nearest police station. Do not approach the person."),
            gettext("Police: confirm with the unit in charge before any arrest. Resemblance is not proof."),
        )
    )  # fmt: skip
    parts.append(build_facts(_contact_facts(order), gettext("Contact"), wide=True))
    return Printout(
        title=str(TITLES["bulletin"]),
        number=order.number,
        parts=tuple(parts),
        subtitle=join_texts(*format_fields(order, "kind")[0][1:], order.number),
        notice=get_presumption_notice(),
        one_page=True,
    )


def _identity_facts(person):
    also = [str(name) for name in person.names if name.voided_at is None]
    return [
        (gettext("Name"), format_names(person)),
        (gettext("Also known as"), join_texts(*also)),
        *format_fields(person, "sex"),
        (gettext("Born"), format_birth(person)),
        *format_fields(person, "nationality", "height_cm", "home"),
    ]


def _mark_part(person):
    rows = [
        format_fields(mark, "kind", "body_part", "text") for mark in person.marks if mark.voided_at is None
    ]
    if rows:
        text = "\n".join(join_texts(*(value for _label, value in row)) for row in rows)
        yield build_paragraphs(text, gettext("Marks"))


def _order_facts(order):
    (offence,) = [value for _label, value in format_fields(order, "offence")]
    return [
        *format_fields(order, "kind", "number", "issued_on", "court"),
        (format_fields(order, "offence")[0][0], offence or order.offence_text),
    ]


def _stale_note(order):
    if due_dates.is_stale(order):
        yield build_note(gettext("Validate with the court first."))


def _contact_facts(order):
    return [
        *format_fields(order, "owner_unit"),
        *format_fields(order, "search_officer"),
        *(
            (label, join_texts(place, format_value(order.last_seen_on)))
            for label, place in format_fields(order, "last_seen_place")
        ),
        (gettext("Telephone"), "…………………………………………"),
    ]
