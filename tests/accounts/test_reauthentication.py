"""Sensitive actions require the password again, and what was typed is kept."""

from sqlalchemy import func, select

from app.accounts.models import ApiToken, LoginSession
from tests.accounts.login import PASSWORD, backdate_sessions, enrol_second_factor, open_signed_in_client
from tests.html_pages import Page

TYPED = {"name": "Statistics of the province", "days": "30"}


def open_stale_client(app, second_factor=True):
    client = open_signed_in_client(app)
    telephone = enrol_second_factor(client, "clerk.bb")[0] if second_factor else None
    backdate_sessions(LoginSession.authenticated_at, minutes=11)
    return client, telephone


def test_sensitive_page_redirects_to_password_and_back(app, db_session):
    client, _none = open_stale_client(app, second_factor=False)
    redirect = client.get("/my-account/second-factor")
    assert redirect.status_code == 302 and redirect.location.startswith("/sign-in/confirm?next=")
    assert client.send(redirect.location, {"password": "wrong"}).status_code == 200
    assert client.send(redirect.location, {"password": PASSWORD}).location == "/my-account/second-factor"
    assert client.get("/my-account/second-factor").status_code == 200


def test_reauthentication_requires_both_factors(app, db_session):
    client, telephone = open_stale_client(app)
    assert client.send("/sign-in/confirm?next=/", {"password": PASSWORD}).status_code == 200
    assert (
        client.send("/sign-in/confirm?next=/", {"password": "x", "code": telephone.code()}).status_code == 200
    )
    telephone.forget_last_code()
    code = telephone.code()
    assert client.send("/sign-in/confirm?next=/", {"password": PASSWORD, "code": code}).status_code == 302


def test_stale_form_is_kept_and_can_be_sent_again(app, db_session):
    client, telephone = open_stale_client(app)
    page = Page.from_response(client.send("/my-account/tokens", TYPED), 403)
    assert page.typed()["name"] == [TYPED["name"]] and page.typed()["days"] == ["30"]
    assert db_session.scalar(select(func.count()).select_from(ApiToken)) == 0
    client.send("/sign-in/confirm", {"password": PASSWORD, "code": telephone.code()})
    assert (
        client.send(
            "/my-account/tokens", {name: values[0] for name, values in page.typed().items()}
        ).status_code
        == 200
    )
    assert db_session.scalar(select(ApiToken.name)) == TYPED["name"]


def test_recent_sign_in_needs_no_password(app, db_session):
    client = open_signed_in_client(app)
    backdate_sessions(LoginSession.authenticated_at, minutes=9)
    assert client.get("/my-account/second-factor").status_code == 200


def test_reauthentication_renews_session_token(app, db_session):
    client, _none = open_stale_client(app, second_factor=False)
    with client.session_transaction() as session:
        before = session["_user_id"]
    client.send("/sign-in/confirm?next=/", {"password": PASSWORD})
    with client.session_transaction() as session:
        assert session["_user_id"] != before
