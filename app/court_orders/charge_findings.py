"""Finds the orders that make a person more than a suspect in a case (V051)."""
# unrestricted: selects charged people for a rule that applies nationwide

from sqlalchemy import literal, select

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


def select_order_charges(_in_cases, in_people):
    """Return, in a tuple, the statement for the people charged under an order that is in effect.

    Orders of other cases are among them: `Finding.is_about` leaves them out. An order without a case counts only for a
    case with its offence, and if it was issued after the offence.
    """
    row = CourtOrder.__table__.c
    columns = (
        row.case_id, row.person_id, literal(court_findings.CHARGED), literal("court_order"), row.id, row.kind,
        row.offence_code, row.issued_on,
    )  # fmt: skip
    statement = select(*columns).where(
        in_people(row.person_id),
        row.kind.concat("").in_(
            CHARGING_KINDS
        ),  # not by the index of kinds: SQLite would prefer it to the people
        row.status.not_in(INEFFECTIVE_STATES),
        row.voided_at.is_(None),
    )
    return (statement,)
