"""The page of a person."""

from app.people.models import Person
from tests.court_orders.sample_orders import an_active_order
from tests.locked_records import SHUT, registered
from tests.sample_rows import a_registered_case, a_registered_person, written_by


def test_of_whom_only_the_year_of_birth_is_known_it_shows_the_year(db_session, clerk):
    person = Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M", birth_precision="year", birth_year=1982)
    with written_by("clerk.bb"):
        db_session.add(a_registered_case(people=[(person, "suspect")]))
        db_session.commit()
    assert "១៩៨២" in clerk.page(f"/person/show/{person.id}").text


def test_the_list_of_people_says_who_is_wanted_and_by_which_paper(db_session, clerk):
    wanted, other = a_registered_person(1), a_registered_person(2)
    with written_by("clerk.bb"):
        a_registered_case(people=[(wanted, "suspect"), (other, "suspect")])
        order = an_active_order(wanted)
        db_session.commit()
    rows = {row.all("a")[0]["href"]: row.text for row in clerk.page("/person/list/").all("tr", data_row=True)}
    assert len(rows) == 2
    for person, is_wanted in ((wanted, True), (other, False)):
        told = rows[f"/person/show/{person.id}"]
        assert ("កំពុងតាមចាប់" in told, order.number in told) == (is_wanted, is_wanted)


def test_what_was_wrong_in_a_shut_name_keeps_no_telephone_from_being_written_down(db_session, clerk):
    with registered(SHUT), written_by("clerk.bb"):
        person = a_registered_person(surname_latin="Konng (Ah Kong)")
        a_registered_case(people=[(person, "suspect")])
        db_session.commit()
    address = f"/person/edit/{person.id}"
    typed = {name: found[-1] for name, found in clerk.page(address).typed().items()}
    answer = clerk.send(address, typed | {"phone": "012 345 678", "deceased_on": "01-01-1950"})
    assert answer.status_code == 422 and "V031" not in answer.get_data(as_text=True), (
        "a death before the birth"
    )
    answer = clerk.send(address, typed | {"phone": "012 345 678"})
    assert answer.status_code == 302, answer.text
    db_session.refresh(person)
    assert person.phone == "012 345 678"
