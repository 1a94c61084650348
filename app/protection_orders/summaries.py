"""Summary of a protection order, for the officers who watch that it is kept."""
# chosen fields: the two people, the days and the terms

from flask_babel import gettext
from sqlalchemy import select

from app.extensions import db
from app.kernel.schema import code_lists
from app.kernel.schema.display import format_field
from app.kernel.schema.fields import fields_of
from app.printouts.document import (
    Printout,
    build_facts,
    build_table,
    format_fields,
    get_presumption_notice,
)
from app.printouts.titles import TITLES
from app.protection_orders.models import ProtectionOrder, ProtectionOrderStep

TERMS = ("no_violence", "no_contact", "leaves_home", "no_weapons", "keeps_away", "distance", "terms")
STEP_COLUMNS = (
    ("kind", 0),
    ("done_on", 0),
    ("until_on", 0),
    ("document_no", 0),
    ("confirmation", 0),
    ("note", 1),
)


def load_record(order_id):
    """Return the order, or None if the reader may not see it."""
    found = select(ProtectionOrder).where(ProtectionOrder.id == order_id)
    return db.session.scalars(found).unique().one_or_none()


def explain_refusal(order):
    """Return why the order has no summary, or an empty string."""
    return gettext("A void order has no summary.") if order.is_void else ""


def build_printout(order):
    decided = format_fields(
        order,
        "case",
        "court",
        "order_no",
        "decided_on",
        "starts_on",
        "until_on",
        "ends_on",
        "ended_on",
        "informed_on",
    )
    state = (gettext("Status"), code_lists.label("protection_state", order.state))
    meanings = fields_of(ProtectionOrderStep)
    heads = [(meanings[name].label, width) for name, width in STEP_COLUMNS]
    rows = [
        [format_field(step, name, meanings[name]) for name, _width in STEP_COLUMNS]
        for step in order.steps
        if not step.is_void
    ]
    return Printout(
        title=str(TITLES["protection-order"]),
        number=order.number,
        notice=get_presumption_notice(),
        parts=(
            build_facts(format_fields(order, "restrained", "protected"), gettext("People"), wide=True),
            build_facts([state, *decided], gettext("Decision"), wide=True),
            build_facts(format_fields(order, *TERMS), gettext("Terms"), wide=True),
            *([build_table(heads, rows, gettext("Steps of the order"))] if rows else []),
        ),
    )
