"""Who may be arrested and held at all: rules V028, V044, V045, V049."""

from app.cases.rules import SHOWN_ROLES
from app.court_orders.rules.people import by_the_law_of_1992
from app.custody.rules.time_limits import CHILD, ages_at_offence, child_age
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

BEGINS = ("since", "at", "arrived_at")


def stands_in_a_case(record, facts):
    if record.involvement is None and record.person is None:
        text = _("Nobody is held without a case. Choose the person in a case.")
        yield Problem("involvement", text, "V045")


def is_suspected(record, facts):
    role = record.involvement.role if record.involvement is not None else None
    if role is not None and role not in SHOWN_ROLES:
        text = _("Only suspects of the case are held. Choose one, or enter the person as a suspect first.")
        yield Problem("involvement", text, "V028")


def is_old_enough(record, facts):
    ages = ages_at_offence(record.person, record.case)
    if ages is None:
        return
    youngest, oldest = ages
    box = "involvement" if hasattr(record, "involvement") else "arrest"
    if oldest < child_age(_begun(record)):
        text = _("At the age of %(age)s years nobody is held: the child needs protection.", age=oldest)
        yield Problem(box, text, "V049")
    elif oldest < CHILD:
        yield Problem(box, by_the_law_of_1992(oldest), "V049", WARNING)
    elif youngest < CHILD:
        text = _(
            "This person may have been younger than %(limit)s years, and then is not held."
            " Find out the age, or give the reason.",
            limit=CHILD,
        )
        yield Problem(box, text, "V049", WARNING)


def is_alive(record, facts):
    begun = _begun(record)
    if facts.died_on and begun and begun > facts.died_on:
        text = _("This person died on %(day)s. Correct one of the two days.", day=facts.died_on)
        yield Problem("since" if hasattr(record, "since") else "at", text, "V044")


def _begun(record):
    moment = next((found for name in BEGINS if (found := getattr(record, name, None))), None)
    return moment.date() if hasattr(moment, "date") else moment
