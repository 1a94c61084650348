"""A letter says which person it asks about, also of another area; a protected one by the number only."""

from datetime import timedelta

import pytest

from app.extensions import db
from app.kernel.text import dates
from app.letters.models import Letter
from app.reference.models import LetterTemplate, Unit
from tests import sample_rows
from tests.letters.sample_letters import read_letter, step, write
from tests.letters.test_protected_names import make_protected_victim


def find_card(browser, text):
    """Return the key of the first person that the lookup of the form finds."""
    return browser.send("/lookup/card", {"q": text}).json["items"][0]["id"]


def test_photo_of_a_person_of_another_area_is_asked_for(client_as, db_session, each_database):
    with sample_rows.acting_as("clerk.pp"):
        person = sample_rows.make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        sample_rows.add_registered_case(sample_rows.PHNOM_PENH, people=[(person, "suspect")])
    db_session.commit()
    number, pk = person.number, person.id
    clerk = client_as("clerk.bb", "en")
    assert clerk.get(f"/person/show/{pk}").status_code == 404
    assert write(clerk, person=find_card(clerk, number), template="photo", text="").status_code == 302
    letter = read_letter()
    assert letter.about == f"បុគ្គលលេខ {number}" and f"ចាន់ សុផល្លា (បុគ្គលលេខ {number}" in letter.text
    form = {"template": "photo", "to_unit": "PC-12", "handling": "free", "text": letter.text}
    page = clerk.page(f"/letter/edit/{letter.id}")
    assert not page.all("input", name="person") and page.all("input", name="case")
    assert (
        clerk.send(
            f"/letter/edit/{letter.id}", form | {"subject": "ថ្មី", "version": letter.version}
        ).status_code
        == 302
    )
    assert (read_letter().person_id, read_letter().about) == (pk, f"បុគ្គលលេខ {number}")
    step(clerk, letter, "submit")
    assert step(client_as("chief.bb", "en"), letter, "sign").status_code == 302
    assert client_as("clerk.pp", "en").page(f"/letter/show/{letter.id}").all("a", href=f"/person/show/{pk}")


@pytest.mark.parametrize("age", [None, 15])
def test_template_gives_only_the_number_of_a_protected_person(client_as, db_session, age):
    with sample_rows.acting_as("investigator.bb"):
        person = sample_rows.make_registered_person(1, surname_km="ចាន់", given_km="សុផល្លា")
        if age:
            person.born_on = dates.now().date() - timedelta(days=age * 365)
        other = {} if age else {"sensitivity": "sexual"}
        case = sample_rows.add_registered_case(people=[(person, "suspect" if age else "victim")], **other)
        letter = Letter(
            case=case,
            person=person,
            to_unit=db.session.get(Unit, "PC-12"),
            template=db.session.get(LetterTemplate, "photo"),
        )
        db_session.add(letter)
        db_session.flush()
    assert person.number in letter.text and "សុផល្លា" not in letter.text


def test_namesake_of_a_protected_person_is_named_with_the_record(client_as, db_session, each_database):
    make_protected_victim()
    with sample_rows.acting_as("clerk.bb"):
        person = sample_rows.make_registered_person(2, surname_km="ចាន់", given_km="សុផល្លា")
        case = sample_rows.add_registered_case(people=[(person, "suspect")])
    db_session.commit()
    clerk, over = client_as("clerk.bb", "en"), {"to_unit": "DI-0203", "template": "photo", "text": ""}
    assert write(clerk, case=case.id, person=person.id, **over).status_code == 302
    step(clerk, read_letter(), "submit")
    assert "ចាន់ សុផល្លា" in read_letter().text and read_letter().state == "sent"
