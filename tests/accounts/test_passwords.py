"""What a password must be, on every path, and who may change it."""

import pytest
from werkzeug.security import generate_password_hash

from app.accounts import actions, passwords
from tests.accounts.login import PASSWORD, is_in, sign_in, signed_in, user_named
from tests.html_pages import Page

GOOD = "four plain words here"
PHRASE = ("មាន់រងាវព្រឹក ទឹកជំនន់លិចស្រែ ក្មេងៗរៀនអក្សរ ភ្នំខ្ពស់ណាស់ " * 2)[:64]


def change(client, new, old=PASSWORD, again=None):
    typed = {"old_password": old, "password": new, "conf_password": new if again is None else again}
    return client.send("/resetmypassword/form", typed)


def sentence(app, password, *about):
    with app.test_request_context():
        return passwords.problem_of(password, *about)


@pytest.mark.parametrize(
    "password",
    ["", "short", "123456789", "aaaaaaaaaaaa", "1234567890", "Qwertyuiop", "password1234", "Dragon2026!!",
     "ecrime-2026", "clerk.bb 11", "PC-02 12345"],
)  # fmt: skip
def test_a_password_that_is_short_common_or_made_of_the_name_is_refused(app, password):
    assert sentence(app, password, "clerk.bb", "PC-02", "clerk", "bb")


@pytest.mark.parametrize(
    "password", [GOOD, PHRASE, "ត្រីចៀន៥ក្បាល និងបាយ", PASSWORD, "Mekong river at 4 o'clock"]
)
def test_a_good_one_is_taken_in_khmer_too(app, password):
    assert sentence(app, password, "clerk.bb", "PC-02") is None


def test_none_of_the_three_thousand_most_common_is_taken(app):
    words = passwords.COMMON.read_text("utf-8").split()
    assert len(words) > 3000
    with app.test_request_context():
        assert all(passwords.problem_of(word) for word in words)
        assert all(passwords.problem_of(f"{word.title()}1!") for word in words[:1000] if word.isalpha())


def test_every_path_refuses_them(app, db_session, client):
    assert actions.create_user("new.clerk", "សុខ ថ្មី", "Investigator", "PC-02", "qwertyuiop")
    assert change(signed_in(app), "qwertyuiop").status_code == 422


def test_every_character_counts_and_none_is_trimmed(app, db_session):
    long = "x1 y2 " * 12
    assert len(long) == 72
    user = user_named("clerk.bb")
    passwords.give(user, f" {long}a ")
    db_session.commit()
    for wrong in (f" {long}b ", f"{long}a", f" {long}a", long):
        assert not passwords.is_right(user, wrong)
    assert passwords.is_right(user, f" {long}a ")


def test_a_khmer_phrase_of_64_characters_opens_the_door(app, db_session):
    assert len(PHRASE) == 64
    assert change(signed_in(app), PHRASE).status_code == 302
    assert is_in(signed_in(app, "clerk.bb", PHRASE))
    assert sign_in(app.test_client(), "clerk.bb", PHRASE[:-1]).status_code == 200


def test_a_password_is_hashed_slowly(app, db_session, hashed_as_in_the_register):
    passwords.give(user_named("clerk.bb"), GOOD)
    kind, cost, *_rest = user_named("clerk.bb").password.split("$")[0].split(":")
    assert kind == "scrypt" and int(cost) >= 2**15


def test_whoever_changes_his_password_gives_the_old_one(app):
    client = signed_in(app)
    page = Page.of(change(client, GOOD, old="wrong"), 422)
    assert page.by_id("old_password")["aria-invalid"] == "true"
    assert change(client, GOOD, old="").status_code == 422
    assert sign_in(app.test_client(), "clerk.bb", GOOD).status_code == 200


def test_the_two_new_ones_must_match_and_differ_from_the_old(app):
    client = signed_in(app)
    assert change(client, GOOD, again=GOOD + "x").status_code == 422
    assert change(client, PASSWORD).status_code == 422


def test_a_changed_password_ends_all_sessions_but_the_one_at_hand(app):
    here, there = signed_in(app), signed_in(app)
    with here.session_transaction() as session:
        before = session["_user_id"]
    assert change(here, GOOD).status_code == 302
    assert is_in(here) and not is_in(there)
    with here.session_transaction() as session:
        assert session["_user_id"] != before


def test_a_password_that_somebody_else_set_is_changed_first(app, db_session):
    user_named("clerk.bb").password = generate_password_hash(GOOD)
    db_session.commit()
    client = signed_in(app, "clerk.bb", GOOD)
    assert client.get("/case/list/").location == "/resetmypassword/form"
    assert client.get("/api/v1/places/").status_code == 403
    assert change(client, "another good sentence", old=GOOD).status_code == 302
    assert is_in(client)


def test_a_password_field_hides_what_is_typed_and_lets_it_be_pasted(app):
    page = signed_in(app).page("/resetmypassword/form")
    for name in ("old_password", "password", "conf_password"):
        assert page.by_id(name)["type"] == "password"
        assert not page.by_id(name).get("onpaste")
