"""Signing in by another door of FAB's, a directory or a server that has asked already: what stays the register's own."""

import pytest
from flask_appbuilder.const import AUTH_LDAP, AUTH_REMOTE_USER

from tests.accounts.doors import enrol, is_in, signed_in


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


@pytest.mark.parametrize("name", ["AUTH_USER_REGISTRATION", "AUTH_ROLES_SYNC_AT_LOGIN"])
def test_what_would_let_a_directory_give_roles_refuses_to_start(another, name):
    with pytest.raises(SystemExit, match=name):
        another(AUTH_TYPE=AUTH_LDAP, AUTH_LDAP_SERVER="ldap://127.0.0.1:1", **{name: True})
