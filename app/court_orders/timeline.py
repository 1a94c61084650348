"""Timeline entries of a person for orders and the events that changed them."""

from flask import url_for
from flask_babel import gettext

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.schema import code_lists
from app.people.timeline import Event, event_provider

SHOWN_KINDS = (
    "executed",
    "returned",
    "recalled",
    "replaced",
    "acquitted",
    "restored",
    "died",
    "revived",
    "notice",
)
DECISIONS = ("judgment", "default_judgment", "appeal_judgment", "non_suit", "indictment")
SHAPES = {"recalled": "diamond", "acquitted": "diamond", "restored": "diamond"}


@event_provider(CourtOrder, "kind number status issued_on")
def list_order_events(order):
    """Yield the entry for the order itself."""
    shape = "diamond" if order.kind in DECISIONS else "ring" if order.kind == "release" else "square"
    detail = f"{order.number} · {code_lists.label('order_status', order.status)}"
    yield Event(
        order.issued_on, code_lists.label("order_kind", order.kind), detail, shape, _order_url(order.id)
    )


@event_provider(OrderEvent, "kind at time_unknown date_unknown order confirmation voided_at", through="order")
def list_action_events(event):
    """Yield the entry for an order event. An arrest has an entry of its own and executes the order."""
    if event.is_in_effect and event.kind in SHOWN_KINDS and event.kind in state_machine.TRANSITIONS:
        detail = f"{code_lists.label('order_kind', event.order.kind)} {event.order.number}"
        shape = SHAPES.get(event.kind, "dot")
        title, after = code_lists.label("order_event_kind", event.kind), "dot" if shape == "dot" else ""
        if event.date_unknown:
            detail = f"{detail} · {gettext('Date unknown')}"
        at = event.at.date() if event.time_unknown else event.at
        yield Event(at, title, detail, shape, _order_url(event.order_id), after)


def _order_url(order_id):
    return url_for("CourtOrderView.show", pk=order_id)
