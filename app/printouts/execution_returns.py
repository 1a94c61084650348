"""Return of execution: sends the order back to the court with the actions taken."""
# chosen fields: the letter to the court has the content that the court asks for

from flask_babel import gettext
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody.models import Arrest
from app.extensions import db
from app.kernel.schema.display import format_value, reader_language
from app.kernel.text import dates
from app.printouts.document import (
    Printout,
    build_facts,
    build_paragraphs,
    build_table,
    format_fields,
    get_field_label,
    get_presumption_notice,
    join_texts,
)
from app.printouts.person_names import format_birth, format_names
from app.printouts.titles import TITLES

RETURNABLE_STATES = (state_machine.EXECUTED, state_machine.DIED, state_machine.RETURNED)
PRINTED_EVENTS = ("assigned", "attempt", "executed", "died", "returned")  # kinds of order events


def load_record(order_id):
    """Return the order with its events and person, or None if the reader may not see it."""
    options = selectinload(CourtOrder.acts), joinedload(CourtOrder.person)
    return db.session.scalar(select(CourtOrder).where(CourtOrder.id == order_id).options(*options))


def explain_refusal(order):
    """Return why this order cannot be returned yet, or an empty string if it can."""
    if order.is_void or order.status not in RETURNABLE_STATES:
        return gettext("This order is not executed yet, so there is nothing to return to the court.")
    return ""


def build_printout(order):
    parts = [
        build_facts(_letter_facts(order), wide=True),
        build_facts(_person_facts(order), gettext("The person")),
        build_facts(_order_facts(order), gettext("The order")),
        *_arrest_parts(order),
        *_action_tables(order),
        build_paragraphs(
            gettext("This order is returned to the court for information and further procedure")
        ),
    ]
    return Printout(
        title=str(TITLES["return"]),
        number=order.number,
        parts=tuple(parts),
        signers=(gettext("Head of the unit"), gettext("Executing officer")),
        notice=get_presumption_notice(),
    )


def _letter_facts(order):
    (_kind, kind), (_court, court) = format_fields(order, "kind", "court")
    reference = gettext(
        "%(kind)s No. %(number)s of %(day)s",
        kind=kind,
        number=order.number,
        day=dates.format_long_date(order.issued_on, reader_language()),
    )
    return [
        (gettext("To"), court),
        (gettext("Subject"), gettext("Return of an order to the court")),
        (gettext("Reference"), reference),
    ]  # fmt: skip


def _person_facts(order):
    if order.person is not None:
        person = order.person
        names, birth = format_names(person), format_birth(person)
        return [
            (gettext("Name"), names), *format_fields(person, "sex"), (gettext("Born"), birth),
            *format_fields(person, "nationality", "father_name"),
        ]  # fmt: skip
    return [
        (gettext("Name"), order.named),
        *format_fields(order, "sex", "born_on", "age_stated", "nationality"),
    ]


def _order_facts(order):
    names = (
        "kind",
        "number",
        "issued_on",
        "issuer",
        "issuer_name",
        "received_on",
        "offence",
        "offence_text",
        "dossier_no",
    )
    return format_fields(order, *names)


def _arrest_parts(order):
    """Yield a part for each arrest under this order that the reader may see."""
    linked = [event.arrest_id for event in order.acts if event.arrest_id and event.voided_at is None]
    on_order = or_(Arrest.order_id == order.id, Arrest.id.in_(linked))
    query = select(Arrest).where(on_order, Arrest.voided_at.is_(None)).order_by(Arrest.id)
    for arrest in db.session.scalars(query):
        rows = format_fields(
            arrest,
            "at",
            "ground",
            "charges",
            "by_unit",
            "place",
            "place_text",
            "officers",
            "force_used",
            "force_text",
        )
        yield build_facts(rows, gettext("Arrest"), wide=True)


def _action_tables(order):
    """Yield a table of the events of the order since its receipt, if there are any."""
    heads = [
        (get_field_label(OrderEvent, "at"), 0), (get_field_label(OrderEvent, "kind"), 3),
        (get_field_label(OrderEvent, "officer"), 3),
        (gettext("Place and result"), 5),
    ]  # fmt: skip
    rows = []
    for event in order.acts:
        if event.voided_at is None and event.kind in PRINTED_EVENTS:
            at, kind, officer, unit, place, result, remark = (
                value
                for _label, value in format_fields(
                    event, "at", "kind", "officer", "to_unit", "place", "result", "note"
                )
            )
            document = join_texts(event.document_no, format_value(event.document_date))
            rows.append([at, kind, officer, [join_texts(unit, place, result), join_texts(document, remark)]])
    if rows:
        yield build_table(heads, rows, gettext("Action taken"))
