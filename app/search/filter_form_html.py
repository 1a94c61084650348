"""The boxes of the filters as HTML; the empty ones, which nearly every answer shows, are drawn once."""

from flask import current_app
from markupsafe import Markup

from app.kernel.schema import code_lists
from app.kernel.schema.display import language
from app.kernel.text import dates
from app.search.query import FilterForm

_kept = (None, {})  # (the code lists of which they are made, (language, day) → HTML)


def drawn(question, boxes):
    """The boxes with what was asked, and what is wrong with it."""
    template = current_app.jinja_env.get_template("search/boxes.html")
    if question.chips or boxes.errors:
        return Markup(template.render(boxes=boxes))
    return _empty(template)


def _empty(template):
    global _kept
    lists = code_lists.held()
    if _kept[0] is not lists:
        _kept = (lists, {})
    kept, key = _kept[1], (language(), dates.now().date())
    if key not in kept:
        kept[key] = Markup(template.render(boxes=FilterForm()))
    return kept[key]
