"""Sign-in with a directory (LDAP). docs/administrator.md lists what was tried with a real one."""

import importlib

import pytest
from flask_appbuilder.const import AUTH_LDAP
from sqlalchemy import func, select

from app.accounts.models import FailedLogin, LoginSession
from app.kernel.audit.recorder import AuditEvent
from tests.accounts.login import (
    PASSWORD,
    backdate_sessions,
    enrol_second_factor,
    find_user,
    is_signed_in,
    sign_in,
)

LDAP_PASSWORD = "a word of the directory"
REAUTHENTICATION = "/sign-in/confirm?next=/my-account/"
NO_ANSWER = "មិនឆ្លើយតប"


@pytest.fixture
def ldap(stand_ins):
    return importlib.import_module("ldap")


@pytest.fixture
def ldap_app(ldap, make_app):
    """The application with passwords in a directory."""
    reader, reader_password = ldap.READER
    return make_app(
        AUTH_TYPE=AUTH_LDAP,
        AUTH_LDAP_SERVER="ldap://directory.invalid",
        AUTH_LDAP_SEARCH=ldap.BASE,
        AUTH_LDAP_BIND_USER=reader,
        AUTH_LDAP_BIND_PASSWORD=reader_password,
    )


def open_ldap_client(app, username="clerk.bb"):
    client = app.test_client()
    assert sign_in(client, username, LDAP_PASSWORD).status_code == 302
    return client


def list_sign_in_events(session, count):
    written = select(AuditEvent.action).where(AuditEvent.action.startswith("sign_in"))
    return session.scalars(written.order_by(AuditEvent.seq.desc()).limit(count)).all()[::-1]


def test_ldap_accepts_directory_password_only(ldap_app, db_session, each_database):
    client = ldap_app.test_client()
    answer = sign_in(client, password=PASSWORD, next="/login/?next=/case/list/")
    assert answer.status_code == 200 and "clerk.bb" in answer.text and not is_signed_in(client)
    assert sign_in(client, password=LDAP_PASSWORD, next="/login/?next=/case/list/").location == "/case/list/"
    assert is_signed_in(client)


def test_ldap_accepts_active_accounts_only(ldap_app, db_session):
    find_user("clerk.pp").active = False
    db_session.commit()
    for name in ("somebody.else", "clerk.pp", "CLERK.BB"):
        client = ldap_app.test_client()
        assert sign_in(client, name, LDAP_PASSWORD).status_code == 200 and not is_signed_in(client)


def test_ldap_sign_in_never_redirects_to_other_hosts(ldap_app):
    client = ldap_app.test_client()
    assert sign_in(client, password=LDAP_PASSWORD, next="/login/?next=//127.0.0.1/case/list/").location == "/"


def test_ldap_five_failed_attempts_lock_name(ldap_app, db_session, each_database):
    user = find_user("clerk.bb")
    before = user.login_count, user.last_login
    for _try in range(5):
        sign_in(ldap_app.test_client(), password="wrong")
    client = ldap_app.test_client()
    assert sign_in(client, password=LDAP_PASSWORD).status_code == 200 and not is_signed_in(client)
    assert list_sign_in_events(db_session, 6) == [*["sign_in.failed"] * 5, "sign_in.locked"]
    db_session.refresh(user)
    assert (user.login_count, user.last_login) == before


def test_ldap_sign_in_is_counted_once(ldap_app, db_session):
    user = find_user("clerk.bb")
    before = user.login_count or 0
    open_ldap_client(ldap_app)
    db_session.refresh(user)
    assert user.login_count == before + 1


def test_ldap_outage_is_no_failed_attempt(ldap_app, ldap, db_session, monkeypatch):
    client = open_ldap_client(ldap_app)
    backdate_sessions(LoginSession.authenticated_at, minutes=11)
    monkeypatch.setattr(ldap, "answers", False)
    for _try in range(6):
        answer = sign_in(ldap_app.test_client(), password=LDAP_PASSWORD)
        assert answer.status_code == 200 and NO_ANSWER in answer.text
    assert NO_ANSWER in client.send(REAUTHENTICATION, {"password": LDAP_PASSWORD}).text
    assert db_session.scalar(select(func.count()).select_from(FailedLogin)) == 0
    monkeypatch.setattr(ldap, "answers", True)
    assert is_signed_in(open_ldap_client(ldap_app))


def test_ldap_bind_refused_shows_server_message(ldap, make_app):
    other = make_app(
        AUTH_TYPE=AUTH_LDAP,
        AUTH_LDAP_SERVER="ldap://directory.invalid",
        AUTH_LDAP_SEARCH=ldap.BASE,
        AUTH_LDAP_BIND_USER=ldap.READER[0],
        AUTH_LDAP_BIND_PASSWORD="a word of before",
    )
    assert NO_ANSWER in sign_in(other.test_client(), password=LDAP_PASSWORD).text


def test_ldap_tls_failure_sends_no_password(ldap, make_app, db_session):
    other = make_app(
        AUTH_TYPE=AUTH_LDAP,
        AUTH_LDAP_SERVER="ldap://directory.invalid",
        AUTH_LDAP_USERNAME_FORMAT=f"uid=%s,{ldap.BASE}",
        AUTH_LDAP_USE_TLS=True,
    )
    assert NO_ANSWER in sign_in(other.test_client(), password=LDAP_PASSWORD).text
    assert db_session.scalar(select(func.count()).select_from(FailedLogin)) == 0


def test_ldap_hides_password_actions(ldap_app, client_as, db_session):
    client = open_ldap_client(ldap_app, "admin")
    other = find_user("clerk.pp").id
    assert client.get("/resetmypassword/form").status_code == 404
    assert f"/staff/password/{other}" not in client.get(f"/staff/show/{other}").text
    assert client.send(f"/staff/password/{other}").status_code == 404
    account = {"username": "new.clerk", "name_km": "សុខ ដារ៉ា", "unit": "PC-02"}
    made = client.send("/staff/add", account)
    assert made.status_code == 302 and made.location.startswith("/staff/show/")


def test_ldap_requests_have_timeout(ldap_app, ldap):
    open_ldap_client(ldap_app)
    assert 0 < ldap.options[ldap.OPT_TIMEOUT] < 30 and 0 < ldap.options[ldap.OPT_NETWORK_TIMEOUT] < 30


def test_ldap_reauthentication_uses_directory_password(ldap_app, db_session):
    client = open_ldap_client(ldap_app)
    backdate_sessions(LoginSession.authenticated_at, minutes=11)
    for typed in ("", "\0", PASSWORD):
        assert client.send(REAUTHENTICATION, {"password": typed}).status_code == 200
    assert client.send(REAUTHENTICATION, {"password": LDAP_PASSWORD}).location == "/my-account/"


def test_ldap_reauthentication_requires_both_factors(ldap_app, db_session):
    client = open_ldap_client(ldap_app, "chief.bb")
    telephone, _page = enrol_second_factor(client, "chief.bb")
    backdate_sessions(LoginSession.authenticated_at, minutes=11)
    assert client.send(REAUTHENTICATION, {"password": LDAP_PASSWORD}).status_code == 200
    assert client.send(REAUTHENTICATION, {"password": "wrong", "code": telephone.code()}).status_code == 200
    telephone.forget_last_code()
    assert (
        client.send(REAUTHENTICATION, {"password": LDAP_PASSWORD, "code": telephone.code()}).location
        == "/my-account/"
    )


def test_ldap_sign_in_requires_second_factor(ldap_app, db_session):
    telephone, _page = enrol_second_factor(open_ldap_client(ldap_app, "chief.bb"), "chief.bb")
    client = open_ldap_client(ldap_app, "chief.bb")
    assert not is_signed_in(client)
    assert client.send("/sign-in/code?next=/case/list/", {"code": telephone.code()}).location == "/case/list/"
    assert is_signed_in(client)
