"""Fixtures: a warrant officer, a received order, and the person it names."""

import pytest

from app.court_orders.models import OrderFile
from tests.court_orders.sample_orders import make_order
from tests.prepared import prepared
from tests.sample_rows import FILE_COLUMNS, acting_as, add_photo, make_registered_person


@pytest.fixture
def officer(client_as):
    return client_as("warrant.bb")


@pytest.fixture
def person(db_session):
    with acting_as("clerk.bb"):
        person = add_photo(make_registered_person())
        db_session.add(person)
        db_session.flush()
        return person


@prepared
def order(db_session):
    order = make_order()
    with acting_as("warrant.bb"):
        db_session.add(OrderFile(order=order, **FILE_COLUMNS))
    db_session.commit()
    return order
