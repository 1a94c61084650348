"""Rejected entries of an import are fixed on their page."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import select

from app.extensions import db
from app.imports import profiles
from app.imports.models import ImportEntry, ImportProfile, ImportRun
from app.people.models import Person
from tests.html_pages import Page
from tests.imports.sample_files import FIXED_VALUES, SAMPLES, run_jobs, upload_and_import, upload_and_try
from tests.imports.steps import approve, send_approval_of_fixes


def test_fix_form_registers_rejected_entry(uploader, approver, db_session):
    pk = upload_and_try(uploader)
    approve(approver, pk)
    run_jobs()
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waiting")).one().id
    page = approver.get(f"/rejected-entries/list/{pk}").text
    assert "029999" in page
    field_values = {
        "0-case.place": "020310",
        "0-offence.offence": "PC2009-353_356",
        "0-case.occurred_from": "14-09-2016",
    }
    assert approver.send(f"/rejected-entries/fix/{entry}", field_values).status_code == 422
    more = {
        "0-person.born_on": "1-2-1992", "0-person.given_km": "បូរ៉ា", "0-exhibit.kind": "phone",
        "0-exhibit.property_role": "stolen", "0-exhibit.description": "ទូរស័ព្ទ",
    }  # fmt: skip
    response = approver.send(f"/rejected-entries/fix/{entry}", field_values | more)
    assert response.status_code == 302, response.text
    assert send_approval_of_fixes(uploader, pk).status_code == 302
    run = db.session.get(ImportRun, pk)
    assert (run.waiting, run.fixed) == (0, 0)
    assert db.session.scalars(select(Person).where(Person.given_km == "បូរ៉ា")).one()


def test_concurrent_fixes_and_approvals_register_one_record(uploader, approver, db_session, each_database):
    pk = upload_and_import(uploader, approver, "ecrime-2016.csv", "ecrime-2016")
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waiting")).one().id
    db.session.commit()
    with ThreadPoolExecutor(4) as clicks:
        responses = list(
            clicks.map(
                lambda _number: approver.send(f"/rejected-entries/fix/{entry}", FIXED_VALUES), range(4)
            )
        )
    assert {one.status_code for one in responses} == {302}
    db.session.expire_all()
    run = db.session.get(ImportRun, pk)
    assert (run.waiting, run.fixed) == (0, 1)
    db.session.commit()
    with ThreadPoolExecutor(4) as clicks:
        responses = list(clicks.map(lambda _number: send_approval_of_fixes(uploader, pk), range(4)))
    assert {one.status_code for one in responses} <= {302, 409}
    db.session.expire_all()
    run = db.session.get(ImportRun, pk)
    assert (run.waiting, run.fixed, run.entered) == (0, 0, 2)
    assert len(db.session.scalars(select(Person).where(Person.given_km == "បូរ៉ា")).all()) == 1


def test_fix_form_field_shows_label_and_keeps_key(uploader, client_as, db_session):
    pk, approver = upload_and_try(uploader), client_as("planning", "km")
    approve(approver, pk)
    run_jobs()
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waiting")).one()
    page = approver.page(f"/rejected-entries/fix/{entry.id}")
    assert page.all("h1")[0].text == "ជួរទី ៤"
    (role,) = page.all("input", name="0-involvement.role__text")
    assert role["value"] == "ជនសង្ស័យ" and role["data-lookup"] == "/lookup/code.role"
    typed = {name: found[-1] for name, found in page.typed().items()}
    assert approver.send(f"/rejected-entries/fix/{entry.id}", typed).status_code == 422
    assert dict(entry.values[0][1])["involvement.role"] == "suspect", (
        "an unchanged field keeps the value of the file"
    )
    found = {"0-case.place": "020310", "0-case.place__text": "ស្វាយប៉ោ", "0-offence.offence__text": "អំពើលួច"}
    assert approver.send(f"/rejected-entries/fix/{entry.id}", typed | found).status_code == 422
    db.session.refresh(entry)
    values = dict(entry.values[0][1])
    assert (values["case.place"], values["offence.offence"]) == ("020310", "អំពើលួច")


def test_fix_form_offers_field_required_by_rule(uploader, approver, db_session, tmp_path):
    profile = profiles.load_shipped()["ecrime-2010"]
    columns = {key: name for key, name in profile.columns.items() if key != "case.place"}
    db.session.add(
        ImportProfile(
            name="bare", kind=profile.kind, made_by_id=1, settings=replace(profile, columns=columns).settings
        )
    )
    db.session.commit()
    pk = upload_and_try(uploader, "ecrime-2010.csv", f"own-{db.session.scalar(select(ImportProfile.id))}")
    approve(approver, pk)
    run_jobs()
    waits = db.session.scalars(select(ImportEntry).order_by(ImportEntry.row)).first().id
    address = f"/rejected-entries/fix/{waits}"
    page = approver.page(address)
    assert "V007" in page.text and "0-case.place_kind" not in page.typed()
    typed = {name: found[-1] for name, found in page.typed().items()} | {"0-person.father_name": "សុខ សៅ"}
    page = Page.from_response(approver.send(address, typed | {"more": ["case.place_kind"], "box": "1"}), 200)
    typed = {name: found[-1] for name, found in page.typed().items()}
    assert "1-case.place_kind" in typed and typed["0-person.father_name"] == "សុខ សៅ"
    typed["more"] = ["case.place_kind"]
    fixed = {"0-case.place": "020310"}
    response = approver.send(address, typed | fixed)
    assert response.status_code == 302, response.text
    assert db.session.get(ImportEntry, waits).state == "fixed"


def test_fix_form_marks_field_of_wrong_person(uploader, approver, db_session):
    """The second of two people has Khmer letters in the Latin surname."""
    heading, first, other, *_rest = (SAMPLES / "ecrime-2016.csv").read_text("utf-8").splitlines()
    pk = upload_and_import(uploader, approver, lines=[heading, first, other.replace(";Hun;", ";ហ៊ុន;")])
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waiting")).one().id
    page = approver.page(f"/rejected-entries/fix/{entry}")
    assert [box["name"] for box in page.all("input", aria_invalid="true")] == ["1-person.surname_latin"]
    waits = approver.page(f"/rejected-entries/list/{pk}").text
    assert "V031" in waits and "· Row 3" in waits


def test_fix_form_marks_row_of_unreadable_cell(uploader, approver, db_session):
    heading, first, other, *_rest = (SAMPLES / "ecrime-2016.csv").read_text("utf-8").splitlines()
    pk = upload_and_import(
        uploader, approver, lines=[heading, first, other.replace(";M;", ";X;").replace(";F;", ";X;")]
    )
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waiting")).one().id
    marked = approver.page(f"/rejected-entries/fix/{entry}").all("input", aria_invalid="true")
    assert [box["name"].partition("-")[0] for box in marked] == ["1"]
    assert "· Row 3" in approver.page(f"/rejected-entries/list/{pk}").text
