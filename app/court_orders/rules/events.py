"""The acts on an order: V076 to V083, V086 and V089, and that each fits into the life of its order."""

from datetime import timedelta

from app.court_orders import state_machine
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import WARNING, Problem

TOLERANCE = timedelta(minutes=5)
STALE_AFTER = timedelta(days=31)  # after the yearly validation was due
# Years after the last act in which an offence lapses (Code of Criminal Procedure 10).
LIMITATION = {"felony": 15, "misdemeanour": 5, "petty": 1}
BY_ARREST = ("arrest", "bring", "extradition")
ON_PAPER = ("recalled", "replaced", "acquitted", "restored", "died", "revived")


def follows_the_life_of_the_order(act, facts):
    """A stored act has found its place already; a new one must fit the state of today."""
    order = act.order
    if (
        act.id is None
        and order is not None
        and act.kind
        and not state_machine.may_follow(order.kind, order.status, act.kind)
    ):
        yield Problem("order", _("In its present state this cannot be done with the order."))


def is_not_in_the_future(act, facts):
    if act.at and facts.now and act.at > facts.now + TOLERANCE:
        yield Problem("at", _("This moment has not come yet. Check day and year."), "V004")


def check_is_of_a_second_officer(act, facts):
    if act.kind not in ("checked", "rejected") or act.order is None or facts.acts_by is None:
        return
    if act.order.recorded_by_id == facts.acts_by:
        text = _("A second officer checks the order: not the one who entered it.")
        yield Problem("person", text, "V077")


def check_has_a_scan(act, facts):
    if act.kind == "checked" and not facts.has_scan:
        text = _("No scan of the order is attached. Attach it, or give the reason.")
        yield Problem("person", text, "V076", WARNING)


def check_finds_a_person(act, facts):
    if act.kind == "checked" and act.person is None and act.person_id is None:
        if act.order is not None and act.order.kind in ("search", "rogatory"):
            return
        text = _("Choose the person in the register, or register the person whom the paper names.")
        yield Problem("person", text, "V077")


def assignment_names_a_unit(act, facts):
    if act.kind == "assigned" and not (act.to_unit or act.to_unit_code):
        yield Problem("to_unit", _("Choose the unit that carries out the order."))


def attempt_has_a_result(act, facts):
    if act.kind == "attempt" and not act.result:
        yield Problem("result", _("Choose what came of the attempt."))
    if act.kind == "seen" and not (act.place or act.place_code):
        yield Problem("place", _("Choose the place where the person was seen."))


def execution_is_told_whole(act, facts):
    if act.kind != "executed":
        return
    order = act.order
    if order is not None and order.issued_on and act.at and act.at.date() < order.issued_on:
        text = _("An order cannot be executed before it was issued, on %(day)s.", day=order.issued_on)
        yield Problem("at", text, "V080")
    for box, text in (
        ("officer", _("Write the rank and name of the officer who executed the order.")),
        ("place", _("Choose the place where the order was executed.")),
    ):
        if not getattr(act, box) and not (box == "place" and act.place_code):
            yield Problem(box, text, "V080")


def stale_order_is_validated_first(act, facts):
    """It stays wanted and a hit; but whoever acts on it asks the court before."""
    order = act.order
    if (
        act.kind not in ("attempt", "executed")
        or order is None
        or order.validate_by is None
        or act.at is None
    ):
        return
    if act.at.date() > order.validate_by + STALE_AFTER:
        text = _(
            "This order should have been validated by %(day)s. Validate it with the court first, or give the reason.",
            day=order.validate_by,
        )
        yield Problem("at", text, "V079", WARNING)


def arrest_warrant_is_executed_by_an_arrest(act, facts):
    if act.kind != "executed" or act.order is None or act.order.kind not in BY_ARREST:
        return
    if facts.arrests is not None and act.arrest_id not in facts.arrests:
        text = _("An arrest warrant is executed by an arrest. Enter the arrest, which executes the order.")
        yield Problem("order", text, "V081")


def return_follows_the_execution(act, facts):
    if act.kind != "returned" or act.order is None or act.at is None:
        return
    done = [one.at for one in act.order.acts if one.kind in ("executed", "died") and not one.is_void]
    if done and act.at < max(done):
        text = _("The order cannot go back to the court before it was executed, %(when)s.", when=max(done))
        yield Problem("at", text, "V082")


def end_rests_on_a_paper(act, facts):
    if act.kind not in ON_PAPER:
        return
    for box, text in (
        ("paper_no", _("This needs a paper of the court or the authority. Write its number.")),
        ("paper_on", _("Write the date of that paper.")),
    ):
        if not getattr(act, box):
            yield Problem(box, text, "V083")
    if act.order is not None and act.paper_on and act.paper_on < act.order.issued_on and act.kind != "died":
        text = _("This paper is older than the order, which was issued on %(day)s.", day=act.order.issued_on)
        yield Problem("paper_on", text, "V083")


def replacement_is_another_order(act, facts):
    if act.kind != "replaced":
        return
    if act.by_order is None and act.by_order_id is None:
        yield Problem("by_order", _("Choose the order that stands in its place."), "V083")
    elif act.by_order is act.order or act.by_order_id == act.order_id is not None:
        yield Problem("by_order", _("An order does not replace itself."), "V083")


def limitation_has_not_passed(act, facts):
    if act.kind != "validated" or act.order is None or act.at is None:
        return
    years = LIMITATION.get(act.order.offence_class)
    since = max((one.at.date() for one in act.order.acts if one is not act), default=act.order.issued_on)
    if years is not None and act.order.issued_on and act.at.date() >= _years_after(since, years):
        text = _(
            "Since the last act %(years)s years have passed: the offence may have lapsed. Ask the court,"
            " and give the reason.",
            years=years,
        )
        yield Problem("at", text, "V078", WARNING)


def _years_after(day, years):
    return day.replace(year=day.year + years, day=min(day.day, 28))


def notice_rests_on_a_warrant(act, facts):
    if act.kind != "notice":
        return
    if not act.notice_kind:
        yield Problem("notice_kind", _("Choose the kind of notice."), "V089")
    if not act.paper_no:
        yield Problem("paper_no", _("Write the number of the notice."), "V089")
    if act.order is not None and act.order.kind not in BY_ARREST:
        yield Problem("order", _("A notice rests on an active arrest warrant alone."), "V089")


def answer_says_why(act, facts):
    if act.kind in ("hit_denied", "rejected") and not act.reason:
        yield Problem("reason", _("Say why: whoever waits for the answer reads it."), "V086")
