"""The records of these tests: cases of two provinces, a protected victim, and what the log tells of prints."""

import pytest

from app.extensions import db
from tests.looks.conftest import log  # noqa: F401
from tests.openings.cases import foreign, own, protected  # noqa: F401
from tests.orders import papers as orders


@pytest.fixture
def warrant(own):  # noqa: F811
    """An arrest warrant of Battambang for the suspect of `own`."""
    order = orders.an_active_order(person=own.involvements[0].person)
    db.session.commit()
    return order
