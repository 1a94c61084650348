"""Which orders make somebody more than a suspect (V051)."""

from sqlalchemy import literal, or_, select

from app.cases import court_findings
from app.court_orders import state_machine
from app.court_orders.models import CourtOrder

CHARGES = (
    "bring", "arrest", "provisional_detention", "detention_warrant", "detention_extension", "supervision", "indictment",
    "judgment", "default_judgment", "appeal_judgment",
)  # fmt: skip
NO_MORE = (state_machine.RECEIVED, state_machine.REJECTED, state_machine.RECALLED, state_machine.REPLACED)


@court_findings.tells
def by_orders(cases, people):
    row = CourtOrder.__table__.c
    return select(row.case_id, row.person_id, literal(court_findings.CHARGED)).where(
        row.person_id.in_(people),
        or_(row.case_id.in_(cases), row.case_id.is_(None)),
        row.kind.in_(CHARGES),
        row.status.not_in(NO_MORE),
        row.voided_at.is_(None),
    )
