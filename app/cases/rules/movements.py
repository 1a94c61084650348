"""Rules of the movements of an exhibit: V004 and V130."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

ENDS = ("returned", "destroyed")  # nothing follows
CONFIRMED_KINDS = (*ENDS, "missing")  # a second officer confirms these: the police no longer hold the exhibit
DOCUMENTED_KINDS = (*CONFIRMED_KINDS, "court")
AWAITING = "awaiting"


def movement_follows_the_others(movement, facts):
    exhibit = movement.exhibit
    if movement.id is not None or exhibit is None:
        return
    if exhibit.state in ENDS:
        yield Problem("exhibit", _("This exhibit was returned or destroyed. Nothing follows."), "V130")
    elif any(
        one.confirmation == AWAITING and not one.is_void for one in exhibit.movements if one is not movement
    ):
        text = _("The end of this exhibit is awaiting confirmation. Wait for the second officer.")
        yield Problem("exhibit", text, "V130")
    elif movement.kind == exhibit.state:
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
    if movement.kind == "returned" and not movement.recipient:
        yield Problem("recipient", _("Enter the name of the person who received the exhibit."), "V130")
