"""FAB's menu, worked out once for each set of roles and each language instead of for every page."""

from flask import current_app
from flask_appbuilder.menu import Menu

from app.kernel.display import language


class KeptMenu(Menu):
    """What a reader finds in the menu follows from the roles and the language alone."""

    def __init__(self):
        super().__init__(reverse=False)
        self.kept = {}

    def get_data(self, menu=None):
        if menu is not None:
            return super().get_data(menu)
        key = (language(), current_app.appbuilder.sm.held_by_reader().role_names)
        if key not in self.kept:
            self.kept[key] = super().get_data()
        return self.kept[key]
