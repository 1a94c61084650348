"""Compares the answers of requests with the acts that answer them, for `run.py status check`."""
# unrestricted: compares all requests with their answers, for a command

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from app.investigation.models import InvestigationAct


def find_drift(connection):
    """Return (entity, id, column, stored, computed) of the requests with another answer than their act.

    `connection` must see every row.
    """
    request, answer = InvestigationAct.__table__.c, aliased(InvestigationAct.__table__).c
    answered_at = func.max(answer.begun_at)
    is_answer = and_(answer.answers_id == request.id, answer.voided_at.is_(None))
    compared = (
        select(request.id, request.answered_at, answered_at)
        .outerjoin_from(InvestigationAct.__table__, answer.id.table, is_answer)
        .where(request.voided_at.is_(None), or_(request.answered_at.is_not(None), answer.id.is_not(None)))
        .group_by(request.id, request.answered_at)
        .order_by(request.id)
    )
    return [
        ("investigation_act", pk, "answered_at", str(stored), str(computed))
        for pk, stored, computed in connection.execute(compared)
        if stored != computed
    ]
