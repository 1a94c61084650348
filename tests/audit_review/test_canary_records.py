"""Canary records: each access alerts the auditors, and users cannot recognise a canary record."""

import pytest

from app.audit_review import canary_records
from app.inbox.models import Message


@pytest.fixture
def auditor(client_as):
    return client_as("auditor", "en")


@pytest.fixture
def canary(auditor, suspect):
    """Mark the suspect as a canary record and return the person id."""
    response = auditor.send("/log/canaries", {"number": f"P-{suspect.id:07d}"})
    assert response.status_code == 302
    return suspect.id


ACCESS_PATHS = {
    "opened": lambda client, pk: client.get(f"/person/show/{pk}"),
    "in a list": lambda client, pk: client.get("/person/list/"),
    "searched": lambda client, pk: client.send("/find/", {"q": "សុខ"}),
    "suggested": lambda client, pk: client.send(
        "/lookup/person", {"q": "សុខ"}, headers={"Accept": "application/json"}
    ),
    "by the API": lambda client, pk: client.get(f"/api/v1/persons/{pk}"),
}


@pytest.mark.parametrize("path", ACCESS_PATHS)
def test_canary_access_alerts_auditors(clerk, auditor, canary, log, path):
    assert ACCESS_PATHS[path](clerk, canary).status_code == 200
    (entry,) = log("canary.viewed")
    assert (entry.entity_id, entry.outcome) == (canary, "alarm")
    assert entry.actor_id and entry.session_ref and entry.purpose == "investigation"
    assert f"P-{canary:07d}" in auditor.page("/inbox/list/").text


def test_suggestions_alert_once(clerk, canary, log, each_database):
    for text in ("សុ", "សុខ", "សុខ ដ"):
        clerk.send("/lookup/person", {"q": text}, headers={"Accept": "application/json"})
    assert len(log("canary.viewed")) == 1


def test_canary_page_resembles_any_other_person(clerk, canary, suspect):
    before = clerk.page(f"/person/show/{canary}").text
    assert "canary.viewed" not in before.lower() and suspect.given_km in before


def test_other_person_raises_no_alarm(clerk, canary, case, log):
    clerk.get(f"/person/show/{case.involvements[1].person_id}")
    assert not log("canary.viewed")


def test_adding_and_removing_a_canary_is_audited(auditor, canary, log, clerk):
    assert [entry.entity_id for entry in log("canary.added")] == [canary]
    auditor.send(f"/log/canaries/{canary}")
    assert [entry.entity_id for entry in log("canary.removed")] == [canary]
    clerk.get(f"/person/show/{canary}")
    assert not log("canary.viewed")


def test_removal_of_a_canary_reaches_every_auditor(auditor, canary, db_session, each_database):
    auditor.send(f"/log/canaries/{canary}")
    removed = db_session.query(Message).filter_by(text_key="canary.removed").one()
    assert (removed.to_role, removed.facts) == ("Auditor", {"number": f"P-{canary:07d}"})
    assert f"P-{canary:07d}" in auditor.page("/inbox/list/").text


def test_only_auditors_add_canaries_for_registered_persons(auditor, client_as, suspect, db_session):
    auditor.send("/log/canaries", {"number": "P-0999999"})
    for username in ("admin", "chief.bb", "clerk.bb"):
        client_as(username).send("/log/canaries", {"number": f"P-{suspect.id:07d}"})
    assert canary_records.list_canaries(db_session) == []
