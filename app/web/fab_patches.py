"""FAB's menu, worked out once for each set of roles and each language instead of for every page."""

from flask import current_app
from flask_appbuilder.menu import Menu

from app.kernel.schema.display import language


class KeptMenu(Menu):
    """What a reader finds in the menu follows from the roles and the language alone."""

    def __init__(self):
        super().__init__(reverse=False)
        self.kept = {}

    def get_data(self, menu=None):
        if menu is not None:
            return super().get_data(menu)
        return self._of_reader()[0]

    def roots(self):
        """(how the addresses of its pages begin, address, label) of each entry of the reader's menu."""
        return self._of_reader()[1]

    def _of_reader(self):
        key = (language(), current_app.appbuilder.sm.held_by_reader().role_names)
        if key not in self.kept:
            data = super().get_data()
            self.kept[key] = (data, list(_roots(data)))
        return self.kept[key]


def _roots(items):
    for item in items:
        if isinstance(item, dict) and item.get("childs"):
            yield from _roots(item["childs"])
        elif isinstance(item, dict) and item.get("url"):
            yield item["url"].partition("?")[0].removesuffix("list/"), item["url"], item["label"]
