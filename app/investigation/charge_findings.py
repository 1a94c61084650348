"""Finds the accepted charges that make a person more than a suspect in a case (V051)."""
# unrestricted: selects charged people for a rule that applies nationwide

from sqlalchemy import func, literal, select

from app.cases import court_findings
from app.cases.models import CaseOffence, Involvement
from app.investigation.models import Charge
from app.investigation.rules import CHARGING


def select_accepted_charges(_in_cases, in_people):
    """Return, in a tuple, the statement for the people with a charge that the prosecutor accepted or changed."""
    row = Charge.__table__.c
    person, offence = (
        Involvement.__table__.alias("charged_person"),
        CaseOffence.__table__.alias("charged_offence"),
    )
    columns = (
        row.case_id, person.c.person_id, literal(court_findings.CHARGED), literal("charge"), row.id, row.decision,
        func.coalesce(row.changed_to_code, offence.c.offence_code), row.document_date,
    )  # fmt: skip
    found = select(*columns).join(person, person.c.id == row.involvement_id)
    found = found.join(offence, offence.c.id == row.case_offence_id)
    is_valid = (one.voided_at.is_(None) for one in (row, person.c, offence.c))
    return (found.where(in_people(person.c.person_id), row.decision.in_(CHARGING), *is_valid),)
