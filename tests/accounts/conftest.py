"""The register with other settings for signing in."""

import sys
from pathlib import Path

import pytest

from app import create_app
from app.extensions import db
from tests.http_clients import RegisterClient

STAND_INS = Path(__file__).with_name("stand_ins")


@pytest.fixture
def stand_ins(monkeypatch):
    """What signs in elsewhere and is not in the lock is found in `stand_ins`, until the test is over."""
    names = {path.name for path in STAND_INS.iterdir()}

    def forget():
        for name in [name for name in sys.modules if name.partition(".")[0] in names]:
            del sys.modules[name]

    forget()
    monkeypatch.syspath_prepend(str(STAND_INS))
    yield
    forget()


@pytest.fixture
def another(app, tmp_path):
    """another(AUTH_TYPE=…): the same register, whose operator wrote these settings into his file."""
    made = []

    def make(**settings):
        file = tmp_path / "sign_in.py"
        file.write_text("\n".join(f"{name} = {value!r}" for name, value in settings.items()))
        kept = {name: app.config[name] for name in ("SECRET_KEY", "SQLALCHEMY_DATABASE_URI")}
        other = create_app(SIGN_IN_SETTINGS=str(file), **kept)
        other.test_client_class = RegisterClient
        made.append(other)
        return other

    yield make
    for other in made:
        with other.app_context():
            db.engine.dispose()
