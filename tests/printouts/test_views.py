"""Permissions, scope and audit entries of printouts."""

import pytest
from sqlalchemy import update

from app.accounts.models import LoginSession
from app.extensions import db
from tests.court_orders import sample_orders as orders
from tests.printouts.pdf_text import count_pages
from tests.sample_rows import PHNOM_PENH
from tests.special_access.sample_cases import open_by_break_glass
from tests.statement_counts import counted

PRINT_USERS = {
    "case-sheet": {"clerk.bb", "investigator.bb", "chief.bb"},
    "receipt": {"clerk.bb", "investigator.bb", "chief.bb"},
    "person-file": {"investigator.bb", "warrant.bb", "chief.bb"},
    "bulletin": {"investigator.bb", "warrant.bb", "chief.bb"},
    "return": {"investigator.bb", "warrant.bb", "chief.bb"},
    "patrol": {"investigator.bb", "warrant.bb", "chief.bb"},
}
ALL_USERS = (
    "clerk.bb",
    "investigator.bb",
    "warrant.bb",
    "chief.bb",
    "manager",
    "planning",
    "auditor",
    "admin",
)
MAX_STATEMENTS = (
    # Statements of a printout: reader, record, its rows, status, timeline, the decisions about the person with the offences
    # of the cases, and three for the access log and the serial number.
    11
)


@pytest.fixture
def records(own, warrant):
    """Return printout name → URL, for a case of Battambang with an executed and an active warrant."""
    done = orders.execute_order(orders.make_active_order(person=own.involvements[0].person, number="77/26"))
    db.session.commit()
    return {
        "case-sheet": f"/printout/case-sheet/{own.id}",
        "receipt": f"/printout/receipt/{own.exhibits[0].id}",
        "person-file": f"/printout/person-file/{own.involvements[0].person_id}",
        "bulletin": f"/printout/bulletin/{warrant.id}",
        "return": f"/printout/return/{done.order_id}",
        "patrol": "/printout/patrol/",
    }


@pytest.mark.parametrize("username", ALL_USERS)
def test_printout_needs_its_own_permission(client_as, records, username):
    browser = client_as(username)
    printed = {name for name, url in records.items() if browser.get(url).mimetype == "application/pdf"}
    assert printed == {name for name, users in PRINT_USERS.items() if username in users}


def test_printout_is_pdf_without_caching(client_as, records, each_database):
    for name, url in records.items():
        response = client_as("investigator.bb").get(url)
        assert response.mimetype == "application/pdf" and count_pages(response.data) >= 1, name
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Disposition"].startswith(f'attachment; filename="{name}-')


def test_print_is_logged_and_entry_number_is_serial(client_as, records, own, warrant, log):
    responses = {name: client_as("investigator.bb").get(url) for name, url in records.items()}
    entries = {entry.facts["paper"]: entry for entry in log("access.printed")}
    assert set(entries) == set(records) and len(log("access.printed")) == len(records)
    for name, entry in entries.items():
        assert f'filename="{name}-{entry.seq}.pdf"' in responses[name].headers["Content-Disposition"]
        assert (entry.purpose, entry.case_number, entry.unit_code) == (
            "investigation",
            "02-2026-000001",
            "PC-02",
        )
    person = own.involvements[0].person_id
    assert (entries["case-sheet"].entity, entries["case-sheet"].entity_id) == ("case", own.id)
    assert entries["case-sheet"].facts["people"] == entries["person-file"].facts["people"] == [person]
    assert (entries["bulletin"].entity_id, entries["bulletin"].facts["people"]) == (warrant.id, [person])
    assert entries["patrol"].facts["ids"] == [warrant.id] and entries["patrol"].facts["people"] == [person]


def test_print_without_purpose_is_refused(client_as, records, log):
    browser = client_as("investigator.bb")
    db.session.execute(update(LoginSession).values(purpose=None, case_number=None, purpose_until=None))
    db.session.commit()
    for name, url in records.items():
        assert browser.get(url).status_code == 428, name
    assert log("access.printed") == []


def test_print_of_another_province_is_not_found(client_as, foreign, log):
    foreign_order = orders.make_active_order(
        writer="warrant.pp", person=foreign.involvements[0].person, number="5/26"
    )
    db.session.commit()
    browser = client_as("investigator.bb")
    for url in (
        f"/printout/case-sheet/{foreign.id}",
        f"/printout/receipt/{foreign.exhibits[0].id}",
        f"/printout/person-file/{foreign.involvements[0].person_id}",
        f"/printout/bulletin/{foreign_order.id}",
        f"/printout/return/{foreign_order.id}",
    ):
        assert browser.get(url).status_code == 404, url
    assert log("access.printed") == []
    assert foreign.place_code == PHNOM_PENH


def test_person_opened_by_break_glass_is_not_printed(client_as, own, foreign):
    browser, person = client_as("investigator.bb"), foreign.involvements[0].person_id
    open_by_break_glass(browser, own)
    page = browser.page(f"/person/show/{person}")
    assert browser.get(f"/printout/person-file/{person}").status_code == 404
    assert not [a for a in page.all("a", href=True) if a["href"].startswith("/printout/")]


def test_pages_link_available_printouts(client_as, records, own, warrant):
    def offered(username, url):
        links = client_as(username).page(url).all("a", href=True)
        return {a["href"].split("/")[2] for a in links if a["href"].startswith("/printout/")}

    pages_of = {
        f"/case/show/{own.id}": {"case-sheet", "dossier-index"},
        f"/exhibit/show/{own.exhibits[0].id}": {"receipt", "labels"},
        f"/person/show/{own.involvements[0].person_id}": {"person-file"},
        f"/courtorder/show/{warrant.id}": {"bulletin"},
        records["return"].replace("/printout/return", "/courtorder/show"): {"return"},
        "/orders/worklist/?list=active": {"patrol"},
        "/orders/worklist/?list=check": set(),
    }
    for url, expected in pages_of.items():
        assert offered("investigator.bb", url) == expected, url
        assert offered("manager", url) == set(), url


def test_printout_statement_count_is_limited(register, client_as, records, each_database):
    browser, counts = client_as("investigator.bb"), {}
    for name, url in records.items():
        browser.get(url)
        with counted(register) as statements:
            browser.get(url)
        counts[name] = len(statements)
    assert max(counts.values()) <= MAX_STATEMENTS, counts


@pytest.mark.parametrize("name", ["case-sheet", "person-file"])
def test_english_version_says_that_the_khmer_document_prevails(client_as, records, log, name):
    browser = client_as("investigator.bb")
    answer = browser.get(records[name] + "?language=en")
    assert answer.mimetype == "application/pdf" and count_pages(answer.data) >= 1
    assert log("access.printed")[-1].facts["language"] == "en"
    assert browser.get(records[name] + "?language=fr").status_code == 404
    assert browser.get(records["bulletin"] + "?language=en").status_code == 404
