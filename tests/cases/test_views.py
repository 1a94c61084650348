"""The pages of what belongs to a case: each leads back to the case and to the person."""

import pytest
from sqlalchemy import select

from app.cases.models import Case, Exhibit
from tests.sample_rows import a_registered_case, a_registered_person, with_photo, written_by


@pytest.fixture
def case(db_session):
    with written_by("clerk.bb"):
        made = a_registered_case(people=[(with_photo(a_registered_person()), "suspect")])
        made.exhibits[0].description = made.exhibits[0].plate = None
        db_session.commit()
    return db_session.scalar(select(Case))


def ways(page):
    return {link["href"] for link in page.all("a", href=True)}


def test_every_row_of_a_case_leads_to_its_case(case, clerk):
    for kind, row in (
        ("exhibit", case.exhibits[0]),
        ("involvement", case.involvements[0]),
        ("caseoffence", case.offences[0]),
        ("supplement", case.supplements[0]),
    ):
        assert f"/case/show/{case.id}" in ways(clerk.page(f"/{kind}/show/{row.id}")), kind


def test_a_person_in_a_case_leads_to_the_person(case, clerk):
    row = case.involvements[0]
    assert f"/person/show/{row.person_id}" in ways(clerk.page(f"/involvement/show/{row.id}"))


def test_a_persons_page_says_what_his_cases_are_about_and_how_they_stand(case, clerk):
    page = clerk.page(f"/person/show/{case.involvements[0].person_id}")
    row = next(row for row in page.all("tr") if case.number in row.text)
    assert "អំពើលួច" in row.text and "កំពុងស៊ើបអង្កេត" in row.text


def test_the_number_that_leads_to_a_case_is_never_broken(case, clerk):
    for path in (f"/person/show/{case.involvements[0].person_id}", "/case/list/", "/supplement/list/"):
        cell = next(cell for cell in clerk.page(path).all("td", css="lead") if case.number in cell.text)
        assert "id" in cell["class"].split(), path


def test_an_exhibit_without_a_description_is_named_by_its_kind_in_words(case, clerk, db_session):
    exhibit = db_session.scalar(select(Exhibit))
    assert clerk.page(f"/exhibit/show/{exhibit.id}").all("h1")[0].text == "យានយន្ត"


def test_a_photo_is_shown_and_not_its_kind_of_file(case, clerk):
    page = clerk.page(f"/person/show/{case.involvements[0].person_id}")
    assert "image/jpeg" not in page.text
    (photo,) = case.involvements[0].person.photos
    assert f"/file/person-photo/{photo.id}/full" in ways(page)


def test_a_form_that_was_opened_from_a_record_leads_back_to_it_and_names_it(case, clerk):
    person = case.involvements[0].person_id
    (crumbs,) = clerk.page(f"/personname/add?person={person}").all("nav", css="crumbs")
    assert [(link["href"], link.text) for link in crumbs.all("a")] == [(f"/person/show/{person}", "សុខ ដារ៉ា")]


def test_what_is_not_known_of_an_exhibit_is_a_stroke_and_no_blank(case, clerk):
    row = next(row for row in clerk.page(f"/case/show/{case.id}").all("tr") if "យានយន្ត" in row.text)
    assert [cell.text for cell in row.all("td")][1:3] == ["—", "—"]


def test_on_a_phone_a_card_of_the_search_keeps_the_number_in_one_piece(case, clerk):
    card = clerk.send("/find/", {"q": "សុខ ដារ៉ា"}, follow_redirects=True)
    assert f'<span class="id">P-{case.involvements[0].person_id:07d}</span>' in card.text


def test_the_list_of_cases_says_what_happened_and_what_was_entered_late(case, db_session, clerk):
    with written_by("clerk.bb"):
        late = a_registered_case(late=True)
        db_session.commit()
    rows = {row.all("a")[0].text: row for row in clerk.page("/case/list/").all("tr", data_row=True)}
    told = {number: [tag.text for tag in row.all("span", "amber")] for number, row in rows.items()}
    assert told == {case.number: [], late.number: ["យឺត"]}
    assert all(str(case.offences[0].offence) in row.text for row in rows.values())
