"""Download of rejected entries as a spreadsheet with labels."""

import pytest
from sqlalchemy import select, update

from app.accounts.models import LoginSession
from app.extensions import db
from app.imports.models import ImportEntry
from app.kernel.audit.recorder import AuditEvent
from tests.exports.file_contents import parse_workbook
from tests.imports.sample_files import upload_and_import


def first_row(rows):
    """Return heading → cell of the first data row."""
    return dict(zip(rows[0], rows[1], strict=False))


def test_fix_sheet_download_is_logged_with_purpose(uploader, approver, db_session, read_fix_sheet):
    pk = upload_and_import(uploader, approver, "ecrime-2012.csv", "ecrime-2012")
    head, *rows = read_fix_sheet(pk)
    assert head[:3] == ["Entry", "Row", "Problems"] and len(rows) == 2
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "import.sheet_downloaded")).one()
    assert (event.entity_id, event.purpose) == (pk, "investigation")
    db.session.execute(update(LoginSession).values(purpose=None, purpose_until=None))
    db.session.commit()
    assert "PK" not in approver.get(f"/rejected-entries/sheet/{pk}").text[:2]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("km", {"តួនាទីក្នុងសំណុំរឿង": "ជនសង្ស័យ", "ភេទ": "ប្រុស", "សញ្ជាតិ": "ខ្មែរ"}),
        ("en", {"Role in the case": "Suspect", "Sex": "Male", "Nationality": "Cambodia"}),
    ],
)
def test_fix_sheet_labels_codes_in_reader_language(
    uploader, client_as, db_session, read_fix_sheet, language, words
):
    approver = client_as("planning", language)
    pk = upload_and_import(uploader, approver, "ecrime-2016.csv", "ecrime-2016")
    cells = first_row(read_fix_sheet(pk, approver))
    assert {name: cells[name] for name in words} == words
    assert "029999" in cells.values() and "THEFT" in cells.values(), "an unknown value is kept"


@pytest.mark.parametrize(("language", "name"), [("km", "រង់ចាំកែសម្រួល"), ("en", "Rows to fix")])
def test_fix_sheet_name_is_translated(uploader, client_as, db_session, language, name):
    approver = client_as("planning", language)
    pk = upload_and_import(uploader, approver, "ecrime-2016.csv", "ecrime-2016")
    assert list(parse_workbook(approver.get(f"/rejected-entries/sheet/{pk}").data)) == [name]


def test_fix_sheet_place_has_code_and_full_name(uploader, approver, db_session, read_fix_sheet):
    pk = upload_and_import(uploader, approver, "ecrime-2016.csv", "ecrime-2016")
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waiting")).one()
    entry.values = [[row, values | {"case.place": "020310"}] for row, values in entry.values]
    db.session.commit()
    (cell,) = [one for one in first_row(read_fix_sheet(pk)).values() if (one or "").startswith("020310")]
    assert cell.startswith("020310 · ") and "Svay Por" in cell and "Battambang" in cell
