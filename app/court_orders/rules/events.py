"""Rules of order events: V076 to V083 (V078: `limitation`), V086, V089 and V185, and that each event fits the state of its order."""

from datetime import timedelta

from app.court_orders import state_machine
from app.kernel.i18n.lazy_message import _
from app.kernel.schema.rules import CLOCK_TOLERANCE, WARNING, Problem

STALE_AFTER = timedelta(days=31)  # grace period after the validation deadline
ARREST_KINDS = ("arrest", "bring", "extradition")
DOCUMENTED_KINDS = ("recalled", "replaced", "acquitted", "restored", "died", "revived")


def event_fits_order_status(event, facts):
    """Check a new event against the state on its day. A stored event already fitted.

    An end that a second officer has not confirmed, or has rejected, changes nothing.
    """
    order = event.order
    if event.id is not None or order is None or not event.kind:
        return
    before = [one for one in order.acts if one is not event and one.is_in_effect and one.at is not None]
    if not state_machine.allows(order.kind, before, event):
        yield Problem("order", _("The current status of the order does not allow this action."))


def is_not_in_the_future(event, facts):
    if event.at and facts.now and event.at > facts.now + CLOCK_TOLERANCE:
        yield Problem("at", _("This time is in the future. Check the day and year."), "V004")


def is_not_before_the_order(event, facts):
    """Refuse an act that is older than its order: an order of this year has no act of last year."""
    order = event.order
    if order is None or order.issued_on is None or event.at is None or event.kind in ("checked", "executed"):
        return
    if event.at.date() < order.issued_on:
        text = _("The order was issued on %(day)s. Check the day of this act.", day=order.issued_on)
        yield Problem("at", text, "V071")


def checker_is_a_second_officer(event, facts):
    if event.kind not in ("checked", "rejected") or event.order is None or facts.actor_id is None:
        return
    if event.order.recorded_by_id == facts.actor_id:
        text = _("A second officer must check the order, not the officer who entered it.")
        yield Problem("person", text, "V077")
    elif facts.is_authors_account:
        text = _(
            "These accounts share a telephone, e-mail address or two-step verification. Two different people are needed."
        )
        yield Problem("person", text, "V077")


def check_has_a_scan(event, facts):
    if event.kind == "checked" and not facts.has_scan:
        text = _("No scan of the order is attached. Attach it on the page of the order, or give the reason.")
        yield Problem("person", text, "V076", WARNING)


def check_finds_a_person(event, facts):
    if event.kind == "checked" and event.person is None and event.person_id is None:
        if event.order is not None and event.order.kind in ("search", "rogatory"):
            return
        text = _("Choose a registered person, or register the person named in the order.")
        yield Problem("person", text, "V077")


def assignment_names_a_unit(event, facts):
    if event.kind == "assigned" and not (event.to_unit or event.to_unit_code):
        yield Problem("to_unit", _("Choose the unit that executes the order."))


def attempt_has_a_result(event, facts):
    if event.kind == "attempt" and not event.result:
        yield Problem("result", _("Choose the result of the attempt."))
    if event.kind == "seen" and not (event.place or event.place_code):
        yield Problem("place", _("Choose the place where the person was seen."))


def execution_is_complete(event, facts):
    if event.kind != "executed":
        return
    order = event.order
    if order is not None and order.issued_on and event.at and event.at.date() < order.issued_on:
        text = _("An order cannot be executed before it was issued, on %(day)s.", day=order.issued_on)
        yield Problem("at", text, "V080")
    if event.arrest_id is not None:
        return  # the arrest names the officers and the place
    for field, text in (
        ("officer", _("Enter the rank and name of the officer who executed the order.")),
        ("place", _("Choose the place where the order was executed.")),
    ):
        if not getattr(event, field) and not (field == "place" and event.place_code):
            yield Problem(field, text, "V080")


def stale_order_is_validated(event, facts):
    """Warn before acting on a stale order. It stays in force and still raises matches."""
    order = event.order
    if (
        event.kind not in ("attempt", "executed")
        or order is None
        or order.validate_by is None
        or event.at is None
    ):
        return
    if event.at.date() > order.validate_by + STALE_AFTER:
        text = _(
            "This order should have been validated by %(day)s. Validate it with the court first, or give the reason.",
            day=order.validate_by,
        )
        yield Problem("at", text, "V079", WARNING)


def validation_names_its_document(event, facts):
    """Ask for the answer of the court: without it the source of the validation is unknown."""
    if event.kind == "validated" and not event.document_no:
        text = _("Enter the number of the court's answer, or give the reason why there is none.")
        yield Problem("document_no", text, "V079", WARNING)


def arrest_warrant_is_executed_by_an_arrest(event, facts):
    if event.kind != "executed" or event.order is None or event.order.kind not in ARREST_KINDS:
        return
    if facts.arrests is not None and event.arrest_id not in facts.arrests:
        text = _("An arrest warrant is executed by an arrest. Enter the arrest to execute this order.")
        yield Problem("order", text, "V081")


def return_follows_the_execution(event, facts):
    if event.kind != "returned" or event.order is None or event.at is None:
        return
    done = [one for one in event.order.acts if one.kind in ("executed", "died") and not one.is_void]
    done = [state_machine.effective_at(one) for one in done]
    if done and state_machine.effective_at(event) < max(done):
        text = _("The order cannot be returned to the court before its execution, %(when)s.", when=max(done))
        yield Problem("at", text, "V082")


def end_has_a_document(event, facts):
    if event.kind not in DOCUMENTED_KINDS:
        return
    for field, text in (
        ("document_no", _("A document from the court or the authority is required. Enter its number.")),
        ("document_date", _("Enter the date of that document.")),
    ):
        if not getattr(event, field):
            yield Problem(field, text, "V083")
    if (
        event.order is not None
        and event.document_date
        and event.document_date < event.order.issued_on
        and event.kind != "died"
    ):
        text = _(
            "This document is older than the order, which was issued on %(day)s. Check both dates.",
            day=event.order.issued_on,
        )
        yield Problem("document_date", text, "V083")


def recall_ends_the_supervision(event, facts):
    """Ask about a release under supervision, which has a document of its own and goes on."""
    if event.kind == "recalled" and facts.supervisions:
        text = _(
            "The person stays under judicial supervision by release %(numbers)s. Record its end there if the court ended it too, or give the reason.",
            numbers=" · ".join(facts.supervisions),
        )
        yield Problem("document_no", text, "V185", WARNING, named=facts.supervision_rows)


def document_is_scanned(event, facts):
    if event.kind in DOCUMENTED_KINDS and event.document_no and not facts.has_document_scan:
        text = _(
            "No scan has been attached since the date of this document. Attach it on the page of the order, or give the reason."
        )
        yield Problem("document_no", text, "V083", WARNING)


def restoration_follows_the_judgment(event, facts):
    """Refuse to restore an order while the decision that suspended it is recorded as final."""
    if event.kind == "restored" and facts.acquittal_no:
        text = _(
            "Decision %(number)s is recorded as final. Enter on its page that it was set aside: the order is then active again.",
            number=facts.acquittal_no,
        )
        yield Problem("document_no", text, "V054")


def replacement_is_another_order(event, facts):
    if event.kind != "replaced":
        return
    order, other = event.order, event.by_order
    if other is None and event.by_order_id is None:
        yield Problem("by_order", _("Choose the order that replaces this one."), "V083")
    elif other is order or event.by_order_id == event.order_id is not None:
        yield Problem("by_order", _("An order cannot replace itself. Choose another order."), "V083")
    elif order is not None and other is not None and not is_replacement(order, other):
        text = _(
            "Only an order in force of the same type against the same person replaces this one. Verify that order first."
        )
        yield Problem("by_order", text, "V083")


def is_replacement(order, other):
    """Return True if the other order is verified, in force, and says the same about the same person."""
    same = other.kind == order.kind and other.person_id == order.person_id and other.person_id is not None
    return same and not other.is_void and other.status in (state_machine.ACTIVE, state_machine.IN_FORCE)


def notice_has_a_warrant(event, facts):
    if event.kind != "notice":
        return
    if not event.notice_kind:
        yield Problem("notice_kind", _("Choose the notice type."), "V089")
    if not event.document_no:
        yield Problem("document_no", _("Enter the number of the notice."), "V089")
    if event.order is not None and event.order.kind not in ARREST_KINDS:
        yield Problem("order", _("A notice can only be based on an active arrest warrant."), "V089")


def answer_has_a_reason(event, facts):
    if event.kind in ("match_denied", "rejected") and not event.reason:
        yield Problem(
            "reason", _("Give the reason. The unit that waits for the answer will read it."), "V086"
        )
