"""A register with nothing but reference tables."""

import pytest
from flask import Flask
from flask_babel import Babel

from app.extensions import db
from app.kernel.database.versioned_cache import Version
from app.kernel.schema.code_lists import Code
from app.reference.load import load
from app.reference.models import Court, Law, Offence, Place, Prison, Shipped, TimeLimit, Unit

MODELS = (Code, Version, Place, Unit, Court, Prison, Law, Offence, TimeLimit, Shipped)


@pytest.fixture(scope="module")
def empty_register(tmp_path_factory):
    """The tables, empty; who reads it reads Khmer. Each module of tests has its own."""
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
def register(empty_register):
    """The tables as the register ships them."""
    load(db.session)
    db.session.commit()
    return empty_register
