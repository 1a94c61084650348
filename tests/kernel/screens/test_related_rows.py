"""A list that hangs on a record shows a page of its rows, and says so where there are more."""

from app.kernel.screens.related_rows import HANGING
from app.people.models import PersonMark
from tests.sample_rows import a_registered_case, a_registered_person, written_by
from tests.statement_counts import counted


def a_person_with_marks(session, number):
    with written_by("clerk.bb"):
        person = a_registered_person()
        person.marks = [PersonMark(kind="scar", text=f"mark {place}") for place in range(number)]
        a_registered_case(people=[(person, "suspect")])
        session.commit()
        return person.id


def marks_of(browser, person):
    return browser.page(f"/person/show/{person}").by_id("PersonMarkView")


def test_a_list_of_more_than_a_page_says_that_it_is_only_the_first(client_as, db_session):
    person = a_person_with_marks(db_session, HANGING + 1)
    marks = marks_of(client_as("clerk.bb", "en"), person)
    assert len(marks.all("tr", data_row=True)) == HANGING
    assert f"Only the first {HANGING} are shown here." in marks.text
    assert f"{HANGING}+" in marks.all("summary")[0].text


def test_a_list_of_one_page_says_nothing(client_as, db_session):
    person = a_person_with_marks(db_session, HANGING)
    marks = marks_of(client_as("clerk.bb", "en"), person)
    assert len(marks.all("tr", data_row=True)) == HANGING
    assert "Only the first" not in marks.text


def test_of_features_without_rows_a_page_only_asks_whether_there_are_any(
    register, client_as, db_session, each_database
):
    person, browser = a_person_with_marks(db_session, 1), client_as("clerk.bb")
    browser.get(f"/person/show/{person}")
    with counted(register) as statements:
        assert "mark 0" in browser.get(f"/person/show/{person}").text
    asked = " ".join(statements)
    assert "person_mark.text" in asked and "detention.person_id" in asked
    assert "detention.since" not in asked and "court_order.issued_on" not in asked
