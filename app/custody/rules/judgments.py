"""Judgments and sentences: V052, V056, V088, V094, V095, V099."""

from datetime import timedelta

from app.custody.rules.time_limits import expected_release, share_served
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

CONVICTED, FINAL, NOTIFIED = "convicted", "final", "notified"
PRISON, LIFE = "prison", "life"


def judges_somebody(judgment, facts):
    if judgment.involvement is None and judgment.person is None:
        text = _("A judgment is about somebody in a case. Choose the person in a case.")
        yield Problem("involvement", text, "V045")


def decides_after_the_offence(judgment, facts):
    case = judgment.case
    if case is not None and judgment.decided_on and judgment.decided_on < case.occurred_from.date():
        text = _("A judgment comes after the offence, %(day)s.", day=case.occurred_from.date())
        yield Problem("decided_on", text, "V056")


def offence_is_of_the_case(judgment, facts):
    row = judgment.case_offence
    if row is not None and judgment.case is not None and row.case_id != judgment.case.id:
        text = _("This offence stands in another case. Choose one of the person's case.")
        yield Problem("case_offence", text, "V052")


def final_waits_for_the_opposition(step, facts):
    judgment, limit = step.judgment, facts.limits.get("opposition")
    if step.kind != FINAL or judgment is None or limit is None or not judgment.in_absence or not step.done_on:
        return
    told = judgment.notified_on
    if told is None:
        text = _("A judgment in absence becomes final only after it was notified. Enter that first.")
        yield Problem("kind", text, "V088", limit.severity)
    elif step.done_on < told + timedelta(days=limit.amount):
        text = _(
            "Until %(day)s the person may oppose this judgment (%(basis)s).",
            day=told + timedelta(days=limit.amount),
            basis=limit.basis,
        )
        yield Problem("done_on", text, "V088", limit.severity)


def sentence_follows_a_conviction(sentence, facts):
    judgment = sentence.judgment
    if judgment is not None and judgment.verdict != CONVICTED:
        text = _("Only who is convicted is sentenced. Compare with the judgment.")
        yield Problem("judgment", text, "V052")


def sentence_begins_with_the_judgment(sentence, facts):
    judgment = sentence.judgment
    if judgment is None or sentence.starts_on is None:
        return
    earliest = judgment.decided_on - timedelta(days=sentence.credit_days or 0)
    if sentence.starts_on < earliest:
        text = _(
            "The sentence begins on %(day)s at the earliest: the day of the judgment less the days that count.",
            day=earliest,
        )
        yield Problem("starts_on", text, "V094")


def days_count_once(sentence, facts):
    judgment = sentence.judgment
    if judgment is None or not sentence.credit_days or sentence.starts_on is None:
        return
    if sentence.starts_on < judgment.decided_on:
        text = _(
            "The sentence runs from %(begun)s, before the judgment of %(day)s. Enter only days of detention before"
            " its beginning, or they count twice.",
            begun=sentence.starts_on,
            day=judgment.decided_on,
        )
        yield Problem("credit_days", text, "V095", WARNING)


def imprisonment_has_a_term(sentence, facts):
    if sentence.kind == PRISON and not (sentence.years or sentence.months or sentence.days):
        yield Problem("years", _("Imprisonment has a term. Enter years, months or days."), "V095")


def prison_agrees(sentence, facts):
    expected = expected_release(sentence, [one for one in sentence.changes if one.voided_at is None])
    if expected and sentence.prison_says and sentence.prison_says != expected:
        text = _(
            "By beginning, term and days that count the release is on %(day)s. Compare with the prison.",
            day=expected,
        )
        yield Problem("prison_says", text, "V095", WARNING)


def reduction_takes_days_off(change, facts):
    if change.kind in ("reduction", "amnesty") and not change.days:
        yield Problem("days", _("Enter how many days are taken off."), "V095")


def proposal_comes_when_enough_is_served(change, facts):
    proposals = {"pardon_proposal": "pardon", "proposal": "reduction"}
    sentence, limit = change.sentence, facts.limits.get(proposals.get(change.kind, ""))
    if limit is None or sentence is None or change.done_on is None or sentence.starts_on is None:
        return
    if sentence.kind == LIFE:
        limit = facts.limits.get("reduction_life", limit)
        served_enough = change.done_on.year - sentence.starts_on.year >= limit.amount
    else:
        share = share_served(sentence, change.done_on)
        served_enough = share is None or share[0] >= limit.amount
    if not served_enough:
        text = _("Too little of the sentence is served for this proposal (%(basis)s).", basis=limit.basis)
        yield Problem("done_on", text, "V099", WARNING)
