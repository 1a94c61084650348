"""The steps of a line-up: its states and results, and what the photos and the recorded words must be."""

import hashlib

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem

FEWEST, MOST = 6, 12  # photos, with that of the suspect
SEQUENTIAL, SIMULTANEOUS = "sequential", "simultaneous"
PICKED, NONE, UNSURE = "picked", "none", "unsure"
REFUSED, ABORTED, CANCELLED = "refused", "aborted", "cancelled"
STATEMENTS = (PICKED, NONE, UNSURE)
# The states follow from the columns: without photos, with photos, started, ended, and void.
DRAFT, PREPARED, SHOWN, ENDED, VOID = "draft", "prepared", "shown", "ended", "void"

FIXED = _(
    "A line-up does not change once its photos are fixed. Withdraw it before it is shown, and prepare another."
)
NOT_CANCELLING = _(
    "Only its author, the officer in charge or a chief cancels a line-up before its photos are shown."
)
NOT_PRESENTER = _("Only the officer named in the line-up shows it and records what the witness said.")
# Read aloud before the photos are shown.
INSTRUCTION = _(
    "The person you saw may or may not be among these photos. You do not have to choose a photo. The investigation goes on in any case."
)
READ_FIRST = _("Read the instruction to the witness first, and select the checkbox.")
# It tells the officer who shows the photos nothing about the case.
NOT_FIT = _(
    "This line-up can no longer be shown. Refuse it with this reason. An officer of the case prepares another."
)
NOT_NOW = _("This step is not possible now. Open the line-up again.")


def check_faces(people, suspect_id, eligible_ids):
    """Yield the problems of the photos of these people in a line-up (V137)."""
    others = [one for one in people if one != suspect_id]
    if people.count(suspect_id) != 1 or len(set(others)) != len(others):
        yield Problem(
            "faces", _("A line-up has the suspect exactly once, and each other person once."), "V137"
        )
    elif len(people) < FEWEST:
        text = _("Choose at least %(num)s photos of other people.", num=FEWEST - 1)
        yield Problem("faces", text, "V137")
    elif len(people) > MOST:
        yield Problem("faces", _("Choose at most %(num)s photos of other people.", num=MOST - 1), "V137")
    elif not eligible_ids.issuperset(others):
        text = _(
            "A chosen photo is of a person who may not be in this line-up. Choose from the proposed photos."
        )
        yield Problem("faces", text, "V137")


def check_statement(lineup, number_of_faces, all_were_shown):
    """Yield the problems of the result that the officer has recorded."""
    if not lineup.result:
        yield Problem("result", _("Choose what the witness said."))
    elif lineup.result in STATEMENTS:
        if not all_were_shown:
            yield Problem("result", _("Show every photo before you record the words of the witness."))
        if not lineup.words:
            yield Problem("words", _("Enter the words of the witness as they were said."))
        if (lineup.result == PICKED) != (lineup.position is not None):
            yield Problem("position", _("Enter the number of the photo, only if the witness chose one."))
        elif lineup.position is not None and not 1 <= lineup.position <= number_of_faces:
            yield Problem("position", _("There is no photo with this number."))
        if lineup.result == PICKED and not lineup.certainty:
            yield Problem("certainty", _("Enter how certain the witness is, in the words of the witness."))
    elif not lineup.reason:
        yield Problem("reason", _("Enter why the line-up was refused or ended early."))


def order_faces(lineup):
    """Return the photos in the order of the session. Before its start they have the order of their entry.

    The order follows from the seed alone, so that it can be proved again.
    """
    if lineup.seed is None:
        return list(lineup.faces)
    return sorted(lineup.faces, key=lambda one: hashlib.sha256(f"{lineup.seed}:{one.id}".encode()).digest())


def has_chosen_suspect(lineup):
    """Return whether the witness chose the photo of the suspect."""
    return lineup.result == PICKED and order_faces(lineup)[lineup.position - 1].is_suspect
