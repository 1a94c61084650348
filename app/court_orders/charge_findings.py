"""Finds the orders that make a person more than a suspect in a case (V051)."""
# unrestricted: selects charged people for a rule that applies nationwide

from sqlalchemy import literal, or_, select

from app.cases import court_findings
from app.court_orders import state_machine
from app.court_orders.models import CourtOrder

CHARGING_KINDS = (
    "bring", "arrest", "provisional_detention", "detention_warrant", "detention_extension", "supervision", "indictment",
    "judgment", "default_judgment", "appeal_judgment",
)  # fmt: skip
# A final acquittal suspends the orders of its case: they charge no person.
INEFFECTIVE_STATES = (
    state_machine.RECEIVED,
    state_machine.REJECTED,
    state_machine.SUSPENDED,
    state_machine.RECALLED,
    state_machine.REPLACED,
)


def select_order_charges(cases, people):
    """Return, in a tuple, the statement for the people charged under an order that is in effect.

    An order without a case counts only for a case with its offence, and if it was issued after the offence.
    """
    row = CourtOrder.__table__.c
    columns = (
        row.case_id, row.person_id, literal(court_findings.CHARGED), literal("court_order"), row.id, row.kind,
        row.offence_code, row.issued_on,
    )  # fmt: skip
    statement = select(*columns).where(
        row.person_id.in_(people),
        or_(row.case_id.in_(cases), row.case_id.is_(None)),
        row.kind.in_(CHARGING_KINDS),
        row.status.not_in(INEFFECTIVE_STATES),
        row.voided_at.is_(None),
    )
    return (statement,)
