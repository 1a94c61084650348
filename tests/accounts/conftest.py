"""Fixtures for applications with other sign-in settings."""

import sys
from pathlib import Path

import pytest

from app import create_app
from app.extensions import db
from tests.http_clients import RegisterClient

STAND_INS = Path(__file__).with_name("stand_ins")
_made = {}  # (database, settings) → application


@pytest.fixture
def stand_ins(monkeypatch):
    """Import fake packages of `stand_ins` during the test, for sign-in packages that are not in the lock file."""
    names = {path.name for path in STAND_INS.iterdir()}

    def unload():
        for name in [name for name in sys.modules if name.partition(".")[0] in names]:
            del sys.modules[name]

    unload()
    monkeypatch.syspath_prepend(str(STAND_INS))
    yield
    unload()


@pytest.fixture
def make_app(app, tmp_path):
    """make_app(AUTH_TYPE=…): an application on the same database, with these settings in the operator's file.

    It is made once in a process.
    """
    apps = []

    def build(**settings):
        file = tmp_path / "sign_in.py"
        file.write_text("\n".join(f"{name} = {value!r}" for name, value in settings.items()))
        base = {name: app.config[name] for name in ("SECRET_KEY", "SQLALCHEMY_DATABASE_URI")}
        key = base["SQLALCHEMY_DATABASE_URI"], file.read_text()
        if key not in _made:
            _made[key] = create_app(SIGN_IN_SETTINGS=str(file), **base)
            _made[key].test_client_class = RegisterClient
        apps.append(_made[key])
        return _made[key]

    yield build
    for other in apps:
        with other.app_context():
            db.engine.dispose()
