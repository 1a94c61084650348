"""A small synthetic country, generated once for all tests that only read it."""

from datetime import datetime

import pytest

from app.demo import batch_generator, generate

UNTIL = datetime(2026, 11, 20, 12, 0)


def ignore_output(_text):
    """Ignore the progress output of the demo."""


def fill_database(register, cases=60, persons=130, seed=1, **more):
    """Fill the database as its owner and return the engine of the owner."""
    with register.app.app_context():
        generate.generate_country(
            register.owner, cases=cases, persons=persons, seed=seed, report=ignore_output, until=UNTIL, **more
        )
    return register.owner


@pytest.fixture(autouse=True)
def fork_generator(monkeypatch):
    """Fork the second process of a large run, so that it does not import the application again."""
    monkeypatch.setattr(batch_generator, "START_METHOD", "fork")


@pytest.fixture
def small_country(register, db_session):
    """Return the session on a database with 200 cases and 400 persons."""

    def two_hundred_cases():
        fill_database(register, cases=200, persons=400)

    register.as_left_by(two_hundred_cases)
    return db_session
