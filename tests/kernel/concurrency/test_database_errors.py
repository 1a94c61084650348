"""A save that the database does not take: it is said, it is no redirect, and everything typed comes back."""

from contextlib import contextmanager

import pytest
from sqlalchemy import func, select, text

from app.cases.models import Case
from app.people.models import Person, PersonName
from tests.cases.form_data import theft
from tests.html_pages import Page
from tests.kernel.screens.test_record_view import typed
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.sql_calls import Program

TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER broken BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION broken() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER broken BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION broken()",
    ),
}
ENDINGS = {
    "sqlite": ("DROP TRIGGER broken",),
    "postgresql": ("DROP TRIGGER broken ON {table}", "DROP FUNCTION broken"),
}


@pytest.fixture
def broken(owner, each_database):
    """`with broken("person", "UPDATE"):` the database refuses that act on that table."""

    def run(sentences, **names):
        with owner.begin() as connection:
            for sentence in sentences:
                connection.execute(text(sentence.format(**names)))

    @contextmanager
    def breaking(table, act):
        run(TRIGGERS[each_database], table=table, act=act)
        yield
        run(ENDINGS[each_database], table=table)

    return breaking


@pytest.fixture
def person(db_session):
    """A registered person of Battambang."""
    with written_by("clerk.bb"):
        one = a_registered_person()
        a_registered_case(people=[(one, "suspect")])
        db_session.commit()
        return one


def failed(answer):
    """The page of a save that failed in the database."""
    assert answer.status_code in (409, 503), answer.status_code
    page = Page(answer.text)
    assert page.all(css="plum", role="alert") and "disk" not in page.text
    return page


def test_a_change_that_fails_keeps_the_form_and_can_be_saved_again(clerk, db_session, person, broken):
    url = f"/person/edit/{person.id}"
    boxes = typed(clerk.page(url)) | {"given_km": "វណ្ណា", "phone": "012345678", "unidentified": "y"}
    boxes = {name: value for name, value in boxes.items() if name not in ("csrf_token", "next")}
    db_session.rollback()
    with broken("person", "UPDATE"):
        page = failed(clerk.send(url, boxes))
        assert {name: typed(page)[name] for name in boxes} == boxes
        assert person.given_km == "ដារ៉ា"
        db_session.rollback()
    assert clerk.send(url, typed(page) | {"unidentified": None}).status_code == 302
    assert (person.given_km, person.phone) == ("វណ្ណា", "012345678")


def test_a_new_row_that_fails_keeps_the_form_and_its_key(clerk, db_session, person, broken):
    boxes = typed(clerk.page("/personname/add")) | {
        "person": str(person.id),
        "kind": "former",
        "text_km": "សុខា",
    }
    boxes.pop("csrf_token")
    db_session.rollback()
    with broken("person_name", "INSERT"):
        page = failed(clerk.send("/personname/add", boxes))
        shown = typed(page)
        assert {name: shown[name] for name in ("once", "person", "kind", "text_km")} == {
            name: boxes[name] for name in ("once", "person", "kind", "text_km")
        }
        assert shown["person__text"] == str(person)
        db_session.rollback()
    assert clerk.send("/personname/add", boxes).status_code == 302
    assert db_session.scalar(select(func.count()).select_from(PersonName)) == 2


def test_an_offence_that_fails_keeps_every_row_of_its_page(clerk, db_session, broken):
    boxes = theft()
    with broken("exhibit", "INSERT"):
        answer = clerk.send("/entry/token-of-a-test", boxes)
        assert answer.status_code in (409, 503) and "disk" not in answer.text
        shown = typed(Page(answer.text))
        lost = {name for name, value in boxes.items() if value and name not in shown}
        assert not lost
        assert shown["people-1-person-surname_km"] == boxes["people-1-person-surname_km"]
        assert db_session.scalar(select(func.count()).select_from(Case)) == 0
        assert db_session.scalar(select(func.count()).select_from(Person)) == 0
        db_session.rollback()
    assert clerk.send("/entry/token-of-a-test", boxes).status_code == 302


def test_a_program_is_told_of_a_save_that_fails(clerk, db_session, person, broken):
    db_session.rollback()
    with broken("person", "UPDATE"):
        answer = clerk.put(
            f"/api/v1/persons/{person.id}",
            json={"version": 1, "given_km": "វណ្ណា"},
            headers={"X-CSRFToken": clerk.token},
        )
        assert answer.status_code in (409, 503) and answer.json["message"] and "disk" not in answer.text
        db_session.rollback()
    assert (
        Program(clerk).put(f"persons/{person.id}", {"version": 1, "given_km": "វណ្ណា"})["result"]["version"]
        == 2
    )
