"""Who may do what with whose account, as rules."""

import itertools

import pytest

from app import roles
from app.accounts.delegation import (
    ADD,
    ALONE,
    ASKED,
    CHANGE,
    CLOSE,
    GIVE,
    PASSWORD,
    REOPEN,
    SEE,
    TAKE,
    Standing,
)

RULE = roles.delegation()
ACTS = (SEE, ADD, CHANGE, CLOSE, TAKE, *ASKED)
PROVINCE = frozenset(("PC-02", "DI-0201"))


def administrator(user_id=1, unit="PC-02", reach=PROVINCE):
    return Standing(user_id, frozenset(("Unit administrator",)), unit, False, reach)


def chief_administrator(user_id=2):
    return Standing(user_id, frozenset(("Administrator",)), "GCNP", True, None)


def somebody(*role_names, user_id=9, unit="PC-02", nation=False):
    return Standing(user_id, frozenset(role_names), unit, nation)


@pytest.mark.parametrize("role", roles.TABLE)
def test_only_two_roles_look_after_people(role):
    granter = Standing(1, frozenset((role,)), "PC-02", False, PROVINCE)
    may = any(RULE.may(granter, act, somebody("Investigator"), "Investigator") for act in ACTS)
    assert may == (role in ("Unit administrator", "Administrator"))


@pytest.mark.parametrize("granter", [administrator(), chief_administrator()], ids=["unit", "nation"])
def test_nobody_does_anything_with_his_own_account(granter):
    own = Standing(granter.user_id, granter.roles, granter.unit, granter.nation)
    for act, role in itertools.product(set(ACTS) - {SEE}, roles.TABLE):
        assert not RULE.may(granter, act, own, role), (act, role)


def test_a_unit_administrator_does_not_even_see_people_of_another_unit():
    for act in ACTS:
        assert not RULE.may(administrator(), act, somebody("Investigator", unit="PC-12"), "Investigator")


@pytest.mark.parametrize(
    "role", ["Provincial chief", "Unit administrator", "Head of planning", "Technical working group", "Auditor", "Administrator"]
)  # fmt: skip
def test_a_unit_administrator_touches_nobody_above_himself_and_gives_no_role_above(role):
    for act in (CHANGE, CLOSE, TAKE, PASSWORD, REOPEN):
        assert not RULE.may(administrator(), act, somebody(role), role), act
    assert not RULE.may(administrator(), GIVE, somebody("Investigator"), role)


def test_nobody_gives_more_than_his_own_roles_give():
    for role in roles.TABLE:
        given = RULE.may(administrator(), GIVE, somebody(), role)
        assert given == (role in roles.GIVES["Unit administrator"])


@pytest.mark.parametrize("role", roles.TABLE)
def test_what_crosses_provinces_or_makes_an_administrator_needs_a_second_one(role):
    crossing = role in (*roles.NATIONAL, "Unit administrator", "Administrator")
    assert RULE.needs_second(chief_administrator(), GIVE, somebody(), role) == crossing
    assert RULE.needs_second(chief_administrator(), GIVE, somebody(unit="D-DRUG", nation=True), role)


@pytest.mark.parametrize("act", [PASSWORD, REOPEN])
def test_to_take_over_an_account_needs_what_its_roles_needed(act):
    assert RULE.needs_second(chief_administrator(), act, somebody("Auditor"))
    assert RULE.needs_second(chief_administrator(), act, somebody("Administrator"))
    assert not RULE.needs_second(chief_administrator(), act, somebody("Investigator"))
    assert not RULE.needs_second(administrator(), act, somebody("Investigator"))


def test_an_administrator_holds_no_role_that_reads_cases():
    assert not RULE.may(chief_administrator(), GIVE, somebody("Administrator"), "Investigator")
    assert not RULE.may(chief_administrator(), GIVE, somebody("Investigator"), "Administrator")
    assert RULE.may(chief_administrator(), GIVE, somebody("Investigator"), "Warrant officer")


def test_roles_go_along_into_a_unit_where_they_might_have_been_given_alone():
    unit, nation = administrator(), chief_administrator()
    clerk, analyst = somebody("Investigator"), somebody("Analyst")
    assert RULE.may_move(unit, clerk, somebody("Investigator", unit="DI-0201"), narrower=True)
    assert not RULE.may_move(unit, clerk, somebody("Investigator", unit="PC-12"), narrower=False)
    assert not RULE.may_move(unit, analyst, somebody("Analyst", unit="DI-0201"), narrower=False)
    assert RULE.may_move(nation, clerk, somebody("Investigator", unit="PC-12"), narrower=False)
    assert not RULE.may_move(
        nation, clerk, somebody("Investigator", unit="D-DRUG", nation=True), narrower=False
    )


def test_every_role_can_be_given_by_somebody_and_two_roles_give_what_either_gives():
    assert set(RULE.ways(["Administrator"])) == set(roles.TABLE) == set(roles.WORDS)
    both = RULE.ways(["Administrator", "Unit administrator"])
    assert both["Investigator"] == ALONE and set(both) == set(roles.TABLE)


def test_the_sheet_says_who_gives_what():
    sheet = roles.sheet()
    assert (
        "gives alone: Post officer, Data-entry specialist, Investigator, Warrant officer, Manager\n" in sheet
    )
    assert "gives with a second administrator: Analyst\n" in sheet
