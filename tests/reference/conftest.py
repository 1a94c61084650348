"""A database with only the reference tables."""

import pytest
from flask import Flask
from flask_babel import Babel

from app.extensions import db
from app.kernel.database.versioned_cache import CacheVersion
from app.kernel.schema.code_lists import Code
from app.reference.load import load_reference_data
from app.reference.models import (
    Court,
    Law,
    LetterTemplate,
    LoadedRow,
    Offence,
    Place,
    Prison,
    RetentionPeriod,
    TimeLimit,
    Unit,
)

MODELS = (
    Code,
    CacheVersion,
    Place,
    Unit,
    Court,
    Prison,
    Law,
    Offence,
    TimeLimit,
    LetterTemplate,
    RetentionPeriod,
    LoadedRow,
)


@pytest.fixture(scope="module")
def empty_tables(tmp_path_factory):
    """The tables, empty, with Khmer as language. Each test module has its own."""
    register = Flask("reference")
    path = tmp_path_factory.mktemp("reference") / "register.db"
    register.config.update(SQLALCHEMY_DATABASE_URI=f"sqlite:///{path}", BABEL_DEFAULT_LOCALE="km")
    db.init_app(register)
    Babel(register)
    with register.app_context():
        db.metadata.create_all(db.engine, tables=[model.__table__ for model in MODELS])
        yield register
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def register(empty_tables):
    """The tables with the shipped data."""
    load_reference_data(db.session)
    db.session.commit()
    return empty_tables
