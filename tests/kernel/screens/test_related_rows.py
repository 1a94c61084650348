"""Related lists on a record's page: the row limit, and features without rows."""

from app.kernel.screens.related_rows import MAX_RELATED
from app.people.models import PersonMark
from tests.sample_rows import acting_as, add_registered_case, make_registered_person
from tests.statement_counts import counted


def create_person_with_marks(session, number):
    with acting_as("clerk.bb"):
        person = make_registered_person()
        person.marks = [PersonMark(kind="scar", text=f"mark {place}") for place in range(number)]
        add_registered_case(people=[(person, "suspect")])
        session.commit()
        return person.id


def related_marks(browser, person):
    return browser.page(f"/person/show/{person}").by_id("PersonMarkView")


def test_long_related_list_shows_that_it_is_cut(client_as, db_session):
    person = create_person_with_marks(db_session, MAX_RELATED + 1)
    marks = related_marks(client_as("clerk.bb", "en"), person)
    assert len(marks.all("tr", data_row=True)) == MAX_RELATED
    assert f"Only the first {MAX_RELATED} are shown here." in marks.text
    assert f"{MAX_RELATED}+" in marks.all("summary")[0].text


def test_short_related_list_shows_no_limit(client_as, db_session):
    person = create_person_with_marks(db_session, MAX_RELATED)
    marks = related_marks(client_as("clerk.bb", "en"), person)
    assert len(marks.all("tr", data_row=True)) == MAX_RELATED
    assert "Only the first" not in marks.text


def test_features_without_rows_are_only_checked(register, client_as, db_session, each_database):
    person, browser = create_person_with_marks(db_session, 1), client_as("clerk.bb")
    browser.get(f"/person/show/{person}")
    with counted(register) as statements:
        assert "mark 0" in browser.get(f"/person/show/{person}").text
    sql = " ".join(statements)
    assert "person_mark.text" in sql and "detention.person_id" in sql
    assert "detention.due_on" not in sql and "court_order.next_step" not in sql
