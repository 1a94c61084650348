"""Sessions are stored in the database: an ended session is refused, whatever the browser still sends."""

import pytest
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select, text, update

from app.accounts.models import LoginSession
from app.kernel.audit.recorder import AuditEvent
from tests.accounts.login import (
    PASSWORD,
    backdate_sessions,
    enrol_second_factor,
    find_user,
    is_signed_in,
    open_signed_in_client,
    sign_in,
)
from tests.html_pages import Page
from tests.statement_counts import counted


def get_cookie(client):
    return client.get_cookie("ecrime").value


def test_database_stores_only_hash_of_token(app, db_session):
    client = open_signed_in_client(app)
    with client.session_transaction() as session:
        token = session["_user_id"]
    row = db_session.scalars(select(LoginSession).order_by(LoginSession.id.desc())).first()
    assert len(token) >= 40 and token not in (row.token_hash, str(row.user_id))
    assert len(row.token_hash) == 64


def test_cookie_forged_with_secret_key_has_no_access(app, db_session):
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    for user_id in ("1", str(find_user("admin").id), "0", "x" * 43):
        client = app.test_client()
        client.set_cookie("ecrime", signer.dumps({"_user_id": user_id, "_fresh": True}))
        assert not is_signed_in(client)


def test_sign_in_renews_session_and_csrf_token(app, client):
    client.page("/login/")
    with client.session_transaction() as session:
        before = session["csrf_token"]
    sign_in(client)
    client.page("/")
    with client.session_transaction() as session:
        assert session["csrf_token"] != before
        first = session["_user_id"]
    client.send("/logout/")
    sign_in(client)
    with client.session_transaction() as session:
        assert session["_user_id"] != first


def test_copied_cookie_after_sign_out_has_no_access(app):
    client, thief = open_signed_in_client(app), app.test_client()
    thief.set_cookie("ecrime", get_cookie(client))
    assert is_signed_in(thief)
    client.send("/logout/")
    assert not is_signed_in(thief)


@pytest.mark.parametrize(
    "change",
    [
        lambda user: setattr(user, "active", False),
        lambda user: setattr(user, "password", "scrypt:1:1:1$a$b"),
        lambda user: setattr(user, "roles", []),
        lambda user: setattr(user, "unit_code", "PC-12"),
    ],
    ids=["disabled", "password", "roles", "unit"],
)
def test_account_change_ends_sessions_at_once(app, db_session, change, each_database):
    client, other = open_signed_in_client(app), open_signed_in_client(app, "manager")
    change(find_user("clerk.bb"))
    db_session.commit()
    assert not is_signed_in(client)
    assert is_signed_in(other)


def test_session_idle_for_15_minutes_ends(app, db_session):
    client = open_signed_in_client(app)
    backdate_sessions(LoginSession.last_seen_at, minutes=14)
    assert is_signed_in(client)
    backdate_sessions(LoginSession.last_seen_at, minutes=16)
    assert not is_signed_in(client)


def test_session_older_than_12_hours_ends(app, db_session):
    client = open_signed_in_client(app)
    backdate_sessions(LoginSession.started_at, hours=11, minutes=59)
    assert is_signed_in(client)
    backdate_sessions(LoginSession.started_at, hours=12, minutes=1)
    assert not is_signed_in(client)


def test_seen_time_is_written_once_a_minute(app, register, db_session):
    client = open_signed_in_client(app)
    with counted(register) as statements:
        client.get("/about-the-data/")
    assert not [one for one in statements if one.startswith("UPDATE")]
    backdate_sessions(LoginSession.last_seen_at, minutes=2)
    with counted(register) as statements:
        client.get("/about-the-data/")
        client.get("/about-the-data/")
    assert len([one for one in statements if one.startswith("UPDATE login_session")]) == 1


def test_session_and_user_load_with_one_statement(app, register):
    client = open_signed_in_client(app)
    client.get("/about-the-data/")
    with counted(register) as statements:
        client.get("/about-the-data/")
    assert len([one for one in statements if "login_session" in one]) == 1


def test_user_sees_and_ends_own_sessions(app, db_session):
    here, there, elsewhere = (
        open_signed_in_client(app),
        open_signed_in_client(app),
        open_signed_in_client(app),
    )
    page = here.page("/my-account/")
    assert len(page.all("form", action=True)) >= 3 and "127.0.0.1" in page.text
    mine = find_user("clerk.bb").id
    ids = db_session.scalars(
        select(LoginSession.id).where(LoginSession.user_id == mine).order_by(LoginSession.id)
    ).all()
    here.send(f"/my-account/sessions/{ids[-2]}/end")
    assert not is_signed_in(there) and is_signed_in(elsewhere)
    here.send("/my-account/sessions/end-others")
    assert not is_signed_in(elsewhere) and is_signed_in(here)


def test_user_cannot_end_sessions_of_others(app, db_session):
    mine, others = open_signed_in_client(app), open_signed_in_client(app, "clerk.pp")
    theirs = db_session.scalar(select(LoginSession.id).order_by(LoginSession.id.desc()).limit(1))
    mine.send(f"/my-account/sessions/{theirs}/end")
    assert is_signed_in(others)


def test_sign_in_shows_last_sign_in(app):
    open_signed_in_client(app)
    text_shown = Page.from_response(open_signed_in_client(app).get("/")).text
    assert "127.0.0.1" in text_shown


def test_form_of_ended_session_is_kept(app, db_session):
    client = open_signed_in_client(app)
    backdate_sessions(LoginSession.last_seen_at, minutes=16)
    answer = client.send("/personname/add", {"text_km": "សុខ ដារ៉ា"})
    page = Page.from_response(answer, 400)
    assert "សុខ ដារ៉ា" in page.typed()["text_km"]
    assert page.all("a", target="_blank")


def test_script_of_ended_session_sets_no_cookie(app):
    """A late response could follow a new sign-in in the same browser: its cookie would end that session."""
    client = app.test_client()
    for path in ("/entry/", "/jobs/rows", "/person/list/"):
        answer = client.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == 401 and "Set-Cookie" not in answer.headers


def test_deactivation_by_sql_ends_session(app, db_session):
    client = open_signed_in_client(app)
    db_session.execute(text("UPDATE ab_user SET active = false WHERE username = 'clerk.bb'"))
    db_session.commit()
    assert not is_signed_in(client)
    assert sign_in(app.test_client(), "clerk.bb", PASSWORD).status_code == 200


def test_account_page_shows_particulars_read_only(client_as):
    clerk = client_as("clerk.bb")
    page = clerk.page("/my-account/")
    assert "clerk.bb" in [one.text for one in page.all("dd")]
    assert [clerk.get(path).status_code for path in ("/users/userinfo/", "/userinfoeditview/form")] == [
        404,
        404,
    ]


@pytest.fixture
def two_sessions(app):
    """The setting of two sessions for each user."""
    app.config["SESSIONS_PER_USER"] = 2
    yield
    app.config["SESSIONS_PER_USER"] = 0


def test_sign_in_beyond_the_limit_ends_the_oldest_session(app, two_sessions, db_session, each_database):
    db_session.execute(update(LoginSession).values(ended_at=LoginSession.started_at))
    db_session.commit()
    first, second, other = (open_signed_in_client(app, name) for name in ("clerk.bb", "clerk.bb", "clerk.pp"))
    third = open_signed_in_client(app)
    assert [is_signed_in(one) for one in (first, second, third, other)] == [False, True, True, True]
    (event,) = db_session.scalars(select(AuditEvent).where(AuditEvent.action == "session.ended")).all()
    assert event.facts["count"] == 1 and event.actor_id == find_user("clerk.bb").id


def test_both_sides_are_notified_of_the_limit(app, two_sessions, db_session):
    clients = [open_signed_in_client(app) for _ in range(4)]
    assert "ចាស់" in Page.from_response(clients[-1].get("/")).text
    assert "ឧបករណ៍ផ្សេង" in Page.from_response(clients[0].get("/login/")).text
    assert "ឧបករណ៍ផ្សេង" not in Page.from_response(app.test_client().get("/login/")).text


def test_session_that_waits_for_the_code_does_not_count(app, two_sessions, db_session):
    telephone, _page = enrol_second_factor(open_signed_in_client(app, "admin"), "admin")
    first = app.test_client()
    sign_in(first, "admin")
    first.send("/sign-in/code", {"code": telephone.code()})
    for _try in range(3):
        sign_in(app.test_client(), "admin")
    assert is_signed_in(first)


ENDS = {
    "manual": "ពីឧបករណ៍ផ្សេង",
    "administrator": "អ្នកគ្រប់គ្រងបានបញ្ចប់",
    "roles": "គណនីនេះបានផ្លាស់ប្តូរ",
    "unused": "មិនបានប្រើ",
    "signout": None,
}


@pytest.mark.parametrize("reason", ENDS)
def test_sign_in_page_explains_the_end_of_the_session(app, db_session, reason):
    client = open_signed_in_client(app)
    if reason == "unused":
        backdate_sessions("last_seen_at", hours=2)
    else:
        changes = {"ended_at": LoginSession.started_at, "end_reason": reason}
        db_session.execute(update(LoginSession).values(changes))
        db_session.commit()
    assert client.get("/").status_code == 302
    shown = client.page("/login/").text
    assert [message for message in ENDS.values() if message and message in shown] == [
        message for message in (ENDS[reason],) if message
    ]
