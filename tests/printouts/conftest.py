"""Fixtures of the printout tests: cases of two provinces, a protected victim, and the audit log."""

import pytest

from app.extensions import db
from tests.audit_review.conftest import log  # noqa: F401
from tests.court_orders import sample_orders as orders
from tests.special_access.sample_cases import foreign, own, protected  # noqa: F401


@pytest.fixture
def warrant(own):  # noqa: F811
    """Arrest warrant of Battambang for the suspect of `own`."""
    order = orders.make_active_order(person=own.involvements[0].person)
    db.session.commit()
    return order
