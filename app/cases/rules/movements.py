"""Rules of the movements of an exhibit: V004, V126, V127, V130 and V131."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

HELD, STORED = "held", "stored"  # with an officer, on a shelf
ENDS = ("returned", "forfeited", "destroyed")  # nothing follows
CONFIRMED_KINDS = (*ENDS, "missing")  # a second officer confirms these: the police no longer hold the exhibit
OUTSIDE = ("lab", "court")  # a recipient outside the police, who comes back with the exhibit later
DOCUMENTED_KINDS = (*CONFIRMED_KINDS, *OUTSIDE)
AWAITING = "awaiting"


def movement_follows_the_others(movement, facts):
    exhibit = movement.exhibit
    if movement.id is not None or exhibit is None:
        return
    if exhibit.state in ENDS:
        text = _("This exhibit was returned, forfeited or destroyed. Nothing follows.")
        yield Problem("exhibit", text, "V130")
    elif any(
        one.confirmation == AWAITING and not one.is_void for one in exhibit.movements if one is not movement
    ):
        text = _("This exhibit awaits a confirmation. Wait for it, or withdraw the movement first.")
        yield Problem("exhibit", text, "V127")
    elif movement.kind == exhibit.state and movement.kind not in (HELD, STORED):
        yield Problem("kind", _("The exhibit already has this status."), "V130")


def end_has_a_document(movement, facts):
    if movement.kind not in DOCUMENTED_KINDS:
        return
    for field, text in (
        ("document_no", _("This movement is based on a document. Enter its number.")),
        ("document_date", _("Enter the date of that document.")),
    ):
        if not getattr(movement, field):
            yield Problem(field, text, "V130")
    if movement.kind in (*ENDS, *OUTSIDE) and not movement.recipient:
        yield Problem(
            "recipient", _("Enter the person, office or committee that received the exhibit."), "V130"
        )
    if movement.kind in OUTSIDE and not movement.witness:
        yield Problem("witness", _("Enter the witness of this movement."), "V126")


def hand_over_names_its_receiver(movement, facts):
    if movement.kind == STORED and movement.shelf is None:
        yield Problem("shelf", _("Choose the shelf. A keeper of its store confirms the receipt."), "V126")
    if movement.kind != STORED and movement.shelf is not None:
        yield Problem("shelf", _("Choose a shelf only for an exhibit that is stored."), "V126")
    if movement.kind != HELD and movement.to_user is not None:
        yield Problem("to_user", _("Choose an officer only for an exhibit that an officer receives."), "V126")


def destroyed_drug_was_weighed(movement, facts):
    exhibit = movement.exhibit
    if movement.kind == "destroyed" and exhibit is not None and exhibit.kind == "drug":
        if movement.weight is None:
            text = _("Enter the weight of the drug that is destroyed.")
            yield Problem("weight", text, "V131")
        if not movement.note:
            text = _("Enter which sample is kept, or that none is kept.")
            yield Problem("note", text, "V131")
