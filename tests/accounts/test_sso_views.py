"""Sign-in with another server: what this system still checks."""

import time

import pytest
import requests
from flask_appbuilder.const import AUTH_LDAP, AUTH_OAUTH
from sqlalchemy import func, select

from app.accounts.models import LoginSession
from app.kernel.audit.recorder import AuditEvent
from tests.accounts.login import (
    backdate_sessions,
    enrol_second_factor,
    find_user,
    is_signed_in,
    open_signed_in_client,
)

PROVIDER = {"name": "police", "remote_app": {"client_id": "ecrime"}}


@pytest.fixture
def sso_app(stand_ins, make_app):
    """The application with an OpenID Connect provider, and that provider."""
    other = make_app(AUTH_TYPE=AUTH_OAUTH, OAUTH_PROVIDERS=[PROVIDER])
    return other, other.appbuilder.sm.oauth_remotes["police"]


def count_failed_sign_ins(session):
    written = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "sign_in.failed")
    return session.scalar(written)


def return_from_provider(client, remote, name, requested_at=0, next="/case/list/"):
    """Return the redirect of a user who gave the provider the password so many seconds ago."""
    remote.claims = {"preferred_username": name, "auth_time": time.time() - requested_at}
    assert client.get(f"/login/police?next={next}").location == "https://provider.invalid/authorize"
    return client.get("/oauth-authorized/police?code=x&state=y").location


def test_provider_signs_in_active_accounts_only(sso_app, db_session, each_database):
    other, remote = sso_app
    client = other.test_client()
    assert "/login/police?next=" in client.get("/login/?next=/case/list/").text
    assert return_from_provider(client, remote, "clerk.bb") == "/case/list/" and is_signed_in(client)
    find_user("clerk.pp").active = False
    db_session.commit()
    for name in ("somebody.else", "clerk.pp", None, 7):
        client = other.test_client()
        assert return_from_provider(client, remote, name) == "/login/"
        assert "គ្មានគណនី" in client.get("/login/").text and not is_signed_in(client)
    assert count_failed_sign_ins(db_session) == 4


def test_provider_sign_in_asks_for_second_factor(app, db_session, sso_app):
    other, remote = sso_app
    telephone, _page = enrol_second_factor(open_signed_in_client(app, "chief.bb"), "chief.bb")
    client = other.test_client()
    return_from_provider(client, remote, "chief.bb")

    answer = client.get("/case/list/")
    assert answer.location == "/sign-in/code?next=/case/list/"
    assert client.send(answer.location, {"code": "000000"}).status_code == 200 and not is_signed_in(client)
    assert client.send(answer.location, {"code": telephone.code()}).location == "/case/list/"
    assert is_signed_in(client)


def test_role_of_provider_user_requires_second_factor(sso_app, monkeypatch):
    other, remote = sso_app
    monkeypatch.setitem(other.config, "SECOND_FACTOR", "required")
    chief, clerk = other.test_client(), other.test_client()
    return_from_provider(chief, remote, "chief.bb")
    return_from_provider(clerk, remote, "clerk.bb")
    for one in (chief, clerk):
        assert one.get("/case/list/").location == "/my-account/second-factor"


def test_provider_must_ask_password_and_send_auth_time(sso_app):
    other, remote = sso_app
    for requested_at in (11 * 60, time.time()):  # long ago; missing
        client = other.test_client()
        assert return_from_provider(
            client, remote, "clerk.bb", requested_at
        ) == "/login/" and not is_signed_in(client)
    assert remote.options == {"prompt": "login", "max_age": 600}


def test_reauthentication_goes_to_provider(sso_app, db_session):
    other, remote = sso_app
    client = other.test_client()
    return_from_provider(client, remote, "clerk.bb")
    backdate_sessions(LoginSession.authenticated_at, minutes=11)
    assert (
        client.get("/my-account/second-factor").location == "/sign-in/confirm?next=/my-account/second-factor"
    )
    redirect = client.get("/sign-in/confirm?next=/my-account/second-factor")
    assert redirect.location == "/login/?next=/my-account/second-factor" and not is_signed_in(client)
    assert (
        return_from_provider(client, remote, "clerk.bb", next="/my-account/second-factor")
        == "/my-account/second-factor"
    )
    assert client.get("/my-account/second-factor").status_code == 200


def test_provider_never_redirects_to_other_hosts(sso_app):
    other, remote = sso_app
    for next in ("https://evil.invalid/", "//127.0.0.1/case/list/", "//evil.invalid"):
        assert return_from_provider(other.test_client(), remote, "clerk.bb", next=next) == "/", next


@pytest.mark.parametrize(
    "error, message",
    [(requests.ConnectTimeout(), "មិនឆ្លើយតប"), (ValueError("a state that was made up"), "មិនបានបញ្ជាក់អត្តសញ្ញាណ")],
)
def test_provider_failure_shows_khmer_message(sso_app, error, message):
    other, remote = sso_app
    remote.error = error
    for page in ("/login/police", "/oauth-authorized/police?code=x"):
        client = other.test_client()
        assert client.get(page).location == "/login/"
        assert message in client.get("/login/").text and not is_signed_in(client)


def test_provider_requests_have_timeout(sso_app):
    assert 0 < sso_app[1].settings["client_kwargs"]["default_timeout"] < 30


def test_unknown_provider_is_not_found(sso_app):
    client = sso_app[0].test_client()
    assert (
        client.get("/login/another").status_code == client.get("/oauth-authorized/another").status_code == 404
    )


@pytest.mark.parametrize("kind", [0, 3, 5, "4", None])
def test_unsupported_sign_in_method_refuses_start(make_app, kind):
    with pytest.raises(SystemExit, match="not supported"):
        make_app(AUTH_TYPE=kind)


@pytest.mark.parametrize("kind", [AUTH_LDAP, AUTH_OAUTH])
def test_missing_package_refuses_start_by_name(make_app, kind, monkeypatch):
    monkeypatch.setattr(
        "app.accounts.sign_in_settings.REQUIRED_PACKAGES", {kind: {"nowhere": "python-nowhere"}}
    )
    with pytest.raises(SystemExit, match="python-nowhere"):
        make_app(AUTH_TYPE=kind)


@pytest.mark.parametrize(
    "name", ["AUTH_USER_REGISTRATION", "AUTH_ROLES_SYNC_AT_LOGIN", "AUTH_GROUPS_SYNC_AT_LOGIN"]
)
def test_setting_for_directory_roles_refuses_start(make_app, name):
    with pytest.raises(SystemExit, match=name):
        make_app(AUTH_TYPE=AUTH_LDAP, AUTH_LDAP_SERVER="ldap://127.0.0.1:1", **{name: True})
