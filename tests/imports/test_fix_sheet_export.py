"""What waits of an import goes out as a sheet, in words."""

import pytest
from sqlalchemy import select, update

from app.accounts.models import SignIn
from app.extensions import db
from app.imports.models import ImportEntry
from app.kernel.audit.recorder import AuditEvent
from tests.exports.file_contents import sheets_of
from tests.imports.sample_files import let_in


def cells_of(rows):
    """heading → the cell of the first row."""
    return dict(zip(rows[0], rows[1], strict=False))


def test_who_took_a_sheet_and_for_what_stands_in_the_log(reader, second, db_session, waiting_sheet):
    pk = let_in(reader, second, "ecrime-2012.csv", "ecrime-2012")
    head, *rows = waiting_sheet(pk)
    assert head[:3] == ["Entry", "Row", "What is wrong"] and len(rows) == 2
    taken = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "import.sheet")).one()
    assert (taken.entity_id, taken.purpose) == (pk, "investigation")
    db.session.execute(update(SignIn).values(purpose=None, purpose_until=None))
    db.session.commit()
    assert "PK" not in second.get(f"/import-waiting/sheet/{pk}").text[:2]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("km", {"តួនាទីក្នុងសំណុំរឿង": "ជនសង្ស័យ", "ភេទ": "ប្រុស", "សញ្ជាតិ": "ខ្មែរ"}),
        ("en", {"Role in the case": "Suspect", "Sex": "Male", "Nationality": "Cambodia"}),
    ],
)
def test_codes_stand_in_the_sheet_in_the_words_of_the_reader(
    reader, client_as, db_session, waiting_sheet, language, words
):
    second = client_as("planning", language)
    pk = let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    told = cells_of(waiting_sheet(pk, second))
    assert {name: told[name] for name in words} == words
    assert "029999" in told.values() and "THEFT" in told.values(), "what nobody knows stands as it came"


@pytest.mark.parametrize(("language", "name"), [("km", "រង់ចាំកែសម្រួល"), ("en", "Waiting to be mended")])
def test_the_sheet_is_called_by_what_it_holds(reader, client_as, db_session, language, name):
    second = client_as("planning", language)
    pk = let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    assert list(sheets_of(second.get(f"/import-waiting/sheet/{pk}").data)) == [name]


def test_a_place_stands_in_the_sheet_with_its_code_and_where_it_lies(
    reader, second, db_session, waiting_sheet
):
    pk = let_in(reader, second, "ecrime-2016.csv", "ecrime-2016")
    entry = db.session.scalars(select(ImportEntry).where(ImportEntry.state == "waits")).one()
    entry.values = [[row, values | {"case.place": "020310"}] for row, values in entry.values]
    db.session.commit()
    (told,) = [one for one in cells_of(waiting_sheet(pk)).values() if (one or "").startswith("020310")]
    assert told.startswith("020310 · ") and "Svay Por" in told and "Battambang" in told
