"""Rules on the person of an order: V040, V044, V049, V084 and V087."""

from app.cases.rules import ADULT_AGE
from app.court_orders.rules.order import CODE_OF_PROCEDURE
from app.court_orders.state_machine import EXECUTABLE_KINDS, WANTED_KINDS, WITNESS_KINDS
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.people.rules import count_completed_years, get_ages_on, is_unborn

RESPONSIBLE_AGE = 14
# Lowest age of detention before the Code of Criminal Procedure. That law did not mention warrants.
DETENTION_AGE_1992 = 13


def is_child(order, person):
    """Return True if the person was certainly too young at the offence: a person that young is not wanted."""
    day = get_day_of_offence(order)
    ages = get_ages_on(person, day) if day else None
    old = order.issued_on is not None and order.issued_on < CODE_OF_PROCEDURE
    return ages is not None and ages[1] < (DETENTION_AGE_1992 if old else RESPONSIBLE_AGE)


def is_minor(order, person=None):
    """Return True if the named or the registered person may have been below 18 on the day of the offence."""
    day = get_day_of_offence(order)
    named = count_completed_years(order.born_on, day) if order.born_on and day else order.age_stated
    ages = get_ages_on(person, day) if person is not None and day else None
    lowest = [age for age in (named, ages[0] if ages else None) if age is not None]
    return any(0 <= age < ADULT_AGE for age in lowest)


def get_day_of_offence(order):
    """Return the day of the offence: as the order states it, else of its case, else the day of the order."""
    if order.occurred_on is not None:
        return order.occurred_on
    occurred_from = order.case.occurred_from if order.case is not None else None
    return occurred_from.date() if occurred_from is not None else order.issued_on


def person_is_named(order, facts):
    if order.kind in WITNESS_KINDS and order.kind not in ("summons", "appear"):
        return  # a search warrant or a rogatory letter can name only a place or an act
    names = (order.surname_km, order.given_km, order.surname_latin, order.given_latin)
    if not any(names):
        text = _("Enter the person's name as written in the order, in Khmer or Latin letters.")
        yield Problem("surname_km", text, "V074" if order.kind == "arrest" else "")


def named_person_is_responsible(order, facts):
    """Check the age from the birth data in the order."""
    day = get_day_of_offence(order)
    if order.kind not in EXECUTABLE_KINDS or order.kind in WITNESS_KINDS or day is None:
        return
    age = (
        count_completed_years(order.born_on, day)
        if order.born_on and order.born_on <= day
        else order.age_stated
    )
    if age is not None and age < RESPONSIBLE_AGE:
        yield _child_problem("born_on" if order.born_on else "age_stated", age, order)


def birth_is_before_the_order(order, facts):
    """Check the day of the facts too, unless the order can name a witness."""
    days = [order.issued_on] if order.kind in WITNESS_KINDS else [order.occurred_on, order.issued_on]
    first = min((day for day in days if day), default=None)
    if first and order.born_on and order.born_on > first:
        text = _(
            "This date of birth is after %(day)s, the day of the facts or of the order. Correct one of the two.",
            day=first,
        )
        yield Problem("born_on", text, "V032")


def found_person_is_responsible(event, facts):
    """Check the age from the data of the person the second officer found."""
    order, person = event.order, event.person
    if event.kind != "checked" or order is None or person is None or order.kind in WITNESS_KINDS:
        return
    day = get_day_of_offence(order)
    if day is None or order.kind not in EXECUTABLE_KINDS:
        return
    if is_unborn(person, day):
        text = _("This person was born after %(day)s. Choose another person, or return the order.", day=day)
        yield Problem("person", text, "V032")
        return
    ages = get_ages_on(person, day)
    if ages is None:
        text = _("The age of this person is unknown. Find out the age before an arrest, or give the reason.")
        yield Problem("person", text, "V049", WARNING)
        return
    youngest, oldest = ages
    if oldest < RESPONSIBLE_AGE:
        yield _child_problem("person", oldest, order)
    elif youngest < RESPONSIBLE_AGE:
        text = _(
            "This person may have been younger than %(limit)s years. Find out the age, or give the reason.",
            limit=RESPONSIBLE_AGE,
        )
        yield Problem("person", text, "V049", WARNING)


def format_law_of_1992(age):
    """Return the message for an age that only the law of 1992 allowed."""
    return _(
        "A person aged %(age)s cannot be wanted or held under current law, but the law of 1992 applies. Compare with the order, or give the reason.",
        age=age,
    )


def _child_problem(field, age, order):
    """Return the problem of a child's age. An order is judged by the law of its own date."""
    old = order.issued_on is not None and order.issued_on < CODE_OF_PROCEDURE
    if old and age >= DETENTION_AGE_1992:
        return Problem(field, format_law_of_1992(age), "V049", WARNING)
    text = _(
        "A child aged %(age)s cannot be wanted: there is no criminal responsibility below %(limit)s. Return the order to the court.",
        age=age,
        limit=RESPONSIBLE_AGE,
    )
    return Problem(field, text, "V049")


def person_is_alive(event, facts):
    if event.kind == "checked" and event.person is not None and facts.died_on:
        text = _("This person died on %(day)s and cannot be wanted.", day=facts.died_on)
        yield Problem("person", text, "V044")


def person_is_not_detained(event, facts):
    wanted = event.order is not None and event.order.kind in WANTED_KINDS
    if event.kind == "checked" and wanted and (facts.is_detained or facts.is_in_custody):
        text = _(
            "This person is already detained. Notify the court, which may serve the order there, and give the reason."
        )
        yield Problem("person", text, "V084", WARNING)


def person_agrees_with_the_order(event, facts):
    """Ask about identity data that differ between the paper and the person."""
    if event.kind == "checked" and event.person is not None and facts.differences:
        text = _(
            "The order and this person differ in: %(fields)s. Check that it is the same person, and give the reason.",
            fields=" · ".join(map(str, facts.differences)),
        )
        yield Problem("person", text, "V077", WARNING)


def person_was_not_acquitted(event, facts):
    """Ask whether an order without a case belongs to a case in which the person was acquitted."""
    if (
        event.kind == "checked"
        and facts.acquitted_on
        and event.order is not None
        and event.order.case_id is None
    ):
        text = _(
            "This person was finally acquitted in a case on %(day)s, and the order names no case. Ask the court whether the order is of that case, and give the reason.",
            day=facts.acquitted_on,
        )
        yield Problem("person", text, "V055", WARNING)


def release_names_a_detainee(event, facts):
    release = event.order is not None and event.order.kind == "release"
    if event.kind == "checked" and release and facts.is_detained is False:
        text = _("This person is not detained. Check the person, or give the reason.")
        yield Problem("person", text, "V087", WARNING)


def photo_is_recent(event, facts):
    wanted = event.order is not None and event.order.kind in WANTED_KINDS
    if event.kind in ("checked", "validated") and wanted and event.person is not None and facts.photo_is_old:
        text = _(
            "There is no photo of this person from the last five years. Ask for one, or enter the reason."
        )
        yield Problem("person", text, "V040", WARNING)
