"""Legal time limits of custody and detention, and the end of a sentence.

Pure functions of dates, ages and limits.
"""

from calendar import monthrange
from datetime import timedelta

from app.court_orders.rules.order import CODE_OF_PROCEDURE
from app.people.rules import get_ages_on

FELONY, PETTY = "felony", "petty"
CHILD, YOUNG, ADULT = 14, 16, 18
CHILD_1992 = 13  # minimum age of detention in the law of 1992, which had no other limit for minors
PROVISIONAL, SENTENCE = "provisional", "sentence"
LAW_OF_2007 = CODE_OF_PROCEDURE  # the law of 1992 applies before it
HOURS_PER_UNIT = {"hour": 1, "day": 24}  # hours in each unit of measure


def get_ages_at_offence(person, case):
    """Return (lowest, highest) possible age at the offence, or None if unknown."""
    if person is None or case is None:
        return None
    return get_ages_on(person, case.occurred_from)


def is_minor(ages):
    """Return True if the person can have been a minor. An uncertain age gives the legal protection."""
    return ages is not None and ages[0] < ADULT


def _age_band(ages):
    """Return the age band with limits of its own, or "" for adults and unknown ages."""
    if not is_minor(ages):
        return ""
    return "14" if ages[0] < YOUNG else "16"


def _limit_class(offence_class):
    return FELONY if offence_class == FELONY else "misdemeanour"


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


def add_months(day, months):
    """Return the same day some months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1]))


def compute_term_end(starts_on, years, months, days):
    """Return the day on which a fully served term ends."""
    return add_months(starts_on, (years or 0) * 12 + (months or 0)) + timedelta(days=days or 0)


def compute_release_date(sentence, changes):
    """Return start + term - credited days - reductions, or None without a start or an end."""
    term = (sentence.years, sentence.months, sentence.days)
    if sentence.kind != "prison" or sentence.starts_on is None or not any(term):
        return None
    reduction = sum(one.days or 0 for one in changes if one.kind in SHORTENING_CHANGES)
    ends = compute_term_end(sentence.starts_on, *term) - timedelta(
        days=(sentence.credit_days or 0) + reduction
    )
    return max(ends, sentence.starts_on)


SHORTENING_CHANGES = ("reduction", "pardon", "amnesty")


def compute_share_served(sentence, day):
    """Return (percent of the term served on `day`, whether the term is at most a year), or None."""
    if sentence is None or sentence.starts_on is None or day is None:
        return None
    ends = compute_term_end(sentence.starts_on, sentence.years, sentence.months, sentence.days)
    total = (ends - sentence.starts_on).days
    if total <= 0:
        return None
    served = (day - sentence.starts_on).days + (sentence.credit_days or 0)
    return 100 * served // total, ends <= add_months(sentence.starts_on, 12)
