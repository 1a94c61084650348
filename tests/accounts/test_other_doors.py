"""Signing in by another door of FAB's, a directory or a server that has asked already: what stays the register's own."""

import pytest
from flask_appbuilder.const import AUTH_LDAP, AUTH_REMOTE_USER
from sqlalchemy import select

from app import create_app
from app.extensions import db
from app.kernel.audit import AuditEvent
from tests.accounts.doors import enrol, is_in, sign_in, signed_in
from tests.clients import RegisterClient


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


def let_in(app, name):
    """A browser behind a web server that has asked who is there."""
    client = app.test_client()
    client.get("/login/", environ_overrides={"REMOTE_USER": name})
    return client


def test_whoever_has_the_second_step_is_asked_for_it_after_another_door(app, db_session, another):
    telephone, _page = enrol(signed_in(app, "chief.bb"), "chief.bb")
    client = let_in(another(AUTH_TYPE=AUTH_REMOTE_USER), "chief.bb")

    answer = client.get("/case/list/")
    assert answer.location == "/sign-in/code?next=/case/list/"
    assert client.send(answer.location, {"code": "000000"}).status_code == 200 and not is_in(client)
    assert client.send(answer.location, {"code": telephone.code()}).location == "/case/list/"
    assert is_in(client)


def test_the_roles_that_need_the_second_step_need_it_whatever_the_door(another):
    other = another(AUTH_TYPE=AUTH_REMOTE_USER)
    other.config["SECOND_FACTOR"] = "required"
    assert let_in(other, "chief.bb").get("/case/list/").location == "/my-account/second-factor"
    assert is_in(let_in(other, "clerk.bb"))


def test_nobody_is_made_a_user_by_another_door(another):
    assert not is_in(let_in(another(AUTH_TYPE=AUTH_REMOTE_USER), "somebody.else"))


def test_five_wrong_tries_shut_the_name_at_the_door_of_a_directory_too(db_session, another):
    other = another(AUTH_TYPE=AUTH_LDAP, AUTH_LDAP_SERVER="ldap://127.0.0.1:1")
    for _try in range(6):
        assert not is_in(other.test_client()) and sign_in(other.test_client()).status_code == 302
    told = select(AuditEvent.action).where(AuditEvent.action.startswith("signin")).order_by(AuditEvent.seq)
    assert db_session.scalars(told).all()[-6:] == [*["signin.failed"] * 5, "signin.locked"]


@pytest.mark.parametrize("name", ["AUTH_USER_REGISTRATION", "AUTH_ROLES_SYNC_AT_LOGIN"])
def test_what_would_let_a_directory_give_roles_refuses_to_start(another, name):
    with pytest.raises(SystemExit, match=name):
        another(AUTH_TYPE=AUTH_LDAP, AUTH_LDAP_SERVER="ldap://127.0.0.1:1", **{name: True})
