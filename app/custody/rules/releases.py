"""Rules of releases and follow-up: V087, V090, V097, V098, V184."""

from datetime import timedelta

from app.custody.rules.time_limits import (
    LIFE,
    are_years_served,
    compute_share_served,
    find_commuted_years,
    is_share_reached,
    list_valid_changes,
)
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

PAROLE, END_OF_TERM, SUPERVISION = "parole", "end_of_term", "supervision"


def person_is_detained(release, facts):
    detention = release.detention
    if detention is None:
        text = _(
            "This person is not detained, so a release cannot be recorded. Choose the detention or enter it first."
        )
        yield Problem("detention", text, "V087")
    elif release.id is None and detention.ended_on is not None:
        text = _("This detention already ended on %(day)s. Choose an open one.", day=detention.ended_on)
        yield Problem("detention", text, "V087")


def is_not_late(release, facts):
    detention, tolerance = release.detention, facts.limits.get("release_tolerance")
    due = detention.due_on if detention is not None else None
    if due is None or tolerance is None or release.released_on is None:
        return
    late = release.released_on - due
    if late > timedelta(days=tolerance.amount):
        text = _(
            "Released %(days)s days after %(due)s, the end date of the detention. Choose the reason.",
            days=late.days,
            due=due,
        )
        yield Problem("released_on", text, "V097", WARNING, "over_limit_reason")


def ask_about_sentences(name, outcomes=()):
    """Return a rule: a person who is set free has no other sentence to serve.

    `name` is the field that sets free, if it has one of the `outcomes`; without them it always does.
    """

    def no_sentence_is_forgotten(record, facts):
        if not facts.unserved or (outcomes and getattr(record, name) not in outcomes):
            return
        text = _(
            "This person has a sentence that no prison executes: %(numbers)s. Enter its detention, or give the reason.",
            numbers=" · ".join(facts.unserved),
        )
        yield Problem(name, text, "V184", WARNING, named=facts.unserved_rows)

    return no_sentence_is_forgotten


def term_is_served(release, facts):
    """Ask about an end of the sentence before its day. A life sentence has none."""
    detention = release.detention
    if release.kind != END_OF_TERM or detention is None or release.released_on is None:
        return
    sentence = detention.sentence
    if detention.due_on is not None and release.released_on < detention.due_on:
        text = _(
            "The sentence ends on %(day)s only. Choose another kind of release, or give the reason.",
            day=detention.due_on,
        )
        yield Problem("kind", text, "V098", WARNING)
    elif sentence is not None and sentence.kind == LIFE and detention.due_on is None:
        text = _("A life sentence has no end. Choose another kind of release, or give the reason.")
        yield Problem("kind", text, "V098", WARNING)


def parole_is_not_early(release, facts):
    sentence = release.detention.sentence if release.detention is not None else None
    if release.kind != PAROLE or sentence is None or release.released_on is None:
        return
    share = compute_share_served(sentence, release.released_on, facts.days_at_large)
    is_life = sentence.kind == LIFE and find_commuted_years(list_valid_changes(sentence)) is None
    if is_life and sentence.starts_on is not None:
        limit = facts.limits.get("parole_life")
        early = limit is not None and not are_years_served(
            sentence, release.released_on, limit.amount, facts.days_at_large
        )
    elif share is not None:
        limit = facts.limits.get("parole_short" if share[1] else "parole_long")
        early = limit is not None and not is_share_reached(share[0], limit)
    else:
        return
    if early:
        text = _("The sentence served is too short for a conditional release (%(basis)s).", basis=limit.basis)
        yield Problem("released_on", text, "V098", WARNING)


def follow_up_is_complete(release, facts):
    if release.supervised_until is None and release.kind == SUPERVISION:
        text = _(
            "The last day of the supervision is missing. Leave it empty only if the document names none."
        )
        yield Problem("supervised_until", text, "V098", WARNING)
    elif release.supervised_until is None and (release.kind == PAROLE or release.reports_to is not None):
        text = _(
            "The end date of reporting is missing. Enter it from the document, or use the end of the sentence."
        )
        yield Problem("supervised_until", text, "V098")
    if release.supervised_until and release.reports_to is None:
        text = _("Supervision requires a unit to report to. Choose the unit.")
        yield Problem("reports_to", text, "V098")
    if release.supervised_until and release.released_on and release.supervised_until < release.released_on:
        text = _("The follow-up must end after the release, %(day)s.", day=release.released_on)
        yield Problem("supervised_until", text, "V090")


def served_sentence_has_no_follow_up(release, facts):
    if release.kind == END_OF_TERM and (release.supervised_until or release.reports_to is not None):
        text = _(
            "No law allows follow-up after a fully served sentence. Leave the follow-up empty, or give the reason."
        )
        yield Problem("supervised_until", text, "V098", WARNING)


def follow_up_is_open(step, facts):
    release = step.release
    if release is None or step.done_on is None or release.ended_on is None or step.id is not None:
        return
    if step.done_on > release.ended_on:
        text = _(
            "The follow-up ended on %(day)s. It cannot last longer than the document says.",
            day=release.ended_on,
        )
        yield Problem("done_on", text, "V090")


def end_has_a_document(step, facts):
    if step.kind == "end" and not step.document_no:
        text = _("A follow-up ends with a document. Enter its number.")
        yield Problem("document_no", text, "V090")
