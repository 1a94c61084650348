"""Rules of police custody and its steps: V059 to V068."""

from datetime import timedelta

from app.cases.rules.offences import get_class
from app.cases.rules.times import is_before
from app.custody.rules.time_limits import (
    FELONY,
    PETTY,
    compute_custody_end,
    get_ages_of_detained,
    get_custody_limit,
    get_earliest_arrival,
    get_latest_moment,
    is_minor,
)
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.display import is_day_only
from app.kernel.schema.rules import INFO, WARNING, Problem

EXTENSION, END, LAWYER = "extension", "end", "lawyer"
TRANSFERRED, RELEASED = "transferred", "released"
DETAINED = "detained"  # the outcome of a custody that a detention ends; it is computed


def arrival_follows_the_arrest(custody, facts):
    arrest = custody.arrest
    if arrest is None:
        return
    is_day = is_day_only(arrest, "at")
    if is_before(custody.arrived_at, arrest.at, is_day or is_day_only(custody, "arrived_at")):
        at = arrest.at.date() if is_day else arrest.at
        text = _("The arrival cannot be before the arrest, %(at)s. Correct one of the two.", at=at)
        yield Problem("arrived_at", text, "V059")


def offence_allows_custody(custody, facts):
    known = list_offence_classes(custody.case)
    if custody.offence_class == PETTY or (known and known <= {PETTY}):
        text = _("Police custody is not allowed for a petty offence.")
        yield Problem("offence_class", text, "V065", WARNING)
    elif custody.offence_class and known and None not in known and custody.offence_class not in known:
        text = _("No offence in the case has this class. Check the offences of the case.")
        yield Problem("offence_class", text, "V065", WARNING)


def list_offence_classes(case):
    """Return the classes of the valid offences of a case, with None for an unknown class."""
    rows = [] if case is None else [row for row in case.offences if row.voided_at is None]
    return {get_class(row) for row in rows}


def custody_does_not_overlap(custody, facts):
    if facts.overlapping:
        text = _(
            "This person is in custody %(numbers)s at the same time. End that custody first, or correct the times.",
            numbers=" · ".join(facts.overlapping),
        )
        yield Problem("arrived_at", text, "V068")


def prisoner_is_not_in_custody(custody, facts):
    """Ask if the person is in a prison: no person is in two places."""
    if facts.open_detentions and custody.ended_at is None:
        text = _(
            "This person is detained in a prison (%(numbers)s). Record the escape, release or end of that detention, or give the reason.",
            numbers=" · ".join(one.number for one in facts.open_detentions),
        )
        yield Problem("arrest", text, "V068", WARNING)


def limit_is_shown(custody, facts):
    """Tell when the custody must end. A later custody after the same arrest continues the limit of the first."""
    if custody.arrived_at is None:
        return
    begun = min(filter(None, (get_earliest_arrival(custody), facts.first_arrival)))
    ages = get_ages_of_detained(custody, begun)
    limit = facts.limits.get(get_custody_limit(ages, custody.offence_class, begun))
    if limit is None:
        return
    text = _(
        "Custody must end by %(when)s (%(basis)s). The unit and the provincial chief are warned in advance.",
        when=compute_custody_end(begun, limit, facts.granted_hours),
        basis=limit.basis,
    )
    yield Problem("arrived_at", text, "V064", INFO)


def custody_is_open(step, facts):
    custody = step.custody
    if custody is not None and custody.ended_at is not None and step.at and step.at > custody.ended_at:
        text = _("This custody ended on %(when)s. You cannot add steps after that.", when=custody.ended_at)
        yield Problem("at", text, "V067")
    elif step.kind == END and custody is not None and _has_other_step(custody, step, END):
        text = _("This custody has already ended. Request that the earlier end be voided first.")
        yield Problem("kind", text, "V067")


def _has_other_step(custody, step, kind):
    others = (one for one in custody.steps if one is not step and one.voided_at is None)
    return any(one.kind == kind for one in others)


def end_has_an_outcome(step, facts):
    if step.kind == END and not step.outcome:
        text = _("Every custody record needs an outcome. Choose the outcome.")
        yield Problem("outcome", text, "V067")
    elif step.outcome == DETAINED:
        text = _("Enter the detention in a prison. It ends the custody and starts the next deadline.")
        yield Problem("outcome", text, "V067")
    elif step.kind != END and step.outcome:
        text = _("Only the end of custody has an outcome. Leave this field empty, or choose the step «end».")
        yield Problem("outcome", text, "V067")


def transfer_names_the_receiver(step, facts):
    """Require who receives the person: only that unit can record the arrival, and the time limit goes on there."""
    if step.outcome == TRANSFERRED and step.to_unit is None and not step.handed_to:
        text = _(
            "Choose the unit that receives the person. Enter an authority that is not in the list in «Handed over to»."
        )
        yield Problem("to_unit", text, "V067")
    elif step.outcome != TRANSFERRED and step.to_unit is not None:
        yield Problem("to_unit", _("Only a transfer has a receiving unit. Leave this field empty."), "V067")
    elif step.to_unit is not None and step.custody is not None and step.to_unit is step.custody.held_by:
        yield Problem("to_unit", _("This unit already holds the person. Choose another unit."), "V067")


def end_is_within_the_limit(step, facts):
    """Ask for the reason of a late end. A refusal would only teach users to enter a false time."""
    custody = step.custody
    if step.kind != END or custody is None or step.at is None or custody.limit_at is None:
        return
    over = get_latest_moment(step) - custody.limit_at
    if over > timedelta():
        text = _(
            "Custody ended %(hours)s hours after the limit, %(limit)s, and the chief is notified. Choose the reason.",
            hours=-(-over // timedelta(hours=1)),
            limit=custody.limit_at,
        )
        rule = "V060" if custody.limit_code == "custody" else "V063"
        yield Problem("at", text, rule, WARNING, "over_limit_reason")


def lawyer_is_recorded(step, facts):
    custody, limit = step.custody, facts.limits.get("custody_lawyer")
    if step.kind != END or custody is None or limit is None or step.at is None:
        return
    duration = get_latest_moment(step) - get_earliest_arrival(custody)
    if duration > timedelta(hours=limit.amount) and custody.step(LAWYER) is None:
        text = _("In custody for more than %(hours)s hours, and no lawyer is recorded.", hours=limit.amount)
        yield Problem("at", text, "V066", WARNING)


def extension_is_lawful(step, facts):
    custody, limit = step.custody, facts.limits.get("custody_extension")
    if step.kind != EXTENSION or custody is None:
        return
    if not (step.document_no and step.who):
        text = _(
            "An extension needs the written permission of a prosecutor. Enter its number and the name of the prosecutor."
        )
        yield Problem("document_no" if not step.document_no else "who", text, "V061")
    if not step.hours:
        yield Problem("hours", _("Enter the number of hours granted by the prosecutor."), "V061")
    if limit is None:
        return
    if custody.offence_class != FELONY:
        text = _("Custody can be extended only for a felony (%(basis)s).", basis=limit.basis)
        yield Problem("kind", text, "V061", limit.severity)
    if _has_other_step(custody, step, EXTENSION) or (custody.extended and step.id is None):
        text = _("Custody can be extended only once (%(basis)s).", basis=limit.basis)
        yield Problem("kind", text, "V061", limit.severity)
    if (step.hours or 0) > limit.amount:
        text = _("At most %(hours)s hours can be granted (%(basis)s).", hours=limit.amount, basis=limit.basis)
        yield Problem("hours", text, "V061", limit.severity)
    if step.at and step.at > custody.limit_at and not custody.extended:
        text = _("The permission must be given before the time limit, %(limit)s.", limit=custody.limit_at)
        yield Problem("at", text, "V061", limit.severity)


def minor_has_no_extension(step, facts):
    custody, limit = step.custody, facts.limits.get("custody_extension")
    if step.kind != EXTENSION or custody is None or limit is None:
        return
    if is_minor(get_ages_of_detained(custody, custody.arrived_at)):
        text = _("The custody of a minor cannot be extended (%(basis)s).", basis=limit.basis)
        yield Problem("kind", text, "V062", limit.severity)
