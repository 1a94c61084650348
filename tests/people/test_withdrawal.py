"""An author withdraws a row of a person within its 48 hours: the photo of somebody else, a wrong name or number."""

import pytest

from app.people.models import PersonAddress, PersonDocument, PersonMark, PersonName, PersonPhoto
from tests.court_orders.sample_orders import make_active_order
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_photo, add_registered_case, make_registered_person
from tests.sql_calls import Program

REASON = {"reason": "រូបថតជារបស់អ្នកដទៃ"}
ROWS = {
    "names": PersonName,
    "documents": PersonDocument,
    "addresses": PersonAddress,
    "marks": PersonMark,
    "photos": PersonPhoto,
}


@prepared
def person(app, db_session, each_database):
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(add_photo(make_registered_person()), "suspect")])
        db_session.commit()
    return case.involvements[0].person


def withdraw(client, row, form=REASON):
    return client.send(f"/{type(row).__name__.lower()}/withdraw/{row.id}", form)


@pytest.mark.parametrize("rows", ROWS)
def test_author_withdraws_a_row_of_a_person(clerk, db_session, person, rows):
    (row,) = getattr(person, rows)
    path = f"/{type(row).__name__.lower()}"
    assert f"{path}/withdraw/{row.id}" in clerk.get(f"{path}/show/{row.id}").text
    assert withdraw(clerk, row, {"reason": " "}).status_code == 422
    answer = withdraw(clerk, row)
    assert (answer.status_code, answer.location) == (302, f"/person/show/{person.id}")
    assert withdraw(clerk, row).status_code == 422  # a second click
    db_session.expire_all()
    assert row.is_void and row.void_reason == REASON["reason"]


def test_withdrawn_photo_and_name_are_no_longer_shown(clerk, db_session, person):
    (photo,), (name,) = person.photos, person.names
    for row in (photo, name):
        withdraw(clerk, row)
    page = clerk.page(f"/person/show/{person.id}")
    assert f"/file/person-photo/{photo.id}/264" not in page.html
    assert all(str(name) not in one.text for one in page.all("p", css="muted"))


def test_others_and_late_authors_cannot_withdraw(client_as, clerk, db_session, person):
    (photo,) = person.photos
    assert withdraw(client_as("investigator.bb"), photo).status_code == 422
    assert withdraw(client_as("clerk.pp"), photo).status_code == 404
    late = add_case_of_age(LOCKED_AGE).involvements[0].person.names[0]
    db_session.commit()
    assert withdraw(clerk, late).status_code == 422
    db_session.expire_all()
    assert not photo.is_void and not late.is_void


RESOURCES = {
    "names": "person-names",
    "documents": "person-documents",
    "addresses": "person-addresses",
    "marks": "person-marks",
    "photos": "person-photos",
}


@pytest.mark.parametrize("rows", ROWS)
def test_program_withdraws_a_row_of_every_kind_as_the_page_does(client_as, clerk, db_session, person, rows):
    (row,) = getattr(person, rows)
    path = f"{RESOURCES[rows]}/{row.id}/withdraw"
    Program(client_as("clerk.pp")).post(path, REASON, 404)
    assert Program(client_as("investigator.bb")).post(path, REASON, 422)["errors"]
    assert "reason" in Program(clerk).post(path, {}, 422)["errors"]
    Program(clerk).post(path, REASON, 200)
    db_session.expire_all()
    assert row.is_void


def test_suspect_that_an_order_of_the_case_names_stays(clerk, db_session, person):
    with acting_as("clerk.bb"):
        case = add_registered_case(
            people=[(make_registered_person(7), "suspect"), (make_registered_person(8), "complainant")]
        )
        make_active_order(case.involvements[0].person, case=case)
        make_active_order(case.involvements[1].person, number="119/26", case=case)
        db_session.commit()
    suspect, complainant = case.involvements
    refused = withdraw(clerk, suspect)
    assert refused.status_code == 422 and Page(refused.text).all(css="note")
    assert withdraw(clerk, complainant).status_code == 302  # the order does not rest on this row
    db_session.expire_all()
    assert not suspect.is_void and complainant.is_void
