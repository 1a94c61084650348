"""Notifies the units in charge of the active orders of a person reported dead.

Their orders stay active, in every province, until the court recalls them.
"""
# unrestricted: finds the active orders of a person reported dead, nationwide; shows no row

from sqlalchemy import select

from app.confirmations.models import AWAITING, CONFIRMED
from app.court_orders import notifications, state_machine
from app.court_orders.models import CourtOrder
from app.kernel.actor import unrestricted
from app.kernel.database.pending import Pending
from app.kernel.schema.record import has_changed
from app.people.deaths import DeathReport

REPORTS = Pending(list)  # reports of death just written


def collect_reports(session, _context):
    """Collect new and confirmed reports. Nothing can be added during a flush, so messages wait."""
    for report in (*session.new, *session.dirty):
        if isinstance(report, DeathReport) and has_changed(report, ("confirmation",)):
            REPORTS.get(session).append((report.person_id, report.confirmation))


def notify_owners(session, _context):
    """Notify the units in charge of the collected reports, after the flush."""
    for person_id, confirmation in REPORTS.take(session):
        if confirmation in (AWAITING, CONFIRMED):
            row = CourtOrder.__table__.c
            found = select(row.id, row.number, row.owner_unit_code).where(
                row.person_id == person_id,
                row.status.in_((*state_machine.VALID_STATES, state_machine.RECEIVED)),
                row.voided_at.is_(None),
            )
            with unrestricted(session):
                orders = session.execute(found.order_by(row.id)).all()
            for order in orders:
                notifications.notify_death(session, order, confirmation == CONFIRMED)
