"""The second step: six digits that serve once, ten codes for the day the telephone is lost, and roles that need it."""

import re

import pytest
from sqlalchemy import select

from app import roles
from app.accounts import demo_users
from app.accounts.models import RecoveryCode, SecondFactor
from tests.accounts.login import enrol, is_in, sign_in, signed_in, user_named
from tests.html_pages import Page

NEEDING = [row[0] for row in demo_users.USERS if row[2] in roles.SECOND_FACTOR]
CODE = re.compile(r"\b[A-Z2-9]{5}-[A-Z2-9]{5}\b")


@pytest.fixture
def required(app):
    """The register as production runs it: some roles need the second step."""
    app.config["SECOND_FACTOR"] = "required"
    yield
    app.config["SECOND_FACTOR"] = "offered"


@pytest.fixture
def enrolled(app, db_session):
    """The telephone of the administrator, and the page that showed the recovery codes."""
    return enrol(signed_in(app, "admin"), "admin")


def at_the_second_step(app, username="admin"):
    client = app.test_client()
    assert sign_in(client, username).location.startswith("/sign-in/code")
    return client


def test_who_has_a_telephone_needs_its_code(app, enrolled, each_database):
    telephone, _page = enrolled
    client = at_the_second_step(app)
    assert not is_in(client)
    client.send("/sign-in/code", {"code": "123"})
    assert not is_in(client)
    assert client.send("/sign-in/code", {"code": telephone.code()}).status_code == 302
    assert is_in(client)


def test_a_code_serves_once(app, enrolled):
    telephone, _page = enrolled
    code = telephone.code()
    assert at_the_second_step(app).send("/sign-in/code", {"code": code}).status_code == 302
    again = at_the_second_step(app)
    assert again.send("/sign-in/code", {"code": code}).status_code == 200
    assert not is_in(again)


@pytest.mark.parametrize(("steps", "taken"), [(-3, False), (-1, True), (1, True), (3, False)])
def test_a_clock_may_be_half_a_minute_wrong(app, enrolled, steps, taken):
    telephone, _page = enrolled
    client = at_the_second_step(app)
    client.send("/sign-in/code", {"code": telephone.code(steps)})
    assert is_in(client) == taken


def test_a_code_may_be_typed_in_khmer_digits_and_with_a_space(app, enrolled):
    telephone, _page = enrolled
    client, code = at_the_second_step(app), telephone.code()
    khmer = code.translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    client.send("/sign-in/code", {"code": f"{khmer[:3]} {khmer[3:]}"})
    assert is_in(client)


def test_each_of_ten_recovery_codes_serves_once(app, enrolled, db_session):
    _telephone, page = enrolled
    codes = CODE.findall(page.text)
    assert len(codes) == 10
    client = at_the_second_step(app)
    client.send("/sign-in/code", {"code": codes[3].lower()})
    assert is_in(client)
    again = at_the_second_step(app)
    again.send("/sign-in/code", {"code": codes[3]})
    assert not is_in(again)
    kept = db_session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(kept) == 10 and not any(code.replace("-", "") in "".join(kept) for code in codes)


def test_the_secret_stands_encrypted_in_the_database(app, db_session):
    client = signed_in(app)
    page = client.page("/my-account/second-factor")
    shown = page.all("span", css="secret")[0].text.replace(" ", "")
    enrol(client, "clerk.bb")
    kept = db_session.scalar(select(SecondFactor.secret))
    assert len(shown) == 32 and shown not in kept and kept.startswith("gAAAA")
    assert page.all("img")[0]["src"].startswith("data:image/svg+xml")


def test_a_wrong_first_code_switches_nothing_on_and_keeps_the_square(app, db_session):
    client = signed_in(app)
    first = client.page("/my-account/second-factor").all("img")[0]["src"]
    page = Page.of(client.send("/my-account/second-factor", {"code": "000000"}))
    assert page.all("img")[0]["src"] == first
    assert sign_in(app.test_client()).location == "/"


def test_a_waiting_session_opens_no_page_and_no_api(app, enrolled):
    client = at_the_second_step(app)
    assert client.get("/place/list/").status_code == 302
    assert client.get("/api/v1/places/").status_code == 401
    assert client.get("/my-account/").status_code == 302


@pytest.mark.parametrize("username", NEEDING)
def test_some_roles_reach_nothing_before_they_have_the_second_step(app, required, db_session, username):
    client = signed_in(app, username)
    for path in ("/", "/place/list/", "/about-the-data/", "/my-account/"):
        assert client.get(path).location == "/my-account/second-factor"
    assert client.get("/api/v1/places/").status_code == 403
    enrol(client, username)
    assert is_in(client)


def test_other_roles_need_none(app, required):
    assert is_in(signed_in(app, "clerk.bb"))


def test_administrators_of_all_kinds_need_it():
    assert {
        "Administrator",
        "Unit administrator",
        "Provincial chief",
        "Head of planning",
    } <= roles.SECOND_FACTOR
    assert len(NEEDING) >= 6


def test_new_recovery_codes_make_the_old_ones_void(app, enrolled):
    _telephone, page = enrolled
    old = CODE.findall(page.text)
    client = at_the_second_step(app)
    client.send("/sign-in/code", {"code": old[0]})
    new = CODE.findall(client.send("/my-account/second-factor/codes").text)
    assert len(new) == 10 and not set(new) & set(old)
    again = at_the_second_step(app)
    again.send("/sign-in/code", {"code": old[1]})
    assert not is_in(again)


def test_a_second_telephone_cannot_be_set_up_over_the_first(app, enrolled, db_session):
    telephone, _page = enrolled
    client = at_the_second_step(app)
    client.send("/sign-in/code", {"code": telephone.code()})
    before = db_session.scalar(
        select(SecondFactor.secret).where(SecondFactor.user_id == user_named("admin").id)
    )
    assert client.get("/my-account/second-factor").status_code == 302
    db_session.expire_all()
    assert db_session.scalar(select(SecondFactor.secret)) == before


@pytest.fixture
def another_secret(app, enrolled):
    """The register got another secret after the telephone was set up: `another_secret(the_old_one_is_known)`."""
    old = app.config["SECRET_KEY"]

    def change(known):
        app.config.update(SECRET_KEY=f"another {old}", SECRET_KEY_FALLBACKS=[old] if known else [])

    yield change
    app.config.update(SECRET_KEY=old, SECRET_KEY_FALLBACKS=[])


def test_after_another_secret_of_the_register_telephones_and_codes_go_on(app, enrolled, another_secret):
    telephone, page = enrolled
    secret = telephone.code()
    another_secret(True)
    for code in (secret, CODE.search(page.text)[0]):
        client = at_the_second_step(app)
        client.send("/sign-in/code", {"code": code})
        assert is_in(client)

    another_secret(False)  # the telephone was shut in anew when its code was taken
    telephone.forget_last_code()
    client = at_the_second_step(app)
    client.send("/sign-in/code", {"code": telephone.code()})
    assert is_in(client)


def test_a_secret_that_nobody_knows_any_more_is_a_refusal_and_no_fault(app, enrolled, another_secret):
    telephone, _page = enrolled
    code = telephone.code()
    another_secret(False)
    client = at_the_second_step(app)
    assert client.send("/sign-in/code", {"code": code}).status_code == 200
    assert not is_in(client)
