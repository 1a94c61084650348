"""The rules of delegated administration."""

import itertools

import pytest

from app import roles
from app.accounts.delegation import (
    ADD,
    ALONE,
    ASSIGN,
    CHANGE,
    CLOSE,
    PASSWORD,
    REMOVE,
    REOPEN,
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
    crossing = role in (*roles.NATIONAL, "Unit administrator", "Administrator")
    assert RULE.needs_second(national_administrator(), ASSIGN, member(), role) == crossing
    assert RULE.needs_second(national_administrator(), ASSIGN, member(unit="D-DRUG", nation=True), role)


@pytest.mark.parametrize("act", [PASSWORD, REOPEN])
def test_password_and_reopening_need_second_as_roles_do(act):
    assert RULE.needs_second(national_administrator(), act, member("Auditor"))
    assert RULE.needs_second(national_administrator(), act, member("Administrator"))
    assert not RULE.needs_second(national_administrator(), act, member("Investigator"))
    assert not RULE.needs_second(unit_administrator(), act, member("Investigator"))


def test_administrator_cannot_hold_case_roles():
    assert not RULE.may(national_administrator(), ASSIGN, member("Administrator"), "Investigator")
    assert not RULE.may(national_administrator(), ASSIGN, member("Investigator"), "Administrator")
    assert RULE.may(national_administrator(), ASSIGN, member("Investigator"), "Warrant officer")


def test_move_keeps_only_roles_grantable_alone():
    unit, nation = unit_administrator(), national_administrator()
    clerk, analyst = member("Investigator"), member("Analyst")
    assert RULE.may_move(unit, clerk, member("Investigator", unit="DI-0201"), narrower=True)
    assert not RULE.may_move(unit, clerk, member("Investigator", unit="PC-12"), narrower=False)
    assert not RULE.may_move(unit, analyst, member("Analyst", unit="DI-0201"), narrower=False)
    assert RULE.may_move(nation, clerk, member("Investigator", unit="PC-12"), narrower=False)
    assert not RULE.may_move(
        nation, clerk, member("Investigator", unit="D-DRUG", nation=True), narrower=False
    )


def test_every_role_is_grantable_and_roles_combine():
    assert set(RULE.get_grantable_roles(["Administrator"])) == set(roles.TABLE) == set(roles.WORDS)
    both = RULE.get_grantable_roles(["Administrator", "Unit administrator"])
    assert both["Investigator"] == ALONE and set(both) == set(roles.TABLE)


def test_role_sheet_lists_grantable_roles():
    sheet = roles.sheet()
    assert (
        "assigns alone: Post officer, Data-entry specialist, Investigator, Warrant officer, Manager\n"
        in sheet
    )
    assert "assigns with a second administrator: Analyst\n" in sheet
