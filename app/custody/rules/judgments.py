"""Rules of judgments and sentences: V052, V056, V088, V094, V095, V099, V182."""

from datetime import timedelta

from app.custody.rules.time_limits import (
    AMNESTY,
    COMMUTATION,
    LIFE,
    PARDON,
    PRISON,
    REDUCTION,
    are_years_served,
    compute_release_date,
    compute_share_served,
    find_commuted_years,
    is_share_reached,
    list_valid_changes,
)
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.kernel.text.dates import add_months

CONVICTED, FINAL, SET_ASIDE = "convicted", "final", "set_aside"
CONTESTING = ("opposition", "appeal", "cassation")
BASIS_COLUMNS = ("set_aside_on", "replaced_on", "voided_at")  # they decide whether a judgment is in force


def is_later_decision(later, decided_on, offence_id):
    """Return True if a judgment was decided later than one of this day and about the same offences, as on appeal."""
    return later.decided_on > decided_on and get_offence_id(later) in (None, offence_id)


def get_offence_id(judgment):
    """Return the id of the one offence of the judgment, or None if it is about all offences of the case."""
    return judgment.case_offence_id or (judgment.case_offence.id if judgment.case_offence else None)


def find_replacement_day(judgment, judgments, offences):
    """Return the day since which later final judgments have replaced this one, or None.

    `judgments` are those about the person in the case, and `offences` the ids of the valid offences of the case. Several
    judgments about one offence each replace a judgment about all of them together.
    """
    later = [one for one in judgments if one.final_on is not None and one.decided_on > judgment.decided_on]
    own = get_offence_id(judgment)
    days = [one.final_on for one in later if is_later_decision(one, judgment.decided_on, own)]
    if own is None and offences:
        by_offence = {}
        for one in sorted(later, key=lambda one: one.final_on, reverse=True):
            by_offence[get_offence_id(one)] = one.final_on
        if offences <= set(by_offence):
            days.append(max(by_offence[one] for one in offences))
    return min(days, default=None)


def person_is_named(judgment, facts):
    if judgment.involvement is None and judgment.person is None:
        text = _("A judgment can only be entered for a person in a case. Choose the person from a case.")
        yield Problem("involvement", text, "V045")


def judgment_follows_the_offence(judgment, facts):
    case = judgment.case
    if case is not None and judgment.decided_on and judgment.decided_on < case.occurred_from.date():
        text = _(
            "A judgment must come after the offence, %(day)s. Correct the date.",
            day=case.occurred_from.date(),
        )
        yield Problem("decided_on", text, "V056")


def offence_is_in_the_case(judgment, facts):
    row = judgment.case_offence
    if row is not None and judgment.case is not None and row.case_id != judgment.case.id:
        text = _("This offence is in another case. Choose an offence from the person's case.")
        yield Problem("case_offence", text, "V052")


def judgment_is_entered_once(judgment, facts):
    for same in facts.same_rows:
        text = _(
            "Judgment %(number)s of this person in this case has the same day and number. Check whether it is the same judgment.",
            number=str(same),
        )
        yield Problem("court_no", text, "V182", WARNING, named=(same,))
        return


def verdict_fits_the_sentences(judgment, facts):
    sentence = next((one for one in judgment.sentences if one.voided_at is None), None)
    if sentence is not None and judgment.verdict and judgment.verdict != CONVICTED:
        text = _(
            "Sentence %(number)s follows from this judgment. A correction must void it first.",
            number=sentence.number,
        )
        yield Problem("verdict", text, "V052")


def step_has_its_document(step, facts):
    """A step that ends or restores orders rests on a document: it decides whether a person is wanted."""
    if step.kind in (FINAL, SET_ASIDE) and not (step.document_no or "").strip():
        text = _(
            "This step decides whether orders of the case are in force. Enter the number of its court document."
        )
        yield Problem("document_no", text, "V088")


def opposition_period_has_passed(step, facts):
    judgment, limit = step.judgment, facts.limits.get("opposition")
    if step.kind != FINAL or judgment is None or limit is None or not judgment.in_absence or not step.done_on:
        return
    notified_on = judgment.notified_on
    if notified_on is None:
        text = _("A judgment in absence becomes final only after notification. Enter the notification first.")
        yield Problem("kind", text, "V088", limit.severity)
    elif step.done_on < notified_on + timedelta(days=limit.amount):
        text = _(
            "The person may oppose this judgment until %(day)s (%(basis)s).",
            day=notified_on + timedelta(days=limit.amount),
            basis=limit.basis,
        )
        yield Problem("done_on", text, "V088", limit.severity)


def appeal_is_decided(step, facts):
    """Ask if a judgment is final: not while an appeal is pending or can still be made."""
    judgment, limit = step.judgment, facts.limits.get("appeal")
    if step.kind != FINAL or judgment is None or step.done_on is None:
        return
    if judgment.contested_on is not None and not facts.later_judgment:
        text = _(
            "An opposition or appeal of %(day)s has no recorded decision. Enter the later judgment, or give the reason.",
            day=judgment.contested_on,
        )
        yield Problem("done_on", text, "V088", WARNING)
    elif limit is not None and (begins := _find_begin_of_appeal(step, facts)) is not None:
        last = add_months(begins, limit.amount)
        if step.done_on < last:
            text = _("This judgment can be appealed until %(day)s (%(basis)s).", day=last, basis=limit.basis)
            yield Problem("done_on", text, "V088", WARNING)


def _find_begin_of_appeal(step, facts):
    """Return the day from which the judgment can be appealed; None in absence while it can be opposed, which is asked first."""
    judgment, limit = step.judgment, facts.limits.get("opposition")
    if not judgment.in_absence:
        return judgment.decided_on
    notified_on = judgment.notified_on
    if notified_on is None or (
        limit is not None and step.done_on < notified_on + timedelta(days=limit.amount)
    ):
        return None
    return notified_on


def final_judgment_is_not_contested(step, facts):
    """Ask about an opposition or appeal against a judgment that is said to be final."""
    judgment = step.judgment
    if step.kind not in CONTESTING or judgment is None or judgment.final_on is None or step.done_on is None:
        return
    if not facts.later_judgment:
        text = _(
            "This judgment is recorded as final since %(day)s, and with an appeal pending it is not. Ask for a correction of that step, or give the reason.",
            day=judgment.final_on,
        )
        yield Problem("done_on", text, "V088", WARNING)


def sentence_follows_a_conviction(sentence, facts):
    judgment = sentence.judgment
    if judgment is not None and judgment.verdict != CONVICTED:
        text = _("Only a convicted person can be sentenced. Check the judgment.")
        yield Problem("judgment", text, "V052")


def sentence_start_is_plausible(sentence, facts):
    judgment = sentence.judgment
    if judgment is None or sentence.starts_on is None:
        return
    earliest = judgment.decided_on - timedelta(days=max(sentence.credit_days or 0, facts.held_days))
    if sentence.starts_on < earliest:
        text = _(
            "The sentence cannot begin before %(day)s, the judgment date minus the days in detention. Correct one of the values.",
            day=earliest,
        )
        yield Problem("starts_on", text, "V094")


def credit_is_not_counted_twice(sentence, facts):
    judgment = sentence.judgment
    if judgment is None or not sentence.credit_days or sentence.starts_on is None:
        return
    if sentence.starts_on < judgment.decided_on:
        text = _(
            "The sentence begins on %(begun)s, before the judgment of %(day)s. Enter only days of detention before that start, or they count twice.",
            begun=sentence.starts_on,
            day=judgment.decided_on,
        )
        yield Problem("credit_days", text, "V095", WARNING)


def imprisonment_has_a_term(sentence, facts):
    if sentence.kind == PRISON and not (sentence.years or sentence.months or sentence.days):
        yield Problem("years", _("Imprisonment needs a term. Enter years, months or days."), "V095")


def suspended_part_is_within_the_term(sentence, facts):
    months = (sentence.years or 0) * 12 + (sentence.months or 0)
    if sentence.suspended_months and (sentence.kind != PRISON or sentence.suspended_months > months):
        text = _("Only a part of the imprisonment can be suspended. Correct the months.")
        yield Problem("suspended_months", text, "V095")


def prison_date_matches(sentence, facts):
    expected = compute_release_date(sentence, [one for one in sentence.changes if one.voided_at is None])
    if expected and sentence.prison_stated_on and sentence.prison_stated_on != expected:
        text = _(
            "Start date, term and credited days give a release on %(day)s. Confirm the date with the prison.",
            day=expected,
        )
        yield Problem("prison_stated_on", text, "V095", WARNING)


def change_has_its_amount(change, facts):
    if change.kind in (REDUCTION, AMNESTY) and not change.days:
        yield Problem("days", _("Enter the number of days of reduction."), "V095")
    elif change.kind == PARDON and not change.days:
        text = _("A pardon without days remits the rest of the sentence. Enter the days, or give the reason.")
        yield Problem("days", text, "V095", WARNING)
    elif change.kind == COMMUTATION and not change.years:
        text = _("Enter the years of imprisonment that replace the life sentence.")
        yield Problem("years", text, "V095")
    elif change.kind == COMMUTATION and change.sentence is not None and change.sentence.kind != LIFE:
        yield Problem("kind", _("Only a life sentence can be commuted. Check the sentence."), "V095")


def decree_is_entered_once(change, facts):
    """Refuse a decree that is recorded already, and ask if only the date differs."""
    others = [
        one
        for one in (change.sentence.changes if change.sentence is not None else ())
        if one is not change and one.voided_at is None and one.kind == change.kind
    ]
    same = [one for one in others if one.document_no and one.document_no == change.document_no]
    if any(one.done_on == change.done_on for one in same):
        yield Problem("document_no", _("This document is recorded for this sentence already."), "V095")
    elif same:
        text = _("A document with this number is recorded with another date. It would count twice.")
        yield Problem("document_no", text, "V095", WARNING)


def proposal_is_not_early(change, facts):
    proposals = {"pardon_proposal": "pardon", "proposal": "reduction"}
    sentence, limit = change.sentence, facts.limits.get(proposals.get(change.kind, ""))
    if limit is None or sentence is None or change.done_on is None or sentence.starts_on is None:
        return
    if sentence.kind == LIFE and find_commuted_years(list_valid_changes(sentence)) is None:
        limit = facts.limits.get("reduction_life", limit)
        served_enough = are_years_served(sentence, change.done_on, limit.amount, facts.days_at_large)
    else:
        share = compute_share_served(sentence, change.done_on, facts.days_at_large)
        served_enough = share is None or is_share_reached(share[0], limit)
    if not served_enough:
        text = _("The sentence served is too short for this proposal (%(basis)s).", basis=limit.basis)
        yield Problem("done_on", text, "V099", WARNING)
