"""Rules of judgments and sentences: V052, V056, V088, V094, V095, V099."""

from datetime import timedelta

from app.custody.rules.time_limits import compute_release_date, compute_share_served
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

CONVICTED, FINAL, NOTIFIED = "convicted", "final", "notified"
PRISON, LIFE = "prison", "life"


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


def sentence_follows_a_conviction(sentence, facts):
    judgment = sentence.judgment
    if judgment is not None and judgment.verdict != CONVICTED:
        text = _("Only a convicted person can be sentenced. Check the judgment.")
        yield Problem("judgment", text, "V052")


def sentence_start_is_plausible(sentence, facts):
    judgment = sentence.judgment
    if judgment is None or sentence.starts_on is None:
        return
    earliest = judgment.decided_on - timedelta(days=sentence.credit_days or 0)
    if sentence.starts_on < earliest:
        text = _(
            "The sentence cannot begin before %(day)s, the judgment date minus the credited days. Correct one of the values.",
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


def prison_date_matches(sentence, facts):
    expected = compute_release_date(sentence, [one for one in sentence.changes if one.voided_at is None])
    if expected and sentence.prison_stated_on and sentence.prison_stated_on != expected:
        text = _(
            "Start date, term and credited days give a release on %(day)s. Confirm the date with the prison.",
            day=expected,
        )
        yield Problem("prison_stated_on", text, "V095", WARNING)


def reduction_has_days(change, facts):
    if change.kind in ("reduction", "amnesty") and not change.days:
        yield Problem("days", _("Enter the number of days of reduction."), "V095")


def proposal_is_not_early(change, facts):
    proposals = {"pardon_proposal": "pardon", "proposal": "reduction"}
    sentence, limit = change.sentence, facts.limits.get(proposals.get(change.kind, ""))
    if limit is None or sentence is None or change.done_on is None or sentence.starts_on is None:
        return
    if sentence.kind == LIFE:
        limit = facts.limits.get("reduction_life", limit)
        served_enough = change.done_on.year - sentence.starts_on.year >= limit.amount
    else:
        share = compute_share_served(sentence, change.done_on)
        served_enough = share is None or share[0] >= limit.amount
    if not served_enough:
        text = _("The sentence served is too short for this proposal (%(basis)s).", basis=limit.basis)
        yield Problem("done_on", text, "V099", WARNING)
