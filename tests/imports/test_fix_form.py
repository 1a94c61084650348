"""What waits of an import is mended on its page."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import select

from app.extensions import db
from app.imports import profiles, readers
from app.imports.models import ImportEntry, ImportProfile, ImportRun
from app.people.models import Person
from tests.html_pages import Page
from tests.imports.sample_files import MENDED, SAMPLES, let_in, tried, worked


def test_what_waits_is_mended_on_its_page(reader, second, db_session):
    pk = tried(reader)
    second.send(f"/import/let-in/{pk}")
    worked()
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waits")).one().id
    page = second.get(f"/import-waiting/list/{pk}").text
    assert "029999" in page
    box = {
        "0-case.place": "020310",
        "0-offence.offence": "PC2009-353_356",
        "0-case.occurred_from": "14-09-2016",
    }
    assert second.send(f"/import-waiting/mend/{entry}", box).status_code == 422
    assert (
        reader.send(f"/import-waiting/mend/{entry}", box).status_code == 409
    )  # who read it does not let it in
    more = {
        "0-person.born_on": "1-2-1992", "0-person.given_km": "បូរ៉ា", "0-exhibit.kind": "phone",
        "0-exhibit.property_role": "stolen", "0-exhibit.state": "missing", "0-exhibit.description": "ទូរស័ព្ទ",
    }  # fmt: skip
    answer = second.send(f"/import-waiting/mend/{entry}", box | more)
    assert answer.status_code == 302, answer.text
    assert db.session.get(ImportRun, pk).waiting == 0
    assert db.session.scalars(select(Person).where(Person.given_km == "បូរ៉ា")).one()


def test_of_clicks_at_once_on_what_waits_one_record_comes(reader, second, db_session, each_database):
    pk = let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waits")).one().id
    db.session.commit()
    with ThreadPoolExecutor(4) as clicks:
        answers = list(
            clicks.map(lambda _number: second.send(f"/import-waiting/mend/{entry}", MENDED), range(4))
        )
    assert {one.status_code for one in answers} == {302}
    db.session.expire_all()
    run = db.session.get(ImportRun, pk)
    assert (run.waiting, run.entered) == (0, 2)
    assert len(db.session.scalars(select(Person).where(Person.given_km == "បូរ៉ា")).all()) == 1


def test_a_box_shows_words_and_keeps_the_key_that_its_lookup_finds(reader, client_as, db_session):
    pk, second = tried(reader), client_as("planning", "km")
    second.send(f"/import/let-in/{pk}")
    worked()
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waits")).one()
    page = second.page(f"/import-waiting/mend/{entry.id}")
    assert page.all("h1")[0].text == "ជួរទី ៤"
    (role,) = page.all("input", name="0-involvement.role__text")
    assert role["value"] == "ជនសង្ស័យ" and role["data-lookup"] == "/lookup/code.role"
    typed = {name: found[-1] for name, found in page.typed().items()}
    assert second.send(f"/import-waiting/mend/{entry.id}", typed).status_code == 422
    assert dict(entry.values[0][1])["involvement.role"] == "suspect", "untouched, it stays as the file has it"
    found = {"0-case.place": "020310", "0-case.place__text": "ស្វាយប៉ោ", "0-offence.offence__text": "អំពើលួច"}
    assert second.send(f"/import-waiting/mend/{entry.id}", typed | found).status_code == 422
    db.session.refresh(entry)
    values = dict(entry.values[0][1])
    assert (values["case.place"], values["offence.offence"]) == ("020310", "អំពើលួច")


def test_what_a_rule_asks_for_and_the_file_has_no_column_of_gets_a_box(reader, second, db_session, tmp_path):
    profile = profiles.shipped()["ecrime-2010"]
    columns = {key: name for key, name in profile.columns.items() if not key.startswith("exhibit.")}
    db.session.add(
        ImportProfile(
            name="bare", kind=profile.kind, made_by_id=1, settings=replace(profile, columns=columns).settings
        )
    )
    db.session.commit()
    pk = tried(reader, "ecrime-2010.csv", f"own-{db.session.scalar(select(ImportProfile.id))}")
    second.send(f"/import/let-in/{pk}")
    worked()
    waits = db.session.scalars(select(ImportEntry).order_by(ImportEntry.row)).first().id
    address = f"/import-waiting/mend/{waits}"
    page = second.page(address)
    assert "V019" in page.text and "0-exhibit.kind" not in page.typed()
    for name in ("exhibit.kind", "exhibit.property_role"):
        typed = {name: found[-1] for name, found in page.typed().items()} | {"0-person.father_name": "សុខ សៅ"}
        more = page.all("input", name="more")
        answer = second.send(address, typed | {"more": [*(one["value"] for one in more), name], "box": "1"})
        page = Page.of(answer, 200)
    typed = {name: found[-1] for name, found in page.typed().items()}
    assert "1-exhibit.kind" in typed and typed["0-person.father_name"] == "សុខ សៅ"
    (tmp_path / "waits.xlsx").write_bytes(second.get(f"/import-waiting/sheet/{pk}").data)
    _headings, (_row, cells), *_rest = readers.table_of(tmp_path / "waits.xlsx")
    assert cells[2].startswith("A theft"), "a rule that speaks of no box has no label before it"
    typed["more"] = ["exhibit.kind", "exhibit.property_role"]
    mended = {"0-exhibit.kind__text": "Telephone", "0-exhibit.property_role__text": "Stolen"}
    answer = second.send(address, typed | mended)
    assert answer.status_code == 302, answer.text
    assert db.session.get(ImportEntry, waits).state == "entered"


def test_of_a_case_with_several_people_the_box_of_the_one_who_is_wrong_is_marked(reader, second, db_session):
    """The second of two has Khmer letters in the Latin surname."""
    heading, first, other, *_rest = (SAMPLES / "ecrime-2016.csv").read_text("utf-8").splitlines()
    pk = let_in(reader, second, lines=[heading, first, other.replace(";Hun;", ";ហ៊ុន;")])
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waits")).one().id
    page = second.page(f"/import-waiting/mend/{entry}")
    assert [box["name"] for box in page.all("input", aria_invalid="true")] == ["1-person.surname_latin"]
    waits = second.page(f"/import-waiting/list/{pk}").text
    assert "V031" in waits and "· Row 3" in waits


def test_a_cell_that_nobody_can_read_marks_the_box_of_its_own_row(reader, second, db_session):
    heading, first, other, *_rest = (SAMPLES / "ecrime-2016.csv").read_text("utf-8").splitlines()
    pk = let_in(reader, second, lines=[heading, first, other.replace(";M;", ";X;").replace(";F;", ";X;")])
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waits")).one().id
    marked = second.page(f"/import-waiting/mend/{entry}").all("input", aria_invalid="true")
    assert [box["name"].partition("-")[0] for box in marked] == ["1"]
    assert "· Row 3" in second.page(f"/import-waiting/list/{pk}").text
