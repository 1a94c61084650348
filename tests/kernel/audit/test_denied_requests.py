"""Denied requests: each leaves one event, whatever the URL contains."""

import pytest
from sqlalchemy import select

from app.kernel.audit.recorder import AuditEvent

ENTITIES = {"over-long": "x" * 300, "unprintable": "per%00son%0A", "Khmer": "បុគ្គល" * 20}


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
def test_refused_request_for_any_entity_is_logged(client_as, db_session, each_database, entity):
    client = client_as("chief.bb")
    assert client.get(f"/correction/request/{entity}/5").status_code == 404
    event = db_session.scalars(select(AuditEvent).where(AuditEvent.action == "request.denied")).one()
    assert event.outcome == "refused" and event.entity_id == 5
    assert 0 < len(event.entity) <= 40 and event.entity.isprintable()
