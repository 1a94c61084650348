"""Password rules on every path, and password changes."""

import pytest
from werkzeug.security import generate_password_hash

from app.accounts import actions, passwords
from tests.accounts.login import PASSWORD, find_user, is_signed_in, open_signed_in_client, sign_in
from tests.html_pages import Page

GOOD = "four plain words here"
PHRASE = ("មាន់រងាវព្រឹក ទឹកជំនន់លិចស្រែ ក្មេងៗរៀនអក្សរ ភ្នំខ្ពស់ណាស់ " * 2)[:64]


def change_password(client, new, old=PASSWORD, again=None):
    typed = {"old_password": old, "password": new, "conf_password": new if again is None else again}
    return client.send("/resetmypassword/form", typed)


def find_problem(app, password, *about):
    with app.test_request_context():
        return passwords.find_problem(password, *about)


@pytest.mark.parametrize(
    "password",
    ["", "short", "123456789", "aaaaaaaaaaaa", "1234567890", "Qwertyuiop", "password1234", "Dragon2026!!",
     "ecrime-2026", "clerk.bb 11", "PC-02 12345"],
)  # fmt: skip
def test_password_short_common_or_from_name_is_refused(app, password):
    assert find_problem(app, password, "clerk.bb", "PC-02", "clerk", "bb")


@pytest.mark.parametrize(
    "password", [GOOD, PHRASE, "ត្រីចៀន៥ក្បាល និងបាយ", PASSWORD, "Mekong river at 4 o'clock"]
)
def test_password_good_or_khmer_is_accepted(app, password):
    assert find_problem(app, password, "clerk.bb", "PC-02") is None


def test_common_passwords_are_refused(app):
    words = passwords.COMMON_PASSWORDS_FILE.read_text("utf-8").split()
    assert len(words) > 3000
    with app.test_request_context():
        assert all(passwords.find_problem(word) for word in words)
        assert all(passwords.find_problem(f"{word.title()}1!") for word in words[:1000] if word.isalpha())


def test_password_rules_apply_on_every_path(app, db_session, client):
    assert actions.create_user("new.clerk", "សុខ ថ្មី", "Investigator", "PC-02", "qwertyuiop")
    assert change_password(open_signed_in_client(app), "qwertyuiop").status_code == 422


def test_password_is_not_trimmed_or_cut(app, db_session):
    long = "x1 y2 " * 12
    assert len(long) == 72
    user = find_user("clerk.bb")
    passwords.set_password(user, f" {long}a ")
    db_session.commit()
    for wrong in (f" {long}b ", f"{long}a", f" {long}a", long):
        assert not passwords.is_password_correct(user, wrong)
    assert passwords.is_password_correct(user, f" {long}a ")


def test_khmer_phrase_of_64_characters_signs_in(app, db_session):
    assert len(PHRASE) == 64
    assert change_password(open_signed_in_client(app), PHRASE).status_code == 302
    assert is_signed_in(open_signed_in_client(app, "clerk.bb", PHRASE))
    assert sign_in(app.test_client(), "clerk.bb", PHRASE[:-1]).status_code == 200


def test_password_hash_uses_slow_scrypt(app, db_session, hashed_as_in_the_register):
    passwords.set_password(find_user("clerk.bb"), GOOD)
    kind, cost, *_rest = find_user("clerk.bb").password.split("$")[0].split(":")
    assert kind == "scrypt" and int(cost) >= 2**15


def test_password_change_requires_old_password(app):
    client = open_signed_in_client(app)
    page = Page.from_response(change_password(client, GOOD, old="wrong"), 422)
    assert page.by_id("old_password")["aria-invalid"] == "true"
    assert change_password(client, GOOD, old="").status_code == 422
    assert sign_in(app.test_client(), "clerk.bb", GOOD).status_code == 200


def test_new_password_must_match_and_differ_from_old(app):
    client = open_signed_in_client(app)
    assert change_password(client, GOOD, again=GOOD + "x").status_code == 422
    assert change_password(client, PASSWORD).status_code == 422


def test_password_change_ends_other_sessions(app):
    here, there = open_signed_in_client(app), open_signed_in_client(app)
    with here.session_transaction() as session:
        before = session["_user_id"]
    assert change_password(here, GOOD).status_code == 302
    assert is_signed_in(here) and not is_signed_in(there)
    with here.session_transaction() as session:
        assert session["_user_id"] != before


def test_password_set_by_another_must_be_changed_first(app, db_session):
    find_user("clerk.bb").password = generate_password_hash(GOOD)
    db_session.commit()
    client = open_signed_in_client(app, "clerk.bb", GOOD)
    assert client.get("/case/list/").location == "/resetmypassword/form"
    assert client.get("/api/v1/places/").status_code == 403
    assert change_password(client, "another good sentence", old=GOOD).status_code == 302
    assert is_signed_in(client)


def test_password_field_hides_text_and_allows_paste(app):
    page = open_signed_in_client(app).page("/resetmypassword/form")
    for name in ("old_password", "password", "conf_password"):
        assert page.by_id(name)["type"] == "password"
        assert not page.by_id(name).get("onpaste")
