"""A save rejected by the database shows an error page that keeps every submitted value."""

from contextlib import contextmanager

import pytest
from sqlalchemy import func, select, text

from app.cases.models import Case
from app.people.models import Person, PersonName
from tests.cases.form_data import make_theft
from tests.html_pages import Page
from tests.kernel.screens.test_record_view import form_values
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

pytestmark = pytest.mark.database

TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER failing BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION failing() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER failing BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION failing()",
    ),
}
ENDINGS = {
    "sqlite": ("DROP TRIGGER failing",),
    "postgresql": ("DROP TRIGGER failing ON {table}", "DROP FUNCTION failing"),
}


@pytest.fixture
def failing(owner, each_database):
    """`with failing("person", "UPDATE"):` makes the database reject that statement on that table."""

    def run(sentences, **names):
        with owner.begin() as connection:
            for sentence in sentences:
                connection.execute(text(sentence.format(**names)))

    @contextmanager
    def fail_in_block(table, act):
        run(TRIGGERS[each_database], table=table, act=act)
        yield
        run(ENDINGS[each_database], table=table)

    return fail_in_block


@prepared
def person(db_session):
    """A registered person of Battambang."""
    with acting_as("clerk.bb"):
        one = make_registered_person()
        add_registered_case(people=[(one, "suspect")])
        db_session.commit()
        return one


def error_page(answer):
    """Return the page of a save that failed in the database."""
    assert answer.status_code in (409, 503), answer.status_code
    page = Page(answer.text)
    assert page.all(css="plum", role="alert") and "disk" not in page.text
    return page


def test_edit_after_database_error_can_be_saved_again(clerk, db_session, person, failing):
    url = f"/person/edit/{person.id}"
    values = form_values(clerk.page(url)) | {"given_km": "វណ្ណា", "phone": "012345678", "unidentified": "y"}
    values = {name: value for name, value in values.items() if name not in ("csrf_token", "next")}
    db_session.rollback()
    with failing("person", "UPDATE"):
        page = error_page(clerk.send(url, values))
        assert {name: form_values(page)[name] for name in values} == values
        assert person.given_km == "ដារ៉ា"
        db_session.rollback()
    assert clerk.send(url, form_values(page) | {"unidentified": None}).status_code == 302
    assert (person.given_km, person.phone) == ("វណ្ណា", "012345678")


def test_add_after_database_error_keeps_form_and_key(clerk, db_session, person, failing):
    values = form_values(clerk.page("/personname/add")) | {
        "person": str(person.id),
        "person__text": str(person),
        "kind": "former",
        "text_km": "សុខា",
    }
    values.pop("csrf_token")
    db_session.rollback()
    with failing("person_name", "INSERT"):
        page = error_page(clerk.send("/personname/add", values))
        shown = form_values(page)
        assert {name: shown[name] for name in ("idempotency_key", "person", "kind", "text_km")} == {
            name: values[name] for name in ("idempotency_key", "person", "kind", "text_km")
        }
        assert shown["person__text"] == str(person)
        db_session.rollback()
    assert clerk.send("/personname/add", values).status_code == 302
    assert db_session.scalar(select(func.count()).select_from(PersonName)) == 2


def test_case_entry_after_database_error_keeps_every_row(clerk, db_session, failing):
    values = make_theft()
    with failing("exhibit", "INSERT"):
        answer = clerk.send("/entry/token-of-a-test", values)
        assert answer.status_code in (409, 503) and "disk" not in answer.text
        shown = form_values(Page(answer.text))
        lost = {name for name, value in values.items() if value and name not in shown}
        assert not lost
        assert shown["people-1-person-surname_km"] == values["people-1-person-surname_km"]
        assert db_session.scalar(select(func.count()).select_from(Case)) == 0
        assert db_session.scalar(select(func.count()).select_from(Person)) == 0
        db_session.rollback()
    assert clerk.send("/entry/token-of-a-test", values).status_code == 302


def test_api_save_with_database_error_returns_message(clerk, db_session, person, failing):
    db_session.rollback()
    with failing("person", "UPDATE"):
        answer = clerk.put(
            f"/api/v1/persons/{person.id}",
            json={"version": 1, "given_km": "វណ្ណា"},
            headers={"X-CSRFToken": clerk.token},
        )
        assert answer.status_code in (409, 503) and answer.json["detail"] and "disk" not in answer.text
        db_session.rollback()
    assert (
        Program(clerk).put(f"persons/{person.id}", {"version": 1, "given_km": "វណ្ណា"})["result"]["version"]
        == 2
    )
