"""Accounts that were not used for 90 days close."""

from datetime import timedelta

import pytest

from app.accounts import actions, demo_users
from app.kernel.text import dates
from tests.accounts.sample_staff import REASON, change_as_system, decide, find_user


def make_dormant(username, days, login=True):
    def change():
        one, then = find_user(username), dates.now() - timedelta(days=days)
        one.created_on = one.active_since = then - timedelta(days=1)
        one.last_login = then if login else None

    change_as_system(change)


def can_sign_in(client, username="clerk.bb"):
    client.send("/login/", {"username": username, "password": demo_users.PASSWORD})
    return client.get("/place/list/").status_code == 200


@pytest.mark.parametrize(("days", "may"), [(89, True), (91, False)])
def test_account_closes_on_day_91(client, db_session, days, may):
    make_dormant("clerk.bb", days)
    assert can_sign_in(client) == may


def test_account_never_used_closes(client, db_session):
    make_dormant("clerk.bb", 91, login=False)
    assert not can_sign_in(client)


def test_dormant_account_loses_open_session(client_as, db_session):
    clerk = client_as("clerk.bb")
    make_dormant("clerk.bb", 91)
    assert "/login" in clerk.get("/place/list/").location


def test_command_closes_only_dormant_accounts(db_session, each_database):
    make_dormant("clerk.bb", 91)
    make_dormant("clerk.pp", 89)
    assert actions.close_dormant_accounts(db_session) == 1
    assert (find_user("clerk.bb").active, find_user("clerk.bb").close_reason) == (False, "inactive")
    assert find_user("clerk.pp").active
    assert actions.close_dormant_accounts(db_session) == 0


def test_last_administrator_never_closes(client, db_session, each_database):
    make_dormant("admin", 200)
    make_dormant("admin.second", 100)
    assert not can_sign_in(client, "admin")
    assert actions.close_dormant_accounts(db_session) == 1
    assert (find_user("admin").active, find_user("admin.second").active) == (False, True)
    assert can_sign_in(client, "admin.second")


def test_reopened_account_stays_open_for_90_days(client_as, client, db_session):
    make_dormant("clerk.bb", 91)
    actions.close_dormant_accounts(db_session)
    client_as("admin.bb").send(f"/staff/reopen/{find_user('clerk.bb').id}", REASON)
    assert not find_user("clerk.bb").active
    decide(client_as("chief.bb"))
    assert find_user("clerk.bb").active and can_sign_in(client)
    assert actions.close_dormant_accounts(db_session) == 0
