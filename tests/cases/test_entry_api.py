"""A whole case by the API: the same fields, rules and guarantees as the entry page."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.cases.models import Case
from app.kernel.text import dates
from app.people.models import Person
from tests.cases.form_data import make_row, make_theft
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program


def make_body(*changes):
    """Return a typed theft as an API request body."""
    case = {"offences": [], "people": [], "exhibits": []}
    for name, value in make_theft(*changes).items():
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


def count_rows(session, model=Case):
    return session.scalar(select(func.count()).select_from(model))


def test_post_registers_case_with_people_and_exhibits(program, db_session, each_database):
    told = program.post("cases/", make_body())["result"]
    case = db_session.scalar(select(Case))
    assert told["number"] == case.number == "02-2026-000001"
    assert [row.role for row in case.involvements] == ["suspect", "victim"]
    assert [str(row.person) for row in case.involvements] == ["សុខ វិបុល", "ចាន់ សុភា"]
    assert len(case.offences) == len(case.exhibits) == 1
    assert case.involvements[0].person.documents[0].kind == "national_id"
    assert program.get(f"cases/{case.number}")["result"] == told


def test_stolen_exhibit_without_a_state_is_missing(program, db_session, each_database):
    """A stolen item is not with the police; a recovered one is."""
    body = make_body(make_row("exhibits-1", kind="phone", property_role="stolen"))
    assert all("state" not in row for row in body["exhibits"])
    body["exhibits"].append(body["exhibits"][0] | {"property_role": "recovered"})
    program.post("cases/", body)
    states = [(row.property_role, row.state) for row in db_session.scalar(select(Case)).exhibits]
    assert states == [("stolen", "missing"), ("stolen", "missing"), ("recovered", "seized")]


def test_refused_post_names_fields_and_saves_nothing(program, db_session):
    wrong = make_body({"case-occurred_from": None, "people-0-person-sex": None, "offences-0-offence": None})
    errors = program.post("cases/", wrong, expect=422)["errors"]
    assert {"case-occurred_from", "people-0-person-sex", "offences-0-offence"} <= errors.keys()
    assert count_rows(db_session) == count_rows(db_session, Person) == 0


def test_post_without_offence_is_refused_at_its_section(program, db_session):
    errors = program.post("cases/", make_body() | {"offences": []}, expect=422)["errors"]
    assert "offences" in errors and count_rows(db_session) == 0


def test_known_person_is_linked_by_id(program, db_session):
    with acting_as("clerk.bb"):
        person = make_registered_person()
        add_registered_case(people=[(person, "suspect")], occurred_from=dates.now() - timedelta(days=30))
        db_session.commit()
    case = make_body()
    case["people"][0] = {
        "role": "suspect",
        "injury": "none",
        "known": person.id,
        "photo_missing": "not_available",
    }
    before = count_rows(db_session, Person)
    program.post("cases/", case)
    assert count_rows(db_session, Person) == before + 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": {}},
        {"people": [1]},
        {"people": [{"person": 3}]},
        {"files": [{"uploads": "x"}]},
        {"nothing": 1},
    ],
)
def test_body_with_wrong_shape_is_refused(program, db_session, wrong):
    assert program.post("cases/", make_body() | wrong, expect=422)["errors"]
    assert count_rows(db_session) == 0


def test_same_idempotency_key_registers_one_case(program, db_session, each_database):
    def send(key, case):
        headers = {"Idempotency-Key": key, "X-CSRFToken": program.client.token}
        return program.client.post("/api/v1/cases/", json=case, headers=headers)

    case = make_body()
    first, second = send("a-key-of-a-program", case), send("a-key-of-a-program", case)
    assert (first.status_code, second.status_code) == (201, 201) and first.json == second.json
    assert count_rows(db_session) == 1
    assert send("a-key-of-a-program", case | {"summary": "មួយទៀត"}).status_code == 422


def test_post_without_permission_is_refused(client_as):
    for who in ("manager", "warrant.bb"):
        Program(client_as(who)).post("cases/", make_body(), expect=403)
