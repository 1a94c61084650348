"""A shut case, and the three who take a step each."""

import pytest

from tests.locked_records import SHUT, a_case_of


@pytest.fixture
def case(db_session, each_database):
    made = a_case_of(SHUT)
    db_session.commit()
    return made


@pytest.fixture
def chief(client_as):
    return client_as("chief.bb")


@pytest.fixture
def planner(client_as):
    return client_as("planning")


@pytest.fixture
def group(client_as):
    return client_as("twg")
