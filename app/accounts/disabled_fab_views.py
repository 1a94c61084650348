"""FAB views that are disabled: users, groups, permissions and the user's own particulars.

`staff_views` and `account_views` replace them. With FAB's views, a holder of their permission could give any role to
any account, their own included, and every user could change their own name.
"""

from flask_appbuilder.security import views as fab_views

from app.accounts.role_views import RoleView

DISABLED_VIEWS = (
    fab_views.PermissionModelView,
    fab_views.PermissionViewModelView,
    fab_views.RegisterUserModelView,
    fab_views.ResetPasswordView,
    fab_views.UserDBModelView,
    fab_views.UserGroupModelView,
    fab_views.UserInfoEditView,
    fab_views.ViewMenuModelView,
)


def disable_fab_views():
    """Remove the routes of the disabled views, and all but the read routes of the role view."""
    for view in DISABLED_VIEWS:
        view.include_route_methods = set()
    RoleView.include_route_methods = {"list", "show"}
