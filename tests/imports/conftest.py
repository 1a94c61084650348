"""The two officers of an import."""

import pytest


@pytest.fixture
def reader(client_as):
    return client_as("twg", "en")


@pytest.fixture
def second(client_as):
    return client_as("planning", "en")
