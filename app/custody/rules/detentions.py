"""Rules of detentions in a prison: V056, V090 to V093."""

from datetime import timedelta

from app.court_orders.rules.people import format_law_of_1992
from app.custody.rules.time_limits import (
    CHILD,
    ESCAPE,
    EXTENSION,
    FELONY,
    LIFE,
    PRISON,
    PROVISIONAL,
    RECAPTURE,
    SENTENCE,
    count_days_at_large,
    count_days_held,
    get_ages_of_detained,
    get_detention_limits,
    get_minimum_age,
    is_in_force,
    list_times_held,
    sum_extensions,
)
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import INFO, WARNING, Problem
from app.kernel.text.dates import add_months

END, TRANSFER = "end", "transfer"
SENTENCED = "sentenced"  # the end of a detention that the detention of a sentence follows; it is computed
EXTRADITED = "extradited"
SETTING_FREE = ("acquitted", "other")  # ends of a detention that may set the person free
MAX_EXTENSIONS = {FELONY: 2}  # extensions of a provisional detention: one for all other classes


def begins_after_its_document(detention, facts):
    if detention.since and detention.document_date and detention.since < detention.document_date:
        text = _(
            "Detention cannot begin before the date of its warrant, %(day)s. Correct one of the two dates.",
            day=detention.document_date,
        )
        yield Problem("since", text, "V090")


def begins_after_the_offence(detention, facts):
    occurred_from = detention.case.occurred_from if detention.case is not None else None
    if detention.since and occurred_from is not None and detention.since < occurred_from.date():
        text = _(
            "Detention cannot begin before the offence, %(day)s. Correct one of the two dates.",
            day=occurred_from.date(),
        )
        yield Problem("since", text, "V056")


def limit_is_shown(detention, facts):
    if detention.kind != PROVISIONAL or detention.since is None:
        return
    if not detention.offence_class:
        text = _(
            "The time limit depends on the class of offence. Choose the most serious offence in the case."
        )
        yield Problem("offence_class", text, "V091")
        return
    ages = get_ages_of_detained(detention, detention.since)
    first, _total = get_detention_limits(detention.since, ages, detention.offence_class)
    limit = facts.limits.get(first)
    if limit is None:
        return
    held = count_days_held(facts.earlier_detentions, detention.since)
    months = limit.amount + sum(map(sum_extensions, facts.earlier_detentions))
    day = max(add_months(detention.since, months) - timedelta(days=held), detention.since)
    text = _("Detention ends on %(day)s unless the court extends it (%(basis)s).", day=day, basis=limit.basis)
    yield Problem("since", text, "V093", INFO)
    if held:
        text = _(
            "This person was detained in this case before, for %(days)s days, and one limit covers all of it: until %(day)s. Check the document of the court.",
            days=held,
            day=day,
        )
        yield Problem("since", text, "V091", WARNING)


def detention_does_not_overlap(detention, facts):
    if facts.overlapping and not any(one.in_same_case for one in facts.open_detentions):
        text = _(
            "This person is already detained in this case (%(numbers)s), and one limit covers all of it. Extend or end that detention, or give the reason.",
            numbers=" · ".join(facts.overlapping),
        )
        yield Problem("since", text, "V091", WARNING)


def person_is_in_one_prison(detention, facts):
    if detention.ended_on is not None:
        return
    for other in facts.open_detentions:
        ends_it = detention.kind == SENTENCE and other.in_same_case and other.is_continued
        if ends_it and detention.since is not None and other.since <= detention.since:
            text = _(
                "Detention %(number)s ends on this day, because the sentence begins.", number=other.number
            )
            yield Problem("since", text, "V091", INFO)
        elif other.in_same_case:
            text = _(
                "This person is detained in this case already (%(number)s). Extend, transfer or end that detention.",
                number=other.number,
            )
            yield Problem("involvement", text, "V091")
        elif detention.first_prison is not None and detention.first_prison.code != other.prison_code:
            text = _(
                "This person is in another prison (%(number)s). Record the transfer or the end of that detention first.",
                number=other.number,
            )
            yield Problem("first_prison", text, "V090")


def child_is_not_detained(detention, facts):
    ages = get_ages_of_detained(detention, detention.since)
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
    elif detention.kind == SENTENCE and _is_of_another_person(detention):
        text = _("This sentence is of another person. Choose the sentence of the person in detention.")
        yield Problem("sentence", text, "V095")
    elif detention.kind == SENTENCE and detention.sentence.kind not in (PRISON, LIFE):
        text = _("This sentence is not imprisonment, so it is not served in a prison. Check the sentence.")
        yield Problem("sentence", text, "V095", WARNING)
    elif detention.kind == SENTENCE and not is_in_force(detention.sentence):
        text = _("The judgment of this sentence is set aside, replaced or void. Check the judgment.")
        yield Problem("sentence", text, "V095", WARNING)


def time_outside_is_checked(detention, facts):
    """Ask about the days since the last detention for the sentence: E-Crime does not count them as served."""
    if detention.kind != SENTENCE or detention.sentence is None or detention.since is None:
        return
    before = [
        one
        for one in detention.sentence.detentions
        if one is not detention and one.voided_at is None and one.since <= detention.since
    ]
    times = list_times_held(before)
    ended = times[-1][1] if times else None
    if ended is not None and ended < detention.since:
        text = _(
            "The person was not in prison from %(begun)s to %(ended)s, and these days do not count as served. Check this with the document of the court or the prison.",
            begun=ended,
            ended=detention.since,
        )
        yield Problem("since", text, "V095", WARNING)


def escape_ends_every_detention(step, facts):
    """An escape from one prison is entered in each open detention, so that no limit runs on."""
    if step.kind == ESCAPE and facts.open_detentions:
        numbers = " · ".join(one.number for one in facts.open_detentions)
        text = _(
            "This person has another open detention (%(numbers)s). Record the escape there too, so that its time does not run on.",
            numbers=numbers,
        )
        yield Problem("kind", text, "V090", WARNING)


def _is_of_another_person(detention):
    suspect, judgment = detention.involvement, detention.sentence.judgment
    return suspect is not None and judgment is not None and suspect.person_id != judgment.person_id


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
    if step.kind == END and step.reason == SENTENCED:
        text = _("Enter the sentence and its detention. It ends this detention and starts the next deadline.")
        yield Problem("reason", text, "V090")


def escape_and_recapture_alternate(step, facts):
    """Compare with the steps up to the day of this one: steps can be entered in any order."""
    detention = step.detention
    if detention is None or step.done_on is None or step.kind not in (ESCAPE, RECAPTURE):
        return
    before = [
        one
        for one in detention.steps
        if one is not step and one.voided_at is None and one.done_on is not None and _is_before(one, step)
    ]
    _days, was_at_large = count_days_at_large(sorted(before, key=lambda one: (one.done_on, one.id or 0)))
    if step.kind == ESCAPE and was_at_large:
        text = _(
            "The person had already escaped on this day. Record the recapture first, or correct the date."
        )
        yield Problem("done_on", text, "V090")
    elif step.kind == RECAPTURE and not was_at_large:
        text = _("The person had not escaped on this day. Record the escape first, or correct the date.")
        yield Problem("done_on", text, "V090")


def _is_before(one, step):
    """Return True if a step comes before another: by its day, and on the same day by its entry."""
    return one.done_on < step.done_on or (
        one.done_on == step.done_on and (step.id is None or (one.id is not None and one.id < step.id))
    )


def extension_is_within_the_total(step, facts):
    detention = step.detention
    if step.kind != EXTENSION or detention is None or detention.kind != PROVISIONAL or not step.months:
        return
    ages = get_ages_of_detained(detention, detention.since)
    first, total = get_detention_limits(detention.since, ages, detention.offence_class)
    if first not in facts.limits or total not in facts.limits:
        return
    granted = sum(one.months or 0 for one in _list_extensions(step, facts))
    limit = facts.limits[total]
    yield from _check_single_extension(step, facts, facts.limits[first], limit)
    if facts.limits[first].amount + granted + step.months > limit.amount:
        text = _(
            "Detention before a judgment may last at most %(months)s months in total (%(basis)s).",
            months=limit.amount,
            basis=limit.basis,
        )
        yield Problem("months", text, "V091", WARNING)


def _list_extensions(step, facts):
    """Return the other extensions of the provisional detention in the case."""
    return [
        one
        for detention in (step.detention, *facts.earlier_detentions)
        for one in detention.steps
        if one.kind == EXTENSION and one is not step and one.voided_at is None
    ]


def _check_single_extension(step, facts, first, total):
    """Check the date, the number and the length of an extension. Each stays recordable, because it happened."""
    detention, limit = step.detention, total.amount - first.amount
    allowed = MAX_EXTENSIONS.get(detention.offence_class, 1)
    if step.id is None and step.done_on and detention.due_on and step.done_on > detention.due_on:
        text = _(
            "The detention had to end by %(day)s, before this extension. Check the dates.",
            day=detention.due_on,
        )
        yield Problem("done_on", text, "V091", WARNING)
    if len(_list_extensions(step, facts)) >= allowed:
        text = _(
            "A detention of this class is extended at most %(count)s times (%(basis)s).",
            count=allowed,
            basis=total.basis,
        )
        yield Problem("kind", text, "V091", WARNING)
    if limit > 0 and step.months > limit // allowed:
        text = _(
            "One extension lasts at most %(months)s months (%(basis)s).",
            months=limit // allowed,
            basis=total.basis,
        )
        yield Problem("months", text, "V091", WARNING)
