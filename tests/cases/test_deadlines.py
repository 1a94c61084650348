"""Deadlines on the page of a case."""

from datetime import timedelta

import pytest

from app.cases import deadlines
from app.kernel.text import dates
from tests.sample_rows import add_registered_case


@pytest.mark.parametrize(("hours", "state"), [(1, ""), (47, ""), (49, "over")])
def test_entry_deadline_of_registered_case_does_not_warn(db_session, app, hours, state):
    now = dates.now()
    case = add_registered_case(
        occurred_from=now - timedelta(hours=hours + 1),
        occurred_to=None,
        reported_at=now - timedelta(hours=hours),
    )
    with app.test_request_context():
        entry, changes = deadlines.list_deadlines(case)
    assert entry.state == state
    assert changes.state == ""
