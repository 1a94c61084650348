"""The mapping of an old file is proposed: layout, columns, dates, places and values."""

import io

import pytest
import xlsxwriter
from sqlalchemy import select

from app.cases.models import Case
from app.extensions import db
from app.imports import computed_columns, date_words, place_words, profiles, saved_profiles
from app.imports.models import ImportProfile, ImportRun
from app.people.models import Person
from tests.html_pages import Page
from tests.imports.sample_files import run_jobs, upload
from tests.imports.steps import approve

FACTS = "ជនសង្ស័យបានលួចទូរស័ព្ទដៃមួយគ្រឿងពីក្នុងផ្ទះជនរងគ្រោះ ហើយរត់គេចខ្លួន"


@pytest.mark.parametrize(
    ("text", "date_format", "expected"),
    [
        ("20040305", "dmy", (5, 3, 2004)),
        ("05032004", "dmy", (5, 3, 2004)),
        ("ថ្ងៃទី១២ ខែមករា ឆ្នាំ២០០៥", "dmy", (12, 1, 2005)),
        ("ថ្ងៃទីម្ភៃបី ខែមេសា ឆ្នាំពីរពាន់ប្រាំ", "dmy", (23, 4, 2005)),
        ("January 5, 2005", "dmy", (5, 1, 2005)),
        ("12-Jan-05", "dmy", (12, 1, 5)),
        ("2/3/98", "mdy", (3, 2, 98)),
        ("98-3-2", "ymd", (2, 3, 98)),
        ("១៩៧៥", "dmy", (None, None, 1975)),
    ],
)
def test_date_is_split_as_written(text, date_format, expected):
    assert date_words.split_date(text, date_format)[:3] == expected


def test_era_in_the_text_is_found():
    parts = date_words.split_date("ថ្ងៃព្រហស្បតិ៍ ទី៥ ខែមីនា ឆ្នាំ២៥៤៨ ព.ស.", "dmy")
    assert (parts.day, parts.year, parts.era) == (5, 2548, "buddhist")


def test_place_in_words_or_columns_is_found(db_session):
    for texts in (["ឃុំទួលតាឯក", "ស្រុកបាត់ដំបង", "ខេត្តបាត់ដំបង"], ["ខេត្តបាត់ដំបង ក្រុងបាត់ដំបង សង្កាត់ទួលតាឯក"]):
        assert place_words.find_place(texts).startswith("0203"), texts
    assert place_words.find_place(["កន្លែងដែលគ្មាន"]) == "កន្លែងដែលគ្មាន"


def write_register(path):
    """Write a register with a title, headings of two rows, years of two digits and places in two columns."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("About").write(0, 0, "old system")
        sheet = book.add_worksheet("Register")
        sheet.write(0, 0, "សៀវភៅបញ្ជី")
        sheet.write_row(1, 0, ["លេខសំណុំរឿង", "ថ្ងៃកើតហេតុ", "ជនសង្ស័យ", "", "", "ទីកន្លែងកើតហេតុ", "បទល្មើស", "អង្គហេតុ"])
        sheet.write_row(2, 0, ["", "", "ឈ្មោះ", "ភេទ", "ថ្ងៃកំណើត", "", "", ""])
        rows = [
            ["1/12", "5/3/12", "សុខ ដារ៉ា", "ប", "1975", "020310", "លួច", FACTS],
            ["2/12", "15/3/12", "ចាន់ សុភា", "ស", "2/1/80", "020310", "លួច", FACTS],
        ]
        for number, row in enumerate(rows, 3):
            sheet.write_row(number, 0, row)
    return path


def read_form(page):
    """Return what the main button of the mapping page sends."""
    typed = {name: found if name.startswith("of-") else found[-1] for name, found in page.typed().items()}
    typed.pop("again", None)
    return typed


def upload_file(client, path, profile="new-cases"):
    data = {"profile": profile, "file": (io.BytesIO(path.read_bytes()), path.name)}
    response = client.send("/import/add", data, content_type="multipart/form-data")
    assert response.status_code == 302, response.text
    return response.location


def test_old_register_is_mapped_and_imported_by_the_pages_alone(uploader, approver, db_session, tmp_path):
    address = upload_file(uploader, write_register(tmp_path / "old.xlsx"))
    pk = int(address.rsplit("/", 1)[1])
    assert address.endswith(f"/import/columns/{pk}")
    profile = db.session.get(ImportRun, pk).profile
    assert profile.layout[:3] == ("Register", 2, 2) and profile.pivot is not None
    assert {"case.old", "case.occurred_from", "case.reported_at", "case.place", "case.summary"} <= set(
        profile.columns
    )
    assert {"person.surname_km", "person.given_km", "person.sex", "person.born_on"} <= set(profile.columns)
    page = uploader.page(address)
    assert "These fields need a column" in page.text and "Reporting method" in page.text
    typed = read_form(page)
    typed["fixed"] += "\nReporting method = Complaint\nRole in the case = Suspect\nCase status = Closed"
    typed["name"] = "ours"
    response = uploader.send(address, typed)
    assert response.location == f"/import/values/{pk}", Page(response.text).all(role="alert")[0].text
    page = uploader.page(response.location)
    assert "លួច" in page.text
    sent = {name: found[-1] for name, found in page.typed().items()}
    offence = next(
        name[7:] for name, value in sent.items() if name.startswith("target-") and value == "offence.offence"
    )
    sent[f"key-{offence}"] = "PC2009-353_356"
    sent.pop("more", None)
    assert uploader.send(response.location, sent).location == f"/import/show/{pk}"
    uploader.send(f"/import/check/{pk}")
    run_jobs()
    run = db.session.get(ImportRun, pk)
    assert (run.report["right"], run.report.get("wrong", 0)) == (2, 0), [
        p["en"] + p["field"] for e in run.report["examples"] for p in e["problems"]
    ]
    approve(approver, pk)
    run_jobs()
    assert db.session.scalars(select(Case.occurred_from).order_by(Case.id)).all()[0].year == 2012
    people = db.session.scalars(select(Person).order_by(Person.id)).all()
    assert [(one.surname_km, one.given_km, one.sex) for one in people] == [
        ("សុខ", "ដារ៉ា", "M"),
        ("ចាន់", "សុភា", "F"),
    ]
    assert (people[0].birth_year, people[0].birth_precision) == (1975, "year")
    saved = db.session.scalars(select(ImportProfile)).one()
    assert saved.settings["codes"]["offence.offence"] == {"លួច": "PC2009-353_356"}
    again = upload_file(uploader, tmp_path / "old.xlsx", f"own-{saved.id}")
    assert "/import/show/" in again


def test_rows_of_a_second_sheet_belong_to_their_case(uploader, db_session, tmp_path):
    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        cases, people = book.add_worksheet("Cases"), book.add_worksheet("People")
        cases.write_row(0, 0, ["Case ID", "Date of offence", "Place code", "Summary"])
        cases.write_row(1, 0, ["K1", "5/3/2008", "020310", FACTS])
        people.write_row(0, 0, ["Case ID", "Role", "Surname", "Given name", "Sex"])
        for number, row in enumerate(
            [["K1", "Suspect", "សុខ", "ដារ៉ា", "M"], ["K1", "Victim", "ចាន់", "សុភា", "F"], ["K9"]], 1
        ):
            people.write_row(number, 0, row)
    address = upload_file(uploader, path)
    typed = read_form(uploader.page(address))
    second = {"second-sheet": "People", "second-here": "Case ID", "again": "1"}
    response = uploader.send(address, typed | second)
    assert response.location == address, Page(response.text).all(role="alert")[0].text
    page = uploader.page(address)
    assert "People / Surname" in page.text
    pk = int(address.rsplit("/", 1)[1])
    assert uploader.send(f"/import/propose/{pk}").status_code == 302
    run = db.session.get(ImportRun, pk, populate_existing=True)
    assert run.profile.columns["person.surname_km"] == "People / Surname"
    from app.imports.actions import read_file_rows

    rows = list(read_file_rows(run))
    assert [number for number, _cells in rows] == [1, 2, 2, 6]
    assert [cells[0] for _number, cells in rows[1:]] == ["K1", "K1", "K9"]
    assert uploader.send(f"/import/undo/{pk}").status_code == 302
    assert "person.surname_km" not in db.session.get(ImportRun, pk, populate_existing=True).profile.columns


def test_profile_has_versions_and_is_renamed_copied_and_deleted(uploader, db_session):
    pk = upload(uploader, "ecrime-2012.csv", "new-people")
    typed = {name: found[-1] for name, found in uploader.page(f"/import/columns/{pk}").typed().items()}
    for name in ("a", "b"):
        uploader.send(f"/import/columns/{pk}", typed | {"name": "ours", "source": name})
    profile = db.session.scalars(select(ImportProfile)).one()
    assert [one.number for one in saved_profiles.list_versions(profile)] == [2, 1]
    assert uploader.send(f"/import-profiles/restore/{profile.id}", {"number": "1"}).status_code == 302
    db.session.refresh(profile)
    assert profile.profile.source == "a" and len(saved_profiles.list_versions(profile)) == 3
    content = uploader.get(f"/import-profiles/download/{profile.id}").data
    assert uploader.send(f"/import-profiles/rename/{profile.id}", {"name": ""}).status_code == 422
    assert uploader.send(f"/import-profiles/rename/{profile.id}", {"name": "other"}).status_code == 302

    def send(data):
        files = {"file": (io.BytesIO(data), "a.json")}
        return uploader.send("/import-profiles/upload", files, content_type="multipart/form-data").status_code

    assert (send(content), send(content), send(b"{}"), send(b"\xff"), send(b"[]")) == (
        302,
        422,
        422,
        422,
        422,
    )
    assert "ours" in uploader.get("/import-profiles/list/").text
    assert uploader.send(f"/import-profiles/delete/{profile.id}").status_code == 302
    assert [one.name for one in saved_profiles.list_all()] == ["ours"]


@pytest.mark.parametrize("has_second_sheet", [False, True])
def test_extra_cell_of_a_row_never_fills_another_column(db_session, tmp_path, has_second_sheet):
    path = tmp_path / "extra.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        first, second = book.add_worksheet("Cases"), book.add_worksheet("People")
        for number, row in enumerate([["Case ID", "Name"], ["K1", "សុខ ដារ៉ា"], ["K2", "ចាន់ សុភា", "extra"]]):
            first.write_row(number, 0, row)
        second.write_row(0, 0, ["Case ID", "Role"])
        second.write_row(1, 0, ["K2", "Suspect"])
    word = {"name": "Name: 1", "how": "first", "of": ["Name"], "argument": ""}
    sheet = {"sheet": "People", "here": "Case ID", "there": "Case ID"} if has_second_sheet else {}
    rows = list(computed_columns.read_rows(path, profiles.Profile(computed=(word,), second=sheet)))
    assert rows[1][1][-1] == "សុខ"
    (bad,) = rows[2][1]
    assert bad.message.values == {"text": "extra"}
