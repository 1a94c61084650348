"""Cases, people and orders of one workbook: three imports of its sheets are linked by the numbers of the file."""

from dataclasses import replace

import pytest
import xlsxwriter
from sqlalchemy import select

from app.accounts.models import User
from app.cases.models import Case, Involvement
from app.court_orders.models import CourtOrder
from app.duplicates.models import Duplicate
from app.extensions import db
from app.imports import profiles, saved_profiles, uploads
from app.imports.models import ImportRun
from app.imports.readers import Layout
from app.people.models import Person
from tests.imports.sample_files import run_jobs, upload
from tests.imports.steps import UPLOADER, approve, list_waiting

SOURCE = "district-book"
FACTS = "ជនសង្ស័យបានលួចទូរស័ព្ទដៃមួយគ្រឿងពីតុក្នុងហាងកាហ្វេ រួចរត់គេចខ្លួនតាមម៉ូតូ"
CASES = [
    ["Case ID", "Occurred", "Reported", "Reported as", "Place code", "Summary", "Offence code", "Class"],
    ["D-1", "14-09-2016 21:30", "15-09-2016 07:00", "complaint", "020310", FACTS, "PC2009-353_356", "misdemeanour"],
    ["D-2", "20-10-2016 09:30", "20-10-2016 17:00", "complaint", "020310", FACTS, "PC2009-353_356", "misdemeanour"],
]  # fmt: skip
PEOPLE = [
    ["Case", "Role", "Person ID", "Surname", "Given name", "Sex", "Date of birth", "Nationality"],
    ["D-1", "suspect", "7", "អ៊ុំ", "ចាន់ថា", "M", "01-02-1992", "KH"],
    ["D-2", "suspect", "7", "អ៊ុំ", "ចាន់ថា", "M", "01-02-1992", "KH"],
    ["D-2", "victim", "8", "ហ៊ុន", "មាលា", "F", "05-05-1980", "KH"],
    ["D-9", "victim", "9", "គង់", "សុភា", "F", "06-06-1981", "KH"],
]
ORDERS = [
    ["order_id", "state", "kind", "number", "court", "issuer", "judge", "issued", "received", "offence", "articles",
     "class", "surname", "given", "sex", "born", "person_id"],
    ["W-1", "OPEN", "AW", "12/17", "BTB", "IJ", "ចៅក្រម គឹម", "2017-04-02", "2017-04-09", "អំពើលួច", "មាត្រា ៣៥៣",
     "misdemeanour", "អ៊ុំ", "ចាន់ថា", "M", "1992-02-01", "7"],
]  # fmt: skip


def write_book(path, **sheets):
    """Return the bytes of a workbook with these sheets."""
    book = xlsxwriter.Workbook(str(path))
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return path.read_bytes()


def save_profile(shipped, sheet, headings, **changes):
    """Save a shipped profile for one sheet of the workbook; return the choice of it on the page."""
    profile = profiles.load_shipped()[shipped]
    columns = {key: name for key, name in profile.columns.items() if name in headings}
    settings = {"key": "", "name_km": sheet, "name_en": sheet, "source": SOURCE, "cases_of": ""}
    profile = replace(profile, **settings | {"columns": columns, "layout": Layout(sheet=sheet)} | changes)
    user_id = db.session.scalar(select(User.id).where(User.username == UPLOADER))
    stored = saved_profiles.save(profile, sheet, user_id)
    db.session.commit()
    return f"own-{stored.id}"


@pytest.fixture
def choices(db_session):
    """Return the choices of the profiles of the three sheets, in the order of their import."""
    people = {"case.number": "Case"} | profiles.load_shipped()["ecrime-2016"].columns
    people = {key: name for key, name in people.items() if name in PEOPLE[0]}
    return [
        save_profile("ecrime-2016", "Cases", CASES[0]),
        save_profile("ecrime-2016", "People", PEOPLE[0], kind="people", columns=people),
        save_profile("ecrime-2014", "Orders", ORDERS[0]),
    ]


def import_one(uploader, approver, content, choice):
    pk = upload(uploader, "book.xlsx", choice, content)
    finish(uploader, approver, pk)
    return db.session.get(ImportRun, pk, populate_existing=True)


def finish(uploader, approver, pk):
    uploader.send(f"/import/check/{pk}")
    run_jobs()
    approve(approver, pk)
    run_jobs()


def test_sheets_that_are_uploaded_at_once_are_linked_by_their_numbers(uploader, approver, choices, tmp_path):
    """The first import that ends keeps the file: the others still read it."""
    content = write_book(tmp_path / "book.xlsx", Cases=CASES, People=PEOPLE, Orders=ORDERS)
    numbers = [upload(uploader, "book.xlsx", choice, content) for choice in choices]
    for pk in numbers:
        finish(uploader, approver, pk)
    runs = [db.session.get(ImportRun, pk, populate_existing=True) for pk in numbers]
    assert [(run.entered, run.waiting) for run in runs] == [(2, 0), (3, 1), (1, 0)]
    suspect = db.session.scalar(select(Person).where(Person.given_km == "ចាន់ថា"))
    cases = select(Case.number).join(Involvement).where(Involvement.person_id == suspect.id)
    assert len(db.session.scalars(cases).all()) == 2
    assert db.session.scalar(select(CourtOrder.person_id)) == suspect.id
    (without_case,) = list_waiting(runs[1])
    assert [one["rule"] for one in without_case.problems] == ["V045"]


def test_file_of_the_last_import_is_deleted(uploader, approver, choices, tmp_path):
    content = write_book(tmp_path / "book.xlsx", Cases=CASES, People=PEOPLE)
    first, second = (upload(uploader, "book.xlsx", choice, content) for choice in choices[:2])
    finish(uploader, approver, first)
    path = uploads.get_path(db.session.get(ImportRun, first).sha256)
    assert path.exists()
    finish(uploader, approver, second)
    assert not path.exists()


def test_doubtful_pair_of_two_files_is_reviewed_while_the_import_continues(
    uploader, approver, choices, tmp_path
):
    """The second file has no number for the person, and another day of birth: two officers compare the records."""
    content = write_book(tmp_path / "first.xlsx", Cases=CASES, People=PEOPLE[:2])
    for choice in choices[:2]:
        import_one(uploader, approver, content, choice)
    doubtful = ["D-2", "suspect", "", "អ៊ុំ", "ចាន់ថា", "M", "02-01-1992", "KH"]
    same = ["D-2", "witness", "", "ហ៊ុន", "មាលា", "F", "05-05-1980", "KH"]
    more = write_book(tmp_path / "second.xlsx", People=[PEOPLE[0], doubtful, same])
    run = import_one(uploader, approver, more, choices[1])
    assert (run.entered, run.waiting, run.matched) == (2, 0, 0)
    pairs = db.session.scalars(select(Duplicate)).all()
    assert len(pairs) == 1 and pairs[0].state == "waiting"
    assert db.session.scalar(select(Person.id).where(Person.born_on == "1992-01-02")) == pairs[0].second_id
