"""Police custody and its steps: V059 to V068."""

from datetime import timedelta

from app.custody.rules.time_limits import (
    FELONY,
    PETTY,
    ages_at_offence,
    custody_ends,
    custody_limit,
    is_minor,
)
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import NOTICE, WARNING, Problem

EXTENSION, END, LAWYER = "extension", "end", "lawyer"


def arrives_after_the_arrest(custody, facts):
    arrest = custody.arrest
    if arrest is not None and custody.arrived_at and custody.arrived_at < arrest.at:
        text = _("The arrival must not lie before the arrest, %(at)s. Correct one of the two.", at=arrest.at)
        yield Problem("arrived_at", text, "V059")


def offence_lets_somebody_be_held(custody, facts):
    known = classes_of(custody.case)
    if custody.offence_class == PETTY or (known and known <= {PETTY}):
        text = _("For a petty offence nobody is held in custody.")
        yield Problem("offence_class", text, "V065")
    elif custody.offence_class and known and None not in known and custody.offence_class not in known:
        text = _("No offence of the case is of this class. Compare with the case.")
        yield Problem("offence_class", text, "V065", WARNING)


def classes_of(case):
    """The classes of the standing offences of a case; None among them for one that nobody knows."""
    rows = [] if case is None else [row for row in case.offences if row.voided_at is None]
    return {row.offence_class or (row.offence.offence_class if row.offence else None) for row in rows}


def is_held_once(custody, facts):
    if facts.overlapping:
        text = _(
            "This person is in custody %(numbers)s at the same time. End that one first, or correct the times.",
            numbers=" · ".join(facts.overlapping),
        )
        yield Problem("arrived_at", text, "V068")


def limit_is_told(custody, facts):
    ages = ages_at_offence(custody.person, custody.case)
    limit = facts.limits.get(custody_limit(ages, custody.offence_class, custody.arrived_at))
    if limit is None or custody.arrived_at is None:
        return
    text = _(
        "Custody ends on %(when)s at the latest (%(basis)s). The unit and the provincial chief are warned before.",
        when=custody_ends(custody.arrived_at, limit),
        basis=limit.basis,
    )
    yield Problem("arrived_at", text, "V064", NOTICE)


def stands_in_an_open_custody(step, facts):
    custody = step.custody
    if custody is not None and custody.ended_at is not None and step.at and step.at > custody.ended_at:
        text = _("This custody ended on %(when)s. Nothing is done in it after that.", when=custody.ended_at)
        yield Problem("at", text, "V067")
    elif step.kind == END and custody is not None and _another(custody, step, END):
        text = _("This custody has ended already. Have the other end struck out first.")
        yield Problem("kind", text, "V067")


def _another(custody, step, kind):
    others = (one for one in custody.steps if one is not step and one.voided_at is None)
    return any(one.kind == kind for one in others)


def end_has_an_outcome(step, facts):
    if step.kind == END and not step.outcome:
        text = _("Every custody ends somehow. Choose what became of the person.")
        yield Problem("outcome", text, "V067")
    elif step.kind != END and step.outcome:
        text = _("Only the end of a custody has an outcome. Leave this empty, or choose the step «end».")
        yield Problem("outcome", text, "V067")


def ends_within_the_limit(step, facts):
    """Refusing the true hour would only teach to write another one: it is asked for the reason, and shown."""
    custody = step.custody
    if step.kind != END or custody is None or step.at is None or custody.limit_at is None:
        return
    over = step.at - custody.limit_at
    if over > timedelta():
        text = _(
            "Held %(hours)s hours longer than the limit, %(limit)s. The chief is told; choose the reason.",
            hours=-(-over // timedelta(hours=1)),
            limit=custody.limit_at,
        )
        rule = "V060" if custody.limit_code == "custody" else "V063"
        yield Problem("at", text, rule, WARNING, "over_limit_reason")


def lawyer_was_called_in_time(step, facts):
    custody, limit = step.custody, facts.limits.get("custody_lawyer")
    if step.kind != END or custody is None or limit is None or step.at is None:
        return
    if step.at - custody.arrived_at > timedelta(hours=limit.amount) and custody.step(LAWYER) is None:
        text = _("Held longer than %(hours)s hours, and no lawyer is recorded.", hours=limit.amount)
        yield Problem("at", text, "V066", WARNING)


def extension_is_lawful(step, facts):
    custody, limit = step.custody, facts.limits.get("custody_extension")
    if step.kind != EXTENSION or custody is None:
        return
    if not (step.paper_no and step.who):
        text = _(
            "An extension rests on the written permission of a prosecutor. Enter its number and the name."
        )
        yield Problem("paper_no" if not step.paper_no else "who", text, "V061")
    if not step.hours:
        yield Problem("hours", _("Enter how many hours the prosecutor has granted."), "V061")
    if limit is None:
        return
    if custody.offence_class != FELONY:
        text = _("Custody is extended for a felony only (%(basis)s).", basis=limit.basis)
        yield Problem("kind", text, "V061", limit.severity)
    if _another(custody, step, EXTENSION):
        text = _("Custody is extended once only (%(basis)s).", basis=limit.basis)
        yield Problem("kind", text, "V061", limit.severity)
    if (step.hours or 0) > limit.amount:
        text = _("At most %(hours)s hours are granted (%(basis)s).", hours=limit.amount, basis=limit.basis)
        yield Problem("hours", text, "V061", limit.severity)
    if step.at and step.at > custody.limit_at and not custody.extended:
        text = _("The permission must come before the limit, %(limit)s.", limit=custody.limit_at)
        yield Problem("at", text, "V061", limit.severity)


def minor_is_not_held_longer(step, facts):
    custody, limit = step.custody, facts.limits.get("custody_extension")
    if step.kind != EXTENSION or custody is None or limit is None:
        return
    if is_minor(ages_at_offence(custody.person, custody.case)):
        text = _("The custody of a minor is not extended (%(basis)s).", basis=limit.basis)
        yield Problem("kind", text, "V062", limit.severity)
