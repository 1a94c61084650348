"""A clock behind the audit log: users sign in, read and search; a save says why it is refused and keeps the form."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.cases.models import Case
from app.kernel.audit.models import AuditHead
from tests.accounts.login import is_signed_in, open_signed_in_client
from tests.cases.form_data import make_theft
from tests.html_pages import Page
from tests.kernel.screens.test_record_view import form_values


@pytest.fixture
def wrong_clock(owner):
    """Let the log end an hour ahead of the clock."""
    with owner.begin() as connection:
        later = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)
        connection.execute(update(AuditHead).values(at=later))


def test_sign_in_and_reading_continue(app, wrong_clock, each_database):
    client = open_signed_in_client(app, "clerk.bb")
    assert is_signed_in(client)
    assert client.get("/case/list/").status_code == 200


def test_save_is_refused_with_its_reason_and_keeps_the_form(app, db_session, wrong_clock, each_database):
    client = open_signed_in_client(app, "clerk.bb")
    answer = client.send("/entry/token-of-a-test", make_theft())
    assert answer.status_code == 503
    text = answer.text.replace("\u200b", "").replace("<wbr>", "")
    assert "នាឡិកាម៉ាស៊ីនមេយឺត" in text
    assert form_values(Page(answer.text))["people-1-person-surname_km"]
    assert db_session.scalar(select(func.count()).select_from(Case)) == 0
