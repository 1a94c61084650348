"""Rules of arrests: V056, V057, V058, V069, V080, V086, V181."""

from datetime import timedelta

from app.cases.rules.times import is_before
from app.court_orders import state_machine
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.display import is_day_only
from app.kernel.schema.rules import WARNING, Problem

FLAGRANT, WARRANT = "flagrant", "warrant"
# Kinds of orders that allow an arrest.
ARREST_KINDS = (*state_machine.WANTED_KINDS, "detention_warrant")


def arrest_follows_the_offence(arrest, facts):
    case = arrest.case
    day_only = case is not None and (case.time_unknown or is_day_only(arrest, "at"))
    if case is not None and is_before(arrest.at, case.occurred_from, day_only):
        text = _(
            "The arrest cannot be before the offence, %(begun)s. Correct one of the two.",
            begun=case.occurred_from.date() if case.time_unknown else case.occurred_from,
        )
        yield Problem("at", text, "V056")


def ground_has_a_document(arrest, facts):
    if arrest.ground and arrest.ground != FLAGRANT and not arrest.document_no and arrest.order is None:
        text = _("This ground requires a document. Enter the number of the order or authorisation.")
        yield Problem("document_no", text, "V057")


def order_allows_the_arrest(arrest, facts):
    order = arrest.order
    if order is None:
        return
    if arrest.ground != WARRANT:
        text = _("For an arrest on a court order, choose the ground «court order».")
        yield Problem("ground", text, "V058")
    if order.kind not in ARREST_KINDS:
        yield Problem("order", _("This type of order does not allow an arrest. Choose another."), "V058")
    elif arrest.at and order.issued_on and arrest.at.date() < order.issued_on:
        text = _("The order was not issued until %(day)s. Correct one of the two.", day=order.issued_on)
        yield Problem("at", text, "V058")
    elif arrest.id is None and facts.order_allows_execution is False:
        text = _(
            "This order was not in force at the time of the arrest, so the arrest does not execute it. Contact the unit in charge, and give the reason."
        )
        yield Problem("order", text, "V058", WARNING)
    person = arrest.involvement.person if arrest.involvement is not None else None
    if person is not None and order.person is not None and person is not order.person:
        text = _("This order names another person. Compare the two people.")
        yield Problem("order", text, "V058")


def execution_is_complete(arrest, facts):
    """Check the fields that the arrest needs for the execution of its order."""
    if arrest.order is None:
        return
    if not arrest.officers:
        yield Problem("officers", _("Enter the rank and name of the officer who executed the order."), "V080")
    if arrest.place is None:
        yield Problem("place", _("Choose the place where the order was executed."), "V080")


def charges_are_of_the_case(arrest, facts):
    """Each offence of the arrest is one of its case; without a case, the one of its order."""
    if not arrest.charges:
        return
    allowed = list_possible_charges(arrest.case, arrest.order)
    if any(code not in allowed for code in arrest.charge_codes):
        text = _("This offence is in another case. Choose an offence from the person's case.")
        yield Problem("charges", text, "V052")


def list_possible_charges(case, order):
    """Return the codes of the offences of which the person can be arrested."""
    if case is not None:
        return [
            row.offence.code for row in case.offences if row.voided_at is None and row.offence is not None
        ]
    return [order.offence.code] if order is not None and order.offence is not None else []


def match_is_confirmed(arrest, facts):
    if facts.match_is_unconfirmed and not arrest.match_reason:
        text = _(
            "The unit in charge has not confirmed this person's identity yet. Ask the unit, or enter the reason."
        )
        yield Problem("match_reason", text, "V086")


def rearrest_has_a_new_ground(arrest, facts):
    limit, released = facts.limits.get("custody_rearrest"), facts.released_before
    if limit is None or released is None or arrest.at is None or arrest.ground != FLAGRANT:
        return
    if released <= arrest.at <= released + timedelta(days=limit.amount):
        text = _(
            "Released from custody in this case on %(when)s. Enter the new ground for another arrest.",
            when=released,
        )
        yield Problem("at", text, "V069", WARNING)


def arrest_is_entered_once(arrest, facts):
    for same in facts.same_rows:
        text = _(
            "Arrest %(number)s of this person in this case has the same time. Check whether it is the same arrest.",
            number=str(same),
        )
        yield Problem("at", text, "V181", WARNING, named=(same,))
        return
