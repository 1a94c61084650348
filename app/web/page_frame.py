"""What stands around every page: the short ways that this reader may take, and the quick search."""

from collections import ChainMap
from functools import cache, wraps
from typing import NamedTuple

from flask import current_app, request, url_for
from flask.templating import Environment
from flask_appbuilder import Model
from flask_login import current_user
from jinja2 import pass_context
from jinja2.defaults import DEFAULT_FILTERS
from markupsafe import Markup

from app.corrections import template_globals
from app.imports import profiles
from app.inbox.unread_counts import waiting_for
from app.kernel.files import views
from app.kernel.schema import code_lists, legacy_numbers
from app.kernel.schema.display import language, shown
from app.kernel.schema.fields import declared
from app.kernel.text import dates
from app.people import status_badges
from app.reference.search import place_path
from app.special_access import template_globals as openings

SHORTCUTS = {
    "tasks": ("can_list", "Inbox", "InboxView.list"),
    "cases": ("can_list", "Case", "CaseView.list"),
    "people": ("can_list", "Person", "PersonView.list"),
    "entry": ("can_save", "Entry", "EntryView.begin"),
}


class Here(NamedTuple):
    """The entry of the menu to which a page belongs."""

    url: str = ""
    label: str = ""


class Templates(Environment):
    """All templates share one dictionary of globals; Jinja lays a map over it for each, a tenth of a page's time."""

    def make_globals(self, d):
        return ChainMap(d, self.globals) if d else self.globals


def asked_on_each_page(judge):
    """A filter that says what this reader may, or speaks his language. Of constants (`'can_add' | is_item_visible('CaseView')`)
    Jinja would ask FAB's once, while it compiles the template, and keep the answer for everybody."""

    @pass_context
    @wraps(judge)
    def asked(_context, *values, **named):
        return judge(*values, **named)

    return asked


def init_app(app):
    app.extensions["ecrime.frame"] = {}
    filters = app.jinja_env.filters
    filters.update(
        {name: asked_on_each_page(judge) for name, judge in filters.items() if name not in DEFAULT_FILTERS}
    )
    app.jinja_env.globals.update(
        frame_part=frame_part,
        here_in_menu=here_in_menu,
        shortcuts=shortcuts,
        quick_search_url=quick_search_url,
        now=dates.now,
        place_path=place_path,
        label=label,
        code=code_lists.label,
        label_of=label_of,
        say=say,
        lock_of=template_globals.lock_of,
        shut_boxes=template_globals.shut_boxes,
        may_still_change=template_globals.may_still_change,
        name_of=template_globals.name_of,
        old_numbers_of=legacy_numbers.of,
        register_named=profiles.title_of,
        kind_of_record=template_globals.kind_of_record,
        tasks_waiting=tasks_waiting,
        openings=openings,
        person_status=person_status,
        small_picture=views.small,
        reason_of=lambda one: code_lists.label(one.reason_list, one.reason),
    )


def person_status(person_id):
    """What somebody is to the register now, as a tag with its basis."""
    macro = current_app.jinja_env.get_template("parts/tag.html").module.status
    return macro(status_badges.mark_for(person_id))


def _may(act, resource):
    return current_app.appbuilder.sm.has_access(act, resource)


def shortcuts():
    """name → URL of the pages that this reader may open."""
    return {
        name: url_for(endpoint)
        for name, (act, resource, endpoint) in SHORTCUTS.items()
        if _may(act, resource)
    }


def tasks_waiting():
    """How many messages wait for the reader; asks the database for nothing."""
    roles = current_app.appbuilder.sm.held_by_reader().role_names
    return waiting_for(current_user.id, roles, current_user.unit_code)


def quick_search_url():
    """Where the quick search is asked; None for a reader who may not look people up."""
    return url_for("SearchView.search") if _may("can_list", "Person") else None


def here_in_menu():
    """The entry whose address begins like that of this page, the longest of them."""
    menu, path, found, longest = current_app.appbuilder.menu, request.path, Here(), 1
    if current_user.is_authenticated:
        for root, url, label in menu.roots():
            if len(root) > longest and (path == url or path.startswith(root)):
                found, longest = Here(url, label), len(root)
    return found


def frame_part(name, **about):
    """`frame/<name>.html`, rendered once and kept: it follows from language, roles and `about`, which are few."""
    appbuilder, parts = current_app.appbuilder, current_app.extensions["ecrime.frame"]
    key = (name, language(), appbuilder.sm.held_by_reader().role_names, *about.values())
    if key not in parts:
        template = current_app.jinja_env.get_template(f"frame/{name}.html")
        menu = appbuilder.menu.get_data() if current_user.is_authenticated else []
        parts[key] = Markup(template.render(appbuilder=appbuilder, menu=menu, go=shortcuts(), **about))
    return parts[key]


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
