"""FAB's own screens of users, groups and permissions have no address here: `staff_views` stands in their place.

They would let whoever holds their permission give any role to anybody, himself too.
"""

from flask_appbuilder.security.views import (
    PermissionModelView,
    PermissionViewModelView,
    RegisterUserModelView,
    ResetPasswordView,
    UserDBModelView,
    UserGroupModelView,
    ViewMenuModelView,
)

from app.accounts.role_screen import RoleScreen

OPEN = {UserDBModelView: {"userinfo"}}  # the page of one's own particulars

for _screen in (
    PermissionModelView,
    PermissionViewModelView,
    RegisterUserModelView,
    ResetPasswordView,
    UserDBModelView,
    UserGroupModelView,
    ViewMenuModelView,
):
    _screen.include_route_methods = OPEN.get(_screen, set())
RoleScreen.include_route_methods = {"list", "show"}
