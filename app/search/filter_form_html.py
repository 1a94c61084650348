"""The HTML of the filter form. The empty form, which nearly every result shows, is rendered once and cached."""

from flask import current_app
from markupsafe import Markup

from app.kernel.schema import code_lists
from app.kernel.schema.display import reader_language
from app.kernel.text import dates
from app.search.query import FilterForm

_cache = (None, {})  # (the code lists of the forms, {(language, day): HTML})


def render_filters(query, filter_form):
    """Return the filter form with the values and errors of the query."""
    template = current_app.jinja_env.get_template("search/filter_fields.html")
    if query.chips or filter_form.errors:
        return Markup(template.render(filter_form=filter_form))
    return _render_empty(template)


def _render_empty(template):
    global _cache
    lists = code_lists.all_lists()
    if _cache[0] is not lists:
        _cache = (lists, {})
    rendered, key = _cache[1], (reader_language(), dates.now().date())
    if key not in rendered:
        rendered[key] = Markup(template.render(filter_form=FilterForm()))
    return rendered[key]
