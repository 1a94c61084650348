"""What is shut is struck out by three people, and what followed from it follows anew."""

from sqlalchemy import select

from app.custody.models import Arrest, Custody, CustodyStep
from app.kernel.text import dates
from app.people.status import PersonStatus
from app.reference.models import Unit
from tests.corrections.steps import asked, carry_out, decide
from tests.custody.form_data import a_suspect
from tests.locked_records import SHUT, registered
from tests.sample_rows import written_by


def test_an_end_that_was_wrong_is_struck_out_and_the_clock_runs_again(db_session, client_as, each_database):
    suspect = a_suspect()
    now, unit = dates.now().replace(microsecond=0), db_session.get(Unit, "PC-02")
    with registered(SHUT), written_by("clerk.bb"):
        arrest = Arrest(involvement=suspect, at=now - SHUT, ground="flagrant", by_unit=unit)
        custody = Custody(arrest=arrest, held_by=unit, arrived_at=now - SHUT, offence_class="felony")
        custody.steps.append(CustodyStep(kind="end", at=now - SHUT, outcome="released"))
        db_session.add_all([arrest, custody])
        db_session.commit()
    assert custody.ended_at is not None
    end = db_session.scalars(select(CustodyStep)).one()
    number = asked(client_as("chief.bb"), end, kind="void")
    decide(client_as("planning"), number)
    carry_out(client_as("twg"), number)
    db_session.expire_all()
    assert end.is_void and custody.ended_at is None
    assert db_session.get(PersonStatus, suspect.person_id).status == "in_custody"
