"""Findings of courts about a person in a case: charged, convicted, finally convicted (V051 to V053)."""
# unrestricted: selects charged people for a rule that applies nationwide

from sqlalchemy import and_, case, literal, select, union_all

from app.cases import court_findings
from app.custody.models import Detention, Judgment
from app.custody.rules.judgments import CONVICTED
from app.custody.rules.time_limits import PROVISIONAL


def select_court_findings(cases, people):
    """Return the statement for the findings of judgments and provisional detentions."""
    judgment, detention = Judgment.__table__.c, Detention.__table__.c
    guilty = and_(judgment.verdict == CONVICTED, judgment.set_aside_on.is_(None))
    finding = case(
        (and_(guilty, judgment.final_on.is_not(None)), court_findings.FINAL),
        (guilty, court_findings.CONVICTED),
        else_=court_findings.CHARGED,
    )

    def select_rows(row, finding, *conditions):
        in_scope = row.case_id.in_(cases), row.person_id.in_(people), row.voided_at.is_(None)
        return select(row.case_id, row.person_id, finding).where(*in_scope, *conditions)

    return union_all(
        select_rows(judgment, finding),
        select_rows(detention, literal(court_findings.CHARGED), detention.kind == PROVISIONAL),
    )
