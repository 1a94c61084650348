"""One row of the log for each finished search, opened record, file and print, before anything is shown."""

import logging

import pytest
from sqlalchemy import update

from app.extensions import db
from app.kernel.actor import act_as, actor_of
from app.kernel.audit import access_log, recorder
from app.kernel.audit.typeahead_searches import UnfinishedSearch, finish
from tests.sample_rows import with_photo

JSON = {"Accept": "application/json"}


def test_each_door_leaves_its_row(clerk, case, suspect, log, each_database):
    person, paper = suspect.id, case.files[0].id
    doors = {
        ("look.open", "person"): lambda: clerk.get(f"/person/show/{person}"),
        ("look.open", "case"): lambda: clerk.get(f"/case/show/{case.id}"),
        ("look.list", "person"): lambda: clerk.get("/person/list/?_flt_0_sex=M"),
        ("look.search", "person"): lambda: clerk.send("/find/", {"q": "សុខ"}),
        ("look.file", "case_file"): lambda: clerk.get(f"/file/case-file/{paper}/full"),
        ("look.print", "person"): lambda: clerk.send(f"/printed/person/{person}"),
    }
    for (action, entity), open_door in doors.items():
        open_door()
        entry = log(action)[-1]
        assert (entry.entity, entry.purpose, entry.outcome) == (entity, "investigation", "ok"), action
        assert (
            entry.actor_id
            and entry.unit_code == "PC-02"
            and entry.session_mark
            and entry.address
            and entry.at
        )
    assert log("look.open")[0].facts["people"] == [person]
    assert set(log("look.open")[1].facts["people"]) == {row.person_id for row in case.involvements}


def test_a_small_picture_belongs_to_the_page_that_shows_it_and_to_no_other_address(
    clerk, suspect, db_session, log
):
    with_photo(suspect)
    db_session.commit()
    pictures = clerk.page(f"/person/show/{suspect.id}").all("img", src=True)
    picture = next(one for one in pictures if "/file/person-photo/" in one["src"])
    clerk.get(picture["src"])
    assert not log("look.file")
    clerk.get(picture["src"].partition("?")[0])
    (entry,) = log("look.file")
    assert (entry.entity, entry.facts["people"]) == ("person_photo", [suspect.id])


def test_the_pages_of_a_correction_are_looks_at_the_record(client_as, case, suspect, db_session, log):
    assert client_as("chief.bb").get(f"/correction/ask/person/{suspect.id}").status_code == 200
    (entry,) = log("look.open")
    assert (entry.entity, entry.entity_id, entry.purpose) == ("person", suspect.id, "data_quality")
    assert entry.facts["people"] == [suspect.id]


def test_the_api_leaves_the_same_rows_as_the_pages(clerk, suspect, log):
    clerk.get(f"/api/v1/persons/{suspect.id}")
    clerk.get("/api/v1/persons/")
    clerk.post("/api/v1/persons/search", json={}, headers={"X-CSRFToken": clerk.token})
    assert [entry.entity_id for entry in log("look.open")] == [suspect.id]
    assert len(log("look.list")) == 2


def test_an_opened_record_is_one_row_however_often_it_is_read(clerk, suspect, log):
    clerk.get(f"/person/edit/{suspect.id}")
    assert len(log("look.open")) == 1


def test_a_list_of_cases_leaves_a_row_only_where_what_was_typed_is_personal(clerk, case, log):
    for page in ("/case/list/", "/case/list/?_flt_0_status=open", "/place/list/", "/exhibit/list/"):
        clerk.get(page)
    assert not log("look.list")


def test_what_was_typed_stands_beside_the_chain(clerk, suspect, log):
    answer = clerk.send("/person/search", {"_flt_0_given_km": "ដារ៉ា"})
    clerk.get(answer.location)
    (entry,) = log("look.list")
    assert entry.facts["private"] == {"_flt_0_given_km": "ដារ៉ា"}
    assert entry.facts["ids"] == [suspect.id]
    assert "ដារ៉ា" not in str([getattr(entry, column.key) for column in entry.__table__.columns])


def test_a_record_that_is_not_there_or_not_seen_leaves_none(clerk, client_as, suspect, log):
    assert clerk.get("/person/show/999999").status_code == 404
    assert client_as("clerk.pp").get(f"/person/show/{suspect.id}").status_code == 404
    assert not log("look.open")


def suggest(client, *texts, draft=""):
    for text in texts:
        client.send("/lookup/person", {"q": text, "draft": draft}, headers=JSON)


def test_suggestions_while_typing_are_one_row_with_the_last_text(clerk, suspect, log, each_database):
    suggest(clerk, "សុ", "សុខ", "សុខ ដ")
    assert not log("look.search")
    suggest(clerk, "")  # the box is left
    (entry,) = log("look.search")
    assert entry.facts["private"]["text"] == "សុខ ដ"
    assert suspect.id in entry.facts["people"]


def test_another_search_finishes_the_one_before(clerk, suspect, log):
    suggest(clerk, "សុខ", "ចាន់")
    (entry,) = log("look.search")
    assert entry.facts["private"]["text"] == "សុខ"


def test_a_search_that_nobody_goes_on_with_is_finished_after_a_minute(app, clerk, suspect, db_session, log):
    suggest(clerk, "សុខ")
    finish()
    assert not log("look.search")
    db_session.execute(
        update(UnfinishedSearch).values(last_at=UnfinishedSearch.began_at.type.python_type(2026, 1, 1))
    )
    db_session.commit()
    finish()
    assert len(log("look.search")) == 1
    finish()
    assert len(log("look.search")) == 1, "it is finished once"


@pytest.fixture
def no_log(db_session):
    """The database takes no entry of the log any more."""
    trigger = "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'disk full'); END"
    db_session.connection().exec_driver_sql(trigger)
    db_session.commit()
    yield
    db_session.connection().exec_driver_sql("DROP TRIGGER full")
    db_session.commit()


def test_where_the_log_cannot_be_written_nothing_is_shown(clerk, case, suspect, no_log, caplog):
    name = suspect.given_km
    with caplog.at_level(logging.CRITICAL):
        for page in (
            f"/person/show/{suspect.id}",
            f"/case/show/{case.id}",
            "/person/list/",
            "/api/v1/persons/",
        ):
            answer = clerk.get(page)
            assert answer.status_code == 503 and name not in answer.text, page
        answer = clerk.send("/find/", {"q": "សុខ"})
        assert answer.status_code == 503 and name not in answer.text
    assert [record for record in caplog.records if record.levelno == logging.CRITICAL]


def test_no_name_stands_in_an_address_or_a_line_of_the_program(clerk, suspect, caplog):
    names = (suspect.surname_km, suspect.given_km, suspect.surname_latin, suspect.given_latin.split()[0])
    with caplog.at_level(logging.DEBUG):
        answer = clerk.send("/person/search", {"_flt_0_given_km": suspect.given_km})
        pages = [answer.location, f"/person/show/{suspect.id}", "/person/list/"]
        suggest(clerk, suspect.surname_km, "")
        clerk.send("/find/", {"q": suspect.surname_km})
        shown = [clerk.page(page) for page in pages]
    links = [a["href"] for page in shown for a in page.all("a", href=True)]
    assert not [text for text in [*pages, *links, caplog.text] for name in names if name in text]


def test_whom_the_law_masks_is_not_among_the_people_shown(db_session, case):
    row = case.involvements[0]
    assert access_log.people_of([row]) == [row.person_id]
    row.__dict__["person"] = None  # as a session leaves it that may not see him
    assert access_log.people_of([row]) == []
    db_session.rollback()


def test_a_look_is_written_in_the_name_of_whoever_looks(db_session, case):
    act_as(db.session, actor_of(db.session))
    with pytest.raises(recorder.NotWritten):
        case.summary += "។"
        db_session.flush()
        recorder.tell("look.open", "case", case.id)
