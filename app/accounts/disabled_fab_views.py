"""FAB's own screens of users, groups and permissions have no address here: `staff_views` stands in their place, and
`account_views` in that of one's own particulars.

They would let whoever holds their permission give any role to anybody, himself too, and everybody change his own name.
"""

from flask_appbuilder.security.views import (
    PermissionModelView,
    PermissionViewModelView,
    RegisterUserModelView,
    ResetPasswordView,
    UserDBModelView,
    UserGroupModelView,
    UserInfoEditView,
    ViewMenuModelView,
)

from app.accounts.role_views import RoleScreen

for _screen in (
    PermissionModelView,
    PermissionViewModelView,
    RegisterUserModelView,
    ResetPasswordView,
    UserDBModelView,
    UserGroupModelView,
    UserInfoEditView,
    ViewMenuModelView,
):
    _screen.include_route_methods = set()
RoleScreen.include_route_methods = {"list", "show"}
