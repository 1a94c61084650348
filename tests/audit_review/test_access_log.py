"""Access log: one entry for each search, view, file and printout, before anything is shown."""

import logging

import pytest
from sqlalchemy import update

from app.extensions import db
from app.kernel.actor import act_as, actor_of
from app.kernel.audit import access_log, recorder
from app.kernel.audit.typeahead_searches import OpenSearch, close_searches
from tests.sample_rows import add_photo

JSON = {"Accept": "application/json"}


def test_each_access_path_writes_one_entry(clerk, case, suspect, log, each_database):
    person_id, file_id = suspect.id, case.files[0].id
    paths = {
        ("access.viewed", "person"): lambda: clerk.get(f"/person/show/{person_id}"),
        ("access.viewed", "case"): lambda: clerk.get(f"/case/show/{case.id}"),
        ("access.listed", "person"): lambda: clerk.get("/person/list/?_flt_0_sex=M"),
        ("access.searched", "person"): lambda: clerk.send("/find/", {"q": "សុខ"}),
        ("access.file_viewed", "case_file"): lambda: clerk.get(f"/file/case-file/{file_id}/full"),
        ("access.printed", "person"): lambda: clerk.send(f"/print-log/person/{person_id}"),
    }
    for (action, entity), open_path in paths.items():
        open_path()
        entry = log(action)[-1]
        assert (entry.entity, entry.purpose, entry.outcome) == (entity, "investigation", "ok"), action
        assert (
            entry.actor_id and entry.unit_code == "PC-02" and entry.session_ref and entry.address and entry.at
        )
    assert log("access.viewed")[0].facts["people"] == [person_id]
    assert set(log("access.viewed")[1].facts["people"]) == {row.person_id for row in case.involvements}


def test_add_form_with_the_name_of_a_person_is_logged(clerk, suspect, log):
    clerk.get("/persondocument/add")
    assert not log("access.viewed")
    clerk.get(f"/persondocument/add?person={suspect.id}")
    (entry,) = log("access.viewed")
    assert (entry.entity, entry.entity_id, entry.facts["people"]) == ("person", suspect.id, [suspect.id])


def test_refused_form_with_the_name_of_a_person_is_logged(clerk, suspect, log, each_database):
    answer = clerk.send(f"/persondocument/add?person={suspect.id}", {"person": suspect.id})
    assert answer.status_code == 422 and suspect.given_km in answer.text
    assert [(one.entity, one.entity_id) for one in log("access.viewed")] == [("person", suspect.id)]


def test_thumbnail_is_logged_only_without_its_page_token(clerk, suspect, db_session, log):
    add_photo(suspect)
    db_session.commit()
    pictures = clerk.page(f"/person/show/{suspect.id}").all("img", src=True)
    picture = next(one for one in pictures if "/file/person-photo/" in one["src"])
    clerk.get(picture["src"])
    assert not log("access.file_viewed")
    clerk.get(picture["src"].partition("?")[0])
    (entry,) = log("access.file_viewed")
    assert (entry.entity, entry.facts["people"]) == ("person_photo", [suspect.id])


def test_correction_page_is_logged_as_view_of_the_record(client_as, case, suspect, db_session, log):
    assert client_as("chief.bb").get(f"/correction/request/person/{suspect.id}").status_code == 200
    (entry,) = log("access.viewed")
    assert (entry.entity, entry.entity_id, entry.purpose) == ("person", suspect.id, "data_quality")
    assert entry.facts["people"] == [suspect.id]


def test_api_writes_the_same_entries_as_the_pages(clerk, suspect, log):
    clerk.get(f"/api/v1/persons/{suspect.id}")
    clerk.get("/api/v1/persons/")
    clerk.post("/api/v1/persons/search", json={}, headers={"X-CSRFToken": clerk.token})
    assert [entry.entity_id for entry in log("access.viewed")] == [suspect.id]
    assert len(log("access.listed")) == 2


def test_opened_record_is_logged_once_per_request(clerk, suspect, log):
    clerk.get(f"/person/edit/{suspect.id}")
    assert len(log("access.viewed")) == 1


def test_lists_without_personal_input_write_no_entry(clerk, case, log):
    for page in ("/case/list/", "/case/list/?_flt_0_status=open", "/place/list/", "/exhibit/list/"):
        clerk.get(page)
    assert not log("access.listed")


def test_typed_text_is_stored_outside_the_hash_chain(clerk, suspect, log):
    response = clerk.send("/person/search", {"_flt_0_given_km": "ដារ៉ា"})
    clerk.get(response.location)
    (entry,) = log("access.listed")
    assert entry.facts["private"] == {"_flt_0_given_km": "ដារ៉ា"}
    assert entry.facts["ids"] == [suspect.id]
    assert "ដារ៉ា" not in str([getattr(entry, column.key) for column in entry.__table__.columns])


def test_missing_or_hidden_record_writes_no_view(clerk, client_as, suspect, log):
    assert clerk.get("/person/show/999999").status_code == 404
    assert client_as("clerk.pp").get(f"/person/show/{suspect.id}").status_code == 404
    assert not log("access.viewed")


def request_suggestions(client, *texts, draft=""):
    for text in texts:
        client.send("/lookup/person", {"q": text, "draft": draft}, headers=JSON)


def test_suggestions_are_one_entry_with_the_last_text(clerk, suspect, log, each_database):
    request_suggestions(clerk, "សុ", "សុខ", "សុខ ដ")
    assert not log("access.searched")
    request_suggestions(clerk, "")  # the user leaves the field
    (entry,) = log("access.searched")
    assert entry.facts["private"]["text"] == "សុខ ដ"
    assert suspect.id in entry.facts["people"]


def test_new_search_closes_the_previous_search(clerk, suspect, log):
    request_suggestions(clerk, "សុខ", "ចាន់")
    (entry,) = log("access.searched")
    assert entry.facts["private"]["text"] == "សុខ"


def test_idle_search_is_closed_after_one_minute(app, clerk, suspect, db_session, log):
    request_suggestions(clerk, "សុខ")
    close_searches()
    assert not log("access.searched")
    db_session.execute(update(OpenSearch).values(last_at=OpenSearch.started_at.type.python_type(2026, 1, 1)))
    db_session.commit()
    close_searches()
    assert len(log("access.searched")) == 1
    close_searches()
    assert len(log("access.searched")) == 1, "it is closed once"


@pytest.fixture
def broken_log(db_session):
    """Make the database refuse new audit log entries."""
    trigger = "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    db_session.connection().exec_driver_sql(trigger)
    db_session.commit()
    yield
    db_session.connection().exec_driver_sql("DROP TRIGGER full")
    db_session.commit()


def test_page_without_a_writable_audit_log_shows_no_data(clerk, case, suspect, broken_log, caplog):
    name = suspect.given_km
    with caplog.at_level(logging.CRITICAL):
        for page in (
            f"/person/show/{suspect.id}",
            f"/case/show/{case.id}",
            "/person/list/",
            "/api/v1/persons/",
        ):
            response = clerk.get(page)
            assert response.status_code == 503 and name not in response.text, page
        response = clerk.send("/find/", {"q": "សុខ"})
        assert response.status_code == 503 and name not in response.text
    assert [record for record in caplog.records if record.levelno == logging.CRITICAL]


def test_no_url_or_service_log_contains_a_name(clerk, suspect, caplog):
    names = (suspect.surname_km, suspect.given_km, suspect.surname_latin, suspect.given_latin.split()[0])
    with caplog.at_level(logging.DEBUG):
        response = clerk.send("/person/search", {"_flt_0_given_km": suspect.given_km})
        pages = [response.location, f"/person/show/{suspect.id}", "/person/list/"]
        request_suggestions(clerk, suspect.surname_km, "")
        clerk.send("/find/", {"q": suspect.surname_km})
        shown = [clerk.page(page) for page in pages]
    links = [a["href"] for page in shown for a in page.all("a", href=True)]
    assert not [text for text in [*pages, *links, caplog.text] for name in names if name in text]


def test_masked_person_is_not_among_the_people_shown(db_session, case):
    row = case.involvements[0]
    assert access_log.find_person_ids([row]) == [row.person_id]
    row.__dict__["person"] = None  # as in a session that may not see the person
    assert access_log.find_person_ids([row]) == []
    db_session.rollback()


def test_view_in_a_writing_session_is_refused(db_session, case):
    act_as(db.session, actor_of(db.session))
    with pytest.raises(recorder.AuditWriteFailed):
        case.summary += "។"
        db_session.flush()
        recorder.record_now("access.viewed", "case", case.id)
