"""The return of execution: the order goes back to the court with what was done to carry it out."""

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody.models import Arrest
from app.extensions import db
from app.kernel.schema.display import language, said
from app.kernel.text import dates
from app.printouts.document import Sheet, facts, label, line, paragraphs, presumed_innocent, table, told
from app.printouts.person_names import birth_of, names_of
from app.printouts.titles import TITLES

ENDED = (state_machine.EXECUTED, state_machine.DIED, state_machine.RETURNED)
TOLD = ("assigned", "attempt", "executed", "died", "returned")  # acts


def read(order_id):
    """The order with its acts and its person; None where the reader does not see it."""
    along = selectinload(CourtOrder.acts), joinedload(CourtOrder.person)
    return db.session.scalar(select(CourtOrder).where(CourtOrder.id == order_id).options(*along))


def why_not(order):
    """Why this order is not returned yet, in a sentence; empty where it is."""
    if order.is_void or order.status not in ENDED:
        return gettext("This order was not carried out yet, so there is nothing to return to the court.")
    return ""


def sheet_of(order):
    parts = [
        facts(_letter(order), wide=True),
        facts(_person(order), gettext("The person")),
        facts(_paper(order), gettext("The order")),
        *_arrests(order),
        *_done(order),
        paragraphs(gettext("The order is returned to the court, which is asked to take note of it")),
    ]
    return Sheet(
        title=str(TITLES["return"]),
        number=order.number,
        parts=tuple(parts),
        signers=(gettext("Head of the unit"), gettext("Officer who carried it out")),
        notice=presumed_innocent(),
    )


def _letter(order):
    (_kind, kind), (_court, court) = told(order, "kind", "court")
    rests_on = gettext(
        "%(kind)s No. %(number)s of %(day)s",
        kind=kind,
        number=order.number,
        day=dates.long_date(order.issued_on, language()),
    )
    return [
        (gettext("To"), court),
        (gettext("Subject"), gettext("Return of an order to the court")),
        (gettext("Reference"), rests_on),
    ]  # fmt: skip


def _person(order):
    if order.person is not None:
        person = order.person
        named, birth = names_of(person), birth_of(person)
        return [
            (gettext("Name"), named), *told(person, "sex"), (gettext("Born"), birth),
            *told(person, "nationality", "father_name"),
        ]  # fmt: skip
    return [(gettext("Name"), order.named), *told(order, "sex", "born_on", "age_stated", "nationality")]


def _paper(order):
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
    return told(order, *names)


def _arrests(order):
    """The arrests by which it was carried out, as far as the reader sees them."""
    rests = select(Arrest).where(Arrest.order_id == order.id, Arrest.voided_at.is_(None)).order_by(Arrest.id)
    for arrest in db.session.scalars(rests):
        rows = told(
            arrest, "at", "ground", "by_unit", "place", "place_text", "officers", "force_used", "force_text"
        )
        yield facts(rows, gettext("Arrest"), wide=True)


def _done(order):
    """What was done with it, from its reception on."""
    heads = [
        (label(OrderEvent, "at"), 0), (label(OrderEvent, "kind"), 3), (label(OrderEvent, "officer"), 3),
        (gettext("Place and result"), 5),
    ]  # fmt: skip
    rows = []
    for act in order.acts:
        if act.voided_at is None and act.kind in TOLD:
            at, kind, officer, unit, place, result, note = (
                value
                for _label, value in told(act, "at", "kind", "officer", "to_unit", "place", "result", "note")
            )
            paper = line(act.paper_no, said(act.paper_on))
            rows.append([at, kind, officer, [line(unit, place, result), line(paper, note)]])
    if rows:
        yield table(heads, rows, gettext("What was done"))
