"""Legal time limits of custody and detention, and the end of a sentence.

Pure functions of dates, ages, limits and recorded acts.
"""

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise

from app.court_orders.rules.order import CODE_OF_PROCEDURE
from app.kernel.text.dates import add_months
from app.people.rules import get_ages_on

FELONY, MISDEMEANOUR, PETTY = "felony", "misdemeanour", "petty"
CHILD, YOUNG, ADULT = 14, 16, 18
CHILD_1992 = 13  # minimum age of detention in the law of 1992, which had no other limit for minors
PROVISIONAL, SENTENCE = "provisional", "sentence"
LAW_OF_2007 = CODE_OF_PROCEDURE  # the law of 1992 applies before it
END_OF_DAY = time(23, 59)
HOURS_PER_UNIT = {"hour": 1, "day": 24}  # hours in each unit of measure
PARTS_PER_UNIT = {"percent": 100, "third": 3}  # parts of a sentence in each unit of measure
# Ends of a police custody after which the person is still held.
CONTINUING_OUTCOMES = ("transferred", "hospital")
CONTINUED_WITHIN = timedelta(days=2)  # as long as a custody may last
PRISON, LIFE = "prison", "life"
REDUCTION, PARDON, AMNESTY, COMMUTATION = "reduction", "pardon", "amnesty", "commutation"
ESCAPE, RECAPTURE, EXTENSION = "escape", "recapture", "extension"


def get_ages_at_offence(person, case, held_on=None):
    """Return (lowest, highest) possible age at the offence, or None if unknown.

    Without a case, it is the age on the first day in custody: the person was not older at the offence.
    """
    if person is None:
        return None
    if case is not None:
        return get_ages_on(person, case.occurred_from)
    return get_ages_on(person, held_on) if held_on is not None else None


def get_ages_of_detained(record, held_on):
    """Return the possible ages at the offence of the person in a custody record, or None if unknown.

    A warrant can be registered before its case: then the day of the offence that the executed order states counts, or its case.
    """
    arrest = getattr(record, "arrest", None) or record
    order, case = getattr(arrest, "order", None), record.case
    if case is None and order is not None:
        if record.person is not None and order.occurred_on is not None:
            return get_ages_on(record.person, order.occurred_on)
        case = order.case
    return get_ages_at_offence(record.person, case, held_on)


def is_minor(ages):
    """Return True if the person can have been a minor. An uncertain age gives the legal protection."""
    return ages is not None and ages[0] < ADULT


def _age_band(ages):
    """Return the age band with limits of its own, or "" for adults and unknown ages."""
    if not is_minor(ages):
        return ""
    return "14" if ages[0] < YOUNG else "16"


def _limit_class(offence_class):
    return FELONY if offence_class == FELONY else MISDEMEANOUR


def get_minimum_age(day):
    """Return the age below which the law of that day allowed no custody."""
    return CHILD_1992 if day is not None and day < LAW_OF_2007 else CHILD


def get_custody_limit(ages, offence_class, arrived_at):
    """Return the code of the custody limit. The law of 1992 had one limit, the same as for adults today."""
    old = arrived_at is not None and arrived_at.date() < LAW_OF_2007
    band = "" if old else _age_band(ages)
    return f"custody_{band}_{_limit_class(offence_class)}" if band else "custody"


def compute_custody_end(arrived_at, limit, granted=0):
    """Return the time by which a custody must end, with the hours a prosecutor granted."""
    return arrived_at + timedelta(hours=limit.amount * HOURS_PER_UNIT[limit.measure] + granted)


def get_earliest_arrival(custody):
    """Return the time of an arrival. Without a time it is the beginning of the day, but not before the arrest."""
    if not custody.time_unknown:
        return custody.arrived_at
    # The arrest of another province is hidden from the user: what was computed from it stays.
    known = custody.arrest.at if custody.arrest is not None else custody.counts_from
    is_later = known is not None and known.date() == custody.arrived_at.date()
    return known if is_later else custody.arrived_at


def get_latest_moment(step):
    """Return the time of a step. Without a time it is the end of the day: the person may have been held until then."""
    return datetime.combine(step.at.date(), END_OF_DAY) if step.time_unknown else step.at


def get_detention_limits(since, ages, offence_class):
    """Return the codes of the first limit of a provisional detention, and of the total with extensions."""
    band = _age_band(ages)
    if since < LAW_OF_2007:
        return "detention_1992", "detention_1992_total"
    if band:
        code = f"detention_{band}_{_limit_class(offence_class)}"
        return code, code
    first = f"detention_{_limit_class(offence_class)}"
    return first, f"{first}_total"


def compute_term_end(starts_on, years, months, days):
    """Return the day on which a fully served term ends."""
    return add_months(starts_on, (years or 0) * 12 + (months or 0)) + timedelta(days=days or 0)


def group_custodies(custodies):
    """Return the custodies as lists in order of time: each list is one time in custody, with one limit.

    A custody continues the one before if it follows the same arrest, or if it follows a transfer or a stay in hospital within two
    days: after a longer time, another arrest begins a limit of its own.
    """
    groups = []
    for one in sorted(custodies, key=lambda one: one.arrived_at):
        if groups and _continues(groups[-1], one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _continues(group, custody):
    same_arrest = any(one.arrest is not None and one.arrest is custody.arrest for one in group)
    last = group[-1]
    is_moved = last.outcome in CONTINUING_OUTCOMES and custody.arrived_at <= last.ended_at + CONTINUED_WITHIN
    return same_arrest or is_moved


def count_days_at_large(steps):
    """Return (days from each escape to its recapture, whether the person is at large now). `steps` are in order of time."""
    days, escaped_on = 0, None
    for step in steps:
        if step.kind == ESCAPE and escaped_on is None:
            escaped_on = step.done_on
        elif step.kind == RECAPTURE and escaped_on is not None:
            days, escaped_on = days + (step.done_on - escaped_on).days, None
    return days, escaped_on is not None


def list_times_held(detentions):
    """Return [(first day, last day or None)] of the times in prison, in order. The time after an escape is none of them.

    Times that overlap or follow each other on one day are one.
    """
    found = [time for detention in detentions for time in _list_times_of(detention)]
    times = []
    for begun, ended in sorted(found, key=lambda one: (one[0], one[1] or date.max)):
        if times and (times[-1][1] is None or begun <= times[-1][1]):
            first, last = times.pop()
            begun, ended = first, max(last, ended) if last is not None and ended is not None else None
        times.append((begun, ended))
    return times


def _list_times_of(detention):
    """Yield (first day, last day or None) of the times in prison of a detention. A recapture after its end begins none."""
    begun, ended = detention.since, detention.ended_on
    for step in _sort_steps(detention):
        if ended is not None and step.done_on > ended:
            break
        if step.kind == ESCAPE and begun is not None:
            yield begun, step.done_on
            begun = None
        elif step.kind == RECAPTURE and begun is None:
            begun = step.done_on
    if begun is not None:
        yield begun, ended


def _sort_steps(detention):
    """Return the valid steps in order of time. A new one comes after others of its day."""
    valid = [one for one in detention.steps if one.voided_at is None]
    return sorted(valid, key=lambda one: (one.done_on, one.id is None, one.id))


def count_days_held(detentions, until):
    """Return the days in prison before the day `until`."""
    times = list_times_held(detentions)
    return sum((min(ended or until, until) - begun).days for begun, ended in times if begun < until)


def count_days_out(detentions, until=None):
    """Return the days between the times in prison; with `until` those before this day, also after the last time."""
    times = [one for one in list_times_held(detentions) if until is None or one[0] < until]
    days = sum((later[0] - earlier[1]).days for earlier, later in pairwise(times))
    last = times[-1][1] if times else None
    return days + max((until - last).days, 0) if until is not None and last is not None else days


def list_earlier(detentions, detention):
    """Return the valid provisional detentions of the person in the same case that began before this provisional one."""
    if detention.kind != PROVISIONAL or detention.since is None:
        return []
    before = [one for one in detentions if one.kind == PROVISIONAL and one.since < detention.since]
    return [
        one for one in before if one.voided_at is None and one.case is not None and one.case is detention.case
    ]


def sum_extensions(detention):
    """Return the months by which a judge extended a detention."""
    return sum(one.months or 0 for one in detention.steps if one.kind == EXTENSION and one.voided_at is None)


def is_at_large(detentions):
    """Return True if an escape from one of the detentions of a sentence was not followed by a time in prison."""
    for detention in detentions:
        if count_days_at_large(_sort_steps(detention))[1]:
            escaped_on = list_times_held([detention])[-1][1]
            others = list_times_held([one for one in detentions if one is not detention])
            if not any(ended is None or ended > escaped_on or begun >= escaped_on for begun, ended in others):
                return True
    return False


def list_valid_changes(sentence):
    return [one for one in sentence.changes if one.voided_at is None]


def find_commuted_years(changes):
    """Return the years of imprisonment that replaced a life sentence, or None."""
    return next((one.years for one in reversed(changes) if one.kind == COMMUTATION and one.years), None)


def compute_sentence_end(sentence, changes=(), days_at_large=0):
    """Return the day on which the term is fully served, without credit and reductions, or None without an end.

    Time at large and time between two detentions do not count as served. The suspended part can be the whole term.
    """
    years, months, days = find_commuted_years(changes), None, None
    if sentence.kind == PRISON:
        years, months, days = sentence.years, sentence.months, sentence.days
    if sentence.kind not in (PRISON, LIFE) or sentence.starts_on is None or not any((years, months, days)):
        return None
    suspended = (sentence.suspended_months or 0) if sentence.kind == PRISON else 0
    ends = compute_term_end(sentence.starts_on, years, (months or 0) - suspended, days)
    return max(ends, sentence.starts_on) + timedelta(days=days_at_large)


def compute_release_date(sentence, changes, days_at_large=0):
    """Return the end of the term - credited days - reductions, or None without a start or an end.

    A document that was entered twice counts once. A pardon without days remits the rest of the sentence.
    """
    ends = compute_sentence_end(sentence, changes, days_at_large)
    shortening = {
        (one.kind, one.document_no, one.done_on): one.days or 0
        for one in changes
        if one.kind in SHORTENING_CHANGES
    }
    if ends is not None:
        ends -= timedelta(days=(sentence.credit_days or 0) + sum(shortening.values()))
    remitted = [one.done_on for one in changes if one.kind == PARDON and not one.days]
    found = [one for one in (ends, *remitted) if one is not None]
    if not found or sentence.kind not in (PRISON, LIFE) or sentence.starts_on is None:
        return None
    return max(min(found), sentence.starts_on)


SHORTENING_CHANGES = (REDUCTION, PARDON, AMNESTY)


def compute_share_served(sentence, day, days_at_large=0):
    """Return (share of the term served on `day`, whether the term is at most a year), or None."""
    if sentence is None or sentence.kind not in (PRISON, LIFE) or sentence.starts_on is None or day is None:
        return None
    ends = compute_sentence_end(sentence, list_valid_changes(sentence))
    total = (ends - sentence.starts_on).days if ends is not None else 0
    if total <= 0:
        return None
    served = (day - sentence.starts_on).days - days_at_large + (sentence.credit_days or 0)
    return Fraction(served, total), ends <= add_months(sentence.starts_on, 12)


def is_share_reached(share, limit):
    """Return True if the share of a sentence reaches the limit."""
    return share >= Fraction(limit.amount, PARTS_PER_UNIT[limit.measure])


def are_years_served(sentence, day, years, days_at_large=0):
    """Return True if so many full years of a sentence were served on `day`."""
    served = day + timedelta(days=(sentence.credit_days or 0) - days_at_large)
    return served >= add_months(sentence.starts_on, 12 * years)


def is_in_force(sentence):
    """Return True unless the sentence is void, or its judgment is not in force any more."""
    judgment = sentence.judgment
    return sentence.voided_at is None and (judgment is None or judgment.is_in_force)
