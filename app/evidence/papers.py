"""The paper of a movement: hand-over receipt, or protocol of a destruction, to be signed by all who took part."""
# chosen fields: the paper describes the object and one movement

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.cases.models import Exhibit, ExhibitMovement
from app.evidence.labels import format_number
from app.extensions import db
from app.kernel.schema.display import format_value
from app.printouts.document import Printout, build_facts, build_paragraphs, format_fields

DESTROYED, ENDS = "destroyed", ("returned", "forfeited", "destroyed")


def load_record(movement_id):
    """Return the movement with its exhibit and case, or None if the reader may not see them."""
    query = (
        select(ExhibitMovement)
        .join(ExhibitMovement.exhibit)
        .where(ExhibitMovement.id == movement_id)
        .options(joinedload(ExhibitMovement.exhibit).joinedload(Exhibit.case))
    )
    return db.session.scalars(query).unique().one_or_none()


def explain_refusal(movement):
    """Return why the movement has no paper, or an empty string."""
    if movement.is_void or movement.confirmation == "rejected":
        return gettext("A withdrawn or refused movement has no paper.")
    if movement.kind in ENDS and not movement.is_in_effect:
        return gettext("The paper of an end is printed after the second officer has confirmed it.")
    return ""


def build_printout(movement):
    exhibit, is_end = movement.exhibit, movement.kind in ENDS
    exhibit_facts = [
        (gettext("Code of the exhibit"), exhibit.code),
        *format_fields(
            exhibit, "kind", "description", "substance", "quantity", "measure", "make", "model", "plate"
        ),
        *format_fields(exhibit, "frame_no", "engine_no", "imei", "serial", "packaging"),
    ]
    receiver = (
        movement.to_user.name_km or movement.to_user.get_full_name() if movement.to_user is not None else ""
    )
    facts = [
        *format_fields(movement, "kind", "moved_on"),
        (gettext("Handed over by"), _name(movement.recorded_by_id)),
        (gettext("Handed over at"), format_value(movement.recorded_at)),
        (
            gettext("Destruction committee") if movement.kind == DESTROYED else gettext("Received by"),
            movement.recipient or receiver or str(movement.shelf or ""),
        ),
        (gettext("Second officer") if is_end else gettext("Confirmed by"), _name(movement.decided_by_id)),
        (gettext("Confirmed at"), format_value(movement.decided_at)),
        *format_fields(
            movement, "witness", "document_no", "document_date", "seal_no", "seal_broken", "weight", "note"
        ),
    ]
    if movement.kind == DESTROYED:
        title, signers = gettext("Destruction record"), (
            gettext("Destruction committee"), gettext("Keeper"), gettext("Second officer"),
        )  # fmt: skip
    else:
        title, signers = gettext("Hand-over receipt"), (
            gettext("Handing-over party"), gettext("Receiving party"), gettext("Witness"),
        )  # fmt: skip
    return Printout(
        title=title,
        number=format_number(exhibit),
        parts=(
            build_facts(exhibit_facts, gettext("Exhibit"), wide=True),
            build_facts(facts, gettext("Handover"), wide=True),
            build_paragraphs(gettext("All who sign have compared code, seal and quantity with the exhibit.")),
        ),
        signers=signers,
    )


def _name(user_id):
    user = db.session.get(User, user_id) if user_id else None
    return (user.name_km or user.get_full_name()) if user is not None else ""
