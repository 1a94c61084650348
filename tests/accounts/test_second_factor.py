"""The second factor: single-use codes of six digits, ten recovery codes, and roles that require it."""

import re

import pytest
from flask import current_app
from sqlalchemy import select

from app import roles
from app.accounts import demo_users, second_factor
from app.accounts.models import RecoveryCode, SecondFactor
from tests.accounts.login import (
    PASSWORD,
    enrol_second_factor,
    find_user,
    is_signed_in,
    open_signed_in_client,
    sign_in,
)
from tests.html_pages import Page

REQUIRED_USERS = [row[0] for row in demo_users.USERS if row[2] in roles.SECOND_FACTOR]
CODE = re.compile(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b")


@pytest.fixture
def required(app):
    """The production setting: some roles require the second factor."""
    app.config["SECOND_FACTOR"] = "required"
    yield
    app.config["SECOND_FACTOR"] = "offered"


@pytest.fixture
def enrolled(app, db_session):
    """The telephone of the administrator, and the page with the recovery codes."""
    return enrol_second_factor(open_signed_in_client(app, "admin"), "admin")


def open_pending_client(app, username="admin"):
    client = app.test_client()
    assert sign_in(client, username).location.startswith("/sign-in/code")
    return client


def test_sign_in_requires_code_of_telephone(app, enrolled, each_database):
    telephone, _page = enrolled
    client = open_pending_client(app)
    assert not is_signed_in(client)
    client.send("/sign-in/code", {"code": "123"})
    assert not is_signed_in(client)
    assert client.send("/sign-in/code", {"code": telephone.code()}).status_code == 302
    assert is_signed_in(client)


def test_code_is_valid_once(app, enrolled):
    telephone, _page = enrolled
    code = telephone.code()
    assert open_pending_client(app).send("/sign-in/code", {"code": code}).status_code == 302
    again = open_pending_client(app)
    assert again.send("/sign-in/code", {"code": code}).status_code == 200
    assert not is_signed_in(again)


@pytest.mark.parametrize(("steps", "accepted"), [(-3, False), (-1, True), (1, True), (3, False)])
def test_code_of_adjacent_step_is_accepted(app, enrolled, steps, accepted):
    telephone, _page = enrolled
    client = open_pending_client(app)
    client.send("/sign-in/code", {"code": telephone.code(steps)})
    assert is_signed_in(client) == accepted


def test_code_in_khmer_digits_with_space_is_accepted(app, enrolled):
    telephone, _page = enrolled
    client, code = open_pending_client(app), telephone.code()
    khmer = code.translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    client.send("/sign-in/code", {"code": f"{khmer[:3]} {khmer[3:]}"})
    assert is_signed_in(client)


def test_recovery_code_is_valid_once(app, enrolled, db_session):
    _telephone, page = enrolled
    codes = CODE.findall(page.text)
    assert len(codes) == 10
    client = open_pending_client(app)
    client.send("/sign-in/code", {"code": codes[3].lower()})
    assert is_signed_in(client)
    again = open_pending_client(app)
    again.send("/sign-in/code", {"code": codes[3]})
    assert not is_signed_in(again)
    stored = db_session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(stored) == 10 and not any(code.replace("-", "") in "".join(stored) for code in codes)


def test_secret_is_stored_encrypted(app, db_session):
    client = open_signed_in_client(app)
    page = client.page("/my-account/second-factor")
    shown = page.all("span", css="secret")[0].text.replace(" ", "")
    enrol_second_factor(client, "clerk.bb")
    stored = db_session.scalar(select(SecondFactor.secret))
    assert len(shown) == 32 and shown not in stored and stored.startswith("gAAAA")
    assert page.all("img")[0]["src"].startswith("data:image/svg+xml")


def test_wrong_first_code_keeps_setup_unchanged(app, db_session):
    client = open_signed_in_client(app)
    first = client.page("/my-account/second-factor").all("img")[0]["src"]
    page = Page.from_response(client.send("/my-account/second-factor", {"code": "000000"}))
    assert page.all("img")[0]["src"] == first
    assert sign_in(app.test_client()).location == "/"


def test_pending_session_has_no_access(app, enrolled):
    client = open_pending_client(app)
    assert client.get("/place/list/").status_code == 302
    assert client.get("/api/v1/places/").status_code == 401
    assert client.get("/my-account/").status_code == 302


@pytest.mark.parametrize("username", REQUIRED_USERS)
def test_required_role_has_no_access_before_setup(app, required, db_session, username):
    client = open_signed_in_client(app, username)
    for path in ("/", "/place/list/", "/about-the-data/", "/my-account/"):
        assert client.get(path).location == "/my-account/second-factor"
    assert client.get("/api/v1/places/").status_code == 403
    enrol_second_factor(client, username)
    assert is_signed_in(client)


def test_role_without_access_to_cases_needs_no_second_factor(app, required, db_session):
    assert open_signed_in_client(app, "clerk.bb").get("/").location == "/my-account/second-factor"
    find_user("clerk.bb").roles = [current_app.appbuilder.sm.add_role("Analyst")]
    db_session.commit()
    assert is_signed_in(open_signed_in_client(app, "clerk.bb"))


def test_every_role_that_reads_cases_requires_second_factor():
    assert set(roles.TABLE) - roles.SECOND_FACTOR == {"Post officer", "Analyst"}
    assert {user[0] for user in demo_users.USERS} - set(REQUIRED_USERS) == {"post.pp", "analyst"}


def test_first_sign_in_leads_from_password_to_second_factor(app, required, db_session):
    find_user("clerk.bb").must_change_password = True
    db_session.commit()
    client = open_signed_in_client(app)
    assert client.get("/").location == "/resetmypassword/form"
    client.send(
        "/resetmypassword/form",
        {"old_password": PASSWORD, "password": "four plain words", "conf_password": "four plain words"},
    )
    assert client.get("/").location == "/my-account/second-factor"
    page = client.page("/my-account/second-factor")
    assert page.all("img")[0]["src"].startswith("data:image/svg+xml")
    enrol_second_factor(client, "clerk.bb")
    assert is_signed_in(client)


def test_new_recovery_codes_invalidate_old_ones(app, enrolled):
    _telephone, page = enrolled
    old = CODE.findall(page.text)
    client = open_pending_client(app)
    client.send("/sign-in/code", {"code": old[0]})
    new = CODE.findall(client.send("/my-account/second-factor/codes").text)
    assert len(new) == 10 and not set(new) & set(old)
    again = open_pending_client(app)
    again.send("/sign-in/code", {"code": old[1]})
    assert not is_signed_in(again)


def read_secret(db_session):
    db_session.expire_all()
    return db_session.scalar(select(SecondFactor.secret).where(SecondFactor.user_id == find_user("admin").id))


def test_another_telephone_replaces_the_old_one_and_ends_other_sessions(
    app, enrolled, db_session, each_database
):
    telephone, page = enrolled
    client, other = open_pending_client(app), open_pending_client(app)
    client.send("/sign-in/code", {"code": telephone.code()})
    other.send("/sign-in/code", {"code": CODE.findall(page.text)[0]})
    old_code = telephone.code(1)
    new, shown = enrol_second_factor(client, "admin")
    assert is_signed_in(client) and not is_signed_in(other)
    assert not set(CODE.findall(shown.text)) & set(CODE.findall(page.text))
    again = open_pending_client(app)
    again.send("/sign-in/code", {"code": old_code})
    assert not is_signed_in(again), "the old telephone"
    again.send("/sign-in/code", {"code": new.code()})
    assert is_signed_in(again)


def test_session_without_second_factor_cannot_replace_the_telephone(app, db_session):
    stolen = open_signed_in_client(app, "admin")
    enrol_second_factor(open_signed_in_client(app, "admin"), "admin")
    before = read_secret(db_session)
    assert stolen.get("/my-account/second-factor").status_code == 302
    assert stolen.send("/my-account/second-factor", {"code": "123456"}).status_code == 302
    assert read_secret(db_session) == before


@pytest.fixture
def change_secret_key(app, enrolled):
    """Change SECRET_KEY after the setup of the telephone: `change_secret_key(old_secret_is_known)`."""
    old = app.config["SECRET_KEY"]

    def change(known):
        app.config.update(SECRET_KEY=f"another {old}", SECRET_KEY_FALLBACKS=[old] if known else [])

    yield change
    app.config.update(SECRET_KEY=old, SECRET_KEY_FALLBACKS=[])


def test_new_secret_key_keeps_telephones_and_codes(app, enrolled, change_secret_key):
    telephone, page = enrolled
    secret = telephone.code()
    change_secret_key(True)
    for code in (secret, CODE.search(page.text)[0]):
        client = open_pending_client(app)
        client.send("/sign-in/code", {"code": code})
        assert is_signed_in(client)

    change_secret_key(False)  # using the code has encrypted the secret again, with the new key
    telephone.forget_last_code()
    client = open_pending_client(app)
    client.send("/sign-in/code", {"code": telephone.code()})
    assert is_signed_in(client)


def test_lost_secret_key_refuses_code_without_error(app, enrolled, change_secret_key):
    telephone, _page = enrolled
    code = telephone.code()
    change_secret_key(False)
    client = open_pending_client(app)
    assert client.send("/sign-in/code", {"code": code}).status_code == 200
    assert not is_signed_in(client)


def test_second_factor_belongs_to_one_user(enrolled):
    for has_one in (second_factor.has_second_factor, second_factor.has_telephone):
        assert has_one(find_user("admin").id) and not has_one(find_user("clerk.bb").id)
