"""FAB's screen of roles, with what the table of roles says of each: FAB's own list of permissions is empty here."""

from flask import current_app
from flask_appbuilder.security.sqla.models import Role
from flask_appbuilder.security.views import RoleModelView
from flask_babel import lazy_gettext as _

from app.accounts.permission_table import ADD, READ, WRITE

ACTS = _("Reads, and acts as the screen offers: %(names)s.")
SENTENCES = {
    frozenset(READ): _("Reads: %(names)s."),
    frozenset(ADD): _("Reads and adds: %(names)s."),
    frozenset(WRITE): _("Reads, adds and changes: %(names)s."),
}


def what_it_may_do(role):
    """The screens of the menu that a role opens, in the order of the menu, one sentence for each extent."""
    may = current_app.extensions["ecrime.grants"].table.get(role.name, {})
    names = {sentence: [] for sentence in (*SENTENCES.values(), ACTS)}
    for heading in current_app.appbuilder.menu.get_list():
        for entry in heading.childs:
            if "can_list" in may.get(entry.name, ()):
                names[SENTENCES.get(frozenset(may[entry.name]), ACTS)].append(str(entry.label))
    return " ".join(str(sentence) % {"names": " · ".join(some)} for sentence, some in names.items() if some)


class RoleScreen(RoleModelView):
    """Roles by name; what they may do is code (app/roles.py), so that nothing is changed here."""

    class_permission_name = "RoleModelView"
    base_permissions = ["can_list", "can_show"]
    list_columns = show_columns = ["name", "what_it_may_do"]
    label_columns = {"name": _("Name"), "what_it_may_do": _("What it may do")}


Role.what_it_may_do = property(what_it_may_do)
