"""What the tests of looks stand on: a case of Battambang with two people, and the log as the register reads it."""

import pytest
from sqlalchemy import select, update

from app.accounts.models import SignIn
from app.kernel.audit.recorder import AuditEvent
from tests.sample_rows import a_registered_case, a_registered_person, written_by


@pytest.fixture
def case(db_session):
    """A theft with a suspect and a victim."""
    with written_by("clerk.bb"):
        people = [(a_registered_person(), "suspect"), (a_registered_person(1, given_km="សុភា"), "victim")]
        made = a_registered_case(people=people)
        db_session.commit()
        return made


@pytest.fixture
def suspect(case):
    return case.involvements[0].person


@pytest.fixture
def nobody_said_why(db_session):
    """No session has a purpose, as after the sign-in."""
    db_session.execute(update(SignIn).values(purpose=None, case_number=None, purpose_until=None))
    db_session.commit()


@pytest.fixture
def log(db_session):
    """`log("look.open")`: the entries of that act, oldest first."""

    def entries(action):
        db_session.expire_all()
        found = select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.seq)
        return db_session.scalars(found).all()

    return entries
