"""The frame of every page: menu, shortcuts and quick search, and the functions that all templates use."""

from collections import ChainMap
from functools import cache, wraps
from typing import NamedTuple

from flask import current_app, g, request, url_for
from flask.templating import Environment
from flask_appbuilder import Model
from flask_login import current_user
from jinja2 import pass_context
from jinja2.defaults import DEFAULT_FILTERS
from markupsafe import Markup

from app.accounts import entry_right, unit_choice
from app.cases import offline_page
from app.corrections import template_globals
from app.help.views import find_help_url
from app.imports import profiles
from app.inbox.record_links import link_form, link_named
from app.inbox.unread_counts import count_waiting
from app.kernel.files import store, views
from app.kernel.schema import code_lists, legacy_numbers
from app.kernel.schema.display import format_field, reader_language
from app.kernel.schema.fields import fields_of
from app.kernel.screens import action_problems
from app.kernel.text import dates
from app.people import status_badges
from app.practice.views import find_open_exercise
from app.reference.search import format_place_path
from app.roles import DAILY_PAGES
from app.special_access import template_globals as special_access

SHORTCUTS = {
    "tasks": ("can_list", "Inbox", "InboxView.list"),
    "cases": ("can_list", "Case", "CaseView.list"),
    "people": ("can_list", "Person", "PersonView.list"),
    "entry": ("can_save", "Entry", "EntryView.begin"),
}


class MenuEntry(NamedTuple):
    """The menu entry to which a page belongs."""

    url: str = ""
    label: str = ""


class TemplateEnvironment(Environment):
    """An environment that shares one dictionary of globals among its templates.

    Jinja wraps it in a map for each template, which takes a tenth of a page's time.
    """

    def make_globals(self, d):
        return ChainMap(d, self.globals) if d else self.globals


def evaluate_per_request(filter_function):
    """Return the filter marked as depending on the request: on the reader's rights or language.

    Jinja evaluates a filter of constants, such as `'can_add' | is_item_visible('CaseView')`, once when it compiles the
    template, and would use that result for all readers.
    """

    @pass_context
    @wraps(filter_function)
    def evaluated(_context, *values, **options):
        return filter_function(*values, **options)

    return evaluated


def init_app(app):
    app.extensions["ecrime.frame"] = {}
    filters = app.jinja_env.filters
    filters.update(
        {
            name: evaluate_per_request(function)
            for name, function in filters.items()
            if name not in DEFAULT_FILTERS
        }
    )
    app.jinja_env.globals.update(
        frame_part=render_frame_part,
        current_menu_entry=find_menu_entry,
        shortcuts=build_shortcuts,
        entry_page_version=offline_page.get_page_version,
        form_version=offline_page.get_form_version,
        quick_search_url=find_quick_search_url,
        help_url=find_help_url,
        exercise_of_reader=find_open_exercise,
        now=dates.now,
        entry_right_note=entry_right.find_note,
        entry_right_allows=lambda: entry_right.may_enter(g.get("entry_right")),
        place_path=format_place_path,
        field_label=field_label,
        code_label=code_lists.label,
        model_field_label=model_field_label,
        format_field=format_named_field,
        lock_state=template_globals.get_lock_state,
        locked_fields=template_globals.find_locked_fields,
        may_edit_record=template_globals.may_edit_record,
        user_name=template_globals.get_user_name,
        unit_choices=unit_choice.list_choices,
        legacy_numbers_of=legacy_numbers.legacy_numbers_of,
        source_title=profiles.get_source_title,
        record_type_label=template_globals.get_record_type_label,
        tasks_waiting=count_waiting_tasks,
        special_access=special_access,
        person_status=render_person_status,
        thumbnail_url=views.thumbnail_url,
        upload_limits=store.MEGABYTES,
        link_form=link_form,
        problems_at=action_problems.find_problems_at,
        link_named=link_named,
        reason_label=lambda override: code_lists.label(override.reason_list, override.reason),
    )


def render_person_status(person_id):
    """Return the current status of a person as a badge with its legal basis."""
    macro = current_app.jinja_env.get_template("parts/tag.html").module.status
    return macro(status_badges.find_badge(person_id))


def _has_access(act, resource):
    return current_app.appbuilder.sm.has_access(act, resource)


def build_shortcuts():
    """Return name → URL of the shortcut pages that the reader may open."""
    return {
        name: url_for(endpoint)
        for name, (act, resource, endpoint) in SHORTCUTS.items()
        if _has_access(act, resource)
    }


def count_waiting_tasks():
    """Return the number of messages that wait for the reader, without a query."""
    permissions = current_app.appbuilder.sm.get_reader_permissions()
    return count_waiting(current_user.id, permissions, current_user.unit_code)


def find_quick_search_url():
    """Return the URL of the quick search, or None if the reader may not search for people."""
    return url_for("SearchView.search") if _has_access("can_list", "Person") else None


def find_menu_entry():
    """Return the menu entry with the longest URL prefix of this page."""
    menu, path, found, longest = current_app.appbuilder.menu, request.path, MenuEntry(), 1
    if current_user.is_authenticated:
        for root, url, label in menu.roots():
            if len(root) > longest and (path == url or path.startswith(root)):
                found, longest = MenuEntry(url, label), len(root)
    return found


def render_frame_part(name, **about):
    """Return `frame/<name>.html`, rendered once for each language, set of permissions and `about`, which have few values."""
    appbuilder, parts = current_app.appbuilder, current_app.extensions["ecrime.frame"]
    key = (name, reader_language(), appbuilder.sm.get_reader_permissions().key, *about.values())
    if key not in parts:
        template = current_app.jinja_env.get_template(f"frame/{name}.html")
        menu = appbuilder.menu.get_data() if current_user.is_authenticated else []
        parts[key] = Markup(
            template.render(
                appbuilder=appbuilder, menu=menu, daily=find_daily_pages(), go=build_shortcuts(), **about
            )
        )
    return parts[key]


def find_daily_pages():
    """Return the names of the pages that the menu shows first for the reader's roles."""
    if not current_user.is_authenticated:
        return set()
    roles = current_app.appbuilder.sm.get_reader_permissions().role_names
    return {page for role in roles for page in DAILY_PAGES.get(role, ())}


def field_label(record, name):
    """Return the label of a field of a record."""
    return fields_of(type(record))[name].label


def format_named_field(record, name):
    """Return the value of a field of a record as text in the reader's language."""
    return format_field(record, name, fields_of(type(record))[name])


@cache
def _models_by_name():
    return {mapper.class_.__name__: mapper.class_ for mapper in Model.registry.mappers}


def model_field_label(model_name, name):
    """Return the label of a field of the model with that name."""
    return fields_of(_models_by_name()[model_name])[name].label
