"""Accounts that nobody used for ninety days close themselves."""

from datetime import timedelta

import pytest

from app.accounts import actions, demo_users
from app.kernel.text import dates
from tests.accounts.sample_staff import as_register, user


def lies_unused(username, days, login=True):
    def change():
        one, then = user(username), dates.now() - timedelta(days=days)
        one.created_on = one.opened_at = then - timedelta(days=1)
        one.last_login = then if login else None

    as_register(change)


def signs_in(client, username="clerk.bb"):
    client.send("/login/", {"username": username, "password": demo_users.PASSWORD})
    return client.get("/place/list/").status_code == 200


@pytest.mark.parametrize(("days", "may"), [(89, True), (91, False)])
def test_an_account_closes_on_the_ninety_first_day_without_anybody(client, db_session, days, may):
    lies_unused("clerk.bb", days)
    assert signs_in(client) == may


def test_one_that_was_made_and_never_used_closes_too(client, db_session):
    lies_unused("clerk.bb", 91, login=False)
    assert not signs_in(client)


def test_a_session_that_is_open_counts_no_more(client_as, db_session):
    clerk = client_as("clerk.bb")
    lies_unused("clerk.bb", 91)
    assert "/login" in clerk.get("/place/list/").location


def test_the_command_writes_it_down_and_leaves_the_others(db_session, each_database):
    lies_unused("clerk.bb", 91)
    lies_unused("clerk.pp", 89)
    assert actions.close_unused(db_session) == 1
    assert (user("clerk.bb").active, user("clerk.bb").closed_because) == (False, "unused")
    assert user("clerk.pp").active
    assert actions.close_unused(db_session) == 0


def test_the_last_administrator_stays_open(client, db_session, each_database):
    lies_unused("admin", 200)
    lies_unused("admin.second", 100)
    assert not signs_in(client, "admin")
    assert actions.close_unused(db_session) == 1
    assert (user("admin").active, user("admin.second").active) == (False, True)
    assert signs_in(client, "admin.second")


def test_whoever_is_opened_again_has_ninety_days_anew(client_as, client, db_session):
    lies_unused("clerk.bb", 91)
    actions.close_unused(db_session)
    client_as("admin.bb").send(f"/staff/reopen/{user('clerk.bb').id}")
    assert user("clerk.bb").active and signs_in(client)
    assert actions.close_unused(db_session) == 0
