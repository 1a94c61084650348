"""Rules of retention acts: V163, V164 and V166. V165 is checked when a proposal is saved."""

from dataclasses import dataclass
from datetime import datetime

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import Problem, not_in_the_future

HOLD, LIFT, ACCESS = "hold", "lift", "access"
ENDS = {LIFT: HOLD}  # kind → the kind of the act that it ends
DOCUMENTED = {LIFT: "V164", ACCESS: "V166"}  # kind → the rule that requires its document
DATED = {HOLD: "V163", ACCESS: "V166"}  # kind → the rule of its last day
NOT_IN_EFFECT = _("This act is not in effect, or its end waits for a second officer.")


@dataclass(frozen=True)
class ActFacts:
    """What is known about a retention act besides its own columns.

    `can_end`: the act that this one ends is in effect, and no other end of it waits for a second officer.
    """

    now: datetime | None = None
    can_end: bool = True


def act_names_its_subject(act, facts):
    """A hold is about one person or one case, an access about one person, an end about the act that it ends."""
    if act.kind in ENDS:
        if act.ends is None:
            yield Problem("ends", _("Choose the act that ends."), "V164")
        for name in ("person", "case"):
            if getattr(act, name) is not None:
                yield Problem(name, _("Leave this empty: the act that ends names the record."), "V164")
    elif act.ends is not None:
        yield Problem("ends", _("Only the end of an act names an earlier act."), "V164")
    elif act.kind == HOLD and (act.person is None) == (act.case is None):
        yield Problem("person", _("A legal hold is about one person or about one case. Choose one."), "V163")
    elif act.kind == ACCESS and (act.person is None or act.case is not None):
        yield Problem(
            "person", _("A court reads the file of one person. Choose the person, and no case."), "V166"
        )


def ended_act_is_in_effect(act, facts):
    if act.kind in ENDS and act.ends is not None and act.id is None:
        if act.ends.kind != ENDS[act.kind]:
            yield Problem("ends", _("This act ends another kind of act. Choose the right one."), "V164")
        elif not facts.can_end:
            yield Problem("ends", NOT_IN_EFFECT, "V164")


def act_has_a_document(act, facts):
    if act.kind not in DOCUMENTED:
        return
    for name, text in (
        ("document_no", _("This act is based on a document. Enter its number.")),
        ("document_date", _("Enter the date of that document.")),
    ):
        if not getattr(act, name):
            yield Problem(name, text, DOCUMENTED[act.kind])


def last_day_is_in_the_future(act, facts):
    if act.id is not None:
        return
    if act.kind == ACCESS and act.until is None:
        yield Problem("until", _("Enter the last day on which the court may read the file."), "V166")
    elif act.until is not None and act.kind not in DATED:
        yield Problem("until", _("Only a legal hold and the access of a court have an end date."), "V163")
    elif act.until is not None and facts.now is not None and act.until <= facts.now.date():
        yield Problem("until", _("This ends after today. Enter a later day."), DATED[act.kind])


ACT = (
    act_names_its_subject,
    ended_act_is_in_effect,
    act_has_a_document,
    last_day_is_in_the_future,
    not_in_the_future("document_date"),
)
