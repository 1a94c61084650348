"""Signing in where another server has asked already: what stays the register's own."""

import time

import pytest
import requests
from flask_appbuilder.const import AUTH_LDAP, AUTH_OAUTH, AUTH_REMOTE_USER
from sqlalchemy import func, select

from app.accounts.models import SignIn
from app.kernel.audit.recorder import AuditEvent
from tests.accounts.login import enrol, is_in, put_into_the_past, signed_in, user_named

PROVIDER = {"name": "police", "remote_app": {"client_id": "ecrime"}}


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


def test_nobody_is_made_a_user_by_another_door(another, db_session):
    client = another(AUTH_TYPE=AUTH_REMOTE_USER).test_client()
    answer = client.get("/login/", environ_overrides={"REMOTE_USER": "somebody.else"})
    assert answer.status_code == 403 and "គ្មានគណនី" in answer.text and not is_in(client)
    assert failed(db_session) == 1


@pytest.fixture
def asked_elsewhere(stand_ins, another):
    """The register behind a provider, and that provider."""
    other = another(AUTH_TYPE=AUTH_OAUTH, OAUTH_PROVIDERS=[PROVIDER])
    return other, other.appbuilder.sm.oauth_remotes["police"]


def failed(session):
    written = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "signin.failed")
    return session.scalar(written)


def comes_back(client, remote, name, asked_at=0, next="/case/list/"):
    """Where the register leads whom the provider has asked so many seconds ago."""
    remote.claims = {"preferred_username": name, "auth_time": time.time() - asked_at}
    assert client.get(f"/login/police?next={next}").location == "https://provider.invalid/authorize"
    return client.get("/oauth-authorized/police?code=x&state=y").location


def test_a_provider_lets_open_accounts_in(asked_elsewhere, db_session, each_database):
    other, remote = asked_elsewhere
    client = other.test_client()
    assert "/login/police?next=" in client.get("/login/?next=/case/list/").text
    assert comes_back(client, remote, "clerk.bb") == "/case/list/" and is_in(client)
    user_named("clerk.pp").active = False
    db_session.commit()
    for name in ("somebody.else", "clerk.pp", None, 7):
        client = other.test_client()
        assert comes_back(client, remote, name) == "/login/"
        assert "គ្មានគណនី" in client.get("/login/").text and not is_in(client)
    assert failed(db_session) == 4


def test_the_provider_is_made_to_ask_for_the_password_and_to_say_when(asked_elsewhere):
    other, remote = asked_elsewhere
    for asked_at in (11 * 60, time.time()):  # long ago; not said
        client = other.test_client()
        assert comes_back(client, remote, "clerk.bb", asked_at) == "/login/" and not is_in(client)
    assert remote.asked == {"prompt": "login", "max_age": 600}


def test_who_confirms_himself_is_asked_by_the_provider(asked_elsewhere, db_session):
    other, remote = asked_elsewhere
    client = other.test_client()
    comes_back(client, remote, "clerk.bb")
    put_into_the_past(SignIn.proved_at, minutes=11)
    assert client.get("/my-account/second-factor").location == "/sign-in/again?next=/my-account/second-factor"
    asked = client.get("/sign-in/again?next=/my-account/second-factor")
    assert asked.location == "/login/?next=/my-account/second-factor" and not is_in(client)
    assert (
        comes_back(client, remote, "clerk.bb", next="/my-account/second-factor")
        == "/my-account/second-factor"
    )
    assert client.get("/my-account/second-factor").status_code == 200


@pytest.mark.parametrize("next", ["https://evil.invalid/", "//127.0.0.1/case/list/", "//evil.invalid"])
def test_the_provider_leads_to_no_other_host(asked_elsewhere, next):
    other, remote = asked_elsewhere
    assert comes_back(other.test_client(), remote, "clerk.bb", next=next) == "/"


@pytest.mark.parametrize(
    "fault, said",
    [(requests.ConnectTimeout(), "មិនឆ្លើយតប"), (ValueError("a state that was made up"), "មិនបានបញ្ជាក់អត្តសញ្ញាណ")],
)
def test_a_provider_that_is_silent_or_proves_nothing_is_told_of_in_khmer(asked_elsewhere, fault, said):
    other, remote = asked_elsewhere
    remote.fault = fault
    for page in ("/login/police", "/oauth-authorized/police?code=x"):
        client = other.test_client()
        assert client.get(page).location == "/login/"
        assert said in client.get("/login/").text and not is_in(client)


def test_a_silent_provider_is_not_waited_for_without_end(asked_elsewhere):
    assert 0 < asked_elsewhere[1].settings["client_kwargs"]["default_timeout"] < 30


def test_there_is_no_door_to_a_provider_that_the_operator_did_not_name(asked_elsewhere):
    client = asked_elsewhere[0].test_client()
    assert (
        client.get("/login/another").status_code == client.get("/oauth-authorized/another").status_code == 404
    )


@pytest.mark.parametrize("kind", [AUTH_LDAP, AUTH_OAUTH])
def test_what_is_not_installed_refuses_to_start_by_its_name(another, kind, monkeypatch):
    monkeypatch.setattr("app.accounts.sign_in_settings.NEEDED", {kind: {"nowhere": "python-nowhere"}})
    with pytest.raises(SystemExit, match="python-nowhere"):
        another(AUTH_TYPE=kind)


@pytest.mark.parametrize(
    "name", ["AUTH_USER_REGISTRATION", "AUTH_ROLES_SYNC_AT_LOGIN", "AUTH_GROUPS_SYNC_AT_LOGIN"]
)
def test_what_would_let_a_directory_give_roles_refuses_to_start(another, name):
    with pytest.raises(SystemExit, match=name):
        another(AUTH_TYPE=AUTH_LDAP, AUTH_LDAP_SERVER="ldap://127.0.0.1:1", **{name: True})
