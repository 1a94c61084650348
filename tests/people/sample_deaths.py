"""Reports of death. All documents are invented."""

from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED
from app.extensions import db
from app.kernel.text import dates
from app.people.deaths import DeathReport
from tests.sample_rows import acting_as


def report_death(person, died_on=None, writer="clerk.bb"):
    """Add and flush a report that awaits confirmation."""
    day = died_on or dates.now().date()
    with acting_as(writer):
        report = DeathReport(
            person=person, died_on=day, document_no="12/26", document_date=dates.now().date()
        )
        db.session.add(report)
        db.session.flush()
    return report


def decide(record, officer="investigator.bb", decision=CONFIRMED, reason=""):
    """Write the decision of a second officer, and what follows from it."""
    with acting_as(officer):
        record_decision(record, decision, reason)
        db.session.flush()
        db.session.flush()  # the date of death follows in a flush of its own


def confirm_death(person, died_on=None):
    """Report and confirm the death of a registered person."""
    decide(report_death(person, died_on))
