"""Rules of birth and age (V032, V033, V034), and the possible ages on a day."""

from calendar import monthrange
from datetime import date, datetime

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

MAX_AGE = 110
ESTIMATED = "estimated"


def count_completed_years(born, day):
    """Return the completed years from `born` to `day` (dates)."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def get_ages_on(person, day):
    """Return the (lowest, highest) possible age in years on `day`, or None if nothing is known.

    Without a date or year of birth it is the estimated or stated age, unchanged.
    """
    day = day.date() if isinstance(day, datetime) else day
    if day and person.born_on:
        first, last = _get_birth_range(person)
        return _exclude_unborn(count_completed_years(last, day), count_completed_years(first, day))
    if day and person.birth_year:
        return _exclude_unborn(day.year - person.birth_year - 1, day.year - person.birth_year)
    given = [age for age in (person.age_from, person.age_to) if age is not None] or [person.age_stated]
    return (min(given), max(given)) if None not in given else None


def is_unborn(person, day):
    """Return whether the person was certainly born after `day`."""
    return bool(day) and _has_birth(person) and get_ages_on(person, day) is None


def _exclude_unborn(youngest, oldest):
    """Return the ages, or None for a birth after the day: it gives no age (`is_unborn`)."""
    return None if oldest < 0 else (max(youngest, 0), oldest)


def _get_birth_range(person):
    """Return the first and the last possible day of birth."""
    born, known_to = person.born_on, person.birth_precision
    if known_to == "month":
        return born.replace(day=1), born.replace(day=monthrange(born.year, born.month)[1])
    if known_to in ("year", ESTIMATED):
        return date(born.year, 1, 1), date(born.year, 12, 31)
    return born, born


def has_age(person):
    known = (person.born_on, person.birth_year, person.age_from, person.age_to, person.age_stated)
    return any(value is not None for value in known)


def age_is_possible(person, facts):
    today = facts.now.date() if facts.now else None
    if today and person.born_on and person.born_on > today:
        text = _("The date of birth %(born)s is in the future. Enter the correct date.", born=person.born_on)
        yield Problem("born_on", text, "V032")
    elif today and not person.born_on and person.birth_year and person.birth_year > today.year:
        text = _("The year of birth is in the future. Enter the correct year.")
        yield Problem("birth_year", text, "V032")
    else:
        yield from _check_death_date(person)
        yield from _check_age_limits(person, person.deceased_on or today)


def _check_death_date(person):
    if person.deceased_on and get_ages_on(person, person.deceased_on) is None and _has_birth(person):
        yield Problem(
            "deceased_on", _("The date of death is before the date of birth. Correct one of the two."), "V032"
        )


def _has_birth(person):
    return bool(person.born_on or person.birth_year)


def _check_age_limits(person, day):
    ages = {field: getattr(person, field) for field in ("age_stated", "age_from", "age_to")}
    if day and _has_birth(person):
        youngest, _oldest = get_ages_on(person, day) or (0, 0)
        ages["born_on" if person.born_on else "birth_year"] = youngest
    for field, age in ages.items():
        if age is not None and not 0 <= age <= MAX_AGE:
            text = _(
                "The calculated age is %(age)s years. It must be between 0 and %(oldest)s.",
                age=age,
                oldest=MAX_AGE,
            )
            yield Problem(field, text, "V032")


def stated_age_matches_birth(person, facts):
    day = facts.event_day or person.recorded_at or facts.now
    known = get_ages_on(person, day) if day and _has_birth(person) else None
    if known is None or person.age_stated is None:
        return
    youngest, oldest = known
    if not youngest - 1 <= person.age_stated <= oldest + 1:
        text = _(
            "The stated age is %(stated)s years, but the date of birth gives %(age)s years on %(day)s. Correct one of the two.",
            stated=person.age_stated,
            age=oldest,
            day=day.date() if isinstance(day, datetime) else day,
        )
        yield Problem("age_stated", text, "V033", WARNING)


def estimated_age_is_a_range(person, facts):
    first, last = person.age_from, person.age_to
    if person.birth_precision != ESTIMATED:
        if first is not None or last is not None:
            text = _("An estimated age must be marked as estimated. Choose «estimated» here.")
            yield Problem("birth_precision", text, "V034")
    elif first is None or last is None:
        text = _("An estimated age is a range. Enter the lowest and the highest possible age.")
        yield Problem("age_from" if first is None else "age_to", text, "V034")
    elif first > last:
        text = _(
            "The estimated age ends at %(last)s years, before it begins at %(first)s years. Correct one of the two.",
            first=first,
            last=last,
        )
        yield Problem("age_to", text, "V034")
