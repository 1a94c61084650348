"""Facts of a crash and road users, on the page of their case."""

from app.crashes.models import Crash, RoadUser
from app.extensions import db
from app.reference.models import Place
from tests import sample_rows
from tests.prepared import prepared
from tests.sample_rows import PHNOM_PENH

FORM = {"kind": "rear", "cause": "distance", "road": "national", "speed_limit": "80"}


@prepared
def case(db_session):
    with sample_rows.acting_as("clerk.bb"):
        found = sample_rows.add_registered_case()
    db_session.commit()
    return found


def test_crash_and_road_users_are_on_the_page_of_the_case(client_as, case, each_database):
    clerk = client_as("clerk.bb", "en")
    assert clerk.send("/crash/add", FORM | {"case": case.id}).status_code == 302
    motorcycle = {
        "kind": "motorcycle",
        "involvement": case.involvements[0].id,
        "plate": "1AB-2345",
        "breath_alcohol": "0.25",
    }
    for user in (motorcycle, {"kind": "pedestrian"}):
        assert clerk.send("/roaduser/add", user | {"case": case.id}).status_code == 302
    page = clerk.page(f"/case/show/{case.id}")
    assert "From behind" in page.by_id("CrashView").text
    users = page.by_id("RoadUserView").text
    assert "Motorcycle" in users and "Pedestrian" in users and "1AB-2345" in users
    assert client_as("clerk.pp").get(f"/crash/show/{db.session.query(Crash.id).scalar()}").status_code == 404


def test_second_crash_of_a_case_is_refused_and_keeps_the_input(client_as, case, each_database):
    clerk = client_as("clerk.bb", "en")
    clerk.send("/crash/add", FORM | {"case": case.id})
    again = clerk.send("/crash/add", FORM | {"case": case.id, "description": "ស្នាមហ្វ្រាំង"})
    assert again.status_code in (409, 422)
    assert "has the facts of its crash already" in again.text and "ស្នាមហ្វ្រាំង" in again.text
    crash = db.session.query(Crash).one()
    assert clerk.send(f"/crash/withdraw/{crash.id}", {"reason": "ខុស"}).status_code == 302
    assert clerk.send("/crash/add", FORM | {"case": case.id}).status_code == 302


def test_rows_follow_the_place_of_their_case(case, db_session):
    with sample_rows.acting_as("clerk.bb"):
        db_session.add_all(
            [Crash(case=case, kind="rear", cause="speed", road="city"), RoadUser(case=case, kind="car")]
        )
        db_session.flush()
        case.place = db_session.get(Place, PHNOM_PENH)
        db_session.flush()
        found = [*db_session.query(Crash.province_code), *db_session.query(RoadUser.province_code)]
    assert {one for (one,) in found} == {"12"}
