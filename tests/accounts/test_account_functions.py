"""A function of an account: requested by an administrator, confirmed by the chief, ended with the roles or the unit."""

import pytest

from app.accounts.account_functions import JUVENILE_OFFICER, get_functions
from app.kernel.schema.rules import RuleViolation
from tests.accounts.sample_staff import REASON, acting_as, decide, find_role_names, find_user
from tests.accounts.sample_staff import find_user_id as find_id
from tests.people.test_minors import NAME, add_minor, ask

WARRANT = ["Warrant officer"]


@pytest.fixture
def boss(client_as):
    """The browser of the unit administrator of Battambang."""
    return client_as("admin.bb", "en")


def choose(browser, username, roles, functions):
    typed = {"role": roles, "function": functions} | REASON
    return browser.send(f"/staff/roles/{find_id(username)}", typed)


def find_functions(db_session, username):
    db_session.expire_all()
    return get_functions(find_user(username))


def give_function(boss, chief):
    choose(boss, "warrant.bb", WARRANT, [JUVENILE_OFFICER])
    return decide(chief, state="requested")


def test_juvenile_officer_sees_minors_of_the_unit_after_the_chief_confirmed(
    boss, client_as, db_session, each_database
):
    row = add_minor(db_session)
    officer = client_as("warrant.bb")
    assert choose(boss, "warrant.bb", WARRANT, [JUVENILE_OFFICER]).status_code == 302
    assert NAME not in ask(officer, "case", row)
    assert decide(boss).status_code in (403, 404)
    assert decide(client_as("chief.bb")).status_code == 302
    assert find_functions(db_session, "warrant.bb") == {JUVENILE_OFFICER}
    assert officer.get(f"/case/show/{row.case_id}").status_code == 302, "the session ended"
    assert NAME in ask(client_as("warrant.bb"), "case", row)
    assert "Juvenile officer" in boss.get(f"/staff/show/{find_id('warrant.bb')}").text


def test_function_ends_alone_with_the_roles_and_with_the_unit(boss, client_as, db_session, each_database):
    chief = client_as("chief.bb")
    give_function(boss, chief)
    choose(boss, "warrant.bb", WARRANT, [])
    assert find_functions(db_session, "warrant.bb") == set()
    give_function(boss, chief)
    choose(boss, "warrant.bb", [], [JUVENILE_OFFICER])
    assert find_functions(db_session, "warrant.bb") == find_role_names("warrant.bb") == set()


def test_function_does_not_follow_to_another_unit(boss, client_as, db_session):
    chief = client_as("chief.bb")
    give_function(boss, chief)
    moved = {"name_km": "សុខ ចាន់ថា", "unit": "DI-0203", "rank": "", "phone": ""} | REASON
    assert boss.send(f"/staff/edit/{find_id('warrant.bb')}", moved).status_code == 302
    assert decide(chief, state="requested").status_code == 302
    assert find_user("warrant.bb").unit_code == "DI-0203"
    assert find_functions(db_session, "warrant.bb") == set()


@pytest.mark.parametrize("username", ["admin.bb", "warrant.bb", "chief.bb"])
def test_function_is_refused_below_the_views(db_session, username):
    with acting_as(username):
        find_user("warrant.bb").functions = JUVENILE_OFFICER
        with pytest.raises(RuleViolation):
            db_session.flush()


def test_unknown_function_and_function_without_role_are_refused(boss, db_session):
    assert choose(boss, "warrant.bb", WARRANT, ["king"]).status_code == 400
    choose(boss, "warrant.bb", [], [JUVENILE_OFFICER])
    assert find_functions(db_session, "warrant.bb") == set()
