"""Rules of evidence: V125, V126, V128, V129 and V135."""

from dataclasses import dataclass
from datetime import date

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

PUT_ON, WEIGHED, SPLIT = "put_on", "weighed", "split"
INSIDE = ("seized", "held", "stored")
OUTSIDE_STATES = ("lab", "court", "missing")
TAKEN_BACK = ("held", "seized")


@dataclass(frozen=True)
class ChainFacts:
    """What a new movement is compared with: who has the exhibit, its last day, and the names of giver and receivers."""

    has_exhibit: bool = True  # the author is the present holder, or acts for a holder who is not there
    acts_for_holder: bool = False
    holder: str = ""
    last_day: date | None = None
    seal: str | None = None
    state: str = ""
    is_to_oneself: bool = False
    is_open: bool = False  # a movement waits for its receiver
    names: frozenset = frozenset()  # folded names of giver and receivers


def keepers_differ(store, facts):
    if store.keeper is not None and store.keeper is store.second_keeper:
        yield Problem("second_keeper", _("Name each keeper once."))


def opened_seal_has_a_reason(seal, facts):
    if seal.kind == PUT_ON:
        return
    if not seal.reason:
        yield Problem("reason", _("Enter why the seal was opened, or how it was found."), "V128")
    if not seal.witness:
        yield Problem("witness", _("Enter the witness."), "V128")


def quantity_does_not_grow(change, facts):
    before = change.previous_quantity
    if change.after is None:
        return
    if change.after < 0:
        yield Problem("after", _("A quantity is not below 0."), "V129")
    elif before is None and change.cause != WEIGHED:
        yield Problem("exhibit", _("This exhibit has no quantity yet. Weigh it first."), "V129")
    elif change.after > (before or 0) and change.cause != WEIGHED:
        yield Problem(
            "after", _("The new quantity is more than before. Only weighing again may find more."), "V129"
        )
    elif change.after > (before or 0) and not (change.document_no and change.document_date):
        yield Problem("document_no", _("More than before needs a record. Enter its number and date."), "V129")


def giver_has_the_exhibit(movement, facts):
    if not facts.has_exhibit:
        text = _(
            "This exhibit is with %(holder)s. Only the present holder hands it over.", holder=facts.holder
        )
        yield Problem("exhibit", text, "V125")
    elif facts.acts_for_holder and not movement.note:
        text = _("The present holder is %(holder)s. Enter why you act instead.", holder=facts.holder)
        yield Problem("note", text, "V125")
    if facts.last_day is not None and movement.moved_on is not None and movement.moved_on < facts.last_day:
        yield Problem(
            "moved_on",
            _("This day is before the last movement, or before the exhibit was found. Check the date."),
            "V125",
        )


def giver_receiver_and_witness_differ(movement, facts):
    if facts.is_to_oneself:
        yield Problem(
            "to_user", _("An exhibit is not handed over to oneself. Choose another officer."), "V126"
        )
    is_back = movement.kind in TAKEN_BACK and movement.to_user is None
    if is_back and facts.state not in OUTSIDE_STATES:
        text = _("Choose the officer who receives the exhibit.")
        yield Problem("to_user", text, "V126")
    elif is_back:
        if not movement.witness:
            yield Problem("witness", _("Enter the witness of this movement."), "V126")
        if not movement.document_no and facts.state != "missing":
            yield Problem("document_no", _("Enter the number of the document of the return."), "V126")
    if movement.witness and " ".join(movement.witness.casefold().split()) in facts.names:
        text = _("Giver, receiver and witness are three people. Choose another witness.")
        yield Problem("witness", text, "V126")


def seal_is_the_last_one_known(movement, facts):
    if not facts.seal or not (movement.seal_broken or (movement.seal_no or "") != facts.seal):
        return
    if not (movement.note and movement.witness):
        text = _(
            "The last seal is %(seal)s. Enter this number, or note and witness of the difference.",
            seal=facts.seal,
        )
        yield Problem("seal_no", text, "V128")


def sealer_has_the_exhibit(seal, facts):
    if not facts.has_exhibit:
        text = _(
            "This exhibit is with %(holder)s. Only the present holder seals and opens it.",
            holder=facts.holder,
        )
        yield Problem("exhibit", text, "V128")


def seal_replaces_no_whole_seal_unseen(seal, facts):
    if seal.kind != PUT_ON and facts.seal and seal.number != facts.seal:
        yield Problem("number", _("The last seal is %(seal)s. Enter this number.", seal=facts.seal), "V128")
    if seal.kind == PUT_ON and facts.seal and not (seal.reason and seal.witness):
        text = _(
            "Seal %(seal)s is still whole. Enter the reason for a new one, and the witness.", seal=facts.seal
        )
        yield Problem("reason", text, "V128")
    if seal.witness and " ".join(seal.witness.casefold().split()) in facts.names:
        yield Problem("witness", _("The author is no witness. Choose another witness."), "V128")


STORE = (keepers_differ,)


def split_leaves_two_parts(change, facts):
    if change.cause != SPLIT:
        return
    if not change.note:
        yield Problem("note", _("Describe the part that is separated."), "V129")
    before = change.previous_quantity
    if before is not None and change.after is not None and not 0 < change.after < before:
        text = _("A split leaves a part on each side. Enter a quantity between 0 and the present one.")
        yield Problem("after", text, "V129")


def splitter_has_the_open_exhibit(change, facts):
    if change.cause != SPLIT:
        return
    if not facts.has_exhibit:
        text = _("This exhibit is with %(holder)s. Only the present holder splits it.", holder=facts.holder)
        yield Problem("exhibit", text, "V125")
    if facts.is_open or facts.state not in INSIDE:
        yield Problem("exhibit", _("Only an exhibit that the police hold now can be split."), "V127")
    if facts.seal:
        text = _("Seal %(seal)s is still whole. Enter first that it was opened.", seal=facts.seal)
        yield Problem("cause", text, "V128")


SEAL = (opened_seal_has_a_reason,)
SEALER = (sealer_has_the_exhibit, seal_replaces_no_whole_seal_unseen)
QUANTITY = (quantity_does_not_grow, split_leaves_two_parts)
SPLITTER = (splitter_has_the_open_exhibit,)
CHAIN = (giver_has_the_exhibit, giver_receiver_and_witness_differ, seal_is_the_last_one_known)
