"""Exchange sets: the tables and columns that a prosecution, a court or a prison receives for a period.

The columns are the same each time, so that the receiver prepares for them once. They name nothing that the pages do not show.
"""
# chosen fields: the columns that a receiver agreed to

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select

from app.cases.models import Case, CaseDisposition, CaseOffence, Exhibit, Involvement
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody.models import Detention
from app.extensions import db
from app.kernel.schema.display import reader_language
from app.people.models import Person
from app.reference.models import Court, Prison

PERSON_COLUMNS = (
    "surname_km", "given_km", "surname_latin", "given_latin", "sex", "born_on", "birth_year", "nationality", "father_name",
    "mother_name", "home",
)  # fmt: skip
SYSTEM = "system/"  # the receiver of the set for another E-Crime system
SENT, ENDED_EVENTS = "at_prosecutor", ("executed", "died", "returned")


@dataclass(frozen=True)
class ExchangeSet:
    """A set. `build` returns view → condition for a receiver and a period; `columns` are those of each view."""

    title: Any
    receivers: Any  # the model of those who receive it
    columns: dict
    build: Callable


def _build_for_prosecution(code, begins, ends):
    step = CaseDisposition
    cases = select(step.case_id).where(
        step.kind == SENT, step.court_code == code, step.decided_on.between(begins, ends), step.voided_at.is_(None)
    )  # fmt: skip
    people = select(Involvement.person_id).where(
        Involvement.case_id.in_(cases), Involvement.voided_at.is_(None)
    )
    return {
        "CaseView": Case.id.in_(cases),
        "CaseOffenceView": CaseOffence.case_id.in_(cases),
        "InvolvementView": Involvement.case_id.in_(cases),
        "PersonView": Person.id.in_(people),
        "ExhibitView": Exhibit.case_id.in_(cases),
    }


def _build_for_court(code, begins, ends):
    event = OrderEvent
    within = (
        event.at >= datetime.combine(begins, time()),
        event.at < datetime.combine(ends, time()) + timedelta(days=1),
    )
    ended = select(event.order_id).where(event.kind.in_(ENDED_EVENTS), *within, event.voided_at.is_(None))
    orders = select(CourtOrder.id).where(CourtOrder.court_code == code, CourtOrder.id.in_(ended))
    people = select(CourtOrder.person_id).where(CourtOrder.id.in_(orders))
    return {
        "CourtOrderView": CourtOrder.id.in_(orders),
        "OrderEventView": event.order_id.in_(orders),
        "PersonView": Person.id.in_(people),
    }


def _build_for_prison(code, begins, ends):
    detentions = select(Detention.id).where(
        or_(Detention.prison_code == code, Detention.first_prison_code == code),
        Detention.since.between(begins, ends),
    )
    people = select(Detention.person_id).where(Detention.id.in_(detentions))
    return {"DetentionView": Detention.id.in_(detentions), "PersonView": Person.id.in_(people)}


SETS = {
    "prosecution": ExchangeSet(
        _("Cases sent to a prosecution"),
        Court,
        {
            "CaseView": ("number", "dossier_no", "occurred_from", "reported_at", "place", "status", "sent_on", "court", "summary"),
            "CaseOffenceView": ("case", "offence", "offence_class", "attempt"),
            "InvolvementView": ("case", "person", "role", "age", "minor"),
            "PersonView": PERSON_COLUMNS,
            "ExhibitView": ("case", "kind", "description", "quantity", "measure", "property_role", "state"),
        },
        _build_for_prosecution,
    ),
    "court": ExchangeSet(
        _("Executed and returned orders of a court"),
        Court,
        {
            "CourtOrderView": ("number", "kind", "court", "issued_on", "received_on", "dossier_no", "person", "status"),
            "OrderEventView": ("order", "kind", "at", "officer", "place", "result", "document_no", "document_date"),
            "PersonView": PERSON_COLUMNS,
        },
        _build_for_court,
    ),
    "prison": ExchangeSet(
        _("Detentions in a prison"),
        Prison,
        {
            "DetentionView": ("person", "case", "kind", "since", "prison", "document_no", "document_date", "court", "offence_class", "due_on", "ended_on"),
            "PersonView": PERSON_COLUMNS,
        },
        _build_for_prison,
    ),
}  # fmt: skip


def list_receivers():
    """Return title of a set → [(key, name)] of those who receive it, after an empty choice."""
    found = {"": [("", "")]}
    for name, one in SETS.items():
        model, language = one.receivers, reader_language()
        rows = db.session.scalars(select(model).order_by(model.name_sort, model.code))
        names = [(f"{name}/{row.code}", row.name_km if language == "km" else row.name_en) for row in rows]
        found[str(one.title)] = names
    return found | {gettext("Cases and orders of a period"): [(SYSTEM, gettext("Another E-Crime system"))]}


def find_conditions(receiver, begins, ends):
    """Return (the set, view → condition) of a receiver, written as «set/code», and a period with both days."""
    name, _slash, code = receiver.partition("/")
    chosen = SETS[name]
    return chosen, chosen.build(code, date.fromisoformat(begins), date.fromisoformat(ends))
