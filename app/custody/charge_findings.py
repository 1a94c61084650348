"""Findings of courts about a person in a case: charged, convicted, finally convicted (V051 to V053)."""
# unrestricted: selects charged people for a rule that applies nationwide

from sqlalchemy import and_, case, exists, literal, null, select
from sqlalchemy.orm import aliased

from app.cases import court_findings
from app.cases.models import Involvement
from app.custody.models import Detention, Judgment
from app.custody.rules.judgments import CONVICTED
from app.custody.rules.time_limits import PROVISIONAL

involvement = aliased(Involvement.__table__).c


def select_court_findings(in_cases, in_people):
    """Return the statements for the findings of judgments and provisional detentions.

    A conviction counts while its judgment is in force. Nothing counts after the final decision that cleared the person in the case.
    """
    judgment, detention = Judgment.__table__.c, Detention.__table__.c
    guilty = and_(judgment.verdict == CONVICTED, *Judgment.in_force(judgment))
    finding = case(
        (and_(guilty, judgment.final_on.is_not(None)), court_findings.FINAL),
        (guilty, court_findings.CONVICTED),
        else_=court_findings.CHARGED,
    )

    def select_rows(table, row, finding, decided_on, *conditions):
        is_cleared = exists().where(
            involvement.person_id == row.person_id, involvement.case_id == row.case_id,
            involvement.ended_on.is_not(None), involvement.voided_at.is_(None),
        )  # fmt: skip
        in_scope = in_cases(row.case_id), in_people(row.person_id), row.voided_at.is_(None)
        columns = (
            row.case_id,
            row.person_id,
            finding,
            literal(table),
            row.id,
            literal(table),
            null(),
            decided_on,
        )
        return select(*columns).where(*in_scope, ~is_cleared, *conditions)

    return (
        select_rows("judgment", judgment, finding, judgment.decided_on),
        select_rows(
            "detention",
            detention,
            literal(court_findings.CHARGED),
            detention.since,
            detention.kind.concat("") == PROVISIONAL,  # not by the index of kinds, as the orders
        ),
    )
