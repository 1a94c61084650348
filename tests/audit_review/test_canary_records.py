"""Whoever finds or opens a canary record is told to the auditors at once; nobody sees that it is one."""

import pytest

from app.audit_review import canary_records


@pytest.fixture
def auditor(client_as):
    return client_as("auditor", "en")


@pytest.fixture
def canary(auditor, suspect):
    """The suspect, watched by the auditor."""
    answer = auditor.send("/log/canaries", {"number": f"P-{suspect.id:07d}"})
    assert answer.status_code == 302
    return suspect.id


DOORS = {
    "opened": lambda client, pk: client.get(f"/person/show/{pk}"),
    "in a list": lambda client, pk: client.get("/person/list/"),
    "searched": lambda client, pk: client.send("/find/", {"q": "សុខ"}),
    "suggested": lambda client, pk: client.send(
        "/lookup/person", {"q": "សុខ"}, headers={"Accept": "application/json"}
    ),
    "by the API": lambda client, pk: client.get(f"/api/v1/persons/{pk}"),
}


@pytest.mark.parametrize("door", DOORS)
def test_whoever_finds_one_is_told_at_once(clerk, auditor, canary, log, door):
    assert DOORS[door](clerk, canary).status_code == 200
    (entry,) = log("canary")
    assert (entry.entity_id, entry.outcome) == (canary, "alarm")
    assert entry.actor_id and entry.session_mark and entry.purpose == "investigation"
    assert f"P-{canary:07d}" in auditor.page("/inbox/list/").text


def test_typing_on_tells_it_once(clerk, canary, log, each_database):
    for text in ("សុ", "សុខ", "សុខ ដ"):
        clerk.send("/lookup/person", {"q": text}, headers={"Accept": "application/json"})
    assert len(log("canary")) == 1


def test_who_looks_sees_nothing_of_it(clerk, canary, suspect):
    before = clerk.page(f"/person/show/{canary}").text
    assert "canary" not in before.lower() and suspect.given_km in before


def test_other_people_alarm_nobody(clerk, canary, case, log):
    clerk.get(f"/person/show/{case.involvements[1].person_id}")
    assert not log("canary")


def test_setting_and_taking_one_stands_in_the_log(auditor, canary, log, clerk):
    assert [entry.entity_id for entry in log("canary.set")] == [canary]
    auditor.send(f"/log/canaries/{canary}")
    assert [entry.entity_id for entry in log("canary.taken")] == [canary]
    clerk.get(f"/person/show/{canary}")
    assert not log("canary")


def test_only_somebody_who_is_there_can_be_watched_and_only_by_auditors(
    auditor, client_as, suspect, db_session
):
    auditor.send("/log/canaries", {"number": "P-0999999"})
    for username in ("admin", "chief.bb", "clerk.bb"):
        client_as(username).send("/log/canaries", {"number": f"P-{suspect.id:07d}"})
    assert canary_records.all_of(db_session) == []
