"""What stands around every page: the short ways that this reader may take, and the quick search."""

from functools import cache

from flask import current_app, url_for
from flask_appbuilder import Model

from app.kernel import codes, dates
from app.kernel.display import shown
from app.kernel.fields import declared
from app.reference.search import place_path

SHORTCUTS = {
    "cases": ("can_list", "Case", "CaseView.list"),
    "people": ("can_list", "Person", "PersonView.list"),
    "entry": ("can_save", "Entry", "EntryView.begin"),
}


def init_app(app):
    app.jinja_env.globals.update(
        shortcuts=shortcuts,
        quick_search_url=quick_search_url,
        now=dates.now,
        place_path=place_path,
        label=label,
        label_of=label_of,
        say=say,
        reason_of=lambda one: codes.label(one.reason_list, one.reason),
    )


def _may(act, resource):
    return current_app.appbuilder.sm.has_access(act, resource)


def shortcuts():
    """name → URL of the pages that this reader may open."""
    return {
        name: url_for(endpoint)
        for name, (act, resource, endpoint) in SHORTCUTS.items()
        if _may(act, resource)
    }


def quick_search_url():
    """Where the quick search is asked; None for a reader who may not look people up."""
    return url_for("SearchView.search") if _may("can_list", "Person") else None


def label(record, name):
    """The label of a field of a record."""
    return declared(type(record))[name].label


def say(record, name):
    """What a field of a record says, in the reader's language."""
    return shown(record, name, declared(type(record))[name])


@cache
def _models():
    return {mapper.class_.__name__: mapper.class_ for mapper in Model.registry.mappers}


def label_of(model_name, name):
    """The label of a field of the model with that name."""
    return declared(_models()[model_name])[name].label
