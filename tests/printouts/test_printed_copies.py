"""The serial number of a printout leads to its record, and says whether the paper has changed since."""

import pytest

from app import jobs
from app.extensions import db
from app.people.models import PersonName
from app.printouts import batches, printed_copies, typesetting
from tests.court_orders import sample_orders as orders
from tests.printouts.pdf_text import build_case_sheet, build_texts
from tests.printouts.test_batches import get_job
from tests.sample_rows import acting_as

UNCHANGED, OUTDATED = "ទិន្នន័យលើឯកសារមិនបានកែប្រែទេ", "ឯកសារបោះពុម្ពនេះលែងទាន់សម័យ"
UNKNOWN = "មិនស្គាល់ឯកសារបោះពុម្ពនេះ"


@pytest.fixture
def printed(client_as, log):
    """Return a function that prints a URL and returns the serial number of the print."""

    def print_paper(url, username="investigator.bb"):
        assert client_as(username).get(url).mimetype == "application/pdf"
        return printed_copies.find_serial(log("access.printed")[-1].seq)

    return print_paper


def check(client, serial):
    text = client.page(f"/printed/copy/{serial}").text
    return next(sentence for sentence in (UNCHANGED, OUTDATED, UNKNOWN) if sentence in text)


def test_unchanged_record_has_an_unchanged_printout(client_as, own, printed, log, each_database):
    serial = printed(f"/printout/case-sheet/{own.id}")
    page = client_as("clerk.bb").page(f"/printed/copy/{serial}")
    assert UNCHANGED in page.text and own.number in page.text
    event = log("printout.checked")[-1]
    assert (event.entity, event.entity_id, event.facts["result"]) == ("case", own.id, "unchanged")


def test_printout_is_outdated_after_a_change_of_a_row(client_as, own, printed):
    serial, person = printed(f"/printout/case-sheet/{own.id}"), own.involvements[0].person_id
    of_person = printed(f"/printout/person-file/{person}")
    with acting_as("clerk.bb"):
        own.exhibits[0].description = "ម៉ូតូពណ៌ខៀវ"
        db.session.add(PersonName(person_id=person, kind="alias", text_km="ណា"))
        db.session.commit()
    investigator = client_as("investigator.bb")
    assert check(investigator, serial) == check(investigator, of_person) == OUTDATED


def test_bulletin_is_outdated_when_the_person_is_no_longer_wanted(client_as, own, warrant, printed):
    serial = printed(f"/printout/bulletin/{warrant.id}")
    assert check(client_as("warrant.bb"), serial) == UNCHANGED
    orders.execute_order(warrant)
    db.session.commit()
    assert check(client_as("warrant.bb"), serial) == OUTDATED


@pytest.mark.parametrize("username", ["admin", "auditor", "clerk.pp"])
def test_reader_without_access_to_the_record_finds_nothing(client_as, own, printed, username):
    serial = printed(f"/printout/case-sheet/{own.id}")
    page = client_as(username).page(f"/printed/copy/{serial}")
    assert UNKNOWN in page.text and "សន្លឹកព័ត៌មានសំណុំរឿង" not in page.text


def test_wrong_code_and_other_entries_are_unknown(client_as, own, printed, log):
    investigator = client_as("investigator.bb")
    number, code = printed(f"/printout/case-sheet/{own.id}").split("-")
    viewed = log("access.printed")[-1].seq - 1
    for serial in (f"{number}-00000000", number, code, f"{viewed}-{code}", "9" * 30, "១២-ក", "1-" + code):
        assert check(investigator, serial) == UNKNOWN, serial
    assert log("printout.checked")[-1].outcome == "refused"


def test_typed_number_may_have_spaces_small_letters_and_khmer_digits(client_as, own, printed):
    number, code = printed(f"/printout/case-sheet/{own.id}").split("-")
    khmer = number.translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    investigator = client_as("investigator.bb")
    answer = investigator.get("/printed/list/", query_string={"serial": f" {khmer} {code.lower()} "})
    assert answer.status_code == 302
    assert UNCHANGED in investigator.page(answer.location).text


def test_batch_lists_the_sheets_that_the_reader_may_open(client_as, own, foreign, log, db_session):
    investigator = client_as("investigator.bb")
    investigator.send("/printout/case-sheets/", {"id": str(own.id)})
    jobs.run_job(get_job().id)
    event = log("access.printed")[-1]
    assert event.facts["paper"] == batches.KIND
    page = investigator.page(f"/printed/copy/{printed_copies.find_serial(event.seq)}")
    assert UNCHANGED in page.text and own.number in page.text and foreign.number not in page.text


def test_qr_code_holds_the_address_of_the_page(app, own):
    texts, printout = build_texts(app), build_case_sheet(app, "investigator.bb", own.id)
    assert texts["address"] == "http://localhost/printed/copy/4711-3FA9C2D1"
    (data,) = typesetting.build_inputs([printout], texts).values()
    assert "4711-3FA9C2D1" in data
