"""What orders tell in the time line of a person: the paper, and each act on it that changed something."""

from flask import url_for

from app.court_orders import state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.schema import code_lists
from app.people.timeline import Event, tells

TOLD = ("executed", "returned", "recalled", "replaced", "acquitted", "restored", "died", "revived", "notice")
DECISIONS = ("judgment", "default_judgment", "appeal_judgment", "non_suit", "indictment")
SHAPES = {"recalled": "diamond", "acquitted": "diamond", "restored": "diamond"}


@tells(CourtOrder, "kind number status issued_on")
def of_order(order):
    shape = "diamond" if order.kind in DECISIONS else "ring" if order.kind == "release" else "square"
    detail = f"{order.number} · {code_lists.label('order_status', order.status)}"
    yield Event(
        order.issued_on, code_lists.label("order_kind", order.kind), detail, shape, _address(order.id)
    )


@tells(OrderEvent, "kind at order", through="order")
def of_act(act):
    if act.kind in TOLD and act.kind in state_machine.STEPS:
        paper = f"{code_lists.label('order_kind', act.order.kind)} {act.order.number}"
        shape = SHAPES.get(act.kind, "dot")
        title, after = code_lists.label("order_act", act.kind), "dot" if shape == "dot" else ""
        yield Event(
            act.at, title, paper, shape, _address(act.order_id), after
        )  # an arrest executes the order


def _address(order_id):
    return url_for("CourtOrderView.show", pk=order_id)
