"""Photos that are added on the page of a person."""

from io import BytesIO

import pytest

from app.people.models import Person, PersonPhoto
from tests.cases.test_entry import count_rows, make_photo
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\nxref\n0 4\ntrailer<</Root 1 0 R/Size 4>>\n%%EOF"


@prepared
def person(app, db_session, each_database):
    with acting_as("clerk.bb"):
        case = add_registered_case()
        db_session.commit()
    return case.involvements[0].person_id


def upload(browser, person, content=None):
    file = {"scan": (BytesIO(content or make_photo()), "face.jpg")}
    return browser.send(f"/person/scan/{person}", file, content_type="multipart/form-data")


def test_photo_is_added_and_shown(clerk, db_session, person):
    assert "/person/scan/" in clerk.get(f"/person/show/{person}").text
    assert upload(clerk, person).location == f"/person/show/{person}"
    db_session.expire_all()
    photo = db_session.get(Person, person).photo
    assert f"/file/person-photo/{photo.id}/264" in clerk.get(f"/person/show/{person}").text


def test_photo_is_added_after_the_lock(clerk, db_session, each_database):
    person = add_case_of_age(LOCKED_AGE).involvements[0].person_id
    db_session.commit()
    upload(clerk, person)
    assert count_rows(db_session, PersonPhoto) == 1


@pytest.mark.parametrize("content", [PDF, b"text"])
def test_other_files_are_refused_with_a_message(clerk, db_session, person, content):
    answer = upload(clerk, person, content)
    text = clerk.get(answer.location).text
    assert "JPEG" in text or "PDF" in text
    assert count_rows(db_session, PersonPhoto) == 0


def test_readers_and_other_provinces_cannot_add_a_photo(client_as, db_session, person):
    assert upload(client_as("manager"), person).status_code in (302, 403)
    assert upload(client_as("clerk.pp"), person).status_code == 404
    assert count_rows(db_session, PersonPhoto) == 0
