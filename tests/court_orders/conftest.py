"""Who receives an order, the order, and whom it names."""

import pytest

from app.court_orders.models import OrderFile
from tests.court_orders.sample_orders import an_order
from tests.sample_rows import A_FILE, a_registered_person, with_photo, written_by


@pytest.fixture
def officer(client_as):
    return client_as("warrant.bb")


@pytest.fixture
def person(db_session):
    with written_by("clerk.bb"):
        person = with_photo(a_registered_person())
        db_session.add(person)
        db_session.flush()
        return person


@pytest.fixture
def order(db_session):
    order = an_order()
    with written_by("warrant.bb"):
        db_session.add(OrderFile(order=order, **A_FILE))
    db_session.commit()
    return order
