"""Birth and age: V032, V033, V034, and how old somebody was on a day."""

from calendar import monthrange
from datetime import date, datetime

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

OLDEST = 110
ESTIMATED = "estimated"


def completed_years(born, day):
    """Completed years from `born` to `day` (dates)."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def ages_on(person, day):
    """(youngest, oldest) age in years that the person can have had on `day`; None where nothing is known.

    Without a date or year of birth it is the estimated or stated age, as it was given.
    """
    day = day.date() if isinstance(day, datetime) else day
    if day and person.born_on:
        first, last = _birth_between(person)
        return _born_already(completed_years(last, day), completed_years(first, day))
    if day and person.birth_year:
        return _born_already(day.year - person.birth_year - 1, day.year - person.birth_year)
    given = [age for age in (person.age_from, person.age_to) if age is not None] or [person.age_stated]
    return (min(given), max(given)) if None not in given else None


def _born_already(youngest, oldest):
    """A birth after the day is a mistake of its own (V032) and says nothing about an age."""
    return None if oldest < 0 else (max(youngest, 0), oldest)


def _birth_between(person):
    """The first and the last day on which the person can have been born."""
    born, known_to = person.born_on, person.birth_precision
    if known_to == "month":
        return born.replace(day=1), born.replace(day=monthrange(born.year, born.month)[1])
    if known_to in ("year", ESTIMATED):
        return date(born.year, 1, 1), date(born.year, 12, 31)
    return born, born


def has_an_age(person):
    known = (person.born_on, person.birth_year, person.age_from, person.age_to, person.age_stated)
    return any(value is not None for value in known)


def age_is_possible(person, facts):
    today = facts.now.date() if facts.now else None
    if today and person.born_on and person.born_on > today:
        text = _("The date of birth %(born)s is in the future. Enter the right day.", born=person.born_on)
        yield Problem("born_on", text, "V032")
    elif today and not person.born_on and person.birth_year and person.birth_year > today.year:
        text = _("The year of birth is in the future. Enter the right year.")
        yield Problem("birth_year", text, "V032")
    else:
        yield from _dies_after_birth(person)
        yield from _nobody_is_that_old(person, person.deceased_on or today)


def _dies_after_birth(person):
    if person.deceased_on and ages_on(person, person.deceased_on) is None and _is_born(person):
        yield Problem(
            "deceased_on", _("The day of death lies before the birth. Correct one of the two."), "V032"
        )


def _is_born(person):
    return person.born_on or person.birth_year


def _nobody_is_that_old(person, day):
    ages = {field: getattr(person, field) for field in ("age_stated", "age_from", "age_to")}
    if day and _is_born(person):
        youngest, _oldest = ages_on(person, day) or (0, 0)
        ages["born_on" if person.born_on else "birth_year"] = youngest
    for field, age in ages.items():
        if age is not None and not 0 <= age <= OLDEST:
            text = _(
                "The age would be %(age)s years. It must lie between 0 and %(oldest)s.",
                age=age,
                oldest=OLDEST,
            )
            yield Problem(field, text, "V032")


def stated_age_agrees_with_birth(person, facts):
    day = person.recorded_at or facts.now
    known = ages_on(person, day) if day and _is_born(person) else None
    if known is None or person.age_stated is None:
        return
    youngest, oldest = known
    if not youngest - 1 <= person.age_stated <= oldest + 1:
        text = _(
            "The stated age is %(stated)s years, by the date of birth it is %(age)s. Correct one of the two.",
            stated=person.age_stated,
            age=oldest,
        )
        yield Problem("age_stated", text, "V033", WARNING)


def estimated_age_is_a_range(person, facts):
    first, last = person.age_from, person.age_to
    if person.birth_precision != ESTIMATED:
        if first is not None or last is not None:
            text = _("An estimated age is marked as such. Choose «estimated» here.")
            yield Problem("birth_precision", text, "V034")
    elif first is None or last is None:
        text = _("An estimated age is a range. Enter the youngest and the oldest age that is possible.")
        yield Problem("age_from" if first is None else "age_to", text, "V034")
    elif first > last:
        text = _(
            "The estimated age ends at %(last)s years, before its beginning at %(first)s. Correct one.",
            first=first,
            last=last,
        )
        yield Problem("age_to", text, "V034")
