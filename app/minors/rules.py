"""Rules of contacts with minors: V146, V176 to V178, and the state that follows from the steps."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import INFO, WARNING, Problem, not_in_the_future

MET, ASSESSED, WAITING, ACCEPTED, DECLINED = "contact", "assessed", "waiting", "accepted", "declined"
PROPOSED, RUNNING, KEPT, BROKEN = "proposed", "running", "kept", "broken"
REFER, ORDER, HAND_OVER, VISIT = "referred", "ordered", "handed_over", "visit"
# (state, step) → next state. A hand-over to the guardian changes no state, and may follow each of them.
NEXT = {
    (MET, "assessed"): ASSESSED,
    (ASSESSED, REFER): WAITING,
    (WAITING, "accepted"): ACCEPTED,
    (WAITING, "declined"): DECLINED,
    (DECLINED, REFER): WAITING,
    (ASSESSED, "proposed"): PROPOSED,
    (ACCEPTED, "proposed"): PROPOSED,
    (PROPOSED, ORDER): RUNNING,
    (RUNNING, VISIT): RUNNING,
    (RUNNING, "kept"): KEPT,
    (RUNNING, "broken"): BROKEN,
}
ADULT_AGE, CHILD_AGE = 18, 14
IN_CONFLICT = "in_conflict"
UNSAVED_ID = 2**31  # sorts unsaved steps last


def sort_steps(steps):
    """Return the steps that are not void, in order."""
    valid = [one for one in steps if one.voided_at is None and one.done_on is not None]
    return sorted(valid, key=lambda one: (one.done_on, one.id or UNSAVED_ID))


def fold(steps):
    """Return (state, last day of the running diversion or None)."""
    state, until = MET, None
    for step in sort_steps(steps):
        if (state, step.kind) not in NEXT:
            continue
        state = NEXT[state, step.kind]
        until = step.until_on if step.kind == ORDER else until
    return state, until if state == RUNNING else None


def person_is_a_minor(contact, facts):
    if contact.age is not None and not 0 <= contact.age < ADULT_AGE:
        yield Problem("age", _("A contact with a minor is for people below 18. Enter 0 to 17."), "V176")
    if contact.age is not None and contact.age < CHILD_AGE and contact.reason == IN_CONFLICT:
        text = _(
            "A child below 14 is never a suspect. Choose the need of protection and care, or give a reason."
        )
        yield Problem("reason", text, "V176", WARNING)


def guardian_is_informed(contact, facts):
    if contact.guardian_informed_at is None:
        text = _("The guardian is not informed yet. Inform the guardian, and enter the time.")
        yield Problem("guardian_informed_at", text, "V177", INFO)
    if not contact.heard_with:
        text = _("A minor is heard with a representative or a social agent. Enter who was present.")
        yield Problem("heard_with", text, "V177", INFO)


def step_follows_the_state(step, facts):
    contact = step.contact
    if contact is None or step.id is not None or step.done_on is None:
        return
    if contact.is_void:
        yield Problem("contact", _("This contact is void."), "V178")
    if contact.met_at and step.done_on < contact.met_at.date():
        yield Problem("done_on", _("This is before the contact."), "V178")
    before = [one for one in sort_steps(contact.steps) if one is not step]
    if before and step.done_on < before[-1].done_on:
        yield Problem("done_on", _("A later step is recorded already. Enter its day or a later one."), "V178")
    if step.kind is not None and step.kind != HAND_OVER and (fold(before)[0], step.kind) not in NEXT:
        yield Problem("kind", _("This step does not follow the present status. Choose another step."), "V178")


def step_has_its_values(step, facts):
    if step.kind in (REFER, HAND_OVER) and not step.receiver:
        yield Problem("receiver", _("Enter who receives the minor: guardian, agent or service."), "V178")
    if step.kind == ORDER:
        for name in ("document_no", "document_date"):
            if not getattr(step, name):
                text = _("Only the prosecutor orders a diversion. Enter number and date of the letter.")
                yield Problem(name, text, "V146")
        if step.until_on is None:
            yield Problem("until_on", _("Enter the last day of the diversion."), "V146")
    elif step.until_on is not None:
        yield Problem("until_on", _("Only an ordered diversion has a last day."), "V178")
    if step.until_on is not None and step.done_on is not None and step.until_on < step.done_on:
        yield Problem("until_on", _("The diversion ends before it begins."), "V146")


CONTACT = (
    person_is_a_minor,
    guardian_is_informed,
    not_in_the_future("met_at", "guardian_informed_at", rule="V176"),
)
STEP = (
    step_follows_the_state,
    step_has_its_values,
    not_in_the_future("done_on", "document_date", rule="V178"),
)
