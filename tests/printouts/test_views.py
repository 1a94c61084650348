"""Who may have a paper printed, of which records, and what the log tells of it."""

import pytest
from sqlalchemy import update

from app.accounts.models import SignIn
from app.extensions import db
from tests.court_orders import sample_orders as orders
from tests.printouts.pdf_text import pages
from tests.sample_rows import PHNOM_PENH
from tests.special_access.sample_cases import open_by_break_glass
from tests.statement_counts import counted

PRINTS = {
    "case-sheet": {"clerk.bb", "investigator.bb", "chief.bb"},
    "receipt": {"clerk.bb", "investigator.bb", "chief.bb"},
    "person-file": {"investigator.bb", "warrant.bb", "chief.bb"},
    "bulletin": {"investigator.bb", "warrant.bb", "chief.bb"},
    "return": {"investigator.bb", "warrant.bb", "chief.bb"},
    "patrol": {"investigator.bb", "warrant.bb", "chief.bb"},
}
EVERYBODY = (
    "clerk.bb",
    "investigator.bb",
    "warrant.bb",
    "chief.bb",
    "manager",
    "planning",
    "auditor",
    "admin",
)
SCOPED = (
    9  # statements of a paper: reader, record, its rows, its status, its time line, and the two of its look
)


@pytest.fixture
def records(own, warrant):
    """paper → its address, of a case of Battambang with a warrant that was carried out, and one that was not."""
    done = orders.executed(orders.an_active_order(person=own.involvements[0].person, number="77/26"))
    db.session.commit()
    return {
        "case-sheet": f"/paper/case-sheet/{own.id}",
        "receipt": f"/paper/receipt/{own.exhibits[0].id}",
        "person-file": f"/paper/person-file/{own.involvements[0].person_id}",
        "bulletin": f"/paper/bulletin/{warrant.id}",
        "return": f"/paper/return/{done.order_id}",
        "patrol": "/paper/patrol/",
    }


@pytest.mark.parametrize("username", EVERYBODY)
def test_each_paper_has_its_own_right(client_as, records, username):
    browser = client_as(username)
    opened = {name for name, url in records.items() if browser.get(url).mimetype == "application/pdf"}
    assert opened == {name for name, users in PRINTS.items() if username in users}


def test_a_paper_is_a_pdf_that_no_browser_keeps(client_as, records, each_database):
    for name, url in records.items():
        answer = client_as("investigator.bb").get(url)
        assert answer.mimetype == "application/pdf" and pages(answer.data) >= 1, name
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}-')


def test_a_print_is_one_entry_of_the_log_and_its_number_the_serial_number(
    client_as, records, own, warrant, log
):
    answers = {name: client_as("investigator.bb").get(url) for name, url in records.items()}
    entries = {entry.facts["paper"]: entry for entry in log("look.print")}
    assert set(entries) == set(records) and len(log("look.print")) == len(records)
    for name, entry in entries.items():
        assert f'filename="{name}-{entry.seq}.pdf"' in answers[name].headers["Content-Disposition"]
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


def test_nothing_is_printed_without_a_purpose(client_as, records, log):
    browser = client_as("investigator.bb")
    db.session.execute(update(SignIn).values(purpose=None, case_number=None, purpose_until=None))
    db.session.commit()
    for name, url in records.items():
        assert browser.get(url).status_code == 428, name
    assert log("look.print") == []


def test_of_another_province_nothing_is_printed(client_as, foreign, log):
    there = orders.an_active_order(writer="warrant.pp", person=foreign.involvements[0].person, number="5/26")
    db.session.commit()
    browser = client_as("investigator.bb")
    for url in (
        f"/paper/case-sheet/{foreign.id}",
        f"/paper/receipt/{foreign.exhibits[0].id}",
        f"/paper/person-file/{foreign.involvements[0].person_id}",
        f"/paper/bulletin/{there.id}",
        f"/paper/return/{there.id}",
    ):
        assert browser.get(url).status_code == 404, url
    assert log("look.print") == []
    assert foreign.place_code == PHNOM_PENH


def test_whoever_is_opened_by_break_glass_is_seen_for_a_while_and_not_printed(client_as, own, foreign):
    browser, person = client_as("investigator.bb"), foreign.involvements[0].person_id
    open_by_break_glass(browser, own)
    page = browser.page(f"/person/show/{person}")
    assert browser.get(f"/paper/person-file/{person}").status_code == 404
    assert not [a for a in page.all("a", href=True) if a["href"].startswith("/paper/")]


def test_the_pages_offer_what_may_be_printed_now(client_as, records, own, warrant):
    def offered(username, url):
        links = client_as(username).page(url).all("a", href=True)
        return {a["href"].split("/")[2] for a in links if a["href"].startswith("/paper/")}

    pages_of = {
        f"/case/show/{own.id}": {"case-sheet"},
        f"/exhibit/show/{own.exhibits[0].id}": {"receipt"},
        f"/person/show/{own.involvements[0].person_id}": {"person-file"},
        f"/courtorder/show/{warrant.id}": {"bulletin"},
        records["return"].replace("/paper/return", "/courtorder/show"): {"return"},
        "/orders/work/?list=active": {"patrol"},
        "/orders/work/?list=check": set(),
    }
    for url, papers in pages_of.items():
        assert offered("investigator.bb", url) == papers, url
        assert offered("manager", url) == set(), url


def test_a_paper_takes_a_fixed_number_of_statements(register, client_as, records, each_database):
    browser, asked = client_as("investigator.bb"), {}
    for name, url in records.items():
        browser.get(url)
        with counted(register) as statements:
            browser.get(url)
        asked[name] = len(statements)
    assert max(asked.values()) <= SCOPED, asked
