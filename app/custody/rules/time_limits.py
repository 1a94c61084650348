"""How long the law lets somebody be held, and when a sentence ends. Pure: dates, ages and limits in, dates out."""

from calendar import monthrange
from datetime import date, timedelta

from app.people.rules import ages_on

FELONY, PETTY = "felony", "petty"
CHILD, YOUNG, ADULT = 14, 16, 18
CHILD_OF_1992 = 13  # below whom the law of 1992 detained nobody; above it set no limit for minors
PROVISIONAL, SENTENCE = "provisional", "sentence"
LAW_OF_2007 = date(2007, 6, 7)  # of the Code of Criminal Procedure; before it the law of 1992 counts
LONGEST = {"hour": 1, "day": 24}  # hours of a measure


def ages_at_offence(person, case):
    """(youngest, oldest) at the offence; None where it is not known."""
    if person is None or case is None:
        return None
    return ages_on(person, case.occurred_from)


def is_minor(ages):
    """Whether somebody may have been a minor: the law's protection counts where the age is not sure."""
    return ages is not None and ages[0] < ADULT


def _band(ages):
    """The group of ages that has a limit of its own; "" for adults and where nothing is known."""
    if not is_minor(ages):
        return ""
    return "14" if ages[0] < YOUNG else "16"


def _class_of(offence_class):
    return FELONY if offence_class == FELONY else "misdemeanour"


def child_age(day):
    """Below which age nobody is held by the law of that day."""
    return CHILD_OF_1992 if day is not None and day < LAW_OF_2007 else CHILD


def custody_limit(ages, offence_class, arrived_at):
    """The code of the limit of a custody. The law of 1992 had one for everybody, as long as that of grown people today."""
    old = arrived_at is not None and arrived_at.date() < LAW_OF_2007
    band = "" if old else _band(ages)
    return f"custody_{band}_{_class_of(offence_class)}" if band else "custody"


def custody_ends(arrived_at, limit, granted=0):
    """The moment by which a custody must end, with the hours that a prosecutor has granted."""
    return arrived_at + timedelta(hours=limit.amount * LONGEST[limit.measure] + granted)


def detention_limits(since, ages, offence_class):
    """The codes of the first limit of a provisional detention and of the one with all its extensions."""
    band = _band(ages)
    if since < LAW_OF_2007:
        return "detention_1992", "detention_1992_total"
    if band:
        only = f"detention_{band}_{_class_of(offence_class)}"
        return only, only
    first = f"detention_{_class_of(offence_class)}"
    return first, f"{first}_total"


def months_later(day, months):
    """The same day so many months later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def term_ends(starts_on, years, months, days):
    """The day on which a term ends that is served whole."""
    return months_later(starts_on, (years or 0) * 12 + (months or 0)) + timedelta(days=days or 0)


def expected_release(sentence, changes):
    """Beginning + term - days that count - reductions; None where there is no end or no beginning."""
    term = (sentence.years, sentence.months, sentence.days)
    if sentence.kind != "prison" or sentence.starts_on is None or not any(term):
        return None
    taken = sum(one.days or 0 for one in changes if one.kind in SHORTENS)
    ends = term_ends(sentence.starts_on, *term) - timedelta(days=(sentence.credit_days or 0) + taken)
    return max(ends, sentence.starts_on)


SHORTENS = ("reduction", "pardon", "amnesty")


def share_served(sentence, day):
    """(percent of the term that is served on `day`, whether it is at most a year); None where nothing is known."""
    if sentence is None or sentence.starts_on is None or day is None:
        return None
    ends = term_ends(sentence.starts_on, sentence.years, sentence.months, sentence.days)
    whole = (ends - sentence.starts_on).days
    if whole <= 0:
        return None
    served = (day - sentence.starts_on).days + (sentence.credit_days or 0)
    return 100 * served // whole, ends <= months_later(sentence.starts_on, 12)
