"""What leaves the register: no more than the screen shows, with a mark in the file and its ids in the log."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import func, select, update

from app import jobs
from app.accounts.models import SignIn, User
from app.exports import limits
from app.exports.models import Export
from app.extensions import db
from app.jobs.models import FAILED
from app.kernel.audit.recorder import AuditEvent
from app.people.models import Person
from tests.exports.file_contents import ask, csv_of, fetched, job_of, jsonl_of, last, packed, sheets_of
from tests.sample_rows import a_registered_case, a_registered_person, written_by


@pytest.fixture
def case(db_session):
    """A theft in Battambang with a suspect and a victim."""
    with written_by("clerk.bb"):
        people = [
            (a_registered_person(sex="M"), "suspect"),
            (a_registered_person(1, sex="F", given_km="សុភា"), "victim"),
        ]
        made = a_registered_case(people=people)
        db_session.commit()
        return made


@pytest.fixture
def investigator(client_as):
    return client_as("investigator.bb")


def log(action):
    db.session.rollback()
    return db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)).all()


LIST = "/export/of/PersonView"
LATIN = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")


def test_a_list_leaves_as_it_is_filtered_and_no_further_than_the_own_part(
    case, noise, investigator, each_database
):
    export = ask(investigator, f"{LIST}?_flt_0_sex=F")
    mark, headings, rows = csv_of(fetched(investigator, export))
    assert [row[0] for row in rows] == ["សុខ សុភា"]
    assert headings[:2] == ["ឈ្មោះ", "ភេទ"] and rows[0][1] == "ស្រី"
    assert "កែវ វណ្ណា" in mark and "02-2026-000001" in mark and export.serial in mark
    assert rows[0][-1] == headings[-1] == export.serial

    whole = csv_of(fetched(investigator, ask(investigator, LIST)))[2]
    assert {row[0] for row in whole} == {"សុខ សុភា", "សុខ ដារ៉ា"}  # ទេព is of another province


def test_a_list_of_cases_says_what_happened(case, noise, investigator, each_database):
    def exported(format):
        return fetched(investigator, ask(investigator, "/export/of/CaseView", format))

    _mark, headings, (row,) = csv_of(exported("csv"))
    assert (headings[2], row[2]) == ("បទល្មើស", "អំពើលួច")
    assert jsonl_of(exported("jsonl"))[1][0]["called"] == "អំពើលួច"
    headings, row = list(sheets_of(exported("xlsx")).values())[1][:2]
    assert (headings[2], row[2]) == ("បទល្មើស", "អំពើលួច")


def test_what_was_typed_of_people_filters_too_and_is_kept_no_longer_than_needed(case, investigator):
    answer = investigator.send("/person/search", {"_flt_0_given_km": "សុភា"})
    slip = answer.headers["Location"].partition("?")[2]
    export = ask(investigator, f"{LIST}?{slip}")
    assert [row[0] for row in csv_of(fetched(investigator, export))[2]] == ["សុខ សុភា"]
    assert "សុភា" not in f"{export.title}{export.arguments}"


def test_the_log_holds_the_ids_of_exactly_what_the_file_holds(case, investigator, each_database):
    export = ask(investigator, LIST, "jsonl")
    content = fetched(investigator, export)
    _about, rows = jsonl_of(content)
    (entry,) = log("look.export")
    (table,) = entry.facts["tables"]
    people = db.session.scalars(select(Person.id).where(Person.name.in_([row["name"] for row in rows]))).all()
    assert sorted(table["ids"]) == sorted(entry.facts["people"]) == sorted(people)
    assert entry.facts["sha256"] == hashlib.sha256(content).hexdigest() == export.sha256
    assert (entry.purpose, entry.case_number) == ("investigation", "02-2026-000001")


def test_of_many_rows_the_log_keeps_number_and_hash(case, investigator, monkeypatch):
    monkeypatch.setattr("app.exports.row_stream.NAMED", 1)
    ask(investigator, LIST)
    (table,) = log("look.export")[0].facts["tables"]
    assert table["count"] == 2 and len(table["sha256"]) == 64 and "ids" not in table


def test_a_sheet_has_khmer_headings_true_types_the_codes_and_the_mark(case, investigator):
    export = ask(investigator, LIST, "xlsx")
    sheets = sheets_of(fetched(investigator, export))
    about, people, legend = sheets.values()
    headings = people[0]
    row = dict(zip(headings, people[1], strict=True))
    assert headings[0] == "ឈ្មោះ"
    assert str(row["ថ្ងៃខែឆ្នាំកំណើត"]) == "1990-01-01"
    assert row["ឆ្នាំកំណើត"] == 1990
    assert ["ភេទ", "F", "ស្រី", "Female"] in [line[1:5] for line in legend]
    assert export.serial in about[0] and "02-2026-000001" in [line[1] for line in about]


DANGEROUS = ['=HYPERLINK("http://x")', "+855 12", "-1+1", "@SUM(A1)", "＝1+1"]
# In a sheet that parts cells by another sign, and in which our quotes mean nothing, these begin a cell.
BEHIND_A_SIGN = {"a;=1+1": "a;'=1+1", "a|＠SUM(A1)": "a|'＠SUM(A1)", "a;b": "a;b"}


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_becomes_a_formula(db_session, investigator, text):
    with written_by("clerk.bb"):
        a_registered_case(people=[(a_registered_person(father_name=text), "suspect")])
        db_session.commit()
    rows = csv_of(fetched(investigator, ask(investigator, LIST)))[2]
    assert f"'{text}" in rows[0] and text not in rows[0]
    content = fetched(investigator, ask(investigator, LIST, "xlsx"))
    assert not any(
        b"<f>" in part or b"hyperlink" in part
        for name, part in packed(content).items()
        if "worksheets/" in name
    )
    assert text in list(sheets_of(content).values())[1][1]


@pytest.mark.parametrize("text", BEHIND_A_SIGN)
def test_nor_does_what_stands_behind_another_sign_than_the_comma(db_session, investigator, text):
    with written_by("clerk.bb"):
        a_registered_case(people=[(a_registered_person(father_name=text), "suspect")])
        db_session.commit()
    assert BEHIND_A_SIGN[text] in csv_of(fetched(investigator, ask(investigator, LIST)))[2][0]


def test_a_file_is_shut_to_its_owner_in_another_unit_or_role(case, investigator, db_session, client_as):
    export = ask(investigator, LIST)
    url, user = f"/jobs/fetch/{export.job_id}", db_session.get(User, export.asked_by_id)
    roles, user.unit_code = list(user.roles), "PC-12"
    db_session.commit()
    assert client_as("investigator.bb").get(url).status_code == 403
    user.unit_code, user.roles = (
        "PC-02",
        [one for one in db_session.scalars(select(Role)) if one.name == "Clerk"],
    )
    db_session.commit()
    assert client_as("investigator.bb").get(url).status_code in (302, 403)
    user.roles = roles
    db_session.commit()
    assert fetched(client_as("investigator.bb"), export)


def test_a_protected_name_is_in_no_file_even_while_it_is_shown(db_session, investigator, each_database):
    with written_by("clerk.bb"):
        people = [(a_registered_person(), "suspect"), (a_registered_person(1, surname_km="វ៉ាន់ឌឿន"), "victim")]
        made = a_registered_case(people=people, sensitivity="sexual")
        db_session.commit()
        pk, victim = made.id, made.involvements[1].id
    investigator.send(f"/reveal/{victim}", {"reason": "ជនសង្ស័យនេះពាក់ព័ន្ធនឹងការលួចម៉ូតូនៅផ្សារថ្មី។"})
    assert "វ៉ាន់ឌឿន" in investigator.get(f"/case/show/{pk}").text
    for url in (f"/export/case/{pk}", LIST, "/export/of/InvolvementView"):
        content = fetched(investigator, ask(investigator, url))
        texts = packed(content).values() if content.startswith(b"PK") else [content]
        assert any("ដារ៉ា".encode() in text for text in texts)
        assert not any("វ៉ាន់ឌឿន".encode() in text for text in texts)


def test_a_case_leaves_with_its_rows_and_a_person_with_all_that_hangs_on_him(case, investigator):
    of_case = packed(fetched(investigator, ask(investigator, f"/export/case/{case.id}")))
    assert set(of_case) >= {
        "case.csv",
        "case_offence.csv",
        "involvement.csv",
        "exhibit.csv",
        "supplement.csv",
    }
    assert case.number in of_case["involvement.csv"].decode()

    person = case.involvements[0].person_id
    of_person = sheets_of(fetched(investigator, ask(investigator, f"/export/person/{person}", "xlsx")))
    assert any("ដារ៉ាតូច" in line for rows in of_person.values() for line in rows)


def test_a_data_set_holds_the_cases_of_its_days(case, noise, investigator, each_database):
    day = case.occurred_from
    typed = {"begins": f"{day:%d/%m/%Y}", "ends": f"{day:%d/%m/%Y}"}
    content = packed(fetched(investigator, ask(investigator, "/export/data-set", "jsonl", **typed)))
    assert [row["number"] for row in jsonl_of(content["case.jsonl"])[1]] == [case.number]
    assert len(jsonl_of(content["involvement.jsonl"])[1]) == 2
    other = ask(investigator, "/export/data-set", "jsonl", begins="01/01/2001", ends="02/01/2001")
    assert job_of(other).state == FAILED


def test_json_lines_say_the_offset_of_an_hour_and_of_what_their_warning_is(case, investigator):
    about, (row,) = jsonl_of(fetched(investigator, ask(investigator, "/export/of/CaseView", "jsonl")))
    assert row["occurred_from"] == f"{case.occurred_from.isoformat()}+07:00"
    assert about["about"]["ចំណាំ"].startswith("សម្រាប់") and "" not in about["about"]


def test_a_case_of_another_province_gives_no_file(noise, investigator):
    assert investigator.get(f"/export/case/{noise}").status_code == 404


def test_without_purpose_or_case_number_nothing_is_asked_for(case, investigator):
    ask(investigator, LIST, status=422, case_number="")
    ask(investigator, LIST, status=422, case_number="no number")
    db.session.execute(update(SignIn).values(purpose=None, purpose_until=None))
    db.session.commit()
    ask(investigator, LIST, status=428)


@pytest.mark.parametrize("who", ["clerk.bb", "twg", "auditor", "admin"])
def test_whose_role_takes_no_rows_finds_no_button_and_no_door(case, client_as, who):
    other = client_as(who)
    assert "/export/of" not in other.get("/case/list/").text
    assert other.send(LIST, {"format": "csv", "case_number": "02-2026-000001"}).status_code in (302, 403)
    assert (
        db.session.scalar(
            select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "look.export")
        )
        == 0
    )


def test_each_list_has_the_button_with_its_filter(case, investigator):
    page = investigator.page("/person/list/?_flt_0_sex=F")
    assert [link["href"] for link in page.all("a") if "/export/of" in link.get("href", "")] == [
        f"{LIST}?_flt_0_sex=F"
    ]


@pytest.fixture
def one_row_alone(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "ecrime.export_rows", {"Investigator": 1, "Provincial chief": 1})


def over(client):
    export = ask(client, LIST)
    assert export.state == "over" and job_of(export).state == FAILED and export.rows == 2
    return export


REASON = {"reason": "ត្រូវការសម្រាប់សំណុំរឿងលួចទាំងអស់នៃខែនេះ"}
DECISION = {"decision": "ត្រូវការពិតប្រាកដសម្រាប់សំណុំរឿងនេះ", "verdict": "approve"}


def test_more_rows_than_the_role_may_take_need_the_chief(
    case, investigator, client_as, one_row_alone, each_database
):
    export = over(investigator)
    assert investigator.page("/jobs/list/").all("a", href=f"/export/show/{export.id}")  # where one asks
    assert log("look.export") == []
    investigator.send(f"/export/more/{export.id}", {"reason": "short"})
    assert last().state == "over"
    investigator.send(f"/export/more/{export.id}", REASON)
    assert last().state == "asked"
    assert not investigator.page(f"/export/show/{export.id}").all(css="job"), "its refusal is over"
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
    assert (last().state, last().most_rows) == ("approved", limits.WITH_APPROVAL)
    from app import jobs

    investigator.send(f"/export/begin/{export.id}")
    assert last().rows is None, "none is made yet"
    jobs.run_here(last().job_id)
    assert len(csv_of(fetched(investigator, last()))[2]) == 2
    assert investigator.send(f"/export/begin/{export.id}").status_code == 409


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_a_long_list_that_tells_how_far_it_is_stops_at_the_limit(
    db_session, investigator, app, monkeypatch, each_database, format
):
    monkeypatch.setitem(app.extensions, "ecrime.export_rows", {"Investigator": 700})
    export = ask(investigator, "/export/of/PlaceView", format)
    assert (export.state, job_of(export).state) == ("over", FAILED)
    assert export.rows > 14_000 and "700" in job_of(export).problem.translate(LATIN)


def test_what_a_chief_asks_another_decides(case, client_as, one_row_alone):
    chief = client_as("chief.bb")
    export = over(chief)
    chief.send(f"/export/more/{export.id}", REASON)
    assert chief.send(f"/export/decide/{export.id}", DECISION).status_code == 403
    assert last().state == "asked"


def test_what_the_nation_asks_its_monitor_decides(case, client_as, app, monkeypatch):
    monkeypatch.setitem(app.extensions, "ecrime.export_rows", {"Manager": 1})
    manager, monitor = client_as("manager"), client_as("monitor")
    export = ask(manager, LIST)
    manager.send(f"/export/more/{export.id}", REASON)
    assert manager.send(f"/export/decide/{export.id}", DECISION).status_code == 403
    assert client_as("chief.bb").send(f"/export/decide/{export.id}", DECISION).status_code == 404
    assert export.serial in monitor.page("/inbox/list/").text
    monitor.send(f"/export/decide/{export.id}", DECISION)
    assert last().state == "approved"
    assert f"Export {export.serial}" in client_as("manager", "en").page("/inbox/list/").text
    manager.get(f"/export/show/{export.id}")
    assert export.serial not in client_as("manager", "en").page("/inbox/list/").text, "its page tells it"


def test_a_refusal_is_the_end(case, investigator, client_as, one_row_alone):
    export = over(investigator)
    investigator.send(f"/export/more/{export.id}", REASON)
    client_as("chief.bb").send(f"/export/decide/{export.id}", DECISION | {"verdict": "refuse"})
    assert last().state == "refused"
    assert investigator.send(f"/export/begin/{export.id}").status_code == 409


def test_a_role_that_was_taken_away_meanwhile_exports_nothing(case, investigator, db_session):
    from app import jobs

    investigator.send(LIST, {"format": "csv", "case_number": "02-2026-000001"})
    user = db_session.scalars(select(User).where(User.username == "investigator.bb")).unique().one()
    user.roles = []
    db_session.commit()
    jobs.run_here(last().job_id)
    assert job_of(last()).state == FAILED


def test_an_export_that_is_sent_again_is_the_same_one(case, investigator, each_database):
    typed = {"format": "csv", "case_number": "02-2026-000001", "once": key_on(investigator, LIST)}
    answers = [investigator.send(LIST, typed) for _click in range(3)]
    assert {(one.status_code, one.location) for one in answers} == {(302, answers[0].location)}
    other = investigator.send(LIST, typed | {"format": "jsonl"})
    assert other.location != answers[0].location
    assert investigator.send(LIST, typed | {"format": "jsonl"}).location == other.location
    assert db.session.scalar(select(func.count()).select_from(Export)) == 2


def test_of_clicks_at_once_one_export_comes(case, client_as, each_database):
    browser = client_as("investigator.bb")
    typed = {"format": "csv", "case_number": "02-2026-000001", "once": key_on(browser, LIST)}
    with ThreadPoolExecutor(4) as clicks:
        answers = list(clicks.map(lambda _number: browser.send(LIST, typed), range(4)))
    assert {(one.status_code, one.location) for one in answers} == {(302, answers[0].location)}
    assert db.session.scalar(select(func.count()).select_from(Export)) == 1


def test_an_export_that_failed_may_be_asked_for_again(case, investigator):
    url = "/export/data-set"
    days = {"format": "csv", "case_number": "02-2026-000001", "begins": "01/01/2001", "ends": "02/01/2001"}
    typed = days | {"once": key_on(investigator, url)}
    first = investigator.send(url, typed).location
    jobs.run_here(last().job_id)
    assert job_of(last()).state == FAILED
    assert investigator.send(url, typed).location != first


def key_on(client, url):
    (box,) = client.page(url).all("input", name="once")
    return box["value"]
