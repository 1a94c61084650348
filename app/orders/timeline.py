"""What orders tell in the time line of a person: the paper, and each act on it that changed something."""

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.extensions import db
from app.kernel import codes
from app.orders import life
from app.orders.models import CourtOrder
from app.people import timeline

TOLD = ("executed", "returned", "recalled", "replaced", "acquitted", "died", "revived", "notice")
DECISIONS = ("judgment", "default_judgment", "appeal_judgment", "non_suit", "indictment")
SHAPES = {"recalled": "diamond", "acquitted": "diamond", "executed": "dot"}


@timeline.tells
def orders(person):
    found = (
        select(CourtOrder)
        .where(CourtOrder.person_id == person.id, CourtOrder.voided_at.is_(None))
        .order_by(CourtOrder.id.desc())
        .limit(timeline.MOST)
        .options(selectinload(CourtOrder.acts))
    )
    for order in db.session.scalars(found):
        url = url_for("CourtOrderView.show", pk=order.id)
        kind, state = (
            codes.label(*pair) for pair in (("order_kind", order.kind), ("order_status", order.status))
        )
        shape = "diamond" if order.kind in DECISIONS else "ring" if order.kind == "release" else "square"
        yield timeline.Event(order.issued_on, kind, f"{order.number} · {state}", shape, url)
        for act in order.acts:
            if act.kind in TOLD and act.kind in life.STEPS and not act.is_void:
                word = codes.label("order_act", act.kind)
                yield timeline.Event(act.at, word, f"{kind} {order.number}", SHAPES.get(act.kind, "dot"), url)
