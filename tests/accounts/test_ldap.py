"""Signing in where a directory knows the passwords. What was tried against a real one stands in docs/administrator.md."""

import importlib

import pytest
from flask_appbuilder.const import AUTH_LDAP
from sqlalchemy import func, select

from app.accounts.models import SignIn, WrongTry
from app.kernel.audit.recorder import AuditEvent
from tests.accounts.login import PASSWORD, enrol, is_in, put_into_the_past, sign_in, user_named

WORD = "a word of the directory"
AGAIN = "/sign-in/again?next=/my-account/"
SILENT = "មិនឆ្លើយតប"


@pytest.fixture
def ldap(stand_ins):
    return importlib.import_module("ldap")


@pytest.fixture
def asking(ldap, another):
    """The register whose passwords a directory knows."""
    reader, word = ldap.READER
    return another(
        AUTH_TYPE=AUTH_LDAP,
        AUTH_LDAP_SERVER="ldap://directory.invalid",
        AUTH_LDAP_SEARCH=ldap.BASE,
        AUTH_LDAP_BIND_USER=reader,
        AUTH_LDAP_BIND_PASSWORD=word,
    )


def signed_in(app, username="clerk.bb"):
    client = app.test_client()
    assert sign_in(client, username, WORD).status_code == 302
    return client


def told(session, count):
    written = select(AuditEvent.action).where(AuditEvent.action.startswith("signin"))
    return session.scalars(written.order_by(AuditEvent.seq.desc()).limit(count)).all()[::-1]


def test_the_word_of_the_directory_opens_and_that_of_the_register_does_not(asking, db_session, each_database):
    client = asking.test_client()
    answer = sign_in(client, password=PASSWORD, next="/login/?next=/case/list/")
    assert answer.status_code == 200 and "clerk.bb" in answer.text and not is_in(client)
    assert sign_in(client, password=WORD, next="/login/?next=/case/list/").location == "/case/list/"
    assert is_in(client)


def test_only_open_accounts_of_the_register_are_let_in(asking, db_session):
    user_named("clerk.pp").active = False
    db_session.commit()
    for name in ("somebody.else", "clerk.pp", "CLERK.BB"):
        client = asking.test_client()
        assert sign_in(client, name, WORD).status_code == 200 and not is_in(client)


def test_nobody_is_sent_to_another_host(asking):
    client = asking.test_client()
    assert sign_in(client, password=WORD, next="/login/?next=//127.0.0.1/case/list/").location == "/"


def test_five_wrong_tries_shut_the_name_at_the_door_of_a_directory_too(asking, db_session, each_database):
    user = user_named("clerk.bb")
    before = user.login_count, user.last_login
    for _try in range(5):
        sign_in(asking.test_client(), password="wrong")
    client = asking.test_client()
    assert sign_in(client, password=WORD).status_code == 200 and not is_in(client)
    assert told(db_session, 6) == [*["signin.failed"] * 5, "signin.locked"]
    db_session.refresh(user)
    assert (user.login_count, user.last_login) == before


def test_who_comes_in_is_counted_once(asking, db_session):
    user = user_named("clerk.bb")
    before = user.login_count or 0
    signed_in(asking)
    db_session.refresh(user)
    assert user.login_count == before + 1


def test_a_directory_that_does_not_answer_is_no_wrong_try(asking, ldap, db_session, monkeypatch):
    client = signed_in(asking)
    put_into_the_past(SignIn.proved_at, minutes=11)
    monkeypatch.setattr(ldap, "answers", False)
    for _try in range(6):
        answer = sign_in(asking.test_client(), password=WORD)
        assert answer.status_code == 200 and SILENT in answer.text
    assert SILENT in client.send(AGAIN, {"password": WORD}).text
    assert db_session.scalar(select(func.count()).select_from(WrongTry)) == 0
    monkeypatch.setattr(ldap, "answers", True)
    assert is_in(signed_in(asking))


def test_a_register_that_the_directory_refuses_says_so(ldap, another):
    other = another(
        AUTH_TYPE=AUTH_LDAP,
        AUTH_LDAP_SERVER="ldap://directory.invalid",
        AUTH_LDAP_SEARCH=ldap.BASE,
        AUTH_LDAP_BIND_USER=ldap.READER[0],
        AUTH_LDAP_BIND_PASSWORD="a word of before",
    )
    assert SILENT in sign_in(other.test_client(), password=WORD).text


def test_a_directory_that_proves_not_to_be_the_one_is_told_no_password(ldap, another, db_session):
    other = another(
        AUTH_TYPE=AUTH_LDAP,
        AUTH_LDAP_SERVER="ldap://directory.invalid",
        AUTH_LDAP_USERNAME_FORMAT=f"uid=%s,{ldap.BASE}",
        AUTH_LDAP_USE_TLS=True,
    )
    assert SILENT in sign_in(other.test_client(), password=WORD).text
    assert db_session.scalar(select(func.count()).select_from(WrongTry)) == 0


def test_no_password_is_offered_that_the_register_does_not_know(asking, client_as, db_session):
    client = signed_in(asking, "admin")
    other = user_named("clerk.pp").id
    assert client.get("/resetmypassword/form").status_code == 404
    assert f"/staff/password/{other}" not in client.get(f"/staff/show/{other}").text
    assert client.send(f"/staff/password/{other}").status_code == 404
    account = {"username": "new.clerk", "name_km": "សុខ ដារ៉ា", "unit": "PC-02"}
    made = client.send("/staff/add", account)
    assert made.status_code == 302 and made.location.startswith("/staff/show/")


def test_a_silent_directory_is_not_waited_for_without_end(asking, ldap):
    signed_in(asking)
    assert 0 < ldap.options[ldap.OPT_TIMEOUT] < 30 and 0 < ldap.options[ldap.OPT_NETWORK_TIMEOUT] < 30


def test_who_confirms_himself_gives_the_word_of_the_directory(asking, db_session):
    client = signed_in(asking)
    put_into_the_past(SignIn.proved_at, minutes=11)
    for given in ("", "\0", PASSWORD):
        assert client.send(AGAIN, {"password": given}).status_code == 200
    assert client.send(AGAIN, {"password": WORD}).location == "/my-account/"


def test_who_has_the_second_step_confirms_himself_by_both(asking, db_session):
    client = signed_in(asking, "chief.bb")
    telephone, _page = enrol(client, "chief.bb")
    put_into_the_past(SignIn.proved_at, minutes=11)
    assert client.send(AGAIN, {"password": WORD}).status_code == 200
    assert client.send(AGAIN, {"password": "wrong", "code": telephone.code()}).status_code == 200
    telephone.forget_last_code()
    assert client.send(AGAIN, {"password": WORD, "code": telephone.code()}).location == "/my-account/"


def test_the_second_step_stands_behind_the_door_of_a_directory(asking, db_session):
    telephone, _page = enrol(signed_in(asking, "chief.bb"), "chief.bb")
    client = signed_in(asking, "chief.bb")
    assert not is_in(client)
    assert client.send("/sign-in/code?next=/case/list/", {"code": telephone.code()}).location == "/case/list/"
    assert is_in(client)
