"""The rules of delegated administration."""

import itertools

import pytest

from app import roles
from app.accounts.delegation import (
    ADD,
    ALONE,
    ASSIGN,
    CHANGE,
    CHIEF,
    CLOSE,
    MOVE,
    PASSWORD,
    REMOVE,
    REOPEN,
    RESETS,
    SECOND,
    SEE,
    TWO_PERSON_ACTS,
    AdminProfile,
)

RULE = roles.delegation()
ACTS = (SEE, ADD, CHANGE, CLOSE, REMOVE, *TWO_PERSON_ACTS)
PROVINCE = frozenset(("PC-02", "DI-0201"))


def unit_administrator(user_id=1, unit="PC-02", reach=PROVINCE):
    return AdminProfile(user_id, frozenset(("Unit administrator",)), unit, False, reach)


def national_administrator(user_id=2):
    return AdminProfile(user_id, frozenset(("Administrator",)), "GCNP", True, None)


def member(*role_names, user_id=9, unit="PC-02", nation=False):
    return AdminProfile(user_id, frozenset(role_names), unit, nation)


@pytest.mark.parametrize("role", roles.TABLE)
def test_only_two_roles_manage_accounts(role):
    granter = AdminProfile(1, frozenset((role,)), "PC-02", False, PROVINCE)
    may = any(RULE.may(granter, act, member("Investigator"), "Investigator") for act in ACTS)
    assert may == (role in ("Unit administrator", "Administrator"))


@pytest.mark.parametrize("granter", [unit_administrator(), national_administrator()], ids=["unit", "nation"])
def test_granter_cannot_act_on_own_account(granter):
    own = AdminProfile(granter.user_id, granter.roles, granter.unit, granter.is_national)
    for act, role in itertools.product(set(ACTS) - {SEE}, roles.TABLE):
        assert not RULE.may(granter, act, own, role), (act, role)


def test_unit_administrator_cannot_see_other_units():
    for act in ACTS:
        assert not RULE.may(unit_administrator(), act, member("Investigator", unit="PC-12"), "Investigator")


@pytest.mark.parametrize(
    "role", ["Provincial chief", "Unit administrator", "Head of planning", "Technical working group", "Auditor", "Administrator"]
)  # fmt: skip
def test_unit_administrator_cannot_manage_higher_roles(role):
    for act in (CHANGE, CLOSE, REMOVE, PASSWORD, REOPEN):
        assert not RULE.may(unit_administrator(), act, member(role), role), act
    assert not RULE.may(unit_administrator(), ASSIGN, member("Investigator"), role)


def test_granter_grants_only_roles_of_table():
    for role in roles.TABLE:
        given = RULE.may(unit_administrator(), ASSIGN, member(), role)
        assert given == (role in roles.ASSIGNS["Unit administrator"])


@pytest.mark.parametrize("role", roles.TABLE)
def test_national_and_administrator_roles_need_second(role):
    crossing = role in (*roles.NATIONAL, "Provincial chief", "Unit administrator", "Administrator")
    second = RULE.find_second(national_administrator(), ASSIGN, member(), role)
    assert (second == SECOND) == crossing
    assert (
        RULE.find_second(national_administrator(), ASSIGN, member(unit="D-DRUG", nation=True), role) == SECOND
    )


CASE_DATA = {*roles.FACTS, *roles.IDENTITY, *roles.ORDERS, *roles.CUSTODY_RECORDS, *roles.DASHBOARDS}


@pytest.mark.parametrize("role", roles.TABLE)
def test_no_one_grants_a_role_that_reads_cases_alone(role):
    if CASE_DATA & roles.TABLE[role].keys():
        assert RULE.is_privileged(role)
        assert all(table.get(role) != ALONE for table in roles.ASSIGNS.values())


def test_reset_of_password_or_factor_always_needs_second():
    for act, granter in itertools.product(RESETS, (unit_administrator(), national_administrator())):
        assert RULE.find_second(granter, act, member("Investigator")) == CHIEF
        assert RULE.find_second(granter, act, member("Post officer")) == CHIEF
        assert RULE.find_second(granter, act, member()) == CHIEF
    assert RULE.find_second(national_administrator(), PASSWORD, member("Auditor")) == SECOND
    assert RULE.find_second(national_administrator(), PASSWORD, member("Provincial chief")) == SECOND


def test_reopening_needs_second_as_roles_do():
    assert RULE.find_second(national_administrator(), REOPEN, member("Administrator")) == SECOND
    assert RULE.find_second(unit_administrator(), REOPEN, member("Investigator")) == CHIEF
    assert RULE.find_second(unit_administrator(), REOPEN, member("Post officer")) == ALONE


def test_administrator_cannot_hold_case_roles():
    assert not RULE.may(national_administrator(), ASSIGN, member("Administrator"), "Investigator")
    assert not RULE.may(national_administrator(), ASSIGN, member("Investigator"), "Administrator")
    assert RULE.may(national_administrator(), ASSIGN, member("Investigator"), "Warrant officer")


def test_move_stays_within_managed_units_and_needs_second_as_roles_do():
    unit, nation = unit_administrator(), national_administrator()
    clerk, post = member("Investigator"), member("Post officer", unit="DI-0201")
    assert RULE.may_move(unit, clerk, member("Investigator", unit="DI-0201"))
    assert not RULE.may_move(unit, clerk, member("Investigator", unit="PC-12"))
    assert RULE.may_move(nation, clerk, member("Investigator", unit="PC-12"))
    assert RULE.find_second(nation, MOVE, member("Investigator", unit="PC-12")) == CHIEF
    assert RULE.find_second(nation, MOVE, member("Investigator", unit="D-DRUG", nation=True)) == SECOND
    assert RULE.find_second(unit, MOVE, post) == ALONE


def test_every_role_is_grantable_and_roles_combine():
    assert set(RULE.get_grantable_roles(["Administrator"])) == set(roles.TABLE) == set(roles.WORDS)
    both = RULE.get_grantable_roles(["Administrator", "Unit administrator"])
    assert both["Post officer"] == ALONE and both["Investigator"] == CHIEF and set(both) == set(roles.TABLE)


def test_role_sheet_lists_grantable_roles():
    sheet = roles.sheet()
    assert "assigns alone: Post officer\n" in sheet
    assert "assigns with the chief: Data-entry specialist, Investigator, Warrant officer, Manager\n" in sheet
    assert "assigns with a second administrator: Analyst\n" in sheet


def test_higher_role_may_be_seen_and_not_changed():
    chief = member("Provincial chief")
    assert RULE.may(unit_administrator(), SEE, chief) and not RULE.may(unit_administrator(), CHANGE, chief)


def test_national_administrator_needs_second_for_any_role_of_a_nationwide_user():
    nationwide, local = member(nation=True, unit="GCNP"), member()
    assert RULE.find_second(national_administrator(), ASSIGN, nationwide, "Post officer") == SECOND
    assert RULE.find_second(unit_administrator(), ASSIGN, local, "Post officer") == ALONE
