"""Rejected entries of an import are listed by reason."""

from sqlalchemy import select

from app.extensions import db
from app.imports import page_data, profiles, rejected_views, rejection_reasons
from app.imports.models import ImportEntry
from tests.html_pages import Page
from tests.imports.sample_files import FIXED_VALUES, SAMPLES, upload_and_import
from tests.imports.steps import create_run
from tests.prepared import prepared


@prepared
def waiting(uploader, approver, db_session):
    """An import with two cases rejected for their offence, one of them for its place too."""
    lines = (SAMPLES / "ecrime-2016.csv").read_text("utf-8").splitlines()
    other = lines[3].replace("K-101", "K-102").replace("N-3", "N-4").replace("029999", "020310")
    return upload_and_import(uploader, approver, lines=[*lines, other])


def list_chips(approver, address):
    """Return text → URL of the filter chips."""
    found = Page(approver.get(address, follow_redirects=True).text).all("a", css="chip")
    return {one.text: one["href"] for one in found}


def test_reason_shows_its_count_and_entries(waiting, approver, each_database):
    full_list = f"/rejected-entries/list/{waiting}"
    reason_links = list_chips(approver, full_list)
    assert list(reason_links)[0] == "All 2"
    assert "Offence 2" in reason_links and "Place 1" in reason_links, reason_links
    assert approver.get(full_list).text.count("/rejected-entries/fix/") == 2
    filtered = approver.get(reason_links["Place 1"]).text
    assert filtered.count("/rejected-entries/fix/") == 1 and "029999" in filtered


def test_fix_returns_to_reason_then_to_all_entries(waiting, approver, db_session, each_database):
    place = list_chips(approver, f"/rejected-entries/list/{waiting}")["Place 1"]
    entry = db.session.scalars(
        select(ImportEntry).where(ImportEntry.state == "waiting").order_by("row")
    ).first()
    query = place.partition("?")[2]
    response = approver.send(f"/rejected-entries/fix/{entry.id}?{query}", FIXED_VALUES)
    assert response.status_code == 302 and response.location.endswith(place), response.text
    assert "All 1" in list_chips(approver, response.location), "no entry of that reason is left"


def test_unknown_reason_shows_all_entries(waiting, approver, each_database):
    for reason in ("", "~", "V007", "'~x", "~" * 300, "\0~", "~\u202e"):
        full_list = f"/rejected-entries/list/{waiting}"
        response = approver.get(full_list, query_string={"reason": reason}, follow_redirects=True)
        assert response.status_code == 200 and response.text.count("/rejected-entries/fix/") == 2, reason


def test_page_beyond_the_last_shows_the_first(waiting, approver, monkeypatch):
    monkeypatch.setattr(page_data, "PAGE_SIZE", 1)
    offence = list_chips(approver, f"/rejected-entries/list/{waiting}")["Offence 2"]
    page = Page(approver.get(offence).text)
    (following,) = [one["href"] for one in page.all("a") if "page=2" in one["href"]]
    assert "/fix/" in approver.get(following).text and "~offence.offence" in following
    assert approver.get(f"{offence}&page=9").location == offence


def test_links_from_a_reason_return_to_it(waiting, approver, db_session):
    reason_url = list_chips(approver, f"/rejected-entries/list/{waiting}")["Offence 2"]
    page = Page(approver.get(reason_url).text)
    (current,) = page.all("a", aria_current="page", css="chip")
    assert current.text == "Offence 2"
    address = next(one["href"] for one in page.all("a") if "/fix/" in one["href"])
    fix_page = Page(approver.get(address).text)
    assert reason_url in [one["href"] for one in fix_page.all("a")]
    assert fix_page.all("div", data_address=True)[0]["data-address"] == address


def test_reason_counts_entry_once_and_ignores_warnings(db_session, each_database):
    wrong = {"rule": "V007", "field": "case.place", "severity": "error"}
    warning = wrong | {"rule": "V023", "severity": "warning"}
    run = create_run(profiles.load_shipped()["ecrime-2016"])
    for row, problems in enumerate([[wrong, wrong, warning], [wrong], []]):
        db_session.add(
            ImportEntry(run_id=run.id, row=row, state="waiting", fingerprint=f"{row}", problems=problems)
        )
    db_session.commit()
    reason = rejection_reasons.Reason("V007", "case.place")
    assert rejection_reasons.count_reasons(run) == [(reason, 2)]
    assert [one.row for one in db_session.scalars(rejection_reasons.select_entries(run, reason))] == [0, 1]
    warned = rejection_reasons.Reason("V023", "case.place")
    assert db_session.scalars(rejection_reasons.select_entries(run, warned)).all() == []


def test_reason_counts_are_limited_to_first_entries(waiting, approver, monkeypatch):
    monkeypatch.setattr(rejection_reasons, "MAX_SCANNED", 1)
    monkeypatch.setattr(rejected_views, "MAX_SCANNED", 1)
    assert "Offence 1+" in list_chips(approver, f"/rejected-entries/list/{waiting}")


def test_problem_of_entire_row_has_a_label(waiting, approver, db_session):
    entry = db_session.scalars(
        select(ImportEntry).where(ImportEntry.state == "waiting").order_by("row")
    ).first()
    entry.problems = [{"rule": "", "field": "", "severity": "error", "row": None, "km": "ខុស", "en": "wrong"}]
    db_session.commit()
    assert "Whole row 1" in list_chips(approver, f"/rejected-entries/list/{waiting}")
