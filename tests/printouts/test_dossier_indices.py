"""The dossier index lists each item of a case, also the void ones, with a field to mark by hand."""

from app.cases.models import Case
from app.extensions import db
from app.kernel.text import dates
from app.printouts import dossier_indices
from tests.printouts.test_act_records import add_act
from tests.sample_rows import acting_as


def test_index_is_printed_by_readers_of_the_case(client_as, own):
    url = f"/printout/dossier-index/{own.id}"
    officer = client_as("investigator.bb")
    assert officer.get(url).mimetype == "application/pdf"
    assert client_as("clerk.pp").get(url).status_code == 404
    assert url in officer.get(f"/case/show/{own.id}").text


def test_index_has_each_item_with_its_number(own):
    add_act(own, "search", document_no="7/26")
    with acting_as("clerk.bb"):
        own.exhibits[0].voided_at, own.exhibits[0].void_reason = dates.now(), "ខុស"
        db.session.commit()
    printout = dossier_indices.build_printout(dossier_indices.load_record(own.id))
    rows = printout.parts[0]["rows"]
    items = len(own.files) + len(own.exhibits) + len(own.supplements) + 1
    assert len(rows) == items and all(one[-1].isspace() for one in rows)
    assert "7/26" in str(rows) and "មោឃៈ" in str(rows)


def test_case_without_items_says_so(app, db_session):
    printout = dossier_indices.build_printout(Case(number="C-1"))
    assert printout.parts[0]["kind"] == "paragraphs"
