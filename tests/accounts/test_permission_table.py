"""Permissions as a lookup in a table."""

import pytest

from app.accounts.permission_table import ACCESS_LEVELS, PermissionTable

TABLE = {"Reader": {"Book": "read"}, "Writer": {"Book": "write", "Shelf": "add"}, "Guest": {}}


@pytest.fixture
def table():
    return PermissionTable(TABLE, signed_in={("can_find", "Lookup")})


def may(table, role_names, permission, resource):
    return table.get_permissions(frozenset(role_names)).may(permission, resource)


def test_resource_not_named_by_role_is_denied(table):
    assert may(table, ["Reader"], "can_list", "Book")
    assert not may(table, ["Reader"], "can_list", "Shelf")
    assert not may(table, ["Guest"], "can_list", "Book")
    assert not may(table, ["Unknown role"], "can_list", "Book")


def test_levels_read_add_and_write_differ(table):
    assert not may(table, ["Reader"], "can_edit", "Book")
    assert may(table, ["Writer"], "can_edit", "Book")
    assert may(table, ["Writer"], "can_add", "Shelf")
    assert not may(table, ["Writer"], "can_edit", "Shelf")


def test_two_roles_combine_permissions(table):
    assert may(table, ["Guest", "Writer"], "can_edit", "Book")


def test_signed_in_permissions_exclude_anonymous(table):
    assert not table.get_anonymous_permissions().may("can_find", "Lookup")
    assert may(table, ["Guest"], "can_find", "Lookup")


def test_menu_shows_listable_resources(table):
    assert may(table, ["Reader"], "menu_access", "Book")
    assert not may(table, ["Reader"], "menu_access", "Shelf")


def test_no_level_includes_delete():
    assert not any("delete" in permission for extent in ACCESS_LEVELS.values() for permission in extent)
