"""Pages of the rows of a case: each links back to the case and to the person."""

import pytest
from sqlalchemy import select

from app.cases.models import Case, Exhibit
from app.kernel.access.access_grants import SHARE, AccessGrant
from app.kernel.schema import code_lists
from app.kernel.text import dates
from app.people.models import Person
from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.prepared import prepared
from tests.sample_rows import (
    PHNOM_PENH,
    acting_as,
    add_photo,
    add_registered_case,
    make_registered_person,
    take_step,
)


@prepared
def case(db_session):
    with acting_as("clerk.bb"):
        made = add_registered_case(people=[(add_photo(make_registered_person()), "suspect")])
        made.exhibits[0].description = made.exhibits[0].plate = None
        db_session.commit()
    return db_session.scalar(select(Case))


def find_links(page):
    return {link["href"] for link in page.all("a", href=True)}


def test_case_row_pages_link_to_the_case(case, clerk):
    for kind, row in (
        ("exhibit", case.exhibits[0]),
        ("involvement", case.involvements[0]),
        ("caseoffence", case.offences[0]),
        ("supplement", case.supplements[0]),
    ):
        assert f"/case/show/{case.id}" in find_links(clerk.page(f"/{kind}/show/{row.id}")), kind


def test_involvement_page_links_to_the_person(case, clerk):
    row = case.involvements[0]
    assert f"/person/show/{row.person_id}" in find_links(clerk.page(f"/involvement/show/{row.id}"))


def test_person_page_shows_offence_and_status_of_cases(case, clerk):
    page = clerk.page(f"/person/show/{case.involvements[0].person_id}")
    row = next(row for row in page.all("tr") if case.number in row.text)
    assert "អំពើលួច" in row.text and "កំពុងស៊ើបអង្កេត" in row.text
    assert row.all("td", css="lead")[0].all("a")[0]["href"] == f"/case/show/{case.id}"


def test_unidentified_suspect_has_a_range_of_ages_and_needs_no_document(clerk, db_session):
    unknown = Person(sex="unknown", unidentified=True, birth_precision="estimated", age_from=15, age_to=60)
    with acting_as("clerk.bb"):
        case = add_registered_case(people=[(unknown, "suspect")])
        db_session.commit()
    page = clerk.page(f"/case/show/{case.id}")
    assert "១៥–៦០" in page.by_id("people").text
    assert "ឯកសារអត្តសញ្ញាណរបស់" not in page.text


def test_case_number_cell_does_not_wrap(case, clerk):
    for path in (f"/person/show/{case.involvements[0].person_id}", "/case/list/", "/supplement/list/"):
        cell = next(cell for cell in clerk.page(path).all("td", css="lead") if case.number in cell.text)
        assert "id" in cell["class"].split(), path


def test_exhibit_without_description_is_titled_by_type(case, clerk, db_session):
    exhibit = db_session.scalar(select(Exhibit))
    assert clerk.page(f"/exhibit/show/{exhibit.id}").all("h1")[0].text == "យានយន្ត"


def test_person_page_shows_photo_instead_of_mime_type(case, clerk):
    page = clerk.page(f"/person/show/{case.involvements[0].person_id}")
    assert "image/jpeg" not in page.text
    (photo,) = case.involvements[0].person.photos
    assert f"/file/person-photo/{photo.id}/full" in find_links(page)


def test_form_opened_from_record_links_back_to_it(case, clerk):
    person = case.involvements[0].person_id
    (crumbs,) = clerk.page(f"/personname/add?person={person}").all("nav", css="crumbs")
    assert [(link["href"], link.text) for link in crumbs.all("a")] == [(f"/person/show/{person}", "សុខ ដារ៉ា")]


def test_missing_exhibit_values_are_shown_as_dashes(case, clerk):
    row = next(row for row in clerk.page(f"/case/show/{case.id}").all("tr") if "យានយន្ត" in row.text)
    assert [cell.text for cell in row.all("td")][1:3] == ["—", "—"]


def test_search_card_number_does_not_wrap(case, clerk):
    card = clerk.send("/find/", {"q": "សុខ ដារ៉ា"}, follow_redirects=True)
    assert f'<span class="id">P-{case.involvements[0].person_id:07d}</span>' in card.text


def test_case_list_shows_offences_and_late_entries(case, db_session, clerk):
    with acting_as("clerk.bb"):
        late = add_registered_case(late=True)
        db_session.commit()
    rows = {row.all("a")[0].text: row for row in clerk.page("/case/list/").all("tr", data_row=True)}
    told = {number: [tag.text for tag in row.all("span", "amber")] for number, row in rows.items()}
    assert told == {case.number: [], late.number: ["យឺត"]}
    assert all(str(case.offences[0].offence) in row.text for row in rows.values())


def test_locked_case_outside_the_area_takes_its_dossier_number(clerk, db_session, each_database):
    locked = add_case_of_age(LOCKED_AGE, place=PHNOM_PENH)
    share = {"entity": "case", "entity_id": locked.id, "unit_code": "PC-02", "owner_unit": "PC-12"}
    now = dates.now()
    db_session.add(
        AccessGrant(kind=SHARE, granted_at=now, granted_by_id=locked.recorded_by_id, may_write=True, **share)
    )
    db_session.commit()
    path = f"/case/edit/{locked.id}"
    typed = clerk.page(path).typed()
    assert clerk.post(path, data=typed | {"dossier_no": "1078/26"}).status_code == 302
    db_session.expire_all()
    assert locked.dossier_no == "1078/26"


@pytest.mark.parametrize(("status", "shown"), [("open", True), ("filed", False)])
def test_locked_case_shows_what_is_missing_while_it_is_open(clerk, db_session, status, shown):
    locked = add_case_of_age(LOCKED_AGE)
    db_session.commit()
    if status != "open":
        take_step(locked, status)
        db_session.commit()
    page = clerk.page(f"/case/show/{locked.id}")
    assert ("នៅខ្វះ" in page.text) == shown


def test_page_of_a_case_file_is_titled_by_its_type_and_opens_the_file(clerk, case):
    file = case.files[0]
    page = clerk.page(f"/casefile/show/{file.id}")
    assert page.all("h1")[0].text == code_lists.label("file_kind", file.kind)
    assert any(link["href"] == f"/file/case-file/{file.id}/full" for link in page.by_id("main").all("a"))
    assert not page.all("span", css="opt"), "the reason of a withdrawal is required"
