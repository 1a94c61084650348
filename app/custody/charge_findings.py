"""What judgments and detentions make of somebody in a case: charged, found guilty, and finally so (V051 to V053)."""

from sqlalchemy import and_, case, literal, select, union_all

from app.cases import court_findings
from app.custody.models import Detention, Judgment
from app.custody.rules.judgments import CONVICTED
from app.custody.rules.time_limits import PROVISIONAL


@court_findings.tells
def by_courts(cases, people):
    judgment, detention = Judgment.__table__.c, Detention.__table__.c
    guilty = and_(judgment.verdict == CONVICTED, judgment.set_aside_on.is_(None))
    says = case(
        (and_(guilty, judgment.final_on.is_not(None)), court_findings.FINAL),
        (guilty, court_findings.CONVICTED),
        else_=court_findings.CHARGED,
    )

    def of(row, word, *conditions):
        there = row.case_id.in_(cases), row.person_id.in_(people), row.voided_at.is_(None)
        return select(row.case_id, row.person_id, word).where(*there, *conditions)

    return union_all(
        of(judgment, says), of(detention, literal(court_findings.CHARGED), detention.kind == PROVISIONAL)
    )
