"""The paper of movements: hand-over receipt, or record of a destruction, to be signed by all who took part."""
# chosen fields: the paper describes the objects and their movement

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import User
from app.cases.exhibit_numbers import number_exhibits
from app.cases.models import Exhibit, ExhibitMovement
from app.evidence.labels import format_number
from app.extensions import db
from app.kernel.schema.display import format_field, format_value
from app.printouts.document import Printout, build_facts, build_paragraphs, build_table, format_fields

DESTROYED, ENDS = "destroyed", ("returned", "forfeited", "destroyed")


def load_record(movement_id):
    """Return the movement with its exhibit and case, or None if the reader may not see them."""
    return next(iter(load_records([movement_id])), None)


def load_records(ids):
    """Return the movements with these ids, those whose exhibit and case the reader may see."""
    query = (
        select(ExhibitMovement)
        .join(ExhibitMovement.exhibit)
        .where(ExhibitMovement.id.in_(ids))
        .order_by(ExhibitMovement.id)
        .options(joinedload(ExhibitMovement.exhibit).joinedload(Exhibit.case))
    )
    return db.session.scalars(query).unique().all()


def explain_refusal(movement):
    """Return why the movement has no paper, or an empty string."""
    if movement.is_void or movement.confirmation == "rejected":
        return gettext("A withdrawn or refused movement has no paper.")
    if movement.kind in ENDS and not movement.is_in_effect:
        return gettext("The paper of an end is printed after the second officer has confirmed it.")
    return ""


def build_printout(movement):
    exhibit = movement.exhibit
    exhibit_facts = [
        (gettext("Code of the exhibit"), exhibit.code),
        *format_fields(
            exhibit, "kind", "description", "substance", "quantity", "measure", "make", "model", "plate"
        ),
        *format_fields(exhibit, "frame_no", "engine_no", "imei", "serial", "packaging"),
    ]
    facts = [
        *_list_handover(movement),
        *format_fields(
            movement, "witness", "document_no", "document_date", "seal_no", "seal_broken", "weight", "note"
        ),
    ]
    title, signers = _name_paper(movement)
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


def explain_joint_refusal(movements):
    """Return why these movements have no paper together, or an empty string."""
    shared = {
        (one.kind, one.moved_on, one.recorded_by_id, _name_receiver(one), one.decided_by_id)
        for one in movements
    }
    if len(shared) > 1:
        return gettext(
            "Choose movements of one kind and one day, with the same giver, receiver and confirming officer."
        )
    return next(filter(None, map(explain_refusal, movements)), "")


def build_joint_printout(movements):
    """Return one paper of movements with the same giver and receiver, of one case or of several."""
    numbers = number_exhibits([one.exhibit_id for one in movements])
    heads = [
        (gettext("Exhibit"), 3), (gettext("Case"), 3), (gettext("Seal number"), 2), (gettext("Seal broken"), 1),
        (gettext("Weight (grams)"), 2), (gettext("Number of the document"), 2), (gettext("Witness"), 2),
        (gettext("Confirmed at"), 2), (gettext("Note"), 3),
    ]  # fmt: skip
    rows = [
        [
            [one.exhibit.code, format_field(one.exhibit, "kind")],
            f"{one.case.number}/{numbers[one.exhibit_id]}",
            *(format_field(one, name) for name in ("seal_no", "seal_broken", "weight")),
            [one.document_no or "", format_value(one.document_date)],
            one.witness or "",
            format_value(one.decided_at),
            one.note or "",
        ]
        for one in movements
    ]
    title, signers = _name_paper(movements[0], is_joint=True)
    return Printout(
        title=title,
        number="",
        parts=(
            build_facts(_list_shared(movements[0]), gettext("Handover"), wide=True),
            build_table(heads, rows, gettext("Exhibits")),
            build_paragraphs(
                gettext("All who sign have compared code, seal and quantity with each exhibit.")
            ),
        ),
        signers=signers,
        wide=True,
    )


def _list_handover(movement):
    return [
        *_list_shared(movement),
        (gettext("Handed over at"), format_value(movement.recorded_at)),
        (gettext("Confirmed at"), format_value(movement.decided_at)),
    ]


def _list_shared(movement):
    """Return the facts that are the same for all movements of a joint paper."""
    is_end = movement.kind in ENDS
    return [
        *format_fields(movement, "kind", "moved_on"),
        (gettext("Handed over by"), _name(movement.recorded_by_id)),
        (
            gettext("Destruction committee") if movement.kind == DESTROYED else gettext("Received by"),
            _name_receiver(movement),
        ),
        (gettext("Second officer") if is_end else gettext("Confirmed by"), _name(movement.decided_by_id)),
    ]


def _name_paper(movement, is_joint=False):
    """Return (title, titles of the signers)."""
    if movement.kind != DESTROYED:
        signers = gettext("Handing-over party"), gettext("Receiving party"), gettext("Witness")
        return gettext("Hand-over receipt"), signers
    officers = gettext("Keeper"), gettext("Second officer")
    committee = (gettext("Destruction committee"),)
    if is_joint:
        committee = gettext("Chair of the committee"), gettext("Member of the committee")
    return gettext("Destruction record"), (*committee, *officers)


def _name_receiver(movement):
    officer = movement.to_user
    receiver = officer.name_km or officer.get_full_name() if officer is not None else ""
    return movement.recipient or receiver or str(movement.shelf or "")


def _name(user_id):
    user = db.session.get(User, user_id) if user_id else None
    return (user.name_km or user.get_full_name()) if user is not None else ""
