"""The home page says what is new in the inbox since the last sign-in."""

from datetime import timedelta

import pytest

from app.extensions import db
from app.inbox import message_texts
from app.inbox.actions import open_message, send_message
from app.inbox.models import NOTICE, TASK
from app.kernel.text import dates
from app.web.home import GROUPS
from tests.accounts.login import find_user, open_signed_in_client
from tests.sample_rows import acting_as
from tests.statement_counts import counted


def put(kind, key, sent=timedelta(), **more):
    """Send a message to the unit of the clerk, `sent` ago."""
    with acting_as("chief.bb"):
        facts = {"number": "L-1", "unit": "ក"}
        message = send_message(db.session, kind, text_key=key, to_unit="PC-02", **facts, **more)
        message.sent_at = dates.now() - sent
        db.session.commit()
    return message


def read_digest(client):
    """Return what the home page says is new: the texts of the links, in their order."""
    (part,) = client.page("/").all("section", css="since-sign-in")
    return [one.text for one in part.all("a")]


@pytest.fixture
def seen(app, db_session):
    """The clerk has signed in an hour ago."""
    find_user("clerk.bb").last_login = dates.now() - timedelta(hours=1)
    db_session.commit()


def test_home_page_counts_what_came_after_the_last_sign_in(app, seen, each_database):
    for _time in range(2):
        put(TASK, "letter.received")
    put(NOTICE, "letter.declined")
    put(NOTICE, "correction.refused")
    put(TASK, "correction.requested", sent=timedelta(days=2))
    put(TASK, "correction.requested", sent=timedelta(days=2), due_at=dates.now() - timedelta(minutes=5))
    put(TASK, "correction.requested", sent=timedelta(days=2), due_at=dates.now() - timedelta(days=1))

    client = open_signed_in_client(app)
    client.get("/lang/en")
    assert read_digest(client) == ["Overdue 1", "New letters 2", "New answers 1", "New notices 1"]


def test_first_sign_in_shows_no_digest_and_a_quiet_week_says_so(app, db_session):
    clerk = find_user("clerk.bb")
    clerk.last_login = None
    db_session.commit()
    assert not open_signed_in_client(app).page("/").all("section", css="since-sign-in")
    assert read_digest(open_signed_in_client(app)) == []


def test_opened_notice_is_no_longer_new(app, db_session, seen):
    notice = put(NOTICE, "letter.answered")
    client = open_signed_in_client(app)
    assert len(read_digest(client)) == 1
    open_message(db_session, notice, find_user("clerk.bb").id)
    db_session.commit()
    assert read_digest(client) == []


def test_digest_costs_one_statement_of_the_home_page_only(app, register, seen):
    put(TASK, "letter.received")
    client = open_signed_in_client(app)
    asked = []
    for path in ("/", "/about-the-data/", "/inbox/list/"):
        client.get(path)
        with counted(register) as statements:
            client.get(path)
        asked.append(sum("is_late" in one for one in statements))
    assert asked == [1, 0, 0]


def test_every_group_names_a_text_of_a_message():
    assert set(GROUPS) <= set(message_texts._texts)
