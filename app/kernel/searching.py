"""How a list is searched: the chips of the filters in force, the form that adds one, and what becomes of it.

What FAB does otherwise: its search widget needs its own scripts and renders every row of a related table.
"""

from flask import current_app, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.widgets import RenderTemplateWidget
from markupsafe import Markup

from app.kernel import codes, dates
from app.kernel.display import language
from app.kernel.fields import declared
from app.kernel.filters import LONGEST
from app.kernel.forms import form_for
from app.kernel.slips import write_slip


class ChipsWidget(RenderTemplateWidget):
    """The filters of a list as chips."""

    template = "appbuilder/general/widgets/search.html"


class Searching:
    """The part of `RecordView` that searches its list."""

    _filter_forms = (None, {})  # (the code lists of which they are made, key → HTML)

    def search_of(self, listing):
        """The chips of the filters in force, and the form that adds one."""
        filters = listing.filters
        chips = [
            (c.label, c.operator, c.value, listing.url(dropped=(c.key, "slip") if c.private else (c.key,)))
            for c in filters.chips
        ]
        return ChipsWidget(
            chips=chips, filter_form=self._filter_form(filters), action=url_for(f"{self.endpoint}.search")
        )

    def _filter_form(self, filters):
        """The boxes of the form, always empty: rendered once for each language, day and state of the code lists."""
        lists = codes.held()
        if self._filter_forms[0] is not lists:
            self._filter_forms = (lists, {})
        kept, key = self._filter_forms[1], (language(), dates.now().date())
        if key not in kept:
            form = form_for(self.datamodel.obj, self.search_columns, optional=self.search_columns)
            boxes = form(formdata=None, prefix="_flt_0_", meta={"csrf": False})
            fields = [
                (name, self.label_columns[name], list(enumerate(filters.operators(name))), boxes[name])
                for name in self.search_columns
            ]
            template = current_app.jinja_env.get_template("parts/filters.html")
            kept[key] = Markup(template.render(fields=fields)) if fields else ""
        return kept[key]

    @expose("/search", methods=["POST"])
    @has_access
    def search(self):
        """Turn a typed search into a list's URL: personal values go behind a token, the rest stands in it."""
        meanings = declared(self.datamodel.obj)
        public, private = {}, {}
        for key, value in request.form.items():
            if key.startswith("_flt_") and value.strip():
                column = key.split("_", 3)[-1]
                target = private if column in meanings and meanings[column].private else public
                target[key] = value.strip()[: LONGEST + 1]  # one too long is refused by the list
        if private:
            public["slip"] = write_slip(private)
        return redirect(url_for(f"{self.endpoint}.list", **public))
