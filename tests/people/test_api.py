"""The REST API of persons."""

import pytest
from sqlalchemy import select

from app.kernel.audit.recorder import AuditEvent
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.sample_rows import BATTAMBANG
from tests.sql_calls import Program

ROWS = {
    "person-names": {"kind": "former", "text_km": "សុខា"},
    "person-documents": {"kind": "passport", "number": "N0012345", "country": "KH"},
    "person-addresses": {"kind": "former", "place": BATTAMBANG, "house": "7"},
    "person-marks": {"kind": "scar", "body_part": "left_arm", "text": "ស្លាកស្នាម"},
}


def test_post_of_person_is_not_allowed(clerk):
    assert Program(clerk).post("persons/", {"surname_km": "សុខ", "sex": "M"}, 405)["detail"]


def test_photo_as_json_is_not_allowed(clerk):
    assert Program(clerk).post("person-photos/", {"person": 1}, 405)["detail"]
    assert Program(clerk).put("person-photos/1", {"version": 1, "person": 1}, 404)["detail"]


@pytest.mark.parametrize("resource", ROWS)
def test_row_is_added_to_a_locked_person_with_the_access_and_log_of_the_page(
    client_as, clerk, db_session, resource, each_database
):
    person = add_case_of_age(LOCKED_AGE).involvements[0].person_id
    db_session.commit()
    body = ROWS[resource] | {"person": person}
    assert "person" in Program(client_as("clerk.pp")).post(f"{resource}/", body, 422)["errors"]
    Program(client_as("manager")).post(f"{resource}/", body, 403)
    Program(clerk).post(f"{resource}/", {"person": person}, 422)
    added = Program(clerk).post(f"{resource}/", body)["result"]
    events = select(AuditEvent.entity_id).where(AuditEvent.action == "record.added")
    assert db_session.scalars(events.order_by(AuditEvent.seq.desc()).limit(1)).one() == added["id"]
    Program(clerk).post(f"{resource}/{added['id']}/withdraw", {"reason": "បញ្ចូលច្រឡំ"}, 200)
