"""A small synthetic country, made once for all tests that only look at it."""

from datetime import datetime

import pytest

from app.demo import country

UNTIL = datetime(2026, 11, 20, 12, 0)


def quiet(_text):
    """Takes what the demo says, and says nothing."""


def filled(register, cases=60, persons=130, seed=1, **more):
    """Fill a register, as the owner of its database; his engine."""
    with register.app.app_context():
        country.fill(register.owner, cases=cases, persons=persons, seed=seed, say=quiet, until=UNTIL, **more)
    return register.owner


@pytest.fixture
def small_country(register, db_session):
    """Two hundred cases with four hundred people, in the session's register."""
    filled(register, cases=200, persons=400)
    return db_session
