"""RecordView: FAB's list, show, add and edit pages, built from the fields of a record.

It closes these gaps of FAB: list filters shared by all threads, search forms that render whole tables, sorting by any
column, pages by OFFSET, and an unlimited page size.
"""

from functools import cache, cached_property
from typing import Any
from urllib.parse import quote

from flask import abort, g, make_response, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.models.filters import BaseFilterConverter
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import bindparam, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.kernel.access.row_filter import cacheable
from app.kernel.access.row_level_security import generic_plans
from app.kernel.access.write_scope import is_read_only
from app.kernel.audit import access_log
from app.kernel.forms.record_form import make_form_class
from app.kernel.schema import lookups
from app.kernel.schema.display import NO_FIELD, format_field, reader_language
from app.kernel.schema.fields import field_names_on, fields_of
from app.kernel.schema.record import Record
from app.kernel.screens import action_problems, related_rows, table_html
from app.kernel.screens.edit_pages import EditPages
from app.kernel.screens.fab_patches import MethodNamesMixin
from app.kernel.screens.list_query import TOO_SLOW, ListPage
from app.kernel.screens.list_search import ListSearch
from app.kernel.screens.saved_views import ListViews
from app.kernel.screens.selection import list_actions as selection_actions
from app.kernel.screens.urls import add_query


@cache
def _select_record(model, joins):
    """Return the statement that loads one record by its key."""
    return cacheable(select(model).options(*joins).where(model.__mapper__.primary_key[0] == bindparam("key")))


class NoFilterConverter(BaseFilterConverter):
    """Creates no filters: FAB would create a dozen for each column of each view; `filters` creates ours per request."""

    def convert(self, col_name):
        return ()


class RecordView(MethodNamesMixin, ListSearch, EditPages):
    """A FAB view of one record class. Any attribute set on a view class overrides what the fields declare."""

    # A class with `resource_name`, the name of its records in the REST API, is registered with its API (app/menu.py). It is
    # in the menu if it has an `icon` (app/static/page/icons), under `heading`.
    resource_name = None
    icon, heading_in_menu = "", "Records"
    base_permissions: Any = ["can_list", "can_show", "can_add", "can_edit"]  # records are never deleted
    # FAB's actions answer an unknown name with a server error, and its downloads check no permission.
    exclude_route_methods = {"action", "action_post", "delete", "download"}
    omitted_columns = {}  # column → why no view shows it, although its field names the screen
    prefix_sort_columns = ()  # further sort columns, used only if the filter is a prefix of the column
    sort_prefix_columns = {}  # column → the sort column that begins with its text, e.g. {"surname_km": "name_sort"}
    list_filters = {}  # name → ListFilter, or the Field of a column that only the filters show
    order_by = {}  # shown column → the column to sort by, e.g. {"name": "name_sort"}
    extra_columns = ()  # columns that cells need besides those of the list
    optional_columns = ()  # further columns that a reader may show in the list
    list_links = ()  # relationships that cells show
    extra_row_queries = ()  # RelatedQuery of rows that the record's page loads together with the related lists
    cell_kinds = {}  # column → lead, short, num, id: its layout in the templates
    # Functions of a record that return what the top of its page says, as (text, URL). Higher features set them.
    note_sources = ()
    empty_text = ""  # text of an empty list
    related_title = None  # the heading of the list on another record's page, if different
    related_columns = ()  # the columns of the list on another record's page, if different
    related_links = ()  # relationships to load for the related list
    rows_on_record = None  # at most so many rows on another record's page, before the reader asks for all
    needs_purpose = frozenset()  # accesses that need a purpose: access_log.LIST, access_log.OPEN
    rule_required = ()  # required fields that a rule reports if they are empty, with its number
    page_size = 25
    _cached_labels = {}
    # A search needs the same permission as the list.
    method_permission_name = {"list": "list", "search": "list", "show": "show", "add": "add", "edit": "edit"}

    registered = []  # the classes with a `resource_name`, in the order of their definition

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "resource_name" in vars(cls):
            RecordView.registered.append(cls)
            cls.class_permission_name = cls.class_permission_name or cls.datamodel.obj.__name__
        if cls.route_base is None and cls.class_permission_name:
            cls.route_base = f"/{cls.class_permission_name.lower()}"

    # Declared by the fields

    def _init_properties(self):
        model = self.datamodel.obj
        meanings = fields_of(model)
        self.label_columns = {
            name: meaning.label for name, meaning in (meanings | self.list_filters).items()
        } | (self.label_columns or {})
        self.description_columns = {name: m.help for name, m in meanings.items() if m.help}
        # FAB reads an empty list as "all columns", so ours are restored after its initialisation.
        ours = {
            f"{screen}_columns": getattr(self, f"{screen}_columns") or field_names_on(model, screen)
            for screen in ("list", "show", "add", "edit", "search", "order")
        }
        self.datamodel.filter_converter_class = NoFilterConverter
        ours["search_columns"] = [*dict.fromkeys((*self.list_filters, *ours["search_columns"]))]
        super()._init_properties()
        for attribute, names in ours.items():
            setattr(self, attribute, names)

    def _gen_labels_columns(self, list_columns):
        """Fill in missing labels without translating them, as FAB does to check whether they exist."""
        for name in list_columns:
            if name not in self.label_columns:
                self.label_columns[name] = self._prettify_column(name)

    def _init_forms(self):
        model = self.datamodel.obj
        self.add_form = self.add_form or make_form_class(
            model, self.add_columns, rule_required=self.rule_required
        )
        self.edit_form = self.edit_form or make_form_class(
            model, self.edit_columns, rule_required=self.rule_required
        )

    @classmethod
    def make_api_actions(cls):
        """Return further endpoints of the API that follows from the view (`app/kernel/api/actions.py`)."""
        return ()

    def build_list_page(self, within=(), **options):
        return ListPage(self, request.args, within, **options)

    @cached_property
    def column_choices(self):
        """Return the columns that a reader may show in the list."""
        return [*dict.fromkeys((*self.list_columns, *self.optional_columns))]

    def is_private(self, column):
        """Return True if the values of a filter are personal: then they are never in a URL."""
        return (fields_of(self.datamodel.obj) | self.list_filters)[column].private

    def format_cell(self, record, name):
        """Return the content of one cell of a list or record page. Override for computed columns."""
        return format_field(record, name, fields_of(type(record)).get(name, NO_FIELD))

    def column_values(self, keys):
        """Return column → key → cell content, for columns that are loaded for all rows of a list at once."""
        return {}

    def find_shown_values(self, keys):
        """Return column → key → value, where the view shows another value than the entered one."""
        return {}

    def build_cells(self, listing, columns):
        """Return key → the content of the cells of a row, for each row of a list page."""
        rows = {getattr(row, listing.pk.key): row for row in listing.rows}
        loaded = self.column_values(list(rows))
        return {
            key: [
                loaded[name].get(key) if name in loaded else self.format_cell(row, name) for name in columns
            ]
            for key, row in rows.items()
        }

    def build_list_widget(self, listing, without=None, **options):
        """Return FAB's list widget for a list page; `without` is the column to omit on the page of another record.

        On another record's page a list has no pages and no sorting: it shows its first rows and whether there are more.
        """
        if without and not listing.rows:  # `related.html` shows only its name
            return self.list_widget(pks=(), rows="", add_url=options["add_url"])
        shown = (self.related_columns or self.list_columns) if without else listing.columns
        columns = [name for name in shown if name != without]
        labels = self.reader_labels(reader_language())
        cells = self.build_cells(listing, columns)
        actions = self._row_actions() if cells else None
        voided = {getattr(row, listing.pk.key) for row in listing.rows if getattr(row, "voided_at", None)}
        labelled = [(name, labels[name]) for name in columns]
        selection = selection_actions(self) if cells and not without else []
        form = f"bulk-{type(self).__name__}" if selection else None
        return self.list_widget(
            label_columns=labels,
            include_columns=columns,
            rows=table_html.render_rows(labelled, self.cell_kinds, cells.items(), actions, voided, form),
            selection=selection,
            acts=actions,
            order_columns=self.order_columns,
            formatters_columns={},
            page=0,
            page_size=listing.size,
            count=listing.count,
            pks=list(cells),
            valid=len(cells) - len(voided),
            actions={},
            filters=self._filters,
            modelview_name=type(self).__name__,
            endpoint=self.endpoint,
            column_kind=self.cell_kinds,
            empty_text=self.empty_text,
            pager={} if without else listing.pager,
            sort_urls={} if without else listing.sort_urls,
            **options,
        )

    def record_url(self, pk):
        """Return the URL of a record's page. Cheaper than `url_for`, which matters in lists."""
        key = pk if isinstance(pk, int) else quote(str(pk), safe="")
        return f"{request.script_root}{self.route_base}/show/{key}"

    def reader_labels(self, reader):
        """Return name → label in the reader's language, translated once."""
        if reader not in self._cached_labels:
            self._cached_labels = self._cached_labels | {
                reader: {name: str(label) for name, label in self.label_columns.items()}
            }
        return self._cached_labels[reader]

    def may_do(self, action):
        """Return True if this view has that action (list, show, add, edit) and the reader may use it on this page."""
        permission = f"can_{action}"
        if action not in ("list", "show") and g.get("read_only"):
            return False
        return permission in self.base_permissions and self.appbuilder.sm.has_access(
            permission, self.class_permission_name
        )

    def _row_actions(self):
        start = f"{request.script_root}{self.route_base}"
        return table_html.RowActions(
            *(f"{start}/{action}/" if self.may_do(action) else "" for action in ("show", "edit"))
        )

    @expose("/list/")
    @has_access
    def list(self):
        return self.render_list_page()

    def render_list_page(self, typed=None, errors=None):
        access_log.require_purpose_for(self, access_log.LIST)
        views = ListViews(self, request.args)
        if views.gone.keys() & request.args.keys():
            kept = {key: value for key, value in request.args.items() if key not in views.gone}
            return redirect(add_query(f"{request.script_root}{self.route_base}/list/", kept))
        listing = self.build_list_page(columns=views.columns)
        access_log.log_list(self, listing)
        widgets = {
            "list": self.build_list_widget(listing, too_slow=TOO_SLOW if listing.too_slow else ""),
            "search": self.build_search_widget(listing, typed, errors, views),
        }
        return self.render_template(
            self.list_template,
            title=self.list_title,
            add_title=self.add_title,
            widgets=widgets,
            gone=list(views.gone.values()),
        )

    def find(self, pk, joins=None, reads=None):
        """Return the record with that key and log the access; a missing record or an invalid key is a 404.

        `reads(record)` loads what is shown with it, so that the access log covers that too.
        """
        access_log.require_purpose_for(self, access_log.OPEN)
        model = self.datamodel.obj
        column = model.__mapper__.primary_key[0]
        try:
            key = column.type.python_type(pk)
        except ValueError:
            abort(404)
        if "\0" in pk or (isinstance(key, int) and not 0 < key < 2**31):
            abort(404)
        statement = _select_record(model, self._joins if joins is None else tuple(joins))
        with generic_plans(db.session):
            record = db.session.scalars(statement, {"key": key}).unique().one_or_none()
        if record is None:
            abort(404)
        if reads is not None:
            reads(record)
        access_log.log_view(record)
        g.read_only = is_read_only(record)  # then the page has no buttons to edit or add
        return record

    @cached_property
    def _joins(self):
        meanings = fields_of(self.datamodel.obj)
        return tuple(
            joinedload(getattr(self.datamodel.obj, name))
            for name in self.show_columns
            if name in meanings
            and meanings[name].lookup
            and lookups.get_lookup(meanings[name].lookup).words is None
        )

    @expose("/show/<pk>", methods=["GET"])
    @has_access
    def show(self, pk):
        record = self.find(pk)
        lists, extra_rows = self.load_related(record)
        return self.render_template(
            self.show_template,
            pk=pk,
            title=self.show_title,
            heading=self.heading(record),
            subtitle=self.subtitle(record),
            widgets={
                "show": self.build_show_widget(record),
                "related_views": self.build_related_widgets(record, lists),
            },
            related_views=self.listed_related_views,
            page_notes=self.list_page_notes(record, lists),
            record=record,
            **self.show_context(record, extra_rows),
        )

    def show_context(self, record, extra_rows):
        """Return further variables for the record's template; `extra_rows` are the rows of `extra_row_queries`."""
        return {}

    def take_action(self, pk, act, show_again=None):
        """Return the response to an action on the record: its page, also with the problems of a rejected action.

        `act()` returns the message and the URL to open, or None for the page of the saved record.
        """
        return action_problems.take_action(
            lambda: act() or (gettext("Saved."), self.record_url(pk)),
            show_again or (lambda status: make_response(self.show(pk), status)),
            type(self).__name__,
        )

    def heading(self, record):
        """Return the heading of a record's page: its name."""
        return str(record) or self.show_title

    def subtitle(self, record):
        """Return the line below the heading of a record's page."""
        return self.show_title if str(record) else ""

    def find_view(self, record):
        """Return the view that shows this kind of record, or None if the reader may open none."""
        return self.find_view_of(type(record))

    def find_view_of(self, model):
        views = (one for one in self.appbuilder.baseviews if isinstance(one, RecordView))
        return next((one for one in views if one.datamodel.obj is model and one.may_do("show")), None)

    def link_value(self, record, name, value):
        """Return the value of a field, as a link if it names another record that the reader may open."""
        other = getattr(record, name, None)
        view = self.find_view(other) if isinstance(other, Record) else None
        return Markup('<a href="{}">{}</a>').format(view.record_url(other.id), value) if view else value

    def build_show_widget(self, record):
        cells = {name: self.format_cell(record, name) for name in self.show_columns}
        cells = {
            name: self.link_value(record, name, value)
            for name, value in cells.items()
            if value not in ("", None)
        }
        return self.show_widget(
            pk=self.datamodel.get_pk_value(record),
            label_columns=self.reader_labels(reader_language()),
            include_columns=list(cells),
            value_columns=list(cells.values()),
            formatters_columns={},
            actions={},
            fieldsets=None,
            modelview_name=type(self).__name__,
        )

    @cached_property
    def ordered_related_views(self):
        """Return the views of the related lists in declared order; FAB sorts them otherwise."""
        return sorted(self._related_views, key=lambda view: list(self.related_views).index(type(view)))

    @cached_property
    def _related_links(self):
        """Return each view of a related list with the relationship by which its rows are linked."""
        return [
            (view, view.datamodel.get_related_fk(self.datamodel.obj)) for view in self.ordered_related_views
        ]

    def _list_related_links(self):
        return [(view, key) for view, key in self._related_links if view.may_do("list")]

    @property
    def listed_related_views(self):
        """Return the views of the related lists that the reader may list."""
        return [view for view, _key in self._list_related_links()]

    def load_related(self, record, size=related_rows.MAX_RELATED):
        """Return (the related lists of a record, one page each without a count; the rows of `extra_row_queries`)."""
        pk = self.datamodel.get_pk_value(record)
        return related_rows.load_related_lists(
            record, pk, self._list_related_links(), self.extra_row_queries, size
        )

    def list_page_notes(self, record, lists):
        """Return what the top of a page says, as (text, URL).

        It names rows of the related lists (`Record.page_note`), and what the `note_sources` find.
        """
        of_rows = [
            (row.page_note, view.record_url(row.id))
            for view, related in zip(self.listed_related_views, lists, strict=True)
            for row in related.rows
            if getattr(row, "page_note", "")
        ]
        return [*of_rows, *(note for find in self.note_sources for note in find(record))]

    def build_related_widgets(self, record, lists):
        """Return the widgets of the related lists of a record."""
        widgets, pk = [], self.datamodel.get_pk_value(record)
        for (view, key), related in zip(self._list_related_links(), lists, strict=True):
            start = f"{request.script_root}{view.route_base}/add"
            may_add = view.may_do("add") and not getattr(record, "voided_at", None)
            add_url = f"{start}?{key}={quote(str(pk), safe='')}" if may_add else ""
            widgets.append(
                view.build_list_widget(related, without=key, related=True, add_url=add_url, more=related.more)
            )
        return widgets
