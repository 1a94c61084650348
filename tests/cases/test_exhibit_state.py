"""An exhibit ends with a document and a second officer. Nobody types its status."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.cases.exhibit_state import find_drift
from app.cases.models import Exhibit, ExhibitMovement
from app.extensions import db
from app.kernel.schema.rules import RuleViolation
from app.kernel.text import dates
from tests.corrections.steps import apply_correction, decide, request_correction, void_record
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, add_case_of_age, drop_lock_triggers, registered_before
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case
from tests.sql_calls import Program

TODAY = dates.now().date()
DAY = TODAY.strftime("%d-%m-%Y")
PAPER = {"document_no": "88/26", "document_date": DAY, "recipient": "គណៈកម្មការ"}


@prepared
def exhibit(db_session, each_database):
    case = add_case_of_age(LOCKED_AGE)
    db_session.commit()
    return case.exhibits[0]


def move(client, exhibit, status=302, **typed):
    answer = client.send("/exhibitmovement/add", {"exhibit": str(exhibit.id), "moved_on": DAY} | typed)
    assert answer.status_code == status, answer.text[-2000:]
    db.session.expire_all()
    return answer


def newest_movement(exhibit):
    return exhibit.movements[-1]


def test_typed_state_is_refused_everywhere(exhibit, clerk, db_session):
    typed = clerk.page(f"/exhibit/edit/{exhibit.id}").typed()
    assert "state" not in typed
    clerk.send(f"/exhibit/edit/{exhibit.id}", typed | {"state": "destroyed"})
    Program(clerk).put(f"exhibits/{exhibit.id}", {"state": "destroyed", "version": exhibit.version}, 422)
    with acting_as("clerk.bb"), pytest.raises(RuleViolation):
        exhibit.state = "destroyed"
        db_session.flush()
    db_session.rollback()
    with pytest.raises(DBAPIError, match="lock: computed"):
        db_session.execute(text("UPDATE exhibit SET state = 'destroyed'"))
    db_session.rollback()
    assert exhibit.state == "missing"


def test_destruction_needs_a_document_and_a_second_officer(exhibit, clerk, client_as):
    """V130."""
    move(clerk, exhibit, kind="seized", witness="ជា សុខា")
    assert exhibit.state == "seized"
    assert "V130" in move(clerk, exhibit, 422, kind="destroyed").text
    move(clerk, exhibit, kind="destroyed", **PAPER)
    assert (exhibit.state, newest_movement(exhibit).confirmation) == ("seized", "awaiting")
    assert "V127" in move(clerk, exhibit, 422, kind="lab", **PAPER).text
    url = f"/exhibitmovement/decide/{newest_movement(exhibit).id}"
    assert clerk.send(url, {"confirmation": "confirmed"}).status_code == 422
    assert client_as("clerk.pp").send(url, {"confirmation": "confirmed"}).status_code == 404
    assert client_as("chief.bb").send(url, {"confirmation": "confirmed"}).status_code == 302
    db.session.expire_all()
    assert exhibit.state == "destroyed"
    assert "V130" in move(clerk, exhibit, 422, kind="lab", **PAPER).text


def test_loss_needs_a_document_and_a_second_officer(exhibit, clerk, client_as):
    move(clerk, exhibit, kind="seized", witness="ជា សុខា")
    assert "V130" in move(clerk, exhibit, 422, kind="missing").text
    move(clerk, exhibit, kind="missing", **PAPER)
    assert (exhibit.state, newest_movement(exhibit).confirmation) == ("seized", "awaiting")
    Program(client_as("chief.bb")).post(f"exhibit-movements/{newest_movement(exhibit).id}/confirm", {}, 200)
    db.session.expire_all()
    assert exhibit.state == "missing"
    move(clerk, exhibit, kind="seized", witness="ជា សុខា")
    assert exhibit.state == "seized", "a lost exhibit can be found"


def test_rejected_end_leaves_the_exhibit(exhibit, clerk, client_as):
    move(clerk, exhibit, kind="seized", witness="ជា សុខា")
    assert "V130" in move(clerk, exhibit, 422, kind="returned", **PAPER | {"recipient": ""}).text
    move(clerk, exhibit, kind="returned", **PAPER)
    pk = newest_movement(exhibit).id
    officer = Program(client_as("investigator.bb"))
    officer.post(f"exhibit-movements/{pk}/reject", {"reason": "លិខិតខុស"}, 200)
    db.session.expire_all()
    assert exhibit.state == "seized"
    assert "V126" in move(clerk, exhibit, 422, kind="lab", **PAPER).text
    move(clerk, exhibit, kind="lab", witness="សុខ", **PAPER)
    assert exhibit.state == "lab"


def test_movement_is_confirmed_from_its_start_by_no_one(exhibit, db_session):
    with acting_as("clerk.bb"):
        movement = ExhibitMovement(
            exhibit=exhibit, kind="destroyed", moved_on=TODAY, document_no="1", document_date=TODAY,
            recipient="គណៈកម្មការ", confirmation="confirmed",
        )  # fmt: skip
        db_session.add(movement)
        db_session.commit()
    assert (movement.confirmation, exhibit.state) == ("awaiting", "missing")
    with pytest.raises(DBAPIError):
        db_session.execute(text("UPDATE exhibit_movement SET confirmation = 'confirmed'"))
    db_session.rollback()


def test_stolen_item_added_to_an_imported_case_is_missing(db_session, each_database, clerk):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        case.origin = "import:paper"
        db.session.commit()
    typed = {"kind": "phone", "property_role": "stolen", "description": "x", "state": "destroyed"}
    form = {f"exhibits-0-{name}": value for name, value in typed.items()}
    assert clerk.send(f"/addition/{case.id}/imported-case", form).status_code == 302
    added = db.session.scalars(select(Exhibit).order_by(Exhibit.id.desc())).first()
    assert (added.kind, added.state) == ("phone", "missing")


def add_stolen_phone(ago=timedelta()):
    """Add a second stolen item to a theft. The first may not become another: a theft has a stolen item (V019)."""
    with registered_before(ago), acting_as("clerk.bb"):
        exhibit = Exhibit(case=add_registered_case(), kind="phone", property_role="stolen", description="x")
        db.session.add(exhibit)
        db.session.commit()
    return exhibit


def change_role(client, exhibit, role, status=302):
    typed = client.page(f"/exhibit/edit/{exhibit.id}").typed()
    answer = client.send(f"/exhibit/edit/{exhibit.id}", typed | {"property_role": role})
    assert answer.status_code == status
    db.session.expire_all()
    return Page(answer.text)


def test_state_follows_the_status_of_the_item_until_it_moves(clerk, client_as, db_session, each_database):
    exhibit = add_stolen_phone()
    assert (exhibit.property_role, exhibit.state) == ("stolen", "missing")
    change_role(clerk, exhibit, "seized")
    assert exhibit.state == "seized"
    assert "V126" in move(clerk, exhibit, 422, kind="held").text, (
        "only a missing item is found without a giver"
    )
    found = add_stolen_phone()
    assert "V126" in move(clerk, found, 422, kind="held").text, "the taking of a missing item has a witness"
    move(clerk, found, kind="held", witness="ជា សុខា")
    change_role(clerk, found, "seized")
    assert found.state == "held", "the movement counts"
    assert find_drift(db_session.connection()) == []


@pytest.mark.parametrize("role", ["seized", "used"])
def test_no_edit_makes_a_stolen_item_of_one_that_the_police_have(clerk, db_session, each_database, role):
    exhibit = add_stolen_phone()
    change_role(clerk, exhibit, role)
    assert change_role(clerk, exhibit, "stolen", 422).by_id("property_role-bad").text
    body = {"version": exhibit.version, "property_role": "stolen"}
    assert "property_role" in Program(clerk).put(f"exhibits/{exhibit.id}", body, 422)["errors"]
    db_session.expire_all()
    assert (exhibit.property_role, exhibit.state) == (role, "seized")


def test_state_follows_a_corrected_status_of_the_item_and_a_void_movement(
    client_as, db_session, each_database
):
    exhibit = add_stolen_phone(LOCKED_AGE)
    chief, planner, group = (client_as(one) for one in ("chief.bb", "planning", "twg"))
    number = request_correction(chief, exhibit, property_role="seized")
    decide(planner, number)
    apply_correction(group, number)
    db.session.expire_all()
    assert exhibit.state == "seized"
    move(client_as("clerk.bb"), exhibit, kind="lab", **PAPER, witness="សុខ")
    assert exhibit.state == "lab"
    void_record(newest_movement(exhibit))
    db_session.commit()
    assert db_session.get(Exhibit, exhibit.id).state == "seized"


def test_check_finds_a_state_that_no_record_gives(db_session):
    exhibit = add_stolen_phone()
    drop_lock_triggers(db_session.connection())
    db_session.execute(text("UPDATE exhibit SET state = 'returned' WHERE kind = 'phone'"))
    assert find_drift(db_session.connection()) == [("exhibit", exhibit.id, "state", "returned", "missing")]
