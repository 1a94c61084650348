"""Exhibits with one number are one item, and the number of a stolen item raises a match to the unit of the theft."""

import pytest
from sqlalchemy import func, select, update

from app.accounts.models import LoginSession
from app.cases.models import Exhibit
from app.extensions import db
from app.inbox.models import NOTICE, TASK, Message
from app.indices import linking
from app.indices.models import Item, ItemExhibit, ItemMatch, ItemNumber, ItemQueue
from app.reference.models import Unit
from tests.html_pages import Page
from tests.sample_rows import BATTAMBANG, PHNOM_PENH, acting_as, add_registered_case, make_registered_person
from tests.statement_counts import counted


def add_vehicle(writer, place, role, plate, **over):
    """Add a case with a vehicle, and return the exhibit. Its theft is the sample's own exhibit without a number."""
    with acting_as(writer):
        case = add_registered_case(place)
        case.exhibits[0].plate = None
        exhibit = Exhibit(kind="vehicle", property_role=role, description="ម៉ូតូ", plate=plate, **over)
        case.exhibits.append(exhibit)
        db.session.flush()
    db.session.commit()
    linking.link_queued_exhibits(db.session)
    return exhibit


def count(model):
    return db.session.scalar(select(func.count()).select_from(model.__table__))


def read_item(exhibit):
    db.session.expire_all()
    return db.session.get(
        Item, db.session.scalar(select(ItemExhibit.item_id).where(ItemExhibit.id == exhibit.id))
    )


def find_messages(kind):
    return [one for one in db.session.query(Message).filter_by(kind=kind) if one.text_key.startswith("item_")]


def test_a_stolen_vehicle_typed_otherwise_is_matched(client_as, db_session, each_database):
    stolen = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234", frame_no="RLHJC5211AY123456")
    assert read_item(stolen).state == "stolen" and count(ItemMatch) == 0
    found = add_vehicle("clerk.pp", PHNOM_PENH, "seized", "២a ១២៣៤")
    assert read_item(found).id == read_item(stolen).id and count(ItemNumber) == 2
    (match,) = db.session.scalars(select(ItemMatch))
    assert (match.owner_unit_code, match.state) == (stolen.case.unit_code, "waiting")
    (task,), (notice,) = find_messages(TASK), find_messages(NOTICE)
    assert task.to_unit_code == stolen.case.unit_code and notice.to_unit_code == found.case.unit_code
    owner, finder = client_as("investigator.bb", "en"), client_as("warrant.pp", "en")
    for unit, is_listed in (("PC-02", True), ("PC-12", True), ("PC-03", False)):
        page = owner.get(f"/itemmatch/list/?_flt_0_unit={unit}").text
        assert (f"/itemmatch/show/{match.id}" in page) == is_listed, unit
    page = owner.get(f"/itemmatch/show/{match.id}").text
    assert "It is the stolen item" in page and f"/exhibit/show/{stolen.id}" in page
    assert f"/exhibit/show/{found.id}" not in page
    page = finder.get(f"/itemmatch/show/{match.id}").text
    assert "It is the stolen item" not in page and f"/exhibit/show/{stolen.id}" not in page
    form = {"state": "confirmed", "reason": "លេខតួដូចគ្នា"}
    assert finder.send(f"/itemmatch/answer/{match.id}", form).status_code == 422
    refused = owner.send(f"/itemmatch/answer/{match.id}", form | {"reason": " "})
    assert Page.from_response(refused, 422).by_id("reason-bad").text, "at the field"
    assert refused.status_code == 422 and "Enter how the item was compared" in refused.text
    assert owner.send(f"/itemmatch/answer/{match.id}", form).status_code == 302
    assert read_item(stolen).state == "recovered"
    assert owner.send(f"/itemmatch/answer/{match.id}", form).status_code == 422, "a second click"
    db.session.refresh(task)
    assert task.done_at is not None and len(find_messages(NOTICE)) == 2
    page = owner.page(f"/item/show/{read_item(stolen).id}").text
    assert stolen.case.number in page and found.case.number not in page and "Elsewhere" in page


def test_the_check_of_statuses_finds_a_false_state_of_an_item(db_session, each_database):
    stolen = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234")
    add_vehicle("clerk.bb", BATTAMBANG, "seized", "2A-9999")
    item = read_item(stolen).id
    connection = db_session.connection()
    assert linking.find_drift(connection) == []
    connection.execute(update(Item.__table__).where(Item.id == item).values(state="recovered"))
    assert linking.find_drift(connection) == [("item", item, "state", "recovered", "stolen")]


def test_the_officer_who_entered_the_find_does_not_confirm_it(client_as, db_session):
    stolen = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234")
    add_vehicle("investigator.bb", BATTAMBANG, "seized", "2A-1234")
    (match,) = db.session.scalars(select(ItemMatch.id))
    form = {"state": "confirmed", "reason": "ដូចគ្នា"}
    refused = client_as("investigator.bb", "en").send(f"/itemmatch/answer/{match}", form)
    assert refused.status_code == 422 and "Another officer must confirm the item" in refused.text
    assert read_item(stolen).state == "stolen"
    assert client_as("chief.bb").send(f"/itemmatch/answer/{match}", form).status_code == 302
    assert read_item(stolen).state == "recovered"


def test_a_match_of_a_case_that_protects_a_person_later_is_narrowed(client_as, db_session, each_database):
    stolen = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234")
    found = add_vehicle("clerk.pp", PHNOM_PENH, "seized", "2A-1234")
    (match,) = db.session.scalars(select(ItemMatch.id))
    unit = str(db.session.get(Unit, found.case.unit_code))
    finder, owner = client_as("warrant.pp"), client_as("investigator.bb")
    url = f"/itemmatch/show/{match}"
    assert finder.get(url).status_code == 200 and unit in owner.page(url).text
    for writer, exhibit in (("clerk.bb", stolen), ("clerk.pp", found)):
        with acting_as(writer):
            db.session.get(Exhibit, exhibit.id).case.involvements[0].protection = "victim"
            db.session.commit()
    assert finder.get(url).status_code == 404 and "2A-1234" in owner.page(url).text
    assert unit not in owner.page(url).text and unit not in owner.page("/itemmatch/list/").text


def test_an_item_found_before_its_theft_is_not_recovered(client_as, db_session):
    found = add_vehicle("clerk.pp", PHNOM_PENH, "seized", "2A-1234")
    stolen = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A1234")
    (match,) = db.session.scalars(select(ItemMatch))
    assert (match.stolen_id, match.found_id) == (stolen.id, found.id), "in any order of entry"
    db.session.execute(
        ItemMatch.__table__.update().values(found_on=match.stolen_on.replace(year=match.stolen_on.year - 1))
    )
    db.session.commit()
    form = {"state": "confirmed", "reason": "ដូចគ្នា"}
    answer = client_as("investigator.bb", "en").send(f"/itemmatch/answer/{match.id}", form)
    assert answer.status_code == 422 and "found before it was stolen" in answer.text
    assert read_item(stolen).state == "stolen"


def test_false_plates_are_another_item_and_still_a_match(db_session):
    stolen = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234", frame_no="AAAA1111")
    other = add_vehicle("clerk.pp", PHNOM_PENH, "used", "2A 1234", frame_no="BBBB2222")
    assert read_item(other).id != read_item(stolen).id
    (match,) = db.session.scalars(select(ItemMatch))
    assert (match.stolen_id, match.found_id) == (stolen.id, other.id)


def set_plate(writer, exhibit, plate):
    with acting_as(writer):
        db.session.get(Exhibit, exhibit.id).plate = plate
        db.session.commit()
    linking.link_queued_exhibits(db.session)


def list_states():
    db.session.expire_all()
    return db.session.scalars(select(ItemMatch.state)).all()


def count_open_tasks():
    db.session.expire_all()
    return len([one for one in find_messages(TASK) if one.done_at is None])


@pytest.mark.parametrize("frames", [("", ""), ("AAAA1111", "BBBB2222")])
def test_a_match_ends_with_its_number_and_is_reopened(db_session, frames):
    stolen = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234", frame_no=frames[0] or None)
    found = add_vehicle("clerk.pp", PHNOM_PENH, "seized", "2A-1234", frame_no=frames[1] or None)
    for writer, exhibit in (("clerk.pp", found), ("clerk.bb", stolen)):
        for plate in ("2A-1239", None):
            set_plate(writer, exhibit, plate)
            assert list_states() == ["ended"] and count_open_tasks() == 0
            set_plate(writer, exhibit, "2A-1234")
            assert list_states() == ["waiting"] and count_open_tasks() == 1


def test_a_recovery_ends_the_match_until_it_is_withdrawn(client_as, db_session):
    stolen = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234")
    add_vehicle("clerk.pp", PHNOM_PENH, "seized", "2A-1234")
    with acting_as("clerk.bb"):
        recovered = Exhibit(kind="vehicle", property_role="recovered", plate="2A-1234")
        db.session.get(Exhibit, stolen.id).case.exhibits.append(recovered)
        db.session.commit()
    linking.link_queued_exhibits(db.session)
    assert read_item(stolen).state == "recovered" and list_states() == ["ended"]
    notice = db.session.query(Message).filter_by(text_key="item.recovered").one()
    assert (notice.to_role, notice.to_unit_code) == ("Provincial chief", "PC-02")
    client_as("clerk.bb").send(f"/exhibit/withdraw/{recovered.id}", {"reason": "ច្រឡំ"})
    linking.link_queued_exhibits(db.session)
    assert read_item(stolen).state == "stolen" and list_states() == ["waiting"]


def test_a_confirmation_is_undone(client_as, db_session):
    stolen = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234")
    found = [add_vehicle("clerk.pp", PHNOM_PENH, "seized", "2A-1234") for _number in range(2)]
    first, second = db.session.scalars(select(ItemMatch.id).order_by(ItemMatch.id))
    owner, form = client_as("investigator.bb", "en"), {"state": "confirmed", "reason": "ដូចគ្នា"}
    assert owner.send(f"/itemmatch/answer/{first}", form).status_code == 302
    assert read_item(stolen).state == "recovered" and sorted(list_states()) == ["confirmed", "ended"]
    assert "It is the stolen item" not in owner.get(f"/itemmatch/show/{first}").text
    assert owner.send(f"/itemmatch/answer/{first}", form | {"state": "denied"}).status_code == 302
    assert read_item(stolen).state == "stolen" and sorted(list_states()) == ["denied", "waiting"]
    (notice,) = [one for one in find_messages(NOTICE) if one.to_role]
    assert (notice.text_key, notice.to_role) == ("item_match.denied", "Provincial chief")
    assert owner.send(f"/itemmatch/answer/{second}", form).status_code == 302
    assert read_item(stolen).state == "recovered"
    client_as("clerk.pp").send(f"/exhibit/withdraw/{found[1].id}", {"reason": "ច្រឡំ"})
    linking.link_queued_exhibits(db.session)
    assert read_item(stolen).state == "stolen"


def test_a_match_hides_the_unit_of_a_protected_person(client_as, db_session):
    add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234")
    with acting_as("clerk.pp"):
        people = [(make_registered_person(), "suspect"), (make_registered_person(5), "witness")]
        case = add_registered_case(PHNOM_PENH, people)
        case.involvements[1].protection = "witness"
        case.exhibits.append(Exhibit(kind="vehicle", property_role="seized", plate="2A-1234"))
        db.session.commit()
    linking.link_queued_exhibits(db.session)
    (match,) = db.session.scalars(select(ItemMatch))
    (notice,) = find_messages(NOTICE)
    assert notice.to_unit_code == case.unit_code and notice.facts["unit"] == str(match.owner_unit)
    page = client_as("investigator.bb", "en").get(f"/itemmatch/show/{match.id}").text
    assert "It is the stolen item" in page and str(db.session.get(Unit, case.unit_code)) not in page


@pytest.mark.parametrize("plate", ["000000", "xx", "មិនដឹង"])
def test_no_number_is_no_item(db_session, plate):
    add_vehicle("clerk.bb", BATTAMBANG, "stolen", plate)
    assert count(ItemExhibit) == 0 and count(ItemNumber) == 0


def test_the_job_links_what_was_loaded_in_bulk(db_session):
    exhibit = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234")
    db.session.execute(ItemExhibit.__table__.delete())
    db.session.commit()
    with acting_as("clerk.bb"):
        assert linking.link_new_exhibits(db.session) == 1
        assert linking.link_new_exhibits(db.session) == 0
    assert read_item(exhibit).state == "stolen"


def test_a_reader_elsewhere_sees_no_item(client_as, db_session):
    exhibit = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234")
    item = read_item(exhibit)
    elsewhere = client_as("warrant.pp", "en")
    assert elsewhere.get(f"/item/show/{item.id}").status_code == 404
    assert "2A-1234" not in elsewhere.page("/item/list/").text
    assert "2A-1234" in client_as("investigator.bb", "en").page("/item/list/").text


def test_a_save_queues_its_exhibits_with_one_statement(register, db_session):
    with acting_as("clerk.bb"):
        case = add_registered_case(BATTAMBANG)
        db.session.commit()
    linking.link_queued_exhibits(db.session)
    with acting_as("clerk.bb"), counted(register) as statements:
        db.session.add(Exhibit(kind="vehicle", property_role="seized", plate="2B-4321", case_id=case.id))
        db.session.commit()
    assert len([one for one in statements if "item_" in one]) == 1


def test_two_rows_of_one_exhibit_in_the_queue_are_one_link(db_session):
    exhibit = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234")
    db.session.execute(ItemQueue.__table__.insert(), [{"exhibit_id": exhibit.id}] * 2)
    db.session.commit()
    assert linking.link_queued_exhibits(db.session) == 1 and count(ItemQueue) == 0
    assert count(ItemExhibit) == 1


def test_the_state_of_an_item_does_not_tell_of_a_case_that_hides_a_person(
    client_as, db_session, each_database
):
    stolen = add_vehicle("clerk.bb", BATTAMBANG, "stolen", "2A-1234")
    found = add_vehicle("clerk.pp", PHNOM_PENH, "seized", "2A-1234")
    reader = client_as("warrant.pp", "en")
    url = f"/item/show/{read_item(found).id}"
    assert read_item(found).state == "stolen" and "Reported stolen" in reader.page(url).text
    with acting_as("clerk.bb"):
        db.session.get(Exhibit, stolen.id).case.involvements[0].protection = "victim"
        db.session.commit()
    linking.link_queued_exhibits(db.session)
    assert read_item(found).state == "clear" and "Reported stolen" not in reader.page(url).text
    assert list_states() == ["waiting"], "the unit of the theft still answers the match"
    db.session.execute(update(LoginSession).values(purpose=None, case_number=None, purpose_until=None))
    db.session.commit()
    assert {reader.get(one).status_code for one in (url, "/item/list/")} == {428}
