"""A transfer of a detained person to another unit: the receiving unit records the arrival, and the clock runs on."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.custody import consistency_check, deadline_alerts
from app.custody.models import Arrest, Custody, CustodyStep
from app.inbox.models import Message
from app.kernel.text import dates
from app.people import status
from app.people.status import PersonStatus
from app.reference.models import Unit
from tests.corrections.steps import void_record
from tests.custody.form_data import (
    enter_arrest,
    enter_custody,
    enter_custody_step,
    find_shown_rules,
    format_ago,
    make_suspect,
)
from tests.html_pages import Page
from tests.prepared import prepared

SENDER, RECEIVER = "PC-02", "PC-12"


@prepared
def suspect(db_session):
    return make_suspect()


@pytest.fixture
def receiver(client_as):
    """The clerk of the receiving unit, in another province."""
    return client_as("clerk.pp")


@pytest.fixture
def first(clerk, suspect):
    """Id of the custody at the first unit, since seven hours."""
    return enter_custody(
        clerk, enter_arrest(clerk, suspect, at=format_ago(hours=8)), arrived_at=format_ago(hours=7)
    )


@pytest.fixture
def reload(db_session):
    def load(model, pk):
        db_session.expire_all()
        return db_session.get(model, pk)

    return load


def transfer(browser, custody_id, **over):
    given = {"outcome": "transferred", "to_unit": RECEIVER, "at": format_ago(hours=3)}
    return enter_custody_step(browser, custody_id, "end", **given | over)


def list_tasks(db_session):
    """Return {(custody, unit)} of the open tasks to record an arrival."""
    db_session.expire_all()
    found = select(Message.entity_id, Message.to_unit_code).where(
        Message.text_key == "custody.transferred", Message.done_at.is_(None)
    )
    return {tuple(row) for row in db_session.execute(found)}


def test_receiving_unit_records_the_arrival_and_the_first_clock_runs_on(
    clerk, receiver, first, reload, db_session, each_database
):
    assert receiver.get(f"/custody/show/{first}").status_code == 404, "before the transfer"
    arrest_id, case_id = reload(Custody, first).arrest_id, reload(Custody, first).case_id
    transfer(clerk, first)
    assert list_tasks(db_session) == {(first, RECEIVER)}
    notified = select(Message.to_role, Message.to_unit_code).where(
        Message.text_key == "custody.transferred_away"
    )
    assert db_session.execute(notified).all() == [("Provincial chief", SENDER)]
    page = receiver.page(f"/custody/show/{first}")
    assert page.all("a", href=f"/custody/add?arrest={arrest_id}"), "the next step"
    form = receiver.page(f"/custody/add?arrest={arrest_id}")
    typed = form.typed()
    assert (typed["held_by"], typed["offence_class"]) == ([RECEIVER], ["felony"])
    second = enter_custody(receiver, arrest_id, held_by=RECEIVER, arrived_at=format_ago(hours=2))
    before, after = reload(Custody, first), reload(Custody, second)
    assert (after.counts_from, after.limit_at) == (before.arrived_at, before.limit_at)
    assert (after.case_id, after.person_id) == (case_id, before.person_id), (
        "the case of the other unit is kept"
    )
    assert list_tasks(db_session) == set()
    step = enter_custody_step(receiver, second, "lawyer", who="មេធាវី សុខ")
    assert reload(CustodyStep, step).case_id == case_id
    assert reload(Custody, second).case_id == case_id, "also after a later save by this unit"
    enter_custody_step(receiver, second, "end", outcome="released", at=format_ago(minutes=5))
    assert not reload(Arrest, arrest_id).awaits_custody
    db_session.rollback()
    assert consistency_check.find_drift(db_session.connection()) == []


def test_void_arrival_takes_its_extension_of_the_common_limit_with_it(
    clerk, receiver, first, reload, db_session
):
    limit = reload(Custody, first).limit_at
    transfer(clerk, first)
    arrest_id = reload(Custody, first).arrest_id
    second = enter_custody(receiver, arrest_id, held_by=RECEIVER, arrived_at=format_ago(hours=2))
    granted = {"hours": "24", "who": "ព្រះរាជអាជ្ញា សុខ", "document_no": "7/26"}
    enter_custody_step(receiver, second, "extension", **granted)
    assert reload(Custody, first).limit_at == limit + timedelta(hours=24)
    void_record(reload(Custody, second))
    db_session.commit()
    assert reload(Custody, first).limit_at == limit
    assert consistency_check.find_drift(db_session.connection()) == []


def test_deadline_before_the_arrival_is_sent_to_the_receiving_unit(clerk, first, reload, db_session):
    transfer(clerk, first)
    limit_at = reload(Custody, first).limit_at
    deadline_alerts.send_due_alerts(db_session, limit_at + timedelta(minutes=1))
    found = select(Message.to_unit_code).where(
        Message.text_key == "arrest.overdue", Message.to_role.is_(None)
    )
    assert set(db_session.scalars(found)) == {SENDER, RECEIVER}


def test_transfer_names_the_unit_or_authority_that_receives_the_person(clerk, first):
    for over in ({"to_unit": None}, {"to_unit": SENDER}):
        page = enter_custody_step(
            clerk, first, "end", 422, **{"outcome": "transferred", "to_unit": RECEIVER} | over
        )
        assert ("V067", "to_unit") in find_shown_rules(page)
    page = enter_custody_step(clerk, first, "end", 422, outcome="released", to_unit=RECEIVER)
    assert ("V067", "to_unit") in find_shown_rules(page)
    transfer(clerk, first, to_unit=None, handed_to="កងរាជអាវុធហត្ថ")


def test_next_transfer_asks_the_last_receiving_unit_alone(clerk, receiver, first, reload, db_session):
    arrest_id = reload(Custody, first).arrest_id
    transfer(clerk, first)
    second = enter_custody(receiver, arrest_id, held_by=RECEIVER, arrived_at=format_ago(hours=2))
    transfer(receiver, second, to_unit="PC-17", at=format_ago(hours=1))
    assert list_tasks(db_session) == {(second, "PC-17")}


def test_corrected_receiving_unit_takes_the_record_from_the_first(clerk, receiver, first, db_session):
    step = transfer(clerk, first)
    fields = clerk.page(f"/custodystep/edit/{step}").typed() | {"to_unit": "PC-17"}
    Page.from_response(clerk.send(f"/custodystep/edit/{step}", fields), 302)
    assert receiver.get(f"/custody/show/{first}").status_code == 404


def test_transfer_of_a_minor_shows_the_name_to_the_receiving_unit(clerk, receiver, db_session):
    minor = make_suspect(number=9, born_on=dates.now().date() - timedelta(days=366 * 16))
    held = enter_custody(clerk, enter_arrest(clerk, minor), offence_class="felony")
    transfer(clerk, held)
    assert receiver.get(f"/custody/show/{held}").status_code == 200


def find_status(db_session, custody_id):
    db_session.expire_all()
    return db_session.get(PersonStatus, db_session.get(Custody, custody_id).person_id)


def test_status_in_transfer_names_the_sending_and_the_receiving_unit(
    clerk, receiver, first, reload, db_session, each_database
):
    arrest_id, person_id = reload(Custody, first).arrest_id, reload(Custody, first).person_id
    transfer(clerk, first)
    second = enter_custody(receiver, arrest_id, held_by=RECEIVER, arrived_at=format_ago(hours=2))
    assert find_status(db_session, first).unit_code == RECEIVER, "held by the receiving unit"
    transfer(receiver, second, to_unit="PC-17", at=format_ago(hours=1))
    found = find_status(db_session, first)
    assert (found.status, found.entity, found.unit_code, found.number) == (
        "in_custody", "arrest", RECEIVER, "PC-17",
    )  # fmt: skip
    (badge, *_others) = clerk.page(f"/person/show/{person_id}").all("span", css="status")
    assert reload(Unit, "PC-17").name_km in badge.text
    assert not list(status.find_drift(db_session.connection())[1])


def test_status_in_hospital_names_the_unit_that_held_the_person(clerk, first, db_session):
    enter_custody_step(clerk, first, "end", outcome="hospital", at=format_ago(hours=3))
    found = find_status(db_session, first)
    assert (found.entity, found.unit_code, found.number) == ("arrest", SENDER, None)
