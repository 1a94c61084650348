"""The person of an order: V040, V044, V049, V084 and V087."""

from app.court_orders.rules.order import CODE_OF_PROCEDURE
from app.court_orders.state_machine import CARRIED_OUT, NAMES_A_WITNESS, WANTED_FOR
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem
from app.people.rules import ages_on, completed_years

RESPONSIBLE_AGE = 14
DETAINED_IN_1992 = (
    13  # nobody younger was, before the Code of Criminal Procedure; of a warrant its law said nothing
)
HELD = ("in_custody", "detained", "serving")


def somebody_is_named(order, facts):
    if order.kind in NAMES_A_WITNESS and order.kind not in ("summons", "appear"):
        return  # a search or a rogatory letter may name a place or an act alone
    names = (order.surname_km, order.given_km, order.surname_latin, order.given_latin)
    if not any(names):
        text = _("Write the name of the person as it stands on the paper, in Khmer or in Latin letters.")
        yield Problem("surname_km", text, "V074" if order.kind == "arrest" else "")


def nobody_below_14_is_wanted(order, facts):
    """By what the paper itself says of the birth."""
    day = order.occurred_on or order.issued_on
    if order.kind not in CARRIED_OUT or order.kind in NAMES_A_WITNESS or day is None:
        return
    age = completed_years(order.born_on, day) if order.born_on and order.born_on <= day else order.age_stated
    if age is not None and age < RESPONSIBLE_AGE:
        yield _of_a_child("born_on" if order.born_on else "age_stated", age, order)


def no_child_is_found_wanted(act, facts):
    """By what the register knows of the person whom the second officer has found."""
    order, person = act.order, act.person
    if act.kind != "checked" or order is None or person is None or order.kind in NAMES_A_WITNESS:
        return
    day = order.occurred_on or order.issued_on
    ages = ages_on(person, day) if day else None
    if ages is None or order.kind not in CARRIED_OUT:
        return
    youngest, oldest = ages
    if oldest < RESPONSIBLE_AGE:
        yield _of_a_child("person", oldest, order)
    elif youngest < RESPONSIBLE_AGE:
        text = _(
            "This person may have been younger than %(limit)s years. Find out the age, or give the reason.",
            limit=RESPONSIBLE_AGE,
        )
        yield Problem("person", text, "V049", WARNING)


def by_the_law_of_1992(age):
    return _(
        "Today nobody of %(age)s years is searched for or held. This is judged by the law of 1992: compare with the paper,"
        " or give the reason.",
        age=age,
    )


def _of_a_child(box, age, order):
    """A paper is judged by the law of its own day."""
    old = order.issued_on is not None and order.issued_on < CODE_OF_PROCEDURE
    if old and age >= DETAINED_IN_1992:
        return Problem(box, by_the_law_of_1992(age), "V049", WARNING)
    text = _(
        "A child of %(age)s years is not searched for: below %(limit)s there is no criminal responsibility."
        " Send the paper back to the court.",
        age=age,
        limit=RESPONSIBLE_AGE,
    )
    return Problem(box, text, "V049")


def the_dead_are_not_wanted(act, facts):
    if act.kind == "checked" and act.person is not None and facts.died_on:
        text = _("This person died on %(day)s and is not searched for.", day=facts.died_on)
        yield Problem("person", text, "V044")


def who_is_held_is_not_searched_for(act, facts):
    wanted = act.order is not None and act.order.kind in WANTED_FOR
    if act.kind == "checked" and wanted and facts.person_status in HELD:
        text = _(
            "This person is held already. Tell the court, which may serve the order there, and give the reason."
        )
        yield Problem("person", text, "V084", WARNING)


def release_frees_somebody(act, facts):
    release = act.order is not None and act.order.kind == "release"
    if act.kind == "checked" and release and facts.held is False:
        text = _("This person is in no open detention. Check the person, or give the reason.")
        yield Problem("person", text, "V087", WARNING)


def photo_of_the_wanted_is_young(act, facts):
    wanted = act.order is not None and act.order.kind in WANTED_FOR
    if act.kind in ("checked", "validated") and wanted and act.person is not None and facts.photo_is_old:
        text = _("There is no photo of this person younger than five years. Ask for one, or give the reason.")
        yield Problem("person", text, "V040", WARNING)
