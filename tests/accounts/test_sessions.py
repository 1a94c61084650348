"""Sessions live in the register: what ends there has ended, whatever a browser still holds."""

import pytest
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select, text

from app.accounts.models import SignIn
from tests.accounts.login import PASSWORD, is_in, put_into_the_past, sign_in, signed_in, user_named
from tests.html_pages import Page
from tests.statement_counts import counted


def cookie_of(client):
    return client.get_cookie("ecrime").value


def test_the_register_keeps_only_a_hash_of_what_the_browser_holds(app, db_session):
    client = signed_in(app)
    with client.session_transaction() as session:
        token = session["_user_id"]
    row = db_session.scalars(select(SignIn).order_by(SignIn.id.desc())).first()
    assert len(token) >= 40 and token not in (row.token_hash, str(row.user_id))
    assert len(row.token_hash) == 64


def test_a_cookie_forged_with_the_secret_of_the_register_opens_nothing(app, db_session):
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    for user_id in ("1", str(user_named("admin").id), "0", "x" * 43):
        client = app.test_client()
        client.set_cookie("ecrime", signer.dumps({"_user_id": user_id, "_fresh": True}))
        assert not is_in(client)


def test_signing_in_gives_a_new_session_and_a_new_form_token(app, client):
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


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app):
    client, thief = signed_in(app), app.test_client()
    thief.set_cookie("ecrime", cookie_of(client))
    assert is_in(thief)
    client.send("/logout/")
    assert not is_in(thief)


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
def test_what_changes_in_a_user_ends_his_sessions_at_once(app, db_session, change, each_database):
    client, other = signed_in(app), signed_in(app, "manager")
    change(user_named("clerk.bb"))
    db_session.commit()
    assert not is_in(client)
    assert is_in(other)


def test_a_session_that_rests_for_fifteen_minutes_ends(app, db_session):
    client = signed_in(app)
    put_into_the_past(SignIn.seen_at, minutes=14)
    assert is_in(client)
    put_into_the_past(SignIn.seen_at, minutes=16)
    assert not is_in(client)


def test_no_session_is_older_than_twelve_hours(app, db_session):
    client = signed_in(app)
    put_into_the_past(SignIn.began_at, hours=11, minutes=59)
    assert is_in(client)
    put_into_the_past(SignIn.began_at, hours=12, minutes=1)
    assert not is_in(client)


def test_when_a_session_was_seen_is_written_once_a_minute(app, register, db_session):
    client = signed_in(app)
    with counted(register) as asked:
        client.get("/about-the-data/")
    assert not [one for one in asked if one.startswith("UPDATE")]
    put_into_the_past(SignIn.seen_at, minutes=2)
    with counted(register) as asked:
        client.get("/about-the-data/")
        client.get("/about-the-data/")
    assert len([one for one in asked if one.startswith("UPDATE sign_in")]) == 1


def test_session_and_user_come_with_one_statement(app, register):
    client = signed_in(app)
    client.get("/about-the-data/")
    with counted(register) as asked:
        client.get("/about-the-data/")
    assert len([one for one in asked if "sign_in" in one]) == 1


def test_a_user_sees_his_sessions_and_ends_them(app, db_session):
    here, there, elsewhere = signed_in(app), signed_in(app), signed_in(app)
    page = here.page("/my-account/")
    assert len(page.all("form", action=True)) >= 3 and "127.0.0.1" in page.text
    mine = user_named("clerk.bb").id
    ids = db_session.scalars(select(SignIn.id).where(SignIn.user_id == mine).order_by(SignIn.id)).all()
    here.send(f"/my-account/sessions/{ids[-2]}/end")
    assert not is_in(there) and is_in(elsewhere)
    here.send("/my-account/sessions/end-others")
    assert not is_in(elsewhere) and is_in(here)


def test_nobody_ends_the_session_of_somebody_else(app, db_session):
    mine, others = signed_in(app), signed_in(app, "clerk.pp")
    theirs = db_session.scalar(select(SignIn.id).order_by(SignIn.id.desc()).limit(1))
    mine.send(f"/my-account/sessions/{theirs}/end")
    assert is_in(others)


def test_a_user_is_told_when_and_where_he_signed_in_last(app):
    signed_in(app)
    said = Page.of(signed_in(app).get("/")).text
    assert "127.0.0.1" in said


def test_a_form_whose_session_ended_is_kept_and_sent_again(app, db_session):
    client = signed_in(app)
    put_into_the_past(SignIn.seen_at, minutes=16)
    answer = client.send("/personname/add", {"text_km": "សុខ ដារ៉ា"})
    page = Page.of(answer, 400)
    assert "សុខ ដារ៉ា" in page.typed()["text_km"]
    assert page.all("a", target="_blank")


def test_a_script_that_asks_on_after_its_session_ended_touches_no_cookie(app):
    """Its answer may come after somebody has signed in beside it: a cookie in it would sign him out again."""
    client = app.test_client()
    for path in ("/entry/", "/jobs/rows", "/person/list/"):
        answer = client.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == 401 and "Set-Cookie" not in answer.headers


def test_switching_a_user_off_by_hand_in_the_database_ends_his_session_too(app, db_session):
    client = signed_in(app)
    db_session.execute(text("UPDATE ab_user SET active = false WHERE username = 'clerk.bb'"))
    db_session.commit()
    assert not is_in(client)
    assert sign_in(app.test_client(), "clerk.bb", PASSWORD).status_code == 200


def test_the_page_of_the_own_account_says_who_one_is_and_changes_nothing_of_it(client_as):
    clerk = client_as("clerk.bb")
    page = clerk.page("/my-account/")
    assert "clerk.bb" in [one.text for one in page.all("dd")]
    assert [clerk.get(path).status_code for path in ("/users/userinfo/", "/userinfoeditview/form")] == [
        404,
        404,
    ]
