"""Translated labels for roles and permissions, which have plain names in FAB's tables."""

from flask import current_app
from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role
from flask_appbuilder.security.views import RoleModelView
from flask_babel import gettext
from flask_babel import lazy_gettext as _

# Only for the message extractor; labels are looked up by the name in the database.
ROLES = (
    _("Post officer"),
    _("Data-entry specialist"),
    _("Investigator"),
    _("Warrant officer"),
    _("Provincial chief"),
    _("Planning monitor"),
    _("Criminal police monitor"),
    _("Head of planning"),
    _("Technical working group"),
    _("Analyst"),
    _("Auditor"),
    _("Unit administrator"),
    _("Manager"),
    _("Administrator"),
    _("Admin"),
    _("Public"),
)
PERMISSIONS = (
    _("can list"),
    _("can show"),
    _("can add"),
    _("can edit"),
    _("can delete"),
    _("can get"),
    _("can info"),
    _("can post"),
    _("can put"),
    _("can find"),
    _("can open"),
    _("can save"),
    _("can index"),
    _("can this form get"),
    _("can this form post"),
    _("menu access"),
    _("resetmypassword"),
    _("resetpasswords"),
)


def translate_labels():
    """Make FAB show roles and permissions in the reader's language."""
    Role.__str__ = lambda role: gettext(role.name)
    Permission.__str__ = lambda permission: gettext(permission.name.replace("_", " "))
    PermissionView.__str__ = lambda granted: gettext(
        "%(permission)s: %(resource)s",
        permission=granted.permission,
        resource=gettext(granted.view_menu.name),
    )
    for view in current_app.extensions["appbuilder"].baseviews:
        if isinstance(view, RoleModelView):
            view.formatters_columns = {"name": gettext}
