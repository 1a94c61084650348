"""A correction voids a locked step, and the derived state is recomputed."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.cases.models import CaseDisposition
from app.custody.models import Arrest, Custody, CustodyStep
from app.kernel.text import dates
from app.people.status import PersonStatus
from app.reference.models import Unit
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.custody.form_data import make_suspect
from tests.locked_records import LOCKED_AGE, registered_before
from tests.sample_rows import acting_as


def test_voided_end_reopens_the_custody(db_session, client_as, each_database):
    suspect = make_suspect()
    now, unit = dates.now().replace(microsecond=0), db_session.get(Unit, "PC-02")
    with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
        arrest = Arrest(involvement=suspect, at=now - LOCKED_AGE, ground="flagrant", by_unit=unit)
        custody = Custody(arrest=arrest, held_by=unit, arrived_at=now - LOCKED_AGE, offence_class="felony")
        custody.steps.append(CustodyStep(kind="end", at=now - LOCKED_AGE, outcome="released"))
        db_session.add_all([arrest, custody])
        db_session.commit()
    assert custody.ended_at is not None
    end = db_session.scalars(select(CustodyStep)).one()
    number = request_correction(client_as("chief.bb"), end, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db_session.expire_all()
    assert end.is_void and custody.ended_at is None
    assert db_session.get(PersonStatus, suspect.person_id).status == "in_custody"


def test_voided_arrest_takes_back_the_clearance_by_it(db_session, client_as, each_database):
    suspect = make_suspect()
    now, unit = dates.now().replace(microsecond=0), db_session.get(Unit, "PC-02")
    with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
        arrest = Arrest(involvement=suspect, at=now - LOCKED_AGE, ground="flagrant", by_unit=unit)
        db_session.add(arrest)
        db_session.commit()
    with acting_as("clerk.bb"):
        solved = CaseDisposition(case=suspect.case, kind="solved", clearance="arrest", decided_on=now.date())
        db_session.add(solved)
        db_session.commit()
    assert (suspect.case.status, suspect.case.clearance) == ("solved", "arrest")
    number = request_correction(client_as("chief.bb"), arrest, kind="void")
    decide(client_as("planning"), number)
    apply_correction(client_as("twg"), number)
    db_session.expire_all()
    assert arrest.is_void and not solved.is_void
    assert (suspect.case.status, suspect.case.clearance, suspect.case.solved_on) == ("open", None, None)
    with pytest.raises(DBAPIError, match="lock: computed"):
        db_session.execute(text("UPDATE \"case\" SET status = 'solved'"))
    db_session.rollback()


def test_correction_of_a_correction_counts_the_limit_from_the_last_value(db_session, client_as):
    suspect = make_suspect()
    now, unit = dates.now().replace(second=0, microsecond=0), db_session.get(Unit, "PC-02")
    with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
        arrest = Arrest(
            involvement=suspect, at=now - LOCKED_AGE - timedelta(hours=5), ground="flagrant", by_unit=unit
        )
        custody = Custody(arrest=arrest, held_by=unit, arrived_at=now - LOCKED_AGE, offence_class="felony")
        db_session.add_all([arrest, custody])
        db_session.commit()
    for hours in (4, 2):
        arrived_at = now - LOCKED_AGE - timedelta(hours=hours)
        number = request_correction(client_as("chief.bb"), custody, arrived_at=f"{arrived_at:%d-%m-%Y %H:%M}")
        decide(client_as("planning"), number)
        apply_correction(client_as("twg"), number)
        db_session.expire_all()
        assert (custody.arrived_at, custody.limit_at) == (arrived_at, arrived_at + timedelta(hours=48))
