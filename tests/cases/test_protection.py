"""Identity protection is sticky: no edit of one user uncovers a hidden name; a correction does."""

from datetime import date

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from app.cases.models import CaseOffence, Involvement
from app.cases.rules import find_strongest_protection
from app.custody.models import Arrest
from app.extensions import db
from app.kernel.text import dates
from app.people.models import Person
from app.people.visibility import Visibility
from tests.cases.form_data import make_person
from tests.corrections.steps import apply_correction, decide, request_correction
from tests.custody.form_data import enter_arrest
from tests.matrix.provinces import NAME, NAME_LATIN
from tests.prepared import prepared
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.sql_calls import Program

IS_HIDDEN = Involvement.__table__.c.protection == "victim"
WRITERS = ("clerk.bb", "investigator.bb")


@prepared
def hidden(db_session):
    """The row of a victim of a sexual offence, registered within 48 hours."""
    victim = make_registered_person(number=3, surname_km=NAME, surname_latin=NAME_LATIN)
    with acting_as("clerk.bb"):
        people = [(victim, "victim"), (make_registered_person(number=5), "suspect")]
        case = add_registered_case(people=people, sensitivity="sexual")
    db_session.commit()
    return case.involvements[0]


def is_hidden(browser, row):
    """Return whether neither the page of the case nor that of the person shows the name."""
    page = browser.get(f"/case/show/{row.case_id}").text
    return (
        NAME not in page
        and NAME_LATIN not in page
        and browser.get(f"/person/show/{row.person_id}").status_code == 404
    )


def edit(browser, url, **values):
    page = browser.page(url)
    typed = page.typed()
    return browser.post(url, data=typed | values)


@pytest.mark.parametrize("username", WRITERS)
def test_role_edited_by_the_api_does_not_uncover_the_name(each_database, client_as, hidden, username):
    program = Program(client_as(username))
    version = program.get(f"involvements/{hidden.id}")["result"]["version"]
    program.put(f"involvements/{hidden.id}", {"version": version, "role": "other"})
    db.session.expire_all()
    assert (hidden.role, hidden.protection) == ("other", "victim")
    assert all(db.session.scalars(select(Visibility.hidden).where(Visibility.person_id == hidden.person_id)))
    assert is_hidden(client_as(username), hidden) and is_hidden(client_as("manager"), hidden)


@pytest.mark.parametrize("username", WRITERS)
def test_role_edited_in_the_form_does_not_uncover_the_name(client_as, hidden, username):
    browser = client_as(username)
    assert edit(browser, f"/involvement/edit/{hidden.id}", role="other").status_code == 302
    db.session.expire_all()
    assert hidden.role == "other" and is_hidden(browser, hidden)


def test_edited_case_and_offence_do_not_uncover_the_name(each_database, clerk, hidden):
    program = Program(clerk)
    version = program.get(f"cases/{hidden.case_id}")["result"]["version"]
    program.put(f"cases/{hidden.case_id}", {"version": version, "sensitivity": "normal"})
    offence = db.session.scalars(select(CaseOffence)).one()
    program.put(f"case-offences/{offence.id}", {"version": offence.version, "attempt": True})
    db.session.expire_all()
    assert hidden.case.sensitivity == "normal" and is_hidden(clerk, hidden)


def test_edited_birth_does_not_end_the_protection_of_a_minor(each_database, db_session):
    born = date(dates.now().year - 16, 1, 1)
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(make_registered_person(born_on=born), "suspect")])
        db_session.commit()
        row = case.involvements[0]
        row.person.born_on = date(1980, 1, 1)
        db_session.commit()
    assert (row.minor, row.protection) == (False, "minor")


@pytest.mark.parametrize("field", ["person", "person_id", "case", "case_id", "protection"])
def test_link_and_protection_cannot_be_edited(clerk, hidden, field):
    other = hidden.case.involvements[1]
    value = {"person": other.person_id, "person_id": other.person_id}.get(field, 1)
    version = hidden.version
    clerk.put(
        f"/api/v1/involvements/{hidden.id}",
        json={"version": version, field: None if field == "protection" else value},
        headers={"X-CSRFToken": clerk.token},
    )
    person_id, protection = hidden.person_id, hidden.protection
    db.session.expire_all()
    assert (hidden.person_id, hidden.protection) == (person_id, protection)


def test_witness_edited_to_a_victim_stays_with_the_chief(client_as, hidden):
    program = Program(client_as("clerk.bb"))
    for role in ("witness", "victim"):
        version = program.get(f"involvements/{hidden.id}")["result"]["version"]
        program.put(f"involvements/{hidden.id}", {"version": version, "role": role})
    db.session.expire_all()
    assert (hidden.role, hidden.protection) == ("victim", "witness")
    reason = {"reason": "ត្រូវការសម្រាប់ការស៊ើបអង្កេតសំណុំរឿងនេះ។"}
    assert client_as("investigator.bb").send(f"/reveal/{hidden.id}", reason).status_code == 403
    assert client_as("chief.bb").send(f"/reveal/{hidden.id}", reason).status_code == 302


def test_revealed_person_who_is_added_to_a_case_stays_hidden(each_database, client_as, hidden):
    browser, other = client_as("investigator.bb"), client_as("clerk.bb")
    reason = {"reason": "ត្រូវការសម្រាប់ការស៊ើបអង្កេតសំណុំរឿងនេះ។"}
    assert browser.send(f"/reveal/{hidden.id}", reason).status_code == 302
    form = make_person(0, **{"known-known": str(hidden.person_id)})
    answer = browser.send(f"/addition/{hidden.case_id}/token-of-addition", form)
    assert answer.status_code == 302
    db.session.expire_all()
    assert [one.card_only for one in hidden.case.involvements] == [False, False, True]
    assert is_hidden(other, hidden) and is_hidden(client_as("manager"), hidden)


def test_hidden_suspect_cannot_be_arrested(client_as, hidden):
    """An arrest would make the person visible to the unit that arrests."""
    db.session.execute(update(Involvement.__table__).where(IS_HIDDEN).values(role="suspect"))
    db.session.commit()
    enter_arrest(client_as("investigator.bb"), hidden, 422)
    assert db.session.scalars(select(Arrest)).all() == [] and is_hidden(client_as("clerk.bb"), hidden)


@pytest.mark.parametrize("level", ["NULL", "'minor'", "'other'"])
def test_the_database_refuses_to_lower_the_protection(each_database, hidden, level):
    statement = text(f"UPDATE involvement SET protection = {level} WHERE id = {hidden.id}")  # noqa: S608
    with pytest.raises(DBAPIError, match="lock: locked"):
        db.session.execute(statement)
    db.session.rollback()
    raised = update(Involvement.__table__).where(Involvement.__table__.c.id == hidden.id)
    db.session.execute(raised.values(protection="witness"))


def test_correction_by_three_officers_ends_the_protection(each_database, client_as, hidden):
    chief, planner, group = (client_as(name) for name in ("chief.bb", "planning", "twg"))
    number = request_correction(chief, hidden, role="suspect", protection="")
    assert is_hidden(chief, hidden)
    assert decide(planner, number).status_code == 302
    assert is_hidden(chief, hidden)
    assert apply_correction(group, number).status_code == 302
    db.session.expire_all()
    assert (hidden.role, hidden.protection) == ("suspect", None)
    assert not is_hidden(client_as("clerk.bb"), hidden)
    assert db.session.get(Person, hidden.person_id) is not None


def test_strongest_protection():
    assert find_strongest_protection(None, None) is None
    assert find_strongest_protection("minor", None, "witness", "victim") == "witness"
