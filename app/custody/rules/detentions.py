"""Rules of detentions in a prison: V090 to V093."""

from app.court_orders.rules.people import format_law_of_1992
from app.custody.rules.time_limits import (
    CHILD,
    PROVISIONAL,
    SENTENCE,
    add_months,
    get_ages_at_offence,
    get_detention_limits,
    get_minimum_age,
)
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import INFO, WARNING, Problem

END, ESCAPE, RECAPTURE, TRANSFER, EXTENSION = "end", "escape", "recapture", "transfer", "extension"


def begins_after_its_document(detention, facts):
    if detention.since and detention.document_date and detention.since < detention.document_date:
        text = _(
            "Detention cannot begin before the date of its warrant, %(day)s. Correct one of the two dates.",
            day=detention.document_date,
        )
        yield Problem("since", text, "V090")


def limit_is_shown(detention, facts):
    if detention.kind != PROVISIONAL or detention.since is None:
        return
    if not detention.offence_class:
        text = _(
            "The time limit depends on the class of offence. Choose the most serious offence in the case."
        )
        yield Problem("offence_class", text, "V091")
        return
    ages = get_ages_at_offence(detention.person, detention.case)
    first, _total = get_detention_limits(detention.since, ages, detention.offence_class)
    limit = facts.limits.get(first)
    if limit is not None:
        text = _(
            "Detention ends on %(day)s unless the court extends it (%(basis)s).",
            day=add_months(detention.since, limit.amount),
            basis=limit.basis,
        )
        yield Problem("since", text, "V093", INFO)


def detention_does_not_overlap(detention, facts):
    if facts.overlapping:
        text = _(
            "This person is already detained in this case (%(numbers)s), and one limit covers all of it. Extend or end that detention, or give the reason.",
            numbers=" · ".join(facts.overlapping),
        )
        yield Problem("since", text, "V091", WARNING)


def child_is_not_detained(detention, facts):
    ages = get_ages_at_offence(detention.person, detention.case)
    if detention.kind != PROVISIONAL or ages is None or ages[1] >= CHILD:
        return
    limit = get_minimum_age(detention.since)
    if ages[1] >= limit:
        yield Problem("involvement", format_law_of_1992(ages[1]), "V092", WARNING)
    else:
        text = _("A minor below %(limit)s years cannot be held in provisional detention.", limit=limit)
        yield Problem("involvement", text, "V092")


def served_sentence_is_recorded(detention, facts):
    if detention.kind == SENTENCE and detention.sentence is None:
        text = _(
            "Serving a sentence requires a recorded sentence. Enter the judgment and the sentence first, then choose the sentence."
        )
        yield Problem("sentence", text, "V095")


def detention_is_open(step, facts):
    detention = step.detention
    if detention is None or step.done_on is None:
        return
    if detention.ended_on is not None and step.done_on > detention.ended_on:
        text = _("This detention ended on %(day)s. You cannot add steps after that.", day=detention.ended_on)
        yield Problem("done_on", text, "V090")


def step_is_complete(step, facts):
    required = {
        EXTENSION: ("months", "document_no"),
        TRANSFER: ("prison", "document_no"),
        END: ("reason", "document_no"),
    }
    for name in required.get(step.kind, ()):
        if not getattr(step, name):
            yield Problem(name, _("This step requires this field. Enter a value."), "V090")


def escape_and_recapture_alternate(step, facts):
    detention = step.detention
    if detention is None or step.id is not None:
        return
    if step.kind == ESCAPE and detention.escaped:
        yield Problem("kind", _("This person has already escaped."), "V090")
    elif step.kind == RECAPTURE and not detention.escaped:
        yield Problem("kind", _("This person has not escaped, so a recapture cannot be recorded."), "V090")


def extension_is_within_the_total(step, facts):
    detention = step.detention
    if step.kind != EXTENSION or detention is None or detention.kind != PROVISIONAL or not step.months:
        return
    ages = get_ages_at_offence(detention.person, detention.case)
    first, total = get_detention_limits(detention.since, ages, detention.offence_class)
    if first not in facts.limits or total not in facts.limits:
        return
    granted = sum(
        one.months or 0
        for one in detention.steps
        if one.kind == EXTENSION and one is not step and one.voided_at is None
    )
    limit = facts.limits[total]
    if facts.limits[first].amount + granted + step.months > limit.amount:
        text = _(
            "Detention before a judgment may last at most %(months)s months in total (%(basis)s).",
            months=limit.amount,
            basis=limit.basis,
        )
        yield Problem("months", text, "V091", limit.severity)
