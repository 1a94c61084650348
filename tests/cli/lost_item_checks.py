"""Checks of the model that docs/development.md adds. `test_new_model` runs them in a copy of the project."""

from datetime import date

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.extensions import db
from app.kernel.schema import bulk_save
from app.kernel.schema.fields import field_names_on
from app.kernel.schema.rules import RuleViolation
from app.kernel.screens.record_view import RecordView
from tests.cases.test_row_filter import session_as
from tests.house.test_rule_book import find_documented
from tests.html_pages import Page
from tests.locked_records import LOCKED_AGE, registered_before
from tests.sample_rows import acting_as
from tests.sql_calls import Program

TYPED = {"description": "កាបូបស្បែក", "kind": "document", "lost_on": "2026-03-01"}
LOST_ON, ELSEWHERE = date(2026, 3, 1), {"unit": "PC-12"}


@pytest.fixture
def model():
    return next(view.datamodel.obj for view in RecordView.registered if view.resource_name == "lost-items")


@pytest.fixture
def item(model, db_session):
    """Return the id of an item of Battambang that is locked."""
    with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
        row = model(**TYPED | {"lost_on": LOST_ON})
        db_session.add(row)
        db_session.commit()
        return row.id


def count_rows(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_clerk_adds_lists_searches_shows_and_edits(clerk, model, db_session):
    empty = clerk.page("/lostitem/add").typed()
    assert clerk.post("/lostitem/add", data=empty | TYPED).status_code == 302
    row = db_session.scalars(select(model)).one()
    assert row.unit_code == "PC-02"
    assert TYPED["description"] in clerk.page("/lostitem/list/").text
    found = clerk.send(
        "/lostitem/search", {"_flt_0_description": TYPED["description"]}, follow_redirects=True
    )
    assert f"/lostitem/show/{row.id}" in found.text
    assert TYPED["description"] in clerk.page(f"/lostitem/show/{row.id}").text
    typed = clerk.page(f"/lostitem/edit/{row.id}").typed()
    assert clerk.post(f"/lostitem/edit/{row.id}", data=typed | {"note": "រកឃើញ"}).status_code == 302
    db_session.expire_all()
    assert row.note == "រកឃើញ"


def test_program_adds_and_reads(clerk):
    added = Program(clerk).post("lost-items/", TYPED)["result"]
    assert Program(clerk).get(f"lost-items/{added['id']}")["result"]["description"] == TYPED["description"]


def test_item_lost_in_the_future_is_refused(clerk):
    errors = Program(clerk).post("lost-items/", TYPED | {"lost_on": "2099-01-01"}, 422)["errors"]
    assert errors["lost_on"][0]["rule"] == find_documented()[-1]


def test_first_text_leads_and_the_unit_is_last(clerk, model):
    view = next(view for view in RecordView.registered if view.resource_name == "lost-items")
    assert view.cell_kinds == {"description": "lead"}
    assert field_names_on(model, "list")[0] == field_names_on(model, "add")[0] == "description"
    assert field_names_on(model, "list")[-1] == field_names_on(model, "add")[-1] == "unit"


def test_help_of_the_screen_is_the_help_of_its_feature(clerk):
    assert "/help/clerk#after-the-save" in clerk.page("/lostitem/list/").html


def test_labels_are_in_both_languages(client_as):
    assert "Lost on" in client_as("clerk.bb", "en").page("/lostitem/add").text
    assert "ថ្ងៃបាត់" in client_as("clerk.bb", "km").page("/lostitem/add").text


def test_permissions_follow_the_table_of_roles(client_as):
    assert client_as("manager").get("/lostitem/list/").status_code == 200
    assert client_as("manager").get("/lostitem/add").status_code != 200
    assert client_as("auditor").get("/lostitem/list/").status_code in (302, 403)


def test_item_locks_after_48_hours(clerk, item, owner):
    change = {"version": 1, "description": "ផ្សេង"}
    assert "description" in Program(clerk).put(f"lost-items/{item}", change, 422)["errors"]
    with pytest.raises(DBAPIError), owner.begin() as connection:
        connection.execute(text("UPDATE lost_item SET description = 'x'"))


def test_item_is_invisible_in_another_province(client_as, item):
    assert client_as("clerk.bb").get(f"/lostitem/show/{item}").status_code == 200
    assert client_as("clerk.pp").get(f"/lostitem/show/{item}").status_code == 404
    assert TYPED["description"] not in client_as("clerk.pp").get("/lostitem/list/").text


def test_item_outside_the_scope_is_refused(clerk, model, db_session, each_database):
    refused = clerk.send("/lostitem/add", TYPED | ELSEWHERE)
    assert Page.from_response(refused, 422)
    Program(clerk).post("lost-items/", TYPED | ELSEWHERE, 422)
    values = TYPED | {"lost_on": LOST_ON, "unit_code": "PC-12"}
    for save in (_save_in_job, _save_as_import):
        with session_as("clerk.bb") as session, pytest.raises((RuleViolation, DBAPIError)):
            save(session, model, values)
        db_session.rollback()
    assert count_rows(model) == 0


def _save_in_job(session, model, values):
    session.add(model(**values))
    session.commit()


def _save_as_import(session, model, values):
    bulk_save.save_new(session, [bulk_save.new_record(model, **values)])
    session.commit()


def test_chief_requests_a_correction_of_a_locked_item(client_as, item):
    typed = {
        "description": "កាបូបខ្មៅ",
        "correction_cause": "typing_error",
        "correction_reason": "ឈ្មោះវត្ថុត្រូវបានវាយខុស តាមលិខិតរបស់ម្ចាស់។",
        "correction_letter_no": "17/26",
    }
    chief = client_as("chief.bb")
    assert chief.page(f"/correction/request/lost_item/{item}").typed()["description"] == [
        TYPED["description"]
    ]
    answer = chief.send(f"/correction/request/lost_item/{item}", typed)
    assert answer.status_code == 302, Page(answer.text).text
    assert typed["description"] in client_as("planning").page(answer.location).text
