"""The auditor reads the log, the life of a case and the weekly report; the administrator does not."""

import logging
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.accounts.models import User
from app.audit_review import weekly_report
from app.extensions import db
from app.kernel.actor import Actor
from app.kernel.audit import recorder
from app.kernel.text import dates
from tests.sample_rows import a_registered_case, a_registered_person, written_by

PAGES = ("/log/list/", "/log/list/?action=look.", "/log/week", "/log/canaries", "/log/show/1")


@pytest.fixture
def auditor(client_as):
    return client_as("auditor", "en")


def test_the_auditor_reads_every_page_of_the_log(auditor, clerk, case, each_database):
    clerk.get(f"/case/show/{case.id}")
    for page in (*PAGES, f"/log/case/{case.id}"):
        assert auditor.get(page).status_code == 200, page


@pytest.mark.parametrize("username", ["admin", "admin.bb", "chief.bb", "clerk.bb", "manager"])
def test_nobody_else_does(client_as, username):
    client = client_as(username)
    assert {client.get(page).status_code for page in PAGES} <= {302, 403}


def test_entries_are_found_by_who_what_when_and_outcome(auditor, clerk, client_as, suspect, each_database):
    clerk.get(f"/person/show/{suspect.id}")
    client_as("chief.bb").get(f"/person/show/{suspect.id}")
    day = f"{dates.now():%d/%m/%Y}"
    sought = {
        "who": "clerk.bb",
        "action": "look.open",
        "entity": "person",
        "id": str(suspect.id),
        "since": day,
        "until": day,
    }
    answer = auditor.send("/log/search", sought)
    assert "clerk" not in answer.location and f"user={suspect.recorded_by_id}" in answer.location
    page = auditor.page(answer.location)
    assert len(page.all("tbody")[0].all("tr")) == 1
    tomorrow = f"{dates.now() + timedelta(days=1):%d/%m/%Y}"
    assert not auditor.page(f"/log/list/?since={tomorrow}").all("tbody")
    assert not auditor.page("/log/list/?outcome=alarm").all("tbody")


NO_DAYS = [("31/02/2026", "ខែទី២ គ្មានថ្ងៃទី៣១ ទេ។"), ("05/03/2569", "២០២៦"), ("yesterday", "ថ្ងៃ/ខែ/ឆ្នាំ")]


@pytest.mark.parametrize(("typed", "said"), NO_DAYS)
@pytest.mark.parametrize("box", ["since", "until"])
def test_what_is_no_day_is_told_beside_its_box_and_is_not_passed_over(client_as, case, box, typed, said):
    auditor = client_as("auditor")
    page = auditor.page(auditor.send("/log/search", {box: typed, "entity": "case"}).location, 422)
    assert said in page.by_id(f"{box}-bad").text
    assert page.by_id(box)["value"] == typed
    assert page.by_id("entity").all("option", selected=True)[0]["value"] == "case"
    assert not page.all("tbody")
    auditor.page(f"/log/week?until={typed}", status=400)


def test_the_log_is_read_page_by_page(auditor, case, db_session):
    for _number in range(60):
        recorder.tell("look.print", "case", case.id)
    first = auditor.page("/log/list/?action=look.print")
    older = next(a["href"] for a in first.all("a", href=True) if "before=" in a["href"])
    rows = [page.all("tbody")[0].all("tr") for page in (first, auditor.page(older))]
    assert [len(found) for found in rows] == [50, 10]


def test_a_case_is_replayed_by_its_number_with_its_rows_and_looks(auditor, clerk, case, db_session):
    with written_by("clerk.bb"):
        assert (case.place_kind, case.involvements[1].injury) == ("shop", "none")
        case.place_kind = "house"
        case.involvements[1].injury = "slight"
        db_session.commit()
    clerk.get(f"/case/show/{case.id}")
    answer = auditor.send("/log/case", {"number": case.number})
    told = auditor.page(answer.location).text
    assert case.number in told and "Shop" in told and "opened: Case" in told
    assert "Slight" not in told and "not shown here" in told, "of people only which fields changed"
    assert auditor.send("/log/case", {"number": "99-2026-000001"}).location == "/log/list/"


def test_that_the_log_was_read_stands_in_it(auditor, log):
    auditor.get("/log/show/1")
    assert [(entry.entity, entry.entity_id) for entry in log("look.open")] == [("audit_event", 1)]


def test_no_name_of_a_person_stands_in_an_address_of_the_log(auditor, clerk, suspect, caplog):
    with caplog.at_level(logging.DEBUG):
        clerk.send("/find/", {"q": suspect.surname_km})
        clerk.get(f"/person/show/{suspect.id}")
        pages = [auditor.page(page) for page in PAGES]
    links = " ".join(a["href"] for page in pages for a in page.all("a", href=True))
    assert suspect.surname_km not in links + caplog.text


# The weekly report


def looks_of(username):
    user = db.session.query(User).filter_by(username=username).one()
    found = [one for one in weekly_report.report().officers if one.user_id == user.id]
    return found[0] if found else None


def test_the_report_names_what_is_odd(app, client_as, db_session, each_database):
    with written_by("clerk.pp"):
        child = a_registered_person(surname_km="ព្រំ", born_on=dates.now().date() - timedelta(days=4000))
        other = a_registered_person(3)
        case = a_registered_case(people=[(child, "suspect"), (other, "suspect")], place="020310")
        db_session.commit()
    clerk = client_as("clerk.bb")  # ព្រំ សុភា
    for person in (child, other):
        assert clerk.get(f"/person/show/{person.id}").status_code == 200
    with written_by("clerk.bb"):
        case.place_kind = "house"
        db_session.commit()
    clerk.get(f"/person/show/{other.id}")
    found = looks_of("clerk.bb")
    assert (found.looks, found.people) == (3, {child.id, other.id})
    assert found.namesakes == {child.id} and found.minors == {child.id}
    assert found.without_work == {other.id}, "he was opened again after the last work on his case"
    assert found.busiest == 2 and not found.is_too_busy


def test_looks_at_night_are_counted(app, db_session, suspect):
    event = recorder.AuditEvent(
        action="look.list", entity="person", at=dates.datetime(2026, 3, 4, 16, 30)
    )  # 23:30
    officer = weekly_report.Officer(1)
    weekly_report._count(officer, event)
    event.at = dates.datetime(2026, 3, 4, 3, 0)  # 10:00
    weekly_report._count(officer, event)
    assert (officer.looks, officer.nights) == (2, 1)


def test_an_hour_is_any_sixty_minutes():
    start = dates.datetime(2026, 3, 4, 9, 50)
    opened = [(start + timedelta(minutes=3 * number), number) for number in range(30)]
    assert weekly_report._busiest(opened) == 20
    assert weekly_report._busiest([(start, 1), (start, 1)]) == 1


def test_more_than_twenty_people_outside_own_cases_in_an_hour_alarm_the_auditors(
    clerk, client_as, db_session, log
):
    with written_by("clerk.pp"):
        people = [a_registered_person(number) for number in range(22)]
        a_registered_case(people=[(person, "suspect") for person in people], place="020310")
        db_session.commit()
        ids = [person.id for person in people]
    for person_id in ids[:20]:
        clerk.get(f"/person/show/{person_id}")
    assert not log("look.many")
    for person_id in ids[20:]:
        clerk.get(f"/person/show/{person_id}")
    (alarm,) = log("look.many")
    assert (alarm.outcome, alarm.facts["count"]) == ("alarm", 21)
    assert "21" in client_as("auditor", "en").page("/inbox/list/").text
    assert [event.action for event in weekly_report.report().alarms] == ["look.many"]


def test_the_people_of_ones_own_cases_are_no_alarm(clerk, db_session, log):
    with written_by("clerk.bb"):
        people = [a_registered_person(number) for number in range(22)]
        a_registered_case(people=[(person, "suspect") for person in people])
        db_session.commit()
        ids = [person.id for person in people]
    for person_id in ids:
        clerk.get(f"/person/show/{person_id}")
    assert not log("look.many")


def test_the_report_for_the_terminal_names_officers_and_nobody_else(clerk, suspect, db_session):
    clerk.get(f"/person/show/{suspect.id}")
    told = "\n".join(weekly_report.told(weekly_report.report()))
    assert "clerk.bb" in told
    assert suspect.given_km not in told


def test_an_entry_without_a_user_is_the_registers(app, db_session, auditor):
    recorder.tell("register.updated", actor=Actor())
    db_session.execute(update(User).where(User.username == "clerk.bb").values(name_km=None))
    db_session.commit()
    assert "The register" in auditor.page("/log/list/?action=register.updated").text


def test_what_an_entry_tells_is_told_in_words(auditor, clerk, case, db_session):
    with written_by("clerk.bb"):
        fields = {"fields": ["place_kind", "void_reason"], "kind": "void", "correction": 3}
        recorder.note(db.session, "correction.asked", "case", case.id, **fields)
        recorder.note(
            db.session, "look.search", "person", source="quick", unit="PC-02", began="2026-03-05T14:30:00"
        )
        db.session.commit()
    newest = auditor.page("/log/list/?action=correction.asked").all("a", href=True)
    (asked,) = {one["href"] for one in newest if one["href"].startswith("/log/show/")}
    told = auditor.page(asked).text
    assert "C-0003" in told and "place_kind" not in told and "void" not in told, told
    newest = auditor.page("/log/list/?action=look.search").all("a", href=True)
    (looked,) = {one["href"] for one in newest if one["href"].startswith("/log/show/")}
    told = auditor.page(looked).text
    assert "quick" not in told and "PC-02" not in told and "2026-03-05T" not in told, told


def test_a_change_of_reference_data_is_told_by_its_code_and_its_values(auditor, client_as):
    twg = client_as("twg")
    for url, changed in (
        ("/timelimit/edit/custody", {"amount": "47"}),
        ("/law/edit/PC2009", {"valid_to": "01/02/2027"}),
    ):
        form = {
            name: values[0]
            for name, values in twg.page(url).typed().items()
            if name not in ("q", "csrf_token")
        }
        assert twg.send(url, form | changed).status_code == 302
    told = auditor.page("/log/list/?action=change").text
    assert "Time limit custody" in told and "Law PC2009" in told
    links = auditor.page("/log/list/?action=change").all("a", href=True)
    law, limit = list(dict.fromkeys(one["href"] for one in links if one["href"].startswith("/log/show/")))[:2]
    assert "In force until — → 01/02/2027" in auditor.page(law).text
    assert "Amount 48 → 47" in auditor.page(limit).text
