"""The people that a user sees in a day are counted over all channels, and limited by role."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app import jobs
from app.cases.models import Case
from app.exports.models import Export
from app.extensions import db
from app.inbox.models import Message
from app.jobs.models import Job
from app.kernel.audit import daily_limit
from app.kernel.audit.daily_limit import read_limits
from app.kernel.audit.recorder import AuditEvent
from app.roles import DAILY_PEOPLE, TABLE
from tests.court_orders.sample_orders import make_order
from tests.custody.sample_rows import add_one_of_each
from tests.exports.file_contents import run_export
from tests.missing.sample_reports import add_person, add_property
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


@prepared
def people(db_session):
    """Five people, each in a case of its own, of the province of the investigator."""
    with acting_as("clerk.bb"):
        found = [make_registered_person(number=number) for number in range(1, 6)]
        for one in found:
            add_registered_case(people=[(one, "suspect")])
    db_session.commit()
    return found


@pytest.fixture
def limits(app, monkeypatch):
    """Let an investigator see three people in a day; this process has shown nobody yet."""
    daily_limit._shown.clear()
    monkeypatch.setitem(app.extensions, "ecrime.daily_people", {"Investigator": 3})


@pytest.fixture
def investigator(client_as):
    return client_as("investigator.bb")


def open_people(browser, people):
    return [browser.get(f"/person/show/{one.id}").status_code for one in people]


def test_limit_counts_pages_api_and_lookups_together(each_database, people, limits, investigator):
    assert open_people(investigator, people[:2]) == [200, 200]
    assert investigator.get(f"/api/v1/persons/{people[2].id}").status_code == 200
    refused = investigator.get(f"/person/show/{people[3].id}")
    assert refused.status_code == 429 and people[3].documents[0].number not in refused.text
    assert 0 < int(refused.headers["Retry-After"]) <= 24 * 60 * 60
    assert investigator.get(f"/api/v1/persons/{people[4].id}").status_code == 429
    assert investigator.get("/api/v1/persons/").status_code == 429
    assert investigator.get("/person/list/").status_code == 429
    found = investigator.send("/lookup/person", {"q": people[3].surname_km})
    assert found.status_code == 429 and people[3].given_km not in found.text
    assert open_people(investigator, people[:2]) == [200, 200], "people of today stay open"


def test_scans_of_custody_count_in_every_list(each_database, people, limits, investigator):
    with acting_as("clerk.bb"):
        for one in people:
            case = add_registered_case(people=[(one, "suspect")])
            add_one_of_each(case.involvements[0], "PC-02")
        db.session.commit()
    for url in ("/custodydocument/list/", "/api/v1/custody-documents/"):
        answer = investigator.get(url)
        assert answer.status_code == 429 and people[0].surname_km not in answer.text, url


def test_change_feed_names_no_document_of_a_person(each_database, people, investigator):
    changes = investigator.get("/api/v1/changes/").json["result"]
    numbers = {one["resource"]: one["number"] for one in changes}
    assert numbers["person-documents"] is None and numbers["persons"] and numbers["cases"]


def test_auditors_are_alerted_once_a_day(people, limits, investigator):
    assert open_people(investigator, people) == [200, 200, 200, 429, 429]
    messages = db.session.scalars(select(Message).where(Message.text_key == "access.limit_reached")).all()
    assert [(one.to_role, one.facts["count"]) for one in messages] == [("Auditor", 4)]
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "access.limit_reached")).all()
    assert [one.outcome for one in events] == ["alarm"]


def test_role_without_limit_and_setting_off_see_everybody(app, people, investigator, monkeypatch):
    monkeypatch.setitem(app.extensions, "ecrime.daily_people", read_limits({"Investigator": 1}, "off"))
    assert open_people(investigator, people) == [200] * 5


def test_role_without_a_limit_has_the_lowest(app, people, limits, client_as, db_session):
    assert set(DAILY_PEOPLE) >= {
        name for name, rights in TABLE.items() if "Entry" in rights or "Person" in rights
    }
    assert open_people(client_as("warrant.bb"), people) == [200, 200, 200, 429, 429]


def test_reports_and_orders_without_a_registered_person_count(each_database, limits, client_as, db_session):
    reports = [add_person("clerk.bb") for _number in range(2)] + [add_property("clerk.bb")]
    order = make_order()
    db.session.commit()
    officer = client_as("investigator.bb")
    urls = [f"/personreport/show/{one}" for one in reports[:2]] + [f"/propertyreport/show/{reports[2]}"]
    assert [officer.get(one).status_code for one in urls] == [200, 200, 200]
    assert officer.get(f"/courtorder/show/{order.id}").status_code == 429
    assert [officer.get(one).status_code for one in urls] == [200, 200, 200], "they count once"
    assert officer.get(f"/api/v1/property-reports/{reports[2]}").status_code == 200


def test_lists_and_papers_of_unregistered_people_count(each_database, limits, client_as, db_session):
    orders = [make_order(f"{number}/26") for number in range(4)]
    reports = [add_person("clerk.bb") for _number in range(4)]
    db.session.commit()
    officer = client_as("investigator.bb")
    assert officer.get("/orders/worklist/?list=check").status_code == 429
    for view in ("CourtOrderView", "PersonReportView"):
        export = run_export(officer, f"/export/table/{view}")
        assert export.state == "over_limit" and export.sha256 is None, view
    papers = [officer.get(f"/printout/notice/{one}").status_code for one in reports]
    assert papers == [200, 200, 200, 429]
    assert officer.get(f"/courtorder/show/{orders[0].id}").status_code == 429


def test_case_by_api_counts_its_people(each_database, people, limits, investigator, db_session):
    cases = db_session.scalars(select(Case.id).order_by(Case.id)).all()
    found = [investigator.get(f"/api/v1/cases/{one}").status_code for one in cases]
    assert found == [200, 200, 200, 429, 429]


def test_limit_reached_in_a_job_alerts_the_auditors(people, limits, investigator, db_session):
    investigator.send("/printout/case-sheets/")
    (job_id,) = db.session.scalars(select(Job.id))
    jobs.run_job(job_id)
    db.session.rollback()
    assert db.session.get(Job, job_id, populate_existing=True).state == "failed"
    (alert,) = db.session.scalars(select(Message).where(Message.text_key == "access.limit_reached"))
    assert (alert.to_role, alert.facts["count"]) == ("Auditor", 5)


def test_setting_changes_the_limit_of_a_role():
    defaults = {"Investigator": 500, "Manager": 500}
    assert read_limits(defaults, "") == defaults
    assert read_limits(defaults, "Manager=2000, Analyst=10") == {
        "Investigator": 500,
        "Manager": 2000,
        "Analyst": 10,
    }


def test_export_above_the_limit_waits_for_a_second_person(people, limits, investigator):
    run_export(investigator, "/export/table/PersonView")
    export = db.session.scalars(select(Export)).one()
    assert export.state == "over_limit" and export.sha256 is None


@pytest.fixture
def many_processes(monkeypatch):
    """Answer each request as a process that has shown no one yet."""
    monkeypatch.setattr(daily_limit, "_get_shown", lambda _user_id: set())


def test_limit_holds_over_all_processes(each_database, people, limits, many_processes, investigator):
    assert open_people(investigator, people) == [200, 200, 200, 429, 429]
    assert open_people(investigator, people[:3]) == [200, 200, 200]


def test_simultaneous_requests_do_not_exceed_the_limit(
    each_database, people, limits, many_processes, client_as
):
    browsers = [client_as("investigator.bb") for _one in people]
    urls = [f"/person/show/{one.id}" for one in people]
    with ThreadPoolExecutor(len(urls)) as pool:
        answers = list(pool.map(lambda browser, url: browser.get(url).status_code, browsers, urls))
    assert sorted(answers) == [200, 200, 200, 429, 429]
