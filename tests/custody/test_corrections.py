"""A correction voids a locked step, and the derived state is recomputed."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.cases.models import Case, CaseDisposition, Involvement
from app.court_orders import consistency_check as order_check
from app.court_orders.models import CourtOrder
from app.custody.models import Arrest, Custody, CustodyStep, Judgment
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from app.people.status import PersonStatus
from app.reference.models import Unit
from tests.corrections.steps import apply_correction, decide, request_correction, void_record
from tests.court_orders.sample_orders import make_active_order
from tests.custody.form_data import enter_judgment, format_day, make_suspect, send_form
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
    assert (suspect.case.status, suspect.case.clearance) == ("solved", "arrest")
    with acting_as("clerk.bb"):  # as it was necessary before the status followed from the arrest
        solved = CaseDisposition(
            case=suspect.case, kind="solved", clearance="arrest", decided_on=suspect.case.reported_at.date()
        )
        db_session.add(solved)
        db_session.commit()
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


def test_row_of_a_person_with_custody_records_is_void_after_them(db_session, clerk, each_database):
    """A judgment without an accusation suspended the order of a person who was not cleared any more."""
    suspect = make_suspect(hours=24 * 400)
    order = make_active_order(person=suspect.person, case=suspect.case)
    db_session.commit()
    judgment = enter_judgment(clerk, suspect, verdict="acquitted", decided_on=format_day(-60))
    final = {"judgment": judgment, "kind": "final", "done_on": format_day(-20), "document_no": "5/26"}
    send_form(clerk, "judgmentstep", **final)
    order_id, suspect_id, case_id = order.id, suspect.id, suspect.case_id

    def void(model, pk):
        void_record(db_session.get(model, pk))
        db_session.commit()
        return db_session.get(CourtOrder, order_id).status

    for model, pk in ((Involvement, suspect_id), (Case, case_id)):
        with pytest.raises(RuleViolation, match="J-"):
            void(model, pk)
        db_session.rollback()
    assert db_session.get(CourtOrder, order_id).status == "suspended"
    assert (void(Judgment, judgment), void(Involvement, suspect_id)) == ("active", "active")
    assert db_session.get(Involvement, suspect_id).is_void
    assert order_check.find_drift(db_session.connection()) == []
