"""The name, telephone and document of a protected victim are in no response of any channel, for none of the
fourteen roles (S09; ASVS 8.2.3). The same holds for a witness.
"""

import pytest
from flask import current_app
from sqlalchemy import select

from app import roles
from app.accounts import actions
from app.extensions import db
from app.kernel.actor import SYSTEM, act_as
from app.people.models import Person
from tests import sign_ins
from tests.matrix.provinces import NAME, NAME_LATIN, SECRET, SECRET_LATIN, at_home
from tests.matrix.requests import asks
from tests.matrix.test_two_provinces import answer_to, find_leaks
from tests.role_pages import is_asked_by
from tests.sample_rows import acting_as, add_photo, add_registered_case, make_registered_person

VICTIM = {
    "surname_km": NAME, "given_km": NAME, "surname_latin": NAME_LATIN, "given_latin": NAME_LATIN,
    "phone": f"{SECRET_LATIN}0",
}  # fmt: skip
# Roles with equal permissions get the same responses.
READERS = [
    role
    for role in roles.TABLE
    if next(r for r in roles.TABLE if roles.TABLE[r] == roles.TABLE[role]) == role
]


def make_protected_person(number, **names):
    person = add_photo(make_registered_person(number=number, **VICTIM | names))
    person.documents[0].number = person.names[0].text_latin = f"{SECRET_LATIN}{number}"
    person.names[0].text_km = person.marks[0].text = person.addresses[0].street = f"{SECRET} {SECRET_LATIN}"
    return person


def make_scene():
    """Write a sexual offence of Battambang with a victim and a witness; all their texts have markers. Return the requests
    about them, and the keys of the victim's rows.
    """
    act_as(db.session, SYSTEM)
    with current_app.test_request_context():
        here = at_home()
    with acting_as("clerk.bb"):
        people = [(make_protected_person(11), "victim"), (make_protected_person(12), "witness")]
        case = add_registered_case(
            people=[*people, (make_registered_person(number=13), "suspect")], sensitivity="sexual"
        )
    db.session.commit()
    victim = db.session.get(Person, people[0][0].id)
    hidden = next(row for row in case.involvements if row.person_id == victim.id)
    here.case = case
    here.rows |= {
        "case": case, "person": victim, "involvement": hidden, "person_document": victim.documents[0],
        "person_name": victim.names[0], "person_address": victim.addresses[0], "person_mark": victim.marks[0],
        "person_photo": victim.photos[0], "exhibit": case.exhibits[0], "case_offence": case.offences[0],
    }  # fmt: skip
    asked = list(asks(current_app, here, columns=False))
    keys = {kind: row.id for kind, row in here.rows.items()}
    db.session.remove()
    return asked, keys


@pytest.fixture
def protected(register, db_session):
    made = register.as_left_by(make_scene)
    act_as(db.session, SYSTEM)
    return made


@pytest.mark.slow  # `test_channels` is a sample of it
@pytest.mark.nightly(name="matrix")
@pytest.mark.parametrize("role", READERS)
def test_no_role_sees_a_protected_name_in_any_channel(app, client_as, protected, role):
    problem = actions.create_user("reader.role", "សុខ ដារ៉ា", role, "PC-02", "a password of a test")
    assert problem is None, problem
    with app.app_context():
        sign_ins.write_session("reader.role")
    browser = client_as("reader.role")
    words, leaks, token = (NAME, NAME_LATIN, SECRET, SECRET_LATIN), [], browser.token
    asked, _keys = protected
    for number, (rule, method, ask) in enumerate(asked):
        if (
            not is_asked_by(role, number, method, rule, READERS, parts=2)
            or rule.endpoint in ("RevealView.request_reveal", "ShareView.share_case")
            and method == "POST"
        ):
            continue  # the only way to the name, which tests/special_access tests
        answer = answer_to(browser, ask, token)
        found = find_leaks(words, ask, answer)
        if found:
            leaks.append(f"{method} {ask.url} {ask.data or ask.json or ''} ({rule.endpoint}): {found}")
    assert not leaks, f"{len(leaks)}:\n" + "\n".join(leaks[:60])


@pytest.mark.parametrize(
    "kind", ["person", "person_name", "person_document", "person_address", "person_mark", "person_photo"]
)
def test_no_row_of_a_protected_person_has_a_page(client_as, protected, kind):
    _asked, keys = protected
    for username in ("clerk.bb", "investigator.bb", "chief.bb", "manager"):
        browser = client_as(username)
        assert browser.get(f"/{kind.replace('_', '')}/show/{keys[kind]}").status_code == 404
    assert db.session.scalar(select(Person.id).where(Person.id == keys["person"])) is not None
