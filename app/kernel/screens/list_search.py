"""How a list is searched: the chips of the filters in force, the form that adds one, and what becomes of it.

What FAB does otherwise: its search widget needs its own scripts and renders every row of a related table.
"""

from flask import current_app, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.widgets import RenderTemplateWidget
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from app.kernel.forms.choices import LookupBox, OldCodeBox
from app.kernel.forms.record_form import form_for
from app.kernel.schema import code_lists
from app.kernel.schema.display import language
from app.kernel.schema.fields import declared
from app.kernel.screens.filters import Fault, Filters
from app.kernel.screens.search_tokens import read_slip, write_slip
from app.kernel.text import dates

KEPT = ("_flt_", "slip", "_oc_", "_od_", "psize_")  # how a list stands while a filter is added
WORDS = "__text"  # ends the name of what was typed into a lookup


class ChipsWidget(RenderTemplateWidget):
    """The filters of a list as chips."""

    template = "appbuilder/general/widgets/search.html"


class Searching:
    """The part of `RecordView` that searches its list."""

    _filter_forms = (None, {})  # (the code lists of which they are made, key → HTML)

    def search_of(self, listing, typed=None, faults=None):
        """The chips of the filters in force, and the form that adds one; with what was `typed` where that had `faults`."""
        filters = listing.filters
        chips = [
            (c.label, c.operator, c.value, listing.url(dropped=(c.key, "slip") if c.private else (c.key,)))
            for c in filters.chips
        ]
        form = self._draw(filters, typed, faults) if faults else self._filter_form(filters)
        kept = {key: value for key, value in request.args.items() if key.startswith(KEPT)}
        action = url_for(f"{self.endpoint}.search", **kept)
        return ChipsWidget(chips=chips, filter_form=form, action=action, opened=bool(faults))

    def _filter_form(self, filters):
        """The boxes of the form, empty: rendered once for each language, day and state of the code lists."""
        lists = code_lists.held()
        if self._filter_forms[0] is not lists:
            self._filter_forms = (lists, {})
        kept, key = self._filter_forms[1], (language(), dates.now().date())
        if key not in kept:
            kept[key] = self._draw(filters)
        return kept[key]

    def _draw(self, filters, typed=None, faults=None):
        boxes = self._boxes(typed)
        fields = [
            (name, self.label_columns[name], list(enumerate(filters.operators(name))), boxes[name])
            for name in self.search_columns
        ]
        template = current_app.jinja_env.get_template("parts/filters.html")
        return Markup(template.render(fields=fields, faults=faults or {})) if fields else ""

    def _boxes(self, typed=None):
        names = self.search_columns
        form = form_for(self.datamodel.obj, names, optional=names, code_box=OldCodeBox)
        first = {f"_flt_0_{_column(key)}": value for key, value in (typed or {}).items()}
        return form(formdata=MultiDict(first) if typed else None, prefix="_flt_0_", meta={"csrf": False})

    def _choose(self, typed):
        """Put into `typed` the key of the one record that has these very words, where nothing was chosen in a lookup.

        Gives the words of the others, and what is to be said beside their boxes.
        """
        words, faults = {key: typed.pop(key) for key in list(typed) if key.endswith(WORDS)}, {}
        if not words:
            return words, faults
        boxes = self._boxes(typed | words)
        for key in list(words):
            column = _column(key.removesuffix(WORDS))
            box = boxes[column] if column in self.search_columns else None
            if not isinstance(box, LookupBox) or typed.get(box.name):
                del words[key]
            elif box.process_errors:
                faults[column] = Fault(0, str(box.process_errors[0]))
            else:
                typed[box.name] = box.key
        return words, faults

    @expose("/search", methods=["GET", "POST"])
    @has_access
    def search(self):
        """Turn a typed search into a list's URL: personal values go behind a token, the rest stands in it.

        It comes to the filters in force, unless one of them compares the same column in the same way. What cannot
        be read is said beside its box. Whoever comes back to that page, in another language, finds the list.
        """
        public = {key: value for key, value in request.args.items() if key.startswith(KEPT)}
        if request.method == "GET":
            return redirect(url_for(f"{self.endpoint}.list", **public))
        meanings = declared(self.datamodel.obj)
        typed = {
            key: value.strip()
            for key, value in request.form.items()
            if key.startswith("_flt_") and value.strip()
        }
        words, unchosen = self._choose(typed)
        faults = unchosen | Filters(self.datamodel.obj, self.search_columns, typed, typed=True).faults
        if faults:
            return self.page_of_list(typed | words, faults), 422
        asked = read_slip(public.pop("slip")) if "slip" in public else {}
        private = {}
        for key, value in (asked | typed).items():
            column = _column(key)
            (private if column in meanings and meanings[column].private else public)[key] = value
        if private:
            public["slip"] = write_slip(private)
        return redirect(url_for(f"{self.endpoint}.list", **public))


def _column(key):
    return key.split("_", 3)[-1]
