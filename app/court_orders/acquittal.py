"""A final acquittal or non-suit of one case: its orders are held at once, wherever they lie, until the court recalls them.

Other cases of the same person, and their orders, stand (settled: of that case alone). Where the acquittal is set aside
or struck out as wrong, what it held stands again.
"""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.court_orders import notifications, state_machine
from app.court_orders.models import CourtOrder, OrderEvent
from app.kernel.actor import seeing_everything
from app.kernel.text import dates


def hold_orders(session, person_id, case_id, paper_no, paper_on):
    """Hold every order of this person in this case, in the session's transaction. Gives their number.

    Called by whoever registers judgments.
    """
    paper = {"paper_no": paper_no, "paper_on": paper_on}
    return _act_on_each(session, person_id, case_id, "acquitted", paper, lambda order: True)


def give_orders_back(session, person_id, case_id, papers):
    """Let the orders stand again that one of these judgments, pairs of number and day, held. Gives their number."""

    def was_held_by_one(order):
        acts = [one for one in order.acts if one.kind == "acquitted" and not one.is_void]
        return bool(acts) and (acts[-1].paper_no, acts[-1].paper_on) in papers

    paper_no, paper_on = papers[-1]
    paper = {"paper_no": paper_no, "paper_on": paper_on}
    return _act_on_each(
        session, person_id, case_id, "restored", paper, was_held_by_one, notifications.restored
    )


def _act_on_each(session, person_id, case_id, kind, paper, chosen, tell=None):
    """The orders may lie beyond the part of whoever acts: none of them stays in the session."""
    with seeing_everything(session):
        of_both = CourtOrder.person_id == person_id, CourtOrder.case_id == case_id
        found = select(CourtOrder).where(*of_both, CourtOrder.voided_at.is_(None))
        orders = session.scalars(found.options(selectinload(CourtOrder.acts))).unique().all()
        found = [
            one for one in orders if state_machine.may_follow(one.kind, one.status, kind) and chosen(one)
        ]
        acts = [OrderEvent(order=one, kind=kind, at=dates.now(), **paper) for one in found]
        session.add_all(acts)
        session.flush()
        for one in found if tell is not None else ():
            tell(session, one)
        session.flush()
        read = {act for order in orders for act in order.__dict__.get("acts", ())}
        for one in (*acts, *read, *orders):
            if one in session:
                session.expunge(one)
    return len(found)
