"""A whole case by the API: the same boxes, rules and promises as the entry page."""

import pytest
from sqlalchemy import func, select

from app.cases.models import Case
from app.people.models import Person
from tests.cases.form_data import theft
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.sql_calls import Program


def body(*changes):
    """What a clerk types of a theft, as a program sends it."""
    case = {"offences": [], "people": [], "exhibits": []}
    for name, value in theft(*changes).items():
        where, _dash, rest = name.partition("-")
        if name.endswith(("__text", "__shown")) or value == "":
            continue
        if where == "case":
            case[rest] = value
            continue
        number, _dash, box = rest.partition("-")
        rows = case[where]
        rows += [] if len(rows) > int(number) else [{}]
        part, dash, inner = box.partition("-")
        target = rows[int(number)].setdefault(part, {}) if dash else rows[int(number)]
        target[inner if dash else box] = value
    return case


@pytest.fixture
def program(clerk):
    return Program(clerk)


def count(session, model=Case):
    return session.scalar(select(func.count()).select_from(model))


def test_a_case_comes_in_with_its_people_and_things(program, db_session, each_database):
    told = program.post("cases/", body())["result"]
    case = db_session.scalar(select(Case))
    assert told["number"] == case.number == "02-2026-000001"
    assert [row.role for row in case.involvements] == ["suspect", "victim"]
    assert [str(row.person) for row in case.involvements] == ["សុខ វិបុល", "ចាន់ សុភា"]
    assert len(case.offences) == len(case.exhibits) == 1
    assert case.involvements[0].person.documents[0].kind == "national_id"
    assert program.get(f"cases/{case.number}")["result"] == told


def test_what_a_rule_refuses_stands_at_its_box_and_nothing_is_saved(program, db_session):
    wrong = body({"case-occurred_from": None, "people-0-person-sex": None, "offences-0-offence": None})
    errors = program.post("cases/", wrong, expect=422)["errors"]
    assert {"case-occurred_from", "people-0-person-sex", "offences-0-offence"} <= errors.keys()
    assert count(db_session) == count(db_session, Person) == 0


def test_a_case_without_an_offence_is_refused_at_the_head_of_its_section(program, db_session):
    errors = program.post("cases/", body() | {"offences": []}, expect=422)["errors"]
    assert "offences" in errors and count(db_session) == 0


def test_somebody_of_the_register_is_named_by_his_number(program, db_session):
    with written_by("clerk.bb"):
        person = a_registered_person()
        a_registered_case(people=[(person, "suspect")])
        db_session.commit()
    case = body()
    case["people"][0] = {
        "role": "suspect",
        "injury": "none",
        "known": person.id,
        "photo_missing": "not_available",
    }
    before = count(db_session, Person)
    program.post("cases/", case)
    assert count(db_session, Person) == before + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": {}},
        {"people": [1]},
        {"people": [{"person": 3}]},
        {"files": [{"held": "x"}]},
        {"nothing": 1},
    ],
)
def test_a_body_of_another_shape_is_refused_with_the_name_of_its_place(program, db_session, wrong):
    assert program.post("cases/", body() | wrong, expect=422)["errors"]
    assert count(db_session) == 0


def test_the_same_key_registers_one_case(program, db_session, each_database):
    def send(key, case):
        headers = {"Idempotency-Key": key, "X-CSRFToken": program.client.token}
        return program.client.post("/api/v1/cases/", json=case, headers=headers)

    case = body()
    first, second = send("a-key-of-a-program", case), send("a-key-of-a-program", case)
    assert (first.status_code, second.status_code) == (201, 201) and first.json == second.json
    assert count(db_session) == 1
    assert send("a-key-of-a-program", case | {"summary": "មួយទៀត"}).status_code == 422


def test_who_enters_no_cases_registers_none(client_as):
    for who in ("manager", "warrant.bb"):
        Program(client_as(who)).post("cases/", body(), expect=403)
