"""Rows that are added to a registered case by the API: the fields, rules, access and log of the page."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from app.cases.models import Case, CaseFile, Exhibit, Involvement
from app.kernel.audit.recorder import AuditEvent
from app.kernel.schema import record_lock
from tests.cases.test_entry import count_rows, make_photo
from tests.cases.test_entry_api import make_body
from tests.locked_records import add_case_of_age
from tests.prepared import prepared
from tests.sample_files import PDF
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

PHONE = {"kind": "phone", "property_role": "seized", "serial": "356938035643809"}


@pytest.fixture
def program(clerk):
    return Program(clerk)


@prepared
def case(app, db_session, each_database):
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(make_registered_person(4), "suspect")])
    db_session.commit()
    return case.id


def upload(client, content=None, name="photo.jpg"):
    data = {"file": (BytesIO(content or make_photo()), name)}
    answer = client.post("/api/v1/uploads/", data=data, headers={"X-CSRFToken": client.token})
    assert answer.status_code == 201, answer.text
    return answer.json["result"]["token"]


def test_rows_of_every_kind_are_added_at_once(program, db_session, case):
    before = {model: count_rows(db_session, model) for model in (Involvement, Exhibit, CaseFile)}
    version = db_session.get(Case, case).version
    body = {
        "offences": [{"offence": "DRUG2012-45", "offence_class": "misdemeanour"}],
        "people": make_body()["people"][:1],
        "exhibits": [PHONE],
        "exhibits__reason": "not_yet_known",  # no drug is entered
        "files": [{"kind": "scene_photo", "uploads": [upload(program.client)]}],
    }
    found = program.post(f"cases/{case}/add", body)["result"]
    db_session.expire_all()
    assert (found["id"], found["version"]) == (case, version)
    assert {model: count_rows(db_session, model) - number for model, number in before.items()} == {
        Involvement: 1, Exhibit: 1, CaseFile: 1,
    }  # fmt: skip
    assert db_session.get(Case, case).offences[-1].offence_code == "DRUG2012-45"
    events = select(AuditEvent).where(AuditEvent.action == "record.added").order_by(AuditEvent.seq.desc())
    added = db_session.scalars(events.limit(12)).all()
    assert {one.entity for one in added} >= {"case_offence", "involvement", "exhibit", "case_file"}
    assert {one.actor_id for one in added} == {db_session.get(Case, case).recorded_by_id}


def test_added_exhibit_is_found_by_its_case_and_withdrawn(program, db_session, case):
    with acting_as("clerk.bb"):
        add_registered_case()
        db_session.commit()
    program.post(f"cases/{case}/add", {"exhibits": [PHONE]})
    found = program.get("exhibits/", case=case)["result"]
    assert {one["case"]["id"] for one in found} == {case}
    newest = max(one["id"] for one in found)
    program.post(f"exhibits/{newest}/withdraw", {"reason": "ច្រឡំសំណុំរឿង"}, expect=200)
    db_session.expire_all()
    assert db_session.get(Exhibit, newest).is_void


def test_row_is_added_to_a_locked_case(program, db_session, each_database):
    locked = add_case_of_age(record_lock.EDIT_WINDOW + timedelta(seconds=1))
    db_session.commit()
    program.post(f"cases/{locked.id}/add", {"exhibits": [PHONE]})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "offences"),
        ({"summary": "x"}, "case-summary"),
        ({"exhibits": [{"description": "x"}]}, "exhibits-0-kind"),
        ({"exhibits": [PHONE | {"case": 1}]}, "exhibits-0-case"),
        ({"files": [{"kind": "scene_photo", "uploads": ["x"]}]}, "files"),
        ({"files": [{"kind": "scene_photo"}]}, "files-0-note"),
    ],
)
def test_refused_row_names_its_field_and_nothing_is_saved(program, db_session, case, body, field):
    before = count_rows(db_session, Exhibit)
    errors = program.post(f"cases/{case}/add", body | {"people": []}, expect=422)["errors"]
    assert field in errors
    assert count_rows(db_session, Exhibit) == before


def test_person_is_not_added_twice(program, db_session, case):
    with acting_as("clerk.bb"):
        person = make_registered_person(number=9)
        add_registered_case(people=[(person, "suspect")])
        db_session.commit()
    row = {"known": person.id, "role": "suspect", "injury": "none", "photo_missing": "not_available"}
    program.post(f"cases/{case}/add", {"people": [row]})
    errors = program.post(f"cases/{case}/add", {"people": [row]}, expect=422)["errors"]
    assert "V142" in {one["rule"] for one in errors["people-0-role"]}


def test_same_idempotency_key_adds_once_and_to_one_case(program, db_session, case):
    with acting_as("clerk.bb"):
        other = add_registered_case()
        db_session.commit()
    before = count_rows(db_session, Exhibit)

    def send(pk):
        headers = {"Idempotency-Key": "a-key-of-an-addition", "X-CSRFToken": program.client.token}
        return program.client.post(f"/api/v1/cases/{pk}/add", json={"exhibits": [PHONE]}, headers=headers)

    assert [send(case).status_code, send(case).status_code, send(other.id).status_code] == [201, 201, 422]
    assert count_rows(db_session, Exhibit) == before + 1


def test_addition_needs_the_right_and_the_case(client_as, case):
    Program(client_as("clerk.pp")).post(f"cases/{case}/add", {"exhibits": [PHONE]}, expect=404)
    Program(client_as("manager")).post(f"cases/{case}/add", {"exhibits": [PHONE]}, expect=403)


def test_photo_is_added_to_a_person_and_to_an_exhibit(program, db_session, case):
    person = db_session.get(Case, case).involvements[0].person_id
    added = program.post(f"persons/{person}/photo", {"file": upload(program.client)})["result"]
    assert added["person"]["id"] == person
    exhibit = db_session.scalar(select(Exhibit.id).where(Exhibit.case_id == case))
    photo = program.post(f"exhibits/{exhibit}/photo", {"file": upload(program.client)})["result"]
    assert (photo["exhibit"]["id"], photo["case"]["id"], photo["kind"]) == (exhibit, case, "exhibit_photo")
    scan = upload(program.client, PDF, "scan.pdf")
    assert "file" in program.post(f"persons/{person}/photo", {"file": scan}, expect=422)["errors"]
    assert "file" in program.post(f"persons/{person}/photo", {"file": "x"}, expect=422)["errors"]
