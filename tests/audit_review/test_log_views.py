"""Log views: the auditor opens the log, the case replay and the weekly report; administrators do not."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import update

import config
from app.accounts.models import User
from app.audit_review import bulk_access_alert, weekly_report
from app.extensions import db
from app.kernel.actor import Actor
from app.kernel.audit import recorder
from app.kernel.audit.anchors import write_anchor
from app.kernel.audit.recorder import AuditEvent
from app.kernel.text import dates
from tests.court_orders.sample_orders import make_order
from tests.imports.sample_files import run_jobs
from tests.sample_rows import acting_as, add_registered_case, make_registered_person

PAGES = ("/log/list/", "/log/list/?action=access.", "/log/weekly-report", "/log/canaries", "/log/show/1")


@pytest.fixture
def auditor(client_as):
    return client_as("auditor", "en")


def test_auditor_opens_every_log_page(auditor, clerk, case, each_database):
    clerk.get(f"/case/show/{case.id}")
    for page in (*PAGES, f"/log/case/{case.id}"):
        assert auditor.get(page).status_code == 200, page


@pytest.mark.parametrize("username", ["admin", "admin.bb", "chief.bb", "clerk.bb", "manager"])
def test_other_roles_cannot_open_the_log(client_as, username):
    client = client_as(username)
    assert {client.get(page).status_code for page in PAGES} <= {302, 403}


def test_log_filters_find_matching_entries(auditor, clerk, client_as, suspect, each_database):
    clerk.get(f"/person/show/{suspect.id}")
    client_as("chief.bb").get(f"/person/show/{suspect.id}")
    day = f"{dates.now():%d/%m/%Y}"
    filters = {
        "who": "clerk.bb",
        "action": "access.viewed",
        "entity": "person",
        "id": str(suspect.id),
        "since": day,
        "until": day,
    }
    response = auditor.send("/log/search", filters)
    assert "clerk" not in response.location and f"user={suspect.recorded_by_id}" in response.location
    page = auditor.page(response.location)
    assert len(page.all("tbody")[0].all("tr")) == 1
    tomorrow = f"{dates.now() + timedelta(days=1):%d/%m/%Y}"
    assert not auditor.page(f"/log/list/?since={tomorrow}").all("tbody")
    assert not auditor.page("/log/list/?outcome=alarm").all("tbody")


INVALID_DATES = [("31/02/2026", "ខែទី២ គ្មានថ្ងៃទី៣១ ទេ។"), ("05/03/2569", "២០២៦"), ("yesterday", "ថ្ងៃ/ខែ/ឆ្នាំ")]


@pytest.mark.parametrize(("typed", "message"), INVALID_DATES)
@pytest.mark.parametrize("name", ["since", "until"])
def test_log_invalid_date_is_reported_at_its_field(client_as, case, name, typed, message):
    auditor = client_as("auditor")
    page = auditor.page(auditor.send("/log/search", {name: typed, "entity": "case"}).location, 422)
    assert message in page.by_id(f"{name}-bad").text
    assert page.by_id(name)["value"] == typed
    assert page.by_id("entity").all("option", selected=True)[0]["value"] == "case"
    assert not page.all("tbody")
    auditor.page(f"/log/weekly-report?until={typed}", status=400)


def test_log_is_paginated(auditor, case, db_session):
    for _number in range(60):
        recorder.record_now("access.printed", "case", case.id)
    first = auditor.page("/log/list/?action=access.printed")
    older = next(a["href"] for a in first.all("a", href=True) if "before=" in a["href"])
    rows = [page.all("tbody")[0].all("tr") for page in (first, auditor.page(older))]
    assert [len(found) for found in rows] == [50, 10]


def test_case_replay_shows_rows_and_views(auditor, clerk, case, db_session):
    with acting_as("clerk.bb"):
        assert (case.place_kind, case.involvements[1].injury) == ("shop", "none")
        case.place_kind = "house"
        case.involvements[1].injury = "slight"
        db_session.commit()
    clerk.get(f"/case/show/{case.id}")
    response = auditor.send("/log/case", {"number": case.number})
    text = auditor.page(response.location).text
    assert case.number in text and "Shop" in text and "opened: Case" in text
    assert "Slight" not in text and "not shown here" in text, (
        "for persons only the names of the changed fields"
    )
    assert auditor.send("/log/case", {"number": "99-2026-000001"}).location == "/log/list/"


def test_log_shows_no_name_of_an_order(auditor, db_session, each_database):
    """The name on an order is that of a person, also of one who is not registered."""
    order = make_order(surname_km="ហ៊ុនលី", father_name="ស៊ុនហេង")
    with acting_as("warrant.bb"):
        order.surname_km, order.father_name, order.note = "ហ៊ុនលៀប", "ស៊ុនហួត", "កំណត់សម្គាល់ថ្មី"
        db_session.commit()
    event = db_session.query(AuditEvent).filter_by(entity="court_order", action="record.changed").one()
    text = auditor.page(f"/log/show/{event.seq}").text
    assert "not shown here" in text and "កំណត់សម្គាល់ថ្មី" in text
    assert not any(name in text for name in ("ហ៊ុនលី", "ហ៊ុនលៀប", "ស៊ុនហេង", "ស៊ុនហួត"))


def test_reading_the_log_is_audited(auditor, log):
    auditor.get("/log/show/1")
    assert [(entry.entity, entry.entity_id) for entry in log("access.viewed")] == [("audit_event", 1)]


def test_log_urls_contain_no_personal_name(auditor, clerk, suspect, caplog):
    with caplog.at_level(logging.DEBUG):
        clerk.send("/find/", {"q": suspect.surname_km})
        clerk.get(f"/person/show/{suspect.id}")
        pages = [auditor.page(page) for page in PAGES]
    links = " ".join(a["href"] for page in pages for a in page.all("a", href=True))
    assert suspect.surname_km not in links + caplog.text


# Weekly report


def find_officer_access(username):
    user = db.session.query(User).filter_by(username=username).one()
    found = [one for one in weekly_report.build_report().officers if one.user_id == user.id]
    return found[0] if found else None


def test_weekly_report_lists_unusual_access(app, client_as, db_session, each_database):
    with acting_as("clerk.pp"):
        child = make_registered_person(surname_km="ហេង", born_on=dates.now().date() - timedelta(days=4000))
        other = make_registered_person(3)
        case = add_registered_case(people=[(child, "suspect"), (other, "suspect")], place="020310")
        db_session.commit()
    chief = client_as("chief.bb")  # ហេង ដារ៉ា, who sees suspects below 18 of the area
    for person in (child, other):
        assert chief.get(f"/person/show/{person.id}").status_code == 200
    with acting_as("chief.bb"):
        case.place_kind = "house"
        db_session.commit()
    chief.get(f"/person/show/{other.id}")
    found = find_officer_access("chief.bb")
    assert (found.view_count, found.people) == (3, {child.id, other.id})
    assert found.namesakes == {child.id} and found.minors == {child.id}
    assert not found.without_work, "the officer worked on the case of both people"
    assert found.peak == 2 and not found.is_over_limit


def test_view_without_work_in_the_week_is_listed(client_as, db_session, suspect):
    client_as("chief.bb").get(f"/person/show/{suspect.id}")
    assert find_officer_access("chief.bb").without_work == {suspect.id}


def test_full_week_is_signed_with_a_note(auditor, log):
    (address, *_rest) = [
        one["href"] for one in auditor.page("/log/weekly-report").all("a") if "until=" in one["href"]
    ]
    for note in (" ", "a bell \x07 in the note"):
        assert auditor.send(address, {"note": note}).status_code == 302 and not log("weekly_report.signed")
    auditor.send(address, {"note": "asked two officers, both had a case"})
    auditor.send(address, {"note": "signed a second time"})
    (event,) = log("weekly_report.signed")
    assert event.actor_id is not None
    assert "both had a case" in auditor.page(address).text
    assert "asked two officers" not in str(event.facts["week"])


@pytest.mark.parametrize("until", ["", "01/01/2020", f"{dates.now() + timedelta(days=9):%d/%m/%Y}"])
def test_other_weeks_cannot_be_signed(auditor, until, log):
    assert auditor.send(f"/log/weekly-report?until={until}", {"note": "a note"}).status_code == 404
    assert not log("weekly_report.signed")


def test_log_is_verified_as_background_work(
    auditor, db_session, case, each_database, log, tmp_path, monkeypatch
):
    monkeypatch.setattr(config, "ANCHOR_DIR", tmp_path)
    write_anchor(db_session.connection())
    first, second = (auditor.send("/log/verification", {}).location for _click in range(2))
    assert first == second, "a second click starts no second job"
    db_session.rollback()
    run_jobs()
    (event,) = log("audit.verified")
    assert (event.outcome, event.facts["status"]) == ("ok", 0)
    assert "unchanged" in auditor.page("/log/list/").by_id("main").text


def test_entry_names_the_number_of_the_case(auditor, clerk, case):
    clerk.get(f"/case/show/{case.id}")
    page = auditor.page("/log/list/?action=access.viewed&entity=case")
    assert case.number in page.all("tbody")[0].text


def test_night_views_are_counted(app, db_session, suspect):
    event = recorder.AuditEvent(
        action="access.listed", entity="person", at=dates.datetime(2026, 3, 4, 16, 30)
    )  # 23:30
    officer = weekly_report.OfficerAccess(1)
    weekly_report._count_event(officer, event)
    event.at = dates.datetime(2026, 3, 4, 3, 0)  # 10:00
    weekly_report._count_event(officer, event)
    assert (officer.view_count, officer.night_count) == (2, 1)


def test_peak_uses_any_sixty_minutes():
    start = dates.datetime(2026, 3, 4, 9, 50)
    opened = [(start + timedelta(minutes=3 * number), number) for number in range(30)]
    assert weekly_report._find_peak(opened) == 20
    assert weekly_report._find_peak([(start, 1), (start, 1)]) == 1


@pytest.mark.parametrize("processes", ["one", "many"])
def test_bulk_access_outside_own_cases_alerts_auditors(clerk, client_as, db_session, log, processes):
    with acting_as("clerk.pp"):
        people = [make_registered_person(number) for number in range(22)]
        add_registered_case(people=[(person, "suspect") for person in people], place="020310")
        db_session.commit()
        ids = [person.id for person in people]
    for person_id in ids[:20]:
        clerk.get(f"/person/show/{person_id}")
    assert not log("access.bulk_viewed")
    for person_id in ids[20:]:
        if processes == "many":  # each request is answered by a process that has seen no one opened yet
            bulk_access_alert._seen.clear()
        clerk.get(f"/person/show/{person_id}")
    (alarm,) = log("access.bulk_viewed")
    assert (alarm.outcome, alarm.facts["count"]) == ("alarm", 21)
    assert "21" in client_as("auditor", "en").page("/inbox/list/").text
    assert [event.action for event in weekly_report.build_report().alarms] == ["access.bulk_viewed"]


def test_bulk_access_to_own_cases_raises_no_alarm(clerk, db_session, log):
    with acting_as("clerk.bb"):
        people = [make_registered_person(number) for number in range(22)]
        add_registered_case(people=[(person, "suspect") for person in people])
        db_session.commit()
        ids = [person.id for person in people]
    for person_id in ids:
        clerk.get(f"/person/show/{person_id}")
    assert not log("access.bulk_viewed")


def test_report_lines_name_officers_only(clerk, suspect, db_session):
    clerk.get(f"/person/show/{suspect.id}")
    text = "\n".join(weekly_report.format_lines(weekly_report.build_report()))
    assert "clerk.bb" in text
    assert suspect.given_km not in text


def test_entry_without_a_user_is_by_the_system(app, db_session, auditor):
    recorder.record_now("system.updated", actor=Actor())
    db_session.execute(update(User).where(User.username == "clerk.bb").values(name_km=None))
    db_session.commit()
    assert "E-Crime was updated" in auditor.page("/log/list/?action=system.updated").text


def test_entry_facts_are_shown_as_labels(auditor, clerk, case, db_session):
    with acting_as("clerk.bb"):
        fields = {"fields": ["place_kind", "void_reason"], "kind": "void", "correction": 3}
        recorder.record(db.session, "correction.requested", "case", case.id, **fields)
        recorder.record(
            db.session, "access.searched", "person", source="quick", unit="PC-02", began="2026-03-05T14:30:00"
        )
        db.session.commit()
    newest = auditor.page("/log/list/?action=correction.requested").all("a", href=True)
    (request_url,) = {one["href"] for one in newest if one["href"].startswith("/log/show/")}
    text = auditor.page(request_url).text
    assert "C-0003" in text and "place_kind" not in text and "void_reason" not in text, text
    newest = auditor.page("/log/list/?action=access.searched").all("a", href=True)
    (search_url,) = {one["href"] for one in newest if one["href"].startswith("/log/show/")}
    text = auditor.page(search_url).text
    assert "quick" not in text and "PC-02" not in text and "2026-03-05T" not in text, text


def test_reference_data_change_shows_code_and_values(auditor, client_as):
    twg = client_as("twg")
    for url, changed in (
        ("/timelimit/edit/custody", {"basis": "CPC 96"}),
        ("/prison/edit/CC1", {"name_en": "Correctional Centre 1 (men)"}),
    ):
        form = {
            name: values[0]
            for name, values in twg.page(url).typed().items()
            if name not in ("q", "csrf_token")
        }
        assert twg.send(url, form | changed).status_code == 302
    text = auditor.page("/log/list/?action=record.changed").text
    assert "Time limit custody" in text and "Prison CC1" in text
    links = auditor.page("/log/list/?action=record.changed").all("a", href=True)
    prison, limit = list(dict.fromkeys(one["href"] for one in links if one["href"].startswith("/log/show/")))[
        :2
    ]
    assert "→ Correctional Centre 1 (men)" in auditor.page(prison).text
    assert "→ CPC 96" in auditor.page(limit).text
