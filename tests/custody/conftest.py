"""Fixtures of the tests of custody."""

import pytest
from sqlalchemy import select

from app.inbox.models import Message


@pytest.fixture
def list_tasks(db_session):
    """A function that returns {(entity, id)} of the open tasks with a text."""

    def load(text_key):
        db_session.expire_all()
        found = select(Message.entity, Message.entity_id).where(
            Message.text_key == text_key, Message.done_at.is_(None), Message.kind == "task"
        )
        rows = db_session.execute(found).all()
        assert len(rows) == len(set(rows)), "each task is sent once"
        return {tuple(row) for row in rows}

    return load
