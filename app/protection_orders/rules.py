"""Rules of protection orders: V170 to V173, the state that follows from the days and the steps, and what weakens an order."""

from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem, not_in_the_future

NOT_YET, IN_FORCE, EXPIRED, ENDED, VOID = "not_yet", "in_force", "expired", "ended", "void"
EXTENDED, CHANGED, END, BROKEN = "extended", "changed", "ended", "broken"
SHORTENED, MISTAKEN = "shortened", "mistaken"
BY_DOCUMENT = (EXTENDED, SHORTENED, CHANGED, END)
BY_TWO_OFFICERS = (SHORTENED, CHANGED, END, MISTAKEN)
STRENGTHENS = (EXTENDED, CHANGED)  # its withdrawal can end or weaken the protection
APPLIES = ("no_violence", "no_contact", "leaves_home", "no_weapons", "keeps_away")
TERMS = (*APPLIES, "terms")
CHILD = "child_below_14"
LONGEST = 10_000  # metres
UNSAVED_ID = 2**31  # sorts unsaved steps last


def find_end(order):
    """Return (last day after all extensions, day of the confirmed end); None where there is none."""
    until, ended = order.until_on, None
    steps = [one for one in order.steps if one.is_in_effect and one.done_on is not None]
    for step in sorted(steps, key=lambda one: (one.done_on, one.id or UNSAVED_ID)):
        if step.kind in (EXTENDED, SHORTENED) and step.until_on is not None:
            until = step.until_on
        elif step.kind in (END, MISTAKEN):
            ended = min(step.done_on, ended or step.done_on)
    return until, ended


def find_state(order, today):
    """Return the state of an order on the day `today`."""
    if order.voided_at is not None:
        return VOID
    if order.ended_on is not None and order.ended_on <= today:
        return ENDED
    if order.starts_on > today:
        return NOT_YET
    return EXPIRED if order.ends_on is not None and order.ends_on < today else IN_FORCE


def protects(until, ended, today):
    """Return whether an order with this last day and this end protects on the day `today` or later."""
    return (ended is None or ended > today) and (until is None or until >= today)


def is_earlier(day, stored):
    """Return whether a last day is earlier than the stored one. None is no last day."""
    return day is not None and (stored is None or day < stored)


def find_weaker_term(order, stored):
    """Return the name of a field of an order that protects less than `stored(name)`, its value before, or None."""
    for name in APPLIES:
        if stored(name) and not getattr(order, name):
            return name
    before = stored("distance")
    if stored("keeps_away") and order.distance != before and is_earlier(order.distance or 0, before):
        return "distance"
    return "terms" if stored("terms") and order.terms != stored("terms") else None


def days_follow_each_other(order, facts):
    if order.starts_on and order.decided_on and order.starts_on < order.decided_on:
        yield Problem("starts_on", _("The order is in force before the court decided it."), "V170")
    if order.until_on and order.starts_on and order.until_on < order.starts_on:
        yield Problem("until_on", _("The order ends before it begins."), "V170")
    if order.informed_on and order.decided_on and order.informed_on < order.decided_on:
        yield Problem("informed_on", _("The person was notified before the court decided."), "V170")


def people_are_of_the_case(order, facts):
    for name in ("restrained", "protected"):
        row = getattr(order, name)
        if row is None or order.id is not None:
            continue
        if order.case is not None and row.case is not order.case:
            text = _("This person is in another case. Choose a person of this case.")
            yield Problem(name, text, "V171")
    restrained, protected = order.restrained, order.protected
    if restrained is not None and order.id is None:
        if restrained.role == CHILD:
            yield Problem(
                "restrained", _("A child below 14 is not restrained. Choose another person."), "V171"
            )
        elif restrained.person is None:
            text = _("This person is not shown here. An officer who may see the person enters the order.")
            yield Problem("restrained", text, "V171")
    if None not in (restrained, protected) and _are_same(restrained, protected):
        yield Problem("protected", _("Choose another person."), "V171")


def _are_same(row, other):
    return row is other or (row.person_id is not None and row.person_id == other.person_id)


def order_has_terms(order, facts):
    if not any(getattr(order, name) for name in TERMS):
        yield Problem("no_violence", _("Choose at least one term of the order."), "V172")
    if order.distance is not None and not order.keeps_away:
        yield Problem("keeps_away", _("A distance belongs to this term. Choose the term."), "V172")
    if order.distance is not None and not 0 < order.distance <= LONGEST:
        yield Problem("distance", _("Enter 1 to 10,000 metres."), "V172")


def step_fits_the_order(step, facts):
    order = step.order
    if order is None or step.done_on is None or step.id is not None:
        return
    if order.is_void:
        yield Problem("order", _("This order is void."), "V173")
    if order.decided_on and step.done_on < order.decided_on:
        yield Problem("done_on", _("This is before the court decided the order."), "V173")
    elif order.ended_on is not None and step.done_on > order.ended_on:
        yield Problem("done_on", _("The order has ended. Nothing follows the end."), "V173")
    elif step.until_on is not None and any(
        one.until_on is not None and one.is_in_effect and one.done_on > step.done_on
        for one in order.steps
        if one is not step
    ):
        text = _("A later step has a last day already. Enter its day or a later one.")
        yield Problem("done_on", text, "V173")
    elif step.kind == BROKEN and step.done_on < order.starts_on:
        yield Problem("done_on", _("The order was not yet in force on this day."), "V173", WARNING)


def step_has_its_values(step, facts):
    if step.kind in BY_DOCUMENT:
        for name in ("document_no", "document_date"):
            if not getattr(step, name):
                text = _("A court extends, changes or ends an order. Enter number and date of its document.")
                yield Problem(name, text, "V173")
    if step.kind in (EXTENDED, SHORTENED):
        yield from _check_last_day(step)
    elif step.until_on is not None:
        text = _("Only an extension and an earlier last day have a new last day.")
        yield Problem("until_on", text, "V173")
    if step.kind in (CHANGED, BROKEN, MISTAKEN) and not step.note:
        yield Problem("note", _("Enter what changed, or what happened."), "V173")


def _check_last_day(step):
    order = step.order if step.id is None else None
    last = order.ends_on if order is not None else None
    if step.until_on is None:
        yield Problem("until_on", _("Enter the new last day of the order."), "V173")
    elif step.kind == EXTENDED and order is not None and last is None:
        text = _("The order has no last day. Enter an earlier last day, which a second officer confirms.")
        yield Problem("kind", text, "V173")
    elif step.kind == EXTENDED and last is not None and step.until_on <= last:
        yield Problem("until_on", _("An extension ends after the present last day."), "V173")
    elif step.kind == SHORTENED and last is not None and step.until_on >= last:
        text = _("This is not before the present last day. Enter an extension.")
        yield Problem("until_on", text, "V173")
    elif order is not None and order.starts_on and step.until_on < order.starts_on:
        yield Problem("until_on", _("The order ends before it begins."), "V173")


ORDER = (
    days_follow_each_other,
    people_are_of_the_case,
    order_has_terms,
    not_in_the_future("decided_on", "informed_on", rule="V170"),
)
STEP = (
    step_fits_the_order,
    step_has_its_values,
    not_in_the_future("done_on", "document_date", rule="V173"),
)
