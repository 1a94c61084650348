"""Detention in a prison: V090 to V093."""

from app.court_orders.rules.people import by_the_law_of_1992
from app.custody.rules.time_limits import (
    CHILD,
    PROVISIONAL,
    SENTENCE,
    ages_at_offence,
    child_age,
    detention_limits,
    months_later,
)
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import NOTICE, WARNING, Problem

END, ESCAPE, RECAPTURE, TRANSFER, EXTENSION = "end", "escape", "recapture", "transfer", "extension"


def begins_after_its_paper(detention, facts):
    if detention.since and detention.paper_on and detention.since < detention.paper_on:
        text = _("Detention begins with its paper of %(day)s or later. Correct one.", day=detention.paper_on)
        yield Problem("since", text, "V090")


def knows_its_limit(detention, facts):
    if detention.kind != PROVISIONAL or detention.since is None:
        return
    if not detention.offence_class:
        text = _("The limit hangs on the class of the offence. Choose the gravest of the case.")
        yield Problem("offence_class", text, "V091")
        return
    ages = ages_at_offence(detention.person, detention.case)
    first, _total = detention_limits(detention.since, ages, detention.offence_class)
    limit = facts.limits.get(first)
    if limit is not None:
        text = _(
            "Detention ends on %(day)s unless the court extends it (%(basis)s).",
            day=months_later(detention.since, limit.amount),
            basis=limit.basis,
        )
        yield Problem("since", text, "V093", NOTICE)


def limit_is_not_begun_anew(detention, facts):
    if facts.overlapping:
        text = _(
            "This person is detained in this case already, %(numbers)s: all of it counts for one limit. Extend or end"
            " that one, or give the reason.",
            numbers=" · ".join(facts.overlapping),
        )
        yield Problem("since", text, "V091", WARNING)


def child_is_not_detained(detention, facts):
    ages = ages_at_offence(detention.person, detention.case)
    if detention.kind != PROVISIONAL or ages is None or ages[1] >= CHILD:
        return
    limit = child_age(detention.since)
    if ages[1] >= limit:
        yield Problem("involvement", by_the_law_of_1992(ages[1]), "V092", WARNING)
    else:
        text = _("Nobody below %(limit)s years is detained before a judgment.", limit=limit)
        yield Problem("involvement", text, "V092")


def served_sentence_is_named(detention, facts):
    if detention.kind == SENTENCE and detention.sentence is None:
        text = _("Who serves a sentence has one. Enter the judgment and the sentence first, then choose it.")
        yield Problem("sentence", text, "V095")


def stands_in_an_open_detention(step, facts):
    detention = step.detention
    if detention is None or step.done_on is None:
        return
    if detention.ended_on is not None and step.done_on > detention.ended_on:
        text = _("This detention ended on %(day)s. Nothing happens in it after that.", day=detention.ended_on)
        yield Problem("done_on", text, "V090")


def step_says_what_it_must(step, facts):
    asked = {
        EXTENSION: ("months", "paper_no"),
        TRANSFER: ("prison", "paper_no"),
        END: ("reason", "paper_no"),
    }
    for name in asked.get(step.kind, ()):
        if not getattr(step, name):
            yield Problem(name, _("This step needs it: fill in this box."), "V090")


def escapes_and_comes_back(step, facts):
    detention = step.detention
    if detention is None or step.id is not None:
        return
    if step.kind == ESCAPE and detention.escaped:
        yield Problem("kind", _("This person has escaped already."), "V090")
    elif step.kind == RECAPTURE and not detention.escaped:
        yield Problem("kind", _("Nobody is recaptured who has not escaped."), "V090")


def extension_stays_within_the_whole(step, facts):
    detention = step.detention
    if step.kind != EXTENSION or detention is None or detention.kind != PROVISIONAL or not step.months:
        return
    ages = ages_at_offence(detention.person, detention.case)
    first, total = detention_limits(detention.since, ages, detention.offence_class)
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
            "In all somebody is detained for at most %(months)s months before a judgment (%(basis)s).",
            months=limit.amount,
            basis=limit.basis,
        )
        yield Problem("months", text, "V091", limit.severity)
