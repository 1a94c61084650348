"""Fixtures: a case of Battambang with two persons, and the entries of the audit log."""

import pytest
from sqlalchemy import select, update

from app.accounts.models import LoginSession
from app.kernel.audit.recorder import AuditEvent
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


@prepared
def case(db_session):
    """A theft with a suspect and a victim."""
    with acting_as("clerk.bb"):
        people = [
            (make_registered_person(), "suspect"),
            (make_registered_person(1, given_km="សុភា"), "victim"),
        ]
        case = add_registered_case(people=people)
        db_session.commit()
        return case


@pytest.fixture
def suspect(case):
    return case.involvements[0].person


@pytest.fixture
def without_purpose(db_session):
    """Remove the purpose of all sessions, as after sign-in."""
    db_session.execute(update(LoginSession).values(purpose=None, case_number=None, purpose_until=None))
    db_session.commit()


@pytest.fixture
def log(db_session):
    """Return a function: `log("access.viewed")` loads the entries of that action, oldest first."""

    def entries(action):
        db_session.expire_all()
        found = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.seq)
        return db_session.scalars(found).all()

    return entries
