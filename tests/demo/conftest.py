"""A small synthetic country, made once for all tests that only look at it."""

from datetime import datetime

import pytest

from app.demo import batch_generator, generate

UNTIL = datetime(2026, 11, 20, 12, 0)


def quiet(_text):
    """Takes what the demo says, and says nothing."""


def filled(register, cases=60, persons=130, seed=1, **more):
    """Fill a register, as the owner of its database; his engine."""
    with register.app.app_context():
        generate.fill(register.owner, cases=cases, persons=persons, seed=seed, say=quiet, until=UNTIL, **more)
    return register.owner


@pytest.fixture(autouse=True)
def quickly_born(monkeypatch):
    """The second process of a large run is a fork of this one, and need not import the register again."""
    monkeypatch.setattr(batch_generator, "BORN_BY", "fork")


@pytest.fixture
def small_country(register, db_session):
    """Two hundred cases with four hundred people, in the session's register."""

    def two_hundred_cases():
        filled(register, cases=200, persons=400)

    register.as_left_by(two_hundred_cases)
    return db_session
