"""Fixtures: a locked case and the three officers of a correction."""

import pytest

from tests.locked_records import LOCKED_AGE, add_case_of_age
from tests.prepared import prepared


@prepared
def case(db_session, each_database):
    record = add_case_of_age(LOCKED_AGE)
    db_session.commit()
    return record


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


@pytest.fixture
def planner(client_as):
    return client_as("planning")


@pytest.fixture
def group(client_as):
    return client_as("twg")
