"""Session hook that derives the state of custody records from their steps.

Limits, ends and the current prison are never entered. They are computed from the valid rows in the same transaction, so
a voided step no longer counts. A valid final acquittal ends the person's involvement in the case.

A custody and a detention also depend on the person's other records: a transfer continues the limit of the custody
before, a detention ends an open custody, a sentence ends the provisional detention of its case, and a transfer moves the person
with all open detentions.
"""
# unrestricted: a judgment that the author of an offence does not see keeps the offence

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import inspect, or_, select
from sqlalchemy.orm import joinedload, object_session

from app.cases.flush_hooks import BIRTH_COLUMNS
from app.cases.models import Case, CaseOffence, Involvement
from app.court_orders.models import CourtOrder, OrderEvent
from app.custody import order_effects
from app.custody.models import (
    Arrest,
    Custody,
    CustodyDocument,
    CustodyStep,
    Detention,
    DetentionStep,
    Judgment,
    JudgmentStep,
    Release,
    Sentence,
    SentenceChange,
    SupervisionStep,
)
from app.custody.models.custody_record import UNSAVED_ID, valid_rows
from app.custody.order_effects import CLEARING_VERDICTS
from app.custody.rules import time_limits
from app.custody.rules.custodies import DETAINED
from app.custody.rules.detentions import SENTENCED
from app.custody.rules.judgments import (
    BASIS_COLUMNS,
    CONTESTING,
    find_replacement_day,
    get_offence_id,
    is_later_decision,
)
from app.kernel.actor import unrestricted
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.record import has_changed
from app.kernel.schema.record_lock import EXEMPTIONS
from app.kernel.schema.rules import Problem, RuleViolation
from app.kernel.text import dates
from app.people.models import Person
from app.reference import time_limits as limits

VOID_RECORD = _("This record is void. Nothing can be added to it.")
JUDGED_CASE = _("This case has a judgment. Only a correction can void its offences.")


@dataclass
class OfPerson:
    """The valid custodies and detentions of one person."""

    custodies: list
    detentions: list


def recompute_states(session, _context, _instances):
    """Recompute the parents of new and changed rows. Runs before the session stamps the changed rows."""
    with session.no_autoflush:
        _refuse_rows_of_void_records(session)
        _keep_offences_of_judged_cases(session)
        changed = (one for one in session.dirty if session.is_modified(one, include_collections=False))
        touched = [one for one in (*session.new, *changed) if type(one) in PARENT_LINKS]
        parents = [getattr(one, PARENT_LINKS[type(one)], one) for one in touched]
        parents = list(dict.fromkeys(one for one in (*parents, *_find_aged(session)) if one is not None))
        for parent in parents:
            parent.update_derived()
        held = load_of_people(session, set(_list_held_people(parents)))
        for parent in parents:
            UPDATERS[type(parent)](parent, held.get(getattr(parent, "person", None)))
        for involvement in _find_judged(session):
            update_involvement(involvement)
        for of_person in held.values():
            update_of_person(of_person, {one for one in parents if type(one) in (Custody, Detention)})


def _list_held_people(parents):
    """Yield the people of these records, and the people who lose a row by a merge or its undoing."""
    for one in parents:
        if type(one) in (Custody, Detention, Release):
            yield one.person
            # The key of a moved row changes in the flush, or has changed already.
            for before in (*(inspect(one).attrs.person_id.history.deleted or ()), one.person_id):
                if before is not None and one.person is not None and before != one.person.id:
                    yield object_session(one).get(Person, before)


def _refuse_rows_of_void_records(session):
    """Refuse a new row of a void record, from every entry point: a void arrest holds no person."""
    refused = []
    for row in session.new:
        name = BASIS_LINKS.get(type(row))
        basis = getattr(row, name) if name is not None else None
        if basis is not None and basis.voided_at is not None:
            refused.append(Problem(name, VOID_RECORD, row=row))
    if refused:
        raise RuleViolation(refused)


def _keep_offences_of_judged_cases(session):
    """Refuse the withdrawal of an offence after a judgment: the others alone would then decide who is cleared."""
    if EXEMPTIONS in session.info:
        return
    for row in session.dirty:
        if isinstance(row, CaseOffence) and row.is_void and has_changed(row, ("voided_at",)):
            judged = select(Judgment.id).where(Judgment.case_id == row.case_id, Judgment.voided_at.is_(None))
            with unrestricted(session):
                is_judged = session.scalar(judged.limit(1)) is not None
            if is_judged:
                raise RuleViolation([Problem("", JUDGED_CASE, row=row)])


def _find_aged(session):
    """Return the custodies and detentions with a limit that changes with a birth, an offence, a case of an order or an arrest."""
    changed = {Person: [], Case: [], CourtOrder: [], Arrest: []}
    for one in session.dirty:
        if type(one) in changed and has_changed(one, AGE_COLUMNS[type(one)]):
            changed[type(one)].append(one.id)
    if not any(changed.values()):
        return ()
    found = []
    for model in (Custody, Detention):
        conditions = [model.person_id.in_(changed[Person]), model.case_id.in_(changed[Case])]
        if model is Custody:
            # An arrest that was entered before the case of its order is in no case itself.
            on_orders = or_(CourtOrder.id.in_(changed[CourtOrder]), CourtOrder.case_id.in_(changed[Case]))
            arrests = select(Arrest.id).join(Arrest.order).where(on_orders)
            conditions += [Custody.arrest_id.in_(arrests), Custody.arrest_id.in_(changed[Arrest])]
        found += session.scalars(select(model).where(or_(*conditions)))
    return found


def _find_judged(session):
    """Return the involvements with judgments in the cases whose offences change: they decide who is cleared."""
    offences = [one for one in (*session.new, *session.dirty) if isinstance(one, CaseOffence)]
    cases = [
        one.case.id
        for one in offences
        if one.case is not None and has_changed(one, ("voided_at", "case", "case_id"))
    ]
    cases = [one for one in cases if one is not None]
    judged = select(Judgment.involvement_id).where(Judgment.case_id.in_(cases), Judgment.voided_at.is_(None))
    return (
        session.scalars(select(Involvement).where(Involvement.id.in_(judged))).unique().all() if cases else ()
    )


AGE_COLUMNS = {
    Person: BIRTH_COLUMNS, Case: ("occurred_from",), CourtOrder: ("case_id", "case", "occurred_on"), Arrest: ("at",),
}  # fmt: skip


# model → name in `OfPerson`, and the rows that decide its state.
OF_PERSON = (
    (Custody, "custodies", Custody.steps),
    (Detention, "detentions", Detention.steps, Detention.releases, Detention.prison, Detention.first_prison),
)


# A judgment that comes into force or loses it changes the dates of its sentences.
WITH_SENTENCES = joinedload(Judgment.sentences).options(
    joinedload(Sentence.changes),
    joinedload(Sentence.detentions).options(joinedload(Detention.steps), joinedload(Detention.prison)),
)


def load_of_people(session, people, options=None):
    """Return person → `OfPerson`, with the new rows and the rows that a merge moves, which are not saved yet.

    `options` load more about a custody or detention: model → load options.
    """
    ids = [one.id for one in people if one is not None and one.id is not None]
    found = {one: OfPerson([], []) for one in people if one is not None}
    for model, name, *rows_of in OF_PERSON if found else ():
        statement = select(model).where(model.person_id.in_(ids)).options(*map(joinedload, rows_of))
        statement = statement.options(*(options or {}).get(model, ()))
        rows = session.scalars(statement).unique().all() if ids else []
        unsaved = (one for one in (*session.new, *session.dirty) if type(one) is model)
        rows = dict.fromkeys([*rows, *unsaved])
        for row in rows:
            if row.person in found and row.voided_at is None:
                getattr(found[row.person], name).append(row)
    return found


def update_of_person(of_person, touched=frozenset()):
    """Set the limits and ends that depend on the changed records of the person."""
    for detention in of_person.detentions:
        if detention.ended_on is None or detention.end_reason == SENTENCED:
            before = detention.ended_on
            set_detention_end(detention, of_person)
            if detention.ended_on != before and detention.sentence is not None:
                update_sentence(detention.sentence)
    cases = {one.case for one in touched if type(one) is Detention}  # an earlier one may be void now
    for detention in of_person.detentions:
        is_later = time_limits.list_earlier(of_person.detentions, detention)
        if is_later or (detention.kind == time_limits.PROVISIONAL and detention.case in cases):
            detention.due_on = _compute_due_date(detention, of_person)
    for custody in of_person.custodies:
        if custody.ended_at is None or custody.outcome == DETAINED:
            set_custody_end(custody, of_person)
    _refuse_two_open(of_person)
    _refuse_two_prisons(of_person)
    for detention in of_person.detentions:
        set_prison(detention, of_person)
    for group in time_limits.group_custodies(of_person.custodies):
        begun = time_limits.get_earliest_arrival(group[0])
        is_other = any(one.counts_from != begun for one in group)  # a corrected end or time has separated it
        if is_other or (len(group) > 1 and touched.intersection(group)):
            _set_custody_limits(group)


def _refuse_two_open(of_person):
    """Raise RuleViolation for two open custodies, or two open detentions in one case, as after a merge."""
    custodies = [one for one in of_person.custodies if one.ended_at is None]
    if len(custodies) > 1:
        text = _(
            "This person is in custody %(numbers)s at the same time. End that custody first, or correct the times.",
            numbers=custodies[0].number,
        )
        raise RuleViolation([Problem("arrived_at", text, "V068", row=custodies[-1])])
    cases = {}
    for one in of_person.detentions:
        if one.ended_on is None and one.case is not None and cases.setdefault(one.case, one) is not one:
            text = _(
                "This person is detained in this case already (%(number)s). Extend, transfer or end that detention.",
                number=cases[one.case].number,
            )
            raise RuleViolation([Problem("involvement", text, "V091", row=one)])


def _refuse_two_prisons(of_person):
    """Raise RuleViolation for a new or moved detention in another prison than the one in which the person is held."""
    held = [one for one in of_person.detentions if _is_held(one)]
    for detention in held:
        if inspect(detention).persistent and not has_changed(detention, ("person_id", "person")):
            continue
        other = next((one for one in held if one.prison is not detention.prison), None)
        if other is not None:
            text = _(
                "This person is in another prison (%(number)s). Record the transfer or the end of that detention first.",
                number=other.number or detention.number,
            )
            raise RuleViolation([Problem("first_prison", text, "V090", row=detention)])


def _is_held(detention):
    return detention.ended_on is None and detention.voided_at is None and not detention.escaped


def set_prison(detention, of_person):
    """Set the current prison: that of the last start or transfer.

    A transfer moves the person, so it counts for each detention that runs. It still counts if its own detention ends.
    """
    last_day = _get_last_day(detention)
    others = [one for one in of_person.detentions if one is not detention] if of_person is not None else ()
    places = [place for one in others for place in _list_places(one) if place[0][0] < last_day]
    detention.prison = max([*places, *_list_places(detention)], key=lambda place: place[0])[1]
    detention.set_area(detention.prison.province_code)


def _get_last_day(detention):
    """Return the day of the end or escape, or the end of time."""
    escape = _last_step(valid_rows(detention.steps), time_limits.ESCAPE) if detention.escaped else None
    return detention.ended_on or _done_on(escape) or date.max


def _list_places(detention):
    """Yield (order in time, prison) of the start and of each transfer."""
    yield (detention.since, False, detention.id or UNSAVED_ID), detention.first_prison
    for step in valid_rows(detention.steps):
        if step.kind == "transfer" and step.prison:
            yield (step.done_on, True, step.id or UNSAVED_ID), step.prison


def update_custody(custody, of_person=None):
    """Set the limit, the extension and the end of a custody from its steps and the person's other records."""
    others = [one for one in of_person.custodies if one is not custody] if of_person is not None else []
    set_custody_end(custody, of_person)
    groups = time_limits.group_custodies([*others, custody])
    _set_custody_limits(next(group for group in groups if custody in group))


def set_custody_end(custody, of_person):
    """Set the end of a custody: its last step, or the first detention since the arrival."""
    end = _last_step(valid_rows(custody.steps), "end")
    custody.ended_at = time_limits.get_latest_moment(end) if end is not None else None
    custody.outcome = end.outcome if end is not None else None
    custody.end_time_unknown = end is not None and bool(end.time_unknown)
    detentions = of_person.detentions if end is None and of_person is not None else ()
    begun = [one.since for one in detentions if _follows(one, custody)]
    if begun:  # the hour is unknown: the whole day counts
        custody.ended_at = datetime.combine(min(begun), time_limits.END_OF_DAY)
        custody.outcome, custody.end_time_unknown = DETAINED, True


def _follows(detention, custody):
    """Return True if the detention begins after the arrival.

    A detention of the same day in another case may have ended before the arrest.
    """
    day = custody.arrived_at.date()
    if detention.since != day or detention.ended_on != day:
        return detention.since >= day
    return detention.case is not None and detention.case is custody.case


def _set_custody_limits(group):
    """Set the limits of custodies with one limit, from the first arrival and all extensions."""
    granted = sum(count_granted_hours(one) for one in group)
    begun = time_limits.get_earliest_arrival(group[0])
    for custody in group:
        custody.counts_from, custody.extended = begun, granted > 0
        custody.limit_code, custody.limit_at = compute_custody_limit(
            custody, begun, granted, custody.limit_code
        )


def compute_custody_limit(record, counts_from, granted, known_code=None):
    """Return (code, end) of the limit of a custody, or of an arrest that awaits one.

    If the person is hidden from the user, the known code stays.
    """
    code = known_code
    if record.person is not None or not code:
        ages = time_limits.get_ages_of_detained(record, counts_from)
        code = time_limits.get_custody_limit(ages, record.offence_class, counts_from)
    return code, time_limits.compute_custody_end(counts_from, limits.get_limits()[code], granted)


def compute_arrest_limit(arrest):
    """Return (code, end) of the limit of an arrest without an open custody, from the arrest or the first arrival."""
    custodies = valid_rows(arrest.custodies)
    begun = time_limits.get_earliest_arrival(custodies[0]) if custodies else arrest.at
    return compute_custody_limit(arrest, begun, sum(count_granted_hours(one) for one in custodies))


def count_granted_hours(custody):
    """Return the hours by which a prosecutor extended the custody."""
    return sum(one.hours or 0 for one in valid_rows(custody.steps) if one.kind == "extension")


def update_sentence(sentence, _of_person=None):
    """Set the expected release of a sentence, and the due dates of its detentions."""
    detentions = valid_rows(sentence.detentions)
    runs = time_limits.is_in_force(sentence) and not time_limits.is_at_large(detentions)
    days, changes = time_limits.count_days_out(detentions), valid_rows(sentence.changes)
    sentence.expected_on = time_limits.compute_release_date(sentence, changes, days) if runs else None
    for detention in detentions:
        if detention.kind == time_limits.SENTENCE:
            detention.due_on = sentence.expected_on


def update_detention(detention, of_person=None):
    """Set the prison, the due date, the escape and the end of a detention."""
    detention.escaped = time_limits.count_days_at_large(valid_rows(detention.steps))[1]
    set_detention_end(detention, of_person)
    for sentence in inspect(detention).attrs.sentence.history.deleted or ():
        if sentence is not None:  # the escapes of this detention do not count for it any more
            update_sentence(sentence)
    detention.due_on = _compute_due_date(detention, of_person)
    set_prison(detention, of_person)


def set_detention_end(detention, of_person):
    """Set the end of a detention: its release, its last step, or the sentence that begins in the same case."""
    end, release = (
        _last_step(valid_rows(detention.steps), "end"),
        next(reversed(valid_rows(detention.releases)), None),
    )
    if release is not None:
        detention.ended_on, detention.end_reason = release.released_on, release.kind
    elif end is not None:
        detention.ended_on, detention.end_reason = end.done_on, end.reason
    else:
        begun = _find_sentence_start(detention, of_person)
        detention.ended_on, detention.end_reason = begun, SENTENCED if begun is not None else None


def _find_sentence_start(detention, of_person):
    """Return the day on which a sentence in the same case follows a provisional detention or an earlier sentence, or None."""
    found = [
        one.since
        for one in (of_person.detentions if of_person is not None else ())
        if one is not detention and one.kind == time_limits.SENTENCE and one.case is detention.case
        and one.since >= detention.since and _is_continued_by(detention, one.sentence)
    ]  # fmt: skip
    return min(found, default=None)


def _is_continued_by(detention, sentence):
    """Return True if the sentence follows the detention: a provisional one, or one on the judgment that it replaces."""
    if detention.kind == time_limits.PROVISIONAL:
        return True
    before = detention.sentence.judgment if detention.sentence is not None else None
    if before is None or sentence is None:
        return False
    return is_later_decision(sentence.judgment, before.decided_on, get_offence_id(before))


def _compute_due_date(detention, of_person):
    """Return the day on which a detention must end.

    One limit covers the whole provisional detention in a case: the days of an earlier one count.
    """
    if detention.kind != time_limits.PROVISIONAL or not detention.offence_class:
        detention.limit_code = None  # a sentence has no limit of its own
        if detention.kind != time_limits.SENTENCE or detention.sentence is None:
            return None
        update_sentence(detention.sentence)
        return detention.sentence.expected_on
    if detention.person is not None or not detention.limit_code:
        ages = time_limits.get_ages_of_detained(detention, detention.since)
        detention.limit_code = time_limits.get_detention_limits(
            detention.since, ages, detention.offence_class
        )[0]
    if detention.escaped:
        return None  # the time at large does not count
    earlier = time_limits.list_earlier(of_person.detentions if of_person is not None else (), detention)
    months = limits.get_limits()[detention.limit_code].amount
    months += sum(time_limits.sum_extensions(one) for one in (detention, *earlier))
    days = time_limits.count_days_at_large(valid_rows(detention.steps))[0]
    days -= time_limits.count_days_held(earlier, detention.since)
    return max(dates.add_months(detention.since, months) + timedelta(days=days), detention.since)


def update_judgment(judgment, _of_person=None):
    """Set the dates of a judgment from its steps, and update the involvement and the sentences."""
    set_judgment_dates(judgment)
    if judgment.involvement is not None:
        update_involvement(judgment.involvement, [judgment])
    elif has_changed(judgment, BASIS_COLUMNS):
        _update_sentences([judgment])


def set_judgment_dates(judgment):
    """Set the dates of a judgment from its steps."""
    steps = valid_rows(judgment.steps)
    judgment.notified_on = _done_on(_last_step(steps, "notified"))
    judgment.contested_on = _done_on(_last_step(steps, *CONTESTING))
    judgment.set_aside_on = _done_on(_last_step(steps, "set_aside"))
    final = _done_on(_last_step(steps, "final"))
    judgment.final_on = final if judgment.set_aside_on is None and judgment.voided_at is None else None


def update_involvement(involvement, changed=()):
    """Set what follows from the judgments about the person in the case, with these new and changed ones."""
    statement = select(Judgment).where(Judgment.involvement_id == involvement.id).options(WITH_SENTENCES)
    known = object_session(involvement).scalars(statement).unique() if involvement.id else ()
    set_decisions(involvement, list(dict.fromkeys([*changed, *known])))


def set_decisions(involvement, judgments):
    """Set which judgments about the person in the case are in force, and end the involvement if they clear the person.

    The person is cleared if every offence of the case has a final decision that says so. An offence that is entered after
    the last final decision accuses the person by no document of a court, so the orders of the case stay as they are.
    """
    valid = [one for one in judgments if one.voided_at is None and one.set_aside_on is None]
    entered_at = _find_last_entry(one for one in valid if one.final_on is not None)
    offences = {
        row.id
        for row in involvement.case.offences
        if row.voided_at is None and (row.recorded_at or datetime.max) <= entered_at
    }
    for one in judgments:
        # Also one that is set aside: the new trial may decide about each offence by itself.
        replaced_on = find_replacement_day(one, valid, offences) if one.voided_at is None else None
        if one.replaced_on != replaced_on:
            one.replaced_on = replaced_on
    _update_sentences(one for one in judgments if has_changed(one, BASIS_COLUMNS))
    decided = [one for one in valid if one.is_in_force]
    clearing = [one for one in decided if one.final_on and one.verdict in CLEARING_VERDICTS]
    cleared_offences = {get_offence_id(one) for one in clearing}
    clears_all = None in cleared_offences or offences <= cleared_offences
    is_cleared = clearing and len(clearing) == len(decided) and clears_all
    last = max(clearing, key=lambda one: one.final_on) if is_cleared else None
    before = _stored_value(involvement, "ended_on")
    involvement.ended_on = last.final_on if last is not None else None
    involvement.end_reason = last.verdict if last is not None else None
    if involvement.ended_on != before:
        key = involvement.person_id, involvement.case_id
        decisions = order_effects.DECIDED.get(object_session(involvement))
        was_cleared, _last = decisions.get(key, (False, None))
        decisions[key] = was_cleared or before is not None, last


def _find_last_entry(judgments):
    """Return when the last final decision was entered first; the end of time if none was, or if that is in this save.

    A step that is corrected by another one counts from its first entry: no court has decided anything since.
    """
    moments = [
        min(step.recorded_at or datetime.max for step in one.steps if step.kind == "final")
        for one in judgments
    ]
    return max(moments, default=datetime.max)


def _update_sentences(judgments):
    """Update the valid sentences of judgments that came into force, or are not in force any more."""
    for judgment in judgments:
        for sentence in valid_rows(judgment.sentences):
            update_sentence(sentence)


def _stored_value(record, name):
    """Return the value in the database. A correction runs the flush hooks before its flush."""
    history = inspect(record).attrs[name].history
    return next(iter(history.deleted or history.unchanged or ()), None)


def update_release(release, of_person=None):
    """Set the end of the follow-up, and update the detention."""
    set_follow_up_end(release)
    if release.detention is not None:
        update_detention(release.detention, of_person)


def set_follow_up_end(release):
    """Set the end of the follow-up from its steps."""
    release.ended_on = _done_on(_last_step(valid_rows(release.steps), "end"))


def _last_step(steps, *kinds):
    return next((one for one in reversed(steps) if one.kind in kinds), None)


def _done_on(step):
    return step.done_on if step is not None else None


UPDATERS = {
    Custody: update_custody,
    Detention: update_detention,
    Judgment: update_judgment,
    Sentence: update_sentence,
    Release: update_release,
}
# model → relationship to the record with the derived state; "" for the record itself.
PARENT_LINKS = {
    **dict.fromkeys(UPDATERS, ""),
    CustodyStep: "custody",
    DetentionStep: "detention",
    JudgmentStep: "judgment",
    SentenceChange: "sentence",
    SupervisionStep: "release",
}
# model → relationship to the record without which the row says nothing.
BASIS_LINKS = {
    **{model: name for model, name in PARENT_LINKS.items() if name},
    Custody: "arrest",
    Sentence: "judgment",
    Release: "detention",
}
# model → the rows that were entered about a record of it: (model, relationship to the record).
DEPENDENT_LINKS = {
    Involvement: ((Arrest, "involvement"), (Detention, "involvement"), (Judgment, "involvement")),
    Arrest: ((Custody, "arrest"), (OrderEvent, "arrest"), (CustodyDocument, "arrest")),
    Custody: ((CustodyStep, "custody"), (CustodyDocument, "custody")),
    Detention: ((DetentionStep, "detention"), (Release, "detention"), (CustodyDocument, "detention")),
    Judgment: ((JudgmentStep, "judgment"), (Sentence, "judgment"), (CustodyDocument, "judgment")),
    Sentence: ((SentenceChange, "sentence"),),
    Release: ((SupervisionStep, "release"), (CustodyDocument, "release")),
}


def find_dependents(session, records, person_id):
    """Return the rows of this person that were entered about these records, and the rows about those."""
    found, waiting = {}, list(records)
    while waiting:
        one = waiting.pop()
        for model, name in DEPENDENT_LINKS.get(type(one), ()):
            linked = getattr(model, f"{name}_id") == one.id, model.person_id == person_id
            rows = [row for row in session.scalars(select(model).where(*linked)).unique() if row not in found]
            found |= dict.fromkeys(rows)
            waiting += rows
    return list(found)
