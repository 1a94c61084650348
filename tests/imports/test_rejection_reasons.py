"""What waits of an import is gone through reason by reason."""

import pytest
from sqlalchemy import select

from app.extensions import db
from app.imports import page_data, profiles, rejected_views, rejection_reasons
from app.imports.models import ImportEntry
from tests.html_pages import Page
from tests.imports.sample_files import MENDED, SAMPLES, let_in
from tests.imports.steps import a_run


@pytest.fixture
def waiting(reader, second, db_session):
    """An import of which two cases wait for their offence, and one of them for its place too."""
    lines = (SAMPLES / "ecrime-2016.csv").read_text("utf-8").splitlines()
    other = lines[3].replace("K-101", "K-102").replace("N-3", "N-4").replace("029999", "020310")
    return let_in(reader, second, lines=[*lines, other])


def chips(second, address):
    """What a chip says → its address."""
    found = Page(second.get(address, follow_redirects=True).text).all("a", css="chip")
    return {one.text: one["href"] for one in found}


def test_each_reason_says_how_many_it_holds_back_and_shows_them_alone(waiting, second, each_database):
    whole = f"/import-waiting/list/{waiting}"
    rejection_reasons = chips(second, whole)
    assert list(rejection_reasons)[0] == "All 2"
    assert "Offence 2" in rejection_reasons and "Place 1" in rejection_reasons, rejection_reasons
    assert second.get(whole).text.count("/import-waiting/mend/") == 2
    alone = second.get(rejection_reasons["Place 1"]).text
    assert alone.count("/import-waiting/mend/") == 1 and "029999" in alone


def test_whoever_has_mended_one_goes_on_with_that_reason_and_at_its_end_with_all(
    waiting, second, db_session, each_database
):
    place = chips(second, f"/import-waiting/list/{waiting}")["Place 1"]
    entry = db.session.scalars(
        select(ImportEntry).where(ImportEntry.state == "waits").order_by("row")
    ).first()
    asked = place.partition("?")[2]
    answer = second.send(f"/import-waiting/mend/{entry.id}?{asked}", MENDED)
    assert answer.status_code == 302 and answer.location.endswith(place), answer.text
    assert "All 1" in chips(second, answer.location), "none of that reason is left"


@pytest.mark.parametrize("reason", ["", "~", "V007", "'~x", "~" * 300, "\0~", "~\u202e"])
def test_a_reason_that_nothing_has_shows_all(waiting, second, reason, each_database):
    whole = f"/import-waiting/list/{waiting}"
    answer = second.get(whole, query_string={"reason": reason}, follow_redirects=True)
    assert answer.status_code == 200 and answer.text.count("/import-waiting/mend/") == 2


def test_a_page_that_is_no_more_shows_the_first(waiting, second, monkeypatch):
    monkeypatch.setattr(page_data, "WAITING", 1)
    offence = chips(second, f"/import-waiting/list/{waiting}")["Offence 2"]
    page = Page(second.get(offence).text)
    (following,) = [one["href"] for one in page.all("a") if "page=2" in one["href"]]
    assert "/mend/" in second.get(following).text and "~offence.offence" in following
    assert second.get(f"{offence}&page=9").location == offence


def test_each_way_from_a_reason_leads_back_to_it(waiting, second, db_session):
    asked = chips(second, f"/import-waiting/list/{waiting}")["Offence 2"]
    page = Page(second.get(asked).text)
    (current,) = page.all("a", aria_current="page", css="chip")
    assert current.text == "Offence 2"
    address = next(one["href"] for one in page.all("a") if "/mend/" in one["href"])
    mend = Page(second.get(address).text)
    assert asked in [one["href"] for one in mend.all("a")]
    assert mend.all("div", data_address=True)[0]["data-address"] == address


def test_an_entry_is_counted_once_for_a_reason_and_not_for_what_only_warned(db_session, each_database):
    wrong = {"rule": "V007", "field": "case.place", "severity": "error"}
    told = wrong | {"rule": "V023", "severity": "warning"}
    run = a_run(profiles.shipped()["ecrime-2016"])
    for row, problems in enumerate([[wrong, wrong, told], [wrong], []]):
        db_session.add(
            ImportEntry(run_id=run.id, row=row, state="waits", fingerprint=f"{row}", problems=problems)
        )
    db_session.commit()
    reason = rejection_reasons.Reason("V007", "case.place")
    assert rejection_reasons.of_run(run) == [(reason, 2)]
    assert [one.row for one in db_session.scalars(rejection_reasons.entries(run, reason))] == [0, 1]
    warned = rejection_reasons.Reason("V023", "case.place")
    assert db_session.scalars(rejection_reasons.entries(run, warned)).all() == []


def test_of_very_many_the_first_are_told_by_reason(waiting, second, monkeypatch):
    monkeypatch.setattr(rejection_reasons, "LOOKED_THROUGH", 1)
    monkeypatch.setattr(rejected_views, "LOOKED_THROUGH", 1)
    assert "Offence 1+" in chips(second, f"/import-waiting/list/{waiting}")


def test_what_is_wrong_with_the_whole_row_has_a_word(waiting, second, db_session):
    entry = db_session.scalars(
        select(ImportEntry).where(ImportEntry.state == "waits").order_by("row")
    ).first()
    entry.problems = [{"rule": "", "field": "", "severity": "error", "row": None, "km": "ខុស", "en": "wrong"}]
    db_session.commit()
    assert "The whole row 1" in chips(second, f"/import-waiting/list/{waiting}")
