"""The scope of a user, as the roles of the account make it."""

import pytest
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app import roles
from app.accounts.user_scope import build_user_scope
from tests.accounts.sample_staff import find_user

CORRECTORS = {"Head of planning", "Technical working group"}


@pytest.mark.parametrize("username", ["clerk.bb", "investigator.bb", "warrant.bb", "manager"])
def test_a_further_role_does_not_lift_the_limits_for_minors(db_session, username):
    user = find_user(username)
    assert not build_user_scope(user).sees_minors
    own, sees = list(user.roles), {}
    with db_session.no_autoflush:
        for role in db_session.scalars(select(Role)):
            user.roles = [*own, role]
            sees[role.name] = build_user_scope(user).sees_minors
        user.roles = own
    db_session.rollback()
    assert set(sees) >= set(roles.TABLE)
    assert {name for name, seen in sees.items() if seen} == CORRECTORS


def test_own_rows_of_a_clerk_change_once_an_hour(db_session):
    """The row filter of a user is built again when the scope changes."""
    _clerk, since = build_user_scope(find_user("clerk.bb")).entered_by
    assert (since.minute, since.second, since.microsecond) == (0, 0, 0)
