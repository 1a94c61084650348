"""Content, watermark, scope, limits and audit entries of exports."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select, update

from app import jobs
from app.accounts.models import LoginSession, User
from app.exports import limits, row_stream
from app.exports.models import Export
from app.extensions import db
from app.jobs.models import FAILED
from app.kernel.audit.recorder import AuditEvent
from app.people.models import Person
from tests.accounts.login import backdate_sessions
from tests.accounts.sample_staff import forget_former_traits
from tests.exports.file_contents import (
    download,
    get_job,
    latest_export,
    parse_csv,
    parse_jsonl,
    parse_workbook,
    read_text,
    run_export,
    unzip,
)
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person


@prepared
def case(db_session):
    """A theft in Battambang with a suspect and a victim."""
    with acting_as("clerk.bb"):
        people = [
            (make_registered_person(sex="M"), "suspect"),
            (make_registered_person(1, sex="F", given_km="សុភា"), "victim"),
        ]
        record = add_registered_case(people=people)
        db_session.commit()
        return record


@pytest.fixture
def investigator(client_as):
    return client_as("investigator.bb")


def load_events(action):
    db.session.rollback()
    return db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)).all()


LIST = "/export/table/PersonView"
LATIN = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")


def test_list_export_applies_filters_and_scope(case, noise, investigator, each_database):
    export = run_export(investigator, f"{LIST}?_flt_0_sex=F")
    about, headings, rows = parse_csv(download(investigator, export))
    assert [row[0] for row in rows] == ["សុខ សុភា"]
    assert headings[:2] == ["ឈ្មោះ", "ភេទ"] and rows[0][1] == "ស្រី"
    assert all(text in about["description"] for text in ("កែវ វណ្ណា", "02-2026-000001", export.serial))
    assert headings == [field["name"] for field in about["resources"][0]["schema"]["fields"]]
    assert dict(zip(headings, rows[0], strict=True))["លេខរៀងឯកសារ"] == export.serial

    all_rows = parse_csv(download(investigator, run_export(investigator, LIST)))[2]
    assert {row[0] for row in all_rows} == {"សុខ សុភា", "សុខ ដារ៉ា"}  # ទេព belongs to another province


def test_case_list_export_names_offences(case, noise, investigator, each_database):
    def exported(format):
        return download(investigator, run_export(investigator, "/export/table/CaseView", format))

    _mark, headings, (row,) = parse_csv(exported("csv"))
    assert (headings[2], row[2]) == ("បទល្មើស", "អំពើលួច")
    assert parse_jsonl(exported("jsonl"))[1][0]["called"] == "អំពើលួច"
    headings, row = list(parse_workbook(exported("xlsx")).values())[0][:2]
    assert (headings[2], row[2]) == ("បទល្មើស", "អំពើលួច")


def test_private_filter_applies_and_is_not_stored(case, investigator):
    response = investigator.send("/person/search", {"_flt_0_given_km": "សុភា"})
    token = response.headers["Location"].partition("?")[2]
    export = run_export(investigator, f"{LIST}?{token}")
    assert [row[0] for row in parse_csv(download(investigator, export))[2]] == ["សុខ សុភា"]
    assert "សុភា" not in f"{export.title}{export.arguments}"


def test_audit_entry_lists_the_exported_ids(case, investigator, each_database):
    export = run_export(investigator, LIST, "jsonl")
    content = download(investigator, export)
    _about, rows = parse_jsonl(content)
    (event,) = load_events("access.exported")
    (table,) = event.facts["tables"]
    people = db.session.scalars(select(Person.id).where(Person.name.in_([row["name"] for row in rows]))).all()
    assert sorted(table["ids"]) == sorted(event.facts["people"]) == sorted(people)
    assert event.facts["sha256"] == hashlib.sha256(content).hexdigest() == export.sha256
    assert (event.purpose, event.case_number) == ("investigation", "02-2026-000001")


def test_audit_entry_of_many_rows_keeps_count_and_hash(case, investigator, monkeypatch):
    monkeypatch.setattr(row_stream, "MAX_LOGGED_IDS", 1)
    run_export(investigator, LIST)
    (table,) = load_events("access.exported")[0].facts["tables"]
    assert table["count"] == 2 and len(table["sha256"]) == 64 and "ids" not in table


def test_workbook_has_headings_types_codes_and_watermark(case, investigator):
    export = run_export(investigator, LIST, "xlsx")
    sheets = parse_workbook(download(investigator, export))
    people, about, legend = sheets.values()
    headings = people[0]
    row = dict(zip(headings, people[1], strict=True))
    assert headings[0] == "ឈ្មោះ"
    assert str(row["ថ្ងៃខែឆ្នាំកំណើត"]) == "1990-01-01"
    assert row["ឆ្នាំកំណើត"] == 1990
    assert ["ភេទ", "F", "ស្រី", "Female"] in [line[1:5] for line in legend]
    assert export.serial in about[0] and "02-2026-000001" in [line[1] for line in about]


FORMULAS = ['=HYPERLINK("http://x")', "+855 12", "-1+1", "@SUM(A1)", "＝1+1"]
# Spreadsheets that separate cells by another sign and ignore quotes start a cell here.
FORMULAS_AFTER_SIGN = {"a;=1+1": "a;'=1+1", "a|＠SUM(A1)": "a|'＠SUM(A1)", "a;b": "a;b"}


@pytest.mark.parametrize("text", FORMULAS)
def test_formula_text_is_escaped(db_session, investigator, text):
    with acting_as("clerk.bb"):
        add_registered_case(people=[(make_registered_person(father_name=text), "suspect")])
        db_session.commit()
    rows = parse_csv(download(investigator, run_export(investigator, LIST)))[2]
    assert f"'{text}" in rows[0] and text not in rows[0]
    content = download(investigator, run_export(investigator, LIST, "xlsx"))
    assert not any(
        b"<f>" in part or b"hyperlink" in part
        for name, part in unzip(content).items()
        if "worksheets/" in name
    )
    assert text in list(parse_workbook(content).values())[0][1]


@pytest.mark.parametrize("text", FORMULAS_AFTER_SIGN)
def test_formula_after_other_separator_is_escaped(db_session, investigator, text):
    with acting_as("clerk.bb"):
        add_registered_case(people=[(make_registered_person(father_name=text), "suspect")])
        db_session.commit()
    assert (
        FORMULAS_AFTER_SIGN[text] in parse_csv(download(investigator, run_export(investigator, LIST)))[2][0]
    )


def test_file_is_refused_after_change_of_unit_or_role(case, investigator, db_session, client_as):
    export = run_export(investigator, LIST)
    url, user = f"/jobs/download/{export.job_id}", db_session.get(User, export.requested_by_id)
    roles, user.unit_code = list(user.roles), "PC-12"
    db_session.commit()
    assert client_as("investigator.bb").get(url).status_code == 403
    user.unit_code, user.roles = (
        "PC-02",
        [one for one in db_session.scalars(select(Role)) if one.name == "Clerk"],
    )
    db_session.commit()
    assert client_as("investigator.bb").get(url).status_code in (302, 403)
    user.roles = [one for one in db_session.scalars(select(Role)) if one.name == "Warrant officer"]
    db_session.commit()
    assert client_as("investigator.bb").get(url).status_code == 403  # a role that exports too
    user.roles = roles
    db_session.commit()
    assert download(client_as("investigator.bb"), export)


def test_protected_name_is_not_exported_while_revealed(db_session, investigator, each_database):
    with acting_as("clerk.bb"):
        people = [
            (make_registered_person(), "suspect"),
            (make_registered_person(1, surname_km="វ៉ាន់ឌឿន"), "victim"),
        ]
        record = add_registered_case(people=people, sensitivity="sexual")
        db_session.commit()
        pk, victim = record.id, record.involvements[1].id
    investigator.send(f"/reveal/{victim}", {"reason": "ជនសង្ស័យនេះពាក់ព័ន្ធនឹងការលួចម៉ូតូនៅផ្សារថ្មី។"})
    assert "វ៉ាន់ឌឿន" in investigator.get(f"/case/show/{pk}").text
    for url in (f"/export/case/{pk}", LIST, "/export/table/InvolvementView"):
        content = download(investigator, run_export(investigator, url))
        text = read_text(content)
        assert "ដារ៉ា" in text and "វ៉ាន់ឌឿន" not in text
        assert record.involvements[1].person.number not in text


def test_record_export_includes_related_rows(case, investigator):
    of_case = unzip(download(investigator, run_export(investigator, f"/export/case/{case.id}")))
    assert set(of_case) >= {
        "case.csv",
        "case_offence.csv",
        "involvement.csv",
        "exhibit.csv",
        "supplement.csv",
    }
    assert case.number in of_case["involvement.csv"].decode()

    person = case.involvements[0].person_id
    of_person = parse_workbook(
        download(investigator, run_export(investigator, f"/export/person/{person}", "xlsx"))
    )
    assert any("ដារ៉ាតូច" in line for rows in of_person.values() for line in rows)


def test_data_set_holds_cases_of_its_period(case, noise, investigator, each_database):
    day = case.occurred_from
    fields = {"begins": f"{day:%d/%m/%Y}", "ends": f"{day:%d/%m/%Y}"}
    content = download(investigator, run_export(investigator, "/export/data-set", "jsonl", **fields))
    assert [row["number"] for row in parse_jsonl(content, "case")[1]] == [case.number]
    people = {(row["id"], row["person_number"]) for row in parse_jsonl(content, "involvement")[1]}
    assert people == {(one.id, one.person.number) for one in case.involvements}
    other = run_export(investigator, "/export/data-set", "jsonl", begins="01/01/2001", ends="02/01/2001")
    assert get_job(other).state == FAILED


def test_json_lines_have_time_offset_and_warning(case, investigator):
    about, (row,) = parse_jsonl(
        download(investigator, run_export(investigator, "/export/table/CaseView", "jsonl"))
    )
    assert row["occurred_from"] == f"{case.occurred_from.isoformat()}+07:00"
    assert about["about"]["ចំណាំ"].startswith("សម្រាប់") and "" not in about["about"]


def test_case_of_another_province_is_not_exported(noise, investigator):
    assert investigator.get(f"/export/case/{noise}").status_code == 404


def test_export_without_purpose_or_case_number_is_refused(case, investigator):
    run_export(investigator, LIST, status=422, case_number="")
    run_export(investigator, LIST, status=422, case_number="no number")
    db.session.execute(update(LoginSession).values(purpose=None, purpose_until=None))
    db.session.commit()
    run_export(investigator, LIST, status=428)


@pytest.mark.parametrize("who", ["clerk.bb", "twg", "auditor", "admin"])
def test_role_without_rows_has_no_button_and_no_access(case, client_as, who):
    other = client_as(who)
    assert "/export/table" not in other.get("/case/list/").text
    assert other.send(LIST, {"format": "csv", "case_number": "02-2026-000001"}).status_code in (302, 403)
    assert (
        db.session.scalar(
            select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "access.exported")
        )
        == 0
    )


def test_list_has_export_button_with_filter(case, investigator):
    page = investigator.page("/person/list/?_flt_0_sex=F")
    assert [link["href"] for link in page.all("a") if "/export/table" in link.get("href", "")] == [
        f"{LIST}?_flt_0_sex=F"
    ]


@pytest.fixture
def one_row_limit(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "ecrime.export_rows", {"Investigator": 1, "Provincial chief": 1})


def exceed_limit(client):
    export = run_export(client, LIST)
    assert export.state == "over_limit" and get_job(export).state == FAILED and export.rows == 2
    return export


REASON = {"reason": "ត្រូវការសម្រាប់សំណុំរឿងលួចទាំងអស់នៃខែនេះ"}
DECISION = {"decision": "ត្រូវការពិតប្រាកដសម្រាប់សំណុំរឿងនេះ", "verdict": "approve"}


def test_export_above_limit_needs_chief_approval(case, investigator, client_as, one_row_limit, each_database):
    export = exceed_limit(investigator)
    assert investigator.page("/jobs/list/").all(
        "a", href=f"/export/show/{export.id}"
    )  # the job links back to its export
    assert load_events("access.exported") == []
    investigator.send(f"/export/request-approval/{export.id}", {"reason": "short"})
    assert latest_export().state == "over_limit"
    investigator.send(f"/export/request-approval/{export.id}", REASON)
    assert latest_export().state == "requested"
    assert not investigator.page(f"/export/show/{export.id}").all(css="job"), "the failed job is obsolete"
    for stranger in ("warrant.bb", "manager", "clerk.pp"):
        assert client_as(stranger).send(f"/export/decide/{export.id}", DECISION).status_code in (
            302,
            403,
            404,
        )
    assert investigator.send(f"/export/decide/{export.id}", DECISION).status_code in (302, 403)

    chief = client_as("chief.bb")
    (row,) = [one for one in chief.page("/export/list/").all("tr") if export.serial in one.text]
    assert [cell.text for cell in row.all("td", data_l="ចំនួនជួរ")] == ["២"]
    assert "២ ជួរ" in chief.page(f"/export/show/{export.id}").by_id("main").text
    chief.send(f"/export/decide/{export.id}", DECISION)
    assert (latest_export().state, latest_export().max_rows) == ("approved", 2), "not more than was asked"
    from app import jobs

    investigator.send(f"/export/start/{export.id}")
    assert latest_export().rows is None, "no file is written yet"
    jobs.run_job(latest_export().job_id)
    assert len(parse_csv(download(investigator, latest_export()))[2]) == 2
    again = investigator.send(f"/export/start/{export.id}")
    assert again.status_code == 409 and export.serial in again.text and "ប្តូរស្ថានភាពរួចហើយ" in again.text


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_long_export_stops_at_the_limit(db_session, investigator, app, monkeypatch, each_database, format):
    monkeypatch.setitem(app.extensions, "ecrime.export_rows", {"Investigator": 700})
    export = run_export(investigator, "/export/table/PlaceView", format)
    assert (export.state, get_job(export).state) == ("over_limit", FAILED)
    assert export.rows > 14_000 and "700" in get_job(export).problem.translate(LATIN)


def test_chief_cannot_approve_own_export(case, client_as, one_row_limit):
    chief = client_as("chief.bb")
    export = exceed_limit(chief)
    chief.send(f"/export/request-approval/{export.id}", REASON)
    assert chief.send(f"/export/decide/{export.id}", DECISION).status_code == 403
    assert latest_export().state == "requested"


def test_second_account_of_the_requester_cannot_approve(
    case, investigator, client_as, one_row_limit, each_database
):
    export, chief = exceed_limit(investigator), client_as("chief.bb")
    investigator.send(f"/export/request-approval/{export.id}", REASON)
    load_user("investigator.bb").phone, load_user("chief.bb").phone = "012 345 678", "+855 12 345 678"
    db.session.commit()
    assert chief.send(f"/export/decide/{export.id}", DECISION).status_code in (403, 404)
    assert latest_export().state == "requested"
    load_user("chief.bb").phone = "012 345 679"
    db.session.commit()
    assert chief.send(f"/export/decide/{export.id}", DECISION).status_code in (403, 404), (
        "the former one counts"
    )
    assert latest_export().state == "requested"
    forget_former_traits()
    assert chief.send(f"/export/decide/{export.id}", DECISION).status_code == 302
    assert latest_export().state == "approved"


def load_user(username):
    return db.session.scalar(select(User).where(User.username == username))


def test_chief_of_another_province_cannot_approve(case, investigator, one_row_limit):
    export = exceed_limit(investigator)
    investigator.send(f"/export/request-approval/{export.id}", REASON)
    own, other = load_user("chief.bb"), load_user("warrant.pp")
    roles = {role.name for role in own.roles}
    assert limits.may_decide(own, roles, export) and not limits.may_decide(other, roles, export)
    assert not limits.may_decide(own, {"Investigator"}, export)


def test_national_export_is_approved_by_monitor(case, client_as, app, monkeypatch):
    monkeypatch.setitem(app.extensions, "ecrime.export_rows", {"Manager": 1})
    manager, monitor = client_as("manager"), client_as("monitor")
    export = run_export(manager, LIST)
    manager.send(f"/export/request-approval/{export.id}", REASON)
    assert manager.send(f"/export/decide/{export.id}", DECISION).status_code == 403
    assert client_as("chief.bb").send(f"/export/decide/{export.id}", DECISION).status_code == 404
    assert export.serial in monitor.page("/inbox/list/").text
    monitor.send(f"/export/decide/{export.id}", DECISION)
    assert latest_export().state == "approved"
    assert f"Export {export.serial}" in client_as("manager", "en").page("/inbox/list/").text
    manager.get(f"/export/show/{export.id}")
    assert export.serial not in client_as("manager", "en").page("/inbox/list/").text, (
        "opening its page reads the message"
    )


def approve(requester, chief):
    export = exceed_limit(requester)
    requester.send(f"/export/request-approval/{export.id}", REASON)
    assert chief.send(f"/export/decide/{export.id}", DECISION).status_code == 302
    return latest_export()


def send_at_once(client, url, forms):
    with ThreadPoolExecutor(len(forms)) as clicks:
        return sorted(clicks.map(lambda form: client.send(url, form).status_code, forms))


def test_approval_is_for_one_file(case, investigator, client_as, one_row_limit, each_database):
    export = approve(investigator, client_as("chief.bb"))
    assert send_at_once(investigator, f"/export/start/{export.id}", [{}] * 4) == [302, 409, 409, 409]


def test_simultaneous_decisions_are_one(case, investigator, client_as, one_row_limit, each_database):
    export = exceed_limit(investigator)
    answers = send_at_once(investigator, f"/export/request-approval/{export.id}", [REASON] * 3)
    assert answers == [302, 409, 409]
    chief, forms = client_as("chief.bb"), [DECISION, DECISION | {"verdict": "refuse"}] * 2
    assert send_at_once(chief, f"/export/decide/{export.id}", forms) == [302, 409, 409, 409]
    assert len(load_events("export.approved") + load_events("export.refused")) == 1


@pytest.mark.parametrize(
    ("username", "column", "value"),
    [
        ("investigator.bb", "unit_code", "PC-12"),
        ("chief.bb", "unit_code", "PC-12"),
        ("chief.bb", "roles", []),
        ("chief.bb", "active", False),
    ],
)
def test_approval_ends_with_the_unit_of_the_requester_or_the_role_of_the_approver(
    case, investigator, client_as, one_row_limit, db_session, username, column, value
):
    export = approve(investigator, client_as("chief.bb"))
    investigator.send(f"/export/start/{export.id}")
    with acting_as("admin"):
        setattr(load_user(username), column, value)
        db.session.commit()
    jobs.run_job(latest_export().job_id)
    assert latest_export().sha256 is None and "សុពលភាព" in get_job(latest_export()).problem


def test_refused_export_cannot_start(case, investigator, client_as, one_row_limit):
    export = exceed_limit(investigator)
    investigator.send(f"/export/request-approval/{export.id}", REASON)
    client_as("chief.bb").send(f"/export/decide/{export.id}", DECISION | {"verdict": "refuse"})
    assert latest_export().state == "refused"
    assert investigator.send(f"/export/start/{export.id}").status_code == 409


def test_export_after_lost_role_fails(case, investigator, db_session):
    from app import jobs

    investigator.send(LIST, {"format": "csv", "case_number": "02-2026-000001"})
    user = db_session.scalars(select(User).where(User.username == "investigator.bb")).unique().one()
    user.roles = []
    db_session.commit()
    jobs.run_job(latest_export().job_id)
    assert get_job(latest_export()).state == FAILED


def test_export_request_sent_again_is_the_same_export(case, investigator, each_database):
    fields = {
        "format": "csv",
        "case_number": "02-2026-000001",
        "idempotency_key": idempotency_key(investigator, LIST),
    }
    responses = [investigator.send(LIST, fields) for _click in range(3)]
    assert {(one.status_code, one.location) for one in responses} == {(302, responses[0].location)}
    other = investigator.send(LIST, fields | {"format": "jsonl"})
    assert other.location != responses[0].location
    assert investigator.send(LIST, fields | {"format": "jsonl"}).location == other.location
    assert db.session.scalar(select(func.count()).select_from(Export)) == 2


def test_concurrent_requests_make_one_export(case, client_as, each_database):
    browser = client_as("investigator.bb")
    fields = {
        "format": "csv",
        "case_number": "02-2026-000001",
        "idempotency_key": idempotency_key(browser, LIST),
    }
    with ThreadPoolExecutor(4) as clicks:
        responses = list(clicks.map(lambda _number: browser.send(LIST, fields), range(4)))
    assert {(one.status_code, one.location) for one in responses} == {(302, responses[0].location)}
    assert db.session.scalar(select(func.count()).select_from(Export)) == 1


def test_failed_export_can_be_requested_again(case, investigator):
    url = "/export/data-set"
    days = {"format": "csv", "case_number": "02-2026-000001", "begins": "01/01/2001", "ends": "02/01/2001"}
    fields = days | {"idempotency_key": idempotency_key(investigator, url)}
    first = investigator.send(url, fields).location
    jobs.run_job(latest_export().job_id)
    assert get_job(latest_export()).state == FAILED
    assert investigator.send(url, fields).location != first


def idempotency_key(client, url):
    (key_field,) = client.page(url).all("input", name="idempotency_key")
    return key_field["value"]


@pytest.mark.parametrize("url", ["/export/table/PersonView", "/export/person/{person}", "/export/data-set"])
def test_export_asks_for_the_password_again(case, investigator, url):
    url = url.format(person=case.involvements[0].person_id)
    assert investigator.get(url).status_code == 200
    backdate_sessions(LoginSession.authenticated_at, minutes=11)
    assert investigator.get(url).location.startswith("/sign-in/confirm?next=")
    assert investigator.send(url, {"format": "xlsx", "case_number": case.number}).status_code == 403
    assert db.session.scalars(select(Export)).all() == []
