"""Retention acts. All documents are invented."""

from datetime import timedelta

from app.confirmations.decisions import record_decision
from app.confirmations.models import CONFIRMED
from app.extensions import db
from app.kernel.text import dates
from app.retention.models import RetentionAct
from app.retention.rules import ACCESS
from tests.sample_rows import acting_as

CHIEF, PLANNER = "chief.bb", "planning"


def add_act(kind, writer=CHIEF, **over):
    """Add and flush an act with its document."""
    today = dates.now().date()
    values = {
        "authority": "សាលាដំបូងខេត្តបាត់ដំបង", "reason": "តាមដីកា", "document_no": "12/26", "document_date": today,
    }  # fmt: skip
    values |= {"until": today + timedelta(days=30)} if kind == ACCESS else {}
    with acting_as(writer):
        act = RetentionAct(kind=kind, **values | over)
        db.session.add(act)
        db.session.flush()
    return act


def confirm(act, officer=PLANNER, decision=CONFIRMED, reason=""):
    """Write the decision of a second officer, and what follows from it."""
    with acting_as(officer):
        record_decision(act, decision, reason)
        db.session.flush()
        db.session.flush()
    return act


def days_ago(number):
    return dates.now().date() - timedelta(days=number)
