"""FAB's role view with the permissions of the permission table. FAB's own permission list is empty here."""

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from flask_appbuilder.security.views import RoleModelView
from flask_babel import lazy_gettext as _

from app.accounts.permission_table import ADD, READ, WRITE

ACTIONS_TEXT = _("Reads, and uses the actions of the page: %(names)s.")
LEVEL_TEXTS = {
    frozenset(READ): _("Reads: %(names)s."),
    frozenset(ADD): _("Reads and adds: %(names)s."),
    frozenset(WRITE): _("Reads, adds and changes: %(names)s."),
}


def summarize_permissions(role):
    """Return the menu pages that a role may open, in menu order, one sentence for each access level."""
    may = current_app.extensions["ecrime.permission_table"].table.get(role.name, {})
    names = {sentence: [] for sentence in (*LEVEL_TEXTS.values(), ACTIONS_TEXT)}
    for heading in current_app.appbuilder.menu.get_list():
        for entry in heading.childs:
            if "can_list" in may.get(entry.name, ()):
                names[LEVEL_TEXTS.get(frozenset(may[entry.name]), ACTIONS_TEXT)].append(str(entry.label))
    return " ".join(str(sentence) % {"names": " · ".join(some)} for sentence, some in names.items() if some)


class RoleView(RoleModelView):
    """Read-only list of roles. Their permissions are code (app/roles.py)."""

    class_permission_name = "RoleModelView"
    base_permissions = ["can_list", "can_show"]
    list_columns = show_columns = ["name", "permission_summary"]
    label_columns = {"name": _("Name"), "permission_summary": _("Permissions")}


Role.permission_summary = property(summarize_permissions)
