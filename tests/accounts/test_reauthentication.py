"""Before an act of weight the password is asked for once more, and nothing that was typed is lost."""

from sqlalchemy import func, select

from app.accounts.models import ApiToken, SignIn
from tests.accounts.login import PASSWORD, enrol, put_into_the_past, signed_in
from tests.html_pages import Page

TYPED = {"name": "Statistics of the province", "days": "30"}


def stale(app, second_step=True):
    client = signed_in(app)
    telephone = enrol(client, "clerk.bb")[0] if second_step else None
    put_into_the_past(SignIn.proved_at, minutes=11)
    return client, telephone


def test_a_page_of_weight_leads_to_the_question_and_back(app, db_session):
    client, _none = stale(app, second_step=False)
    asked = client.get("/my-account/second-factor")
    assert asked.status_code == 302 and asked.location.startswith("/sign-in/again?next=")
    assert client.send(asked.location, {"password": "wrong"}).status_code == 200
    assert client.send(asked.location, {"password": PASSWORD}).location == "/my-account/second-factor"
    assert client.get("/my-account/second-factor").status_code == 200


def test_who_has_the_second_step_gives_both(app, db_session):
    client, telephone = stale(app)
    assert client.send("/sign-in/again?next=/", {"password": PASSWORD}).status_code == 200
    assert (
        client.send("/sign-in/again?next=/", {"password": "x", "code": telephone.code()}).status_code == 200
    )
    telephone.forget_last_code()
    code = telephone.code()
    assert client.send("/sign-in/again?next=/", {"password": PASSWORD, "code": code}).status_code == 302


def test_what_was_sent_too_late_is_kept_and_done_when_it_is_sent_again(app, db_session):
    client, telephone = stale(app)
    kept = Page.of(client.send("/my-account/tokens", TYPED), 403)
    assert kept.typed()["name"] == [TYPED["name"]] and kept.typed()["days"] == ["30"]
    assert db_session.scalar(select(func.count()).select_from(ApiToken)) == 0
    client.send("/sign-in/again", {"password": PASSWORD, "code": telephone.code()})
    assert (
        client.send(
            "/my-account/tokens", {name: values[0] for name, values in kept.typed().items()}
        ).status_code
        == 200
    )
    assert db_session.scalar(select(ApiToken.name)) == TYPED["name"]


def test_within_ten_minutes_nothing_is_asked(app, db_session):
    client = signed_in(app)
    put_into_the_past(SignIn.proved_at, minutes=9)
    assert client.get("/my-account/second-factor").status_code == 200


def test_the_session_gets_a_new_token_when_the_password_was_given_again(app, db_session):
    client, _none = stale(app, second_step=False)
    with client.session_transaction() as session:
        before = session["_user_id"]
    client.send("/sign-in/again?next=/", {"password": PASSWORD})
    with client.session_transaction() as session:
        assert session["_user_id"] != before
