"""Findings of courts about a person in a case: charged, convicted, finally convicted (V051 to V053)."""
# unrestricted: selects charged people for a rule that applies nationwide

from sqlalchemy import and_, case, exists, literal, null, or_, select
from sqlalchemy.orm import aliased

from app.cases import court_findings
from app.cases.models import Involvement
from app.custody.models import Detention, Judgment
from app.custody.rules.judgments import CONVICTED
from app.custody.rules.time_limits import PROVISIONAL

later, involvement = (aliased(one.__table__).c for one in (Judgment, Involvement))


def select_court_findings(in_cases, in_people):
    """Return the statements for the findings of judgments and provisional detentions.

    A judgment counts while it is in force: not set aside, and not replaced by a later final judgment about the same
    offences. Nothing counts after the final decision that cleared the person in the case.
    """
    judgment, detention = Judgment.__table__.c, Detention.__table__.c
    is_replaced = exists().where(
        later.involvement_id == judgment.involvement_id,
        later.voided_at.is_(None),
        later.set_aside_on.is_(None),
        later.final_on.is_not(None),
        later.decided_on > judgment.decided_on,
        or_(later.case_offence_id.is_(None), later.case_offence_id == judgment.case_offence_id),
    )
    guilty = and_(judgment.verdict == CONVICTED, judgment.set_aside_on.is_(None), ~is_replaced)
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
