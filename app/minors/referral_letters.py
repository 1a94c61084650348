"""Letter that refers a minor to a social service, to be signed by the head of the unit."""
# chosen fields: what the service needs to help the minor; what happened and the case stay with the police

from flask_babel import gettext
from sqlalchemy import select

from app.extensions import db
from app.kernel.schema.display import format_value
from app.minors.models import MinorStep
from app.minors.rules import REFER
from app.printouts.document import Printout, build_facts, build_paragraphs, format_fields
from app.printouts.titles import TITLES


def load_record(step_id):
    """Return the step, or None if the reader may not see it."""
    return db.session.scalars(select(MinorStep).where(MinorStep.id == step_id)).unique().one_or_none()


def explain_refusal(step):
    """Return why the step has no letter, or an empty string."""
    if step.is_void or step.contact.is_void:
        return gettext("A void referral has no letter.")
    return "" if step.kind == REFER else gettext("Only a referral has a letter.")


def build_printout(step):
    contact = step.contact
    minor = format_fields(
        contact,
        "name",
        "sex",
        "age",
        "place",
        "place_text",
        "guardian",
        "guardian_phone",
        "guardian_informed_at",
    )
    meeting = format_fields(contact, "met_at", "reason", "heard_with", "needs")
    unit = (
        (gettext("Unit"), str(contact.unit)),
        (gettext("Telephone"), contact.unit.phone or ""),
        *format_fields(step, "done_on", "document_no", "document_date", "note"),
    )
    return Printout(
        title=str(TITLES["referral"]),
        number=contact.number,
        parts=(
            build_facts(
                [(gettext("To"), format_value(step.receiver)), *unit], gettext("Referral"), wide=True
            ),
            build_facts(minor, gettext("Minor"), wide=True),
            build_facts(meeting, gettext("Contact with a minor"), wide=True),
            build_paragraphs(
                gettext(
                    "A contact with a minor is no criminal record. Use these facts only to help the minor, and answer the unit whether you accept."
                )
            ),
        ),
        signers=(gettext("Head of the unit"), gettext("Received by")),
    )
