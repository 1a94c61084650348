"""Permission as a look into a table."""

import pytest

from app.accounts.permission_table import EXTENTS, Grants

TABLE = {"Reader": {"Book": "read"}, "Writer": {"Book": "write", "Shelf": "add"}, "Guest": {}}


@pytest.fixture
def grants():
    return Grants(TABLE, signed_in={("can_find", "Lookup")})


def may(grants, role_names, permission, resource):
    return grants.held_by(frozenset(role_names)).may(permission, resource)


def test_a_resource_that_a_role_does_not_name_is_closed_to_it(grants):
    assert may(grants, ["Reader"], "can_list", "Book")
    assert not may(grants, ["Reader"], "can_list", "Shelf")
    assert not may(grants, ["Guest"], "can_list", "Book")
    assert not may(grants, ["Nobody knows this role"], "can_list", "Book")


def test_reading_is_not_writing_and_adding_is_not_changing(grants):
    assert not may(grants, ["Reader"], "can_edit", "Book")
    assert may(grants, ["Writer"], "can_edit", "Book")
    assert may(grants, ["Writer"], "can_add", "Shelf")
    assert not may(grants, ["Writer"], "can_edit", "Shelf")


def test_two_roles_may_what_either_may(grants):
    assert may(grants, ["Guest", "Writer"], "can_edit", "Book")


def test_the_signed_in_have_their_pages_and_a_stranger_has_none(grants):
    assert not grants.held_by_strangers().may("can_find", "Lookup")
    assert may(grants, ["Guest"], "can_find", "Lookup")


def test_the_menu_shows_what_may_be_listed(grants):
    assert may(grants, ["Reader"], "menu_access", "Book")
    assert not may(grants, ["Reader"], "menu_access", "Shelf")


def test_nobody_may_delete():
    assert not any("delete" in permission for extent in EXTENTS.values() for permission in extent)
