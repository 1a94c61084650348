"""The search of a list: the active filters, the form that adds one, and the redirect to the filtered list.

FAB's search widget needs its own scripts and renders every row of a related table.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import current_app, redirect, request, url_for
from flask_appbuilder import ModelView, expose
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.widgets import RenderTemplateWidget
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import SelectField, StringField

from app.kernel.forms.choices import CodeFilterField, LookupField
from app.kernel.forms.record_form import make_form_class
from app.kernel.schema import code_lists
from app.kernel.schema.display import reader_language
from app.kernel.schema.fields import fields_of
from app.kernel.screens.filters import FilterError, Filters
from app.kernel.screens.list_filters import ListFilter
from app.kernel.screens.search_tokens import load_search, store_search
from app.kernel.screens.urls import add_query
from app.kernel.text import dates

PRESERVED_ARGUMENTS = (
    "_flt_",
    "search",
    "_oc_",
    "_od_",
    "psize_",
    "view",
)  # the arguments that stay when a filter is added
LOOKUP_TEXT = "__text"  # suffix of the field with the text typed into a lookup


class ActiveFiltersWidget(RenderTemplateWidget):
    """The active filters of a list as chips."""

    template = "appbuilder/general/widgets/search.html"


class ListSearch(ModelView):
    """The search form of a RecordView's list."""

    # Defined by RecordView:
    render_list_page: Callable[..., str]
    reader_labels: Callable[..., dict]
    column_choices: Any
    list_filters: dict

    _filter_forms = (None, {})  # (the code lists they were built from, key → HTML)

    def build_search_widget(self, listing, typed=None, errors=None, views=None):
        """Return the widget with the active filters and the form; with the `typed` values if they have `errors`."""
        filters = listing.filters
        active_filters = [
            (
                one.label,
                one.operator,
                one.value,
                listing.url(dropped=(one.key, "search") if one.private else (one.key,)),
            )
            for one in filters.active
        ]
        labels = self.reader_labels(reader_language())
        form = self._render_filter_form(filters, typed, errors) if errors else self._filter_form(filters)
        arguments = {key: value for key, value in request.args.items() if key.startswith(PRESERVED_ARGUMENTS)}
        action = add_query(url_for(f"{self.endpoint}.search"), arguments)
        return ActiveFiltersWidget(
            active_filters=active_filters,
            filter_form=form,
            action=action,
            opened=bool(errors),
            views=views,
            list_name=type(self).__name__,
            arguments=urlencode(request.args),
            choices=[(name, labels[name], name in listing.columns) for name in self.column_choices],
        )

    def _filter_form(self, filters):
        """Return the HTML of the empty form, cached for each language, day and state of the code lists."""
        lists = code_lists.all_lists()
        if self._filter_forms[0] is not lists:
            self._filter_forms = (lists, {})
        cached, key = self._filter_forms[1], (reader_language(), dates.now().date())
        if key not in cached:
            cached[key] = self._render_filter_form(filters)
        return cached[key]

    def _render_filter_form(self, filters, typed=None, errors=None):
        form = self._build_filter_form(typed)
        fields = [
            (name, self.label_columns[name], list(enumerate(filters.operators(name))), form[name])
            for name in self.search_columns
        ]
        template = current_app.jinja_env.get_template("parts/filters.html")
        return Markup(template.render(fields=fields, errors=errors or {})) if fields else ""

    def _build_filter_form(self, typed=None):
        names = self.search_columns
        columns = [name for name in names if not isinstance(self.list_filters.get(name), ListFilter)]
        form_class = make_form_class(
            self.datamodel.obj, columns, optional=columns, code_field=CodeFilterField
        )
        for name in set(names) - set(columns):
            setattr(form_class, name, _make_field(self.list_filters[name]))
        values = {f"_flt_0_{_column_of_argument(key)}": value for key, value in (typed or {}).items()}
        return form_class(
            formdata=MultiDict(values) if typed else None, prefix="_flt_0_", meta={"csrf": False}
        )

    def _resolve_lookups(self, typed):
        """Put into `typed` the key of the one record with exactly the typed text, for lookups without a choice.

        Return the texts of the remaining lookups, and the errors to show below their fields.
        """
        texts, errors = {key: typed.pop(key) for key in list(typed) if key.endswith(LOOKUP_TEXT)}, {}
        if not texts:
            return texts, errors
        form = self._build_filter_form(typed | texts)
        for key in list(texts):
            column = _column_of_argument(key.removesuffix(LOOKUP_TEXT))
            field = form[column] if column in self.search_columns else None
            if not isinstance(field, LookupField) or typed.get(field.name):
                del texts[key]
            elif field.process_errors:
                errors[column] = FilterError(0, str(field.process_errors[0]))
            else:
                typed[field.name] = field.key
        return texts, errors

    @expose("/search", methods=["GET", "POST"])
    @has_access
    def search(self):
        """Redirect a submitted search to the URL of the list: personal values go behind a search token.

        It is added to the active filters, and replaces one with the same column and operator. Unreadable values are
        reported below their fields. A GET of this page (for example after a change of language) leads to the list.
        """
        public = {key: value for key, value in request.args.items() if key.startswith(PRESERVED_ARGUMENTS)}
        if request.method == "GET":
            return redirect(add_query(url_for(f"{self.endpoint}.list"), public))
        meanings = fields_of(self.datamodel.obj) | self.list_filters
        typed = {
            key: value.strip()
            for key, value in request.form.items()
            if key.startswith("_flt_") and value.strip()
        }
        texts, lookup_errors = self._resolve_lookups(typed)
        errors = lookup_errors | Filters(self, typed, typed=True).errors
        if errors:
            return self.render_list_page(typed | texts, errors), 422
        stored = load_search(public.pop("search")) if "search" in public else {}
        private = {}
        for key, value in (stored | typed).items():
            column = _column_of_argument(key)
            (private if column in meanings and meanings[column].private else public)[key] = value
        if private:
            public["search"] = store_search(private)
        return redirect(add_query(url_for(f"{self.endpoint}.list"), public))


def _make_field(list_filter):
    """Return the form field of a ListFilter."""
    if list_filter.lookup:
        return LookupField(list_filter.label, lookup=list_filter.lookup)
    if list_filter.codes:
        return CodeFilterField(list_filter.label, codes_name=list_filter.codes)
    if list_filter.typed:
        return StringField(list_filter.label)
    return SelectField(
        list_filter.label, choices=[("", ""), *list_filter.choices.items()], validate_choice=False
    )


def _column_of_argument(key):
    return key.split("_", 3)[-1]
