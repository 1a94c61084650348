"""Arrest: V056, V057, V058, V069, V080, V086."""

from datetime import timedelta

from app.court_orders import state_machine
from app.custody.rules import chronology
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

FLAGRANT, WARRANT = "flagrant", "warrant"
# Orders on which somebody is arrested, and the states in which they were active at some time.
ARRESTS = (*state_machine.WANTED_FOR, "detention_warrant")
WAS_ACTIVE = (state_machine.ACTIVE, state_machine.EXECUTED, state_machine.RETURNED)


def comes_after_the_offence(arrest, facts):
    case = arrest.case
    if case is not None and chronology.is_before(arrest.at, case.occurred_from, case):
        text = _(
            "The arrest must come after the offence, %(begun)s. Correct one of the two.",
            begun=case.occurred_from.date() if case.time_unknown else case.occurred_from,
        )
        yield Problem("at", text, "V056")


def ground_has_its_paper(arrest, facts):
    if arrest.ground and arrest.ground != FLAGRANT and not arrest.paper_no and arrest.order is None:
        text = _("This ground rests on a paper. Enter the number of the order or authorisation.")
        yield Problem("paper_no", text, "V057")


def order_lets_somebody_be_arrested(arrest, facts):
    order = arrest.order
    if order is None:
        return
    if arrest.ground != WARRANT:
        text = _("Who is arrested on an order is arrested on this ground: choose «court order».")
        yield Problem("ground", text, "V058")
    if order.kind not in ARRESTS:
        yield Problem("order", _("Nobody is arrested on an order of this kind. Choose another."), "V058")
    elif order.status not in (WAS_ACTIVE if arrest.id else (state_machine.ACTIVE,)):
        text = _("This order is not active, and cannot be executed. Ask the unit in charge.")
        yield Problem("order", text, "V058")
    elif arrest.at and order.issued_on and arrest.at.date() < order.issued_on:
        text = _("The order was issued on %(day)s only. Correct one of the two.", day=order.issued_on)
        yield Problem("at", text, "V058")
    person = arrest.involvement.person if arrest.involvement is not None else None
    if person is not None and order.person is not None and person is not order.person:
        text = _("This order names somebody else. Compare the two people.")
        yield Problem("order", text, "V058")


def execution_is_told_whole(arrest, facts):
    """The arrest writes the return of the order, which needs these."""
    if arrest.order is None:
        return
    if not arrest.officers:
        yield Problem("officers", _("Write the rank and name of the officer who executed the order."), "V080")
    if arrest.place is None:
        yield Problem("place", _("Choose the place where the order was executed."), "V080")


def hit_was_confirmed(arrest, facts):
    if facts.hit_waits and not arrest.hit_reason:
        text = _(
            "The unit in charge has not confirmed yet that it is this person. Ask it, or give the reason."
        )
        yield Problem("hit_reason", text, "V086")


def is_not_arrested_again_at_once(arrest, facts):
    limit, released = facts.limits.get("custody_rearrest"), facts.released_before
    if limit is None or released is None or arrest.at is None or arrest.ground != FLAGRANT:
        return
    if released <= arrest.at <= released + timedelta(days=limit.amount):
        text = _(
            "Released on %(when)s from custody in this case. Name the new ground for another arrest.",
            when=released,
        )
        yield Problem("at", text, "V069", WARNING)
