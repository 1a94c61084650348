"""Rules on the people who can be arrested and held: V028, V044, V045, V049."""

from datetime import datetime

from app.cases.rules import SHOWN_ROLES
from app.court_orders.rules.people import format_law_of_1992
from app.custody.rules.time_limits import CHILD, get_ages_of_detained, get_minimum_age
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.people.rules import has_age

END, DIED = "end", "died"
START_FIELDS = ("since", "at", "arrived_at")


def person_is_in_a_case(record, facts):
    if record.involvement is None and record.person is None:
        text = _("A person can only be held for a case. Choose the person from a case.")
        yield Problem("involvement", text, "V045")


def is_suspected(record, facts):
    role = record.involvement.role if record.involvement is not None else None
    if role is not None and role not in SHOWN_ROLES:
        text = _(
            "Only suspects in the case can be arrested or detained. Choose one, or enter the person as a suspect first."
        )
        yield Problem("involvement", text, "V028")
    elif role is not None and record.involvement.is_hidden:
        text = _("The identity of this person is protected. A correction must end the protection first.")
        yield Problem("involvement", text, "V028")


def is_old_enough(record, facts):
    ages = get_ages_of_detained(record, _start_date(record))
    field = "involvement" if hasattr(record, "involvement") else "arrest"
    if ages is None:
        yield from _request_age(record, field)
        return
    youngest, oldest = ages
    if oldest < get_minimum_age(_start_date(record)):
        text = _("A child aged %(age)s cannot be held in custody and needs protection.", age=oldest)
        yield Problem(field, text, "V049")
    elif oldest < CHILD:
        yield Problem(field, format_law_of_1992(oldest), "V049", WARNING)
    elif youngest < CHILD:
        text = _(
            "This person may have been younger than %(limit)s years, too young to be held in custody. Find out the age, or give the reason.",
            limit=CHILD,
        )
        yield Problem(field, text, "V049", WARNING)


def _request_age(record, field):
    if field == "involvement" and record.person is not None and not has_age(record.person):
        text = _(
            "The age of this person is unknown, and so is the time limit of custody. Find out the age, or give the reason."
        )
        yield Problem(field, text, "V049", WARNING)


def is_alive(record, facts):
    start = _start_date(record)
    if facts.died_on and start and start > facts.died_on:
        text = _("This person died on %(day)s. Correct one of the two dates.", day=facts.died_on)
        yield Problem("since" if hasattr(record, "since") else "at", text, "V044")


def is_before_death(name):
    """Return a rule that asks about an act after the death of the person. The end by this death comes after it."""

    def asks_about_death(record, facts):
        day = _get_day(getattr(record, name))
        if facts.died_on and day and day > facts.died_on and not _ends_by_death(record):
            text = _(
                "This person died on %(day)s. Check the person and the date, or give the reason.",
                day=facts.died_on,
            )
            yield Problem(name, text, "V044", WARNING)

    return asks_about_death


def _ends_by_death(record):
    how = getattr(record, "outcome", None) or getattr(record, "reason", None)
    return getattr(record, "kind", None) == END and how in (None, DIED)


def _start_date(record):
    moment = next((value for name in START_FIELDS if (value := getattr(record, name, None))), None)
    return _get_day(moment)


def _get_day(moment):
    return moment.date() if isinstance(moment, datetime) else moment
