"""An official report is drafted, issued by a second officer, and never changes."""

import hashlib
import io
from datetime import date, timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update
from sqlalchemy.exc import DatabaseError

from app.extensions import db
from app.inbox.models import Message
from app.kernel.text import dates
from app.statistics import update_job
from app.statistics.models import OfficialReport, OfficialReportFile
from app.statistics.official_reports import actions
from app.statistics.periods import InvalidPeriod
from tests.html_pages import Page
from tests.sample_rows import PHNOM_PENH, acting_as, add_registered_case
from tests.special_access.sample_cases import find_user

LAST_MONTH = dates.now().date().replace(day=1) - timedelta(days=1)


@pytest.fixture
def cases(session):
    add_cases("020310", "020310", PHNOM_PENH)
    return session


def add_cases(*places):
    at = dates.now().replace(year=LAST_MONTH.year, month=LAST_MONTH.month, day=10, hour=9)
    with acting_as("clerk.bb"):
        for place in places:
            add_registered_case(place, occurred_from=at, occurred_to=at, reported_at=at)
    db.session.commit()
    update_job.update_figures(db.session)


def draft(client, unit="PC-02", kind="month", day=None, **more):
    typed = {"unit": unit, "kind": kind, "day": day or f"{LAST_MONTH:%d/%m/%Y}", "remarks": "ល្អ"} | more
    return client.send("/officialreport/draft", typed)


def decide(client, pk, verdict="issue", review=""):
    return client.send(f"/officialreport/review/{pk}", {"verdict": verdict, "review": review})


def find_messages():
    found = db.session.scalars(
        select(Message).where(Message.text_key.startswith("report.")).order_by(Message.id)
    )
    return [(one.text_key, one.to_role) for one in found]


def load(pk):
    db.session.expire_all()
    return db.session.get(OfficialReport, pk)


def draft_id(client, **typed):
    response = draft(client, **typed)
    assert response.status_code == 302, response.text
    return int(response.location.rpartition("/")[2])


def test_second_officer_issues_files_that_never_change(cases, client_as, each_database):
    pk = draft_id(client_as("chief.bb"))
    assert decide(client_as("chief.bb"), pk).status_code == 403
    assert decide(client_as("planning"), pk).status_code == 302
    assert find_messages() == [("report.drafted", "Head of planning"), ("report.issued", None)]
    report = load(pk)
    assert (report.state, report.number) == ("issued", f"R-{dates.now().year}-{pk:05d}")
    assert report.figures["total"] == [2, 0]
    assert [file.name for file in report.files] == ["report-km.pdf", "report-en.pdf", "report.xlsx"]
    client = client_as("chief.bb")
    for file in report.files:
        content = client.get(f"/officialreport/file/{pk}/{file.name}").data
        assert hashlib.sha256(content).hexdigest() == file.sha256
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.get_sheet_by_index(0).to_python()[1][1] == 2
    assert decide(client_as("planning"), pk).status_code == 409
    for statement in (
        update(OfficialReport).values(remarks="x"),
        update(OfficialReport).values(review="x"),
        update(OfficialReportFile).values(content=b"x"),
    ):
        with pytest.raises(DatabaseError):
            db.session.execute(statement)
        db.session.rollback()


def test_second_account_of_the_author_cannot_issue(cases, client_as, each_database):
    pk = draft_id(client_as("chief.bb"))
    for name in ("chief.bb", "planning"):
        find_user(name).phone = "012 345 678"
    db.session.commit()
    assert decide(client_as("planning"), pk).status_code == 403
    assert load(pk).state == "drafted"


def test_later_changes_appear_as_a_revision(cases, client_as):
    chief, planner = client_as("chief.bb", "en"), client_as("planning")
    pk = draft_id(chief)
    decide(planner, pk)
    assert "Nothing has changed" in chief.get(f"/officialreport/compare/{pk}").text
    add_cases("020310")
    assert "Draft a revision" in chief.get(f"/officialreport/compare/{pk}").text
    revision = draft_id(chief)
    decide(planner, revision)
    assert load(revision).revision_of_id == pk and load(pk).figures["total"] == [2, 0]
    page = chief.get(f"/officialreport/show/{revision}").text
    assert "What this revision changes" in page and load(pk).number in page


def test_double_click_drafts_one_report(cases, client_as):
    chief = client_as("chief.bb")
    assert draft(chief).location == draft(chief).location
    assert len(db.session.scalars(select(OfficialReport)).all()) == 1


def test_wrong_input_is_kept_and_explained(cases, client_as):
    chief = client_as("chief.bb", "en")
    for typed, text in (
        ({"unit": "PC-12"}, "Choose a unit"),
        ({"unit": ""}, "Choose a unit"),
        ({"kind": "decade"}, "Choose the kind"),
        ({"day": "31/02/2026"}, 'class="message"'),
        ({"day": f"{dates.now():%d/%m/%Y}"}, "has not ended"),
        ({"day": "yesterday"}, 'class="message"'),
        ({"remarks": "x" * 4001}, "too long"),
    ):
        response = draft(chief, **{"remarks": "my remarks"} | typed)
        assert response.status_code == 422 and text in response.text, typed
        assert "my remarks" in response.text or "x" * 4000 in response.text


def test_reader_outside_the_area_sees_no_report(cases, client_as):
    pk = draft_id(client_as("planning"), unit="PC-12")
    assert client_as("chief.bb").get(f"/officialreport/show/{pk}").status_code == 404
    assert client_as("clerk.bb").get("/officialreport/list/").status_code in (302, 403)
    assert client_as("monitor").get(f"/officialreport/show/{pk}").status_code == 200
    assert load(pk).state == "drafted"
    nation = draft_id(client_as("planning"), unit="GCNP", kind="month")
    assert load(nation).area_code is None and load(nation).figures["total"] == [3, 0]
    assert client_as("chief.bb").get(f"/officialreport/show/{nation}").status_code == 404
    assert decide(client_as("monitor"), nation).status_code == 302 and len(load(nation).files) == 3


def test_returned_draft_has_a_reason_and_is_final(cases, client_as):
    pk = draft_id(client_as("chief.bb"))
    planner = client_as("planning")
    assert Page.from_response(decide(planner, pk, "return"), 422).by_id("review-bad").text, "at the field"
    assert decide(planner, pk, "return", "ខ្វះការពន្យល់").status_code == 302
    assert load(pk).state == "returned" and decide(planner, pk).status_code == 409


@pytest.mark.parametrize(
    ("kind", "day", "first", "last"),
    [
        ("week", date(2024, 2, 29), date(2024, 2, 26), date(2024, 3, 3)),
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
        ("quarter", date(2025, 12, 31), date(2025, 10, 1), date(2025, 12, 31)),
        ("half_year", date(2025, 6, 30), date(2025, 1, 1), date(2025, 6, 30)),
        ("year", date(2024, 5, 5), date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_period_contains_its_day(app, kind, day, first, last):
    with app.test_request_context():
        period = actions.find_period(kind, day, date(2026, 1, 5))
        assert (period.first, period.last) == (first, last)
        with pytest.raises(InvalidPeriod):
            actions.find_period(kind, day, last)
