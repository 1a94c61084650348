"""The page of a person."""

from app.people.models import Person
from tests.court_orders.sample_orders import make_active_order
from tests.locked_records import LOCKED_AGE, registered_before
from tests.sample_rows import acting_as, add_photo, add_registered_case, make_registered_person


def test_person_page_shows_year_if_only_year_is_known(db_session, clerk):
    person = Person(surname_km="សុខ", given_km="ដារ៉ា", sex="M", birth_precision="year", birth_year=1982)
    with acting_as("clerk.bb"):
        db_session.add(add_registered_case(people=[(person, "suspect")]))
        db_session.commit()
    assert "១៩៨២" in clerk.page(f"/person/show/{person.id}").text


def test_person_list_shows_photo_wanted_status_and_order(db_session, clerk):
    wanted, other = make_registered_person(1), make_registered_person(2)
    with acting_as("clerk.bb"):
        add_registered_case(people=[(add_photo(wanted), "suspect"), (other, "suspect")])
        order = make_active_order(wanted)
        db_session.commit()
    rows = {row.all("a")[0]["href"]: row for row in clerk.page("/person/list/").all("tr", data_row=True)}
    assert len(rows) == 2
    for person, is_wanted in ((wanted, True), (other, False)):
        row = rows[f"/person/show/{person.id}"]
        shown = "កំពុងតាមចាប់" in row.text, order.number in row.text, bool(row.all("img", css="photo"))
        assert shown == (is_wanted, is_wanted, is_wanted)


def test_invalid_locked_name_does_not_block_phone_edit(db_session, clerk):
    with registered_before(LOCKED_AGE), acting_as("clerk.bb"):
        person = make_registered_person(surname_latin="Konng (Ah Kong)")
        add_registered_case(people=[(person, "suspect")])
        db_session.commit()
    address = f"/person/edit/{person.id}"
    typed = clerk.page(address).typed()
    answer = clerk.send(address, typed | {"phone": "012 345 678"})
    assert answer.status_code == 302, answer.text
    db_session.refresh(person)
    assert person.phone == "012 345 678"
