"""What waits of an import is gone through reason by reason."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.imports.models import ImportEntry
from tests.imports.files_sent import SAMPLES, let_in
from tests.pages import Page


@pytest.fixture
def waiting(reader, second, db_session):
    """An import of which two cases wait for their offence, and one of them for its place too."""
    lines = (SAMPLES / "ecrime-2016.csv").read_text("utf-8").splitlines()
    other = lines[3].replace("K-101", "K-102").replace("N-3", "N-4").replace("029999", "020310")
    return let_in(reader, second, lines=[*lines, other])


def chips(second, address):
    """word → (number, address) of each reason."""
    found = Page(second.get(address).text).all("a", css="chip")
    return {one.text: one["href"] for one in found}


def test_each_reason_says_how_many_it_holds_back_and_shows_them_alone(waiting, second, each_database):
    whole = f"/import-waiting/list/{waiting}"
    reasons = chips(second, whole)
    assert list(reasons)[0] == "All 2"
    assert "Offence 2" in reasons and "Place 1" in reasons, reasons
    assert second.get(whole).text.count("/import-waiting/mend/") == 2
    alone = second.get(reasons["Place 1"]).text
    assert alone.count("/import-waiting/mend/") == 1 and "029999" in alone


def test_whoever_has_mended_one_goes_on_with_that_reason_and_at_its_end_with_all(
    waiting, second, db_session, each_database
):
    place = chips(second, f"/import-waiting/list/{waiting}")["Place 1"]
    entry = db.session.scalars(
        select(ImportEntry).where(ImportEntry.state == "waits").order_by("row")
    ).first()
    asked = place.partition("?")[2]
    typed = {
        "0-case.place": "020310", "0-offence.offence": "PC2009-353_356", "0-case.occurred_from": "14-09-2016",
        "0-person.born_on": "1-2-1992", "0-person.given_km": "បូរ៉ា", "0-exhibit.kind": "phone",
        "0-exhibit.property_role": "stolen", "0-exhibit.state": "missing", "0-exhibit.description": "ទូរស័ព្ទ",
    }  # fmt: skip
    answer = second.send(f"/import-waiting/mend/{entry.id}?{asked}", typed)
    assert answer.status_code == 302 and answer.location.endswith(place), answer.text
    assert "All 1" in chips(second, answer.location), "none of that reason is left"


@pytest.mark.parametrize("reason", ["", "~", "V007", "'~x", "~" * 300])
def test_a_reason_that_nothing_has_shows_all(waiting, second, reason):
    answer = second.get(f"/import-waiting/list/{waiting}", query_string={"reason": reason})
    assert answer.status_code == 200 and answer.text.count("/import-waiting/mend/") == 2
