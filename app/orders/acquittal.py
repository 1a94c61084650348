"""A final acquittal or non-suit of one case: its orders are held at once, wherever they lie, until the court recalls them.

Other cases of the same person, and their orders, stand (settled: of that case alone).
"""

from sqlalchemy import select

from app.kernel import dates
from app.kernel.actors import seeing_everything
from app.orders import life
from app.orders.models import CourtOrder, OrderEvent


def hold_orders(session, person_id, case_id, paper_no, paper_on):
    """Hold every order of this person in this case, in the session's transaction. Gives their number.

    Called by whoever registers judgments. The orders may lie beyond his part: none of them stays in the session.
    """
    with seeing_everything(session):
        of_both = CourtOrder.person_id == person_id, CourtOrder.case_id == case_id
        orders = (
            session.scalars(select(CourtOrder).where(*of_both, CourtOrder.voided_at.is_(None))).unique().all()
        )
        held = [one for one in orders if life.may_follow(one.kind, one.status, "acquitted")]
        paper = {"paper_no": paper_no, "paper_on": paper_on}
        acts = [OrderEvent(order=one, kind="acquitted", at=dates.now(), **paper) for one in held]
        session.add_all(acts)
        session.flush()
        for one in (*acts, *orders):
            session.expunge(one)
    return len(held)
